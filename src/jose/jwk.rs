//! Public keys: read from a JWK, written as one, and used to verify.

use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use ring::{agreement, digest};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::jws;
use super::members::{self, Members, shown};
use super::{Algorithm, KeyError};
use crate::types::{KeyId, parse_strict};

/// A public key that verifies signatures: checked when it is read, cheap to clone.
///
/// Serializing it yields the JWK that Okta's `/v1/keys` shows: `kty`, `alg`, `kid`, `use` and the
/// public numbers, never anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    key_id: Option<KeyId>,
    /// The one algorithm that the key's `alg` allows.
    algorithm: Option<Algorithm>,
    material: Arc<Material>,
    header: HeaderOnce,
}

/// The encoded header of the tokens that the key's private half signs, made when it first does.
#[derive(Debug, Clone, Default)]
struct HeaderOnce(Arc<OnceLock<String>>);

impl PartialEq for HeaderOnce {
    /// It follows from the rest of the key.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for HeaderOnce {}

/// The numbers of a key, as `ring` takes them.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// A point in the uncompressed form of SEC 1 §2.3.3: 4, x, y.
    Ec {
        curve: Curve,
        point: Vec<u8>,
    },
    Ed25519(Vec<u8>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
}

impl PublicKey {
    /// Reads a public JWK (RFC 7517 §4). Members we have no use for (`x5c`, `x5u`…) are ignored.
    ///
    /// RSA keys have 2,048 to 8,192 bits and an odd exponent of at least 65537, the least that NIST
    /// SP 800-56B allows and `ring` signs with.
    ///
    /// # Errors
    /// [`KeyError`]: the member that is missing, malformed or out of range; private members;
    /// `use` or `key_ops` that exclude `verify`; kinds and algorithms we cannot verify.
    pub fn from_jwk(json: &[u8]) -> Result<Self, KeyError> {
        Self::from_jwk_value(&parse_strict(json)?)
    }

    /// The same for JSON that has been read already.
    ///
    /// # Errors
    /// As [`PublicKey::from_jwk`].
    pub fn from_jwk_value(jwk: &Value) -> Result<Self, KeyError> {
        let jwk = Members::of(jwk)?;
        // Before all else, so that no other mistake hides that a secret has been handed out.
        if jwk.text("kty")? == Some("oct") {
            return Err(KeyError::Symmetric);
        }
        jwk.only_public()?;
        let key_id = jwk.key_id()?;
        jwk.reserved_for("verify")?;
        let algorithm = jwk.algorithm()?;
        let key = Self {
            key_id,
            algorithm,
            material: Arc::new(Material::from_jwk(&jwk)?),
            header: HeaderOnce::default(),
        };
        key.material.check()?;
        key.check_algorithm()?;
        Ok(key)
    }

    pub(super) fn new(
        key_id: Option<KeyId>,
        algorithm: Option<Algorithm>,
        material: Material,
    ) -> Result<Self, KeyError> {
        let key = Self { key_id, algorithm, material: Arc::new(material), header: HeaderOnce::default() };
        key.check_algorithm()?;
        Ok(key)
    }

    fn check_algorithm(&self) -> Result<(), KeyError> {
        match self.algorithm {
            Some(algorithm) if !self.material.verifies(algorithm) => {
                Err(KeyError::AlgorithmMismatch { alg: algorithm.as_str(), kind: self.material.kind() })
            }
            _ => Ok(()),
        }
    }

    /// The key's `kid`.
    pub fn key_id(&self) -> Option<&KeyId> {
        self.key_id.as_ref()
    }

    /// The same key under another `kid`.
    ///
    /// # Errors
    /// [`KeyError::BadKeyId`].
    pub fn with_key_id(mut self, key_id: &str) -> Result<Self, KeyError> {
        self.key_id = Some(members::key_id(key_id)?);
        self.header = HeaderOnce::default();
        Ok(self)
    }

    /// The header of a token without `typ` that this key's private half signs, encoded. `None` for a key
    /// without an id or an algorithm of its own.
    pub(crate) fn encoded_header(&self) -> Option<&str> {
        let (key_id, algorithm) = (self.key_id.as_ref()?, self.algorithm?);
        Some(self.header.0.get_or_init(|| jws::encoded_header(algorithm, key_id, None)))
    }

    /// The one algorithm the key is bound to by its `alg`.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
    }

