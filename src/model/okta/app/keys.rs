//! The keys of an app: `jwks` in its settings, and the lists that Okta's `…/credentials/jwks` answers.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use crate::jose::{JwkSet, KeyError, PublicKey};
use crate::model::check::{Findings, Path, Shown};
use crate::model::okta::fields::Fields;

/// The keys that verify the client's assertions. Keys that any list calls INACTIVE, and those for
/// encryption, are left out; private ones are mistakes wherever they stand.
pub(super) fn live(
    app: &Fields<'_, '_>,
    credentials: &Fields<'_, '_>,
    client: &Fields<'_, '_>,
    out: &mut Findings,
) -> Vec<PublicKey> {
    let mut live: Vec<PublicKey> = Vec::new();
    let mut retired: Vec<String> = Vec::new();
    for fields in [client, credentials, app] {
        let at = fields.at.key("jwks");
        let set = fields.object(&at, out);
        let list = set.list("keys", out).unwrap_or_default();
        let keys_at = at.key("keys");
        if list.len() > JwkSet::MAX_KEYS {
            out.mistake(
                &keys_at,
                format!("has {} keys, an app has at most {}", list.len(), JwkSet::MAX_KEYS),
            );
            continue;
        }
        let mut ids: Vec<&str> = Vec::new();
        for (i, value) in list.iter().enumerate() {
            let key_at = keys_at.index(i);
            let Some(fields) = Fields::of(value, &key_at, out) else { continue };
            let id = fields.text("kid", out);
            if let Some(id) = id {
                if ids.contains(&id) {
                    out.mistake(&key_at.key("kid"), format!("`{}` names two keys of the list", Shown(id)));
                    continue;
                }
                ids.push(id);
            }
            let active = fields.is_active(out);
            match read(value, &key_at, active, out) {
                Some(key) if active => add(&mut live, key),
                _ if !active => retired.extend(id.map(str::to_owned)),
                _ => {}
            }
        }
    }
    live.retain(|key| key.key_id().is_none_or(|id| !retired.iter().any(|retired| retired == id.as_str())));
    live
}

/// The same key may stand in two lists.
fn add(live: &mut Vec<PublicKey>, key: PublicKey) {
    if !live.iter().any(|known| known.key_id() == key.key_id() && known.thumbprint() == key.thumbprint()) {
        live.push(key);
    }
}

fn read(value: &Value, at: &Path<'_>, active: bool, out: &mut Findings) -> Option<PublicKey> {
    match PublicKey::from_jwk_value(&as_rfc_7517(value)) {
        Ok(key) => Some(key),
        Err(error @ (KeyError::PrivateMember(_) | KeyError::Symmetric)) => {
            out.mistake(at, error.to_string());
            None
        }
        // What is not live is not judged: Okta's own samples cut such keys short.
        Err(_) if !active => None,
        Err(KeyError::NotForSignatures(_)) => None,
        Err(
            error @ (KeyError::UnsupportedType(_)
            | KeyError::UnsupportedCurve(_)
            | KeyError::UnsupportedAlgorithm(_)),
        ) => {
            out.warn(at, format!("the key is not used: {error}"));
            None
        }
        Err(error) => {
            out.mistake(at, error.to_string());
            None
        }
    }
}

/// Okta writes absent members as null, and the modulus of some keys with padding and a leading
/// zero byte, both of which RFC 7518 §6.3.1.1 does not allow; strictness about these protects nobody.
fn as_rfc_7517(value: &Value) -> Value {
    let Some(map) = value.as_object() else { return value.clone() };
    let mut clean: Map<String, Value> = map
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    for member in ["n", "e"] {
        if let Some(number) = clean.get(member).and_then(Value::as_str).and_then(canonical) {
            clean.insert(member.to_owned(), number.into());
        }
    }
    Value::Object(clean)
}

fn canonical(number: &str) -> Option<String> {
    let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&URL_SAFE, padding).decode(number).ok()?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Some(URL_SAFE_NO_PAD.encode(bytes.get(zeros..)?))
}
