//! The boxed twins of the async host traits, which keep [`Issuer`](crate::Issuer) one concrete type.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::{
    Attempt, Directory, GrantKey, GrantRecord, GrantStore, HookRequest, HookResponse, KeyStore, ServerKeys,
    Throttle, TokenHook,
};
use crate::error::Fault;
use crate::jose::Algorithm;
use crate::model::{Group, InlineHook, RegisteredClient, User};
use crate::types::{ClientId, GroupId, KeyId, ServerId, Timestamp, UserId};

pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// For each method of a host trait, the same one with its future boxed.
macro_rules! erase {
    ($(#[$attribute:meta])* $erased:ident of $host:ident {
        $(fn $method:ident($($arg:ident: $type:ty),*) -> $out:ty;)*
    }) => {
        $(#[$attribute])*
        pub(crate) trait $erased: Send + Sync {
            $(fn $method<'a>(&'a self, $($arg: $type),*) -> Boxed<'a, $out>;)*
        }
        impl<T: $host> $erased for T {
            $(fn $method<'a>(&'a self, $($arg: $type),*) -> Boxed<'a, $out> {
                Box::pin($host::$method(self, $($arg),*))
            })*
        }
    };
}

erase!(ErasedDirectory of Directory {
    fn client(id: &'a ClientId) -> Option<Arc<RegisteredClient>>;
    fn user(id: &'a UserId) -> Option<Arc<User>>;
    fn groups(ids: &'a [GroupId]) -> Vec<Arc<Group>>;
});
erase!(ErasedGrants of GrantStore {
    fn insert(key: GrantKey, record: GrantRecord, now: Timestamp) -> bool;
    fn get(key: &'a GrantKey, now: Timestamp) -> Option<GrantRecord>;
    fn swap(key: &'a GrantKey, expected: &'a [u8], record: GrantRecord, now: Timestamp) -> bool;
});
erase!(ErasedKeys of KeyStore {
    fn keys(server: Option<&'a ServerId>, algorithm: Algorithm) -> ServerKeys;
    fn sign(key: &'a KeyId, message: &'a [u8]) -> Vec<u8>;
});
erase!(ErasedHook of TokenHook {
    fn call(hook: &'a InlineHook, request: HookRequest) -> HookResponse;
});
erase!(ErasedThrottle of Throttle {
    fn admit(attempt: Attempt<'a>) -> Option<u32>;
    fn failed(attempt: Attempt<'a>) -> ();
});
