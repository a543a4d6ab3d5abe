//! Proof key for code exchange: the verifier that a challenge was made from (RFC 7636). S256 only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;

use crate::types::same_bytes;

/// The challenge of a `code_challenge` parameter: 43 characters of base64url, no other spelling.
pub(crate) fn challenge(text: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// Whether a `code_verifier` is one (43 to 128 unreserved characters, RFC 7636 §4.1) and the challenge
/// was made from it.
pub(crate) fn verifies(verifier: &str, challenge: &[u8; 32]) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(unreserved)
        && same_bytes(digest::digest(&digest::SHA256, verifier.as_bytes()).as_ref(), challenge)
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "the texts are ASCII")]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_rfc_s_example() {
        let challenge = challenge(CHALLENGE).unwrap();
        assert!(verifies(VERIFIER, &challenge));
        let longer = format!("{VERIFIER}x");
        for wrong in ["", "wrong", CHALLENGE, &VERIFIER[..42], &longer, &VERIFIER.replace('p', "+")] {
            assert!(!verifies(wrong, &challenge), "{wrong}");
        }
    }

    /// A030: what is not 32 bytes in base64url is no challenge.
    #[test]
    fn a_challenge_has_one_spelling() {
        let padded = format!("{CHALLENGE}=");
        let standard = CHALLENGE.replace('-', "+");
        let hex = "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3";
        let spaced = CHALLENGE.replace('l', " ");
        for bad in ["", &CHALLENGE[..42], &"A".repeat(44), &"A".repeat(129), &padded, &standard, hex, &spaced]
        {
            assert!(challenge(bad).is_none(), "{bad}");
        }
        // The last character has two bits to spare, which must be zero.
        assert!(challenge(&format!("{}N", &CHALLENGE[..42])).is_none());
    }
}
