//! What an org file without mistakes means.

use chancery::jose::Algorithm;
use chancery::model::{ClientAuth, Consent, Document, Org, Server};
use serde_json::{Value, json};

fn org(file: Value) -> Org {
    Document::from_json(file).unwrap().compile().unwrap_or_else(|errors| panic!("{errors}"))
}

fn with_server(server: Value) -> Org {
    org(json!({ "baseUrl": "https://org.example", "authorizationServers": [server] }))
}

fn scope_names(server: &Server) -> Vec<&str> {
    server.scopes().map(|scope| scope.name().as_str()).collect()
}

/// mg-005: the system scopes are there, published and without consent.
#[test]
fn mg_005_a_fresh_server_has_the_system_scopes() {
    let org = with_server(json!({ "id": "aus1", "audiences": ["a"] }));
    let server = org.server("aus1").unwrap();
    let expected = ["openid", "profile", "email", "address", "phone", "offline_access", "device_sso"];
    assert_eq!(scope_names(server), expected);
    for scope in server.scopes() {
        assert!(scope.is_system() && scope.is_published() && !scope.is_default(), "{scope:?}");
        assert_eq!(scope.consent(), Consent::Implicit);
    }
}

/// mg-006: the system claims are there.
#[test]
fn mg_006_a_fresh_server_has_the_system_claims() {
    let org = with_server(json!({ "id": "aus1", "audiences": ["a"] }));
    let server = org.server("aus1").unwrap();
    let access: Vec<_> = server.access_claims().map(|claim| (claim.name(), claim.expression())).collect();
    assert_eq!(access, [("sub", Some("(appuser != null) ? appuser.userName : app.clientId"))]);
    let always: Vec<_> =
        server.id_claims().filter(|claim| claim.is_always_included()).map(|c| c.name()).collect();
    assert_eq!(always, ["name", "preferred_username", "email"]);
    assert_eq!(server.id_claims().count(), 18);
}

#[test]
fn a_listed_scope_or_claim_replaces_the_system_one() {
    let org = with_server(json!({ "id": "aus1", "audiences": ["a"],
        "scopes": [{ "name": "email", "consent": "REQUIRED" }, { "name": "phone", "metadataPublish": "NO_CLIENTS" },
            { "name": "custom" }, { "name": "public", "metadataPublish": "ALL_CLIENTS", "default": true }],
        "claims": [
            { "name": "sub", "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": "app.clientId", "system": true },
            { "name": "nickname", "claimType": "IDENTITY", "valueType": "SYSTEM", "status": "INACTIVE" },
            { "name": "email", "claimType": "IDENTITY", "valueType": "EXPRESSION", "value": "user.secondEmail" },
            { "name": "gender", "claimType": "IDENTITY", "valueType": "SYSTEM", "alwaysIncludeInToken": true }] }));
    let server = org.server("aus1").unwrap();
    let scope = |name: &str| server.scopes().find(|scope| scope.name().as_str() == name).unwrap();
    assert_eq!(scope("email").consent(), Consent::Required);
    assert!(scope("email").is_published() && scope("email").is_system());
    assert!(!scope("phone").is_published());
    assert!(!scope("custom").is_published() && !scope("custom").is_system());
    assert!(scope("public").is_published() && scope("public").is_default());
    assert_eq!(scope_names(server).len(), 9);

    let access: Vec<_> = server.access_claims().map(|claim| claim.expression()).collect();
    assert_eq!(access, [Some("app.clientId")]);
    let claim = |name: &str| server.id_claims().find(|claim| claim.name() == name);
    assert!(claim("nickname").is_none());
    assert_eq!(claim("email").unwrap().expression(), Some("user.secondEmail"));
    assert!(claim("gender").unwrap().is_always_included());
    assert_eq!(server.id_claims().count(), 17);
}

/// is-001, is-007: the default server is reached, and issues, under its alias.
#[test]
fn is_001_the_default_server_goes_by_its_alias() {
    for server in [
        json!({ "id": "aus5", "name": "default", "issuer": "https://dev-1.okta.com/oauth2/default" }),
        json!({ "id": "aus5", "name": "Main", "default": true, "audiences": ["api://default"] }),
        json!({ "id": "default" }),
        json!({ "name": "default" }),
    ] {
        let org = with_server(server.clone());
        let found = org.server("default").unwrap();
        assert_eq!(found.issuer().as_str(), "https://org.example/oauth2/default", "{server}");
        assert_eq!(found.audiences().collect::<Vec<_>>(), ["api://default"]);
        for alias in ["aus5", "Main"] {
            let named = server["id"] == alias || server["name"] == alias;
            assert_eq!(org.server(alias).is_some(), named, "{server} {alias}");
        }
    }
}

#[test]
fn a_marked_default_server_wins_over_a_name() {
    let org = org(json!({ "baseUrl": "https://org.example", "authorizationServers": [
        { "id": "aus1", "name": "default", "default": false, "audiences": ["a"] },
        { "id": "aus2", "name": "Main", "default": true, "audiences": ["b"] },
        { "id": "aus3", "name": "aus1", "audiences": ["c"] } ] }));
    assert_eq!(org.server("default").unwrap().id().as_str(), "aus2");
    assert_eq!(org.server("aus1").unwrap().issuer().as_str(), "https://org.example/oauth2/aus1");
    assert_eq!(org.server("aus3").unwrap().id().as_str(), "aus3");
}

