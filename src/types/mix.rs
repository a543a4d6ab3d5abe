//! A quick hash for maps whose keys we chose ourselves.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map from what an administrator configured: names, ids, numbers of our own.
///
/// Its hash has no secret. Requests look keys up, and an attacker chooses those, but only keys that
/// are stored can crowd a map, and none of a request's ever is. Not for users, groups or whatever else
/// people can create.
pub(crate) type Configured<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

/// A multiplication for each eight bytes mixes names and small numbers well enough.
#[derive(Debug, Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            self.write_u64(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        }
    }
    /// What a text ends with, which tells nothing here: keys are hashed one by one.
    fn write_u8(&mut self, _: u8) {}
    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }
    fn write_u64(&mut self, number: u64) {
        // The lower half knows nothing of what differs in the upper bits, and the upper half does.
        let product = u128::from(self.0 ^ number) * 0x9E37_79B9_7F4A_7C15;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    /// As good as chance, or nearly: names that count up are what administrators write.
    #[test]
    fn names_spread() {
        let build = BuildHasherDefault::<Mix>::default();
        for prefix in ["", "s", "scope.", "orders:read:", "https://api.example.com/scopes/x"] {
            let mut buckets = vec![0; 1024];
            for n in 0..1024 {
                let hash = build.hash_one(format!("{prefix}{n}"));
                buckets[(hash & 1023) as usize] += 1;
            }
            let empty = buckets.iter().filter(|count| **count == 0).count();
            let most = buckets.iter().max();
            assert!(empty < 480 && most < Some(&12), "{prefix:?}: {empty} empty, {most:?} in one");
        }
    }
}
