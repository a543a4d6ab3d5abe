//! What-if questions.

use chancery::model::{AccessPolicy, AuthorizationServer, Claim, Client, Group, Org, Rule, Scope, User};
use chancery::testing::block_on;
use chancery::types::GrantType::{AuthorizationCode, ClientCredentials};
use chancery::{Issuer, Preview, PreviewError, PreviewRequest};
use serde_json::{Value, json};

use crate::scripted::keys;

fn issuer() -> Issuer {
    let server = AuthorizationServer::new("default")
        .audience("api://orders")
        .scope(Scope::new("orders:read"))
        .scope(Scope::new("orders:write"))
        .claim(Claim::access("dept", "user.department"))
        .policy(
            AccessPolicy::for_all_clients("main")
                .id("00p1")
                .rule(Rule::new("writers").id("0pr1").grant(AuthorizationCode).group("Writers").any_scope())
                .rule(Rule::new("off").id("0pr2").grant(AuthorizationCode).any_scope().inactive())
                .rule(Rule::new("readers").id("0pr3").grant(AuthorizationCode).scope("orders:read")),
        )
        .policy(
            AccessPolicy::for_all_clients("later")
                .id("00p2")
                .inactive()
                .rule(Rule::new("machines").id("0pr4").grant(ClientCredentials).any_scope()),
        );
    let org = Org::builder("https://id.example.com")
        .server(server)
        .group(Group::new("00gw", "Writers"))
        .user(User::new("00u1", "ada@example.com").with_attribute("department", "Sales"))
        .client(
            Client::web("0oa1web")
                .secret("correct-horse-battery-staple")
                .redirect_uri("https://web.example.com/cb")
                .assign_group("EVERYONE"),
        )
        .client(Client::service("0oa2batch").secret("correct-horse-battery-staple"))
        .build()
        .unwrap();
    Issuer::new(org, keys::local())
}

fn by_ada(scope: &str) -> PreviewRequest {
    PreviewRequest::new("default", "0oa1web", AuthorizationCode).user("00u1").scope(scope)
}

fn ask(request: &PreviewRequest) -> Preview {
    block_on(issuer().preview(request)).unwrap()
}

fn rule_of(preview: &Preview) -> Option<String> {
    let policies = preview.trace.policies.as_ref()?;
    policies.decision().map(|(_, rule)| rule.id.to_string())
}

#[test]
fn groups() {
    let asked = by_ada("orders:write");
    assert_eq!(rule_of(&ask(&asked)), None);
    for name in ["Writers", "00gw"] {
        let inside = asked.clone().in_group(name);
        assert_eq!(rule_of(&ask(&inside)).as_deref(), Some("0pr1"));
        assert_eq!(rule_of(&ask(&inside.not_in_group("Writers"))), None);
    }
    let wrong = block_on(issuer().preview(&asked.in_group("Riders")));
    assert!(matches!(wrong, Err(PreviewError::UnknownGroup(name)) if name == "Riders"));
}

#[test]
fn rules_and_policies() {
    let reads = by_ada("orders:read");
    assert_eq!(rule_of(&ask(&reads)).as_deref(), Some("0pr3"));
    assert_eq!(rule_of(&ask(&reads.clone().with_rule("0pr2"))).as_deref(), Some("0pr2"));
    assert_eq!(rule_of(&ask(&reads.clone().without_rule("0pr3"))), None);
    assert_eq!(rule_of(&ask(&reads.clone().without_rule("00p1"))), None);
    let machine = PreviewRequest::new("default", "0oa2batch", ClientCredentials).scope("orders:read");
    assert_eq!(rule_of(&ask(&machine)), None);
    for id in ["00p2", "0pr4"] {
        let preview = ask(&machine.clone().with_rule(id));
        assert_eq!(rule_of(&preview).as_deref(), Some("0pr4"));
        assert_eq!(preview.access_token.unwrap()["sub"], "0oa2batch");
    }
    let wrong = block_on(issuer().preview(&machine.with_rule("0pr9")));
    assert!(matches!(wrong, Err(PreviewError::UnknownRule(id)) if id == "0pr9"));
}

/// What is INACTIVE and would help is named.
#[test]
fn what_is_inactive_is_told() {
    let trace = ask(&by_ada("orders:write")).trace;
    let advice = &trace.refusal.as_ref().unwrap().advice;
    assert_eq!(
        advice[0],
        "activate the rule `off` (rules[1]) of the policy `main` (policies[0]): it would decide but is INACTIVE"
    );
    assert!(trace.to_string().contains("- rule `off`: INACTIVE, or it would decide"), "{trace}");
}

#[test]
fn profiles() {
    let dept = |request: PreviewRequest| ask(&request).access_token.unwrap().get("dept").cloned();
    let reads = by_ada("orders:read");
    assert_eq!(dept(reads.clone()), Some(json!("Sales")));
    assert_eq!(dept(reads.clone().with_attribute("department", "Law")), Some(json!("Law")));
    assert_eq!(dept(reads.with_attribute("department", Value::Null)), None);
}

/// Nothing that was supposed stays.
#[test]
fn questions_change_nothing() {
    let issuer = issuer();
    let ask = |request: &PreviewRequest| rule_of(&block_on(issuer.preview(request)).unwrap());
    let asked = by_ada("orders:read");
    let before = ask(&asked);
    ask(&asked.clone().with_rule("0pr2").in_group("Writers").with_attribute("department", "x"));
    assert_eq!(ask(&asked), before);
}

#[test]
fn requests_as_json_are_read_strictly() {
    for bad in [
        r#"{"client": "c"}"#,
        r#"{"client": "c", "grant": "magic"}"#,
        r#"{"client": "c", "grant": "client_credentials", "user_id": "u"}"#,
        r#"{"client": "c", "grant": "implicit", "responseType": "code code"}"#,
        r#"{"client": "c", "grant": "implicit", "whatIf": {"group": {}}}"#,
        "[]",
    ] {
        assert!(matches!(PreviewRequest::from_json(bad), Err(PreviewError::Malformed(_))), "{bad}");
    }
}
