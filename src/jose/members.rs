//! The members of a JWK, read one by one and strictly.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Algorithm, KeyError};
use crate::types::KeyId;

/// A JWK object, and how its members are read.
pub(super) struct Members<'a>(&'a Map<String, Value>);

/// Members that hold secrets (RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

impl<'a> Members<'a> {
    pub(super) fn of(jwk: &'a Value) -> Result<Self, KeyError> {
        jwk.as_object().map(Self).ok_or(KeyError::NotAnObject)
    }

    pub(super) fn has(&self, member: &str) -> bool {
        self.0.contains_key(member)
    }

    /// A member that must be a string if it is there. `null` is no string.
    pub(super) fn text(&self, member: &'static str) -> Result<Option<&'a str>, KeyError> {
        match self.0.get(member) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(KeyError::WrongType { member, expected: "a string" }),
        }
    }

    pub(super) fn required(&self, member: &'static str) -> Result<&'a str, KeyError> {
        self.text(member)?.ok_or(KeyError::Missing(member))
    }

    fn bytes(&self, member: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let text = self.required(member)?;
        URL_SAFE_NO_PAD.decode(text).map(Zeroizing::new).map_err(|_| KeyError::Encoding(member))
    }

    /// A number (Base64urlUInt, RFC 7518 §2): at least one byte, the first not zero.
    pub(super) fn number(&self, member: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let bytes = self.bytes(member)?;
        if bytes.first().is_none_or(|first| *first == 0) {
            return Err(KeyError::LeadingZero(member));
        }
        Ok(bytes)
    }

    /// A member of a fixed number of bytes.
    pub(super) fn fixed(
        &self,
        member: &'static str,
        expected: usize,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let bytes = self.bytes(member)?;
        if bytes.len() == expected { Ok(bytes) } else { Err(KeyError::Length { member, expected }) }
    }

    pub(super) fn key_id(&self) -> Result<Option<KeyId>, KeyError> {
        self.text("kid")?.map(key_id).transpose()
    }

    pub(super) fn algorithm(&self) -> Result<Option<Algorithm>, KeyError> {
        let Some(name) = self.text("alg")? else { return Ok(None) };
        Algorithm::parse(name).map(Some).ok_or_else(|| KeyError::UnsupportedAlgorithm(shown(name)))
    }

    /// Refuses every private member (RFC 7517 §9.2).
    pub(super) fn only_public(&self) -> Result<(), KeyError> {
        match PRIVATE.iter().find(|name| self.has(name)) {
            Some(name) => Err(KeyError::PrivateMember(name)),
            None => Ok(()),
        }
    }

    /// Refuses a key that `use` or `key_ops` reserve for something other than `operation`
    /// (RFC 7517 §4.2, §4.3).
    pub(super) fn reserved_for(&self, operation: &str) -> Result<(), KeyError> {
        if self.text("use")?.is_some_and(|usage| usage != "sig") {
            return Err(KeyError::NotForSignatures("use"));
        }
        let Some(operations) = self.0.get("key_ops") else { return Ok(()) };
        let wrong = KeyError::WrongType { member: "key_ops", expected: "an array of strings" };
        let operations = operations.as_array().ok_or_else(|| wrong.clone())?;
        if operations.iter().any(|name| !name.is_string()) {
            return Err(wrong);
        }
        if operations.iter().any(|name| name == operation) {
            Ok(())
        } else {
            Err(KeyError::NotForSignatures("key_ops"))
        }
    }
}

/// Reads a key id: it ends up in logs, headers and file names, so what could mean something
/// there is refused. A plain slash stays, as Azure's key ids are URLs.
pub(super) fn key_id(text: &str) -> Result<KeyId, KeyError> {
    let strange = |c: char| c.is_control() || matches!(c, '"' | '\\' | '\u{2028}' | '\u{2029}');
    let climbs = text.split('/').any(|segment| matches!(segment, "." | ".."));
    if text.is_empty() || text.len() > 255 || text.contains(strange) || climbs {
        return Err(KeyError::BadKeyId);
    }
    Ok(KeyId::new(text))
}

/// Someone else's text, shortened and made printable for a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(32).flat_map(char::escape_debug).collect()
}
