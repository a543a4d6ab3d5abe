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

    /// A key that is no hash, for the checks of stores.
    pub(crate) fn of_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
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

/// Remembers what was used and what was granted: records by key, and nothing across two records.
///
/// **Atomic.** Each call happens at one moment for all processes that share the store: a call that
/// starts after another one answered sees what that one did. A read and
/// then a write is not a [`swap`](Self::swap); use the database's conditional write.
///
/// **Expiry.** A record is there while its `expires_at` lies after the `now` of the call, and counts as
/// absent from that second on, whether or not it was cleared away. Time comes from the caller.
///
/// **Loss.** A record may be forgotten once it has expired. Until then neither it nor its newest state
/// may be lost, not even in a crash: without its mark, a secret is used a second time, and an older
/// state revives what was used, rotated or revoked. Answer `true` only when the change will survive
/// whatever the host wants to survive. To lose the whole store at once is no better: what it marked as
/// used must have expired before the issuer answers again.
///
/// **Doubt.** A store that cannot tell what became of a call says so with a [`Fault`]. It never guesses
/// `false`, and never repeats a write by itself whose first attempt may have arrived.
///
/// None of the methods has a default, so that a wrapper cannot forget one.
/// [`testing::conformance::grant_store`](crate::testing::conformance::grant_store) checks all of this but the crashes.
pub trait GrantStore: Send + Sync + 'static {
    /// Stores a record under a new key. `false`, and nothing changed, if the key has a record that
    /// has not expired at `now`.
    ///
    /// Of any number of calls with the same key, from any number of processes, exactly one answers
    /// `true`.
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

    /// The record of a key, as the last [`insert`](Self::insert) or [`swap`](Self::swap) that
    /// answered `true` left it; `None` if there is none or it has expired at `now`.
    ///
    /// A replica that lags behind answers what was revoked already: ask the one that is written to.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot tell; never `None` in its place.
    fn get(
        &self,
        key: &GrantKey,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<GrantRecord>, Fault>> + Send;

    /// Replaces a record, bytes and expiry, if its bytes are still `expected`, byte for byte, and it
    /// has not expired at `now`. `false`, and nothing changed, otherwise.
    ///
    /// Of any number of calls that expect the same bytes and put others in their place, exactly one
    /// answers `true`.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot tell, above all whether the record was replaced. The caller
    /// then issues nothing, and whoever reads next sees which it was.
    fn swap(
        &self,
        key: &GrantKey,
        expected: &[u8],
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
