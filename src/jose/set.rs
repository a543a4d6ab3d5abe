//! JWK Sets (RFC 7517 §5): ours as published, and those of clients and issuers as read.

use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;

use super::members::Members;
use super::{Algorithm, KeyError, KeySetError, PublicKey};
use crate::types::{KeyId, parse_strict};

/// Public keys by `kid`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JwkSet {
    keys: Vec<PublicKey>,
    unusable: Vec<UnusableKey>,
}

/// A key of a set that we cannot verify with: of another type, curve or algorithm, or for another
/// purpose. It never takes part in a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnusableKey {
    /// Its place in `keys`, from 0.
    pub index: usize,
    /// Its `kid`.
    pub key_id: Option<KeyId>,
    /// Why it is unusable.
    pub error: KeyError,
}

impl JwkSet {
    /// The most keys that are read: Okta's limit for a client.
    pub const MAX_KEYS: usize = 50;

    /// The most keys that are tried for a signature that names none.
    pub const MAX_TRIED: usize = 16;

    /// A set of these keys.
    ///
    /// # Errors
    /// [`KeyError::DuplicateKeyId`].
    pub fn new(keys: impl IntoIterator<Item = PublicKey>) -> Result<Self, KeyError> {
        let mut set = Self::default();
        for key in keys {
            set.claim(key.key_id())?;
            set.keys.push(key);
        }
        Ok(set)
    }

    /// Reads a JWK Set.
    ///
    /// Keys that are well-formed but of no use to us (another type, `use` of `enc`…) are set aside,
    /// see [`JwkSet::unusable`]; anything malformed, private or ambiguous refuses the whole set.
    ///
    /// # Errors
    /// [`KeySetError`] with the key's index and the member that is wrong.
    pub fn parse(json: &[u8]) -> Result<Self, KeySetError> {
        Self::from_value(&parse_strict(json)?)
    }

    /// The same for JSON that has been read already.
    ///
    /// # Errors
    /// As [`JwkSet::parse`].
    pub fn from_value(set: &Value) -> Result<Self, KeySetError> {
        let keys = set.get("keys").and_then(Value::as_array).ok_or(KeySetError::NotASet)?;
        if keys.len() > Self::MAX_KEYS {
            return Err(KeySetError::TooMany(keys.len()));
        }
        let mut set = Self::default();
        for (index, jwk) in keys.iter().enumerate() {
            set.add(index, jwk).map_err(|error| KeySetError::Key { index, error })?;
        }
        Ok(set)
    }

    fn add(&mut self, index: usize, jwk: &Value) -> Result<(), KeyError> {
        let key_id = Members::of(jwk)?.key_id()?;
        self.claim(key_id.as_ref())?;
        match PublicKey::from_jwk_value(jwk) {
            Ok(key) => self.keys.push(key),
            Err(error) if error.is_unusable() => self.unusable.push(UnusableKey { index, key_id, error }),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn claim(&self, key_id: Option<&KeyId>) -> Result<(), KeyError> {
        let Some(key_id) = key_id else { return Ok(()) };
        let mut taken = self
            .keys
            .iter()
            .map(PublicKey::key_id)
            .chain(self.unusable.iter().map(|key| key.key_id.as_ref()));
        if taken.any(|other| other == Some(key_id)) {
            return Err(KeyError::DuplicateKeyId(key_id.clone()));
        }
        Ok(())
    }

    /// The keys that verify, in order.
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// The keys that were set aside.
    pub fn unusable(&self) -> &[UnusableKey] {
        &self.unusable
    }

    /// The key of this `kid`.
    pub fn get(&self, key_id: &str) -> Option<&PublicKey> {
        self.keys.iter().find(|key| key.key_id().is_some_and(|own| own.as_str() == key_id))
    }

    /// The keys that may have made a signature of this algorithm under this `kid`. Without a
    /// `kid`: every key that verifies the algorithm, at most [`JwkSet::MAX_TRIED`].
    pub fn candidates<'a>(
        &'a self,
        key_id: Option<&'a str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &'a PublicKey> {
        let named = move |key: &&PublicKey| match key_id {
            Some(wanted) => key.key_id().is_some_and(|own| own.as_str() == wanted),
            None => true,
        };
        self.keys.iter().filter(named).filter(move |key| key.verifies(algorithm)).take(Self::MAX_TRIED)
    }

    /// The set as JSON, `{"keys":[…]}`.
    pub fn to_json(&self) -> String {
        // Writing strings to memory does not fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Serialize for JwkSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut set = serializer.serialize_struct("JwkSet", 1)?;
        set.serialize_field("keys", &self.keys)?;
        set.end()
    }
}

#[cfg(test)]
mod tests;
