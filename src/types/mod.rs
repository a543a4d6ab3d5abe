//! The protocol's words: parse, print, compare. Nothing here decides anything.

mod claims;
mod grant;
mod ids;
mod json;
mod mix;
mod network;
mod response;
mod scope;
mod secret;
mod time;
mod uri;

pub(crate) use claims::{
    MAY_BE_OPENED, is_closed_to_hooks, is_closed_to_hooks_in_id_tokens, is_closed_to_policies,
};
pub use claims::{is_reserved_access_claim, is_reserved_id_claim};
pub use grant::GrantType;
pub use ids::{ClientId, GroupId, KeyId, PolicyId, RuleId, ServerId, UserId};
pub use json::JsonError;
pub(crate) use json::{parse_strict, push_json_string};
pub(crate) use mix::{Configured, Mix};
pub use network::{BadNetwork, Network, is_public_address};
pub use response::{Prompt, ResponseMode, ResponseType, ResponseTypes};
pub use scope::{BadScope, ScopeName, ScopeSet};
pub(crate) use secret::same_bytes;
pub use secret::{Secret, SecretHash};
pub use time::{Lifetime, Timestamp};
pub use uri::{BadUri, BaseUri, IssuerUri};
