//! Authorization codes and refresh tokens: 32 bytes, sent as 43 characters of base64url.
//!
//! ```text
//! family secret (16) ‖ own secret (12) ‖ tag (4)
//! ```
//!
//! Every secret of one grant holds the same family secret, whose hash names the grant's record. So a
//! secret that was replaced long ago still finds its grant, and using it again can end the grant. The
//! tag tells an old secret from a garbled one, which ends nothing. Access tokens carry the hash: who
//! sees one can name the grant and do nothing with it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::{digest, hmac};

use crate::types::same_bytes;

/// A code or a refresh token in the clear: never stored, never printed.
#[derive(Clone)]
pub(crate) struct GrantToken([u8; 32]);

/// The public name of a grant, in the `jti` of its access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GrantId(pub(crate) [u8; 16]);

/// What a record keeps of a token: enough to know it again. Half a SHA-256 of 28 random bytes is as
/// hopeless to invert as the whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenHash(pub(crate) [u8; 16]);

/// Randomness that a new family takes.
pub(crate) type NewFamily = [u8; 28];
/// Randomness that a further secret of a family takes.
pub(crate) type NewSecret = [u8; 12];
/// Randomness that a rotation takes.
pub(crate) type Salt = [u8; 16];

impl GrantToken {
    /// The first secret of a new family.
    pub(crate) fn of_new_family(random: &NewFamily) -> Self {
        let (mut family, mut secret) = ([0; 16], [0; 12]);
        copy(&mut family, random);
        copy(&mut secret, random.get(16..).unwrap_or(&[]));
        Self::assemble(&family, &secret)
    }

    /// Another secret of the same family.
    pub(crate) fn sibling(&self, secret: &NewSecret) -> Self {
        Self::assemble(&self.family(), secret)
    }

    /// What replaces this token. Needs the token, which no store has, and the salt, which no client
    /// has; with both it is always the same, so that an answer that was lost can be given again.
    pub(crate) fn successor(&self, salt: &Salt) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut secret = [0; 12];
        copy(&mut secret, hmac::sign(&key, salt).as_ref());
        Self::assemble(&self.family(), &secret)
    }

    fn assemble(family: &[u8; 16], secret: &[u8; 12]) -> Self {
        let mut bytes = [0; 32];
        let (head, own) = bytes.split_at_mut(16);
        let (own, last) = own.split_at_mut(12);
        copy(head, family);
        copy(own, secret);
        copy(last, &tag(family, secret));
        Self(bytes)
    }

    /// Reads what a client sent; `None` for anything that was never issued, as far as the text shows.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != 43 {
            return None;
        }
        let mut bytes = [0; 32];
        // Strict: one token has one spelling.
        let read = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        let (body, last) = bytes.split_last_chunk::<4>()?;
        let (family, secret) = body.split_first_chunk::<16>()?;
        (read == 32 && same_bytes(&tag(family, secret), last)).then_some(Self(bytes))
    }

    /// The text that the client keeps.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    fn family(&self) -> [u8; 16] {
        let mut family = [0; 16];
        copy(&mut family, &self.0);
        family
    }

    pub(crate) fn grant_id(&self) -> GrantId {
        GrantId(hash([b"chancery grant", &self.family()]))
    }

    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash(hash([b"chancery token", &self.0]))
    }
}

impl GrantId {
    /// As Okta names a refresh token, and the access tokens that go with it: `oar` and 17 characters.
    pub(crate) fn refresh_token_id(&self) -> String {
        let text = self.text();
        format!("oar{}", text.get(..17).unwrap_or(&text))
    }

    /// As store keys hold it.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl TokenHash {
    /// Whether this is the token's hash. The time taken does not depend on where they differ.
    pub(crate) fn matches(&self, token: &GrantToken) -> bool {
        same_bytes(&self.0, &token.hash().0)
    }
}

impl std::fmt::Debug for GrantToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GrantToken(…)")
    }
}

fn tag(family: &[u8], secret: &[u8]) -> [u8; 4] {
    hash([b"chancery tag", family, secret])
}

fn hash<const N: usize, const P: usize>(parts: [&[u8]; P]) -> [u8; N] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; N];
    copy(&mut out, context.finish().as_ref());
    out
}

/// As much as fits.
fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "the texts are ASCII")]
mod tests {
    use super::*;

    fn token(seed: u8) -> GrantToken {
        GrantToken::of_new_family(&std::array::from_fn(|i| seed.wrapping_mul(31).wrapping_add(i as u8)))
    }

    #[test]
    fn a_family_keeps_its_name() {
        let code = token(1);
        let refresh = code.sibling(&[9; 12]);
        let next = refresh.successor(&[7; 16]);
        for other in [&refresh, &next] {
            assert_eq!(other.grant_id(), code.grant_id());
            assert!(!code.hash().matches(other));
        }
        assert_ne!(token(2).grant_id(), code.grant_id());
        assert_eq!(refresh.successor(&[7; 16]).text(), next.text());
        assert_ne!(refresh.successor(&[8; 16]).text(), next.text());
        assert_ne!(code.successor(&[7; 16]).text(), next.text());
    }

    #[test]
    fn text_reads_back_and_nothing_garbled_does() {
        let code = token(1);
        let text = code.text();
        assert_eq!(text.len(), 43);
        assert!(code.hash().matches(&GrantToken::parse(&text).unwrap()));
        for bit in 0..43 * 8 {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(garbled) = String::from_utf8(bytes) {
                assert!(GrantToken::parse(&garbled).is_none(), "{garbled}");
            }
        }
        // A007: no splice of two tokens is a token.
        let other = token(2).text();
        for cut in 1..43 {
            assert!(GrantToken::parse(&format!("{}{}", &text[..cut], &other[cut..])).is_none());
        }
        for bad in ["", "x", &"A".repeat(43), &format!("{text}="), &format!("{text}\n")] {
            assert!(GrantToken::parse(bad).is_none(), "{bad:?}");
        }
    }

    /// A014: no two alike, and every character as likely as any other, wherever it stands.
    #[test]
    fn a014_tokens_are_random() {
        use crate::host::{Entropy, SystemEntropy};
        const COUNT: usize = 50_000;
        let entropy = SystemEntropy::default();
        let mut seen = std::collections::HashSet::new();
        let mut counts = vec![[0u32; 64]; 42];
        for _ in 0..COUNT {
            let mut random = [0; 28];
            entropy.fill(&mut random).unwrap();
            let text = GrantToken::of_new_family(&random).text();
            for (place, byte) in text.bytes().take(42).enumerate() {
                let letter = match byte {
                    b'A'..=b'Z' => byte - b'A',
                    b'a'..=b'z' => byte - b'a' + 26,
                    b'0'..=b'9' => byte - b'0' + 52,
                    b'-' => 62,
                    _ => 63,
                };
                counts[place][usize::from(letter)] += 1;
            }
            assert!(seen.insert(text));
        }
        let expected = COUNT as f64 / 64.0;
        for (place, letters) in counts.iter().enumerate() {
            let chi: f64 = letters.iter().map(|n| (f64::from(*n) - expected).powi(2) / expected).sum();
            // 63 degrees of freedom: more than 150 comes once in a hundred million.
            assert!(chi < 150.0, "character {place}: {chi}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", token(1)), "GrantToken(…)");
    }
}
