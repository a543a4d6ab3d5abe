//! Codes: redeemed once, by who asked for them, with the proof.

use serde_json::json;

use super::world::{CHALLENGE, VERIFIER, World, claims, json_of, outcome};

/// id-002, code-013: what the code flow yields.
#[test]
fn tokens_of_a_code() {
    let world = World::new();
    let tokens = world.tokens("web", &[]);
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "openid profile email offline_access api:read");
    assert_eq!(tokens["refresh_token"].as_str().unwrap().len(), 43);
    let access = claims(&tokens["access_token"]);
    assert_eq!(access["sub"], "alice@web.test");
    assert_eq!(access["uid"], "00ualice");
    assert_eq!(access["cid"], "web-client");
    assert_eq!(access["aud"], "api://default");
    assert_eq!(access["dept"], "Sales");
    assert_eq!(access["auth_time"], world.clock.now());
    let id = claims(&tokens["id_token"]);
    assert_eq!(id["sub"], "00ualice");
    assert_eq!(id["aud"], "web-client");
    assert_eq!((&id["nonce"], &id["amr"]), (&json!("n1"), &json!(["pwd"])));
    assert_eq!(id["name"], "Alice Adams");
    assert!(id.get("department").is_none(), "id-008: left to userinfo");
    assert!(id.get("at_hash").is_some() && id.get("c_hash").is_none());
}

/// A001: a code that comes again ends what it yielded.
#[test]
fn a001_a_replay_revokes() {
    for later in [1, 30] {
        let world = World::new();
        let code = world.code("web", &[]);
        let tokens = json_of(&world.redeem("web", &code));
        assert!(world.is_active(&tokens["access_token"]) && world.is_active(&tokens["refresh_token"]));
        world.at(later);
        assert_eq!(outcome(&world.redeem("web", &code)), "400 invalid_grant");
        assert!(!world.is_active(&tokens["access_token"]) && !world.is_active(&tokens["refresh_token"]));
        assert_eq!(world.userinfo(tokens["access_token"].as_str().unwrap()).status(), 401);
        let refresh = world.refresh("web", tokens["refresh_token"].as_str().unwrap());
        assert_eq!(outcome(&refresh), "400 invalid_grant");
    }
}

/// A004, code-002: another client's code, and it still is its own client's.
#[test]
fn a004_a_code_is_its_clients() {
    let world = World::new();
    let code = world.code("web", &[]);
    for other in ["web2", "spa", "asks"] {
        let reply = world.redeem_with(other, &code, &[("redirect_uri", "https://web.test/cb")]);
        assert_eq!(outcome(&reply), "400 invalid_grant", "{other}");
        assert!(reply.body().contains("The grant was issued to another client."));
    }
    assert_eq!(world.redeem("web", &code).status(), 200);
}

/// A005, az-024: 300 seconds.
#[test]
fn a005_a_code_expires() {
    for (later, expected) in [(299, "200"), (300, "400 invalid_grant"), (301, "400 invalid_grant")] {
        let world = World::new();
        let earlier = world.tokens("web", &[]);
        let code = world.code("web", &[]);
        world.at(later);
        assert_eq!(outcome(&world.redeem("web", &code)), expected, "{later}");
        assert!(world.is_active(&earlier["access_token"]), "nothing else is revoked");
    }
}

/// A007: splices and flipped bits are nothing, and harm nothing.
#[test]
fn a007_spliced_codes() {
    let world = World::new();
    let (c1, c2) = (world.code("web", &[]), world.code("web", &[]));
    for cut in 1..43 {
        let splice = format!("{}{}", &c1[..cut], &c2[cut..]);
        assert_eq!(outcome(&world.redeem("web", &splice)), "400 invalid_grant");
    }
    for bit in 0..43 * 8 {
        let mut bytes = c1.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(flipped) = String::from_utf8(bytes) {
            let outcome = outcome(&world.redeem("web", &flipped));
            assert!(outcome.starts_with("400 invalid_"), "{outcome}");
        }
    }
    assert_eq!(world.redeem("web", &c1).status(), 200);
    assert_eq!(world.redeem("web", &c2).status(), 200);
}

