//! The compact form of a JWS (RFC 7515 §7.1): made, taken apart, verified.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Map, Value};

use super::members::{self, shown};
use super::{Algorithm, PrivateKey, PublicKey, SignError};
use crate::types::{JsonError, KeyId, Secret, parse_strict, push_json_string};

/// The longest token that is read, in bytes.
pub const MAX_LENGTH: usize = 16 * 1024;

/// The shortest secret that may verify a client's HMAC, in characters: Okta's limit, and the output
/// of SHA-256 as RFC 7518 §3.2 demands. The caller checks it where the secret is set.
pub const MIN_SECRET_LENGTH: usize = 32;

/// Signs `payload` with `key` into a compact JWS whose header holds `kid`, `alg` and, if given,
/// `typ`: exactly Okta's.
///
/// # Errors
/// [`SignError`], see [`PrivateKey::sign`].
pub fn sign_compact(key: &PrivateKey, typ: Option<&str>, payload: &[u8]) -> Result<String, SignError> {
    let input = SigningInput::new(key.algorithm(), key.key_id(), typ, payload);
    let signature = key.sign(input.as_bytes())?;
    Ok(input.finish(signature.as_ref()))
}

/// What is signed: the encoded header, a dot, and the encoded payload. It becomes the token in
/// place, so that a remote signer can be asked in between.
#[derive(Debug)]
pub struct SigningInput(Vec<u8>);

impl SigningInput {
    /// Encodes header and payload. `payload` is taken as it is.
    pub fn new(algorithm: Algorithm, key_id: &KeyId, typ: Option<&str>, payload: &[u8]) -> Self {
        Self::with_header(&encoded_header(algorithm, key_id, typ), algorithm, payload)
    }

    /// The same with a header that was encoded before.
    pub(crate) fn with_header(header: &str, algorithm: Algorithm, payload: &[u8]) -> Self {
        // The longest signature of our keys; a token is not kept, so a little too much is no loss.
        let signature = algorithm.signature_length().unwrap_or(512);
        let bytes = payload.len() + signature;
        let mut text = Vec::with_capacity(header.len() + bytes.div_ceil(3) * 4 + 6);
        text.extend_from_slice(header.as_bytes());
        text.push(b'.');
        push_base64(&mut text, payload);
        Self(text)
    }

    /// The bytes to sign (RFC 7515 §5.1).
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The token: the input, a dot, and the encoded signature.
    ///
    /// The signature must have the form of RFC 7518 §3: for ECDSA the two numbers side by side, not
    /// ASN.1. [`Algorithm::signature_length`] tells them apart.
    pub fn finish(self, signature: &[u8]) -> String {
        let mut text = self.0;
        text.push(b'.');
        push_base64(&mut text, signature);
        // base64url and dots.
        String::from_utf8(text).unwrap_or_default()
    }
}

