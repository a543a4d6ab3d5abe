//! Signing keys, wherever they are.

use std::future::Future;
use std::sync::Arc;

use crate::error::Fault;
use crate::jose::{Algorithm, PublicKey};
use crate::types::{KeyId, Lifetime, ServerId};

/// The keys of one authorization server.
#[derive(Debug, Clone)]
pub struct ServerKeys {
    /// The key that signs now; it is among `published`.
    pub active: KeyId,
    /// Every key that verifies a token still alive or soon to be signed: the active one, the next,
    /// the one before.
    pub published: Arc<[PublicKey]>,
    /// How long clients may keep the list: `max-age` of the JWK Set.
    pub max_age: Lifetime,
}

/// Holds the private keys and signs. It may sit in another process or a key management service.
pub trait KeyStore: Send + Sync + 'static {
    /// The keys of a server that signs with this algorithm. `server` is `None` for the org
    /// authorization server.
    ///
    /// # Errors
    /// [`Fault`] when there is none, or the store cannot tell.
    fn keys(
        &self,
        server: Option<&ServerId>,
        algorithm: Algorithm,
    ) -> impl Future<Output = Result<ServerKeys, Fault>> + Send;

    /// Signs. The signature has JWS form: PKCS#1 v1.5 for RS256, 64 bytes of `r` and `s` for ES256
    /// (RFC 7518 §3.4), 64 bytes for EdDSA (RFC 8037 §3.1).
    ///
    /// # Errors
    /// [`Fault`] when the key is gone or the store does not answer; nothing is issued then.
    fn sign(&self, key: &KeyId, message: &[u8]) -> impl Future<Output = Result<Vec<u8>, Fault>> + Send;
}
