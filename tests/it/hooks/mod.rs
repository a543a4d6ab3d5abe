//! Token inline hooks and token policies.

mod answers;