    /// Whether the key may verify signatures of this algorithm: by its type, and by its `alg` where
    /// it has one.
    pub fn verifies(&self, algorithm: Algorithm) -> bool {
        match self.algorithm {
            Some(own) => own == algorithm,
            None => self.material.verifies(algorithm),
        }
    }

    /// How many bytes a signature of this key has in its JWS form: for RSA as many as its modulus.
    pub fn signature_length(&self) -> usize {
        match &*self.material {
            Material::Rsa { n, .. } => n.len(),
            Material::Ec { curve: Curve::P256, .. } | Material::Ed25519(_) => 64,
            Material::Ec { curve: Curve::P384, .. } => 96,
        }
    }

    /// The key's SHA-256 thumbprint (RFC 7638), 43 characters: Okta's form of a `kid`.
    pub fn thumbprint(&self) -> String {
        let canonical = self.material.canonical();
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
    }

    /// Whether `signature` is this key's over `message`.
    pub(super) fn is_signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.verifies(algorithm) && self.material.is_signed(algorithm, message, signature)
    }
}

impl Material {
    fn from_jwk(jwk: &Members<'_>) -> Result<Self, KeyError> {
        match jwk.required("kty")? {
            "RSA" => Ok(Self::Rsa { n: jwk.number("n")?.to_vec(), e: jwk.number("e")?.to_vec() }),
            "EC" => {
                let curve = match jwk.required("crv")? {
                    "P-256" => Curve::P256,
                    "P-384" => Curve::P384,
                    other => return Err(KeyError::UnsupportedCurve(shown(other))),
                };
                let (x, y) = (jwk.fixed("x", curve.size())?, jwk.fixed("y", curve.size())?);
                Ok(Self::Ec { curve, point: [&[4], x.as_slice(), y.as_slice()].concat() })
            }
            "OKP" => match jwk.required("crv")? {
                "Ed25519" => Ok(Self::Ed25519(jwk.fixed("x", 32)?.to_vec())),
                other => Err(KeyError::UnsupportedCurve(shown(other))),
            },
            "oct" => Err(KeyError::Symmetric),
            other => Err(KeyError::UnsupportedType(shown(other))),
        }
    }

    /// The checks of a key whose private half we have not seen: `ring` makes them for a pair.
    fn check(&self) -> Result<(), KeyError> {
        match self {
            Self::Rsa { n, e } => check_rsa(n, e, 8192),
            Self::Ec { curve, point } => curve.check(point),
            Self::Ed25519(point) => check_ed25519(point),
        }
    }

    fn verifies(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Rsa { .. } => matches!(algorithm, Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512),
            Self::Ec { curve: Curve::P256, .. } => algorithm == Algorithm::Es256,
            Self::Ec { curve: Curve::P384, .. } => algorithm == Algorithm::Es384,
            Self::Ed25519(_) => algorithm == Algorithm::EdDsa,
        }
    }

    fn is_signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let verified = match (self, algorithm) {
            (Self::Rsa { n, e }, _) => {
                let parameters = match algorithm {
                    Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
                    Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
                    Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
                    _ => return false,
                };
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
            }
            (Self::Ec { curve: Curve::P256, point }, Algorithm::Es256) => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            (Self::Ec { curve: Curve::P384, point }, Algorithm::Es384) => {
                UnparsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, point).verify(message, signature)
            }
            (Self::Ed25519(point), Algorithm::EdDsa) => {
                UnparsedPublicKey::new(&signature::ED25519, point).verify(message, signature)
            }
            _ => return false,
        };
        verified.is_ok()
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RSA",
            Self::Ec { curve, .. } => curve.as_str(),
            Self::Ed25519(_) => "Ed25519",
        }
    }

    /// The required members in the form of RFC 7638 §3: sorted, no spaces.
    fn canonical(&self) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n)),
            Self::Ec { curve, point } => {
                let (x, y) = curve.coordinates(point);
                let (x, y) = (encode(x), encode(y));
                format!(r#"{{"crv":"{}","kty":"EC","x":"{x}","y":"{y}"}}"#, curve.as_str())
            }
            Self::Ed25519(x) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(x)),
        }
    }
}

