//! The test keys, as clients use them to sign assertions and as the issuer signs with them.
//! Signing here is `ring`'s, without this crate's own code in between.

use std::fs;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chancery::LocalKeys;
use chancery::jose::PrivateKey;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair};
use serde_json::{Value, json};

fn pem(name: &str) -> String {
    let path = format!("{}/tests/data/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What the issuer signs with: one key an algorithm.
pub(crate) fn local() -> LocalKeys {
    static KEYS: OnceLock<LocalKeys> = OnceLock::new();
    let read = |name| PrivateKey::from_pem(pem(name)).unwrap();
    KEYS.get_or_init(|| LocalKeys::new(read("rsa-2048")).and(read("p256")).and(read("ed25519"))).clone()
}

pub(crate) fn private(name: &str) -> PrivateKey {
    PrivateKey::from_pem(pem(name)).unwrap()
}

/// A client's private key.
pub(crate) enum TestKey {
    Rsa(Box<RsaKeyPair>),
    Ec(EcdsaKeyPair, &'static str),
    Ed(Ed25519KeyPair),
}

impl TestKey {
    /// A PKCS#8 key of `tests/data/keys`.
    pub(crate) fn load(name: &str) -> Self {
        let body: String = pem(name).lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(body).unwrap();
        let random = random();
        let ec = |algorithm| EcdsaKeyPair::from_pkcs8(algorithm, &der, &random).unwrap();
        match name.split('-').next() {
            Some("rsa") => Self::Rsa(Box::new(RsaKeyPair::from_pkcs8(&der).unwrap())),
            Some("p256") => Self::Ec(ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING), "P-256"),
            Some("p384") => Self::Ec(ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING), "P-384"),
            _ => Self::Ed(Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).unwrap()),
        }
    }

    pub(crate) fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(key) => {
                let parts: PublicKeyComponents<Vec<u8>> = key.public().into();
                json!({"kty": "RSA", "n": text(&parts.n), "e": text(&parts.e)})
            }
            Self::Ec(key, curve) => {
                let point = &key.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                json!({"kty": "EC", "crv": curve, "x": text(x), "y": text(y)})
            }
            Self::Ed(key) => json!({"kty": "OKP", "crv": "Ed25519", "x": text(key.public_key().as_ref())}),
        }
    }

    /// The JWS signature with the algorithm of this name, or with the key's usual one.
    pub(crate) fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(key) => {
                let padding: &dyn signature::RsaEncoding = match algorithm {
                    "RS384" => &signature::RSA_PKCS1_SHA384,
                    "RS512" => &signature::RSA_PKCS1_SHA512,
                    "PS256" => &signature::RSA_PSS_SHA256,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(padding, &random(), message, &mut signature).unwrap();
                signature
            }
            Self::Ec(key, _) => key.sign(&random(), message).unwrap().as_ref().to_vec(),
            Self::Ed(key) => key.sign(message).as_ref().to_vec(),
        }
    }
}

pub(crate) fn hmac(algorithm: &str, secret: &[u8], message: &[u8]) -> Vec<u8> {
    let algorithm = match algorithm {
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => hmac::HMAC_SHA256,
    };
    hmac::sign(&hmac::Key::new(algorithm, secret), message).as_ref().to_vec()
}

#[expect(clippy::disallowed_methods, reason = "a client of its own, not the crate")]
fn random() -> SystemRandom {
    SystemRandom::new()
}
