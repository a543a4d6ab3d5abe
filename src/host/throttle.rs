//! Who may try, and how often.

use std::future::Future;

use crate::error::Fault;
use crate::types::Timestamp;

/// One attempt to authenticate a client.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The client id as presented; it need not exist.
    pub client_id: &'a str,
    /// Who tries, as the host named it in [`Call::peer`](crate::Call::peer).
    pub peer: Option<&'a str>,
    /// When.
    pub now: Timestamp,
}

impl<'a> Attempt<'a> {
    /// An attempt, for a host that has its own to limit: then `client_id` is whatever name is tried.
    pub fn new(client_id: &'a str, peer: Option<&'a str>, now: Timestamp) -> Self {
        Self { client_id, peer, now }
    }
}

/// Limits attempts. Key failures by client *and* peer: a limit by client alone lets anybody lock
/// a client out.
pub trait Throttle: Send + Sync + 'static {
    /// Asked before credentials are looked at. `Some(seconds)` refuses with 429 and `Retry-After`.
    ///
    /// # Errors
    /// [`Fault`] when the throttle cannot tell; the request is then refused with 503.
    fn admit(&self, attempt: Attempt<'_>) -> impl Future<Output = Result<Option<u32>, Fault>> + Send;

    /// Told when the credentials were wrong.
    ///
    /// # Errors
    /// [`Fault`] when the failure could not be noted; the request is then refused with 503.
    fn failed(&self, attempt: Attempt<'_>) -> impl Future<Output = Result<(), Fault>> + Send;
}
