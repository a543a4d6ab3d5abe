//! What a user is asked to consent to, and what is remembered of the answer.
//!
//! Source: "Scope properties" of Okta's authorization server reference and its guide "Request user
//! consent". The org authorization server asks nobody.

use crate::error::Fault;
use crate::flow::encoding::{Decoder, Encoder, corrupt};
use crate::flow::record::ConsentId;
use crate::model::{CompiledScope, Consent};
use crate::types::{Prompt, ScopeName};

/// What the consent page came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsentDecision {
    /// The user consents to everything that was shown.
    AllowAll,
    /// The user consents, of the optional scopes only to these. Scopes that are not optional, or were
    /// not shown, do not matter here.
    Allow {
        /// Their names.
        optional: Vec<String>,
    },
    /// The user says no.
    Deny,
}

/// What one user answered to one client at one server so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remembered {
    /// Another one each time that a consent begins anew; grants that rest on it name it.
    pub(crate) id: ConsentId,
    pub(crate) granted: Vec<ScopeName>,
    /// Optional scopes that were shown and not granted.
    pub(crate) skipped: Vec<ScopeName>,
}

/// Whether the user must be asked.
#[derive(Debug)]
pub(crate) enum Asking<'a> {
    /// About these.
    Ask(Vec<&'a CompiledScope>),
    /// No. `relies`: because of what is remembered.
    Nothing { relies: bool },
}

/// Which of the requested scopes the user must be asked about. `required` is the app's
/// `consent_method: REQUIRED`.
pub(crate) fn asking<'a>(
    prompt: Option<Prompt>,
    required: bool,
    scopes: impl Iterator<Item = &'a CompiledScope>,
    remembered: Option<&Remembered>,
) -> Asking<'a> {
    let again = prompt.is_some_and(Prompt::asks_consent);
    if !required && !again {
        return Asking::Nothing { relies: false };
    }
    let asked_for: Vec<_> = scopes.filter(|scope| scope.consent() != Consent::Implicit).collect();
    let relies = !asked_for.is_empty();
    let open: Vec<_> = asked_for
        .into_iter()
        .filter(|scope| again || !remembered.is_some_and(|remembered| remembered.settles(scope)))
        .collect();
    if open.is_empty() { Asking::Nothing { relies } } else { Asking::Ask(open) }
}

const VERSION: u8 = 1;

impl Remembered {
    /// Nothing yet.
    pub(crate) fn begin(id: ConsentId) -> Self {
        Self { id, granted: Vec::new(), skipped: Vec::new() }
    }

    pub(crate) fn has_granted(&self, scope: &str) -> bool {
        self.granted.iter().any(|known| known.as_str() == scope)
    }

    /// Whether the user declined a scope that may be declined.
    pub(crate) fn has_skipped(&self, scope: &CompiledScope) -> bool {
        scope.is_optional() && self.skipped.contains(scope.name())
    }

    fn settles(&self, scope: &CompiledScope) -> bool {
        self.has_granted(scope.name().as_str()) || self.has_skipped(scope)
    }

    /// The same after the user was shown these scopes and did not refuse altogether.
    pub(crate) fn answered(mut self, shown: &[&CompiledScope], decision: &ConsentDecision) -> Self {
        for scope in shown {
            let name = scope.name();
            let allowed = match decision {
                ConsentDecision::AllowAll => true,
                ConsentDecision::Allow { optional } => {
                    !scope.is_optional() || optional.iter().any(|allowed| allowed == name.as_str())
                }
                ConsentDecision::Deny => false,
            };
            self.granted.retain(|known| known != name);
            self.skipped.retain(|known| known != name);
            if allowed { &mut self.granted } else { &mut self.skipped }.push(name.clone());
        }
        self
    }

    /// The bytes of a record. `None` is a consent that was taken back.
    pub(crate) fn encode(remembered: Option<&Self>) -> Vec<u8> {
        let mut out = Encoder::new(VERSION);
        out.option(remembered, |out, remembered| {
            out.fixed(&remembered.id);
            for list in [&remembered.granted, &remembered.skipped] {
                out.list(list.iter(), |out, scope| out.text(scope.as_str()));
            }
        });
        out.finish()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Option<Self>, Fault> {
        let mut read = Decoder::new(bytes, VERSION)?;
        let remembered = read.option(|read| {
            let id = read.fixed()?;
            let mut list = || read.list(|read| ScopeName::parse(read.text()?).map_err(|_| corrupt()));
            Ok(Self { id, granted: list()?, skipped: list()? })
        })?;
        read.finish()?;
        Ok(remembered)
    }
}

#[cfg(test)]
mod tests;
