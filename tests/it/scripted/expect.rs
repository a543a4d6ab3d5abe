//! What must come of a request.
//!
//! Of the reply: `status`, `headers` (name → value; null: absent; `/…/`: a pattern), `error` and
//! `error_description`, `errorCode` and `errorSummary`, `body` (members that must be equal),
//! `absent`, `contains` and `lacks` (member → elements of that list), `keys_each` (members of every
//! key), `same_as` (the place of an earlier reply with equal status and body), `body_is`.
//!
//! Of the token: `claims` (must be equal), `present_claims`, `absent_claims`, `lifetime`, `header`,
//! `header_absent`. Every token is verified against the published keys besides, and every reply must
//! have the properties of [`always`].

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chancery::model::{Person, RuleRequest};
use chancery::testing::block_on;
use chancery::types::{ClientId, GrantType, GroupId, Timestamp, UserId};
use chancery::{Issuer, Reply, Verifier};
use serde_json::{Value, json};

use super::{only, org};

const KNOWN: &[&str] = &[
    "status",
    "headers",
    "error",
    "error_description",
    "errorCode",
    "errorSummary",
    "body",
    "absent",
    "contains",
    "lacks",
    "keys_each",
    "same_as",
    "body_is",
    "claims",
    "present_claims",
    "absent_claims",
    "lifetime",
    "header",
    "header_absent",
];

pub(crate) fn check(
    issuer: &Issuer,
    reply: &Reply,
    expect: &Value,
    earlier: &[Reply],
    now: i64,
    context: &str,
) {
    only(expect, KNOWN);
    let context = &format!("{context}\n   answered {} {}", reply.status(), reply.body());
    always(reply, context);
    assert_eq!(json!(reply.status()), expect["status"], "status: {context}");
    let body: Value = serde_json::from_str(reply.body()).unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    for name in ["error", "error_description", "errorCode", "errorSummary"] {
        if let Some(expected) = text(&expect[name]) {
            assert_eq!(body[name], json!(expected), "{name}: {context}");
        }
    }
    for (name, expected) in members(&expect["headers"]) {
        let value = reply.header(name);
        match expected.as_str() {
            Some(pattern) if pattern.len() > 1 && pattern.starts_with('/') && pattern.ends_with('/') => {
                let pattern = regex::Regex::new(&pattern[1..pattern.len() - 1]).unwrap();
                assert!(
                    value.is_some_and(|value| pattern.is_match(value)),
                    "header {name} {value:?}: {context}"
                );
            }
            expected => assert_eq!(value, expected, "header {name}: {context}"),
        }
    }
    for (name, expected) in members(&expect["body"]) {
        assert_eq!(&body[name], expected, "{name}: {context}");
    }
    for name in list(&expect["absent"]) {
        assert!(body.get(name.as_str().unwrap()).is_none(), "{name} is there: {context}");
    }
    for (name, elements) in members(&expect["contains"]) {
        for element in list(elements) {
            assert!(list(&body[name]).contains(element), "{name} lacks {element}: {context}");
        }
    }
    for (name, elements) in members(&expect["lacks"]) {
        for element in list(elements) {
            assert!(!list(&body[name]).contains(element), "{name} has {element}: {context}");
        }
    }
    if !expect["keys_each"].is_null() {
        assert!(!list(&body["keys"]).is_empty(), "no keys: {context}");
        for (key, (name, expected)) in list(&body["keys"])
            .iter()
            .flat_map(|key| members(&expect["keys_each"]).map(move |member| (key, member)))
        {
            let matches = if expected == "*" { key[name].is_string() } else { &key[name] == expected };
            assert!(matches, "{name} of {key}: {context}");
        }
    }
    if let Some(place) = expect["same_as"].as_u64() {
        let other = &earlier[place as usize - 1];
        assert_eq!(
            (reply.status(), reply.body()),
            (other.status(), other.body()),
            "same as {place}: {context}"
        );
    }
    if let Some(expected) = expect["body_is"].as_str() {
        assert_eq!(reply.body(), expected, "body: {context}");
    }
    if let Some(token) = body["access_token"].as_str() {
        check_token(issuer, token, &body, expect, now, context);
    } else {
        assert!(expect["claims"].is_null() && expect["lifetime"].is_null(), "no token: {context}");
    }
}

fn check_token(issuer: &Issuer, token: &str, body: &Value, expect: &Value, now: i64, context: &str) {
    let (header, claims) = decoded(token);
    verified(issuer, token, &header, &claims, now);
    let id = claims["jti"].as_str().unwrap();
    assert!(id.starts_with("AT.") && id.len() == 46, "jti {id}: {context}");
    assert_eq!(claims["iat"], json!(now), "iat: {context}");
    let lifetime = claims["exp"].as_i64().unwrap() - now;
    assert_eq!(body["expires_in"], json!(lifetime), "expires_in: {context}");
    if !expect["lifetime"].is_null() {
        assert_eq!(json!(lifetime), expect["lifetime"], "lifetime: {context}");
    }
    for (name, expected) in members(&expect["claims"]) {
        assert_eq!(&claims[name], expected, "claim {name}: {claims} {context}");
    }
    for name in list(&expect["present_claims"]) {
        assert!(claims.get(name.as_str().unwrap()).is_some(), "claim {name} is missing: {claims} {context}");
    }
    for name in list(&expect["absent_claims"]) {
        assert!(claims.get(name.as_str().unwrap()).is_none(), "claim {name} is there: {claims} {context}");
    }
    for (name, expected) in members(&expect["header"]) {
        let kid = block_on(issuer.keys("default")).unwrap().0.keys()[0].key_id().unwrap().to_string();
        let expected = if expected == "$kid" { json!(kid) } else { expected.clone() };
        assert_eq!(header[name], expected, "header {name}: {context}");
    }
    for name in list(&expect["header_absent"]) {
        assert!(header.get(name.as_str().unwrap()).is_none(), "header {name} is there: {context}");
    }
}

