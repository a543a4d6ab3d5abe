//! Introspection, revocation, userinfo.

use chancery::Call;
use serde_json::{Value, json};

use super::world::{World, claims, json_of, location, outcome, sent};

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// in-001, in-002, in-007
#[test]
fn what_is_told_of_live_tokens() {
    let world = World::new();
    let tokens = world.tokens("web", &[]);
    let access = world.introspect("rs", text(&tokens["access_token"]));
    let issuer = "https://as.test/oauth2/default";
    for (name, value) in [
        ("active", json!(true)),
        ("token_type", json!("Bearer")),
        ("scope", json!("openid profile email offline_access api:read")),
        ("client_id", json!("web-client")),
        ("username", json!("alice@web.test")),
        ("sub", json!("alice@web.test")),
        ("uid", json!("00ualice")),
        ("aud", json!("api://default")),
        ("iss", json!(issuer)),
        ("dept", json!("Sales")),
        ("exp", json!(world.clock.now() + 3600)),
        ("iat", json!(world.clock.now())),
    ] {
        assert_eq!(access[name], value, "{name}");
    }
    assert!(access.get("jti").is_some());
    let refresh = world.introspect("rs", text(&tokens["refresh_token"]));
    for name in ["scope", "client_id", "username", "sub", "token_type", "active"] {
        assert_eq!(refresh[name], access[name], "{name}");
    }
    assert_eq!(refresh["exp"], world.clock.now() + 7 * 86_400);
    let id = world.introspect("rs", text(&tokens["id_token"]));
    assert_eq!((&id["active"], &id["client_id"]), (&json!(true), &json!("web-client")));

    let machine = json_of(&world.post(
        "default",
        "token",
        "rs",
        &[("grant_type", "client_credentials"), ("scope", "api:read")],
    ));
    let told = world.introspect("web", text(&machine["access_token"]));
    assert_eq!(told["active"], true);
    assert!(told.get("uid").is_none() && told.get("username").is_none());
}

/// A190: who may ask.
#[test]
fn a190_who_may_ask() {
    let world = World::new();
    let tokens = world.tokens("web", &[]);
    let form = format!("token={}", text(&tokens["access_token"]));
    let call = || {
        Call::new("POST", "/oauth2/default/v1/introspect")
            .header("Content-Type", b"application/x-www-form-urlencoded")
    };
    assert_eq!(outcome(&world.send(call().body(&form))), "401 invalid_client");
    let bearer = format!("Bearer {}", text(&tokens["access_token"]));
    assert_eq!(
        outcome(&world.send(call().header("Authorization", &bearer).body(&form))),
        "401 invalid_client"
    );
    let wrong = call().header("Authorization", "Basic cnMtY2xpZW50Ondyb25n").body(&form);
    assert_eq!(outcome(&world.send(wrong)), "401 invalid_client");
    assert_eq!(world.introspect("spa", text(&tokens["access_token"])), json!({"active": false}));
    let own = world.tokens("spa", &[]);
    assert_eq!(world.introspect("spa", text(&own["access_token"]))["active"], true);
    // in-005
    let missing = world.post("default", "introspect", "rs", &[]);
    assert_eq!(outcome(&missing), "400 invalid_request");
    assert!(missing.body().contains("The 'token' parameter is required."));
}

/// A191, in-003: what is worth nothing is told nothing of, whatever the hint.
#[test]
fn a191_inactive_is_all_there_is() {
    let world = World::new();
    let tokens = world.tokens("web", &[]);
    let good = text(&tokens["access_token"]).to_owned();
    let (head, signature) = good.rsplit_once('.').unwrap();
    let swapped: String = signature.chars().rev().collect();
    let none = format!("eyJhbGciOiJub25lIn0.{}.", head.split('.').nth(1).unwrap());
    let elsewhere = {
        let other = World::new();
        text(&other.tokens("web", &[])["refresh_token"]).to_owned()
    };
    let bad = ["garbage", "", &format!("{head}.{swapped}"), &none, &"x".repeat(20_000), &"A".repeat(43)];
    for token in bad.into_iter().filter(|token| !token.is_empty()) {
        for hint in ["access_token", "refresh_token", "id_token", "nonsense"] {
            let form = [("token", token), ("token_type_hint", hint)];
            let answer = json_of(&world.post("default", "introspect", "rs", &form));
            assert_eq!(answer, json!({"active": false}));
        }
    }
    let _ = elsewhere;
    for (token, hint) in [
        (&good, "refresh_token"),
        (&good, "nonsense"),
        (&text(&tokens["refresh_token"]).to_owned(), "access_token"),
    ] {
        let form = [("token", token.as_str()), ("token_type_hint", hint)];
        assert_eq!(json_of(&world.post("default", "introspect", "rs", &form))["active"], true, "{hint}");
    }
    let twice = [("token", good.as_str()), ("token_type_hint", "a"), ("token_type_hint", "b")];
    assert_eq!(outcome(&world.post("default", "introspect", "rs", &twice)), "400 invalid_request");
    // Another server's token is no token here.
    let answer = json_of(&world.post("other", "introspect", "rs", &[("token", &good)]));
    assert_eq!(answer, json!({"active": false}));
    world.at(3600);
    assert!(!world.is_active(&tokens["access_token"]), "expired");
}

