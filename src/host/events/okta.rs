//! Okta's names for what happens, of its System Log and of its error catalogue.

use super::{Action, Event, GrantEnd, Issued, Place};
use crate::error::{AssertionRefusal, Error, Refusal, WireBody};

impl Event {
    /// The event type of Okta's System Log.
    pub fn okta_type(&self) -> &'static str {
        let custom = self.server.is_some();
        let of = |at_custom, at_org| if custom { at_custom } else { at_org };
        match &self.action {
            Action::Issued { what: Issued::Code, .. } => {
                of("app.oauth2.as.authorize.code", "app.oauth2.authorize.code")
            }
            Action::Issued { what: Issued::AccessToken, at: Place::Authorize } => of(
                "app.oauth2.as.authorize.implicit.access_token",
                "app.oauth2.authorize.implicit.access_token",
            ),
            Action::Issued { what: Issued::IdToken, at: Place::Authorize } => {
                of("app.oauth2.as.authorize.implicit.id_token", "app.oauth2.authorize.implicit.id_token")
            }
            Action::Issued { what: Issued::AccessToken, .. } => {
                of("app.oauth2.as.token.grant.access_token", "app.oauth2.token.grant.access_token")
            }
            Action::Issued { what: Issued::IdToken, .. } => {
                of("app.oauth2.as.token.grant.id_token", "app.oauth2.token.grant.id_token")
            }
            Action::Issued { what: Issued::RefreshToken, .. } => {
                of("app.oauth2.as.token.grant.refresh_token", "app.oauth2.token.grant.refresh_token")
            }
            Action::Refused { refusal: Refusal::ClaimFailed { .. }, .. } if custom => {
                "app.oauth2.as.evaluate.claim"
            }
            Action::Refused { at: Place::Authorize, .. } => {
                of("app.oauth2.as.authorize", "app.oauth2.authorize")
            }
            Action::Refused { .. } | Action::CodeReplayed => {
                of("app.oauth2.as.token.grant", "app.oauth2.token.grant")
            }
            Action::AuthenticationFailed { .. } => "app.oauth2.invalid_client_credentials",
            Action::ConsentGranted { .. } | Action::ConsentDenied => "app.oauth2.as.consent.grant",
            Action::ConsentRevoked => "app.oauth2.as.consent.revoke.user.client",
            Action::GrantEnded { .. } | Action::TokenRevoked => {
                of("app.oauth2.as.token.revoke", "app.oauth2.token.revoke")
            }
            Action::RefreshTokenReused => {
                of("app.oauth2.as.token.detect_reuse", "app.oauth2.token.detect_reuse")
            }
            Action::HookFailed { .. } => "inline_hook.executed",
            Action::KeyRotated { .. } => of("app.oauth2.as.key.rollover", "app.oauth2.key.rollover"),
        }
    }

    /// Why, as one of a few words: of a refusal, Okta's internal name for it where it has one, or else the
    /// error's code.
    pub fn reason(&self) -> Option<&'static str> {
        Some(match &self.action {
            Action::Refused { refusal, .. } | Action::AuthenticationFailed { refusal, .. } => reason(refusal),
            Action::ConsentDenied => "access_denied",
            Action::GrantEnded { why: GrantEnd::Revoked } => "revoked",
            Action::GrantEnded { why: GrantEnd::RefreshTokenReused } | Action::RefreshTokenReused => {
                "refresh_token_reused"
            }
            Action::GrantEnded { why: GrantEnd::CodeReplayed } | Action::CodeReplayed => "code_replayed",
            Action::GrantEnded { why: GrantEnd::PkceMismatch } => "pkce_verification_failed",
            Action::HookFailed { .. } => "hook_failed",
            _ => return None,
        })
    }
}

/// Source: the names of Okta's error catalogue.
fn reason(refusal: &Refusal) -> &'static str {
    use Refusal as R;
    match refusal {
        R::MissingCredentials => "missing_client_credentials",
        R::MalformedBasic => "invalid_basic_auth_creds",
        R::MultipleCredentials => "multiple_client_credentials",
        R::WrongCredentials => "invalid_client_secret",
        R::Assertion(AssertionRefusal::AlreadyUsed) => "client_assertion_already_used",
        R::InvalidCode => "invalid_authorization_code",
        R::IssuedToAnotherClient => "mismatched_client",
        R::RedirectUriMismatch => "mismatched_redirect_uri",
        R::PkceMismatch => "pkce_verification_failed",
        R::InvalidRefreshToken => "invalid_refresh_token",
        R::NoMatchingPolicy => "no_matching_policy",
        R::TokenPolicyDenied { .. } => "token_policy_denied",
        R::TokenPolicyFailed { .. } => "token_policy_failed",
        R::UserNotAssigned => "user_not_assigned",
        R::NoScopeAllowed => "no_scope_allowed",
        R::OrgScopesDenied { .. } => "scope_denied",
        R::RefreshScopesDenied { .. } => "refresh_scopes_denied",
        R::UnknownScope { .. } => "no_matching_scope",
        R::NoDefaultScopes => "no_default_scopes",
        R::MissingScopes => "missing_scopes",
        R::ScopeNeedsUser { .. } => "openid_not_allowed_client_creds",
        R::TooManyGroups { .. } => "too_many_groups_in_groups_claim",
        R::ClaimFailed { .. } => "user_claim_evaluation_failure",
        R::HookRefused { summary: Some(_), .. } => "callback_returned_error",
        R::HookRefused { summary: None, .. } => "callback_returned_error_without_description",
        other => match Error::Refused(other.clone()).wire().body {
            WireBody::OAuth { error, .. } => error,
            WireBody::Management { code, .. } => code,
        },
    }
}