impl Curve {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }

    fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    fn coordinates(self, point: &[u8]) -> (&[u8], &[u8]) {
        let coordinates = point.get(1..).unwrap_or_default();
        coordinates.split_at_checked(self.size()).unwrap_or_default()
    }

    /// `ring` checks a point only while using it, and key agreement is the use that tells a bad
    /// point from everything else that may be wrong. The result of the agreement is dropped.
    fn check(self, point: &[u8]) -> Result<(), KeyError> {
        let algorithm = match self {
            Self::P256 => &agreement::ECDH_P256,
            Self::P384 => &agreement::ECDH_P384,
        };
        let own = agreement::EphemeralPrivateKey::generate(algorithm, &super::key::randomness())
            .map_err(|_| KeyError::NoRandomness)?;
        let peer = agreement::UnparsedPublicKey::new(algorithm, point);
        agreement::agree_ephemeral(own, &peer, |_| ()).map_err(|_| KeyError::Point(self.as_str()))
    }
}

/// The checks on an RSA key's public half: its size to the bit, no small factor, the exponent.
pub(super) fn check_rsa(n: &[u8], e: &[u8], most: usize) -> Result<(), KeyError> {
    let unused = n.first().map_or(0, |first| first.leading_zeros() as usize);
    let bits = n.len() * 8 - unused;
    if !(2048..=most).contains(&bits) {
        return Err(KeyError::ModulusSize { bits, least: 2048, most });
    }
    // Six bytes at a time: with a rest under 1,000 in front they fit a u64.
    let divides = |prime: &u64| {
        let step =
            |rest, bytes: &[u8]| bytes.iter().fold(rest, |value, byte| value << 8 | u64::from(*byte)) % prime;
        n.chunks(6).fold(0, step) == 0
    };
    if let Some(factor) = small_primes().find(divides) {
        return Err(KeyError::WeakModulus(factor));
    }
    // 33 bits at most, so five bytes: `ring` takes no more, which bounds the cost of verifying.
    let value = e.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    if e.len() > 5 || !(65537..1 << 33).contains(&value) || value % 2 == 0 {
        return Err(KeyError::Exponent);
    }
    Ok(())
}

fn small_primes() -> impl Iterator<Item = u64> {
    let is_prime = |n: &u64| (2..*n).take_while(|d| d * d <= *n).all(|d| !n.is_multiple_of(d));
    (2..1000).filter(is_prime)
}

/// Refuses encodings of y that are not below the field's prime, and the eight points of small order,
/// under which one signature fits many messages (RFC 8032 §8.9 leaves the check to us).
fn check_ed25519(point: &[u8]) -> Result<(), KeyError> {
    /// Two points of order 8 differ from these in the sign bit only.
    const ORDER_8: [[u8; 32]; 2] = [
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ];
    let mut y = point.to_vec();
    if let Some(top) = y.last_mut() {
        *top &= 0x7f;
    }
    let bad = match y.as_slice() {
        // p − 1 (order 2), and the encodings from p to 2^255 − 1: p is 2^255 − 19.
        [low, middle @ .., 0x7f] if middle.iter().all(|byte| *byte == 0xff) => *low >= 0xec,
        // 0 (order 4) and 1 (the neutral element).
        [0 | 1, rest @ ..] if rest.iter().all(|byte| *byte == 0) => true,
        y => ORDER_8.iter().any(|small| small == y),
    };
    if bad { Err(KeyError::Point("Ed25519")) } else { Ok(()) }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = serializer.serialize_map(None)?;
        let kty = match &*self.material {
            Material::Rsa { .. } => "RSA",
            Material::Ec { .. } => "EC",
            Material::Ed25519(_) => "OKP",
        };
        jwk.serialize_entry("kty", kty)?;
        if let Some(algorithm) = self.algorithm {
            jwk.serialize_entry("alg", algorithm.as_str())?;
        }
        if let Some(key_id) = &self.key_id {
            jwk.serialize_entry("kid", key_id.as_str())?;
        }
        jwk.serialize_entry("use", "sig")?;
        match &*self.material {
            Material::Rsa { n, e } => {
                jwk.serialize_entry("e", &encode(e))?;
                jwk.serialize_entry("n", &encode(n))?;
            }
            Material::Ec { curve, point } => {
                let (x, y) = curve.coordinates(point);
                jwk.serialize_entry("crv", curve.as_str())?;
                jwk.serialize_entry("x", &encode(x))?;
                jwk.serialize_entry("y", &encode(y))?;
            }
            Material::Ed25519(x) => {
                jwk.serialize_entry("crv", "Ed25519")?;
                jwk.serialize_entry("x", &encode(x))?;
            }
        }
        jwk.end()
    }
}
