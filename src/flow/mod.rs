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
pub(crate) mod authorize;
#[allow(dead_code, reason = "tests look at what nothing else reads yet")]
mod claims;
pub(crate) mod consent;
mod customize;
mod decide;
mod encoding;
pub(crate) mod grant;
mod grant_token;
mod hook;
pub(crate) mod interaction;
mod login;
mod own_token;
mod patch;
mod pkce;
pub(crate) mod preview;
mod record;
mod redirect;
pub(crate) mod trace;
mod trees;

pub use authenticate::AssertionRules;
pub use consent::ConsentDecision;
pub use login::Login;
pub use patch::BadHookAnswer;

pub(crate) use access::{AccessRequest, Asked, Served};
pub(crate) use authenticate::{Authenticated, Claimant, Proof};
pub(crate) use claims::{
    Draft, IdDraft, IdRequest, SignIn, SignedIn, Subject, TokenId, Tree, needs_groups, userinfo,
};
pub(crate) use customize::{Occasion, address, customize};
pub(crate) use decide::Granted;
pub(crate) use grant_token::{GrantId, GrantToken};
pub(crate) use hook::{Arrival, hook_payload};
pub(crate) use own_token::{OwnToken, TokenKind};
pub(crate) use patch::{Allowance, HookAnswer, apply as apply_hook_answer, read as read_hook_answer};
pub(crate) use record::{ConsentId, Grant, PendingCode, Stage};
pub(crate) use trees::Trees;
