//! Credentials + client + time → [`Authenticated`] (RFC 6749 §2.3, RFC 7523 §3).

use serde_json::{Map, Value};

use crate::error::{AssertionRefusal as Bad, Refusal};
use crate::jose::jws::{self, JwsError};
use crate::jose::{Algorithm, JwkSet, PublicKey};
use crate::model::{ClientAuth, RegisteredClient, UnsupportedSetting};
use crate::types::{Lifetime, Secret, SecretHash, Timestamp};
use crate::wire::{Assertion, Credentials};

/// How strictly client assertions are read, beyond what always holds.
///
/// Always: signature by a registered key, `iss` and `sub` the client, `aud` the endpoint or the
/// issuer, `exp` at most an hour ahead, `iat` and `nbf` not in the future (30 s of clock
/// difference allowed), a `jti` used once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssertionRules {
    /// Refuse assertions without a `jti`, which could be used again until they expire. Okta takes
    /// them, and so do we unless this is set.
    pub require_jti: bool,
    /// Take only the issuer as audience, as one string, as FAPI 2.0 demands.
    pub strict_audience: bool,
    /// Refuse assertions whose `iat` is missing or older than this.
    pub max_age: Option<Lifetime>,
}

/// An assertion's `exp` may be this far ahead (Okta's limit).
const MAX_AHEAD: Lifetime = Lifetime::minutes(60);
/// Clock difference that is forgiven for `iat` and `nbf`.
const SKEW: Lifetime = Lifetime::seconds(30);

/// Who the credentials say the client is: enough to look it up, nothing to trust.
pub(crate) enum Claimant<'a> {
    Named(&'a str),
    Asserted { id: String, parts: jws::Parts<'a>, claims: Map<String, Value> },
}

impl<'a> Claimant<'a> {
    pub(crate) fn of(credentials: &'a Credentials<'_>) -> Result<Self, Refusal> {
        match credentials {
            Credentials::Basic { client_id, .. }
            | Credentials::Post { client_id, .. }
            | Credentials::Public { client_id } => Ok(Self::Named(client_id)),
            Credentials::Assertion(Assertion { token, .. }) => {
                let parts = jws::split(token).map_err(|error| match error {
                    JwsError::UnsupportedAlgorithm(_) => Bad::Algorithm,
                    _ => Bad::Malformed,
                })?;
                let claims = parts.claims().map_err(|_| Bad::Malformed)?;
                let id = claims.get("iss").and_then(Value::as_str).ok_or(Bad::Issuer)?;
                Ok(Self::Asserted { id: id.to_owned(), parts, claims })
            }
        }
    }

    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Named(id) => id,
            Self::Asserted { id, .. } => id,
        }
    }
}

/// A client that proved who it is, if what proved it was not used before.
pub(crate) struct Proof<'a> {
    client: &'a RegisteredClient,
    once: Option<SingleUse>,
}

/// What must be marked as used before the proof counts.
pub(crate) struct SingleUse {
    pub(crate) id: String,
    pub(crate) until: Timestamp,
}

/// A client that proved who it is. Only [`Proof::confirm`] makes one.
#[derive(Clone, Copy)]
pub(crate) struct Authenticated<'a> {
    client: &'a RegisteredClient,
}

impl<'a> Authenticated<'a> {
    pub(crate) fn client(&self) -> &'a RegisteredClient {
        self.client
    }
}

