//! Reading Okta's management JSON into the declared nouns, one file a resource.
//!
//! Reading finds mistakes of form (types, words, missing names); what the nouns mean together is
//! checked when they are compiled, for a file exactly as for an organisation declared in Rust.

mod app;
mod claim;
mod fields;
mod group;
mod hook;
mod org;
mod policy;
mod scope;
mod server;
mod token_policy;
mod user;

use serde_json::Value;

use super::check::{ConfigErrors, Findings, Path};
use super::claim::Claim;
use super::client::Client;
use super::hook::Hook;
use super::policy::{AccessPolicy, Rule};
use super::scope::Scope;
use super::server::AuthorizationServer;
use super::token_policy::TokenPolicy;
use super::user::{Group, User};

pub(crate) use org::BASE_ATTRIBUTES;
pub(super) use org::read as read_org;

/// What reads one resource.
type Reader<T> = fn(&Value, &Path<'_>, &mut Findings) -> Option<T>;

fn alone<T>(json: &Value, read: Reader<T>) -> Result<T, ConfigErrors> {
    let mut out = Findings::default();
    let item = read(json, &Path::ROOT, &mut out);
    let (item, _) = out.finish(item)?;
    // A reader that yields nothing has said why, or skips what is no concern of ours.
    item.ok_or_else(|| ConfigErrors::one("the file", "is not a resource of this kind"))
}

macro_rules! from_okta {
    ($noun:ty, $read:path, $what:literal) => {
        impl $noun {
            #[doc = concat!("Reads ", $what, " as Okta's management API writes it.")]
            ///
            /// Only its form is checked; the rest when it becomes part of an organisation.
            ///
            /// # Errors
            /// [`ConfigErrors`]: every value of the wrong type and every unknown word.
            pub fn from_okta(json: &Value) -> Result<Self, ConfigErrors> {
                alone(json, $read)
            }
        }
    };
}

from_okta!(
    AuthorizationServer,
    server::read,
    "an `AuthorizationServer`, with its scopes, claims and policies"
);
from_okta!(Scope, scope::read, "an `OAuth2Scope`");
from_okta!(Claim, claim::read, "an `OAuth2Claim`");
from_okta!(AccessPolicy, policy::read, "an `AuthorizationServerPolicy`, with its rules");
from_okta!(Rule, policy::read_rule, "an `AuthorizationServerPolicyRule`");
from_okta!(Client, app::read_client, "an `OpenIdConnectApplication`");
from_okta!(User, user::read_user, "a `User`");
from_okta!(Hook, hook::read, "an `InlineHook`");
from_okta!(TokenPolicy, token_policy::read, "a token policy, `chancery.tokenPolicies[]` of a server");

/// Reads a `Group` as Okta's management API writes it.
///
/// # Errors
/// [`ConfigErrors`], as `from_okta` of the other nouns.
pub fn group_from_okta(json: &Value) -> Result<Group, ConfigErrors> {
    alone(json, group::read_group)
}
