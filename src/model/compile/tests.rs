//! What conditions mean, from the org file to the decision.

use serde_json::{Value, json};

use super::origin;
use crate::model::{Document, Org, Person, Wanted};
use crate::types::{ClientId, GrantType, GroupId, UserId};

/// Who asks, in the tests below.
#[derive(Clone, Copy, Debug)]
enum Asks {
    Nobody,
    Ada,
    Bob,
}

fn org(policies: Value) -> Org {
    let client = |id: &str| {
        json!({ "id": format!("0oa{id}"), "name": "oidc_client", "credentials": { "oauthClient": {
            "client_id": id, "client_secret": "correct-horse-battery" } },
            "settings": { "oauthClient": { "grant_types": ["client_credentials", "authorization_code"] } } })
    };
    let file = json!({
        "baseUrl": "https://id.example.com",
        "authorizationServers": [{ "id": "aus1", "audiences": ["a"], "scopes": [{ "name": "s1" }, { "name": "s2" }],
            "policies": policies }],
        "apps": [client("billing"), client("reports")],
        "users": [{ "id": "00uada", "profile": { "login": "ada" } }, { "id": "00ubob", "profile": { "login": "bob" } }],
        "groups": [{ "id": "00gstaff", "profile": { "name": "Staff" }, "users": ["00uada"] },
            { "id": "00gall", "type": "BUILT_IN", "profile": { "name": "Everyone" }, "users": ["00uada", "00ubob"] }]
    });
    Document::from_json(file).unwrap().compile().unwrap_or_else(|errors| panic!("{errors}"))
}

/// The name of the rule that decides.
fn decide<'o>(org: &'o Org, client: &str, asks: Asks, grant: GrantType, scopes: &[&str]) -> Option<&'o str> {
    let server = org.server("aus1").unwrap();
    let scopes: Vec<_> = scopes.iter().map(|scope| server.scopes.get(scope).unwrap().0).collect();
    let user = |id: &str| org.user(id).unwrap();
    let person = match asks {
        Asks::Nobody => None,
        Asks::Ada => Some(user("00uada")),
        Asks::Bob => Some(user("00ubob")),
    };
    let person = person.map(|user| Person { id: &user.id, groups: &user.groups });
    let decision = server.policies.decide(&ClientId::from(client), person, &[grant], Wanted::All(&scopes));
    decision.map(|(_, rule)| rule.name())
}

fn rule(name: &str, people: Value) -> Value {
    json!({ "name": name, "conditions": { "people": people,
        "grantTypes": { "include": ["client_credentials"] }, "scopes": { "include": ["*"] } } })
}

#[test]
fn people_conditions_mean_what_the_org_file_says() {
    let [nobody, ada, bob] = [Asks::Nobody, Asks::Ada, Asks::Bob];
    for (people, matches) in [
        (json!(null), [true, true, true]),
        (json!({}), [true, true, true]),
        (
            json!({ "users": { "include": [], "exclude": [] }, "groups": { "include": [] } }),
            [true, true, true],
        ),
        (json!({ "groups": { "include": ["EVERYONE"] } }), [true, true, true]),
        (json!({ "groups": { "include": ["Everyone"] } }), [true, true, true]),
        (json!({ "groups": { "include": ["00gall"] } }), [true, true, true]),
        (
            json!({ "groups": { "include": ["EVERYONE"] }, "users": { "exclude": ["00uada"] } }),
            [true, false, true],
        ),
        (json!({ "groups": { "include": ["EVERYONE"], "exclude": ["Staff"] } }), [true, false, true]),
        (json!({ "groups": { "include": ["Staff"] } }), [false, true, false]),
        (
            json!({ "groups": { "include": ["00gstaff"] }, "users": { "include": ["00ubob"] } }),
            [false, true, true],
        ),
        (
            json!({ "groups": { "include": ["Staff"] }, "users": { "exclude": ["00uada"] } }),
            [false, false, false],
        ),
        (json!({ "users": { "include": ["00ubob"], "exclude": ["00ubob"] } }), [false, false, false]),
        // Only excluding includes nobody; excluding everybody leaves nobody.
        (json!({ "users": { "exclude": ["00uada"] } }), [false, false, false]),
        (json!({ "groups": { "include": ["EVERYONE"], "exclude": ["EVERYONE"] } }), [false, false, false]),
    ] {
        let policy = json!([{ "name": "p", "conditions": { "clients": { "include": ["ALL_CLIENTS"] } },
            "rules": [rule("r", people.clone())] }]);
        let org = org(policy);
        let found = [nobody, ada, bob]
            .map(|asks| decide(&org, "billing", asks, GrantType::ClientCredentials, &["s1"]).is_some());
        assert_eq!(found, matches, "{people}");
    }
}

#[test]
fn clients_are_named_by_client_id_or_app_id() {
    for (include, billing, reports) in [
        (json!(["billing"]), true, false),
        (json!(["0oabilling"]), true, false),
        (json!(["0oareports", "billing"]), true, true),
        (json!(["ALL_CLIENTS"]), true, true),
        (json!(["ALL_CLIENTS", "billing"]), true, true),
        (json!([]), false, false),
        (json!(null), false, false),
    ] {
        let org = org(json!([{ "name": "p", "conditions": { "clients": { "include": include } },
            "rules": [rule("r", json!(null))] }]));
        let matches =
            |client| decide(&org, client, Asks::Nobody, GrantType::ClientCredentials, &["s1"]).is_some();
        assert_eq!((matches("billing"), matches("reports")), (billing, reports));
    }
}

