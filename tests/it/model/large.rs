//! Large organisations, right and wrong, are checked in time that grows with them and no faster.

use std::fmt::Write as _;

use chancery::model::Document;

/// 10,000 users in 200 groups, 300 apps, 50 policies of 20 rules.
fn file(misspelt: &str) -> String {
    let list = |count: usize, element: &dyn Fn(usize) -> String| {
        let elements: Vec<String> = (0..count).map(element).collect();
        elements.join(",\n")
    };
    let mut text = String::from("{ \"baseUrl\": \"https://id.example.com\",");
    let users = list(10_000, &|i| {
        format!(
            r#"{{ "id": "00u{i:05}", "status": "ACTIVE", "profile": {{ "login": "user{i}@example.com", "department": "d{}" }} }}"#,
            i % 30
        )
    });
    let groups = list(200, &|g| {
        let members = list(500, &|m| format!("\"{misspelt}00u{:05}\"", (g * 50 + m) % 10_000));
        format!(r#"{{ "id": "00g{g:03}", "profile": {{ "name": "Group {g}" }}, "users": [{members}] }}"#)
    });
    let apps = list(300, &|a| {
        format!(
            r#"{{ "id": "0oaapp{a:03}", "name": "oidc_client", "label": "App {a}",
               "credentials": {{ "oauthClient": {{ "client_secret": "correct-horse-battery-{a}" }} }},
               "settings": {{ "oauthClient": {{ "application_type": "service", "grant_types": ["client_credentials"] }} }},
               "groups": [{{ "id": "00g{:03}" }}] }}"#,
            a % 200
        )
    });
    let scopes = list(500, &|s| format!(r#"{{ "name": "scope{s}" }}"#));
    let claims = list(100, &|c| {
        format!(
            r#"{{ "name": "claim{c}", "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": "user.department" }}"#
        )
    });
    let policies = list(50, &|p| {
        let rules = list(20, &|r| {
            format!(
                r#"{{ "name": "rule {p}.{r}", "conditions": {{ "people": {{ "groups": {{ "include": ["Group {}"] }} }},
                   "grantTypes": {{ "include": ["authorization_code"] }}, "scopes": {{ "include": ["{misspelt}scope{}"] }} }} }}"#,
                (p * 4 + r) % 200,
                (p * 10 + r) % 500
            )
        });
        format!(
            r#"{{ "name": "policy {p}", "conditions": {{ "clients": {{ "include": ["0oaapp{:03}"] }} }}, "rules": [{rules}] }}"#,
            p * 6
        )
    });
    let _ = write!(
        text,
        r#""users": [{users}], "groups": [{groups}], "apps": [{apps}], "authorizationServers": [
            {{ "name": "default", "scopes": [{scopes}], "claims": [{claims}], "policies": [{policies}] }} ] }}"#
    );
    text
}

#[test]
fn a_large_organisation_is_one_value() {
    let org = Document::parse(file("")).unwrap().compile().unwrap();
    assert_eq!((org.users().count(), org.groups().count(), org.clients().count()), (10_000, 201, 300));
    assert_eq!(org.user("00u00075").unwrap().groups().len(), 10);
    assert_eq!(org.warnings().len(), 0);
}

/// 100,000 members and 1,000 scopes that do not exist, among as many that do: if each were compared
/// with every known name, this would take minutes.
#[test]
fn as_many_mistakes_are_all_reported() {
    let errors = Document::parse(file("x")).unwrap().compile().unwrap_err();
    assert_eq!(errors.mistakes().len(), 101_000, "{}", errors.mistakes()[0]);
    let with_neighbour = errors.mistakes().iter().filter(|mistake| mistake.nearest().is_some()).count();
    assert!((1..10_000).contains(&with_neighbour), "{with_neighbour}");
}
