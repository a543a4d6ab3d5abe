//! For tests and small programs.

mod block_on;
pub mod conformance;
mod hook_answer;

pub use block_on::block_on;
pub use hook_answer::{HookOutcome, hook_outcome};

use crate::host::GrantKey;

/// A key for trying a [`GrantStore`](crate::host::GrantStore) out. Equal names have equal keys, and
/// no issuer ever uses one of them.
pub fn grant_key(name: &str) -> GrantKey {
    // The keys of an issuer begin with its base URL.
    GrantKey::new(&["testing", name])
}
