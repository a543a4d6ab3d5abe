//! The protocol's words: parse, print, compare. Nothing here decides anything.

mod claims;
mod grant;
mod ids;
mod json;
mod mix;
mod response;
mod scope;
mod secret;
mod time;
mod uri;

pub use claims::{is_reserved_access_claim, is_reserved_id_claim};
pub use grant::GrantType;
pub use ids::{ClientId, GroupId, KeyId, PolicyId, RuleId, ServerId, UserId};
pub use json::JsonError;
pub(crate) use json::{parse_strict, push_json_string};
pub(crate) use mix::{Configured, Mix};
pub use response::{Prompt, ResponseMode, ResponseType, ResponseTypes};
pub use scope::{BadScope, ScopeName, ScopeSet};
pub(crate) use secret::same_bytes;
pub use secret::{Secret, SecretHash};
pub use time::{Lifetime, Timestamp};
pub use uri::{BadUri, BaseUri, IssuerUri};
