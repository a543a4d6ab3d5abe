//! The one table from reasons to what goes over the wire.

use super::{AssertionRefusal, Refusal};
use crate::types::{GrantType, Prompt, ResponseMode, ResponseType};

/// How a refusal looks on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wire {
    /// The HTTP status.
    pub status: u16,
    /// The error object's shape and content.
    pub body: WireBody,
}

/// OAuth's error object or that of Okta's management API.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WireBody {
    /// `{"error", "error_description"}`, RFC 6749 §5.2.
    OAuth {
        /// The RFC's error code.
        error: &'static str,
        /// Okta's sentence.
        description: String,
    },
    /// `{"errorCode", "errorSummary", "errorLink", "errorId", "errorCauses"}`.
    Management {
        /// Okta's error code.
        code: &'static str,
        /// Okta's sentence.
        summary: String,
    },
}

/// Okta's sentence for a request that policies do not allow.
const POLICY_FAILED: &str =
    "Policy evaluation failed for this request, please check the policy configurations.";
/// Shown texts hold at most this many characters (RFC 6749 sets none; proxies cut long headers).
const MAX_DESCRIPTION: usize = 256;

impl Refusal {
    /// The answer that Okta gives for this reason.
    #[rustfmt::skip]
    pub fn wire(&self) -> Wire {
        use Refusal as R;
        let oauth = |status, error, text: &str| Wire {
            status,
            body: WireBody::OAuth { error, description: sanitise(text) },
        };
        let management = |status, code, text: &str| Wire {
            status,
            body: WireBody::Management { code, summary: sanitise(text) },
        };
        match self {
            R::UnknownPath => management(404, "E0000008", "The requested path was not found"),
            R::MethodNotAllowed { .. } => management(405, "E0000022", "The endpoint does not support the provided HTTP method"),
            R::UnknownServer { id } => management(404, "E0000007", &format!("Not found: Resource not found: {} (AuthorizationServer)", shorten(id, 100))),
            R::InactiveServer => oauth(400, "invalid_request", "The authorization server id is invalid."),
            R::UnknownClientInQuery => management(400, "invalid_client", "Invalid value for `client_id` parameter."),
            R::BodyTooLarge { .. } => oauth(413, "invalid_request", "The request body is too large."),
            R::NotAForm => oauth(400, "invalid_request", "The request body must be application/x-www-form-urlencoded in UTF-8."),
            R::DuplicateParameters { names } => {
                let names: Vec<&str> = names.iter().map(|name| shorten(name, 40)).collect();
                oauth(400, "invalid_request", &format!("Duplicate parameter provided in request. Duplicated parameters: [{}].", names.join(", ")))
            }
            R::CredentialsInQuery => oauth(400, "invalid_request", "Client credentials cannot be supplied via query parameters."),
            R::UntrustedOrigin => oauth(400, "invalid_request", "Browser requests to the token endpoint must be made from one of the registered Trusted Origins."),
            R::GrantNotForBrowsers { .. } => oauth(400, "unauthorized_client", "Browser requests to the token endpoint may only use the authorization_code grant_type."),

            R::MissingCredentials => oauth(401, "invalid_client", "No client credentials found."),
            R::MalformedBasic => oauth(401, "invalid_client", "Found Authentication header but was not valid client credentials."),
            R::MultipleCredentials => oauth(400, "invalid_request", "Cannot supply multiple client credentials. Use one of the following: credentials in the Authorization header, credentials in the post body, or a client_assertion in the post body."),
            R::ContradictingClient | R::WrongAuthMethod { .. } | R::InactiveClient =>
                oauth(401, "invalid_client", "Client authentication failed. Either the client or the client credentials are invalid."),
            R::WrongCredentials => oauth(401, "invalid_client", "The client secret supplied for a confidential client is invalid."),
            R::Assertion(AssertionRefusal::Type) => oauth(400, "invalid_request", "The client_assertion_type is invalid."),
            R::Assertion(reason) => oauth(401, "invalid_client", reason.description()),
            R::UnsupportedSetting { setting } => oauth(400, "invalid_request", &format!("The setting '{setting}' is not supported by this authorization server.")),
            R::OutsideNetworkZone => oauth(403, "access_denied", "The request is made from outside the client's permitted network zones."),
            R::Throttled { .. } => management(429, "E0000047", "API call exceeded rate limit due to too many requests."),

            R::MissingGrantType => oauth(400, "invalid_request", &format!("The token request must specify a 'grant_type'. Valid values: [{}]", served().collect::<Vec<_>>().join(", "))),
            R::UnsupportedGrantType { configured } => oauth(400, "unsupported_grant_type", &format!("The authorization grant type is not supported by the authorization server. Configured grant types: [{}].", list(configured))),
            R::UnauthorizedClient { configured, .. } => oauth(400, "unauthorized_client", &format!("The client is not authorized to use the provided grant type. Configured grant types: [{}].", list(configured))),
            R::OrgServerNeedsPrivateKeyJwt => oauth(401, "invalid_client", "Client Credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method."),
            R::OrgServerNeedsServiceClient => oauth(401, "invalid_client", "Only clients with 'application_type' of 'service' may use the client_credentials 'grant_type' with the Org Authorization Server."),
            R::MissingParameter { name } => oauth(400, "invalid_request", &format!("The required parameter '{name}' is missing.")),
            R::InvalidCode => oauth(400, "invalid_grant", "The authorization code is invalid or has expired."),
            R::RedirectUriMismatch => oauth(400, "invalid_grant", "The 'redirect_uri' does not match the redirection URI used in the authorization request."),
            R::PkceMismatch => oauth(400, "invalid_grant", "PKCE verification failed."),
            R::VerifierWithoutChallenge => oauth(400, "invalid_request", "PKCE code challenge should be specified in the authorize request for code verification."),
            R::InvalidRefreshToken => oauth(400, "invalid_grant", "The refresh token is invalid or expired."),
            R::RefreshScopesDenied { scopes } => oauth(400, "access_denied", &format!("Some of the scopes requested for the refresh request were not granted in the original authorize request. Denied scopes: {}.", shorten(&scopes.join(", "), 100))),
            R::IssuedToAnotherClient => oauth(400, "invalid_grant", "The grant was issued to another client. Please make sure the 'client_id' matches the one used at the authorize request."),
            R::IssuedByAnotherServer => oauth(400, "invalid_request", "The grant was issued for another authorization server."),
            R::InactiveUser | R::ConsentRevoked => oauth(400, "invalid_grant", "Invalid grant"),
            R::UserNotAssigned => oauth(400, "access_denied", "User is not assigned to the client application."),
            R::ConfidentialClientRequired => oauth(400, "unauthorized_client", "Confidential client is required to make this request."),

            R::MalformedScope => oauth(400, "invalid_scope", "The requested scope is invalid, unknown, malformed, or exceeds the scope granted by the resource owner."),
            R::UnknownScope { .. } => oauth(400, "invalid_scope", "One or more scopes are not configured for the authorization server resource."),
            R::ScopeNeedsUser { .. } => oauth(400, "invalid_scope", "Cannot request 'openid' scopes using client credentials."),
            R::NoDefaultScopes => oauth(400, "invalid_scope", "The authorization server resource does not have any configured default scopes, 'scope' must be provided."),
            R::MissingScopes => oauth(400, "invalid_scope", "No scopes were requested."),
            R::ConsentNeedsUser { scopes } => oauth(400, "consent_required", &format!("The following scopes require user consent and cannot be granted for the client credentials grant type: [{}].", scopes.join(", "))),
            R::NoOrgScopesGranted => oauth(400, "consent_required", "You are not allowed any of the requested scopes."),
            R::OrgScopesDenied { scopes } => oauth(400, "access_denied", &format!("Some of the requested scopes were denied by the policy. Denied scopes: [{}].", scopes.join(", "))),
            R::SelfScope => oauth(400, "client_credentials_self_scope_requested", "The 'client_credentials' grant type may not request .self scopes."),
            R::UnknownAudience => oauth(400, "invalid_target", "The token request contains an invalid target."),
            R::UnknownResource { resource } => oauth(400, "invalid_target", &format!("The authorization server has rejected the 'resource' parameter: {resource}")),
            R::TooManyResources => oauth(400, "invalid_target", "Too many 'resource' parameters in the request; maximum allowed is 1."),

            R::MalformedQuery => oauth(400, "invalid_request", "The request query must be application/x-www-form-urlencoded in UTF-8."),
            R::QueryTooLong { .. } => oauth(414, "invalid_request", "The request query is too long."),
            R::ParametersInQuery => oauth(400, "invalid_request", "The parameters of a POST request must be in its body."),
            R::InvalidClientId => oauth(400, "invalid_client", "Invalid value for 'client_id' parameter."),
            R::ServiceClient => oauth(400, "invalid_request", "Clients with 'application_type' of 'service' are not allowed to access the '/authorize' endpoint."),
            R::MissingRedirectUri => oauth(400, "missing_redirect_uri", "redirect_uri is missing."),
            R::UnregisteredRedirectUri => oauth(400, "invalid_request", "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings."),
            R::InvalidParameter { name } => oauth(400, "invalid_request", &format!("Invalid value for '{name}' parameter.")),
            R::InvalidState => oauth(400, "invalid_request", "The authentication request has an invalid 'state' parameter."),
            R::UnsupportedResponseType { configured } => oauth(400, "unsupported_response_type", &format!("The response type is not supported by the authorization server. Configured response types: [{}].", words(configured, ResponseType::as_str))),
            R::UnsupportedResponseMode => oauth(400, "unsupported_response_mode", &format!("The response mode is not supported by the authorization server. Valid response modes: [{}].", words(&ResponseMode::ALL, ResponseMode::as_str))),
            R::TokensInQuery => oauth(400, "unsupported_response_mode", "'query' response mode cannot be used with either the 'id_token' or 'token' response types."),
            // Both full stops are Okta's.
            R::MissingNonce => oauth(400, "invalid_request", "The 'nonce' parameter is required for authorize requests with either the 'id_token' or 'token' response types.."),
            R::MissingChallenge => oauth(400, "invalid_request", "PKCE code challenge is required by the application."),
            R::MalformedChallenge => oauth(400, "invalid_request", "PKCE code challenge contains illegal characters."),
            R::UnsupportedChallengeMethod => oauth(400, "invalid_request", "PKCE code challenge method is not supported. Valid values: [S256]"),
            R::InvalidPrompt => oauth(400, "invalid_request", &format!("Invalid value for 'prompt' parameter. Supported values: [{}]", words(&Prompt::ALL, Prompt::as_str))),
            R::PromptNoneWithMaxAgeZero => oauth(400, "invalid_request", "'prompt' parameter must not have the value 'none' for request with 'zero' as max_age."),
            R::EnrollmentNeedsNone => oauth(400, "invalid_request", "Authenticator enrollment requires 'none' response_type."),
            R::NoneNeedsEnrollment => oauth(400, "invalid_request", "'prompt' parameter must have the value 'enroll_authenticator' for request with 'none' as response_type."),
            R::EnrollmentNotSupported => oauth(400, "access_denied", "The requested feature is not enabled in this environment."),
            R::InvalidMaxAge => oauth(400, "invalid_request", "Invalid value for 'max_age' parameter. It should be within range 0 - 2^31-1."),
            R::RequestNotSupported => oauth(400, "request_not_supported", "The authorize request object is not supported by this client."),
            R::RequestUriNotSupported => oauth(400, "request_uri_not_supported", "The authorize request uri is not supported by this client."),
            R::OpenidScopeRequired => oauth(400, "invalid_scope", "Requests for ID tokens or access tokens with OpenID scopes require the 'openid' scope."),

            R::LoginRequired => oauth(400, "login_required", "The client specified not to prompt, but the user is not logged in."),
            R::ReauthenticationRequired => oauth(400, "login_required", "The client specified not to prompt, but the client app requires re-authentication or MFA."),
            R::UnmetAcr => oauth(400, "unmet_authentication_requirements", "Unable to meet the authentication requirements imposed by 'acr_values' parameter."),
            R::HintMismatch => oauth(400, "id_token_does_not_match_session", "The ID token subject does not match the current session's user."),
            R::UserMayNotSignIn => oauth(403, "access_denied", "User status is invalid."),
            R::ConsentRequired { scopes } => oauth(400, "consent_required", &format!("The following scopes require user consent: [{}].", scopes.join(", "))),
            R::NoScopeAllowed => oauth(400, "access_denied", "Policy evaluation succeeded, but all the requested scopes were rejected."),
            R::Denied => oauth(403, "access_denied", "The resource owner or authorization server denied the request."),
            R::InteractionExpired => oauth(400, "login_required", "Request expired, please start over and try again."),

            R::MissingToken => oauth(400, "invalid_request", "The 'token' parameter is required."),
            R::MissingAccessToken => oauth(401, "invalid_request", "The access token is missing."),
            R::AccessTokenInQuery => oauth(400, "invalid_request", "The access token cannot be presented in a query string."),
            R::SeveralAccessTokens => oauth(400, "invalid_request", "The access token cannot be specified in both the Authorization header and the request-body."),
            R::InvalidAccessToken => oauth(401, "invalid_token", "The access token is invalid."),
            R::InvalidIdTokenHint => oauth(400, "invalid_request", "The 'id_token_hint' is invalid."),
            R::UnregisteredPostLogoutUri => oauth(400, "invalid_request", "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings."),
            R::InsufficientScope => oauth(403, "insufficient_scope", "The access token must provide access to at least one of these scopes - profile, email, address or phone"),

            R::NoMatchingPolicy => oauth(401, "access_denied", POLICY_FAILED),
            R::ClaimFailed { claim, .. } => oauth(400, "server_error", &format!("The '{claim}' user claim could not be evaluated.")),
            R::TokenPolicyDenied { description, .. } => oauth(401, "access_denied", description.as_deref().unwrap_or(POLICY_FAILED)),
            R::TokenPolicyFailed { .. } => oauth(401, "access_denied", POLICY_FAILED),
            R::HookRefused { summary, .. } => oauth(400, "server_error", summary.as_deref().unwrap_or("The callback service returned an error.")),
            R::TooManyGroups { .. } => oauth(400, "server_error", "The groups claim matched too many groups and must be configured to match fewer groups."),
        }
    }
}

