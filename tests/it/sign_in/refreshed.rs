//! Refresh tokens: rotated, used again too late, narrowed, ended.

use chancery::testing::block_on;
use chancery::{Answer, Browser, ConsentDecision};
use serde_json::{Value, json};

use super::world::{VERIFIER, World, claims, json_of, location, outcome, sent};

fn token(tokens: &Value) -> String {
    tokens["refresh_token"].as_str().unwrap().to_owned()
}

/// A110: reuse ends everything.
#[test]
fn a110_reuse_without_leeway() {
    let world = World::new();
    let first = world.tokens("spa", &[]);
    let second = json_of(&world.refresh("spa", &token(&first)));
    assert_ne!(token(&first), token(&second));
    world.at(1);
    assert_eq!(outcome(&world.refresh("spa", &token(&first))), "400 invalid_grant");
    assert_eq!(outcome(&world.refresh("spa", &token(&second))), "400 invalid_grant");
    for tokens in [&first, &second] {
        assert!(!world.is_active(&tokens["access_token"]));
    }
}

/// A112, rt-005: inside the leeway the same successor, after it reuse.
#[test]
fn a112_inside_the_leeway() {
    let world = World::new();
    let first = world.tokens("web", &[]);
    let second = json_of(&world.refresh("web", &token(&first)));
    for later in [0, 10, 29] {
        world.at(later);
        let again = json_of(&world.refresh("web", &token(&first)));
        assert_eq!(token(&again), token(&second), "one successor");
        assert_ne!(claims(&again["access_token"])["jti"], claims(&second["access_token"])["jti"]);
    }
    world.at(31);
    assert_eq!(outcome(&world.refresh("web", &token(&first))), "400 invalid_grant");
    assert_eq!(outcome(&world.refresh("web", &token(&second))), "400 invalid_grant");
}

/// A client that lost two answers still gets where it was.
#[test]
fn the_chain_within_the_leeway() {
    let world = World::new();
    let first = world.tokens("web", &[]);
    let second = json_of(&world.refresh("web", &token(&first)));
    let third = json_of(&world.refresh("web", &token(&second)));
    world.at(5);
    assert_eq!(token(&json_of(&world.refresh("web", &token(&first)))), token(&second));
    assert_eq!(token(&json_of(&world.refresh("web", &token(&second)))), token(&third));
    assert!(world.is_active(&third["refresh_token"]));
}

/// Asking again keeps nothing alive for longer, and of one grant eight replaced tokens are remembered.
#[test]
fn what_the_leeway_does_not_do() {
    let world = World::new();
    let first = world.tokens("web", &[]);
    let second = json_of(&world.refresh("web", &token(&first)));
    let ends = |world: &World| world.introspect("rs", &token(&second))["exp"].as_i64().unwrap();
    let before = ends(&world);
    world.at(20);
    assert_eq!(token(&json_of(&world.refresh("web", &token(&first)))), token(&second));
    assert_eq!(ends(&world), before);

    let world = World::new();
    let mut tokens = vec![token(&world.tokens("web", &[]))];
    for place in 0..9 {
        tokens.push(token(&json_of(&world.refresh("web", &tokens[place]))));
    }
    assert_eq!(token(&json_of(&world.refresh("web", &tokens[1]))), tokens[2]);
    assert_eq!(outcome(&world.refresh("web", &tokens[0])), "400 invalid_grant");
    assert_eq!(outcome(&world.refresh("web", &tokens[9])), "400 invalid_grant", "it counted as reuse");
}

const DAY: i64 = 86_400;

