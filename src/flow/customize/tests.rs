use serde_json::{Value, json};

use super::*;
use crate::expr::{Flow, Group, Inputs, User};
use crate::model::{Document, Org};
use crate::types::Lifetime;

/// An organisation with these token policies.
fn org(policies: &Value, allowed: &Value) -> Org {
    let file = json!({
        "baseUrl": "https://id.example.com",
        "authorizationServers": [{
            "id": "aus1", "name": "orders", "audiences": ["https://api.mycompany.com", "api://other"],
            "scopes": [{ "name": "orders:read" }, { "name": "orders:write" }],
            "policies": [{ "name": "p", "conditions": { "clients": { "include": ["ALL_CLIENTS"] } }, "rules": [{ "name": "r",
                "conditions": { "grantTypes": { "include": ["client_credentials"] }, "scopes": { "include": ["*"] } } }] }],
            "chancery": { "tokenPolicies": policies, "allowReservedClaims": allowed }
        }],
        "apps": [{ "id": "0oa1", "name": "oidc_client", "credentials": { "oauthClient": { "client_id": "0oa1", "client_secret": "correct-horse-battery" } } },
            { "id": "0oa2", "name": "oidc_client", "credentials": { "oauthClient": { "client_id": "0oa2", "client_secret": "correct-horse-battery" } } }],
        "groups": [{ "id": "00g1", "profile": { "name": "Internal Employees" } }, { "id": "00g2", "profile": { "name": "Contractors" } }]
    });
    Document::from_json(file).unwrap().compile().unwrap_or_else(|errors| panic!("{errors}"))
}

/// A request: what differs from Ada's, an internal employee who reads orders from 10.0.0.7.
#[derive(Clone)]
struct Asked {
    client: &'static str,
    groups: Option<Vec<&'static str>>,
    scopes: Vec<&'static str>,
    audience: &'static str,
    grants: Vec<GrantType>,
    peer: Option<&'static str>,
    tokens: &'static str,
}

fn ada() -> Asked {
    Asked {
        client: "0oa1",
        groups: Some(vec!["00g1"]),
        scopes: vec!["orders:read"],
        audience: "https://api.mycompany.com",
        grants: vec![GrantType::AuthorizationCode],
        peer: Some("10.0.0.7"),
        tokens: "access id",
    }
}

fn run_with(policies: &Value, allowed: &Value, asked: &Asked) -> Result<Trees, Refusal> {
    let org = org(policies, allowed);
    let server = org.server("aus1").unwrap();
    let claims = |value: Value| value.as_object().unwrap().clone();
    let tree = |name: &str, value| {
        asked.tokens.contains(name).then(|| Tree { claims: claims(value), lifetime: Lifetime::minutes(60) })
    };
    let mut trees = Trees {
        access: tree(
            "access",
            json!({ "iat": 1000, "exp": 4600, "sub": "ada@example.com", "team": "engines" }),
        ),
        id: tree("id", json!({ "sub": "00u1", "iat": 1000 })),
    };
    let profile = claims(json!({ "department": "Engines", "employeeType": "FULL_TIME" }));
    let ids: Option<Vec<GroupId>> =
        asked.groups.as_ref().map(|groups| groups.iter().map(GroupId::new).collect());
    let names = [Group::new("00g1", "Internal Employees"), Group::new("00g0", "Everyone")].map(Arc::new);
    let inputs = Inputs::default().with_groups(&names).with_flow(Flow::AuthorizationCode);
    let inputs = match ids {
        Some(_) => inputs.with_user(User::default().with_profile(&profile)),
        None => inputs.without_user(),
    };
    let scopes: Vec<ScopeIndex> =
        asked.scopes.iter().map(|name| server.scopes.get(name).unwrap().0).collect();
    let client = ClientId::new(asked.client);
    let situation = Situation {
        client: &client,
        groups: ids.as_deref(),
        scopes: &scopes,
        audience: asked.audience,
        grants: &asked.grants,
        address: address(asked.peer),
        inputs: &inputs,
        group_names: if ids.is_some() { &names } else { &[] },
        is_foreign: &|audience| audience == "api://foreign",
    };
    customize(&server.token_policies, &situation, &mut trees)?;
    Ok(trees)
}

fn run(policies: &Value, asked: &Asked) -> Result<Trees, Refusal> {
    run_with(policies, &json!([]), asked)
}

fn access(policies: &Value, asked: &Asked) -> Value {
    run(policies, asked).unwrap().access.unwrap().claims.into()
}

