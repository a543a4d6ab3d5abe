//! Every reason to say no.

use crate::types::{GrantType, ResponseType};

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

/// What a client sent, for the log: no line of it can be forged, and none gets long.
fn printable(text: &str) -> String {
    const MOST: usize = 200;
    text.chars().take(MOST).flat_map(char::escape_debug).collect()
}
