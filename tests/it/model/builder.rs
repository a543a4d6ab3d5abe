//! An organisation declared in Rust is the one that the org file describes.

use chancery::jose::Algorithm;
use chancery::model::{
    AccessPolicy, AuthorizationServer, Claim, Client, ClientKind, Consent, Document, Group, GroupFilterType,
    Hook, IssuerMode, Org, OrgBuilder, RefreshRotation, Rule, Scope, TokenAction, TokenPolicy, User,
};
use chancery::types::{BaseUri, GrantType, Lifetime};
use serde_json::json;

fn declared() -> OrgBuilder {
    Org::builder("https://id.example.com/")
        .server(
            AuthorizationServer::new("aus1")
                .name("orders")
                .audience("api://orders")
                .scope(Scope::new("orders:read").id("scp1"))
                .scope(Scope::new("orders:write").id("scp2").consent(Consent::Required))
                .claim(Claim::access("department", "user.department").when_scope("orders:read"))
                .claim(Claim::identity_groups("teams", GroupFilterType::StartsWith, "Team "))
                .policy(
                    AccessPolicy::for_all_clients("all").id("00p1").rule(
                        Rule::new("machines")
                            .id("0pr1")
                            .grant(GrantType::ClientCredentials)
                            .any_scope()
                            .everyone()
                            .access_lifetime(Lifetime::minutes(60)),
                    ),
                ),
        )
        .client(
            Client::service("billing")
                .app_id("0oaservice")
                .label("Billing")
                .secret("correct-horse-battery-staple"),
        )
        .client(
            Client::browser("shop-spa")
                .app_id("0oabrowser")
                .label("Shop")
                .grant(GrantType::RefreshToken)
                .redirect_uri("https://shop.example.com/cb")
                .assign_user("00uada")
                .assign_group("Staff"),
        )
        .user(
            User::new("00uada", "ada@example.com").with_attribute("department", "Engines").in_group("Staff"),
        )
        .user(User::new("00ubob", "bob@example.com"))
        .group(Group::new("00gstaff", "Staff"))
        .group(Group::new("00gboard", "Board"))
        .hook(Hook::new("cal1", "https://hooks.example.com/token").name("enrich"))
}

/// What the builder says and what the file says of token policies and hooks.
#[test]
fn customization_is_declared_as_it_is_read() {
    let both = |action: TokenAction| action.in_access_token().in_id_token();
    let policy = TokenPolicy::new("p")
        .priority(7)
        .group("Staff")
        .except_group("Board")
        .client("billing")
        .scope("orders:read")
        .audience("api://orders")
        .grant(GrantType::ClientCredentials)
        .network("10.0.0.0/8")
        .except_network("10.1.2.3")
        .when("user.department != null")
        .action(both(TokenAction::add("department", "user.department")))
        .action(both(TokenAction::replace("department", "'x'")).in_id_token())
        .action(TokenAction::add_groups("groups", GroupFilterType::StartsWith, "Team "))
        .action(TokenAction::add_constant("tier", 1).in_id_token())
        .action(TokenAction::remove("tier"))
        .action(TokenAction::shorten_access_token(Lifetime::minutes(5)))
        .action(TokenAction::deny("audit").telling("ask IT"));
    let file = json!({ "name": "p", "priority": 7,
        "conditions": { "groups": { "include": ["Staff"], "exclude": ["Board"] }, "clients": { "include": ["billing"] },
            "scopes": { "include": ["orders:read"] }, "audiences": { "include": ["api://orders"] },
            "grantTypes": { "include": ["client_credentials"] },
            "network": { "include": ["10.0.0.0/8"], "exclude": ["10.1.2.3"] }, "expression": "user.department != null" },
        "actions": [
            { "addClaim": { "name": "department", "value": "user.department", "include": ["ACCESS_TOKEN", "ID_TOKEN"] } },
            { "replaceClaim": { "name": "department", "value": "'x'", "include": ["ACCESS_TOKEN", "ID_TOKEN"] } },
            { "addClaim": { "name": "groups", "value": "Team ", "valueType": "GROUPS", "group_filter_type": "STARTS_WITH" } },
            { "addClaim": { "name": "tier", "value": 1, "valueType": "CONSTANT", "include": ["ID_TOKEN"] } },
            { "removeClaim": { "name": "tier" } }, { "accessTokenLifetimeMinutes": 5 },
            { "deny": { "reason": "audit", "description": "ask IT" } }] });
    let read = TokenPolicy::from_okta(&file).unwrap();
    assert_eq!(format!("{policy:?}"), format!("{read:?}"));

    let hook = Hook::new("cal1", "https://hooks.example.com/token")
        .name("enrich")
        .header("X-Any", "a")
        .auth_header("Authorization", "s")
        .may_patch("sub")
        .fail_closed()
        .inactive();
    let file = json!({ "id": "cal1", "name": "enrich", "status": "INACTIVE", "type": "com.okta.oauth2.tokens.transform",
        "channel": { "type": "HTTP", "config": { "uri": "https://hooks.example.com/token", "method": "POST",
            "headers": [{ "key": "X-Any", "value": "a" }],
            "authScheme": { "type": "HEADER", "key": "Authorization", "value": "s" } } },
        "chancery": { "onFailure": "closed", "mayPatch": ["sub"] } });
    assert_eq!(format!("{hook:?}"), format!("{:?}", Hook::from_okta(&file).unwrap()));
}