/// One policy under these conditions that marks the token; whether it did.
fn holds(conditions: Value, asked: &Asked) -> bool {
    let policy = json!([{ "name": "p", "conditions": conditions, "actions": [{ "addClaim": { "name": "mark", "value": "true" } }] }]);
    access(&policy, asked)["mark"] == json!(true)
}

/// The policy that the crate's page shows.
#[test]
fn a_department_for_internal_employees() {
    let policy = json!([{ "name": "Add department claim for internal apps", "status": "ACTIVE", "priority": 1,
        "conditions": { "groups": { "include": ["Internal Employees"], "exclude": [] }, "clients": { "include": ["ALL_CLIENTS"] },
            "scopes": { "include": ["*"] }, "audiences": { "include": ["https://api.mycompany.com"] },
            "expression": "user.profile.employeeType == 'FULL_TIME'" },
        "actions": [{ "addClaim": { "name": "department", "value": "user.department", "valueType": "EXPRESSION", "include": ["ACCESS_TOKEN"] } }] }]);
    let trees = run(&policy, &ada()).unwrap();
    assert_eq!(trees.access.unwrap().claims["department"], json!("Engines"));
    assert_eq!(trees.id.unwrap().claims.get("department"), None);
    for other in [
        Asked { groups: Some(vec!["00g2"]), ..ada() },
        Asked { groups: Some(Vec::new()), ..ada() },
        Asked { audience: "api://other", ..ada() },
        Asked { groups: None, ..ada() },
    ] {
        assert_eq!(access(&policy, &other).get("department"), None);
    }
}

#[test]
fn conditions() {
    let machine = Asked { groups: None, ..ada() };
    let refresh = Asked { grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken], ..ada() };
    let unknown = Asked { peer: None, ..ada() };
    let odd = Asked { peer: Some("a proxy"), ..ada() };
    let with_port = Asked { peer: Some("10.0.0.7:4711"), ..ada() };
    let mapped = Asked { peer: Some("::ffff:10.0.0.7"), ..ada() };
    for (conditions, asked, expected) in [
        (json!({}), ada(), true),
        (json!({}), machine.clone(), true),
        (json!({ "groups": { "include": ["Everyone"] } }), machine.clone(), true),
        (json!({ "groups": { "include": ["00g1", "Contractors"] } }), ada(), true),
        (json!({ "groups": { "include": ["Contractors"] } }), ada(), false),
        (json!({ "groups": { "include": ["00g1"] } }), machine.clone(), false),
        (json!({ "groups": { "exclude": ["00g1"] } }), ada(), false),
        (json!({ "groups": { "exclude": ["Contractors"] } }), ada(), true),
        (json!({ "groups": { "exclude": ["00g1"] } }), machine.clone(), true),
        (json!({ "groups": { "include": ["EVERYONE"], "exclude": ["00g1"] } }), ada(), false),
        (json!({ "groups": { "include": [], "exclude": ["Contractors"] } }), ada(), false),
        (json!({ "clients": { "include": ["0oa1"] } }), ada(), true),
        (json!({ "clients": { "include": ["0oa2"] } }), ada(), false),
        (json!({ "clients": { "include": ["0oa2", "ALL_CLIENTS"] } }), ada(), true),
        (json!({ "clients": { "include": [] } }), ada(), false),
        (json!({ "scopes": { "include": ["orders:write", "orders:read"] } }), ada(), true),
        (json!({ "scopes": { "include": ["orders:write"] } }), ada(), false),
        (json!({ "scopes": { "include": ["*"] } }), ada(), true),
        (json!({ "audiences": { "include": ["api://other"] } }), ada(), false),
        (json!({ "grantTypes": { "include": ["authorization_code"] } }), ada(), true),
        (json!({ "grantTypes": { "include": ["refresh_token"] } }), ada(), false),
        (json!({ "grantTypes": { "include": ["refresh_token"] } }), refresh.clone(), true),
        (json!({ "grantTypes": { "include": ["authorization_code"] } }), refresh, true),
        (json!({ "network": { "include": ["10.0.0.0/8"] } }), ada(), true),
        (json!({ "network": { "include": ["10.0.0.0/8"] } }), with_port, true),
        (json!({ "network": { "include": ["10.0.0.0/8"] } }), mapped.clone(), true),
        (json!({ "network": { "include": ["192.0.2.0/24"] } }), ada(), false),
        (json!({ "network": { "include": ["0.0.0.0/0", "::/0"] } }), unknown.clone(), false),
        (json!({ "network": { "include": ["0.0.0.0/0", "::/0"] } }), odd, false),
        (json!({ "network": { "exclude": ["10.0.0.0/8"] } }), mapped, false),
        (json!({ "network": { "exclude": ["10.0.0.0/8"] } }), unknown, true),
        (json!({ "expression": "user.department == 'Engines'" }), ada(), true),
        (json!({ "expression": "user.department == 'Sails'" }), ada(), false),
        (json!({ "expression": "user.department == 'Engines'" }), machine, false),
        (json!({ "expression": "token.claims.team == 'engines'" }), ada(), true),
        (json!({ "expression": "app.clientId == null" }), ada(), true),
    ] {
        assert_eq!(holds(conditions.clone(), &asked), expected, "{conditions}");
    }
}