/// A010, po: what changed between sign-in and redemption.
#[test]
fn a010_changes_before_redemption() {
    for (pointer, value, expected) in [
        ("/users/0/status", json!("DEPROVISIONED"), "400 invalid_grant"),
        ("/users", json!([]), "400 invalid_grant"),
        ("/apps/0/status", json!("INACTIVE"), "401 invalid_client"),
        ("/apps/0/settings/oauthClient/grant_types", json!(["refresh_token"]), "400 unauthorized_client"),
        ("/apps/0/groups", json!([]), "400 access_denied"),
        // code-012: policies were asked at sign-in.
        ("/authorizationServers/0/policies/0/rules/0/status", json!("INACTIVE"), "200"),
        ("/authorizationServers/0/status", json!("INACTIVE"), "400 invalid_request"),
    ] {
        let world = World::new();
        let code = world.code("web", &[]);
        let mut changes = vec![(pointer, value)];
        if pointer == "/users" {
            changes.push(("/groups/0/users", json!([])));
        }
        if pointer.ends_with("grant_types") {
            changes.push(("/apps/0/settings/oauthClient/response_types", json!([])));
        }
        world.change(&changes);
        assert_eq!(outcome(&world.redeem("web", &code)), expected, "{pointer}");
    }
}

/// A010 (d): a consent that is taken back takes the code with it.
#[test]
fn a010_consent_revoked_before_redemption() {
    use super::world::sent;
    use chancery::testing::block_on;
    use chancery::{Answer, Browser, ConsentDecision};
    let world = World::new();
    let login = world.login("00ualice");
    let scope = ("scope", "openid api:write");
    let Answer::Consent(prompt) = world.authorize("asks", &[scope], Some(&login)) else {
        panic!("no consent page")
    };
    let browser = Browser::new("the-browser-s-cookie").signed_in(&login);
    let answer = block_on(world.issuer.consent(prompt.interaction(), &browser, ConsentDecision::AllowAll));
    let code = super::world::location(&sent(answer))["code"].clone();
    block_on(world.issuer.revoke_consent("default", &"asks-client".into(), &"00ualice".into())).unwrap();
    assert_eq!(outcome(&world.redeem("asks", &code)), "400 invalid_grant");
}

/// A015: what the store holds is of no use to who reads it. See `host` for what it holds.
#[test]
fn a016_what_is_missing_consumes_nothing() {
    let world = World::new();
    let code = world.code("web", &[]);
    for form in [
        vec![("grant_type", "authorization_code"), ("redirect_uri", "https://web.test/cb")],
        vec![("grant_type", "authorization_code"), ("code", "")],
        vec![("grant_type", "authorization_code"), ("code", &code), ("code", &code)],
        vec![("grant_type", "authorization_code"), ("code", &code), ("code_verifier", VERIFIER)],
    ] {
        assert_eq!(outcome(&world.post("default", "token", "web", &form)), "400 invalid_request");
    }
    assert_eq!(world.redeem("web", &code).status(), 200);
}

/// A024, A028, code-004: the verifier must fit, and who has another burns the code.
#[test]
fn a028_a_wrong_verifier_burns_the_code() {
    for wrong in ["", "wrong", CHALLENGE] {
        let world = World::new();
        let code = world.code("web", &[]);
        let reply = world.redeem_with("web", &code, &[("code_verifier", wrong)]);
        assert_eq!(outcome(&reply), "400 invalid_grant");
        assert!(reply.body().contains("PKCE verification failed."));
        assert_eq!(outcome(&world.redeem("web", &code)), "400 invalid_grant");
    }
    let world = World::new();
    let code = world.code("web", &[]);
    let twice = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", "https://web.test/cb"),
        ("code_verifier", VERIFIER),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(outcome(&world.post("default", "token", "web", &twice)), "400 invalid_request");
    assert_eq!(world.redeem("web", &code).status(), 200);
}

