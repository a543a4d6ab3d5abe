//! Client secrets: as they arrive, and as they are kept.

use std::fmt;

use ring::digest;
use zeroize::Zeroizing;

/// A secret in the clear: wiped when dropped, never printed, never compared with `==`.
///
/// ```compile_fail
/// # use chancery::types::Secret;
/// assert!(Secret::new("what was sent") == Secret::new("what is right"));
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the secret's text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret's text. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A secret as it is kept: SHA-256 over a salt and the secret.
///
/// A fast hash is enough for a long random string and nothing else: user passwords are the
/// host's, under a password hash.
///
/// Two hashes are not compared with `==` either; [`SecretHash::matches`] is the one way.
///
/// ```compile_fail
/// # use chancery::types::{Secret, SecretHash};
/// # let hash = |text| SecretHash::for_owner(&Secret::new(text), "0oa1");
/// assert!(hash("what was sent") == hash("what is right"));
/// ```
#[derive(Clone)]
pub struct SecretHash {
    salt: [u8; 16],
    hash: [u8; 32],
}

impl SecretHash {
    /// Hashes `secret` under `salt`, which should be different for every secret.
    pub fn new(secret: &Secret, salt: [u8; 16]) -> Self {
        Self { salt, hash: hash(&salt, secret.expose().as_bytes()) }
    }

    /// Hashes `secret` under a salt that is derived from `owner`, so that the same configuration
    /// compiles to the same value while equal secrets of two clients still hash differently.
    pub fn for_owner(secret: &Secret, owner: &str) -> Self {
        let digest = hash(b"chancery.secret.", owner.as_bytes());
        let mut salt = [0; 16];
        for (to, from) in salt.iter_mut().zip(digest) {
            *to = from;
        }
        Self::new(secret, salt)
    }

    /// The hash of no secret, to compare with where there is none: it takes as long to fail.
    pub(crate) const fn nobodys() -> Self {
        Self { salt: [0; 16], hash: [0; 32] }
    }

    /// Whether `presented` is the secret. The time taken does not depend on where they differ.
    pub fn matches(&self, presented: &str) -> bool {
        same_bytes(&self.hash, &hash(&self.salt, presented.as_bytes()))
    }
}

/// Whether two secrets, or hashes of them, are the same. The time taken does not depend on where they
/// differ, only on their lengths.
///
/// `ring` deprecates its function for outside use but offers no other; HMAC verification would cost
/// two more compressions for the same comparison.
pub(crate) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    let mut difference = 0u8;
    for (a, b) in a.iter().zip(b) {
        difference |= a ^ b;
    }
    a.len() == b.len() && std::hint::black_box(difference) == 0
}

fn hash(salt: &[u8], text: &[u8]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(salt);
    context.update(text);
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    out
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// A341: programs that must not compile, since nothing may compare, sort, look up or show a secret in
/// passing; and, to see that they would but for that, one that does.
#[cfg(doctest)]
mod lacks {
    macro_rules! programs {
        ($($type:literal lacks $($bound:literal),*;)*) => {
            $($(
                #[doc = concat!("```compile_fail\nfn has<T: ", $bound, ">() {}\nhas::<chancery::types::", $type, ">();\n```\n")]
            )*)*
            #[doc = "```\nfn has<T: Clone + std::fmt::Debug + Send + Sync>() {}"]
            $(#[doc = concat!("has::<chancery::types::", $type, ">();")])*
            #[doc = "```"]
            mod programs {}
        };
    }

    programs! {
        "Secret" lacks "PartialEq", "PartialOrd", "std::hash::Hash", "std::fmt::Display", "AsRef<str>";
        "SecretHash" lacks "PartialEq", "PartialOrd", "std::hash::Hash", "std::fmt::Display", "AsRef<[u8]>";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_matches() {
        let hash = SecretHash::for_owner(&Secret::new("correct horse battery"), "0oa1");
        assert!(hash.matches("correct horse battery"));
        for wrong in ["", "correct horse batterz", "correct horse battery ", "Correct horse battery"] {
            assert!(!hash.matches(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn equal_secrets_of_two_owners_hash_differently() {
        let secret = Secret::new("correct horse battery");
        let (a, b) = (SecretHash::for_owner(&secret, "a"), SecretHash::for_owner(&secret, "b"));
        assert_ne!(a.hash, b.hash);
    }

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::new("hunter2hunter2");
        let shown = format!("{secret:?} {:?}", SecretHash::for_owner(&secret, "x"));
        assert_eq!(shown, "Secret(…) SecretHash(…)");
    }
}
