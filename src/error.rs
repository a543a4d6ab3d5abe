//! Why a request was not answered with a token: refusals, which are the request's fault and told to
//! the client, and faults, which are ours or the host's and told to the log.
//!
//! [`Refusal::wire`] is the only table from reasons to what goes over the wire, so that nobody
//! invents a code where a request is judged.

use std::fmt;

use crate::types::{GrantType, Prompt, ResponseMode, ResponseType};

/// What can come of a request besides its answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request's fault; the client is told.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// Ours or the host's; the client only learns that it happened.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Trouble of the issuer or of a host trait. The source is for the log and never sent.
#[derive(Debug, thiserror::Error)]
#[error("{kind}: {source}")]
pub struct Fault {
    kind: FaultKind,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// What kind of trouble, which fixes the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// A directory, store, key store or throttle failed or timed out: 503 `temporarily_unavailable`.
    Unavailable,
    /// Anything else: 500 `server_error`.
    Internal,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable => "a part of the host did not answer",
            Self::Internal => "internal error",
        })
    }
}

impl Fault {
    /// A host part that failed; the client may try again.
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind: FaultKind::Unavailable, source: source.into() }
    }

    /// Any other trouble.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind: FaultKind::Internal, source: source.into() }
    }

    /// What kind of trouble.
    pub fn kind(&self) -> FaultKind {
        self.kind
    }
}

impl FaultKind {
    /// What is told of it, in Okta's words.
    pub(crate) fn wire(self) -> Wire {
        let (status, error, description) = match self {
            Self::Unavailable => (
                503,
                "temporarily_unavailable",
                "The authorization server is currently unable to handle the request due to a temporary \
                 overloading or maintenance of the server.",
            ),
            Self::Internal => {
                (500, "server_error", "The authorization server encountered an unexpected error.")
            }
        };
        Wire { status, body: WireBody::OAuth { error, description: description.to_owned() } }
    }
}

impl Error {
    /// What is told of it.
    pub(crate) fn wire(&self) -> Wire {
        match self {
            Self::Refused(refusal) => refusal.wire(),
            Self::Fault(fault) => fault.kind().wire(),
        }
    }
}

