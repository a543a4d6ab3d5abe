//! What an export leaves out.

use serde_json::{Map, Value};

/// Private members of a JWK (RFC 7518 §6, RFC 8037 §2).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Drops every secret. They are found by the names they have in Okta's resources, wherever these
/// stand, so that a resource in a place we do not know loses its secrets too.
pub(super) fn drop_from(json: &mut Value) {
    match json {
        Value::Object(map) => {
            drop_members(map);
            // A schema has attributes with such names and no values.
            map.iter_mut().filter(|(key, _)| *key != "userSchema").for_each(|(_, value)| drop_from(value));
        }
        Value::Array(list) => list.iter_mut().for_each(drop_from),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn drop_members(map: &mut Map<String, Value>) {
    for key in ["client_secret", "clientSecret", "secret_hash"] {
        map.remove(key);
    }
    if map.get("password").is_some_and(Value::is_string) {
        map.remove("password");
    }
    for (key, members) in [
        ("password", ["value", "hash"].as_slice()),
        ("recovery_question", &["answer"]),
        // How Okta authenticates at an inline hook: write-only in its API.
        ("authScheme", &["value"]),
    ] {
        drop_under(map.get_mut(key), members);
    }
    // Headers that a hook is called with: any of them may be a token.
    for header in map.get_mut("headers").and_then(Value::as_array_mut).into_iter().flatten() {
        drop_under(Some(header), &["value"]);
    }
    if map.contains_key("kty") {
        PRIVATE.iter().for_each(|member| drop(map.remove(*member)));
    }
}

fn drop_under(value: Option<&mut Value>, members: &[&str]) {
    if let Some(map) = value.and_then(Value::as_object_mut) {
        members.iter().for_each(|member| drop(map.remove(*member)));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_go_and_all_else_stays() {
        let mut json = json!({
            "apps": [{
                "id": "0oa1",
                "credentials": { "oauthClient": { "client_id": "c", "client_secret": "S1" } },
                "secrets": [{ "id": "ocs1", "client_secret": "S2", "secret_hash": "S3", "status": "ACTIVE" }],
                "settings": { "oauthClient": { "jwks": { "keys": [{ "kty": "EC", "d": "S4", "x": "1" }] } } }
            }],
            "users": [{ "credentials": {
                "password": { "value": "S5" }, "recovery_question": { "question": "q", "answer": "S6" } } }],
            "inlineHooks": [{ "channel": { "config": {
                "authScheme": { "type": "HEADER", "key": "authorization", "value": "S7" },
                "headers": [{ "key": "x", "value": "S8" }], "clientSecret": "S9" } } }],
            "userSchema": { "definitions": { "custom": { "properties": { "password": { "type": "string" } } } } }
        });
        drop_from(&mut json);
        let expected = json!({
            "apps": [{
                "id": "0oa1",
                "credentials": { "oauthClient": { "client_id": "c" } },
                "secrets": [{ "id": "ocs1", "status": "ACTIVE" }],
                "settings": { "oauthClient": { "jwks": { "keys": [{ "kty": "EC", "x": "1" }] } } }
            }],
            "users": [{ "credentials": { "password": {}, "recovery_question": { "question": "q" } } }],
            "inlineHooks": [{ "channel": { "config": {
                "authScheme": { "type": "HEADER", "key": "authorization" },
                "headers": [{ "key": "x" }] } } }],
            "userSchema": { "definitions": { "custom": { "properties": { "password": { "type": "string" } } } } }
        });
        assert_eq!(json, expected);
    }
}