/// A192, A197, A199: revoked is revoked, at once.
#[test]
fn a197_revocation() {
    let world = World::new();
    let tokens = world.tokens("web", &[]);
    let (access, refresh) = (text(&tokens["access_token"]), text(&tokens["refresh_token"]));
    for form in [
        vec![("token", "unknown")],
        vec![("token", text(&tokens["id_token"]))],
        vec![("token", access), ("token_type_hint", "refresh_token")],
        vec![("token", access)],
    ] {
        let reply = world.post("default", "revoke", "web", &form);
        assert_eq!((reply.status(), reply.body()), (200, ""));
    }
    assert!(!world.is_active(&tokens["access_token"]));
    assert_eq!(world.userinfo(access).status(), 401);
    assert!(world.is_active(&tokens["refresh_token"]), "the refresh token lives on");
    let next = json_of(&world.refresh("web", refresh));
    assert!(world.is_active(&next["access_token"]));
    let form = [("token", text(&next["refresh_token"])), ("token_type_hint", "access_token")];
    assert_eq!(world.post("default", "revoke", "web", &form).status(), 200);
    assert!(!world.is_active(&next["refresh_token"]) && !world.is_active(&next["access_token"]));
    for bad in [vec![], vec![("token", "")], vec![("token", access), ("token", access)]] {
        assert_eq!(outcome(&world.post("default", "revoke", "web", &bad)), "400 invalid_request");
    }
}

/// A code is no token: revoking it ends nothing, whether it waits or was redeemed.
#[test]
fn codes_are_not_revoked() {
    let world = World::new();
    let code = world.code("web", &[]);
    assert_eq!(world.revoke("web", &code).status(), 200);
    let tokens = json_of(&world.redeem("web", &code));
    assert_eq!(world.revoke("web", &code).status(), 200);
    assert!(world.is_active(&tokens["access_token"]) && world.is_active(&tokens["refresh_token"]));
}

/// A refresh token is told of as what it would yield now.
#[test]
fn a_refresh_token_tells_what_is_left_of_it() {
    let world = World::new();
    let tokens = world.tokens("web", &[("scope", "openid offline_access api:read")]);
    world.change(&[
        ("/authorizationServers/0/scopes", json!([{"name": "api:write"}, {"name": "extra"}])),
        ("/authorizationServers/0/claims", json!([])),
        ("/authorizationServers/0/policies/0/rules/1/conditions/scopes/include", json!(["api:write"])),
    ]);
    assert_eq!(world.introspect("rs", text(&tokens["refresh_token"]))["scope"], "openid offline_access");
}

/// A198, rv-005: nobody revokes what is another client's.
#[test]
fn a198_anothers_token() {
    let world = World::new();
    let tokens = world.tokens("web", &[]);
    for client in ["web2", "spa"] {
        for token in [&tokens["access_token"], &tokens["refresh_token"], &json!("unknown")] {
            let reply = world.revoke(client, text(token));
            assert_eq!((reply.status(), reply.body()), (200, ""));
        }
    }
    assert!(world.is_active(&tokens["access_token"]) && world.is_active(&tokens["refresh_token"]));
}

/// ui-003 to ui-006, A203
#[test]
fn a203_who_gets_userinfo() {
    let world = World::new();
    let tokens = world.tokens("web", &[]);
    let access = text(&tokens["access_token"]);
    let header = format!("Bearer {access}");
    let call = || Call::new("GET", "/oauth2/default/v1/userinfo");
    let challenge = |reply: &chancery::Reply| reply.header("WWW-Authenticate").unwrap().to_owned();

    let info = json_of(&world.userinfo(access));
    assert_eq!((&info["sub"], &info["department"]), (&json!("00ualice"), &json!("Sales")));
    assert_eq!((&info["email"], &info["given_name"]), (&json!("alice@web.test"), &json!("Alice")));

    let missing = world.send(call());
    assert_eq!(outcome(&missing), "401 invalid_request");
    assert!(challenge(&missing).starts_with("Bearer ") && !challenge(&missing).contains("error="));
    for bad in ["garbage", text(&tokens["id_token"]), text(&tokens["refresh_token"])] {
        let reply = world.userinfo(bad);
        assert_eq!(outcome(&reply), "401 invalid_token", "A204");
        assert!(challenge(&reply).contains("error=\"invalid_token\""));
    }
    let both = call().header("Authorization", &header).header("Authorization", &header);
    assert_eq!(outcome(&world.send(both)), "400 invalid_request");
    let body = format!("access_token={access}");
    let both = Call::new("POST", "/oauth2/default/v1/userinfo")
        .header("Authorization", &header)
        .header("Content-Type", b"application/x-www-form-urlencoded")
        .body(&body);
    assert_eq!(outcome(&world.send(both)), "400 invalid_request");
    let target = format!("/oauth2/default/v1/userinfo?access_token={access}");
    assert_eq!(outcome(&world.send(Call::new("GET", &target))), "400 invalid_request");

    let narrow = world.tokens("web", &[("scope", "api:read")]);
    let reply = world.userinfo(text(&narrow["access_token"]));
    assert_eq!(reply.status(), 403);
    assert!(challenge(&reply).contains("error=\"insufficient_scope\""));
    assert!(challenge(&reply).contains(
        "The access token must provide access to at least one of these scopes - profile, email, address or phone"
    ));
    world.at(3600);
    assert_eq!(outcome(&world.userinfo(access)), "401 invalid_token", "ui-004");
}

