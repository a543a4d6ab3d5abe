//! What can be wrong with a key. No message holds key material.

use crate::types::{JsonError, KeyId};

/// Why a key was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The JWK is not strict JSON.
    #[error("not JSON: {0}")]
    Json(#[from] JsonError),
    /// The JWK is JSON but no object.
    #[error("a JWK must be an object")]
    NotAnObject,
    /// A member that this kind of key needs.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A member of the wrong JSON type.
    #[error("`{member}` must be {expected}")]
    WrongType {
        /// The member.
        member: &'static str,
        /// What it should have been.
        expected: &'static str,
    },
    /// A member that is not base64url without padding, in the one spelling its bytes have.
    #[error("`{0}` must be base64url without padding or stray bits")]
    Encoding(&'static str),
    /// A member of the wrong length.
    #[error("`{member}` must be {expected} bytes")]
    Length {
        /// The member.
        member: &'static str,
        /// How many bytes its kind of key demands.
        expected: usize,
    },
    /// A number that starts with a zero byte, or is empty (RFC 7518 §2, Base64urlUInt).
    #[error("`{0}` must be a number without leading zero bytes")]
    LeadingZero(&'static str),
    /// A private member where only public ones may be.
    #[error("`{0}` is private and must not be in a public key")]
    PrivateMember(&'static str),
    /// A shared secret (`oct`) where a key pair is needed.
    #[error("`kty`: `oct` is a shared secret, not a key pair")]
    Symmetric,
    /// A key type we cannot use.
    #[error("`kty`: `{0}` is not supported (RSA, EC and OKP are)")]
    UnsupportedType(String),
    /// A curve we cannot use, or not for this.
    #[error("`crv`: `{0}` is not supported here")]
    UnsupportedCurve(String),
    /// An algorithm we do not know, or not for this.
    #[error("`alg`: `{0}` is not supported here")]
    UnsupportedAlgorithm(String),
    /// An algorithm that does not go with the key.
    #[error("`alg`: `{alg}` does not go with a key of type {kind}")]
    AlgorithmMismatch {
        /// The algorithm named.
        alg: &'static str,
        /// The key's type, or its curve.
        kind: &'static str,
    },
    /// `use` or `key_ops` reserve the key for something else.
    #[error("`{0}` reserves the key for something other than signatures")]
    NotForSignatures(&'static str),
    /// The modulus is too short or too long.
    #[error("`n` has {bits} bits, must have {least} to {most}")]
    ModulusSize {
        /// Its length.
        bits: usize,
        /// The shortest allowed.
        least: usize,
        /// The longest allowed.
        most: usize,
    },
    /// The modulus is even or has a small factor.
    #[error("`n` is divisible by {0}")]
    WeakModulus(u64),
    /// The exponent is even, or not between 65537 and 2^33 − 1 (NIST SP 800-56B §6.2).
    #[error("`e` must be odd, at least 65537 and below 2^33")]
    Exponent,
    /// The point is not on the curve, or is one that makes signatures meaningless.
    #[error("the public point is not a valid point of {0}")]
    Point(&'static str),
    /// The private part is not that of the public part.
    #[error("the private and the public part do not belong together")]
    PairMismatch,
    /// The cryptographic library refused the private key.
    #[error("the {kind} key was refused: {reason}")]
    Rejected {
        /// The kind of key.
        kind: &'static str,
        /// Why.
        reason: String,
    },
    /// The PEM text is not one private key.
    #[error("not a PEM private key: {0}")]
    Pem(&'static str),
    /// A `kid` that is empty, over 255 bytes, or could mean something to a log or a file system.
    #[error("`kid` must be 1 to 255 bytes without control characters, quotes, backslashes and `..`")]
    BadKeyId,
    /// Two keys of a set share a `kid`.
    #[error("`kid`: `{0}` names two keys of the set")]
    DuplicateKeyId(KeyId),
    /// The system's source of randomness failed.
    #[error("no randomness from the operating system")]
    NoRandomness,
}

impl KeyError {
    /// Whether the key may be well-formed but is of no use here: such keys are skipped in a set.
    pub(super) fn is_unusable(&self) -> bool {
        matches!(
            self,
            Self::UnsupportedType(_)
                | Self::UnsupportedCurve(_)
                | Self::UnsupportedAlgorithm(_)
                | Self::NotForSignatures(_)
        )
    }
}

/// Why a JWK Set was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// Not strict JSON.
    #[error("not JSON: {0}")]
    Json(#[from] JsonError),
    /// Not an object with an array `keys` (RFC 7517 §5).
    #[error("a JWK Set must be an object with an array `keys`")]
    NotASet,
    /// More than [`JwkSet::MAX_KEYS`](super::JwkSet::MAX_KEYS) keys.
    #[error("`keys` has {0} elements, at most 50 are read")]
    TooMany(usize),
    /// One key is wrong.
    #[error("`keys[{index}]`: {error}")]
    Key {
        /// Its place in `keys`, from 0.
        index: usize,
        /// What is wrong with it.
        #[source]
        error: KeyError,
    },
}

/// A signature could not be made: the machine's randomness or the library failed. Never the
/// message's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key could not sign")]
pub struct SignError;