/// A condition of which nobody knows whether it holds refuses; who is asked for nothing else is not.
#[test]
fn a_condition_that_fails_refuses() {
    for expression in ["user.department", "user.nothing", "Convert.toInt(user.department) == 1"] {
        let policy = |groups: &str| {
            json!([{ "name": "p", "conditions": { "expression": expression, "groups": { "include": [groups] } },
                "actions": [{ "removeClaim": { "name": "team" } }] }])
        };
        let refusal = run(&policy("00g1"), &ada()).unwrap_err();
        assert!(matches!(refusal, Refusal::TokenPolicyFailed { .. }), "{expression}: {refusal:?}");
        assert!(run(&policy("00g2"), &ada()).is_ok(), "{expression}");
    }
}

#[test]
fn later_policies_see_the_claims_of_earlier_ones() {
    let policy = |name: &str, priority: i64, actions: Value| json!({ "name": name, "priority": priority, "actions": actions });
    let both = json!(["ACCESS_TOKEN", "ID_TOKEN"]);
    let policies = json!([
        policy("last", 3, json!([{ "addClaim": { "name": "c", "value": "token.claims.b + '!'", "include": both } }])),
        policy("first", 1, json!([{ "addClaim": { "name": "a", "value": "'1'", "include": both } }, { "addClaim": { "name": "b", "value": "token.claims.a + '2'" } }])),
        policy("second", 2, json!([{ "replaceClaim": { "name": "b", "value": "token.claims.b + '3'", "include": both } }])),
        { "name": "off", "status": "INACTIVE", "priority": 0, "actions": [{ "deny": {} }] }
    ]);
    let trees = run(&policies, &ada()).unwrap();
    // Each token has claims of its own: the ID token has no `b`.
    assert_eq!(trees.id.as_ref().unwrap().claims.get("b"), None);
    let claims = trees.access.unwrap().claims;
    assert_eq!((&claims["a"], &claims["b"], &claims["c"]), (&json!("1"), &json!("123"), &json!("123!")));
}

#[test]
fn actions() {
    let after = |actions: Value| run(&json!([{ "name": "p", "actions": actions }]), &ada()).unwrap();
    let claim = |trees: &Trees, name: &str| trees.access.as_ref().unwrap().claims.get(name).cloned();
    let both = json!(["ACCESS_TOKEN", "ID_TOKEN"]);

    // Null and the empty list leave what there is, or take it out.
    let trees = after(
        json!([{ "addClaim": { "name": "team", "value": "user.nothing" } }, { "addClaim": { "name": "new", "value": "{}" } }]),
    );
    assert_eq!((claim(&trees, "team"), claim(&trees, "new")), (Some(json!("engines")), None));
    let trees = after(
        json!([{ "replaceClaim": { "name": "team", "value": "user.nothing" } }, { "replaceClaim": { "name": "new", "value": "'x'" } }]),
    );
    assert_eq!((claim(&trees, "team"), claim(&trees, "new")), (None, None));

    let trees = after(
        json!([{ "addClaim": { "name": "limits", "valueType": "CONSTANT", "value": { "max": 1.5, "of": [1, null] } } }]),
    );
    assert_eq!(claim(&trees, "limits"), Some(json!({ "max": 1.5, "of": [1, null] })));
    let trees = after(
        json!([{ "addClaim": { "name": "groups", "valueType": "GROUPS", "group_filter_type": "STARTS_WITH", "value": "internal", "include": both } }]),
    );
    assert_eq!(claim(&trees, "groups"), Some(json!(["Internal Employees"])));
    assert_eq!(trees.id.unwrap().claims["groups"], json!(["Internal Employees"]));
    let trees = after(
        json!([{ "addClaim": { "name": "x", "value": "1", "include": ["ID_TOKEN"] } }, { "removeClaim": { "name": "team" } }, { "removeClaim": { "name": "absent" } }]),
    );
    assert_eq!((claim(&trees, "x"), claim(&trees, "team")), (None, None));
    assert_eq!(trees.id.unwrap().claims["x"], json!(1));

    // Only ever shorter.
    let lifetime = |minutes: &[i64]| {
        let actions: Vec<Value> =
            minutes.iter().map(|m| json!({ "accessTokenLifetimeMinutes": m })).collect();
        let trees = after(json!(actions));
        assert_eq!(trees.id.unwrap().lifetime, Lifetime::minutes(60));
        trees.access.unwrap().lifetime.as_seconds()
    };
    assert_eq!((lifetime(&[10, 5, 30]), lifetime(&[120]), lifetime(&[])), (300, 3600, 3600));
}

