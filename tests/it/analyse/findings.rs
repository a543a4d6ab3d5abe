//! Every finding by a case of its own: a change to an organisation in which nothing is found, and
//! exactly what is found then.

use std::collections::BTreeSet;

use chancery::analyse::{Code, Severity, lint, lint_within};
use chancery::model::{AccessPolicy, AuthorizationServer, Org, Rule, Scope};
use chancery::types::GrantType;
use serde_json::{Value, json};

use crate::scripted::{cases, only, org};

fn shown(finding: &Value) -> String {
    let text = |key: &str| finding[key].as_str().unwrap_or("").to_owned();
    format!("{}[{}] {}", text("severity"), text("code"), text("at"))
}

#[test]
fn findings_are_those_of_the_cases() {
    let base = org::base("analyse");
    let (mut failures, mut seen) = (Vec::new(), BTreeSet::new());
    for (_, case) in cases("analyse") {
        only(&case, &["id", "says", "org", "findings"]);
        let json = org::patched(&base, &case["org"]);
        let compiled = org::compile(&json).unwrap_or_else(|errors| panic!("{}: {errors}", case["id"]));
        let report = lint(&compiled);
        let expected = case["findings"].as_array().unwrap();
        let found: BTreeSet<String> = report
            .findings()
            .iter()
            .map(|finding| format!("{}[{}] {}", finding.severity(), finding.code(), finding.path()))
            .collect();
        let as_expected = found == expected.iter().map(shown).collect();
        let says = |finding: &Value| {
            let code = finding["code"].as_str().unwrap();
            let mut same = report.findings().iter().filter(|found| found.code().as_str() == code);
            same.any(|found| found.explanation().contains(finding["says"].as_str().unwrap_or("")))
        };
        if !as_expected || !expected.iter().all(says) {
            failures.push(format!("{}:\n{report}", case["id"]));
        }
        seen.extend(expected.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()));
        let worst = report.findings().iter().map(chancery::analyse::Finding::severity).max();
        assert_eq!(report.worst(), worst);
        // No secret is said, and what is said can be read by programs.
        let text = format!("{report}{}", serde_json::to_string(&report).unwrap());
        assert!(!text.contains("canary-canary") && !text.contains("long-enough"), "{text}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    let all: BTreeSet<String> = Code::all().map(|code| code.as_str().to_owned()).collect();
    let missing: Vec<_> = all.difference(&seen).collect();
    assert_eq!(missing, ["rules-undecided"], "has a test of its own");
}

/// Each code is on the manual page, and the page has no other.
#[test]
fn the_manual_has_every_code() {
    let page = include_str!("../../../src/manual/analysis.md");
    let headings: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("#### `")?.strip_suffix('`')).collect();
    assert_eq!(headings, Code::all().map(Code::as_str).collect());
}

fn many_rules() -> Org {
    let rules = (0..40).map(|i| {
        Rule::new(format!("r{i}")).grant(GrantType::AuthorizationCode).group(format!("g{i}")).scope("s")
    });
    let policy = rules.fold(AccessPolicy::for_all_clients("p"), AccessPolicy::rule);
    let server =
        AuthorizationServer::new("default").audience("api://x").scope(Scope::new("s")).policy(policy);
    Org::builder("https://as.test").server(server).with_outside_directory().build().unwrap()
}

#[test]
fn past_the_bound_rules_are_undecided() {
    let org = many_rules();
    assert!(lint(&org).findings().is_empty());
    let report = lint_within(&org, 100);
    let [finding] = report.findings() else { panic!("{report}") };
    assert_eq!((finding.code(), finding.severity()), (Code::RulesUndecided, Severity::Advice));
    assert!(finding.explanation().contains("was not found out within the work bound"), "{finding}");
    assert_eq!(finding.path(), "authorizationServers[0].policies");
}

#[test]
fn a_finding_is_one_object_and_two_lines() {
    let json = org::patched(
        &org::base("analyse"),
        &json!({"app:0oaspa/settings/oauthClient/refresh_token/rotation_type": "STATIC"}),
    );
    let report = lint(&org::compile(&json).unwrap());
    assert_eq!(
        serde_json::to_value(&report).unwrap(),
        json!({"findings": [{
            "code": "public-client-without-rotation",
            "severity": "risk",
            "path": "apps[2].settings.oauthClient.refresh_token.rotation_type",
            "explanation": "refresh tokens of the public client `0oaspa` stay the same: one that is stolen works as long as the \
                            client's own, unnoticed (RFC 9700 §2.2.2)",
            "fix": "set `rotation_type` to `ROTATE`",
        }]})
    );
    let text = report.to_string();
    assert!(text.starts_with("risk[public-client-without-rotation] apps[2].settings"), "{text}");
    assert!(
        text.ends_with("\n    fix: set `rotation_type` to `ROTATE`\n1 risk, 0 warnings, 0 advice"),
        "{text}"
    );
}