/// A205
#[test]
fn a205_what_changed_since() {
    for (pointer, value) in [
        ("/users/0/status", json!("DEPROVISIONED")),
        ("/apps/0/status", json!("INACTIVE")),
        ("/apps/0/groups", json!([])),
    ] {
        let world = World::new();
        let tokens = world.tokens("web", &[]);
        world.change(&[(pointer, value)]);
        assert_eq!(outcome(&world.userinfo(text(&tokens["access_token"]))), "401 invalid_token", "{pointer}");
        assert!(!world.is_active(&tokens["access_token"]) && !world.is_active(&tokens["refresh_token"]));
    }
}

/// A token's id names its grant, and nobody learns a secret from it.
#[test]
fn ids_of_tokens() {
    let world = World::new();
    let tokens = world.tokens("web", &[]);
    let id = claims(&tokens["access_token"])["jti"].as_str().unwrap().to_owned();
    let parts: Vec<&str> = id.split('.').collect();
    assert_eq!((parts[0], parts[1].len(), parts[2].len()), ("AT", 43, 20));
    assert!(parts[2].starts_with("oar"));
    let next = json_of(&world.refresh("web", text(&tokens["refresh_token"])));
    let next = claims(&next["access_token"])["jti"].as_str().unwrap().to_owned();
    assert!(next.ends_with(parts[2]) && next != id);
}

/// As `@okta/okta-auth-js` revokes: a public client's id by itself in the header. It helps no other client,
/// and at no other endpoint.
#[test]
fn a_browser_revokes_by_its_id_alone() {
    let world = World::new();
    let ask = |endpoint: &str, id: &str, form: &str| {
        let header = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, id);
        let header = format!("Basic {header}");
        let target = format!("/oauth2/default/v1/{endpoint}");
        let call = Call::new("POST", &target)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Authorization", &header);
        world.send(call.body(form)).status()
    };
    for (client, others) in [("spa", ["web-client", "nobody"]), ("web", ["spa-client", "web-client"])] {
        let tokens = world.tokens(client, &[]);
        let form = format!("token={}", text(&tokens["access_token"]));
        for other in others {
            ask("revoke", other, &form);
            assert!(world.is_active(&tokens["access_token"]), "{client} by {other}");
        }
    }
    let tokens = world.tokens("spa", &[]);
    let form = format!("token={}", text(&tokens["access_token"]));
    assert_eq!(ask("revoke", "web-client", &form), 401);
    assert_eq!(ask("revoke", "spa-client", &format!("{form}&client_id=web-client")), 401);
    assert_eq!(ask("introspect", "spa-client", &form), 401);
    assert_eq!(ask("token", "spa-client", "grant_type=authorization_code&code=x"), 401);
    assert!(world.is_active(&tokens["access_token"]));
    assert_eq!(ask("revoke", "spa-client", &form), 200);
    assert!(!world.is_active(&tokens["access_token"]));
}

/// An access token that came with the code counts before the code does, and ends with the grant.
#[test]
fn a_hybrid_access_token_does_not_wait_for_its_code() {
    let world = World::new();
    let hybrid = || {
        let login = world.login("00ualice");
        let reply = sent(world.authorize("web2", &[("response_type", "code token")], Some(&login)));
        let mut parameters = location(&reply);
        (parameters.remove("code").unwrap(), json!(parameters.remove("access_token").unwrap()))
    };
    let (code, token) = hybrid();
    assert!(world.is_active(&token), "before the code is redeemed");
    assert_eq!(world.userinfo(text(&token)).status(), 200);
    assert_eq!(world.redeem("web2", &code).status(), 200);
    assert!(world.is_active(&token), "after it");
    assert_eq!(outcome(&world.redeem("web2", &code)), "400 invalid_grant");
    assert!(!world.is_active(&token), "a code that came twice ends what came with it");
    // The code dies of age, or of a wrong verifier; the token lives as long as it says, or dies too.
    let (_, token) = hybrid();
    let (burnt, dead) = hybrid();
    let wrong = [("code_verifier", "a-wrong-verifier-of-forty-three-characters-")];
    assert_eq!(outcome(&world.redeem_with("web2", &burnt, &wrong)), "400 invalid_grant");
    assert!(!world.is_active(&dead));
    world.at(3599);
    assert!(world.is_active(&token));
    world.at(3600);
    assert!(!world.is_active(&token));
}
