//! The pure steps from a request to the claims of a token. No step awaits, reads a clock or draws
//! randomness: loaded records, the time and fresh ids are arguments.
//!
//! ```text
//! Credentials ─authenticate─▶ Proof ─confirm─▶ Authenticated ─grant─▶ AccessRequest ─decide─▶ Granted ─claims─▶ Draft
//! ```
//!
//! Each result has private fields that only its step can set, so that a token without a client
//! that authenticated, or without a policy decision, does not compile. Every grant type ends in one
//! [`AccessRequest`]: who asks, for whom, how, and for which scopes; from there all share one road.

mod access;
mod authenticate;
mod claims;
#[cfg_attr(not(test), expect(dead_code, reason = "the token endpoint does not call it yet"))]
mod customize;
mod decide;
pub(crate) mod grant;
#[cfg_attr(not(test), expect(dead_code, reason = "the token endpoint does not call it yet"))]
mod patch;
#[cfg_attr(not(test), expect(dead_code, reason = "the token endpoint does not call it yet"))]
mod trees;

pub use authenticate::AssertionRules;
pub use patch::BadHookAnswer;

pub(crate) use access::{AccessRequest, Asked, Served};
pub(crate) use authenticate::{Authenticated, Claimant, Proof};
pub(crate) use claims::{Draft, Subject};
pub(crate) use decide::Granted;
pub(crate) use patch::{Allowance, HookAnswer, apply as apply_hook_answer, read as read_hook_answer};
pub(crate) use trees::{Tree, Trees};