#[test]
fn what_may_be_opened_stays_one_text() {
    let run = |action: Value| {
        run_with(&json!([{ "name": "p", "actions": [action] }]), &json!(["sub", "aud"]), &ada())
            .map(|trees| trees.access.unwrap().claims)
    };
    let claims = run(json!({ "addClaim": { "name": "sub", "value": "user.department" } })).unwrap();
    assert_eq!(claims["sub"], json!("Engines"));
    for action in [
        json!({ "addClaim": { "name": "sub", "value": "''" } }),
        json!({ "addClaim": { "name": "sub", "value": "{'a', 'b'}" } }),
        json!({ "addClaim": { "name": "aud", "valueType": "CONSTANT", "value": ["x"] } }),
        json!({ "addClaim": { "name": "aud", "value": "'api://foreign'" } }),
        json!({ "replaceClaim": { "name": "sub", "value": "user.nothing" } }),
    ] {
        let refusal = run(action.clone()).unwrap_err();
        assert!(matches!(refusal, Refusal::ClaimFailed { .. }), "{action}: {refusal:?}");
    }
}

#[test]
fn a_policy_may_deny() {
    let policies = |deny: Value| json!([{ "name": "no contractors", "conditions": { "groups": { "include": ["Contractors"] } }, "actions": [{ "deny": deny }] }]);
    assert!(run(&policies(json!({})), &ada()).is_ok());
    let contractor = Asked { groups: Some(vec!["00g2"]), ..ada() };
    let told = |deny: Value| {
        let refusal = run(&policies(deny), &contractor).unwrap_err();
        let wire = refusal.wire();
        let crate::WireBody::OAuth { error, description } = wire.body else { panic!("{refusal:?}") };
        assert_eq!((wire.status, error), (401, "access_denied"));
        (description, refusal.to_string())
    };
    let (shown, logged) = told(
        json!({ "reason": "audit finding 7\nforged line", "description": "Ask \"IT\" for access.\r\n" }),
    );
    assert_eq!(shown, "Ask ?IT? for access.??");
    assert_eq!(logged, "the token policy `no contractors` denies: audit finding 7\\nforged line");
    let (shown, _) = told(json!({}));
    assert_eq!(shown, "Policy evaluation failed for this request, please check the policy configurations.");
}

#[test]
fn too_many_groups_are_an_error() {
    let groups: Vec<Arc<Group>> =
        (0..101).map(|i| Arc::new(Group::new(format!("g{i}"), format!("team {i}")))).collect();
    let org = org(
        &json!([{ "name": "p", "actions": [{ "addClaim": { "name": "groups", "valueType": "GROUPS", "group_filter_type": "REGEX", "value": ".*" } }] }]),
        &json!([]),
    );
    let policies = org.server("aus1").unwrap().token_policies();
    let outcome = |groups: &[Arc<Group>]| {
        let (client, inputs) = (ClientId::new("0oa1"), Inputs::default());
        let situation = Situation {
            client: &client,
            groups: Some(&[]),
            scopes: &[],
            audience: "x",
            grants: &[],
            address: None,
            inputs: &inputs,
            group_names: groups,
            is_foreign: &|_| false,
        };
        let mut trees =
            Trees { access: Some(Tree { claims: Map::new(), lifetime: Lifetime::minutes(5) }), id: None };
        customize(policies, &situation, &mut trees)
    };
    assert!(outcome(&groups[..100]).is_ok());
    assert!(matches!(outcome(&groups), Err(Refusal::TooManyGroups { .. })));
    assert!(policies[0].reads_groups());
}