/// A109: a name reaches its server only where it can stand in a path as it is.
#[test]
fn a109_names_that_need_encoding_reach_nothing() {
    for (name, reached) in
        [("orders", true), ("My orders", false), ("a/b", false), ("..", false), ("v1", false)]
    {
        let org = with_server(json!({ "id": "aus1", "name": name, "audiences": ["a"] }));
        assert_eq!(org.server(name).is_some(), reached, "{name}");
        assert_eq!(org.server("aus1").unwrap().name(), name);
    }
}

/// is-002 to is-005: the host of an issuer comes from the configuration.
#[test]
fn is_002_issuer_modes() {
    for (mode, issuer) in [
        ("ORG_URL", "https://org.example/oauth2/aus1"),
        ("CUSTOM_URL", "https://id.example.com/oauth2/aus1"),
        ("DYNAMIC", "https://org.example/oauth2/aus1"),
    ] {
        let server = json!({ "id": "aus1", "audiences": ["a"], "issuerMode": mode,
            "chancery": { "domains": ["id.example.com"] } });
        assert_eq!(with_server(server).server("aus1").unwrap().issuer().as_str(), issuer, "{mode}");
    }
}

#[test]
fn the_org_server_is_always_there() {
    let org = org(json!({ "baseUrl": "https://org.example/", "apps": [
        { "id": "0oaservice", "name": "oidc_client", "grants": ["okta.users.read", { "scopeId": "okta.apps.read", "issuer": "x" },
            { "scopeId": "okta.logs.read", "issuer": "x", "status": "REVOKED" }],
          "settings": { "oauthClient": { "grant_types": ["client_credentials"] } } }] }));
    let server = org.org_server().unwrap();
    assert_eq!(server.issuer().as_str(), "https://org.example");
    assert_eq!(server.audiences().collect::<Vec<_>>(), ["https://org.example"]);
    let expected = [
        "openid",
        "profile",
        "email",
        "address",
        "phone",
        "offline_access",
        "groups",
        "okta.apps.read",
        "okta.users.read",
    ];
    assert_eq!(scope_names(server), expected);
    let granted: Vec<_> = org.client("0oaservice").unwrap().org_scopes().iter().map(|s| s.as_str()).collect();
    assert_eq!(granted, ["okta.users.read", "okta.apps.read"]);
}

#[test]
fn signing_algorithms() {
    let org = org(json!({ "baseUrl": "https://org.example", "chancery": { "signing": { "alg": "EdDSA" } },
        "authorizationServers": [
            { "id": "aus1", "audiences": ["a"] },
            { "id": "aus2", "audiences": ["a"], "chancery": { "signing": { "alg": "ES256" } } } ] }));
    let algorithm = |id| org.server(id).unwrap().algorithm();
    assert_eq!((algorithm("aus1"), algorithm("aus2")), (Algorithm::EdDsa, Algorithm::Es256));
    assert_eq!(
        with_server(json!({ "name": "default" })).server("default").unwrap().algorithm(),
        Algorithm::Rs256
    );
}

#[test]
fn inactive_things_are_there_and_inactive() {
    let org = org(json!({ "baseUrl": "https://org.example",
        "authorizationServers": [{ "id": "aus1", "audiences": ["a"], "status": "INACTIVE" }],
        "apps": [{ "id": "0oaservice", "name": "oidc_client", "status": "INACTIVE" }] }));
    assert!(!org.server("aus1").unwrap().is_active());
    assert!(!org.client("0oaservice").unwrap().is_active());
}

/// A045: of several secrets only the live ones open the door.
#[test]
fn a045_only_live_secrets_match() {
    let org = org(json!({ "baseUrl": "https://org.example", "apps": [{
        "id": "0oaservice", "name": "oidc_client",
        "credentials": { "oauthClient": { "client_secret": "the-first-secret" },
            "secrets": [{ "client_secret": "the-first-secret", "status": "INACTIVE" },
                { "client_secret": "the-second-secret", "status": "ACTIVE" }] },
        "secrets": [{ "client_secret": "the-third-secret" }],
        "settings": { "oauthClient": { "grant_types": ["client_credentials"] } } }] }));
    let ClientAuth::SecretBasic(hashes) = org.client("0oaservice").unwrap().auth() else { panic!() };
    let opens = |secret: &str| hashes.iter().any(|hash| hash.matches(secret));
    assert!(opens("the-second-secret") && opens("the-third-secret"));
    assert!(!opens("the-first-secret") && !opens(""));
}