/// What can be told of an organisation from outside, as text.
fn told(org: &Org) -> String {
    let mut lines = Vec::new();
    for server in org.servers() {
        lines.push(format!(
            "{} {} {} {:?}",
            server.id(),
            server.name(),
            server.issuer(),
            server.audiences().collect::<Vec<_>>()
        ));
        lines.extend(server.scopes().map(|scope| format!("{scope:?}")));
        lines.extend(
            server
                .access_claims()
                .chain(server.id_claims())
                .map(|claim| format!("{} {:?}", claim.name(), claim.expression())),
        );
        lines.extend(server.policies().rules().map(|(policy, rule)| {
            format!("{} {} {} {} {:?}", policy.id(), policy.name(), rule.id(), rule.name(), rule.lifetimes())
        }));
    }
    let mut clients: Vec<_> = org.clients().map(|client| format!("{client:?}")).collect();
    clients.sort();
    let mut users: Vec<_> = org.users().map(|user| format!("{user:?}")).collect();
    users.sort();
    let mut groups: Vec<_> =
        org.groups().map(|group| format!("{} {} {}", group.id(), group.name(), group.kind())).collect();
    groups.sort();
    let hooks: Vec<_> = org.hooks().map(|hook| format!("{hook:?} {}", hook.name())).collect();
    [lines, clients, users, groups, hooks].concat().join("\n")
}

#[test]
fn declaring_and_reading_yield_the_same_organisation() {
    let mut file: serde_json::Value =
        serde_json::from_str(include_str!("../../data/config/base.json")).unwrap();
    // The file says a little more than the builder can.
    file["apps"][1]["users"][0] = serde_json::json!({ "id": "00uada" });
    let read = Document::from_json(file).unwrap().compile().unwrap();
    assert_eq!(told(&declared().build().unwrap()), told(&read));
}

#[test]
fn mistakes_have_the_paths_of_the_file() {
    let org =
        Org::builder("http://id.example.com")
            .server(AuthorizationServer::new("v1").scope(Scope::new("okta")).policy(
                AccessPolicy::for_clients("p", ["nobody"]).rule(
                    Rule::new("").group("Staf").scope("orders").access_lifetime(Lifetime::seconds(299)),
                ),
            ))
            .client(Client::service("billing").secret(""))
            .user(User::new("00u1", "ada@example.com").in_group("Stuff"))
            .group(Group::new("00g1", "Staff"));
    let errors = org.build().unwrap_err();
    let expected = "\
apps[0].credentials.oauthClient.client_secret: is empty
authorizationServers[0].audiences: is missing: the tokens of a server need an audience
authorizationServers[0].id: `v1` cannot stand in the path of an issuer: 1 to 100 letters, digits and -._~, not `v1`
authorizationServers[0].policies[0].conditions.clients.include[0]: unknown client `nobody`
authorizationServers[0].policies[0].rules[0].actions.token.accessTokenLifetimeMinutes: is 299 seconds; access tokens live 5 to 1440 minutes
authorizationServers[0].policies[0].rules[0].conditions.people.groups.include[0]: unknown group `Staf`, did you mean `Staff`?
authorizationServers[0].policies[0].rules[0].conditions.scopes.include[0]: unknown scope `orders`
authorizationServers[0].policies[0].rules[0].name: is empty
authorizationServers[0].scopes[0].name: `okta` is no name for a scope: `okta` is reserved
baseUrl: `http://id.example.com` must use https; http is for localhost, 127.0.0.0/8 and [::1]
users[0].groups[0]: unknown group `Stuff`, did you mean `Staff`?";
    assert_eq!(errors.to_string(), expected);
}