/// Every reason to say no, with the facts. `Display` is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    // The request itself.
    /// The path leads nowhere.
    #[error("no endpoint at this path")]
    UnknownPath,
    /// The endpoint does not take this method; `allow` lists those it takes.
    #[error("the endpoint takes {allow} only")]
    MethodNotAllowed {
        /// The value of the `Allow` header.
        allow: &'static str,
    },
    /// No authorization server of that name, or, outside the token endpoint, an inactive one.
    #[error("no authorization server `{}`", printable(.id))]
    UnknownServer {
        /// The path segment.
        id: String,
    },
    /// The authorization server is INACTIVE.
    #[error("the authorization server is inactive")]
    InactiveServer,
    /// The `client_id` of a discovery request names no client.
    #[error("no such client")]
    UnknownClientInQuery,
    /// The body is larger than the limit.
    #[error("the body is larger than {limit} bytes")]
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body is not `application/x-www-form-urlencoded` in UTF-8.
    #[error("the body is not a form in UTF-8")]
    NotAForm,
    /// Parameters that may be sent once were sent more often.
    #[error("parameters sent more than once: {}", printable(&.names.join(", ")))]
    DuplicateParameters {
        /// Their names.
        names: Vec<String>,
    },
    /// Credentials in the query string.
    #[error("credentials in the query string")]
    CredentialsInQuery,
    /// A browser's request from an origin that is not trusted.
    #[error("a browser request from an untrusted origin")]
    UntrustedOrigin,
    /// A browser's request for a grant that browsers may not use.
    #[error("a browser request for the grant type {grant}")]
    GrantNotForBrowsers {
        /// The grant type.
        grant: GrantType,
    },

    // Client authentication.
    /// A client that must authenticate sent no credentials.
    #[error("no client credentials")]
    MissingCredentials,
    /// The Authorization header is not HTTP Basic with a client id and secret.
    #[error("the Authorization header holds no client credentials")]
    MalformedBasic,
    /// More than one kind of credentials.
    #[error("several client credentials in one request")]
    MultipleCredentials,
    /// The `client_id` of the form is another client than the one that authenticates.
    #[error("the client_id contradicts the credentials")]
    ContradictingClient,
    /// No such client, or not its secret. One reason, so that the answer cannot tell.
    #[error("unknown client or wrong secret")]
    WrongCredentials,
    /// The client is registered for another way to authenticate.
    #[error("the client is registered for another authentication method than {used}")]
    WrongAuthMethod {
        /// The method that was used.
        used: &'static str,
    },
    /// The client is INACTIVE.
    #[error("the client is inactive")]
    InactiveClient,
    /// The assertion that should authenticate the client does not.
    #[error("client assertion: {0}")]
    Assertion(#[from] AssertionRefusal),
    /// A setting of the client or server that would narrow access is not supported yet.
    #[error("the setting `{setting}` is not supported")]
    UnsupportedSetting {
        /// The setting's name in the configuration.
        setting: &'static str,
    },
    /// The client is limited to network zones, which the issuer cannot check.
    #[error("the client is limited to network zones")]
    OutsideNetworkZone,
    /// Too many requests or too many failures; try again after so many seconds.
    #[error("throttled for {retry_after} s")]
    Throttled {
        /// Seconds until it is worth trying again.
        retry_after: u32,
    },

    // Grants.
    /// No `grant_type`.
    #[error("no grant_type")]
    MissingGrantType,
    /// A `grant_type` that the issuer does not know or does not serve.
    #[error("unknown grant type")]
    UnsupportedGrantType {
        /// What the client is registered for.
        configured: Vec<GrantType>,
    },
    /// A grant type that the client is not registered for.
    #[error("the client may not use the grant type {grant}")]
    UnauthorizedClient {
        /// What was asked for.
        grant: GrantType,
        /// What the client is registered for.
        configured: Vec<GrantType>,
    },
    /// Client credentials at the org server without `private_key_jwt`.
    #[error("client credentials at the org authorization server need private_key_jwt")]
    OrgServerNeedsPrivateKeyJwt,
    /// Client credentials at the org server by a client that is not a service.
    #[error("client credentials at the org authorization server are for service clients")]
    OrgServerNeedsServiceClient,
    /// A parameter that must be there is missing.
    #[error("the parameter `{name}` is missing")]
    MissingParameter {
        /// Its name.
        name: &'static str,
    },
    /// No such code, or it expired, or it was used.
    #[error("the authorization code is invalid")]
    InvalidCode,
    /// The `redirect_uri` is another than at the authorization endpoint.
    #[error("the redirect_uri is not that of the authorization request")]
    RedirectUriMismatch,
    /// The `code_verifier` is missing, or not the one that the challenge was made from.
    #[error("the code_verifier does not fit the challenge")]
    PkceMismatch,
    /// A `code_verifier` for a code that was asked for without a challenge.
    #[error("a code_verifier without a challenge")]
    VerifierWithoutChallenge,
    /// No such refresh token, or it expired, or it ended.
    #[error("the refresh token is invalid")]
    InvalidRefreshToken,
    /// A refresh for scopes that were not granted at sign-in.
    #[error("scopes not granted at sign-in: {}", printable(&.scopes.join(", ")))]
    RefreshScopesDenied {
        /// Those scopes.
        scopes: Vec<String>,
    },
    /// The code or refresh token is another client's.
    #[error("the grant is another client's")]
    IssuedToAnotherClient,
    /// The code or refresh token is another authorization server's.
    #[error("the grant is another authorization server's")]
    IssuedByAnotherServer,
    /// The user is gone or not ACTIVE.
    #[error("the user is not active")]
    InactiveUser,
    /// The app is not assigned to the user.
    #[error("the user is not assigned to the client")]
    UserNotAssigned,
    /// The user took back the consent that the grant rests on.
    #[error("the consent was revoked")]
    ConsentRevoked,
    /// A public client asked for a grant that needs authentication.
    #[error("the grant needs a confidential client")]
    ConfidentialClientRequired,

    // Scopes and audiences.
    /// `scope` is not a list of scopes, or longer than the limit.
    #[error("malformed scope parameter")]
    MalformedScope,
    /// A scope that the authorization server does not have.
    #[error("unknown scope `{scope}`")]
    UnknownScope {
        /// The first such scope.
        scope: String,
    },
    /// An OpenID Connect scope without a user.
    #[error("the scope `{scope}` needs a user")]
    ScopeNeedsUser {
        /// The first such scope.
        scope: String,
    },
    /// No scope asked for, and no default scope.
    #[error("no scope requested and no default scope")]
    NoDefaultScopes,
    /// No scope asked for where one must be.
    #[error("no scope requested")]
    MissingScopes,
    /// Scopes that only a user can consent to, asked for by a machine.
    #[error("scopes that need a user's consent: {}", .scopes.join(", "))]
    ConsentNeedsUser {
        /// Those scopes.
        scopes: Vec<String>,
    },
    /// None of the requested scopes of the org server was granted to the app.
    #[error("none of the requested scopes was granted to the app")]
    NoOrgScopesGranted,
    /// Some of the requested scopes of the org server were not granted to the app.
    #[error("scopes not granted to the app: {}", .scopes.join(", "))]
    OrgScopesDenied {
        /// Those scopes.
        scopes: Vec<String>,
    },
    /// A `.self` scope of the org server, asked for by a machine.
    #[error("a .self scope without a user")]
    SelfScope,
    /// An `audience` that the server may not issue for, or several.
    #[error("the server does not issue for this audience")]
    UnknownAudience,
    /// A `resource` that the server may not issue for.
    #[error("the server does not issue for the resource `{}`", printable(.resource))]
    UnknownResource {
        /// What was asked for.
        resource: String,
    },
    /// More than one `resource` or `audience`.
    #[error("more than one resource or audience")]
    TooManyResources,

    // The authorization endpoint.
    /// The query is not percent-encoded UTF-8.
    #[error("the query is not a form in UTF-8")]
    MalformedQuery,
    /// The query is longer than the limit.
    #[error("the query is longer than {limit} bytes")]
    QueryTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// A POST whose parameters stand in the query, or some of them.
    #[error("a POST with parameters in the query")]
    ParametersInQuery,
    /// The `client_id` is missing, or names no ACTIVE client.
    #[error("no such client, or an inactive one")]
    InvalidClientId,
    /// A service client sent a user's browser.
    #[error("a service client at the authorization endpoint")]
    ServiceClient,
    /// No `redirect_uri`.
    #[error("no redirect_uri")]
    MissingRedirectUri,
    /// A `redirect_uri` that the client did not register.
    #[error("a redirect_uri that is not registered")]
    UnregisteredRedirectUri,
    /// A parameter's value is malformed, or too long.
    #[error("the parameter `{name}` is malformed")]
    InvalidParameter {
        /// Its name.
        name: &'static str,
    },
    /// No `state`, one of more than 4,096 bytes, or one with control characters.
    #[error("missing or malformed state")]
    InvalidState,
    /// A response type that does not exist or that the client is not registered for.
    #[error("the client may not ask for this response type")]
    UnsupportedResponseType {
        /// What the client is registered for.
        configured: Vec<ResponseType>,
    },
    /// A response mode that does not exist, or that the redirect URI has no use for.
    #[error("unknown response mode")]
    UnsupportedResponseMode,
    /// `query` for tokens, which would leave them in histories and logs.
    #[error("the response mode query with tokens")]
    TokensInQuery,
    /// No `nonce` where a token comes straight from the authorization endpoint.
    #[error("no nonce")]
    MissingNonce,
    /// No `code_challenge` where the client must have one, or none beside a method.
    #[error("no code_challenge")]
    MissingChallenge,
    /// A `code_challenge` that is not 43 characters of base64url.
    #[error("malformed code_challenge")]
    MalformedChallenge,
    /// A `code_challenge_method` other than `S256`, or none, which means `plain`.
    #[error("a code_challenge_method other than S256")]
    UnsupportedChallengeMethod,
    /// A `prompt` that is none of Okta's.
    #[error("unknown prompt")]
    InvalidPrompt,
    /// `prompt=none` with `max_age=0`: the user must be asked and must not.
    #[error("prompt=none with max_age=0")]
    PromptNoneWithMaxAgeZero,
    /// `prompt=enroll_authenticator` with another response type than `none`.
    #[error("enrollment of an authenticator with another response type than none")]
    EnrollmentNeedsNone,
    /// The response type `none` without `prompt=enroll_authenticator`.
    #[error("the response type none without enrollment of an authenticator")]
    NoneNeedsEnrollment,
    /// Enrollment of authenticators, which the issuer does not do.
    #[error("enrollment of authenticators is not supported")]
    EnrollmentNotSupported,
    /// A `max_age` that is no number from 0 to 2^31-1.
    #[error("malformed max_age")]
    InvalidMaxAge,
    /// A `request` object (RFC 9101).
    #[error("request objects are not supported")]
    RequestNotSupported,
    /// A `request_uri`; nothing is fetched from it.
    #[error("request URIs are not supported")]
    RequestUriNotSupported,
    /// An ID token, or a scope of OpenID Connect, without `openid`.
    #[error("OpenID Connect without the scope openid")]
    OpenidScopeRequired,

    // The user.
    /// `prompt=none`, and nobody is signed in, or somebody else than the client hinted at.
    #[error("nobody is signed in, and nobody may be asked")]
    LoginRequired,
    /// `prompt=none`, and the session does not meet what the request demands.
    #[error("the session does not suffice, and nobody may be asked")]
    ReauthenticationRequired,
    /// The sign-in did not reach the first of the `acr_values`.
    #[error("the sign-in did not reach the requested acr")]
    UnmetAcr,
    /// Another user signed in than the `id_token_hint` is about.
    #[error("another user than the id_token_hint's")]
    HintMismatch,
    /// There is no such user, or one who may not sign in.
    #[error("unknown or inactive user")]
    UserMayNotSignIn,
    /// `prompt=none`, and the user did not consent yet.
    #[error("scopes that need the user's consent: {}", .scopes.join(", "))]
    ConsentRequired {
        /// Those scopes.
        scopes: Vec<String>,
    },
    /// The user declined every scope that was left.
    #[error("the user declined every scope")]
    NoScopeAllowed,
    /// The user said no.
    #[error("the user denied the request")]
    Denied,
    /// The pending sign-in is over, was never begun, or belongs to another browser.
    #[error("no such pending sign-in in this browser")]
    InteractionExpired,

    // Tokens that come back.
    /// Introspection or revocation without a `token`.
    #[error("no token")]
    MissingToken,
    /// A protected resource without an access token.
    #[error("no access token")]
    MissingAccessToken,
    /// An access token in the query string.
    #[error("an access token in the query string")]
    AccessTokenInQuery,
    /// An access token both in the header and in the body, or several.
    #[error("several access tokens")]
    SeveralAccessTokens,
    /// Not an access token of this server, or not alive.
    #[error("the access token is invalid")]
    InvalidAccessToken,
    /// An `id_token_hint` that is missing, or no ID token of this server, or another user's.
    #[error("the id_token_hint is invalid")]
    InvalidIdTokenHint,
    /// A `post_logout_redirect_uri` that the client did not register.
    #[error("the post_logout_redirect_uri is not registered")]
    UnregisteredPostLogoutUri,
    /// An access token without the scope that the resource needs.
    #[error("the access token lacks the scope `openid`")]
    InsufficientScope,

    // Policies and claims.
    /// No ACTIVE policy has a rule that matches.
    #[error("no access policy rule matches")]
    NoMatchingPolicy,
    /// A claim's expression failed.
    #[error("the claim `{claim}` could not be evaluated: {reason}")]
    ClaimFailed {
        /// The claim.
        claim: String,
        /// Why, with the place in the expression; for the log.
        reason: String,
    },
    /// A token policy whose conditions hold denies.
    #[error("the token policy `{}` denies: {}", printable(.policy), printable(.reason))]
    TokenPolicyDenied {
        /// The policy.
        policy: String,
        /// Why, for the log.
        reason: String,
        /// What the client is told; Okta's sentence for a failed policy unless set.
        description: Option<String>,
    },
    /// The condition of a token policy failed, so that nobody knows whether it holds.
    #[error("the token policy `{}` could not be judged: {reason}", printable(.policy))]
    TokenPolicyFailed {
        /// The policy.
        policy: String,
        /// Why, with the place in the expression; for the log.
        reason: String,
    },
    /// A token inline hook answered an error, which stops the request.
    #[error("the hook `{}` refuses: {}", printable(.hook), printable(.summary.as_deref().unwrap_or("it does not say why")))]
    HookRefused {
        /// The hook's id.
        hook: String,
        /// Its `errorSummary`, if it has one.
        summary: Option<String>,
    },
    /// A groups claim matched more groups than a token holds.
    #[error("the claim `{claim}` matched more than 100 groups")]
    TooManyGroups {
        /// The claim.
        claim: String,
    },
}

