//! Hooks, from a request to its tokens.

use chancery::model::Document;
use chancery::testing::block_on;
use chancery::{Call, HookRecorder, Issuer, RecordedHooks};
use serde_json::{Value, json};

use super::stand::{HOOK_SECRET, Hook, SECRET, Stand, body, claims, org, patch};
use crate::scripted::keys;

fn stand() -> Stand {
    Stand::new(&org(json!({}), json!({})), Hook::Answers(200, b"{}".to_vec()))
}

const ALL: &str = "openid+offline_access+orders:read";

#[test]
fn ih_001_both_tokens_are_patched() {
    let stand = stand();
    stand.answers(&json!({ "commands": [
        patch("identity", json!([{ "op": "add", "path": "/claims/extPatientId", "value": "1234" }, { "op": "add", "path": "/claims/cars/-", "value": "2cv" },
            { "op": "replace", "path": "/token/lifetime/expiration", "value": 600 }])),
        patch("access", json!([{ "op": "replace", "path": "/claims/team", "value": "sails" }, { "op": "add", "path": "/token/lifetime/expiration", "value": 86400 }]))
    ] }));
    let reply = stand.sign_in(ALL);
    let (access, id) = (claims(&reply, "access_token"), claims(&reply, "id_token"));
    assert_eq!((&access["team"], &access["sub"]), (&json!("sails"), &json!("ada@example.com")));
    assert_eq!((&id["extPatientId"], &id["cars"]), (&json!("1234"), &json!(["mini", "beetle", "2cv"])));
    let life = |claims: &Value| claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!((life(&access), life(&id), &body(&reply)["expires_in"]), (86_400, 600, &json!(86_400)));
    // The hash is of the token that goes out, and the token is one that its server knows.
    assert!(id["at_hash"].is_string());
    let token = body(&reply)["access_token"].as_str().unwrap().to_owned();
    let form = format!("token={token}&client_id=0oaW&client_secret={SECRET}");
    let call = Call::new("POST", "/oauth2/aus1/v1/introspect")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(&form);
    assert_eq!(body(&block_on(stand.issuer.respond(call)))["active"], json!(true));
}

