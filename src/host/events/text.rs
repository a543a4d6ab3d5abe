//! Events as text and as JSON.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Action, Event, GrantEnd, Issued, Outcome};

/// The most that an event holds of any text, in bytes.
pub(crate) const MAX_TEXT: usize = 1024;

/// Text from outside, fit for a log: control characters escaped and whatever turns the direction of a
/// line, and at most 1 kB. To do it twice does no more; quoting is for what writes the line.
pub(crate) fn logged(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().min(MAX_TEXT));
    for c in text.chars() {
        let before = safe.len();
        match c {
            '\\' | '"' | '\'' => safe.push(c),
            c => safe.extend(c.escape_debug()),
        }
        if safe.len() > MAX_TEXT {
            safe.truncate(before);
            break;
        }
    }
    safe
}

impl Event {
    /// What there is to say beyond the reason.
    pub(crate) fn detail(&self) -> Option<String> {
        self.action.detail().map(|text| logged(&text))
    }

    pub(crate) fn result(&self) -> &'static str {
        match self.outcome() {
            Outcome::Success => "SUCCESS",
            Outcome::Failure => "FAILURE",
        }
    }

    /// Names and values, those that are there.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        let known: [(&'static str, Option<String>); 9] = [
            ("server", self.server.as_ref().map(ToString::to_string)),
            ("client", self.client.as_ref().map(ToString::to_string)),
            ("user", self.user.as_ref().map(ToString::to_string)),
            ("policy", self.rule.as_ref().map(|(policy, _)| policy.to_string())),
            ("rule", self.rule.as_ref().map(|(_, rule)| rule.to_string())),
            ("grant", self.grant.clone()),
            ("peer", self.peer.as_deref().map(logged)),
            ("reason", self.reason().map(str::to_owned)),
            ("detail", self.detail()),
        ];
        known.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}

impl Action {
    fn detail(&self) -> Option<String> {
        Some(match self {
            Self::Refused { refusal, .. } => refusal.to_string(),
            Self::AuthenticationFailed { claimed: Some(claimed), refusal } => {
                format!("{refusal}; as `{claimed}`")
            }
            Self::AuthenticationFailed { claimed: None, refusal } => refusal.to_string(),
            Self::ConsentGranted { scopes } => {
                scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
            }
            Self::HookFailed { hook, reason } => format!("the hook `{hook}`: {reason}"),
            Self::KeyRotated { key, before } => format!("`{before}` signed before `{key}`"),
            _ => return None,
        })
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Issued { what: Issued::Code, .. } => "code issued",
            Self::Issued { what: Issued::AccessToken, .. } => "access token issued",
            Self::Issued { what: Issued::IdToken, .. } => "ID token issued",
            Self::Issued { what: Issued::RefreshToken, .. } => "refresh token issued",
            Self::Refused { .. } => "refused",
            Self::AuthenticationFailed { .. } => "authentication failed",
            Self::ConsentGranted { .. } => "consent granted",
            Self::ConsentDenied => "consent denied",
            Self::ConsentRevoked => "consent revoked",
            Self::GrantEnded { why: GrantEnd::Revoked } => "grant revoked",
            Self::GrantEnded { .. } => "grant ended",
            Self::TokenRevoked => "access token revoked",
            Self::RefreshTokenReused => "refresh token reused",
            Self::CodeReplayed => "code replayed",
            Self::HookFailed { .. } => "hook failed",
            Self::KeyRotated { .. } => "key rotated",
        }
    }
}

/// One line: time, event type, outcome and what there is of the rest.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.at, self.okta_type(), self.result())?;
        self.fields().try_for_each(|(name, value)| write!(f, " {name}={value:?}"))
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event({self})")
    }
}

/// Not derived: a refusal holds what was sent, at its full length.
impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self)
    }
}

/// What happened, in words.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self.detail() {
            Some(detail) => write!(f, ": {}", logged(&detail)),
            None => Ok(()),
        }
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("eventType", self.okta_type())?;
        out.serialize_entry("published", &self.at.to_string())?;
        out.serialize_entry("result", self.result())?;
        out.serialize_entry("displayMessage", self.action.name())?;
        for (name, value) in self.fields() {
            out.serialize_entry(name, &value)?;
        }
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;
    use crate::host::Place;
    use crate::types::Timestamp;

    /// A346: what was sent forges no line, and fills no log.
    #[test]
    fn a346_lines_are_one_and_short() {
        let sent = format!("x\r\n\u{1b}[31m\u{202e}\"}}{}", "é".repeat(1_000_000));
        let refusals = [
            Refusal::UnknownServer { id: sent.clone() },
            Refusal::UnknownScope { scope: sent.clone() },
            Refusal::UnknownResource { resource: sent.clone() },
            Refusal::DuplicateParameters { names: vec![sent.clone(); 10] },
            Refusal::ClaimFailed { claim: "c".to_owned(), reason: sent.clone() },
            Refusal::ConsentRequired { scopes: vec![sent.clone()] },
        ];
        let mut actions: Vec<Action> =
            refusals.into_iter().map(|refusal| Action::Refused { at: Place::Token, refusal }).collect();
        actions.push(Action::AuthenticationFailed {
            claimed: Some(sent.clone()),
            refusal: Refusal::WrongCredentials,
        });
        actions.push(Action::HookFailed { hook: "h".to_owned(), reason: sent.clone() });
        for action in actions {
            let event = Event {
                at: Timestamp::from_unix(0),
                server: None,
                client: None,
                user: None,
                rule: None,
                grant: None,
                peer: Some(sent.clone()),
                action,
            };
            let shown = [
                event.to_string(),
                format!("{event:?}"),
                format!("{:?}", event.action),
                serde_json::to_string(&event).unwrap(),
            ];
            for text in shown {
                assert!(!text.contains(|c: char| c.is_control() || c == '\u{202e}'), "{text}");
                // Peer and detail, and escapes of what was escaped.
                assert!(text.len() < 5 * MAX_TEXT, "{}", text.len());
            }
            assert!(event.fields().all(|(_, value)| value.len() <= MAX_TEXT && logged(&value) == value));
        }
    }
}
