//! Verifying access tokens: for a resource server, and for ourselves.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::jose::{Algorithm, JwkSet, jws, jws::JwsError};
use crate::types::{ClientId, KeyId, Lifetime, Timestamp};

/// Verifies access tokens of one issuer for one resource server.
///
/// ```
/// use chancery::jose::{Algorithm, JwkSet, PrivateKey, jws};
/// use chancery::types::Timestamp;
/// use chancery::verify::{TokenRefusal, Verifier};
///
/// // What the issuer does: publish its keys, and sign.
/// let key = PrivateKey::generate(Algorithm::Es256)?;
/// let jwks = JwkSet::new([key.public().clone()])?.to_json();
/// let claims = r#"{"iss":"https://id.example.com/oauth2/default","aud":"api://orders",
///     "sub":"0oa1","cid":"0oa1","scp":["orders:read"],"exp":1767229200}"#;
/// let token = jws::sign_compact(&key, None, claims.as_bytes())?;
///
/// // What the resource server does: read the keys once, then check every token.
/// let keys = JwkSet::parse(jwks.as_bytes())?;
/// let verifier = Verifier::new("https://id.example.com/oauth2/default", "api://orders", keys)
///     .require_scope("orders:read");
/// let claims = verifier.verify(&token, Timestamp::from_unix(1767225600))?;
/// assert_eq!(claims.client_id(), Some("0oa1"));
///
/// let late = verifier.verify(&token, Timestamp::from_unix(1767229200));
/// assert!(matches!(late, Err(TokenRefusal::Expired { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The token must be a JWS whose `kid` names one of the issuer's keys, signed with that key's
/// algorithm; `iss` and `aud` must match byte for byte; `exp` must be there and in the future. A verifier
/// is cheap to clone and holds no lock: when [`TokenRefusal::UnknownKey`] says that the issuer may
/// have new keys, fetch them (not more often than every half minute, as anybody can send an
/// unknown `kid`) and put `verifier.clone().with_keys(new)` in its place.
#[derive(Debug, Clone)]
pub struct Verifier {
    rules: Arc<Rules>,
    keys: Arc<JwkSet>,
}

#[derive(Debug, Clone)]
struct Rules {
    issuer: String,
    audiences: Vec<String>,
    leeway: Lifetime,
    scopes: Vec<String>,
    clients: Vec<ClientId>,
    typ: Option<String>,
}

