//! The manual: longer texts than fit an item's documentation.

#[doc = include_str!("expressions.md")]
pub mod expressions {}

#[doc = include_str!("functions.md")]
pub mod functions {}