/// A115, rt-006, rt-007: rotation inherits the end, and idling has its own.
#[test]
fn a115_lifetimes() {
    let world = World::new();
    let mut tokens = world.tokens("web", &[]);
    // 100 days in all, 7 between two uses.
    for day in (6..100).step_by(6) {
        world.at(day * DAY);
        tokens = json_of(&world.refresh("web", &token(&tokens)));
    }
    let expires = world.introspect("rs", &token(&tokens))["exp"].as_i64().unwrap();
    assert_eq!(expires, crate::scripted::NOW + 100 * DAY);
    world.at(100 * DAY - 1);
    let last = json_of(&world.refresh("web", &token(&tokens)));
    world.at(100 * DAY);
    assert_eq!(outcome(&world.refresh("web", &token(&last))), "400 invalid_grant");

    let world = World::new();
    let tokens = world.tokens("web", &[]);
    world.at(7 * DAY - 1);
    let next = json_of(&world.refresh("web", &token(&tokens)));
    // Within the leeway, but past its own end.
    world.at(7 * DAY + 5);
    assert_eq!(outcome(&world.refresh("web", &token(&tokens))), "400 invalid_grant");
    assert_eq!(world.refresh("web", &token(&next)).status(), 200);
    let idle = World::new();
    let tokens = idle.tokens("web", &[]);
    idle.at(7 * DAY + 60);
    assert_eq!(outcome(&idle.refresh("web", &token(&tokens))), "400 invalid_grant");
}

/// A116, rt-009, rt-010: scopes shrink for one answer and never grow. Okta's word for more is
/// `access_denied`.
#[test]
fn a116_scopes() {
    let world = World::new();
    let tokens = world.tokens("web", &[("scope", "openid offline_access api:read")]);
    let mut current = token(&tokens);
    for wider in ["openid api:read api:write", "api:write", "openid offline_access api:read email"] {
        let reply = world.refresh_with("web", &current, &[("scope", wider)]);
        assert_eq!(outcome(&reply), "400 access_denied", "{wider}");
    }
    let twice =
        [("grant_type", "refresh_token"), ("refresh_token", &current), ("scope", "a"), ("scope", "a")];
    assert_eq!(outcome(&world.post("default", "token", "web", &twice)), "400 invalid_request");
    for (scope, granted) in [
        ("api:read", "api:read"),
        ("api:read openid", "api:read openid"),
        ("", "openid offline_access api:read"),
    ] {
        let reply = world.refresh_with("web", &current, &[("scope", scope)]);
        let answer = json_of(&reply);
        assert_eq!(answer["scope"], granted);
        assert_eq!(answer.get("id_token").is_some(), granted.contains("openid"));
        current = token(&answer);
    }
}

/// A117, rt-012: only its client uses it, and nobody else ends it.
#[test]
fn a117_anothers_token() {
    let world = World::new();
    let first = token(&world.tokens("web", &[]));
    let reply = world.refresh("web2", &first);
    assert_eq!(outcome(&reply), "400 invalid_grant");
    assert!(reply.body().contains("The grant was issued to another client."));
    assert_eq!(outcome(&world.refresh("spa", &first)), "400 invalid_grant");
    assert_eq!(world.refresh("web", &first).status(), 200);
}

/// A118, rt-013, po-017: what changed since sign-in.
#[test]
fn a118_changes_before_a_refresh() {
    for (pointer, value, expected) in [
        ("/users/0/status", json!("SUSPENDED"), "400 invalid_grant"),
        ("/groups/0/users", json!(["00ubob"]), "401 access_denied"),
        (
            "/apps/0/settings/oauthClient/grant_types",
            json!(["authorization_code"]),
            "400 unauthorized_client",
        ),
        ("/apps/0/groups", json!([]), "400 access_denied"),
        ("/apps/0/status", json!("INACTIVE"), "401 invalid_client"),
        (
            "/authorizationServers/0/policies/0/rules/0/conditions/grantTypes/include",
            json!(["refresh_token"]),
            "200",
        ),
        (
            "/authorizationServers/0/policies/0/rules/0/conditions/grantTypes/include",
            json!(["password"]),
            "401 access_denied",
        ),
    ] {
        let world = World::new();
        let tokens = world.tokens("web", &[]);
        world.change(&[(pointer, value)]);
        assert_eq!(outcome(&world.refresh("web", &token(&tokens))), expected, "{pointer}");
    }
    // A scope that the server lost is just not there any more.
    let world = World::new();
    let tokens = world.tokens("web", &[]);
    world.change(&[
        ("/authorizationServers/0/scopes", json!([{"name": "api:write"}, {"name": "extra"}])),
        ("/authorizationServers/0/claims", json!([])),
        ("/authorizationServers/0/policies/0/rules/1/conditions/scopes/include", json!(["api:write"])),
    ]);
    let answer = json_of(&world.refresh("web", &token(&tokens)));
    assert_eq!(answer["scope"], "openid profile email offline_access");
}