impl AssertionRefusal {
    /// Okta's sentence.
    fn description(self) -> &'static str {
        match self {
            Self::Type => "The client_assertion_type is invalid.",
            Self::Malformed => "The parsing of the client_assertion failed.",
            Self::Issuer => "The issuer claim for client_assertion is not a valid client_id.",
            Self::Subject => "The subject claim for client_assertion is not a valid client_id.",
            Self::Audience => {
                "The audience claim for client_assertion must be the endpoint invoked for the request."
            }
            Self::NoExpiry => "The client_assertion must contain the 'exp' claim as seconds since epoch.",
            Self::Expired => "The client_assertion token is expired.",
            Self::ExpiresTooLate => "The client_assertion token has an expiration too far into the future.",
            Self::IssuedInFuture => "The client_assertion token must be issued before the current time.",
            Self::AlreadyUsed => "The client_assertion token has already been used.",
            // Ours: Okta has no setting that requires a jti.
            Self::NoId => "The client_assertion must contain the 'jti' claim.",
            Self::Signature => "The client_assertion signature is invalid.",
            Self::UnknownKey => "The client_assertion JWT kid is invalid.",
            Self::Algorithm => "The client_assertion JWT signature algorithm is invalid.",
            Self::NoKeys => {
                "The client does not have a JWKSet configured, but the client_assertion requires one."
            }
            Self::NoSecret => {
                "The issuer and subject claim for client_assertion is invalid because the client does not have a client secret."
            }
            Self::SecretTooShort => "The client secret is too short to verify a JWT HMAC.",
        }
    }
}

