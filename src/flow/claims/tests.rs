//! Tokens of users. Those of machines are rows of `tests/data/protocol`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::*;
use crate::flow::{AccessRequest, Asked, Served, access};
use crate::model::{
    AccessPolicy, AuthorizationServer, Claim, Client, GroupFilterType, Org, Rule, Scope, Server,
};
use crate::types::{Lifetime, ScopeSet};

/// 2026-01-02T03:04:05.678Z.
const NOW: i64 = 1_767_323_045_678;
const AMR: &[&str] = &["pwd", "mfa"];

/// An organisation with one user, Ada, who signed in at a web app.
struct World {
    org: Org,
    user: User,
    groups: Vec<Arc<Group>>,
    amr: Vec<String>,
    acr: Option<&'static str>,
    idp: Option<&'static str>,
    grant: GrantType,
}

fn ada() -> User {
    User::new("00uAda", "ada@example.com")
        .with_attribute("firstName", "Ada")
        .with_attribute("lastName", "Lovelace")
        .with_attribute("email", "ada.l@example.com")
        .with_attribute("department", "Engineering")
        .with_attribute("favoriteColors", json!(["red", "blue"]))
        .in_group("00gStaff")
}

fn world(claims: impl IntoIterator<Item = Claim>) -> World {
    let mut server = AuthorizationServer::new("default")
        .audience("api://default")
        .scope(Scope::new("car:read"))
        .scope(Scope::new("car:pay"))
        .policy(
            AccessPolicy::for_all_clients("all").rule(
                Rule::new("all")
                    .grant(GrantType::AuthorizationCode)
                    .any_scope()
                    .access_lifetime(Lifetime::minutes(5)),
            ),
        );
    for claim in claims {
        server = server.claim(claim);
    }
    let client =
        Client::web("0oaW").secret("a-secret-of-a-sensible-length").redirect_uri("https://app.example/cb");
    let org = Org::builder("https://org.example")
        .server(server)
        .client(client)
        .group(Group::new("00gStaff", "Staff"))
        .build()
        .unwrap();
    World {
        org,
        user: ada(),
        groups: [("00gAll", "Everyone"), ("00gStaff", "Staff")]
            .map(|(id, name)| Arc::new(Group::new(id, name)))
            .into(),
        amr: AMR.iter().map(ToString::to_string).collect(),
        acr: None,
        idp: None,
        grant: GrantType::AuthorizationCode,
    }
}

impl World {
    fn custom(&self) -> &Server {
        self.org.server("default").unwrap()
    }

    fn org_server(&self) -> &Server {
        self.org.org_server().unwrap()
    }

    fn granted<'a>(&'a self, server: &'a Server, scopes: &str) -> Granted<'a> {
        let served = Served::new(server);
        let asked = match server.kind() {
            ServerKind::Org => Asked::Org(ScopeSet::parse(scopes).unwrap()),
            ServerKind::Custom => access::scopes(served, Some(scopes)).unwrap(),
        };
        let client = self.org.client("0oaW").unwrap();
        let audience = server.audiences.first().unwrap();
        AccessRequest {
            served,
            client,
            person: None,
            grants: &[GrantType::AuthorizationCode],
            asked,
            audience,
        }
        .decide()
        .unwrap()
    }