impl<'a> Proof<'a> {
    pub(crate) fn client(&self) -> &'a RegisteredClient {
        self.client
    }

    /// The id to mark as used, if there is one; [`Proof::confirm`] wants to know what came of it.
    pub(crate) fn single_use(&self) -> Option<&SingleUse> {
        self.once.as_ref()
    }

    /// `first_use` is what the store said of the single-use id; it does not matter without one.
    pub(crate) fn confirm(self, first_use: bool) -> Result<Authenticated<'a>, Refusal> {
        if self.once.is_some() && !first_use {
            return Err(Bad::AlreadyUsed.into());
        }
        Ok(Authenticated { client: self.client })
    }

    /// Checks credentials. `client` is what the directory has under the claimant's id; the audience
    /// of an assertion is one of `audiences`, the endpoint's URL and the issuer, issuer last.
    pub(crate) fn check(
        client: Option<&'a RegisteredClient>,
        credentials: &Credentials<'_>,
        claimant: &Claimant<'_>,
        audiences: &[&str],
        rules: AssertionRules,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let Some(client) = client else { return Err(unknown(credentials)) };
        let once = match (credentials, claimant) {
            (Credentials::Basic { secret, .. }, _) => {
                check_secret(&client.auth, secret)?;
                match &client.auth {
                    ClientAuth::SecretBasic(_) => None,
                    _ => return Err(Refusal::WrongAuthMethod { used: "client_secret_basic" }),
                }
            }
            (Credentials::Post { secret, .. }, _) => {
                check_secret(&client.auth, secret)?;
                match &client.auth {
                    ClientAuth::SecretPost(_) => None,
                    _ => return Err(Refusal::WrongAuthMethod { used: "client_secret_post" }),
                }
            }
            (Credentials::Public { .. }, _) => match &client.auth {
                ClientAuth::None => None,
                _ => return Err(Refusal::MissingCredentials),
            },
            (
                Credentials::Assertion(Assertion { client_id, .. }),
                Claimant::Asserted { id, parts, claims },
            ) => {
                // After the issuer: whose `iss` is nobody's is told that, whatever its `sub`.
                if claims.get("sub").and_then(Value::as_str) != Some(id.as_str()) {
                    return Err(Bad::Subject.into());
                }
                if client_id.as_ref().is_some_and(|stated| stated != id.as_str()) {
                    return Err(Refusal::ContradictingClient);
                }
                check_signature(&client.auth, client.unsupported, parts)?;
                let require_jti = rules.require_jti || client.require_assertion_jti;
                check_claims(claims, audiences, AssertionRules { require_jti, ..rules }, now)?
            }
            (Credentials::Assertion(_), Claimant::Named(_)) => return Err(Bad::Malformed.into()),
        };
        // Only now: who cannot authenticate learns nothing of the client's state.
        if !client.active {
            return Err(Refusal::InactiveClient);
        }
        match client.unsupported {
            Some(UnsupportedSetting::NetworkZones) => Err(Refusal::OutsideNetworkZone),
            Some(setting) => Err(Refusal::UnsupportedSetting { setting: setting.as_str() }),
            None => Ok(Self { client, once }),
        }
    }
}

/// What a client that does not exist is told: the same as one that exists and is not itself.
fn unknown(credentials: &Credentials<'_>) -> Refusal {
    match credentials {
        Credentials::Assertion(_) => Bad::Issuer.into(),
        Credentials::Public { .. } => Refusal::MissingCredentials,
        Credentials::Basic { secret, .. } | Credentials::Post { secret, .. } => {
            // The work that a wrong secret costs, so that the time does not tell either.
            let _ = SecretHash::nobodys().matches(secret);
            Refusal::WrongCredentials
        }
    }
}

/// Whether the client has this secret, by whatever method it is registered to use it. Only who has it
/// may learn that the method is wrong: to everybody else the client looks like one that does not exist.
fn check_secret(auth: &ClientAuth, presented: &str) -> Result<(), Refusal> {
    // Every live secret is compared, whichever matches.
    let matches = match auth {
        ClientAuth::SecretBasic(hashes) | ClientAuth::SecretPost(hashes) => {
            hashes.iter().fold(false, |found, hash| hash.matches(presented) | found)
        }
        ClientAuth::SecretJwt { secrets, .. } => secrets
            .iter()
            .fold(false, |found, secret| SecretHash::new(secret, [0; 16]).matches(presented) | found),
        ClientAuth::PrivateKeyJwt { .. } => SecretHash::nobodys().matches(presented),
        // A public client has no secret to have, and its id is none either.
        ClientAuth::None => true,
    };
    if matches { Ok(()) } else { Err(Refusal::WrongCredentials) }
}

fn check_signature(
    auth: &ClientAuth,
    unsupported: Option<UnsupportedSetting>,
    parts: &jws::Parts<'_>,
) -> Result<(), Refusal> {
    let used = parts.header().algorithm();
    match auth {
        ClientAuth::PrivateKeyJwt { keys, algorithm } => {
            allow(used, *algorithm)?;
            if used.is_hmac() {
                return Err(Bad::NoSecret.into());
            }
            if keys.is_empty() && unsupported == Some(UnsupportedSetting::JwksUri) {
                return Err(Refusal::UnsupportedSetting { setting: UnsupportedSetting::JwksUri.as_str() });
            }
            check_key(keys, parts)
        }
        ClientAuth::SecretJwt { secrets, algorithm } => {
            if !used.is_hmac() {
                return Err(Bad::NoKeys.into());
            }
            allow(used, *algorithm)?;
            check_hmac(secrets, parts)
        }
        ClientAuth::None if used.is_hmac() => Err(Bad::NoSecret.into()),
        _ if used.is_hmac() => Err(Refusal::WrongAuthMethod { used: "client_secret_jwt" }),
        ClientAuth::None => Err(Refusal::WrongAuthMethod { used: "private_key_jwt" }),
        _ => Err(Bad::NoKeys.into()),
    }
}

