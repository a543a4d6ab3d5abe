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
#[cfg_attr(not(test), expect(dead_code, reason = "no grant with a user is served yet"))]
mod claims;
mod decide;
pub(crate) mod grant;

pub use authenticate::AssertionRules;

pub(crate) use access::{AccessRequest, Asked, Served};
pub(crate) use authenticate::{Authenticated, Claimant, Proof};
pub(crate) use claims::{Draft, Subject, TokenId};
#[expect(unused_imports, reason = "no grant with a user is served yet")]
pub(crate) use claims::{IdDraft, IdRequest, LockedClaim, SignIn, SignedIn, Tree, needs_groups, userinfo};
pub(crate) use decide::Granted;
