//! The integration tests: one binary, one module an area.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics; clippy's own exception covers test functions but not their helpers"
)]

mod expr;