/// Why a token was refused.
///
/// RFC 6750 §3.1 answers `insufficient_scope` with 403 for [`TokenRefusal::MissingScope`] and
/// `invalid_token` with 401 for all others.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenRefusal {
    /// Not a compact JWS that we read.
    #[error("malformed token: {0}")]
    Malformed(#[source] JwsError),
    /// The header's `typ` says that this is something other than an access token.
    #[error("the token is of another type")]
    WrongType,
    /// The header names no key.
    #[error("the token names no key")]
    NoKeyId,
    /// The header names a key that is not in the set: the issuer may have rotated.
    #[error("the token's key `{0}` is unknown")]
    UnknownKey(KeyId),
    /// The header's algorithm is not the key's.
    #[error("the token's algorithm {0} is not its key's")]
    WrongAlgorithm(Algorithm),
    /// The signature is not the key's.
    #[error("the token's signature does not match")]
    BadSignature,
    /// A claim is missing or malformed.
    #[error("the claim `{0}` is missing or malformed")]
    Claim(&'static str),
    /// Another issuer's token.
    #[error("the token is of another issuer")]
    WrongIssuer,
    /// A token for another resource server.
    #[error("the token is for another audience")]
    WrongAudience,
    /// `exp` is not in the future (RFC 7519 §4.1.4).
    #[error("the token expired at {at}")]
    Expired {
        /// The token's `exp`.
        at: Timestamp,
    },
    /// `nbf` or `iat` is in the future (RFC 7519 §4.1.5).
    #[error("the token is not valid before {at}")]
    NotYetValid {
        /// The later of the two.
        at: Timestamp,
    },
    /// A required scope was not granted.
    #[error("the scope `{0}` was not granted")]
    MissingScope(String),
    /// A token of a client that is not among the required ones.
    #[error("the token belongs to another client")]
    WrongClient,
}

impl Verifier {
    /// A verifier for the tokens that `issuer` makes for `audience`, signed with one of `keys`.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>, keys: JwkSet) -> Self {
        let rules = Rules {
            issuer: issuer.into(),
            audiences: vec![audience.into()],
            leeway: Lifetime::seconds(0),
            scopes: Vec::new(),
            clients: Vec::new(),
            typ: None,
        };
        Self { rules: Arc::new(rules), keys: Arc::new(keys) }
    }

    /// Also accepts tokens for this audience.
    #[must_use]
    pub fn with_audience(self, audience: impl Into<String>) -> Self {
        self.change(|rules| rules.audiences.push(audience.into()))
    }

    /// Allows the clocks of issuer and resource server to differ by this much: `exp` counts as that
    /// much later, `nbf` and `iat` as that much earlier. None unless set; half a minute is usual
    /// between machines.
    #[must_use]
    pub fn with_leeway(self, leeway: Lifetime) -> Self {
        self.change(|rules| rules.leeway = leeway)
    }

    /// Demands that this scope was granted, next to those demanded before.
    #[must_use]
    pub fn require_scope(self, scope: impl Into<String>) -> Self {
        self.change(|rules| rules.scopes.push(scope.into()))
    }

    /// Demands that the token belongs to this client, or to another one demanded before.
    #[must_use]
    pub fn require_client(self, client: impl Into<ClientId>) -> Self {
        self.change(|rules| rules.clients.push(client.into()))
    }

    /// Demands this `typ` in the header, such as `at+jwt` (RFC 9068 §2.1). Without it `JWT`, `at+jwt`
    /// and no `typ` at all, as Okta's custom authorization servers write, are accepted. Letter case
    /// and the prefix `application/` do not count (RFC 7515 §4.1.9).
    #[must_use]
    pub fn require_type(self, typ: impl Into<String>) -> Self {
        self.change(|rules| rules.typ = Some(typ.into()))
    }

    /// The same verifier with the issuer's new keys.
    #[must_use]
    pub fn with_keys(mut self, keys: JwkSet) -> Self {
        self.keys = Arc::new(keys);
        self
    }

    fn change(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(Arc::make_mut(&mut self.rules));
        self
    }

    /// Verifies a token at the time `now`.
    ///
    /// # Errors
    /// [`TokenRefusal`]: the first reason found, the signature before any claim.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenRefusal> {
        let parts = jws::split(token).map_err(TokenRefusal::Malformed)?;
        self.rules.check_type(parts.header().typ())?;
        let key_id = parts.header().key_id().ok_or(TokenRefusal::NoKeyId)?;
        let key = self.keys.get(key_id.as_str()).ok_or_else(|| TokenRefusal::UnknownKey(key_id.clone()))?;
        jws::verify(&parts, key).map_err(|error| match error {
            JwsError::WrongAlgorithm(algorithm) => TokenRefusal::WrongAlgorithm(algorithm),
            _ => TokenRefusal::BadSignature,
        })?;
        let claims = AccessClaims::read(parts.claims().map_err(TokenRefusal::Malformed)?)?;
        self.rules.check(&claims, now)?;
        Ok(claims)
    }
}

impl Rules {
    fn check_type(&self, typ: Option<&str>) -> Result<(), TokenRefusal> {
        let short = |typ: &str| {
            let typ = typ.to_ascii_lowercase();
            typ.strip_prefix("application/").map_or(typ.clone(), str::to_owned)
        };
        let accepted = match (&self.typ, typ) {
            (Some(wanted), Some(typ)) => short(wanted) == short(typ),
            (Some(_), None) => false,
            (None, Some(typ)) => matches!(short(typ).as_str(), "jwt" | "at+jwt"),
            (None, None) => true,
        };
        if accepted { Ok(()) } else { Err(TokenRefusal::WrongType) }
    }