/// A122: a static token stays, and a change of mind counts from the next use.
#[test]
fn a122_static() {
    let world = World::new();
    let tokens = world.tokens("web2", &[]);
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..5 {
        let again = json_of(&world.refresh("web2", &token(&tokens)));
        assert_eq!(token(&again), token(&tokens));
        assert!(ids.insert(claims(&again["access_token"])["jti"].to_string()));
    }
    world.change(&[(
        "/apps/1/settings/oauthClient/refresh_token",
        json!({"rotation_type": "ROTATE", "leeway": 0}),
    )]);
    let rotated = json_of(&world.refresh("web2", &token(&tokens)));
    assert_ne!(token(&rotated), token(&tokens));
    assert_eq!(outcome(&world.refresh("web2", &token(&tokens))), "400 invalid_grant");
}

/// A125: whatever is no refresh token.
#[test]
fn a125_garbage() {
    let world = World::new();
    let tokens = world.tokens("web", &[]);
    let code = world.code("web", &[]);
    let long = "a".repeat(60_000);
    let access = tokens["access_token"].as_str().unwrap();
    for bad in [access, &code, &long, "x", "a\nb", "eyJhbGciOiJub25lIn0.e30."] {
        let outcome = outcome(&world.refresh("web", bad));
        assert_eq!(outcome, "400 invalid_grant", "{}", &bad[..bad.len().min(60)]);
    }
    assert_eq!(outcome(&world.refresh("web", "")), "400 invalid_request");
    assert_eq!(world.redeem("web", &code).status(), 200, "a code tried as a refresh token is still a code");
    // Garbling the end of a token is not reuse.
    let real = token(&tokens);
    let garbled = format!("{}{}", &real[..42], if real.ends_with('A') { 'B' } else { 'A' });
    assert_eq!(outcome(&world.refresh("web", &garbled)), "400 invalid_grant");
    assert_eq!(world.refresh("web", &real).status(), 200);
}

/// rt-017: the ID token of a refresh tells the first sign-in.
#[test]
fn the_sign_in_is_remembered() {
    let world = World::new();
    let tokens = world.tokens("web", &[("acr_values", "")]);
    let signed_in = world.clock.now();
    world.at(3600);
    let answer = json_of(&world.refresh("web", &token(&tokens)));
    let id = claims(&answer["id_token"]);
    assert_eq!((&id["auth_time"], &id["amr"]), (&json!(signed_in), &json!(["pwd"])));
    assert!(id.get("nonce").is_none() && id.get("at_hash").is_some());
    assert_eq!(claims(&answer["access_token"])["auth_time"], signed_in);
}

/// A120: `offline_access` must be asked for at sign-in.
#[test]
fn a120_offline_access() {
    let world = World::new();
    let code = world.code("web", &[("scope", "openid api:read")]);
    let tokens = json_of(&world.redeem_with("web", &code, &[("scope", "openid offline_access")]));
    assert!(tokens.get("refresh_token").is_none());
    assert_eq!(tokens["scope"], "openid api:read");
}

/// rt-018: without an end, idling is the only end there is.
#[test]
fn unlimited_refresh_tokens_idle() {
    let world = World::new();
    let lifetime = "/authorizationServers/0/policies/0/rules/0/actions/token/refreshTokenLifetimeMinutes";
    world.change(&[(lifetime, json!(0))]);
    let tokens = world.tokens("web2", &[]);
    let expires = |world: &World| world.introspect("rs", &token(&tokens))["exp"].as_i64().unwrap();
    assert_eq!(expires(&world), crate::scripted::NOW + 7 * DAY);
    for day in (6..400).step_by(6) {
        world.at(day * DAY);
        assert_eq!(world.refresh("web2", &token(&tokens)).status(), 200);
        assert_eq!(expires(&world), crate::scripted::NOW + (day + 7) * DAY);
    }
}

