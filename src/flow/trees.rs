//! The claims of the tokens of one answer as trees, for what looks at them again before they are
//! signed: token policies and hooks.

use serde_json::Value;

use super::claims::Tree;

/// The tokens that one answer will hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Trees {
    pub(crate) access: Option<Tree>,
    pub(crate) id: Option<Tree>,
}

/// What an access token says about whom and for whom: a change must leave it one text.
pub(crate) const SUB: &str = "sub";
/// See [`SUB`].
pub(crate) const AUD: &str = "aud";

/// What a change may make of `sub` and `aud`, where the configuration lets it change them at all.
pub(crate) fn check_identity(
    claim: &str,
    value: Option<&Value>,
    is_foreign: &dyn Fn(&str) -> bool,
) -> Result<(), &'static str> {
    match value.and_then(Value::as_str) {
        None | Some("") => Err("it must stay one text"),
        // A token for somebody else's API, or one that passes for an ID token.
        Some(text) if claim == AUD && is_foreign(text) => {
            Err("it is the audience of another server, or a client")
        }
        Some(_) => Ok(()),
    }
}

impl Trees {
    /// What conditions see as the token: the access token, or the ID token where it comes alone.
    pub(crate) fn main(&self) -> Option<&Tree> {
        self.access.as_ref().or(self.id.as_ref())
    }
}
