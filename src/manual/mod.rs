//! The manual: pages of prose, compiled with the documentation so that their links and examples are
//! checked.

#[doc = include_str!("customization.md")]
pub mod customization {}
#[doc = include_str!("analysis.md")]
pub mod analysis {}
#[doc = include_str!("differences.md")]
pub mod differences {}
#[doc = include_str!("events.md")]
pub mod events {}
#[doc = include_str!("explain.md")]
pub mod explain {}
#[doc = include_str!("expressions.md")]
pub mod expressions {}
#[doc = include_str!("functions.md")]
pub mod functions {}
#[doc = include_str!("hosting.md")]
pub mod hosting {}
#[doc = include_str!("organisation.md")]
pub mod organisation {}
#[doc = include_str!("refresh_tokens.md")]
pub mod refresh_tokens {}
#[doc = include_str!("security.md")]
pub mod security {}
#[doc = include_str!("sessions.md")]
pub mod sessions {}
#[doc = include_str!("sign_in.md")]
pub mod sign_in {}
