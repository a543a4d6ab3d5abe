//! The document: what is no document, and what an export leaves out.

use chancery::model::{CompileOptions, Document, DocumentError};
use serde_json::{Value, json};

fn refusal(text: impl AsRef<[u8]>) -> String {
    Document::parse(text).unwrap_err().to_string()
}

/// A280: what is no strict JSON object is refused, with its place.
#[test]
fn a280_malformed_files_are_refused_with_line_and_column() {
    assert_eq!(
        refusal("{\"apps\": [\n  {\"redirect_uris\": [], \"redirect_uris\": []}]}"),
        "the member `redirect_uris` is repeated at line 2, column 39"
    );
    assert_eq!(refusal("{} {}"), "trailing characters at line 1, column 4");
    assert!(refusal("\u{feff}{}").contains("byte order mark"), "{}", refusal("\u{feff}{}"));
    assert_eq!(refusal("[]"), "the file holds a list, expected an object at line 1, column 1");
    assert_eq!(refusal("null"), "the file holds null, expected an object at line 1, column 1");
    for bad in [
        "",
        " ",
        "{'a':1}",
        "{\"a\":NaN}",
        "{\"a\":1} // x",
        "{/* x */}",
        "{\"a\":1e400}",
        "{\"a\":01}",
        "{,}",
    ] {
        assert!(refusal(bad).contains("line 1"), "{bad}: {}", refusal(bad));
    }
    assert!(matches!(Document::parse(b"{\"a\":\"\xff\"}"), Err(DocumentError::Json(_))));
}

/// A283: numbers that JSON writes but no setting means.
#[test]
fn a283_numbers_are_integers_or_mistakes() {
    for number in ["-0", "1.0", "6e1", "60.0", "1e15", "-1e-7"] {
        let text = format!(
            r#"{{ "baseUrl": "https://id.example.com", "authorizationServers": [ {{ "name": "default", "policies": [
                {{ "name": "p", "priority": {number} }} ] }} ] }}"#
        );
        let errors = Document::parse(text).unwrap().compile().unwrap_err();
        assert_eq!(
            errors.to_string(),
            "authorizationServers[0].policies[0].priority: expected an integer, found a number that is no integer",
            "{number}"
        );
    }
}

#[test]
fn numbers_nulls_and_unknown_members_write_back() {
    let text = r#"{"n":18446744073709551615,"m":-9223372036854775808,"f":1.5,"z":null,"e":{},"l":[null,[]],"é":"\u0000"}"#;
    let document = Document::parse(text).unwrap();
    assert_eq!(document.as_json(), &serde_json::from_str::<Value>(text).unwrap());
    assert_eq!(Document::parse(document.to_string_pretty()).unwrap(), document);
}

#[test]
fn the_base_url_of_the_options_wins() {
    let document = Document::parse(
        r#"{"baseUrl":"https://dev-1.okta.com","authorizationServers":[{"name":"default"}]}"#,
    )
    .unwrap();
    let options = CompileOptions::new().base_url("http://127.0.0.1:8080");
    let org = document.compile_with(&options).unwrap();
    assert_eq!(org.server("default").unwrap().issuer().as_str(), "http://127.0.0.1:8080/oauth2/default");
    let org = document.compile().unwrap();
    assert_eq!(org.org_server().unwrap().issuer().as_str(), "https://dev-1.okta.com");
    assert!(Document::parse("{}").unwrap().compile_with(&options).is_ok());
}

/// A289: an export without secrets holds none, reads back, and lets nobody in who could not before.
#[test]
fn a289_exports_leave_secrets_out() {
    let secrets =
        ["correct-horse-battery", "second-secret-0123456", "pass-word-of-ada", "hook-key-0123456789"];
    let [first, second, password, hook] = secrets;
    let file = json!({
        "baseUrl": "https://id.example.com",
        "apps": [{ "id": "0oaservice", "name": "oidc_client",
            "credentials": { "oauthClient": { "client_secret": first } },
            "secrets": [{ "id": "ocs1", "client_secret": second, "status": "ACTIVE" }],
            "settings": { "oauthClient": { "grant_types": ["client_credentials"] } } }],
        "users": [{ "id": "00uada", "profile": { "login": "ada@example.com" },
            "credentials": { "password": { "value": password } } }],
        "inlineHooks": [{ "id": "cal1", "channel": { "config": { "uri": "https://h.example.com",
            "authScheme": { "type": "HEADER", "key": "authorization", "value": hook } } } }],
    });
    let document = Document::from_json(file).unwrap();
    let export = document.without_secrets();
    for secret in secrets {
        assert!(!export.to_string_pretty().contains(secret));
        assert!(!format!("{document:?} {export:?} {:?}", document.compile().unwrap()).contains(secret));
    }
    assert_eq!(export.without_secrets(), export);
    let (before, after) = (document.compile().unwrap(), export.compile().unwrap());
    let method = |org: &chancery::model::Org| org.client("0oaservice").unwrap().auth().method();
    assert_eq!(method(&before), method(&after));
    assert!(after.warnings().iter().any(|warning| warning.message().contains("cannot authenticate")));
    let passwords = document.passwords();
    assert_eq!((passwords[0].0.as_str(), passwords[0].1.expose()), ("ada@example.com", password));
    assert!(export.passwords().is_empty());
}
