//! Keys and signatures as bytes: JWS (RFC 7515), JWK (RFC 7517) and their algorithms (RFC 7518,
//! RFC 8037). Nothing here knows what a claim means.
//!
//! [`PrivateKey`] is read once, from PEM or from a private JWK, and then signs; [`PublicKey`] and
//! [`JwkSet`] are its public side, as published and as read from others; [`jws`] is the compact
//! form. `ring` does all cryptography.

mod error;
mod jwk;
pub mod jws;
mod key;
mod members;
mod pem;
mod set;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;

pub use error::{KeyError, KeySetError, SignError};
pub use jwk::PublicKey;
pub use key::{PrivateKey, Signature};
pub use set::{JwkSet, UnusableKey};

/// A signature algorithm (RFC 7518 §3.1, RFC 8037 §3.1).
///
/// `RS256`, `ES256` and `EdDSA` sign our tokens; all of them verify a client's assertions. There
/// is no `none`, so a token without a signature cannot even be described. `ES512` is missing because
/// `ring` has no P-521, and `PS*` because Okta does not accept them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: Okta's.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
}

impl Algorithm {
    /// Reads an `alg` value: exact, case and all.
    pub fn parse(text: &str) -> Option<Self> {
        Self::all().find(|algorithm| algorithm.as_str() == text)
    }

    /// The `alg` value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }

    /// Every algorithm, in the order of the declaration.
    pub fn all() -> impl Iterator<Item = Self> {
        use Algorithm::{EdDsa, Es256, Es384, Hs256, Hs384, Hs512, Rs256, Rs384, Rs512};
        [Rs256, Rs384, Rs512, Es256, Es384, EdDsa, Hs256, Hs384, Hs512].into_iter()
    }

    /// Whether both sides share the key (`HS256`, `HS384`, `HS512`).
    pub const fn is_hmac(self) -> bool {
        matches!(self, Self::Hs256 | Self::Hs384 | Self::Hs512)
    }

    /// Whether a [`PrivateKey`] can sign with it.
    pub const fn signs_tokens(self) -> bool {
        matches!(self, Self::Rs256 | Self::Es256 | Self::EdDsa)
    }

    /// The left half of a text's hash under the algorithm's hash function, in base64url: what OpenID
    /// Connect ties a token to another by (OpenID Connect Core §3.1.3.6). Ed25519 hashes with SHA-512.
    pub(crate) fn half_hash(self, text: &str) -> String {
        let function = match self {
            Self::Rs256 | Self::Es256 | Self::Hs256 => &digest::SHA256,
            Self::Rs384 | Self::Es384 | Self::Hs384 => &digest::SHA384,
            Self::Rs512 | Self::EdDsa | Self::Hs512 => &digest::SHA512,
        };
        let hash = digest::digest(function, text.as_bytes());
        let (half, _) = hash.as_ref().split_at(function.output_len() / 2);
        URL_SAFE_NO_PAD.encode(half)
    }

    /// The length of a signature in bytes, where the algorithm fixes it: for RSA it is the key's.
    /// A remote signer that answers an ECDSA signature of another length has sent the ASN.1 form,
    /// which RFC 7518 §3.4 does not allow.
    pub const fn signature_length(self) -> Option<usize> {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 => None,
            Self::Es256 | Self::EdDsa | Self::Hs512 => Some(64),
            Self::Es384 => Some(96),
            Self::Hs256 => Some(32),
            Self::Hs384 => Some(48),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_only_exactly() {
        for algorithm in Algorithm::all() {
            assert_eq!(Algorithm::parse(algorithm.as_str()), Some(algorithm));
        }
        for bad in ["", "none", "None", "NONE", "nOnE", "rs256", "RS256 ", "PS256", "ES512", "ES256K"] {
            assert_eq!(Algorithm::parse(bad), None, "{bad:?}");
        }
    }
}