/// What is wrong with a client assertion (RFC 7523 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssertionRefusal {
    /// `client_assertion_type` is missing or another than jwt-bearer, or there is no assertion.
    #[error("the type is not jwt-bearer")]
    Type,
    /// Not a JWT.
    #[error("not a JWT")]
    Malformed,
    /// `iss` is no client id.
    #[error("the issuer is not a client id")]
    Issuer,
    /// `sub` is not the client.
    #[error("the subject is not the client")]
    Subject,
    /// `aud` is neither the endpoint nor the issuer.
    #[error("the audience is not this endpoint")]
    Audience,
    /// No `exp`, or not a number.
    #[error("no expiry")]
    NoExpiry,
    /// `exp` has passed.
    #[error("expired")]
    Expired,
    /// `exp` is more than an hour ahead.
    #[error("expires too far in the future")]
    ExpiresTooLate,
    /// `iat` or `nbf` is in the future.
    #[error("issued in the future")]
    IssuedInFuture,
    /// `jti` was used before.
    #[error("already used")]
    AlreadyUsed,
    /// No `jti` where the configuration requires one.
    #[error("no jti")]
    NoId,
    /// The signature does not verify.
    #[error("wrong signature")]
    Signature,
    /// No key of that `kid`.
    #[error("no key of that kid")]
    UnknownKey,
    /// An algorithm that the client's keys or settings do not allow.
    #[error("algorithm not allowed")]
    Algorithm,
    /// Signed by a key, but the client has none registered.
    #[error("the client has no keys")]
    NoKeys,
    /// An HMAC, but the client has no secret.
    #[error("the client has no secret")]
    NoSecret,
    /// An HMAC under a secret of fewer than 32 characters.
    #[error("the secret is too short for an HMAC")]
    SecretTooShort,
}

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

/// What a client sent, for the log: no line of it can be forged, and none gets long.
fn printable(text: &str) -> String {
    const MOST: usize = 200;
    text.chars().take(MOST).flat_map(char::escape_debug).collect()
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