/// A scope of the org server that the app was granted and then lost is in no further token.
#[test]
fn a_scope_that_the_app_lost_is_not_issued_again() {
    let world = World::new();
    world.change(&[("/apps/0/grants", json!(["okta.users.read", "okta.groups.read"]))]);
    let code = || {
        let scope = [("scope", "openid offline_access okta.users.read okta.groups.read")];
        let login = world.login("00ualice");
        location(&sent(world.authorize_at("", "web", &scope, Some(&login))))["code"].clone()
    };
    let redeem = |code: &str| {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", "https://web.test/cb"),
            ("code_verifier", VERIFIER),
        ];
        world.post("", "token", "web", &form)
    };
    let tokens = json_of(&redeem(&code()));
    assert_eq!(tokens["scope"], "openid offline_access okta.users.read okta.groups.read");
    let waiting = code();
    world.change(&[("/apps/0/grants", json!(["okta.groups.read"]))]);
    let left = "openid offline_access okta.groups.read";
    assert_eq!(json_of(&redeem(&waiting))["scope"], left, "by a code");
    let token = token(&tokens);
    let refresh = |more: &[(&str, &str)]| {
        let form = [&[("grant_type", "refresh_token"), ("refresh_token", token.as_str())], more].concat();
        world.post("", "token", "web", &form)
    };
    let next = json_of(&refresh(&[]));
    assert_eq!(next["scope"], left);
    assert_eq!(claims(&next["access_token"])["scp"], json!(["openid", "offline_access", "okta.groups.read"]));
    assert_eq!(outcome(&refresh(&[("scope", "okta.users.read")])), "400 invalid_grant");
}

/// No token without a scope: a code of which the server lost all that it granted is worth nothing.
#[test]
fn a_code_without_scopes_is_worth_nothing() {
    let world = World::new();
    let code = world.code("web", &[("scope", "api:read")]);
    world.change(&[
        ("/authorizationServers/0/scopes/0/name", json!("api:other")),
        ("/authorizationServers/0/claims/1/conditions/scopes", json!(["api:other"])),
        ("/authorizationServers/0/policies/0/rules/1/conditions/scopes/include", json!(["api:other"])),
    ]);
    assert_eq!(outcome(&world.redeem("web", &code)), "400 invalid_grant");
}

/// A scope that the user left out when asked again is in no further token of an earlier sign-in either.
#[test]
fn a_scope_that_the_user_took_back_is_not_issued_again() {
    let world = World::new();
    let consent = |more: &[(&str, &str)], optional: &[&str]| {
        let scope = [("scope", "openid offline_access api:write extra")];
        let login = world.login("00ualice");
        let answer = world.authorize("asks", &[&scope, more].concat(), Some(&login));
        let Answer::Consent(prompt) = answer else { panic!("{answer:?}") };
        let browser = Browser::new("the-browser-s-cookie");
        let optional = optional.iter().map(|name| (*name).to_owned()).collect();
        let decision = ConsentDecision::Allow { optional };
        location(&sent(block_on(world.issuer.consent(prompt.interaction(), &browser, decision))))["code"]
            .clone()
    };
    let tokens = json_of(&world.redeem("asks", &consent(&[], &["extra"])));
    assert_eq!(tokens["scope"], "openid offline_access api:write extra");
    let waiting = consent(&[("prompt", "consent")], &["extra"]);
    let without = "openid offline_access api:write";
    let narrowed = json_of(&world.redeem("asks", &consent(&[("prompt", "consent")], &[])));
    assert_eq!(narrowed["scope"], without);
    let next = json_of(&world.refresh("asks", &token(&tokens)));
    assert_eq!(
        (&next["scope"], &claims(&next["access_token"])["scp"]),
        (&json!(without), &json!(["openid", "offline_access", "api:write"]))
    );
    assert_eq!(json_of(&world.redeem("asks", &waiting))["scope"], without, "by a code");
    assert_eq!(
        outcome(&world.refresh_with("asks", &token(&next), &[("scope", "extra")])),
        "400 invalid_grant"
    );
    // Given again, it is there again.
    let given = consent(&[("prompt", "consent")], &["extra"]);
    assert_eq!(json_of(&world.redeem("asks", &given))["scope"], "openid offline_access api:write extra");
}
