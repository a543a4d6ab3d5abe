//! What a host implements. In the order of need: [`KeyStore`] (or [`LocalKeys`](crate::LocalKeys)),
//! then [`GrantStore`] once there is more than one process, [`Directory`] once clients and users
//! live in a database, [`TokenHook`] where rules name hooks, [`Throttle`] and [`Timer`] in production.
//! [`Clock`] and [`Entropy`] are for tests.
//!
//! The traits that wait for something are async: write plain `async fn` in the implementation. No
//! macro and no runtime is involved; the futures must be `Send`. A call that is dropped half way
//! never yields a token.

mod ambient;
mod directory;
pub(crate) mod erased;
mod events;
mod grants;
mod hook;
mod keys;
mod throttle;

pub use crate::wire::{HookRequest, HookResponse};
pub use ambient::{Clock, Entropy, SystemClock, SystemEntropy, Timer};
pub use directory::Directory;
pub(crate) use events::logged;
pub use events::{Action, Event, Events, GrantEnd, Issued, Outcome, Place};
pub use grants::{GrantKey, GrantRecord, GrantStore};
pub use hook::TokenHook;
pub use keys::{KeyStore, ServerKeys};
pub use throttle::{Attempt, Throttle};