#[test]
fn ih_019_what_a_hook_is_sent() {
    let stand = stand();
    assert_eq!(stand.sign_in(ALL).status(), 200);
    let asked = stand.asked();
    let data = &asked["data"];
    for (pointer, expected) in [
        ("/eventType", json!("com.okta.oauth2.tokens.transform")),
        ("/eventTypeVersion", json!("1.0")),
        ("/cloudEventVersion", json!("0.1")),
        ("/contentType", json!("application/json")),
        ("/eventTime", json!("2026-01-01T00:00:00.000Z")),
        ("/source", json!("https://org.example/oauth2/aus1/v1/token")),
        ("/data/context/request/method", json!("POST")),
        ("/data/context/request/ipAddress", json!("192.0.2.9")),
        ("/data/context/request/url/value", json!("https://org.example/oauth2/aus1/v1/token")),
        ("/data/context/protocol/type", json!("OAUTH2.0")),
        ("/data/context/protocol/issuer/uri", json!("https://org.example/oauth2/aus1")),
        ("/data/context/protocol/client", json!({ "id": "0oaW", "name": "Web", "type": "CONFIDENTIAL" })),
        (
            "/data/context/protocol/request",
            json!({ "grant_type": "authorization_code", "client_id": "0oaW", "redirect_uri": "https://app.example/cb" }),
        ),
        ("/data/context/policy", json!({ "id": "00p1", "rule": { "id": "0pr1" } })),
        ("/data/context/user/id", json!("00uada")),
        ("/data/context/user/passwordChanged", json!("2025-01-01T00:00:00.000Z")),
        (
            "/data/context/user/profile",
            json!({ "login": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace", "locale": "en", "timeZone": "Europe/London" }),
        ),
        ("/data/context/session/id", json!("102session")),
        ("/data/context/session/userId", json!("00uada")),
        ("/data/context/session/login", json!("ada@example.com")),
        ("/data/context/session/createdAt", json!("2025-12-31T23:59:00.000Z")),
        ("/data/context/session/lastPasswordVerification", json!("2025-12-31T23:59:00.000Z")),
        ("/data/context/session/amr", json!(["pwd"])),
        ("/data/context/session/mfaActive", json!(false)),
        ("/data/identity/token/lifetime/expiration", json!(3600)),
        ("/data/access/token/lifetime/expiration", json!(3600)),
        ("/data/access/scopes/orders:read", json!({ "id": "scpread", "action": "GRANT" })),
        ("/data/access/claims/team", json!("engines")),
        ("/data/identity/claims/cars", json!(["mini", "beetle"])),
    ] {
        assert_eq!(asked.pointer(pointer), Some(&expected), "{pointer}");
    }
    assert_eq!(data["access"]["scopes"].as_object().unwrap().len(), 3);
    for hidden in ["iat", "exp", "scp"] {
        assert!(
            data["access"]["claims"].get(hidden).is_none()
                && data["identity"]["claims"].get(hidden).is_none()
        );
    }
    let oar = data["refresh_token"]["jti"].as_str().unwrap();
    assert!(oar.starts_with("oar") && oar.len() == 20, "{oar}");
    assert!(asked["eventId"].as_str().unwrap().len() == 22);
    assert!(data["context"]["request"]["id"].as_str().unwrap().starts_with("req"));
}

#[test]
fn ih_020_a_refresh_tells_how_it_began() {
    let stand = stand();
    let first = stand.sign_in(ALL);
    let oar = stand.asked()["data"]["refresh_token"]["jti"].clone();
    let token = body(&first)["refresh_token"].as_str().unwrap().to_owned();
    stand.answers(
        &json!({ "commands": [patch("access", json!([{ "op": "add", "path": "/claims/x", "value": 1 }]))] }),
    );
    let reply = stand.post(&format!("grant_type=refresh_token&refresh_token={token}"));
    assert_eq!(claims(&reply, "access_token")["x"], json!(1));
    let asked = stand.asked();
    let original = &asked["data"]["context"]["protocol"]["OriginalGrant"];
    assert_eq!((&original["refresh_token"]["jti"], &asked["data"]["refresh_token"]["jti"]), (&oar, &oar));
    assert_eq!(
        original["authorization"],
        json!({ "scope": "openid offline_access orders:read", "client_id": "0oaW", "response_type": "code" })
    );
    assert_eq!(asked["data"]["context"]["protocol"]["request"]["grant_type"], json!("refresh_token"));
}

#[test]
fn the_authorization_endpoint_asks_hooks_too() {
    let stand = stand();
    stand.answers(&json!({ "commands": [patch("access", json!([{ "op": "add", "path": "/claims/x", "value": 1 }, { "op": "replace", "path": "/token/lifetime/expiration", "value": 300 }])),
        patch("identity", json!([{ "op": "add", "path": "/claims/y", "value": 2 }]))] }));
    let parameters = stand.authorize("token+id_token", "openid+orders:read");
    let get = |name: &str| {
        parameters
            .iter()
            .find(|(known, _)| known == name)
            .unwrap_or_else(|| panic!("{parameters:?}"))
            .1
            .clone()
    };
    let token = |name: &str| crate::scripted::expect::decoded(&get(name)).1;
    assert_eq!(
        (token("access_token")["x"].clone(), token("id_token")["y"].clone(), get("expires_in")),
        (json!(1), json!(2), "300".to_owned())
    );
    let request = &stand.asked()["data"]["context"]["request"];
    assert_eq!(request["method"], json!("GET"));
    assert_eq!(request["ipAddress"], json!("198.51.100.4"));
    let url = request["url"]["value"].as_str().unwrap();
    assert!(
        url.starts_with("https://org.example/oauth2/aus1/v1/authorize?scope=openid%20orders%3Aread&state=s&"),
        "{url}"
    );
    // An ID token alone: there is no access token to patch, and the whole answer counts for nothing.
    let parameters = stand.authorize("id_token", "openid");
    let id = parameters.iter().find(|(name, _)| name == "id_token").unwrap();
    assert!(crate::scripted::expect::decoded(&id.1).1.get("y").is_none());
    assert!(stand.asked()["data"].get("access").is_none());
}

/// A276: nothing that gives access goes to the hook but its own secret, and that is never printed.
#[test]
fn a276_hooks_are_sent_no_secret() {
    let stand = stand();
    let code = stand.code(ALL);
    let first = stand.redeem(&code);
    let refresh = body(&first)["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(stand.post(&format!("grant_type=refresh_token&refresh_token={refresh}")).status(), 200);
    assert_eq!(stand.machine().status(), 200);
    let asked = stand.hook.asked.lock().unwrap();
    assert_eq!(asked.len(), 3);
    for request in asked.iter() {
        for secret in [SECRET, HOOK_SECRET, &code, &refresh, "dBjftJeZ4CVP", "E9Melhoa2Owv", "canary-salary"]
        {
            assert!(!request.body().contains(secret), "{secret}: {}", request.body());
        }
        let headers: Vec<_> = request.headers().map(|(name, value)| (name, value.expose())).collect();
        let expected = [
            ("Accept", "application/json"),
            ("Content-Type", "application/json"),
            ("X-Any", "thing"),
            ("Authorization", HOOK_SECRET),
        ];
        assert_eq!(headers, expected);
        assert_eq!(request.url(), "https://hooks.example.com/token");
        assert!(!format!("{request:?}").contains(HOOK_SECRET));
    }
    let org = stand.issuer.org();
    assert!(!format!("{org:?} {:?}", org.hook("cal1")).contains(HOOK_SECRET));
}

/// Machines have no session and no user, and an access token alone.
#[test]
fn machines_are_told_as_such() {
    let stand = stand();
    stand.answers(
        &json!({ "commands": [patch("access", json!([{ "op": "add", "path": "/claims/x", "value": 1 }]))] }),
    );
    assert_eq!(claims(&stand.machine(), "access_token")["x"], json!(1));
    let asked = stand.asked();
    for absent in ["/data/context/session", "/data/context/user", "/data/identity", "/data/refresh_token"] {
        assert_eq!(asked.pointer(absent), None, "{absent}");
    }
    assert_eq!(asked["data"]["context"]["request"]["ipAddress"], json!("10.0.0.7"));
}

fn failures() -> Vec<(&'static str, Hook)> {
    let commands = |operations: Value| {
        let good = patch("access", json!([{ "op": "add", "path": "/claims/applied", "value": true }]));
        json!({ "commands": [good, patch("access", operations)] }).to_string().into_bytes()
    };
    let mut failures = vec![
        ("ih-011 A266 no answer in time", Hook::Hangs),
        ("A266 connection reset", Hook::Faults),
        ("panic", Hook::Panics),
        ("ih-022 A268 too large", Hook::Answers(200, vec![b' '; 256 * 1024 + 1])),
        ("A268 html", Hook::Answers(200, b"<html>".to_vec())),
        ("A268 half", Hook::Answers(200, b"{\"commands\":".to_vec())),
        ("A268 deep", Hook::Answers(200, "[".repeat(10_000).into_bytes())),
        (
            "ih-003 replace of nothing",
            Hook::Answers(200, commands(json!([{ "op": "replace", "path": "/claims/nope", "value": 1 }]))),
        ),
        (
            "A269 reserved",
            Hook::Answers(200, commands(json!([{ "op": "replace", "path": "/claims/cid", "value": "x" }]))),
        ),
        (
            "A272 lifetime",
            Hook::Answers(
                200,
                commands(json!([{ "op": "replace", "path": "/token/lifetime/expiration", "value": 299 }])),
            ),
        ),
        (
            "no such token",
            Hook::Answers(
                200,
                json!({ "commands": [patch("identity", json!([]))] }).to_string().into_bytes(),
            ),
        ),
    ];
    for status in [301, 302, 307, 308, 404, 500, 503] {
        failures.push(("A265 A267 status", Hook::Answers(status, commands(json!([])))));
    }
    failures
}

/// A265, A266, A267: open, the token goes out as if there were no hook; closed, nothing does.
#[test]
fn a267_failures() {
    let no_hook = {
        let mut org = org(json!({}), json!({}));
        org["authorizationServers"][0]["policies"][0]["rules"][0]["actions"]["token"]["inlineHook"] =
            Value::Null;
        Stand::new(&org, Hook::Panics)
    };
    let mut plain = claims(&no_hook.machine(), "access_token");
    plain["jti"].take();
    assert!(no_hook.hook.asked.lock().unwrap().is_empty());
    for (what, behaves) in failures() {
        let open = Stand::new(&org(json!({}), json!({ "onFailure": "open" })), behaves.clone());
        let mut claims = claims(&open.machine(), "access_token");
        claims["jti"].take();
        assert_eq!(claims, plain, "{what}");
        // Never asked again.
        assert_eq!(open.hook.asked.lock().unwrap().len(), 1, "{what}");

        let closed = Stand::new(&org(json!({}), json!({ "onFailure": "closed" })), behaves);
        let reply = closed.machine();
        assert_eq!(
            (reply.status(), &body(&reply)["error"]),
            (503, &json!("temporarily_unavailable")),
            "{what}: {}",
            reply.body()
        );
        assert!(!reply.body().contains("hook"), "{}", reply.body());
        assert_eq!(closed.hook.asked.lock().unwrap().len(), 1, "{what}");
    }
}

/// A267: a failing hook burns neither code nor refresh token; and 204 is an answer without commands.
#[test]
fn a267_what_is_not_issued_is_not_spent() {
    let stand = Stand::new(&org(json!({}), json!({ "onFailure": "closed" })), Hook::Faults);
    let code = stand.code(ALL);
    assert_eq!(stand.redeem(&code).status(), 503);
    *stand.hook.behaves.lock().unwrap() = Hook::Answers(204, Vec::new());
    let reply = stand.redeem(&code);
    assert_eq!(reply.status(), 200, "{}", reply.body());
    let refresh =
        format!("grant_type=refresh_token&refresh_token={}", body(&reply)["refresh_token"].as_str().unwrap());
    *stand.hook.behaves.lock().unwrap() = Hook::Hangs;
    assert_eq!(stand.post(&refresh).status(), 503);
    *stand.hook.behaves.lock().unwrap() = Hook::Answers(204, Vec::new());
    assert_eq!(stand.post(&refresh).status(), 200);
}

#[test]
fn ih_009_a_hook_may_refuse() {
    for mode in ["open", "closed"] {
        let stand = Stand::new(
            &org(json!({}), json!({ "onFailure": mode })),
            Hook::Answers(200, b"{\"error\":{\"errorSummary\":\"bad\"}}".to_vec()),
        );
        let reply = stand.machine();
        assert_eq!(
            (reply.status(), body(&reply)),
            (400, json!({ "error": "server_error", "error_description": "bad" }))
        );
        stand.answers(&json!({ "error": { "errorSummary": "<script>\r\n\"ü" } }));
        assert_eq!(body(&stand.machine())["error_description"], json!("<script>????"));
        // ih-010
        stand.answers(&json!({ "error": {} }));
        assert_eq!(
            body(&stand.machine())["error_description"],
            json!("The callback service returned an error.")
        );
        let parameters = stand.authorize("id_token", "openid");
        assert!(parameters.contains(&("error".to_owned(), "server_error".to_owned())), "{parameters:?}");
    }
}

/// ih-023: an INACTIVE hook counts as one that fails, and is not called.
#[test]
fn ih_023_an_inactive_hook() {
    for (mode, status) in [("open", 200), ("closed", 503)] {
        let mut org = org(json!({}), json!({ "onFailure": mode }));
        org["inlineHooks"][0]["status"] = json!("INACTIVE");
        let stand = Stand::new(&org, Hook::Panics);
        assert_eq!(stand.machine().status(), status);
        assert!(stand.hook.asked.lock().unwrap().is_empty());
    }
}

#[test]
fn a_host_without_hooks_issues_nothing_that_needs_one() {
    let org = Document::from_json(org(json!({}), json!({}))).unwrap().compile().unwrap();
    let stand = Stand { issuer: Issuer::new(org, keys::local()), hook: stand().hook };
    let reply = stand.machine();
    let expected = "The setting 'inlineHook' is not supported by this authorization server.";
    assert_eq!((reply.status(), &body(&reply)["error_description"]), (400, &json!(expected)));
}

/// What the configuration opens: `sub` and `aud` of access tokens, and of these no server's but its own.
#[test]
fn hooks_change_sub_and_aud_where_they_may() {
    let change = |claim: &str, to: Value| json!({ "commands": [patch("access", json!([{ "op": "replace", "path": format!("/claims/{claim}"), "value": to }]))] });
    for (server, hook) in [
        (json!({}), json!({ "mayPatch": ["sub", "aud"] })),
        (json!({ "allowReservedClaims": ["sub", "aud"] }), json!({})),
    ] {
        let stand = Stand::new(&org(server, hook), Hook::Faults);
        let after = |claim: &str, to: &str| {
            stand.answers(&change(claim, json!(to)));
            claims(&stand.machine(), "access_token")[claim].clone()
        };
        assert_eq!(after("sub", "somebody"), json!("somebody"));
        assert_eq!(after("aud", "api://more"), json!("api://more"));
        assert_eq!(after("aud", "https://elsewhere.example"), json!("https://elsewhere.example"));
        // Another server's, the org server's, and one that would make an ID token of it.
        for foreign in ["api://foreign", "https://org.example", "0oaW", ""] {
            assert_eq!(after("aud", foreign), json!("api://orders"));
        }
        assert_eq!(after("cid", "0oaW"), json!("0oaS"));
    }
    let stand = stand();
    stand.answers(&change("sub", json!("somebody")));
    assert_eq!(claims(&stand.machine(), "access_token")["sub"], json!("0oaS"));
}

/// Okta's hook sees, and may change, what the policies made of the token.
#[test]
fn policies_come_before_the_hook() {
    let policies = json!([{ "name": "p", "actions": [
        { "addClaim": { "name": "tier", "value": "'gold'", "include": ["ACCESS_TOKEN", "ID_TOKEN"] } }, { "removeClaim": { "name": "team" } },
        { "accessTokenLifetimeMinutes": 10 }] }]);
    let stand = Stand::new(&org(json!({ "tokenPolicies": policies }), json!({})), Hook::Faults);
    // The hook fails, the policies hold.
    let reply = stand.sign_in(ALL);
    let access = claims(&reply, "access_token");
    assert_eq!(
        (&access["tier"], access.get("team"), &body(&reply)["expires_in"]),
        (&json!("gold"), None, &json!(600))
    );
    assert_eq!(claims(&reply, "id_token")["tier"], json!("gold"));
    let asked = stand.asked();
    assert_eq!(asked["data"]["access"]["claims"]["tier"], json!("gold"));
    assert_eq!(asked["data"]["access"]["token"]["lifetime"]["expiration"], json!(600));
    stand.answers(&json!({ "commands": [patch("access", json!([{ "op": "replace", "path": "/claims/tier", "value": "lead" }, { "op": "replace", "path": "/token/lifetime/expiration", "value": 900 }]))] }));
    let reply = stand.sign_in(ALL);
    let access = claims(&reply, "access_token");
    assert_eq!((&access["tier"], &body(&reply)["expires_in"]), (&json!("lead"), &json!(900)));
}

/// The example of the crate's page, end to end.
#[test]
fn a_department_for_internal_employees() {
    let policy = json!([{ "name": "Add department claim for internal apps", "status": "ACTIVE", "priority": 1,
        "conditions": { "groups": { "include": ["Internal Employees"], "exclude": [] }, "audiences": { "include": ["api://orders"] } },
        "actions": [{ "addClaim": { "name": "department", "value": "user.department", "valueType": "EXPRESSION", "include": ["ACCESS_TOKEN"] } }] }]);
    let stand = Stand::new(&org(json!({ "tokenPolicies": policy }), json!({})), Hook::Faults);
    let reply = stand.sign_in(ALL);
    assert_eq!(claims(&reply, "access_token")["department"], json!("Engines"));
    assert!(claims(&reply, "id_token").get("department").is_none());
    assert!(claims(&stand.machine(), "access_token").get("department").is_none());
}

/// A denial, wherever tokens are asked for; a code is no token, so it is redeemed in vain.
#[test]
fn a_policy_denies_at_every_endpoint() {
    let policy = json!([{ "name": "closed", "conditions": { "expression": "user.department == 'Engines'" },
        "actions": [{ "deny": { "reason": "audit 7", "description": "Closed for the audit." } }] }]);
    let stand = Stand::new(&org(json!({ "tokenPolicies": policy }), json!({})), Hook::Faults);
    let reply = stand.sign_in(ALL);
    assert_eq!(
        (reply.status(), body(&reply)),
        (401, json!({ "error": "access_denied", "error_description": "Closed for the audit." }))
    );
    let parameters = stand.authorize("token", "openid");
    let has =
        |name: &str, value: &str| parameters.iter().any(|(n, v)| (n.as_str(), v.as_str()) == (name, value));
    assert!(
        has("error", "access_denied") && has("error_description", "Closed for the audit."),
        "{parameters:?}"
    );
    assert_eq!(stand.machine().status(), 200);
    // Whom it denies is not shown to the hook either.
    assert_eq!(stand.hook.asked.lock().unwrap().len(), 1);
}

/// A recording answers as the hook did, and knows what it was not asked.
#[test]
fn hooks_are_recorded_and_replayed() {
    let file = org(json!({}), json!({ "onFailure": "closed" }));
    let compile = || Document::from_json(file.clone()).unwrap().compile().unwrap();
    let hook = Stand::new(&file, Hook::Faults);
    hook.answers(&json!({ "commands": [patch("access", json!([{ "op": "add", "path": "/claims/x", "value": "1" }]))] }));
    let recorder = HookRecorder::new(hook.hook.clone());
    let on = |issuer: Issuer| Stand { issuer, hook: hook.hook.clone() };
    let recorded = on(Issuer::new(compile(), keys::local()).with_token_hook(recorder.clone()));
    assert_eq!(claims(&recorded.machine(), "access_token")["x"], json!("1"));
    let recording = recorder.to_json();
    assert!(!recording.contains("canary"), "{recording}");

    let replay = || RecordedHooks::parse(&recording).unwrap();
    let replayed = on(Issuer::new(compile(), keys::local()).with_token_hook(replay()));
    assert_eq!(claims(&replayed.machine(), "access_token")["x"], json!("1"));
    let mut other = file.clone();
    other["authorizationServers"][0]["claims"][0]["value"] = json!("'sails'");
    let other = Document::from_json(other).unwrap().compile().unwrap();
    assert_eq!(on(Issuer::new(other, keys::local()).with_token_hook(replay())).machine().status(), 503);
}