    /// What `run` makes of the signed-in user.
    fn as_user<T>(&self, run: impl FnOnce(&Subject<'_>) -> T) -> T {
        let mut app_user = Map::new();
        app_user.insert("userName".to_owned(), "ada@app".into());
        let sign_in = SignIn {
            at: Timestamp::from_unix(NOW / 1000 - 60),
            amr: &self.amr,
            acr: self.acr,
            session_id: Some("102s"),
            idp: self.idp,
        };
        let (user, groups, grant) = (&self.user, &*self.groups, self.grant);
        run(&Subject::User(SignedIn { user, app_user: &app_user, groups, sign_in, grant }))
    }

    fn access(&self, scopes: &str) -> Result<Value, Refusal> {
        self.access_at(self.custom(), scopes)
    }

    fn access_at(&self, server: &Server, scopes: &str) -> Result<Value, Refusal> {
        let granted = self.granted(server, scopes);
        let id = TokenId::of_user([0; 16], [255; 16], false);
        let draft = self.as_user(|subject| Draft::new(&granted, subject, &id, NOW))?;
        Ok(serde_json::from_slice(draft.payload()).unwrap())
    }
}

/// The names of the claims, in order.
fn names(payload: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(payload).unwrap();
    let tree: Map<String, Value> = serde_json::from_str(text).unwrap();
    let mut names: Vec<String> = tree.into_iter().map(|(name, _)| name).collect();
    names.sort_by_key(|name| text.find(&format!("\"{name}\":")));
    names
}

#[test]
fn a_users_access_token_has_oktas_claims_in_oktas_order() {
    let world = world([Claim::access("department", "user.department")]);
    let granted = world.granted(world.custom(), "openid car:read");
    let id = TokenId::of_user([1; 16], [2; 16], true);
    let draft = world.as_user(|subject| Draft::new(&granted, subject, &id, NOW)).unwrap();
    assert_eq!(
        std::str::from_utf8(draft.payload()).unwrap(),
        r#"{"ver":1,"jti":"AT.AQEBAQEBAQEBAQEBAQEBAQICAgICAgICAgICAgICAgI.oarAgICAgICAgICAgICA","iss":"https://org.example/oauth2/default","aud":"api://default","iat":1767323045,"exp":1767323345,"cid":"0oaW","uid":"00uAda","scp":["openid","car:read"],"auth_time":1767322985,"sub":"ada@app","department":"Engineering"}"#
    );
    assert_eq!(draft.typ(), None);
}

/// at-009: `acr` only where the request asked for it.
#[test]
fn at_009_acr_stands_where_it_was_asked_for() {
    let mut world = world([]);
    assert_eq!(world.access("openid").unwrap().get("acr"), None);
    world.acr = Some("urn:okta:loa:2fa:any");
    assert_eq!(world.access("openid").unwrap()["acr"], "urn:okta:loa:2fa:any");
}

/// at-012, at-013, at-014, at-015, at-016, at-017 for users.
#[test]
fn claims_of_users_in_access_tokens() {
    let world = world([
        Claim::access("scope", r#"String.replace(Arrays.toCsvString(access.scope), ",", " ")"#),
        Claim::access("if_read", "user.department").when_scope("car:read"),
        Claim::access("always", "user.department"),
        Claim::access("off", "user.department").inactive(),
        Claim::access("colors", "user.favoriteColors"),
        Claim::access("nothing", "user.nothing"),
        Claim::access("session", "session.id + ' ' + Arrays.toCsvString(session.amr)"),
        Claim::access("facts", "user.id + ' ' + user.status"),
        Claim::access("member", "isMemberOfGroupName('Staff') && isMemberOfGroup('00gAll')"),
        Claim::access("app", "appuser.userName + ' ' + app.clientId"),
        Claim::access_groups("groups", GroupFilterType::StartsWith, "st"),
    ]);
    let token = world.access("openid car:pay").unwrap();
    for (claim, value) in [
        ("scope", json!("openid car:pay")),
        ("if_read", Value::Null),
        ("always", json!("Engineering")),
        ("off", Value::Null),
        ("colors", json!(["red", "blue"])),
        ("nothing", Value::Null),
        ("session", json!("102s pwd,mfa")),
        ("facts", json!("00uAda ACTIVE")),
        ("member", json!(true)),
        ("app", json!("ada@app 0oaW")),
        ("groups", json!(["Staff"])),
    ] {
        assert_eq!(token.get(claim).cloned().unwrap_or_default(), value, "{claim}");
    }
    assert_eq!(world.access("car:read").unwrap()["if_read"], "Engineering");
}

#[test]
fn at_017_an_expression_that_fails_for_the_user_refuses_the_token() {
    let world = world([Claim::access("department", "user.nothing.length()")]);
    let Err(refusal) = world.access("openid") else { panic!("a token") };
    assert!(matches!(&refusal, Refusal::ClaimFailed { claim, .. } if claim == "department"), "{refusal}");
}

#[test]
fn a_user_whose_sub_has_no_value_gets_no_token() {
    for expression in ["user.nothing", "''", "user.favoriteColors"] {
        let world = world([Claim::access("sub", expression)]);
        let Err(refusal) = world.access("openid") else { panic!("{expression}: a token") };
        assert!(matches!(&refusal, Refusal::ClaimFailed { claim, .. } if claim == "sub"), "{refusal}");
    }
    assert_eq!(world([Claim::access("sub", "user.id")]).access("openid").unwrap()["sub"], "00uAda");
}

/// at-004 for users, whose tokens are about their login.
#[test]
fn the_org_server_names_the_login() {
    let mut world = world([]);
    let token = world.access_at(world.org_server(), "openid").unwrap();
    assert_eq!(
        (&token["iss"], &token["aud"]),
        (&json!("https://org.example"), &json!("https://org.example"))
    );
    assert_eq!((&token["sub"], &token["uid"]), (&json!("ada@example.com"), &json!("00uAda")));
    world.user = User::new("00uNobody", "");
    assert!(world.access_at(world.org_server(), "openid").is_err());
}

#[test]
fn group_functions_take_any_limit_in_a_code_flow_only() {
    let mut world = world([Claim::access("found", "Groups.startsWith('OKTA', 'St', 500)")]);
    for grant in [GrantType::AuthorizationCode, GrantType::RefreshToken] {
        world.grant = grant;
        assert_eq!(world.access("openid").unwrap()["found"], json!(["Staff"]));
    }
    world.grant = GrantType::Implicit;
    assert!(world.access("openid").is_err());
}

/// at-019 is contested: the guide's limit holds for a server's own groups claim, in every flow.
#[test]
fn at_019_a_groups_claim_holds_a_hundred_groups() {
    let mut world = world([Claim::access_groups("groups", GroupFilterType::Regex, ".*")]);
    let group = |n: usize| Arc::new(Group::new(format!("00g{n}"), format!("group {n}")));
    world.groups = (0..100).map(group).collect();
    assert_eq!(world.access("openid").unwrap()["groups"].as_array().map(Vec::len), Some(100));
    world.groups.push(group(100));
    assert_eq!(world.access("openid"), Err(Refusal::TooManyGroups { claim: "groups".to_owned() }));
}

#[test]
fn groups_are_loaded_only_where_a_claim_reads_them() {
    for (claim, needed) in [
        (Claim::access("a", "user.department"), false),
        (Claim::access("a", "user.groups"), true),
        (Claim::access("a", "isMemberOfGroup('x')"), true),
        (Claim::identity_groups("a", GroupFilterType::Equals, "x"), true),
        (Claim::access_groups("a", GroupFilterType::Equals, "x").inactive(), false),
    ] {
        let text = format!("{claim:?}");
        let world = world([claim]);
        assert_eq!(needs_groups(&world.granted(world.custom(), "openid")), needed, "{text}");
    }
    let world = world([]);
    assert!(!needs_groups(&world.granted(world.org_server(), "openid")));
    assert!(needs_groups(&world.granted(world.org_server(), "openid groups")));
}

#[test]
fn a_token_id_tells_its_grant() {
    let grant = std::array::from_fn(|i| i as u8);
    for with_refresh_token in [false, true] {
        let mut out = Writer::with_capacity(0);
        TokenId::of_user([7; 16], grant, with_refresh_token).write(&mut out);
        let object: Value = serde_json::from_slice(&out.finish()).unwrap();
        let jti = object["jti"].as_str().unwrap();
        assert_eq!(TokenId::grant_of(jti), Some(grant), "{jti}");
        assert_eq!(jti.len(), if with_refresh_token { 46 + 21 } else { 46 }, "{jti}");
    }
    for bad in ["", "AT.", "AT.AAAA", "ID.AQEBAQEBAQEBAQEBAQEBAQICAgICAgICAgICAgICAgI", "AT.*.oar"] {
        assert_eq!(TokenId::grant_of(bad), None, "{bad}");
    }
}
