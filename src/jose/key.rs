//! Private keys: read once, then signing.

use std::fmt;
use std::sync::Arc;

use ring::rand::SystemRandom;
use ring::rsa::KeyPairComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair, RsaPublicKeyComponents,
};
use serde_json::Value;

use super::jwk::{Curve, Material, check_rsa};
use super::members::{self, Members, shown};
use super::pem::{self, Block};
use super::{Algorithm, KeyError, PublicKey, SignError};
use crate::types::{KeyId, parse_strict};

/// A private key that signs tokens: RSA with 2,048 to 4,096 bits (`RS256`), P-256 (`ES256`) or
/// Ed25519 (`EdDSA`). Checked when it is read, cheap to clone, never printed.
///
/// ```
/// use chancery::jose::{Algorithm, PrivateKey};
///
/// let key = PrivateKey::generate(Algorithm::EdDsa)?.with_key_id("2026-01")?;
/// assert_eq!(key.sign(b"message")?.as_ref().len(), 64);
/// assert!(serde_json::to_string(key.public())?.contains(r#""kid":"2026-01","use":"sig""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PrivateKey {
    pair: Arc<Pair>,
    key_id: KeyId,
    public: PublicKey,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// The most bits of an RSA key that `ring` signs with.
const MOST_BITS: usize = 4096;