#[test]
fn keys_as_okta_writes_them_are_read() {
    // The modulus with padding and a leading zero byte, absent members as null.
    let n = "ALF4Sw2kHmx5z4hr8gzgE-LGhBlHrUsqPTCyzqFhbLnq3ti9uXZzoCalU3kmEbYRHyiAw-BDYjvHHDpWKLx3-DSY8Ql9W2u0ZhGM7rV0gb1j";
    let app = json!({ "id": "0oaservice", "name": "oidc_client",
        "credentials": { "oauthClient": { "token_endpoint_auth_method": "private_key_jwt" } },
        "settings": { "oauthClient": { "grant_types": ["client_credentials"], "jwks": { "keys": [
            { "kty": "RSA", "kid": null, "use": null, "e": "AQAB", "n": n },
            { "kty": "EC", "crv": "P-256", "kid": "k1", "status": "ACTIVE", "use": null,
              "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" }] } } } });
    let errors = Document::from_json(json!({ "baseUrl": "https://org.example", "apps": [app] }))
        .unwrap()
        .compile()
        .unwrap_err();
    // Only its size is wrong.
    assert_eq!(errors.mistakes().len(), 1, "{errors}");
    assert!(errors.mistakes()[0].message().contains("bits"), "{errors}");
}

#[test]
fn origins_of_pages_are_trusted() {
    let app = |id: &str, status: &str, uri: &str| {
        json!({ "id": id, "name": "oidc_client", "status": status,
            "credentials": { "oauthClient": { "token_endpoint_auth_method": "none" } },
            "settings": { "oauthClient": { "application_type": "native", "grant_types": ["authorization_code"],
                "redirect_uris": [uri] } } })
    };
    let org = org(json!({ "baseUrl": "https://org.example",
        "trustedOrigins": ["http://localhost:3000/", { "origin": "https://a.example.com", "scopes": [{ "type": "CORS" }] },
            { "origin": "https://r.example.com", "scopes": [{ "type": "REDIRECT" }] },
            { "origin": "https://i.example.com", "status": "INACTIVE" }],
        "apps": [app("0oaone", "ACTIVE", "https://Shop.example.com:443/cb"), app("0oatwo", "INACTIVE", "https://old.example.com/cb"),
            app("0oathree", "ACTIVE", "com.example.app:/cb")] }));
    let expected = ["http://localhost:3000", "https://a.example.com", "https://shop.example.com"];
    assert_eq!(org.trusted_origins(), expected);
}

#[test]
fn made_up_ids_do_not_depend_on_the_order_of_the_file() {
    let users = [json!({ "profile": { "login": "ada" } }), json!({ "profile": { "login": "bob" } })];
    let ids = |users: &[Value]| {
        let org = org(json!({ "baseUrl": "https://org.example", "users": users }));
        let mut ids: Vec<_> =
            org.users().map(|user| (user.login().to_owned(), user.id().to_string())).collect();
        ids.sort();
        ids
    };
    let (forwards, backwards) = (ids(&users), ids(&[users[1].clone(), users[0].clone()]));
    assert_eq!(forwards, backwards);
    assert!(forwards[0].1.starts_with("00u") && forwards[0].1.len() == 20);
}

/// An app is assigned by name, through a group, or to everyone; `appuser.userName` follows.
#[test]
fn assignments_decide_who_the_app_knows() {
    let app = |assignments: Value| {
        let mut app = json!({ "id": "0oashop", "name": "oidc_client", "credentials": { "oauthClient": {
            "token_endpoint_auth_method": "none" } }, "settings": { "oauthClient": {
            "application_type": "browser", "grant_types": ["authorization_code"] } } });
        for (key, value) in assignments.as_object().unwrap() {
            match key.as_str() {
                "implicitAssignment" => app["settings"][key] = value.clone(),
                _ => app[key] = value.clone(),
            }
        }
        org(json!({ "baseUrl": "https://org.example", "apps": [app],
            "users": [{ "id": "00uada", "profile": { "login": "ada" } }, { "id": "00ubob", "profile": { "login": "bob" } }],
            "groups": [{ "id": "00gstaff", "profile": { "name": "Staff" }, "users": ["00uada"] }] }))
    };
    for (assignments, ada, bob) in [
        (json!({}), None, None),
        (json!({ "users": [{ "id": "00uada", "credentials": { "userName": "a.da" } }] }), Some("a.da"), None),
        (
            json!({ "users": [{ "id": "00uada" }, { "id": "00ubob", "status": "DEPROVISIONED" }] }),
            Some("ada"),
            None,
        ),
        (json!({ "groups": [{ "id": "00gstaff" }] }), Some("ada"), None),
        (
            json!({ "groups": ["Staff"], "users": [{ "id": "00uada", "profile": { "userName": "x" } , "credentials": { "userName": "y" } }] }),
            Some("y"),
            None,
        ),
        (json!({ "groups": ["Everyone"] }), Some("ada"), Some("bob")),
        (json!({ "implicitAssignment": true }), Some("ada"), Some("bob")),
    ] {
        let org = app(assignments.clone());
        let name = |user: &str| {
            let profile = org.client("0oashop").unwrap().app_user(org.user(user).unwrap())?;
            Some(profile["userName"].as_str().unwrap().to_owned())
        };
        assert_eq!((name("00uada").as_deref(), name("00ubob").as_deref()), (ada, bob), "{assignments}");
    }
}
