//! Tokens of users. Those of machines are rows of `tests/data/protocol`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::patch::LockedClaim;
use super::*;
use crate::flow::{AccessRequest, Asked, Served, access};
use crate::jose::Algorithm;
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
    world_of(AuthorizationServer::new("default"), claims)
}

fn world_of(server: AuthorizationServer, claims: impl IntoIterator<Item = Claim>) -> World {
    let mut server =
        server.audience("api://default").scope(Scope::new("car:read")).scope(Scope::new("car:pay")).policy(
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

impl World {
    fn id_draft(&self, server: &Server, scopes: &str, request: &IdRequest<'_>) -> IdDraft {
        let granted = self.granted(server, scopes);
        self.as_user(|subject| IdDraft::new(&granted, subject, request, NOW)).unwrap().unwrap()
    }

    fn id_token(&self, scopes: &str, with_access_token: bool) -> Value {
        self.id_token_at(self.custom(), scopes, with_access_token)
    }

    fn id_token_at(&self, server: &Server, scopes: &str, with_access_token: bool) -> Value {
        let draft = self.id_draft(server, scopes, &IdRequest { with_access_token, ..ALONE });
        serde_json::from_slice(draft.complete(None, None).payload()).unwrap()
    }

    fn userinfo_at(&self, server: &Server, scopes: &str) -> Value {
        let (client, scopes) = (self.org.client("0oaW").unwrap(), ScopeSet::parse(scopes).unwrap());
        let answer = self.as_user(|subject| match subject {
            Subject::User(signed_in) => userinfo(server, client, &scopes, signed_in, NOW).unwrap(),
            Subject::Machine => String::new(),
        });
        serde_json::from_str(&answer).unwrap()
    }
}

const ALONE: IdRequest<'_> =
    IdRequest { id: [3; 32], nonce: None, with_access_token: false, organisation: "00oO" };

/// The members of an object, sorted.
fn members(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// id-002 is the `idp` and the `amr`.
#[test]
fn id_002_an_id_token_has_oktas_claims() {
    let mut world = world([]);
    world.acr = Some("urn:okta:loa:1fa:any");
    let request = IdRequest { nonce: Some("n-1"), with_access_token: true, ..ALONE };
    let draft = world.id_draft(world.custom(), "openid", &request);
    assert_eq!(draft.lifetime(), Lifetime::minutes(60));
    let draft = draft.complete(Some("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), None);
    assert_eq!(
        std::str::from_utf8(draft.payload()).unwrap(),
        r#"{"ver":1,"jti":"ID.AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM","iss":"https://org.example/oauth2/default","sub":"00uAda","aud":"0oaW","iat":1767323045,"exp":1767326645,"auth_time":1767322985,"amr":["pwd","mfa"],"idp":"00oO","nonce":"n-1","acr":"urn:okta:loa:1fa:any","at_hash":"77QmUPtjPfzWtF2AnpK9RQ"}"#
    );
    assert_eq!(draft.typ(), None);
    world.idp = Some("0oaGoogle");
    assert_eq!(world.id_token("openid", false)["idp"], "0oaGoogle");
    world.amr.clear();
    assert_eq!(world.id_token("openid", false).get("amr"), None);
}

#[test]
fn an_id_token_needs_openid_and_a_user() {
    let world = world([]);
    let id_token = |scopes: &str, subject: &Subject<'_>| {
        IdDraft::new(&world.granted(world.custom(), scopes), subject, &ALONE, NOW).unwrap().is_some()
    };
    world.as_user(|user| {
        assert!(id_token("openid car:read", user));
        assert!(!id_token("profile email car:read", user));
    });
    assert!(!id_token("openid", &Subject::Machine));
}

/// A208: the hashes are those of the server's algorithm. The first values are OpenID Connect's own.
#[test]
fn a208_hashes_are_the_algorithms_left_half() {
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
    for (algorithm, at_hash, c_hash) in [
        (Algorithm::Rs256, "77QmUPtjPfzWtF2AnpK9RQ", "LDktKdoQak3Pk0cnXxCltA"),
        (Algorithm::Es256, "77QmUPtjPfzWtF2AnpK9RQ", "LDktKdoQak3Pk0cnXxCltA"),
        (
            Algorithm::EdDsa,
            "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM",
            "E9z1C-c0Az4eTEzE0Nm3OQ3BS2BhMgxuP7x5JAQj1_4",
        ),
    ] {
        let world = world_of(AuthorizationServer::new("default").signing(algorithm), []);
        let draft = world.id_draft(world.custom(), "openid", &ALONE).complete(Some(token), Some(code));
        let claims: Value = serde_json::from_slice(draft.payload()).unwrap();
        assert_eq!((&claims["at_hash"], &claims["c_hash"]), (&json!(at_hash), &json!(c_hash)), "{algorithm}");
    }
}

/// A210: the nonce comes back byte by byte, and where there was none there is none.
#[test]
fn a210_the_nonce_is_echoed_as_it_was() {
    let world = world([]);
    let long = "n".repeat(4096);
    for nonce in ["", "\"quoted\" \\ \u{1} \u{7f}", "ключ 🗝 \u{202e}", &long] {
        let draft = world.id_draft(world.custom(), "openid", &IdRequest { nonce: Some(nonce), ..ALONE });
        let claims: Value = serde_json::from_slice(draft.complete(None, None).payload()).unwrap();
        assert_eq!(claims["nonce"], nonce);
    }
    assert_eq!(world.id_token("openid", true).get("nonce"), None);
}

/// A user with everything that a claim can come from.
fn complete_ada() -> User {
    let mut user = ada();
    user.last_updated = Some("2013-07-02T21:36:25.344Z".to_owned());
    for (attribute, value) in [
        ("middleName", "King"),
        ("displayName", "Ada, Countess of Lovelace"),
        ("nickName", "Enchantress"),
        ("profileUrl", "https://example.com/ada"),
        ("picture", "https://example.com/ada.png"),
        ("website", "https://ada.example"),
        ("gender", "female"),
        ("birthdate", "1815-12-10"),
        ("timezone", "Europe/London"),
        ("locale", "en_GB"),
        ("primaryPhone", "+44 20 7946 0000"),
        ("streetAddress", "12 St James's Square"),
        ("city", "London"),
        ("state", "England"),
        ("zipCode", "SW1Y 4JH"),
        ("countryCode", "GB"),
    ] {
        user = user.with_attribute(attribute, value);
    }
    user
}

const EVERY_SCOPE: &str = "openid profile email address phone";

/// id-011, id-012: what the scopes give, from Okta's profile.
#[test]
fn id_011_id_012_scopes_give_their_claims() {
    let mut world = world([]);
    world.user = complete_ada();
    let expected = json!({
        "sub": "00uAda",
        "name": "Ada, Countess of Lovelace", "preferred_username": "ada@example.com",
        "given_name": "Ada", "middle_name": "King", "family_name": "Lovelace", "nickname": "Enchantress",
        "profile": "https://example.com/ada", "picture": "https://example.com/ada.png",
        "website": "https://ada.example", "gender": "female", "birthdate": "1815-12-10",
        "zoneinfo": "Europe/London", "locale": "en-GB", "updated_at": 1_372_800_985,
        "email": "ada.l@example.com", "email_verified": true,
        "phone_number": "+44 20 7946 0000",
        "address": {"street_address": "12 St James's Square", "locality": "London", "region": "England",
            "postal_code": "SW1Y 4JH", "country": "GB"},
    });
    assert_eq!(world.userinfo_at(world.custom(), EVERY_SCOPE), expected);
    let token = world.id_token(EVERY_SCOPE, false);
    for (claim, value) in expected.as_object().unwrap() {
        assert_eq!(&token[claim], value, "{claim}");
    }
    let of = |scopes: &str| world.userinfo_at(world.custom(), scopes);
    assert_eq!(members(&of("openid")), ["sub"]);
    assert_eq!(members(&of("openid email")), ["email", "email_verified", "sub"]);
    assert_eq!(members(&of("phone")), ["phone_number", "sub"]);
    assert_eq!(members(&of("address car:read gone")), ["address", "sub"]);
}

/// id-016: what the profile lacks is left out, and so is what was cleared there.
#[test]
fn id_016_what_is_not_there_is_left_out() {
    let mut world = world([]);
    world.user = world.user.with_attribute("nickName", "").with_attribute("city", "London");
    world.user = world.user.with_attribute("zipCode", Value::Null).with_attribute("gender", json!(["x"]));
    let answer = world.userinfo_at(world.custom(), EVERY_SCOPE);
    assert_eq!(
        members(&answer),
        [
            "address",
            "email",
            "email_verified",
            "family_name",
            "given_name",
            "name",
            "preferred_username",
            "sub"
        ]
    );
    assert_eq!(
        (&answer["name"], &answer["address"]),
        (&json!("Ada Lovelace"), &json!({"locality": "London"}))
    );
    world.user = User::new("00uBare", "bare").with_status("STAGED");
    assert_eq!(members(&world.userinfo_at(world.custom(), EVERY_SCOPE)), ["preferred_username", "sub"]);
    world.user = world.user.with_attribute("email", "b@example.com").with_attribute("lastName", "B");
    let answer = world.userinfo_at(world.custom(), EVERY_SCOPE);
    assert_eq!((&answer["email_verified"], &answer["name"]), (&json!(false), &json!("B")));
}

/// id-006, id-008, id-009: thin beside an access token, full alone, and full at userinfo.
#[test]
fn id_006_id_008_id_009_thin_and_full() {
    let mut world = world([
        Claim::identity("thin", "user.department"),
        Claim::identity("full", "user.department").only_when_alone(),
        Claim::identity("if_read", "user.department").when_scope("car:read"),
        Claim::identity_groups("groups", GroupFilterType::Regex, ".*").only_when_alone(),
        Claim::access("resource", "user.department"),
    ]);
    world.user = complete_ada();
    let base = ["amr", "aud", "auth_time", "exp", "iat", "idp", "iss", "jti", "sub", "ver"];
    let beyond_base = |token: &Value| {
        members(token).into_iter().filter(|name| !base.contains(name)).map(str::to_owned).collect::<Vec<_>>()
    };
    let thin = world.id_token(EVERY_SCOPE, true);
    assert_eq!(beyond_base(&thin), ["email", "name", "preferred_username", "thin"]);
    let full = world.id_token(EVERY_SCOPE, false);
    let answer = world.userinfo_at(world.custom(), EVERY_SCOPE);
    assert_eq!(beyond_base(&full).len(), 18 + 3);
    assert_eq!(beyond_base(&full), beyond_base(&answer));
    assert_eq!(full["groups"], json!(["Everyone", "Staff"]));
    assert_eq!(world.id_token("openid car:read", true)["if_read"], "Engineering");
}

/// id-005: thin at the org server too, as tokens of the code flow were observed, without groups.
#[test]
fn id_005_the_org_server_gives_groups_where_nothing_goes_with_them() {
    let mut world = world([]);
    let scopes = "openid profile email groups";
    let thin = world.id_token_at(world.org_server(), scopes, true);
    for name in ["name", "preferred_username", "email"] {
        assert!(thin.get(name).is_some(), "{name}");
    }
    for name in ["given_name", "email_verified", "groups"] {
        assert!(thin.get(name).is_none(), "{name}");
    }
    assert_eq!(thin["iss"], "https://org.example");
    let full = world.id_token_at(world.org_server(), scopes, false);
    assert_eq!((&full["groups"], &full["given_name"]), (&json!(["Everyone", "Staff"]), &json!("Ada")));
    assert_eq!(world.id_token_at(world.org_server(), "openid profile", false).get("groups"), None);
    // More than fit in a token still fit in an answer.
    world.groups = (0..101).map(|n| Arc::new(Group::new(format!("00g{n}"), format!("{n}")))).collect();
    let granted = world.granted(world.org_server(), scopes);
    let refused = world.as_user(|subject| IdDraft::new(&granted, subject, &ALONE, NOW).err());
    assert_eq!(refused, Some(Refusal::TooManyGroups { claim: "groups".to_owned() }));
    let answer = world.userinfo_at(world.org_server(), scopes);
    assert_eq!(answer["groups"].as_array().map(Vec::len), Some(101));
}

#[test]
fn a_declared_claim_takes_the_place_of_the_systems() {
    let world = world([Claim::identity("email_verified", "user.checked == true").when_scope("email")]);
    assert_eq!(world.userinfo_at(world.custom(), "openid email")["email_verified"], false);
    assert_eq!(world.userinfo_at(world.custom(), "openid").get("email_verified"), None);
}

/// What changes claims is the same for both kinds of token; `patch` has the cases.
#[test]
fn drafts_are_taken_apart_and_put_back() {
    let world = world([Claim::access("department", "user.department")]);
    let granted = world.granted(world.custom(), "openid email");
    let id = TokenId::of_user([0; 16], [0; 16], false);
    let access = world.as_user(|subject| Draft::new(&granted, subject, &id, NOW)).unwrap();
    let mut tree = access.claims_tree();
    assert_eq!(tree.claims["department"], "Engineering");
    tree.claims.insert("department".to_owned(), "Sales".into());
    tree.lifetime = Lifetime::seconds(60);
    let changed = access.with_tree(tree.clone(), &[]).unwrap_or_else(|claim| panic!("{claim:?}"));
    assert_eq!(
        (changed.claims_tree().claims["department"].clone(), changed.lifetime()),
        (json!("Sales"), tree.lifetime)
    );
    tree.claims.insert("sub".to_owned(), "eve".into());
    assert_eq!(access.with_tree(tree.clone(), &[]).err(), Some(LockedClaim("sub".to_owned())));
    assert!(access.with_tree(tree, &["sub"]).is_ok());

    let draft = world.id_draft(world.custom(), "openid email", &ALONE);
    let mut tree = draft.claims_tree();
    tree.claims.insert("department".to_owned(), "Sales".into());
    let changed = draft.with_tree(tree.clone()).unwrap_or_else(|claim| panic!("{claim:?}"));
    let changed: Value = serde_json::from_slice(changed.complete(Some("token"), None).payload()).unwrap();
    assert_eq!((&changed["department"], changed["at_hash"].is_string()), (&json!("Sales"), true));
    for locked in ["sub", "nonce", "at_hash", "uid"] {
        let mut tree = tree.clone();
        tree.claims.insert(locked.to_owned(), "x".into());
        assert_eq!(draft.with_tree(tree).err(), Some(LockedClaim(locked.to_owned())));
    }
}