impl PrivateKey {
    /// Reads one private key from PEM: PKCS#8 (`PRIVATE KEY`; RSA, P-256, Ed25519), PKCS#1
    /// (`RSA PRIVATE KEY`) or SEC 1 (`EC PRIVATE KEY`). Its `kid` is its thumbprint, as in Okta.
    ///
    /// An EC key must hold its public part, as `openssl` writes it. An RSA key's exponent must be
    /// at least 65537.
    ///
    /// # Errors
    /// [`KeyError::Pem`] for text that is anything more or less than one such key,
    /// [`KeyError::PairMismatch`], and what else [`KeyError`] says about the key itself.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        use jsonwebtoken::EncodingKey;
        let pair = match pem::read(pem.as_ref())? {
            Block::Sec1(der) => {
                let (private, point) = pem::p256_parts(&der)?;
                Pair::p256(private, point)?
            }
            Block::Pkcs(text) => {
                let text = text.as_bytes();
                if let Ok(key) = EncodingKey::from_rsa_pem(text) {
                    let (n, e) = pem::rsa_public(key.as_bytes()).ok_or(KeyError::Pem("not an RSA key"))?;
                    check_rsa(n, e, MOST_BITS)?;
                    Pair::Rsa(RsaKeyPair::from_der(key.as_bytes()).map_err(rejected("RSA"))?)
                } else if let Ok(key) = EncodingKey::from_ec_pem(text) {
                    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                    let pair = EcdsaKeyPair::from_pkcs8(algorithm, key.as_bytes(), &randomness());
                    Pair::P256(pair.map_err(rejected("P-256"))?)
                } else if let Ok(key) = EncodingKey::from_ed_pem(text) {
                    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(key.as_bytes());
                    Pair::Ed25519(pair.map_err(rejected("Ed25519"))?)
                } else {
                    return Err(KeyError::Pem("the key is not RSA, EC or Ed25519"));
                }
            }
        };
        Self::new(pair, None)
    }

    /// Reads a private JWK: RSA with all of `n`, `e`, `d`, `p`, `q`, `dp`, `dq`, `qi`; EC on P-256 with
    /// `x`, `y`, `d`; OKP on Ed25519 with `x`, `d`. Without `kid` it gets its thumbprint.
    ///
    /// # Errors
    /// [`KeyError`]: the member that is missing, malformed or out of range; `use`, `key_ops` or `alg`
    /// that do not fit; parts that do not belong together.
    pub fn from_jwk(json: &[u8]) -> Result<Self, KeyError> {
        Self::from_jwk_value(&parse_strict(json)?)
    }

    /// The same for JSON that has been read already.
    ///
    /// # Errors
    /// As [`PrivateKey::from_jwk`].
    pub fn from_jwk_value(jwk: &Value) -> Result<Self, KeyError> {
        let jwk = Members::of(jwk)?;
        let (key_id, algorithm) = (jwk.key_id()?, jwk.algorithm()?);
        jwk.reserved_for("sign")?;
        let pair = Pair::from_jwk(&jwk)?;
        if let Some(alg) = algorithm.filter(|named| *named != pair.algorithm()) {
            return Err(KeyError::AlgorithmMismatch { alg: alg.as_str(), kind: pair.kind() });
        }
        Self::new(pair, key_id)
    }

    /// A new key for tests and demos: P-256 (`ES256`) or Ed25519 (`EdDSA`). `ring` makes no RSA
    /// keys, so those come from elsewhere.
    ///
    /// # Errors
    /// [`KeyError::UnsupportedAlgorithm`] for other algorithms, [`KeyError::NoRandomness`].
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let random = randomness();
        let pair = match algorithm {
            Algorithm::Es256 => {
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random);
                let document = document.map_err(|_| KeyError::NoRandomness)?;
                let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random);
                Pair::P256(pair.map_err(rejected("P-256"))?)
            }
            Algorithm::EdDsa => {
                let document = Ed25519KeyPair::generate_pkcs8(&random);
                let document = document.map_err(|_| KeyError::NoRandomness)?;
                let pair = Ed25519KeyPair::from_pkcs8(document.as_ref());
                Pair::Ed25519(pair.map_err(rejected("Ed25519"))?)
            }
            other => return Err(KeyError::UnsupportedAlgorithm(other.as_str().to_owned())),
        };
        Self::new(pair, None)
    }

    fn new(pair: Pair, key_id: Option<KeyId>) -> Result<Self, KeyError> {
        let material = pair.material();
        if let Pair::Rsa(_) = pair {
            // `ring` checks the exponents of the two primes only by looking at a signature.
            pair.sign(b"").map_err(|_| KeyError::PairMismatch)?;
        }
        let mut public = PublicKey::new(key_id, Some(pair.algorithm()), material)?;
        let key_id = match public.key_id() {
            Some(key_id) => key_id.clone(),
            None => KeyId::from(public.thumbprint()),
        };
        public = public.with_key_id(key_id.as_str())?;
        Ok(Self { pair: Arc::new(pair), key_id, public })
    }

    /// The same key under another `kid`.
    ///
    /// # Errors
    /// [`KeyError::BadKeyId`] for one that is empty, over 255 bytes, or holds control characters,
    /// quotes, backslashes or `..`.
    pub fn with_key_id(self, key_id: &str) -> Result<Self, KeyError> {
        let public = self.public.with_key_id(key_id)?;
        Ok(Self { key_id: members::key_id(key_id)?, public, pair: self.pair })
    }

    /// The key's `kid`.
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The algorithm it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.pair.algorithm()
    }

    /// The public half, as published.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `message`; the signature has the form that JWS demands (RFC 7518 §3.3, §3.4).
    ///
    /// # Errors
    /// [`SignError`] when the machine gives no randomness or memory for the computation is corrupt.
    pub fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        self.pair.sign(message)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({} {:?}, …)", self.algorithm(), self.key_id)
    }
}

impl Pair {
    fn from_jwk(jwk: &Members<'_>) -> Result<Self, KeyError> {
        match jwk.required("kty")? {
            "RSA" => Self::rsa(jwk),
            "EC" => {
                let curve = jwk.required("crv")?;
                if curve != "P-256" {
                    return Err(KeyError::UnsupportedCurve(shown(curve)));
                }
                let (x, y) = (jwk.fixed("x", 32)?, jwk.fixed("y", 32)?);
                Self::p256(&jwk.fixed("d", 32)?, &[&[4], x.as_slice(), y.as_slice()].concat())
            }
            "OKP" => {
                let curve = jwk.required("crv")?;
                if curve != "Ed25519" {
                    return Err(KeyError::UnsupportedCurve(shown(curve)));
                }
                let (seed, public) = (jwk.fixed("d", 32)?, jwk.fixed("x", 32)?);
                let pair = Ed25519KeyPair::from_seed_and_public_key(&seed, &public);
                Ok(Self::Ed25519(pair.map_err(rejected("Ed25519"))?))
            }
            "oct" => Err(KeyError::Symmetric),
            other => Err(KeyError::UnsupportedType(shown(other))),
        }
    }

