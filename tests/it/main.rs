//! The integration tests: one binary, one module an area.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking, its helpers included"
)]

mod analyse;
mod arrows;
mod attacks;
mod events;
mod explain;
mod expr;
mod hooks;
mod model;
mod okta_example;
mod policy;
mod protocol;
mod scripted;
mod sign_in;
