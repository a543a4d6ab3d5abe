//! Organisations of cases: a base file, and changes to it.
//!
//! A change maps a place to a value: `"server/status": "INACTIVE"`. Places are JSON pointers without
//! the first slash; `-` appends to a list, `"$remove"` removes. The first segment may be `server`,
//! `other` (the first and second authorization server), `policy` and `rule` (the first of the first
//! server), or `app:ID`. A value `{"$jwk": "rsa-2048", …}` becomes the public JWK of a test key.

use chancery::model::{ConfigErrors, Document, Org};
use serde_json::{Value, json};

use super::keys::TestKey;
use super::read;

pub(crate) fn compile(org: &Value) -> Result<Org, ConfigErrors> {
    Document::from_json(org.clone()).expect("an object").compile()
}

/// The organisation of a folder of `tests/data`.
pub(crate) fn base(folder: &str) -> Value {
    patched(&read(&format!("{folder}/org.json")), &Value::Null)
}

pub(crate) fn patched(base: &Value, changes: &Value) -> Value {
    let mut org = base.clone();
    let changes = changes.as_object().cloned().unwrap_or_default();
    for (place, value) in changes {
        let pointer = expand(&org, &place);
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let key = key.replace("~1", "/").replace("~0", "~");
        let parent = make(&mut org, parent);
        if parent.is_null() {
            *parent = if key == "-" { json!([]) } else { json!({}) };
        }
        match parent {
            Value::Array(list) if key == "-" => list.push(value),
            Value::Array(list) if value == json!("$remove") => {
                drop(list.remove(key.parse().expect("a place")))
            }
            Value::Array(list) => list[key.parse::<usize>().expect("a place")] = value,
            Value::Object(members) if value == json!("$remove") => drop(members.remove(&key)),
            Value::Object(members) => drop(members.insert(key, value)),
            _ => panic!("{place}: leads nowhere"),
        }
    }
    fill_in_keys(&mut org);
    org
}

fn expand(org: &Value, place: &str) -> String {
    let (head, rest) = place.split_once('/').unwrap_or((place, ""));
    let head = match head {
        "server" => "/authorizationServers/0".to_owned(),
        "other" => "/authorizationServers/1".to_owned(),
        "policy" => "/authorizationServers/0/policies/0".to_owned(),
        "rule" => "/authorizationServers/0/policies/0/rules/0".to_owned(),
        head => match head.strip_prefix("app:") {
            Some(id) => {
                let apps = org["apps"].as_array().expect("apps");
                let place = apps.iter().position(|app| app["id"] == json!(id));
                format!("/apps/{}", place.unwrap_or_else(|| panic!("no app {id}")))
            }
            None => format!("/{head}"),
        },
    };
    if rest.is_empty() { head } else { format!("{head}/{rest}") }
}

/// What a pointer leads to, null if to nothing; missing objects on the way are made.
fn make<'a>(mut at: &'a mut Value, pointer: &str) -> &'a mut Value {
    for key in pointer.split('/').skip(1) {
        at = match at {
            Value::Array(list) => {
                let place: usize = key.parse().unwrap_or_else(|_| panic!("{pointer}: {key} is no place"));
                &mut list[place]
            }
            other => {
                if other.is_null() {
                    *other = json!({});
                }
                &mut other[key]
            }
        };
    }
    at
}

fn fill_in_keys(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(fill_in_keys),
        Value::Object(members) => {
            if let Some(name) = members.remove("$jwk") {
                let jwk = TestKey::load(name.as_str().expect("a key's name")).jwk();
                for (key, value) in jwk.as_object().expect("an object") {
                    members.entry(key.clone()).or_insert_with(|| value.clone());
                }
            }
            members.values_mut().for_each(fill_in_keys);
        }
        _ => {}
    }
}