/// A032: a verifier belongs to one flow.
#[test]
fn a032_crossed_verifiers() {
    let other_verifier = "a".repeat(43);
    let digest = ring::digest::digest(&ring::digest::SHA256, other_verifier.as_bytes());
    let other = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, digest.as_ref());
    let world = World::new();
    let a = world.code("spa", &[]);
    let b = world.code("spa", &[("code_challenge", &other)]);
    assert_eq!(
        outcome(&world.redeem_with("spa", &a, &[("code_verifier", &other_verifier)])),
        "400 invalid_grant"
    );
    assert_eq!(outcome(&world.redeem("spa", &b)), "400 invalid_grant");
}

/// A challenge that was stripped on its way does not go unnoticed.
#[test]
fn a_verifier_needs_a_challenge() {
    let world = World::new();
    let code = world.code("web2", &[("code_challenge", ""), ("code_challenge_method", "")]);
    assert_eq!(outcome(&world.redeem("web2", &code)), "400 invalid_request");
    assert_eq!(world.redeem_with("web2", &code, &[("code_verifier", "")]).status(), 200);
}

/// code-003, code-010
#[test]
fn codes_fit_their_request() {
    let world = World::new();
    let code = world.code("web", &[]);
    let other = world.redeem_with("web", &code, &[("redirect_uri", "https://web.test/other")]);
    assert_eq!(outcome(&other), "400 invalid_grant");
    assert!(other.body().contains("The 'redirect_uri' does not match the redirection URI"));
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://web.test/cb"),
        ("code_verifier", VERIFIER),
    ];
    let other = world.post("other", "token", "web", &form);
    assert_eq!(outcome(&other), "400 invalid_request");
    assert!(other.body().contains("The grant was issued for another authorization server."));
    assert_eq!(world.redeem("web", &code).status(), 200);
}

/// rt-014: without the grant there is no refresh token, and no error.
#[test]
fn no_refresh_token_without_the_grant() {
    let world = World::new();
    let tokens = world.tokens("brief", &[]);
    assert!(tokens.get("refresh_token").is_none());
    assert!(world.is_active(&tokens["access_token"]));
}

/// A136: a code and what follows from it are for one audience.
#[test]
fn a136_the_audience_stays() {
    let world = World::new();
    world.change(&[("/authorizationServers/0/audiences", json!(["api://default", "api://second"]))]);
    let code = world.code("web", &[("resource", "api://second")]);
    for name in ["resource", "audience"] {
        assert_eq!(
            outcome(&world.redeem_with("web", &code, &[(name, "api://default")])),
            "400 invalid_target"
        );
    }
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://web.test/cb"),
        ("code_verifier", VERIFIER),
        ("resource", "api://second"),
        ("resource", "api://default"),
    ];
    assert_eq!(outcome(&world.post("default", "token", "web", &form)), "400 invalid_target");
    let tokens = json_of(&world.redeem_with("web", &code, &[("resource", "api://second")]));
    assert_eq!(claims(&tokens["access_token"])["aud"], "api://second");
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(
        outcome(&world.refresh_with("web", refresh, &[("resource", "api://default")])),
        "400 invalid_target"
    );
    let again = json_of(&world.refresh("web", refresh));
    assert_eq!(claims(&again["access_token"])["aud"], "api://second");
}

/// A133: a scope that the user leaves out is in no token. Okta does not ask for it again, not even where it
/// may not ask at all.
#[test]
fn a133_a_scope_that_was_left_out() {
    use super::world::{location, sent};
    use chancery::testing::block_on;
    use chancery::{Answer, Browser, ConsentDecision};
    let world = World::new();
    let login = world.login("00ualice");
    let scope = ("scope", "openid api:write extra");
    let Answer::Consent(prompt) = world.authorize("asks", &[scope], Some(&login)) else {
        panic!("no consent page")
    };
    let browser = Browser::new("the-browser-s-cookie").signed_in(&login);
    let decision = ConsentDecision::Allow { optional: Vec::new() };
    let first = sent(block_on(world.issuer.consent(prompt.interaction(), &browser, decision)));
    let later = sent(world.authorize("asks", &[scope, ("prompt", "none")], Some(&login)));
    for reply in [first, later] {
        let tokens = json_of(&world.redeem("asks", &location(&reply)["code"]));
        assert_eq!(tokens["scope"], "openid api:write");
        assert_eq!(claims(&tokens["access_token"])["scp"], json!(["openid", "api:write"]));
    }
}
