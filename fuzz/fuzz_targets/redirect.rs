//! Any redirect URI registered and any other requested: a browser is sent to the second only if it is a place that
//! the first means, as browsers read URLs.
#![no_main]

use chancery::model::Document;
use chancery::testing::block_on;
use chancery::{Answer, Browser, Call};
use chancery_fuzz::read::{Sent, encoded, is_meant};
use chancery_fuzz::{BROWSER, CHALLENGE, issuer_of, login};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|data: &[u8]| {
    // A byte for the kind of app, a line with the registered URI, and the requested one.
    let Some((first, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let Some((registered, requested)) = text.split_once('\n') else { return };
    let (native, wildcards) = (first & 1 != 0, first & 2 != 0);
    let org = json!({
        "baseUrl": "https://as.test",
        "authorizationServers": [{"id": "default", "name": "default", "audiences": ["a"],
            "chancery": {"signing": {"alg": "EdDSA"}}, "policies": [{"name": "all",
            "conditions": {"clients": {"include": ["ALL_CLIENTS"]}}, "rules": [{"name": "all",
                "conditions": {"people": {"groups": {"include": ["EVERYONE"]}},
                    "grantTypes": {"include": ["authorization_code"]}, "scopes": {"include": ["*"]}}}]}]}],
        "apps": [{"id": "app", "name": "oidc_client", "label": "App", "signOnMode": "OPENID_CONNECT",
            "credentials": {"oauthClient": {"client_id": "client1", "client_secret": "secret-of-the-client",
                "token_endpoint_auth_method": "client_secret_basic"}},
            "settings": {"oauthClient": {"application_type": if native { "native" } else { "web" },
                "grant_types": ["authorization_code"], "response_types": ["code"], "redirect_uris": [registered],
                "wildcard_redirect": if wildcards { "SUBDOMAIN" } else { "DISABLED" }}},
            "groups": [{"id": "EVERYONE"}]}],
        "users": [{"id": "00ualice", "status": "ACTIVE", "profile": {"login": "alice@web.test"}}]
    });
    // What was refused when it was registered is nobody's.
    let Ok(org) = Document::from_json(org).expect("an object").compile() else { return };
    let parameters = [
        ("client_id", "client1"),
        ("redirect_uri", requested),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let target = format!("/oauth2/default/v1/authorize?{}", encoded(&parameters));
    let session = login();
    let browser = Browser::new(BROWSER).signed_in(&session);
    match block_on(issuer_of(org).answer(Call::new("GET", &target), &browser)) {
        Answer::Reply(reply) => {
            assert!(
                is_meant(registered, requested, native, wildcards),
                "{registered} does not mean {requested}"
            );
            let sent = Sent::of(&reply).expect("an answer for the client");
            assert!(sent.is_to(requested) && sent.gives(), "{reply:?}");
        }
        Answer::Error(page) => {
            assert_eq!(page.status(), 400);
            assert!(registered != requested || registered.contains('*'), "{registered} is not itself");
        }
        other => panic!("{other:?}"),
    }
});