/// Header and claims of a compact JWS, not verified.
pub(crate) fn decoded(token: &str) -> (Value, Value) {
    let mut parts = token.split('.');
    let mut part =
        || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap()).unwrap();
    (part(), part())
}

/// The token verifies with the keys that its server publishes.
fn verified(issuer: &Issuer, token: &str, header: &Value, claims: &Value, now: i64) {
    let (iss, aud) = (claims["iss"].as_str().unwrap(), claims["aud"].as_str().unwrap());
    let keys = match iss.split_once("/oauth2/") {
        Some((_, server)) => block_on(issuer.keys(server)).unwrap().0,
        None => {
            let path = "/oauth2/v1/keys";
            let reply = block_on(issuer.respond(chancery::Call::new("GET", path)));
            chancery::jose::JwkSet::parse(reply.body().as_bytes()).unwrap()
        }
    };
    let verifier = Verifier::new(iss, aud, keys);
    let verifier = match header["typ"].as_str() {
        Some(typ) => verifier.require_type(typ),
        None => verifier,
    };
    verifier.verify(token, Timestamp::from_unix(now)).expect("our own token");
}

/// What holds for every reply (A021, A331, A333).
pub(crate) fn always(reply: &Reply, context: &str) {
    let header = |name: &str| reply.header(name).unwrap_or_default();
    assert!([200, 204, 400, 401, 403, 404, 405, 413, 429, 500, 503].contains(&reply.status()), "{context}");
    if reply.body().is_empty() {
        return;
    }
    assert_eq!(header("Content-Type"), "application/json;charset=UTF-8", "{context}");
    assert_eq!(header("X-Content-Type-Options"), "nosniff", "{context}");
    for name in ["Server", "X-Powered-By", "Set-Cookie"] {
        assert_eq!(reply.header(name), None, "{context}");
    }
    let body: Value = serde_json::from_str(reply.body()).unwrap_or_else(|_| panic!("not JSON: {context}"));
    let body = body.as_object().unwrap_or_else(|| panic!("not an object: {context}"));
    assert!(body.values().all(|value| !value.is_null()), "a null: {context}");
    if body.contains_key("access_token") || reply.status() != 200 {
        assert_eq!((header("Cache-Control"), header("Pragma")), ("no-store", "no-cache"), "{context}");
    }
    if reply.status() == 200 {
        assert!(!body.contains_key("error") && !body.contains_key("refresh_token"), "{context}");
        return;
    }
    assert!(!body.contains_key("access_token") && reply.body().len() < 1024, "{context}");
    let names: Vec<&str> = body.keys().map(String::as_str).collect();
    let text = match names.as_slice() {
        ["error", "error_description"] => &body["error_description"],
        ["errorCauses", "errorCode", "errorId", "errorLink", "errorSummary"] => {
            assert_eq!(body["errorCode"], body["errorLink"], "{context}");
            assert!(body["errorId"].as_str().unwrap().starts_with("oae"), "{context}");
            &body["errorSummary"]
        }
        _ => panic!("{names:?} is no error: {context}"),
    };
    let text = text.as_str().unwrap();
    let allowed = |byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    assert!(text.len() <= 256 && text.bytes().all(allowed), "{context}");
}

/// The organisation compiles or not, and says why: each text stands in one mistake or warning.
pub(crate) fn compiled(organisation: &Value, case: &Value) {
    let (mistakes, warnings) = match org::compile(organisation) {
        Ok(org) => (Vec::new(), org.warnings().iter().map(ToString::to_string).collect::<Vec<_>>()),
        Err(errors) => {
            let texts =
                |list: &[chancery::model::ConfigWarning]| list.iter().map(ToString::to_string).collect();
            (errors.mistakes().iter().map(ToString::to_string).collect::<Vec<_>>(), texts(errors.warnings()))
        }
    };
    assert_eq!(mistakes.len(), list(&case["mistakes"]).len(), "mistakes: {mistakes:#?}");
    for (found, expected) in [(&mistakes, &case["mistakes"]), (&warnings, &case["warnings"])] {
        for text in list(expected) {
            let text = text.as_str().unwrap();
            assert!(found.iter().any(|found| found.contains(text)), "`{text}` is not in {found:#?}");
        }
    }
}

/// The rule of the default server that decides a request of `client` for `user`, by its name.
pub(crate) fn decided(organisation: &Value, request: &Value, rule: &Value) {
    only(request, &["client", "user", "groups", "grant", "scopes"]);
    let org = org::compile(organisation).expect("an organisation");
    let text = |name: &str| request[name].as_str().unwrap();
    let client = ClientId::new(text("client"));
    let user = request["user"].as_str().map(UserId::new);
    let groups: Vec<GroupId> =
        list(&request["groups"]).iter().map(|group| GroupId::new(group.as_str().unwrap())).collect();
    let scopes: Vec<&str> = list(&request["scopes"]).iter().map(|scope| scope.as_str().unwrap()).collect();
    let found = org.server("default").unwrap().matching_rule(&RuleRequest {
        client: &client,
        user: user.as_ref().map(|id| Person { id, groups: &groups }),
        grant: GrantType::parse(text("grant")).unwrap(),
        scopes: &scopes,
    });
    assert_eq!(found.map(|(_, rule)| rule.name()), rule.as_str());
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