/// `kid`, `alg` and, if given, `typ`, in this order, as base64url.
pub(super) fn encoded_header(algorithm: Algorithm, key_id: &KeyId, typ: Option<&str>) -> String {
    let mut header = Vec::with_capacity(40 + key_id.as_str().len() + typ.map_or(0, |typ| typ.len() + 9));
    header.extend_from_slice(br#"{"kid":"#);
    // Key ids from a host's own store are not checked as ours are.
    push_json_string(&mut header, key_id.as_str());
    header.extend_from_slice(br#","alg":"#);
    push_json_string(&mut header, algorithm.as_str());
    if let Some(typ) = typ {
        header.extend_from_slice(br#","typ":"#);
        push_json_string(&mut header, typ);
    }
    header.push(b'}');
    URL_SAFE_NO_PAD.encode(header)
}

fn push_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    let written =
        out.get_mut(start..).map_or(0, |room| URL_SAFE_NO_PAD.encode_slice(bytes, room).unwrap_or(0));
    out.truncate(start + written);
}

/// Why a token cannot be trusted, before anybody looks at its claims.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwsError {
    /// Longer than [`MAX_LENGTH`].
    #[error("the token has {0} bytes, at most {MAX_LENGTH} are read")]
    TooLong(usize),
    /// Not three parts between two dots.
    #[error("a token has three parts, separated by dots")]
    NotThreeParts,
    /// Five parts: a JWE (RFC 7516).
    #[error("encrypted tokens are not accepted")]
    Encrypted,
    /// A part is not base64url without padding in its one canonical spelling.
    #[error("the {0} must be base64url without padding or stray bits")]
    Encoding(&'static str),
    /// A part is not strict JSON.
    #[error("the {part} is not JSON: {error}")]
    Json {
        /// `header` or `payload`.
        part: &'static str,
        /// What is wrong.
        #[source]
        error: JsonError,
    },
    /// A part is JSON but no object.
    #[error("the {0} must be a JSON object")]
    NotAnObject(&'static str),
    /// A header member of the wrong type or form.
    #[error("the header's `{0}` is missing or malformed")]
    Header(&'static str),
    /// The header demands an extension: `crit` (RFC 7515 §4.1.11) or `b64` (RFC 7797).
    #[error("the header's `{0}` is not accepted")]
    Extension(&'static str),
    /// `none`, or an algorithm we do not verify.
    #[error("the algorithm `{0}` is not accepted")]
    UnsupportedAlgorithm(String),
    /// An algorithm that is not the key's.
    #[error("the algorithm {0} is not the key's")]
    WrongAlgorithm(Algorithm),
    /// The signature is not the key's over these bytes.
    #[error("the signature does not match")]
    BadSignature,
}

/// A token taken apart, with nothing verified yet.
#[derive(Clone)]
pub struct Parts<'a> {
    signed: &'a str,
    header: Header,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl std::fmt::Debug for Parts<'_> {
    /// Without payload and signature: together they are the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("header", &self.header).finish_non_exhaustive()
    }
}

/// The header of a token (RFC 7515 §4).
///
/// Keys that it brings along or points to (`jwk`, `jku`, `x5c`, `x5u`) are never used to verify it.
#[derive(Debug, Clone)]
pub struct Header {
    algorithm: Algorithm,
    key_id: Option<KeyId>,
    members: Map<String, Value>,
}

/// Takes a compact JWS apart, strictly: one token has one spelling.
///
/// # Errors
/// [`JwsError`] for everything but [`JwsError::WrongAlgorithm`] and [`JwsError::BadSignature`].
pub fn split(token: &str) -> Result<Parts<'_>, JwsError> {
    if token.len() > MAX_LENGTH {
        return Err(JwsError::TooLong(token.len()));
    }
    match token.bytes().filter(|byte| *byte == b'.').count() {
        2 => {}
        4 => return Err(JwsError::Encrypted),
        _ => return Err(JwsError::NotThreeParts),
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::NotThreeParts)?;
    let (header, payload) = signed.split_once('.').ok_or(JwsError::NotThreeParts)?;
    let header = Header::parse(&decode("header", header)?)?;
    let (payload, signature) = (decode("payload", payload)?, decode("signature", signature)?);
    Ok(Parts { signed, header, payload, signature })
}

fn decode(part: &'static str, text: &str) -> Result<Vec<u8>, JwsError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JwsError::Encoding(part))
}

fn object(part: &'static str, text: &[u8]) -> Result<Map<String, Value>, JwsError> {
    match parse_strict(text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(JwsError::NotAnObject(part)),
        Err(error) => Err(JwsError::Json { part, error }),
    }
}

impl Header {
    fn parse(text: &[u8]) -> Result<Self, JwsError> {
        let members = object("header", text)?;
        // We know no extension, so whatever `crit` holds, it cannot be honoured.
        for name in ["crit", "b64", "enc", "zip"] {
            if members.contains_key(name) {
                return Err(JwsError::Extension(name));
            }
        }
        let name = members.get("alg").and_then(Value::as_str).ok_or(JwsError::Header("alg"))?;
        let algorithm = Algorithm::parse(name).ok_or_else(|| JwsError::UnsupportedAlgorithm(shown(name)))?;
        let key_id = match members.get("kid") {
            None => None,
            Some(Value::String(kid)) => Some(members::key_id(kid).map_err(|_| JwsError::Header("kid"))?),
            Some(_) => return Err(JwsError::Header("kid")),
        };
        if members.get("typ").is_some_and(|typ| !typ.is_string()) {
            return Err(JwsError::Header("typ"));
        }
        Ok(Self { algorithm, key_id, members })
    }

    /// The algorithm the sender claims to have used. The key decides whether that counts.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key that the sender claims to have used.
    pub fn key_id(&self) -> Option<&KeyId> {
        self.key_id.as_ref()
    }

    /// The token's media type (RFC 7515 §4.1.9).
    pub fn typ(&self) -> Option<&str> {
        self.members.get("typ").and_then(Value::as_str)
    }

    /// Any member.
    pub fn get(&self, member: &str) -> Option<&Value> {
        self.members.get(member)
    }
}

impl Parts<'_> {
    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The payload as it was signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload as the claims of a JWT (RFC 7519 §7.2): not verified by reading them.
    ///
    /// # Errors
    /// [`JwsError::Json`] and [`JwsError::NotAnObject`].
    pub fn claims(&self) -> Result<Map<String, Value>, JwsError> {
        object("payload", &self.payload)
    }
}

/// Checks the signature with a public key. The key says which algorithms count, the header only
/// which of them was used (RFC 8725 §3.1).
///
/// # Errors
/// [`JwsError::WrongAlgorithm`] and [`JwsError::BadSignature`].
pub fn verify(parts: &Parts<'_>, key: &PublicKey) -> Result<(), JwsError> {
    let algorithm = parts.header.algorithm;
    if !key.verifies(algorithm) {
        return Err(JwsError::WrongAlgorithm(algorithm));
    }
    if key.is_signed(algorithm, parts.signed.as_bytes(), &parts.signature) {
        Ok(())
    } else {
        Err(JwsError::BadSignature)
    }
}

/// Checks the HMAC of a client's assertion (`client_secret_jwt`) in constant time. The caller has
/// made sure of [`MIN_SECRET_LENGTH`] and of the client's registered algorithm.
///
/// # Errors
/// [`JwsError::WrongAlgorithm`] and [`JwsError::BadSignature`].
pub fn verify_hmac(parts: &Parts<'_>, secret: &Secret) -> Result<(), JwsError> {
    let algorithm = match parts.header.algorithm {
        Algorithm::Hs256 => hmac::HMAC_SHA256,
        Algorithm::Hs384 => hmac::HMAC_SHA384,
        Algorithm::Hs512 => hmac::HMAC_SHA512,
        other => return Err(JwsError::WrongAlgorithm(other)),
    };
    let key = hmac::Key::new(algorithm, secret.expose().as_bytes());
    hmac::verify(&key, parts.signed.as_bytes(), &parts.signature).map_err(|_| JwsError::BadSignature)
}

#[cfg(test)]
pub(crate) mod tests;