/// The grant types that the token endpoint serves; discovery lists the same.
pub(crate) const SERVED_GRANTS: &[GrantType] =
    &[GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials];

fn served() -> impl Iterator<Item = &'static str> {
    SERVED_GRANTS.iter().map(|grant| grant.as_str())
}

fn list(grants: &[GrantType]) -> String {
    words(grants, GrantType::as_str)
}

fn words<T: Copy>(values: &[T], word: impl Fn(T) -> &'static str) -> String {
    values.iter().map(|value| word(*value)).collect::<Vec<_>>().join(", ")
}

/// At most `most` bytes of what a client sent, cut at a character.
fn shorten(text: &str, most: usize) -> &str {
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= most).last();
    text.get(..end.unwrap_or(0)).unwrap_or("")
}

/// Only the characters of RFC 6749 §5.2, and not too many: descriptions can hold what a client sent.
fn sanitise(text: &str) -> String {
    let allowed = |c: char| matches!(c, '\x20'..='\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E');
    text.chars().map(|c| if allowed(c) { c } else { '?' }).take(MAX_DESCRIPTION).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_hold_only_what_rfc_6749_allows() {
        let wire = Refusal::UnknownResource { resource: "https://x/\"\\\r\n\u{e9}".repeat(100) }.wire();
        let WireBody::OAuth { description, .. } = wire.body else { panic!("an OAuth body") };
        assert!(description.len() <= MAX_DESCRIPTION);
        assert!(description.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E)));
    }

    /// A346: what a client sent cannot forge a line of the log or fill it.
    #[test]
    fn the_log_holds_one_short_line() {
        let text = format!("x\r\n\u{1b}[31m\u{202e}{}", "y".repeat(100_000));
        for refusal in [
            Refusal::UnknownServer { id: text.clone() },
            Refusal::UnknownResource { resource: text.clone() },
            Refusal::DuplicateParameters { names: vec![text.clone(), text.clone()] },
        ] {
            let shown = refusal.to_string();
            assert!(!shown.contains(|c: char| c.is_control() || c == '\u{202e}'), "{shown}");
            assert!(shown.len() < 1_000, "{}", shown.len());
        }
    }

    #[test]
    fn cutting_respects_characters() {
        assert_eq!(shorten("héllo", 2), "h");
        assert_eq!(shorten("héllo", 3), "hé");
        assert_eq!(shorten("", 3), "");
    }
}
