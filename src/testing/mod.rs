//! For tests and small programs.

mod block_on;
pub mod conformance;

pub use block_on::block_on;

use crate::host::GrantKey;

/// A key for trying a [`GrantStore`](crate::host::GrantStore) out. Equal names have equal keys, and
/// no issuer ever uses one of them.
pub fn grant_key(name: &str) -> GrantKey {
    // The keys of an issuer begin with its base URL.
    GrantKey::new(&["testing", name])
}