    fn rsa(jwk: &Members<'_>) -> Result<Self, KeyError> {
        if jwk.has("oth") {
            return Err(KeyError::WrongType { member: "oth", expected: "absent: two primes only" });
        }
        let (n, e) = (jwk.number("n")?, jwk.number("e")?);
        check_rsa(&n, &e, MOST_BITS)?;
        let parts = KeyPairComponents {
            public_key: RsaPublicKeyComponents { n, e },
            d: jwk.number("d")?,
            p: jwk.number("p")?,
            q: jwk.number("q")?,
            dP: jwk.number("dp")?,
            dQ: jwk.number("dq")?,
            qInv: jwk.number("qi")?,
        };
        Ok(Self::Rsa(RsaKeyPair::from_components(&parts).map_err(rejected("RSA"))?))
    }

    fn p256(private: &[u8], point: &[u8]) -> Result<Self, KeyError> {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, point, &randomness());
        Ok(Self::P256(pair.map_err(rejected("P-256"))?))
    }

    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RSA",
            Self::P256(_) => "P-256",
            Self::Ed25519(_) => "Ed25519",
        }
    }

    fn material(&self) -> Material {
        match self {
            Self::Rsa(pair) => {
                let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::from(pair.public());
                Material::Rsa { n, e }
            }
            Self::P256(pair) => {
                Material::Ec { curve: Curve::P256, point: pair.public_key().as_ref().to_vec() }
            }
            Self::Ed25519(pair) => Material::Ed25519(pair.public_key().as_ref().to_vec()),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        match self {
            Self::Rsa(pair) => {
                let mut signature = Signature { bytes: [0; MOST_BITS / 8], len: pair.public().modulus_len() };
                let place = signature.bytes.get_mut(..signature.len).ok_or(SignError)?;
                pair.sign(&RSA_PKCS1_SHA256, &randomness(), message, place).map_err(|_| SignError)?;
                Ok(signature)
            }
            Self::P256(pair) => pair
                .sign(&randomness(), message)
                .map(|made| Signature::copy(made.as_ref()))
                .map_err(|_| SignError),
            Self::Ed25519(pair) => Ok(Signature::copy(pair.sign(message).as_ref())),
        }
    }
}

/// A signature's bytes, held in place: signing allocates nothing.
#[derive(Clone)]
pub struct Signature {
    bytes: [u8; MOST_BITS / 8],
    len: usize,
}

impl Signature {
    fn copy(from: &[u8]) -> Self {
        let mut bytes = [0; MOST_BITS / 8];
        for (to, from) in bytes.iter_mut().zip(from) {
            *to = *from;
        }
        Self { bytes, len: from.len() }
    }
}

impl AsRef<[u8]> for Signature {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({} bytes)", self.len)
    }
}

/// What `ring` draws from for nonces and blinding. It reads the operating system's source each time
/// and keeps no state, so that a restored snapshot or a fork does not repeat a nonce.
#[expect(
    clippy::disallowed_methods,
    reason = "ring draws what a signature itself needs; no result depends on it"
)]
pub(super) fn randomness() -> SystemRandom {
    SystemRandom::new()
}

/// Turns `ring`'s reason into ours.
fn rejected(kind: &'static str) -> impl Fn(ring::error::KeyRejected) -> KeyError {
    move |reason| match reason.to_string().as_str() {
        "InconsistentComponents" => KeyError::PairMismatch,
        "WrongAlgorithm" => reason_for(kind, "it is of another kind or curve"),
        "PublicKeyIsMissing" => reason_for(kind, "its public part is missing"),
        "InvalidEncoding" => reason_for(kind, "it is malformed"),
        other => reason_for(kind, other),
    }
}

fn reason_for(kind: &'static str, reason: &str) -> KeyError {
    KeyError::Rejected { kind, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests;
