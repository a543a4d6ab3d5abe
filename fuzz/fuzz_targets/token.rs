//! Any request to the endpoints that clients ask directly: no fault, and tokens, news of tokens and revocations
//! only for who shows credentials and a grant of their own.
#![no_main]

use chancery_fuzz::read::{proven, values};
use chancery_fuzz::{NOW, PAST, Store, VERIFIER, issuer, post, redirect_uri};
use libfuzzer_sys::fuzz_target;
use serde_json::Value as Json;

fuzz_target!(|data: &[u8]| {
    // A byte for the endpoint, a line for the Authorization header, and the body.
    let Some((first, rest)) = data.split_first() else { return };
    let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return };
    let (header, body) = (&rest[..end], &rest[end + 1..]);
    let store = Store::of(&PAST.records);
    let issuer = issuer(&store);
    let endpoint = ["token", "introspect", "revoke"][usize::from(first % 3)];
    let reply = post(&issuer, endpoint, header, body);
    assert!(reply.status() < 500, "{} {}", reply.status(), reply.body());
    let json: Json = serde_json::from_str(reply.body()).unwrap_or_default();
    let one = |name| values(body, name).into_iter().next();
    let who =
        || proven(header, body).unwrap_or_else(|| panic!("nobody proved to be anybody: {}", reply.body()));
    if reply.status() != 200 {
        assert!(json["error"].is_string() || json["errorCode"].is_string(), "{}", reply.body());
        for member in ["access_token", "refresh_token", "id_token", "active"] {
            assert!(json[member].is_null(), "{member} beside an error");
        }
    } else if endpoint == "token" {
        let client = who();
        let own = |known: &str| client.strip_suffix("-client") == Some(known);
        let given = match one("grant_type").as_deref() {
            Some("client_credentials") => own("rs"),
            Some("authorization_code") => PAST.codes.iter().any(|(client, code)| {
                own(client)
                    && one("code").as_ref() == Some(code)
                    && one("redirect_uri") == Some(redirect_uri(client))
                    && one("code_verifier").as_deref() == Some(VERIFIER)
            }),
            Some("refresh_token") => PAST.tokens.iter().any(|(client, tokens)| {
                own(client) && one("refresh_token").as_deref() == tokens["refresh_token"].as_str()
            }),
            _ => false,
        };
        assert!(given, "{client}: {}", reply.body());
        assert!(
            json["access_token"].is_string()
                && json["expires_in"].as_u64().is_some_and(|seconds| seconds > 0)
        );
    } else if endpoint == "introspect" {
        let client = who();
        let active = json["active"].as_bool().expect("active or not");
        let token = one("token");
        let holder = PAST.tokens.iter().find(|(_, tokens)| {
            ["access_token", "refresh_token", "id_token"]
                .iter()
                .any(|name| token.as_deref() == tokens[*name].as_str())
        });
        if active {
            let (holder, _) = holder.expect("a token of the past");
            assert!(json["exp"].as_i64().is_some_and(|end| end > NOW));
            assert!(
                !matches!(&*client, "spa-client" | "native-client") || client == format!("{holder}-client")
            );
        } else {
            assert_eq!(json.as_object().map(|members| members.len()), Some(1), "{}", reply.body());
        }
    }
    if endpoint != "token" && store.records() != PAST.records {
        assert!(endpoint == "revoke" && reply.status() == 200);
        let (client, token) = (who(), one("token"));
        let own = PAST.tokens.iter().find(|(known, _)| client == format!("{known}-client"));
        let (_, tokens) = own.expect("a client that has tokens");
        let names = ["access_token", "refresh_token"];
        assert!(names.iter().any(|name| token.as_deref() == tokens[*name].as_str()), "ended by {token:?}");
    }
});
