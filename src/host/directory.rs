//! Clients, users and groups, where they are not part of the configuration.

use std::future::Future;
use std::sync::Arc;

use crate::error::Fault;
use crate::model::{Group, RegisteredClient, User};
use crate::types::{ClientId, GroupId, UserId};

/// Looks up clients, users and groups. Read only; asked anew for every request, so that a
/// deactivated client or user is refused at once. Cache inside, at the price of that delay.
///
/// Ids come from requests: whatever they hold, no other record than the one with exactly this id
/// may be returned.
pub trait Directory: Send + Sync + 'static {
    /// The client with this id, active or not.
    ///
    /// # Errors
    /// [`Fault`] when the directory cannot tell.
    fn client(
        &self,
        id: &ClientId,
    ) -> impl Future<Output = Result<Option<Arc<RegisteredClient>>, Fault>> + Send;

    /// The user with this id, whatever its status, with the ids of its groups.
    ///
    /// # Errors
    /// [`Fault`] when the directory cannot tell.
    fn user(&self, id: &UserId) -> impl Future<Output = Result<Option<Arc<User>>, Fault>> + Send;

    /// The groups with these ids, in this order, unknown ones left out. Asked only when a claim
    /// reads groups.
    ///
    /// # Errors
    /// [`Fault`] when the directory cannot tell.
    fn groups(&self, ids: &[GroupId]) -> impl Future<Output = Result<Vec<Arc<Group>>, Fault>> + Send;
}
