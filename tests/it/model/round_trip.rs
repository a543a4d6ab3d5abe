//! Okta's own samples, read and written back, and read by their nouns.

use chancery::model::{
    AccessPolicy, AuthorizationServer, Claim, Client, ConfigErrors, Document, Rule, Scope, User,
    group_from_okta,
};
use serde_json::{Value, json};

/// What a sample holds, by the first word of its name.
type Read = fn(&Value) -> Result<(), ConfigErrors>;

const READERS: &[(&str, Read, &str)] = &[
    ("authorizationServer.associated.create", |_| Ok(()), "/authorizationServers/0/associatedServers"),
    ("authorizationServer.key", |_| Ok(()), "/keys"),
    ("authorizationServer", |json| AuthorizationServer::from_okta(json).map(drop), "/authorizationServers"),
    ("scope", |json| Scope::from_okta(json).map(drop), "/authorizationServers/0/scopes"),
    ("claim", |json| Claim::from_okta(json).map(drop), "/authorizationServers/0/claims"),
    ("policyRule", |json| Rule::from_okta(json).map(drop), "/authorizationServers/0/policies/0/rules"),
    ("policy", |json| AccessPolicy::from_okta(json).map(drop), "/authorizationServers/0/policies"),
    ("app.oidc", |json| Client::from_okta(json).map(drop), "/apps"),
    ("app.secret", |json| Client::from_okta(&json!({ "secrets": [json] })).map(drop), "/apps/0/secrets"),
    ("app.jwk", |json| Client::from_okta(json).map(drop), "/apps"),
    ("user", |json| User::from_okta(json).map(drop), "/users"),
    ("group", |json| group_from_okta(json).map(drop), "/groups"),
    ("inlineHook", |_| Ok(()), "/inlineHooks"),
    ("oauth.client", |_| Ok(()), "/oauthClients"),
    ("resourceServerKey", |_| Ok(()), "/authorizationServers/0/jwks/keys"),
];

fn samples() -> Vec<(String, Value)> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/okta");
    let mut samples = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        samples.push((name, serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()));
    }
    samples.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(samples.len() >= 40);
    samples
}

fn reader(name: &str) -> &'static (&'static str, Read, &'static str) {
    READERS
        .iter()
        .find(|(start, _, _)| name.starts_with(start))
        .unwrap_or_else(|| panic!("no reader for {name}"))
}

fn elements(json: &Value) -> Vec<Value> {
    json.as_array().cloned().unwrap_or_else(|| vec![json.clone()])
}

/// A file with this sample where it belongs.
fn file_with(pointer: &str, elements: Vec<Value>) -> Value {
    let mut file = json!({
        "authorizationServers": [{ "id": "aus1", "audiences": ["a"], "jwks": {}, "policies": [{ "name": "p" }] }],
        "apps": [{ "id": "0oasample", "name": "oidc_client" }]
    });
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    file.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(key.to_owned(), Value::Array(elements));
    file
}

#[test]
fn every_sample_is_read_by_its_noun() {
    for (name, json) in samples() {
        for element in elements(&json) {
            match (reader(&name).1)(&element) {
                Ok(()) => {}
                // Its numbers are cut short with dots.
                Err(errors) if name == "app.jwk.list.json" => {
                    let expected = "jwks.keys[1]: `n` must be base64url without padding or stray bits";
                    assert_eq!(errors.to_string(), expected);
                }
                Err(errors) => panic!("{name}: {errors}"),
            }
        }
    }
}

#[test]
fn every_sample_writes_back_equal() {
    for (name, json) in samples() {
        let file = file_with(reader(&name).2, elements(&json));
        let text = serde_json::to_string_pretty(&file).unwrap();
        let document = Document::parse(&text).unwrap();
        assert_eq!(document.as_json(), &file, "{name}");
        let written = document.to_string_pretty();
        let again = Document::parse(&written).unwrap();
        assert_eq!(again, document, "{name}");
        // A289: exports of the same document are byte for byte the same.
        assert_eq!(again.to_string_pretty(), written, "{name}");
        if json.is_object() {
            assert_eq!(Document::parse(json.to_string()).unwrap().as_json(), &json, "{name}");
        }
    }
}

/// The samples of a resource in their place: whatever is wrong with them is the placeholders that
/// Okta prints for ids and domains, never their form.
#[test]
fn samples_in_their_places_are_well_formed() {
    for (name, json) in samples() {
        let mut file = file_with(reader(&name).2, elements(&json));
        file["baseUrl"] = "https://id.example.com".into();
        let mistakes = match Document::from_json(file).unwrap().compile() {
            Ok(_) => Vec::new(),
            Err(errors) => errors.mistakes().iter().map(ToString::to_string).collect(),
        };
        let explained = |mistake: &String| {
            let placeholder = mistake.contains("`{authorizationServerId}`");
            let cut_short = name.starts_with("app.jwk") && mistake.contains("jwks.keys[1]: `n`");
            let refers_outside = mistake.contains("inlineHook.id: unknown inline hook")
                || mistake.contains("profile: unknown")
                || name.starts_with("authorizationServer.associated.create");
            placeholder || cut_short || refers_outside
        };
        let unexplained: Vec<_> = mistakes.iter().filter(|mistake| !explained(mistake)).collect();
        assert!(unexplained.is_empty(), "{name}: {unexplained:#?}");
    }
}