/// A253: the lowest number first, then the list; numbers may be negative, far apart, or absent.
#[test]
fn a253_priorities_order_policies_and_rules() {
    for (priorities, first) in [
        (json!([null, null]), "0"),
        (json!([2, 1]), "1"),
        (json!([1, 1]), "0"),
        (json!([0, -1]), "1"),
        (json!([2_147_483_648_i64, 7]), "1"),
        // Without a number the place counts, from 1.
        (json!([null, 1]), "0"),
        (json!([3, null]), "1"),
    ] {
        let all = json!({ "clients": { "include": ["ALL_CLIENTS"] } });
        let with = |place: usize, mut json: Value| {
            json["priority"] = priorities[place].clone();
            json
        };
        let rules = [with(0, rule("0", json!(null))), with(1, rule("1", json!(null)))];
        let one = org(json!([{ "name": "p", "conditions": all, "rules": rules }]));
        let policy = |place: usize| {
            let rule = rule(&place.to_string(), json!(null));
            with(place, json!({ "name": "p", "conditions": all, "rules": [rule] }))
        };
        let two = org(json!([policy(0), policy(1)]));
        for org in [one, two] {
            let found = decide(&org, "billing", Asks::Nobody, GrantType::ClientCredentials, &["s1"]);
            assert_eq!(found, Some(first), "{priorities}");
        }
    }
}

/// A252 and A258: what nothing allows is denied; a rule covers every requested scope or none.
#[test]
fn a252_a258_only_what_a_rule_allows() {
    let all = json!({ "clients": { "include": ["ALL_CLIENTS"] } });
    let rule_with = |grants: Value, scopes: Value| json!({ "name": "r", "conditions": { "grantTypes": grants, "scopes": scopes } });
    let machine = json!({ "include": ["client_credentials"] });
    for (policies, one, both) in [
        (json!([]), false, false),
        (json!([{ "name": "p", "conditions": all, "rules": [] }]), false, false),
        (
            json!([{ "name": "p", "conditions": all, "rules": [rule_with(machine.clone(), json!({ "include": [] }))] }]),
            false,
            false,
        ),
        (
            json!([{ "name": "p", "conditions": all, "rules": [rule_with(machine.clone(), json!(null))] }]),
            false,
            false,
        ),
        (
            json!([{ "name": "p", "conditions": all, "rules": [rule_with(json!(null), json!({ "include": ["*"] }))] }]),
            false,
            false,
        ),
        (
            json!([{ "name": "p", "conditions": all, "rules": [rule_with(json!({ "include": ["password"] }), json!({ "include": ["*"] }))] }]),
            false,
            false,
        ),
        (
            json!([{ "name": "p", "conditions": all, "rules": [rule_with(machine.clone(), json!({ "include": ["s1"] }))] }]),
            true,
            false,
        ),
        (
            json!([{ "name": "p", "conditions": all, "rules": [rule_with(machine.clone(), json!({ "include": ["s2", "s1"] }))] }]),
            true,
            true,
        ),
        (
            json!([{ "name": "p", "conditions": all, "status": "INACTIVE", "rules": [rule("r", json!(null))] }]),
            false,
            false,
        ),
        (
            json!([{ "name": "p", "conditions": all, "rules": [{ "status": "INACTIVE", "conditions": {
            "grantTypes": machine, "scopes": { "include": ["*"] } } }] }]),
            false,
            false,
        ),
        // A condition that we cannot judge: the rule, or the policy, matches nothing.
        (
            json!([{ "name": "p", "conditions": all, "rules": [{ "conditions": { "network": { "connection": "ZONE" },
            "grantTypes": machine, "scopes": { "include": ["*"] } } }] }]),
            false,
            false,
        ),
        (
            json!([{ "name": "p", "conditions": { "clients": { "include": ["ALL_CLIENTS"], "exclude": ["billing"] } },
            "rules": [rule("r", json!(null))] }]),
            false,
            false,
        ),
    ] {
        let org = org(policies.clone());
        let matches = |scopes: &[&str]| {
            decide(&org, "billing", Asks::Nobody, GrantType::ClientCredentials, scopes).is_some()
        };
        assert_eq!((matches(&["s1"]), matches(&["s1", "s2"])), (one, both), "{policies}");
    }
}

#[test]
fn everyone_is_implied_and_never_listed_with_a_user() {
    let org = org(json!([]));
    assert_eq!(org.everyone().as_str(), "00gall");
    assert_eq!(org.user("00uada").unwrap().groups(), [GroupId::from("00gstaff")]);
    assert_eq!(org.user("00ubob").unwrap().groups(), []);
    assert_eq!(org.user("00ubob").unwrap().id(), &UserId::from("00ubob"));
    let bare = Org::builder("https://id.example.com").build().unwrap();
    assert_eq!(bare.everyone().as_str(), "EVERYONE");
    assert_eq!(bare.group("EVERYONE").unwrap().name(), "Everyone");
}

#[test]
fn origins_take_the_form_that_browsers_send() {
    assert_eq!(origin("https://Shop.example.com:443/").as_deref(), Some("https://shop.example.com"));
    assert_eq!(origin("http://localhost:3000").as_deref(), Some("http://localhost:3000"));
    for bad in [
        "",
        "*",
        "https://*.example.com",
        "https://a.example/path",
        "https://u:p@a.example",
        "null",
        "file:///x",
    ] {
        assert_eq!(origin(bad), None, "{bad}");
    }
}