    fn check(&self, claims: &AccessClaims, now: Timestamp) -> Result<(), TokenRefusal> {
        if claims.issuer() != Some(self.issuer.as_str()) {
            return Err(TokenRefusal::WrongIssuer);
        }
        if !claims.audiences().any(|audience| self.audiences.iter().any(|own| own == audience)) {
            return Err(TokenRefusal::WrongAudience);
        }
        self.check_times(claims, now)?;
        if let Some(scope) = self.scopes.iter().find(|scope| !claims.has_scope(scope)) {
            return Err(TokenRefusal::MissingScope(scope.clone()));
        }
        let is_ours = |client: &str| self.clients.iter().any(|own| own.as_str() == client);
        if !self.clients.is_empty() && !claims.client_id().is_some_and(is_ours) {
            return Err(TokenRefusal::WrongClient);
        }
        Ok(())
    }

    fn check_times(&self, claims: &AccessClaims, now: Timestamp) -> Result<(), TokenRefusal> {
        let at = claims.expires_at();
        if at.plus(self.leeway) <= now {
            return Err(TokenRefusal::Expired { at });
        }
        match claims.not_before().max(claims.issued_at()) {
            Some(at) if at.minus(self.leeway) > now => Err(TokenRefusal::NotYetValid { at }),
            _ => Ok(()),
        }
    }
}

/// The claims of a token that was verified: nothing else makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessClaims {
    claims: Map<String, Value>,
    expires_at: Timestamp,
}

impl AccessClaims {
    /// Checks the type of each claim that has an accessor, so that none can be misread.
    fn read(claims: Map<String, Value>) -> Result<Self, TokenRefusal> {
        let is_text = |value: &Value| value.is_string();
        let is_time = |value: &Value| Timestamp::from_claim(value).is_some();
        let is_list = |value: &Value| value.as_array().is_some_and(|list| list.iter().all(is_text));
        for name in ["iss", "sub", "cid", "uid", "jti"] {
            expect(&claims, name, is_text)?;
        }
        for name in ["iat", "nbf"] {
            expect(&claims, name, is_time)?;
        }
        expect(&claims, "scp", is_list)?;
        expect(&claims, "aud", |value| is_text(value) || is_list(value))?;
        let expires_at =
            claims.get("exp").and_then(Timestamp::from_claim).ok_or(TokenRefusal::Claim("exp"))?;
        Ok(Self { claims, expires_at })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// `iss`: the authorization server.
    pub fn issuer(&self) -> Option<&str> {
        self.text("iss")
    }

    /// `sub`: a user's login, or the client id when no user takes part.
    pub fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// `cid`: the client that asked for the token.
    pub fn client_id(&self) -> Option<&str> {
        self.text("cid")
    }

    /// `uid`: the user's id; absent when no user takes part.
    pub fn user_id(&self) -> Option<&str> {
        self.text("uid")
    }

    /// `jti`: the token's own id.
    pub fn token_id(&self) -> Option<&str> {
        self.text("jti")
    }

    /// `aud`: whom the token is for. Okta's tokens have exactly one.
    pub fn audiences(&self) -> impl Iterator<Item = &str> {
        let one = self.text("aud");
        one.into_iter().chain(self.list("aud"))
    }

    /// `scp`: the scopes granted.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.list("scp")
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        let list = self.claims.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str)
    }

    /// Whether this scope was granted.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }

    /// `exp`: the first second at which the token is worthless.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// `iat`: when the token was made.
    pub fn issued_at(&self) -> Option<Timestamp> {
        self.claims.get("iat").and_then(Timestamp::from_claim)
    }

    /// `nbf`: from when on the token is valid. Okta's tokens have none.
    pub fn not_before(&self) -> Option<Timestamp> {
        self.claims.get("nbf").and_then(Timestamp::from_claim)
    }

    /// Any claim.
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// All claims.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.claims
    }
}

/// Checks a claim that may be absent. `null` is not absence.
fn expect(
    claims: &Map<String, Value>,
    name: &'static str,
    is: impl Fn(&Value) -> bool,
) -> Result<(), TokenRefusal> {
    if claims.get(name).is_none_or(is) { Ok(()) } else { Err(TokenRefusal::Claim(name)) }
}

#[cfg(test)]
mod tests;
