//! [`AccessRequest`] + policies → [`Granted`].

use std::sync::Arc;

use crate::error::Refusal;
use crate::flow::{AccessRequest, Asked, Served};
use crate::model::{Lifetimes, RegisteredClient, ScopeIndex, Wanted};
use crate::types::{ScopeName, ScopeSet};

/// Access that a policy rule granted: to whom, which scopes, for how long. Only [`decide`] makes one.
pub(crate) struct Granted<'a> {
    served: Served<'a>,
    client: &'a RegisteredClient,
    audience: &'a Arc<str>,
    scopes: ScopeSet,
    /// The same in the server's numbers; empty at the org server, which has no claims that ask.
    indices: Vec<ScopeIndex>,
    lifetimes: Lifetimes,
}

impl<'a> Granted<'a> {
    pub(crate) fn served(&self) -> Served<'a> {
        self.served
    }
    pub(crate) fn client(&self) -> &'a RegisteredClient {
        self.client
    }
    pub(crate) fn audience(&self) -> &'a Arc<str> {
        self.audience
    }
    pub(crate) fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }
    pub(crate) fn into_scopes(self) -> ScopeSet {
        self.scopes
    }
    pub(crate) fn has_scope(&self, index: ScopeIndex) -> bool {
        self.indices.contains(&index)
    }
    pub(crate) fn lifetimes(&self) -> Lifetimes {
        self.lifetimes
    }
}

impl<'a> AccessRequest<'a> {
    /// Asks the access policies. The first ACTIVE rule, by the priority of policies and then of
    /// rules, that is for this client, person and grant type and covers every requested scope
    /// decides; a request without scopes gets the default scopes that the first rule to cover any
    /// of them covers.
    pub(crate) fn decide(self) -> Result<Granted<'a>, Refusal> {
        let Self { served, client, grant, asked, audience } = self;
        let granted =
            |scopes, indices, lifetimes| Granted { served, client, audience, scopes, indices, lifetimes };
        let (mut named, only_covered) = match asked {
            // The org server has no policies: the app was granted its scopes one by one.
            Asked::Org(scopes) => return Ok(granted(scopes, Vec::new(), Lifetimes::default())),
            Asked::Named(named) => (named, false),
            Asked::Defaults(defaults) => (defaults, true),
        };
        let numbers = |named: &[(ScopeIndex, ScopeName)]| named.iter().map(|(index, _)| *index).collect();
        let mut indices: Vec<ScopeIndex> = numbers(&named);
        let wanted = if only_covered { Wanted::AnyOf(&indices) } else { Wanted::All(&indices) };
        let policies = &served.server.policies;
        let (_, rule) =
            policies.decide(&client.id, None, &[grant], wanted).ok_or(Refusal::NoMatchingPolicy)?;
        if rule.inline_hook().is_some() {
            return Err(Refusal::UnsupportedSetting { setting: "inlineHook" });
        }
        if only_covered {
            named.retain(|(index, _)| rule.covers(*index));
            indices = numbers(&named);
        }
        let scopes = named.into_iter().map(|(_, scope)| scope).collect();
        Ok(granted(ScopeSet::of_distinct(scopes), indices, rule.lifetimes()))
    }
}
