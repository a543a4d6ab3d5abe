//! Single-use and rotating secrets: what must not be lost, and must not be used twice.

use std::fmt;
use std::future::Future;

use ring::digest;

use crate::error::Fault;
use crate::types::Timestamp;

/// The name of a record: a SHA-256 over the organisation, the kind of secret and the secret, each
/// with its length before it, so that no two of them share a key and the store never sees a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrantKey([u8; 32]);

impl GrantKey {
    /// Derives the key of a secret. `parts` name where it is valid, from the organisation down.
    pub(crate) fn new(parts: &[&str]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        let mut key = [0; 32];
        for (to, from) in key.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        Self(key)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for GrantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "GrantKey({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// A stored record: opaque bytes that this crate writes and reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRecord {
    /// The content, in this crate's own versioned encoding. Empty for a mere mark of use.
    pub bytes: Vec<u8>,
    /// When it may be forgotten. Not earlier: a mark of use that is lost lets a secret be used twice.
    pub expires_at: Timestamp,
}

/// Remembers what was used. Each method is atomic; none has a default, so that a wrapper cannot
/// forget one.
pub trait GrantStore: Send + Sync + 'static {
    /// Stores a record under a new key. `false`, and nothing changed, if the key has a record that
    /// has not expired at `now`.
    ///
    /// Of any number of calls with the same key, from any number of processes, exactly one answers
    /// `true`. It may do so only once the record will survive whatever the host wants to survive.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot tell. The caller then issues nothing, whether or not the
    /// record was stored.
    fn insert(
        &self,
        key: GrantKey,
        record: GrantRecord,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A109: no two lists of parts share a key, however the parts are cut.
    #[test]
    fn keys_do_not_run_together() {
        assert_ne!(GrantKey::new(&["ab", "c"]), GrantKey::new(&["a", "bc"]));
        assert_ne!(GrantKey::new(&["a:b"]), GrantKey::new(&["a", "b"]));
        assert_ne!(GrantKey::new(&["a", ""]), GrantKey::new(&["a"]));
        assert_eq!(GrantKey::new(&["a", "b"]), GrantKey::new(&["a", "b"]));
    }
}
