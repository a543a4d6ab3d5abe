//! Private keys in memory, shared by all servers of an organisation.

use std::sync::Arc;

use crate::error::Fault;
use crate::host::{KeyStore, ServerKeys};
use crate::jose::{Algorithm, KeyError, PrivateKey, PublicKey};
use crate::types::{KeyId, Lifetime, ServerId};

/// Private keys in this process. The first key of an algorithm signs for the servers of that
/// algorithm; all keys of the algorithm are published, so that a key can be listed before it signs
/// and after it did.
#[derive(Debug, Clone, Default)]
pub struct LocalKeys {
    keys: Vec<PrivateKey>,
    /// One entry an algorithm, made once: a token call must not rebuild a key list.
    by_algorithm: Vec<(Algorithm, ServerKeys)>,
}

/// Clients ask again this often; long enough to spare the issuer, short enough for a rotation
/// within the hour.
const MAX_AGE: Lifetime = Lifetime::minutes(60);

impl LocalKeys {
    /// One key; add others with [`LocalKeys::and`].
    pub fn new(key: PrivateKey) -> Self {
        let mut keys = Self::default();
        keys.add(key);
        keys
    }

    /// One key from PEM: PKCS#8, or PKCS#1 and SEC1 as OpenSSL writes them.
    ///
    /// # Errors
    /// [`KeyError`] when the text holds no usable private key.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Ok(Self::new(PrivateKey::from_pem(pem)?))
    }

    /// Adds a key, which signs if it is the first of its algorithm. A key that is there already
    /// (the same key id) is not added again.
    #[must_use]
    pub fn and(mut self, key: PrivateKey) -> Self {
        self.add(key);
        self
    }

    fn add(&mut self, key: PrivateKey) {
        if self.find(key.key_id()).is_some() {
            return;
        }
        let algorithm = key.algorithm();
        self.keys.push(key);
        let ours: Vec<&PrivateKey> = self.keys.iter().filter(|key| key.algorithm() == algorithm).collect();
        let Some(active) = ours.first() else { return };
        let published: Arc<[PublicKey]> = ours.iter().map(|key| key.public().clone()).collect();
        let entry = ServerKeys { active: active.key_id().clone(), published, max_age: MAX_AGE };
        match self.by_algorithm.iter_mut().find(|(known, _)| *known == algorithm) {
            Some((_, slot)) => *slot = entry,
            None => self.by_algorithm.push((algorithm, entry)),
        }
    }

    fn find(&self, id: &KeyId) -> Option<&PrivateKey> {
        self.keys.iter().find(|key| key.key_id() == id)
    }
}

impl KeyStore for LocalKeys {
    async fn keys(&self, _server: Option<&ServerId>, algorithm: Algorithm) -> Result<ServerKeys, Fault> {
        let found = self.by_algorithm.iter().find(|(known, _)| *known == algorithm);
        let (_, keys) = found.ok_or_else(|| Fault::internal(format!("no {algorithm} key")))?;
        Ok(keys.clone())
    }

    async fn sign(&self, key: &KeyId, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let key = self.find(key).ok_or_else(|| Fault::internal(format!("no key `{key}`")))?;
        // Not by `map_err`: a signature has room for the largest key, and would be moved with it.
        match key.sign(message) {
            Ok(signature) => Ok(signature.as_ref().to_vec()),
            Err(error) => Err(Fault::internal(error)),
        }
    }
}
