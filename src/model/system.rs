//! What every authorization server has without being told: Okta's system scopes and claims.
//!
//! Source: the scopes and claims of a fresh custom authorization server, as Okta's API lists them.

use super::claim::ClaimToken;
use super::org::Consent;
use super::scope::Scope;

/// A system scope: its name and what the consent page says of it.
pub(super) struct SystemScope {
    pub(super) name: &'static str,
    pub(super) display_name: &'static str,
    pub(super) description: &'static str,
}

const fn scope(name: &'static str, display_name: &'static str, description: &'static str) -> SystemScope {
    SystemScope { name, display_name, description }
}

/// Published, without consent, never a default. The first five come first on every server, in this
/// order, so that [`SYSTEM_CLAIMS`] may name them by their places.
pub(super) const CUSTOM_SCOPES: &[SystemScope] = &[
    scope("openid", "Sign you in", "Signals that a request is an OpenID request."),
    scope("profile", "View your profile", "The profile: names, picture, time zone, language and more."),
    scope("email", "View your email address", "The email address."),
    scope("address", "View your postal address", "The postal address."),
    scope("phone", "View your phone number", "The phone number."),
    scope("offline_access", "Keep you signed in", "Refresh tokens, so that the app works without you."),
    scope("device_sso", "Share the sign-in between apps", "A device secret that signs other apps in."),
];

/// Those of the org authorization server: it has `groups` and knows no device secrets.
pub(super) const ORG_SCOPES: &[SystemScope] = &[
    scope("openid", "Sign you in", "Signals that a request is an OpenID request."),
    scope("profile", "View your profile", "The profile: names, picture, time zone, language and more."),
    scope("email", "View your email address", "The email address."),
    scope("address", "View your postal address", "The postal address."),
    scope("phone", "View your phone number", "The phone number."),
    scope("offline_access", "Keep you signed in", "Refresh tokens, so that the app works without you."),
    scope("groups", "View your groups", "The groups you belong to."),
];

impl SystemScope {
    pub(super) fn declared(&self) -> Scope {
        Scope::new(self.name)
            .display_name(self.display_name)
            .description(self.description)
            .consent(Consent::Implicit)
            .published()
    }
}

/// A claim of ID tokens that the server computes, the place of its scope in the tables above, and
/// its `alwaysIncludeInToken`.
pub(super) struct SystemClaim {
    pub(super) name: &'static str,
    pub(super) scope: u32,
    pub(super) always: bool,
}

const fn claim(name: &'static str, scope: u32, always: bool) -> SystemClaim {
    SystemClaim { name, scope, always }
}

const PROFILE: u32 = 1;
const EMAIL: u32 = 2;
const ADDRESS: u32 = 3;
const PHONE: u32 = 4;

pub(super) const SYSTEM_CLAIMS: &[SystemClaim] = &[
    claim("name", PROFILE, true),
    claim("preferred_username", PROFILE, true),
    claim("given_name", PROFILE, false),
    claim("middle_name", PROFILE, false),
    claim("family_name", PROFILE, false),
    claim("nickname", PROFILE, false),
    claim("profile", PROFILE, false),
    claim("picture", PROFILE, false),
    claim("website", PROFILE, false),
    claim("gender", PROFILE, false),
    claim("birthdate", PROFILE, false),
    claim("zoneinfo", PROFILE, false),
    claim("locale", PROFILE, false),
    claim("updated_at", PROFILE, false),
    claim("email", EMAIL, true),
    claim("email_verified", EMAIL, false),
    claim("phone_number", PHONE, false),
    claim("address", ADDRESS, false),
];

/// Scopes that are about a user (OpenID Connect Core §5.4, §11 and Okta's `device_sso`).
pub(crate) const NEED_A_USER: [&str; 7] =
    ["openid", "profile", "email", "address", "phone", "offline_access", "device_sso"];

/// The one system claim of access tokens.
pub(crate) const SUB: &str = "sub";

/// Its expression: the user's name in the app, or the client id where there is no user.
pub(super) const SUB_EXPRESSION: &str = "(appuser != null) ? appuser.userName : app.clientId";

/// The system claim of this name, if there is one.
pub(super) fn system_claim(token: ClaimToken, name: &str) -> Option<&'static SystemClaim> {
    match token {
        ClaimToken::Access => None,
        ClaimToken::Id => SYSTEM_CLAIMS.iter().find(|claim| claim.name == name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_name_their_scopes_by_place() {
        for table in [CUSTOM_SCOPES, ORG_SCOPES] {
            let name = |place: u32| table[place as usize].name;
            assert_eq!([PROFILE, EMAIL, ADDRESS, PHONE].map(name), ["profile", "email", "address", "phone"]);
        }
        assert_eq!(SYSTEM_CLAIMS.len(), 18);
    }
}