fn allow(used: Algorithm, registered: Option<Algorithm>) -> Result<(), Bad> {
    if registered.is_none_or(|registered| registered == used) { Ok(()) } else { Err(Bad::Algorithm) }
}

fn check_key(keys: &[PublicKey], parts: &jws::Parts<'_>) -> Result<(), Refusal> {
    if keys.is_empty() {
        return Err(Bad::NoKeys.into());
    }
    let named: Vec<&PublicKey> = match parts.header().key_id() {
        Some(kid) => keys.iter().filter(|key| key.key_id() == Some(kid)).collect(),
        None => keys.iter().collect(),
    };
    if named.is_empty() {
        return Err(Bad::UnknownKey.into());
    }
    let used = parts.header().algorithm();
    let mut fitting = named.into_iter().filter(|key| key.verifies(used)).take(JwkSet::MAX_TRIED).peekable();
    if fitting.peek().is_none() {
        return Err(Bad::Algorithm.into());
    }
    if fitting.any(|key| jws::verify(parts, key).is_ok()) { Ok(()) } else { Err(Bad::Signature.into()) }
}

fn check_hmac(secrets: &[Secret], parts: &jws::Parts<'_>) -> Result<(), Refusal> {
    if secrets.is_empty() {
        return Err(Bad::NoSecret.into());
    }
    let mut long = secrets.iter().filter(|s| s.expose().chars().count() >= jws::MIN_SECRET_LENGTH).peekable();
    if long.peek().is_none() {
        return Err(Bad::SecretTooShort.into());
    }
    let matches = long.fold(false, |found, secret| jws::verify_hmac(parts, secret).is_ok() | found);
    if matches { Ok(()) } else { Err(Bad::Signature.into()) }
}

fn check_claims(
    claims: &Map<String, Value>,
    audiences: &[&str],
    rules: AssertionRules,
    now: Timestamp,
) -> Result<Option<SingleUse>, Refusal> {
    if !is_for(claims.get("aud"), audiences, rules.strict_audience) {
        return Err(Bad::Audience.into());
    }
    let expires = time(claims, "exp").map_err(|_| Bad::NoExpiry)?.ok_or(Bad::NoExpiry)?;
    if expires <= now {
        return Err(Bad::Expired.into());
    }
    if expires > now.plus(MAX_AHEAD) {
        return Err(Bad::ExpiresTooLate.into());
    }
    let latest = now.plus(SKEW);
    let issued = time(claims, "iat")?;
    let not_before = time(claims, "nbf")?;
    if [issued, not_before].into_iter().flatten().any(|at| at > latest) {
        return Err(Bad::IssuedInFuture.into());
    }
    if let Some(max_age) = rules.max_age
        && issued.is_none_or(|issued| issued < now.minus(max_age))
    {
        return Err(Bad::Expired.into());
    }
    match claims.get("jti") {
        // Remembered for longer than it can be used, whatever the clocks of other nodes say.
        Some(Value::String(id)) => Ok(Some(SingleUse { id: id.clone(), until: expires.plus(SKEW) })),
        Some(_) => Err(Bad::Malformed.into()),
        None if rules.require_jti => Err(Bad::NoId.into()),
        None => Ok(None),
    }
}

/// Every audience must be us: an assertion that is also for somebody else could be replayed by them.
fn is_for(aud: Option<&Value>, audiences: &[&str], strict: bool) -> bool {
    let ours = |aud: &Value| aud.as_str().is_some_and(|aud| audiences.contains(&aud));
    match aud {
        Some(Value::String(aud)) if strict => audiences.last() == Some(&aud.as_str()),
        Some(aud @ Value::String(_)) => ours(aud),
        Some(Value::Array(list)) => !strict && !list.is_empty() && list.iter().all(ours),
        _ => false,
    }
}

/// A NumericDate (RFC 7519 §2).
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, Bad> {
    claims.get(name).map(|value| Timestamp::from_claim(value).ok_or(Bad::Malformed)).transpose()
}