#[test]
fn kinds_of_clients_come_with_what_suits_them() {
    let org = Org::builder("https://id.example.com")
        .client(Client::service("service").secret("correct-horse-battery"))
        .client(Client::web("website").secret("correct-horse-battery"))
        .client(Client::browser("browser"))
        .client(Client::native("native-app"))
        .build()
        .unwrap();
    let client = |id| org.client(id).unwrap();
    for (id, kind, method, pkce) in [
        ("service", ClientKind::Service, "client_secret_basic", false),
        ("website", ClientKind::Web, "client_secret_basic", false),
        ("browser", ClientKind::Browser, "none", true),
        ("native-app", ClientKind::Native, "none", true),
    ] {
        let client = client(id);
        assert_eq!(
            (client.kind(), client.auth().method(), client.requires_pkce()),
            (kind, method, pkce),
            "{id}"
        );
    }
    let rotating = RefreshRotation::Rotate { leeway: Lifetime::seconds(30) };
    assert_eq!(client("browser").refresh_rotation(), rotating);
    assert_eq!(client("website").refresh_rotation(), RefreshRotation::Static);
}

#[test]
fn another_directory_may_know_clients_users_and_groups() {
    let org = || {
        Org::builder("https://id.example.com").server(AuthorizationServer::new("default").policy(
            AccessPolicy::for_clients("p", ["0oaelsewhere"]).rule(
                Rule::new("r").grant(GrantType::AuthorizationCode).any_scope().user("00u9").group("00g9"),
            ),
        ))
    };
    assert_eq!(org().build().unwrap_err().mistakes().len(), 3);
    assert!(org().with_outside_directory().build().is_ok());

    let base = BaseUri::parse("https://id.example.com").unwrap();
    let client = Client::service("0oaelsewhere").secret("correct-horse-battery").assign_group("00g9");
    assert_eq!(client.register(&base).unwrap().id().as_str(), "0oaelsewhere");
    assert!(Client::service("ALL_CLIENTS").register(&base).is_err());
}

#[test]
fn issuer_modes_choose_the_host() {
    let issuer = |mode| {
        let server =
            AuthorizationServer::new("aus1").audience("a").issuer_mode(mode).domain("ID.example.org:443");
        let org = Org::builder("https://dev-1.okta.com").server(server).build().unwrap();
        org.server("aus1").unwrap().issuer().to_string()
    };
    assert_eq!(issuer(IssuerMode::OrgUrl), "https://dev-1.okta.com/oauth2/aus1");
    assert_eq!(issuer(IssuerMode::CustomUrl), "https://id.example.org/oauth2/aus1");
    assert_eq!(issuer(IssuerMode::Dynamic), "https://dev-1.okta.com/oauth2/aus1");
}

#[test]
fn what_goes_for_all_is_said_once() {
    let org = Org::builder("https://id.example.com")
        .signing(Algorithm::EdDsa)
        .server(AuthorizationServer::new("one").audience("api://one"))
        .server(AuthorizationServer::new("two").audience("api://two").signing(Algorithm::Es256))
        .client(Client::browser("0oashop").redirect_uri("https://shop.example.com/cb").assign_everyone())
        .user(User::new("00uada", "ada@example.com"))
        .build()
        .unwrap();
    let algorithms: Vec<_> = org.servers().map(|server| server.algorithm()).collect();
    assert_eq!(algorithms, [Algorithm::EdDsa, Algorithm::EdDsa, Algorithm::Es256]);
    let (shop, ada) = (org.client("0oashop").unwrap(), org.user("00uada").unwrap());
    assert!(shop.app_user(ada).is_some());
}
