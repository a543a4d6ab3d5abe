//! `import_okta --lint` and `--diff` as a process.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::scripted::org;

/// `cargo test` builds it beside this test.
fn run(arguments: &[&str]) -> Output {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let path = profile.join("examples").join(format!("import_okta{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{} is missing: cargo build --example import_okta", path.display());
    Command::new(path).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// A file that is gone with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str, changes: &Value) -> Self {
        let path = std::env::temp_dir().join(format!("chancery-analyse-{}-{name}.json", std::process::id()));
        std::fs::write(&path, org::patched(&org::base("analyse"), changes).to_string()).unwrap();
        Self(path)
    }

    fn name(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn said(arguments: &[&str], status: i32) -> String {
    let output = run(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {errors}");
    let out = String::from_utf8(output.stdout).unwrap();
    // One of the two is used, never both.
    assert_eq!(
        (out.is_empty(), errors.is_empty()),
        (status == 2, status != 2),
        "{arguments:?}: {out}{errors}"
    );
    out + &errors
}

#[test]
fn the_exit_status_tells_risks() {
    let clean = File::new("clean", &json!({}));
    assert_eq!(said(&["--lint", clean.name()], 0), "0 risks, 0 warnings, 0 advice\n");
    let warned = File::new("warned", &json!({"server/claims/0/value": "user.departmnt"}));
    assert!(said(&[warned.name(), "--lint"], 0).contains("warning[claim-attribute-unknown]"));
    let risky =
        File::new("risky", &json!({"app:0oaspa/settings/oauthClient/refresh_token/rotation_type": "STATIC"}));
    assert!(said(&["--lint", risky.name()], 1).contains("risk[public-client-without-rotation] apps[2]"));
    let report: Value = serde_json::from_str(&said(&["--lint", "--json", risky.name()], 1)).unwrap();
    assert_eq!(report["findings"][0]["severity"], "risk");
    assert!(said(&[clean.name()], 0).starts_with("organisation https://as.test"));
}

#[test]
fn changes_are_sentences() {
    let old = File::new("old", &json!({}));
    let staff = "server/policies/1/rules/0";
    let new = File::new(
        "new",
        &json!({
            format!("{staff}/conditions/scopes/include"): ["openid", "offline_access", "orders:read"],
            format!("{staff}/actions/token/accessTokenLifetimeMinutes"): 30,
            "rule/conditions/scopes/include/-": "orders:write",
            "server/claims/0/value": "user.costCenter",
        }),
    );
    assert_eq!(said(&["--diff", old.name(), old.name()], 0), "nothing changes for anybody\n");
    let text = said(&["--diff", old.name(), new.name()], 0);
    for line in [
        "`default`: `0oasvc` by client_credentials: gain `orders:write`; can now have together `orders:read` and \
         `orders:write`; the claim `dept` of access tokens: `user.department` → `user.costCenter`",
        "`default`: members of `Staff` using `0oaspa` and `0oaweb` by authorization_code, authorization_code refreshed: \
         lose `orders:write`; can no longer have together `offline_access`, `openid`, `orders:read` and `orders:write`; \
         access tokens 1 hour → 30 minutes (for `offline_access`, `openid` and `orders:read`)",
        "`default`: all users using `0oaspa` and `0oaweb` by authorization_code, authorization_code refreshed: the claim \
         `dept` of access tokens: `user.department` → `user.costCenter`",
    ] {
        assert!(text.lines().any(|said| said == line), "{line}\n\n{text}");
    }
    assert_eq!(text.lines().count(), 3, "{text}");
    let changes: Value =
        serde_json::from_str(&said(&["--json", "--diff", old.name(), new.name()], 0)).unwrap();
    let staff = changes["changes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|change| change["people"]["in_one_of_each"][0][0]["everyone"] == false)
        .unwrap();
    assert_eq!(staff["server"], "default");
    assert_eq!(staff["clients"], json!(["0oaspa", "0oaweb"]));
    assert_eq!(staff["uses"], json!(["authorization_code", "authorization_code refreshed"]));
    assert_eq!(
        staff["people"]["in_one_of_each"][0][0]["groups"],
        json!([{"id": "00gstaff", "name": "Staff"}])
    );
    assert_eq!(staff["effects"][0], json!({"kind": "scopes_lost", "scopes": ["orders:write"]}));
}

#[test]
fn token_policies_and_hooks_change_for_people() {
    let policy = |name: &str, conditions: Value, action: Value| json!({"name": name, "conditions": conditions, "actions": [action]});
    let hook = |id: &str, more: Value| json!({"id": id, "channel": {"type": "HTTP", "config": {"uri": "https://hooks.example.com/t?key=canary", "headers": [{"key": "X", "value": "canary"}]}}, "chancery": more});
    let department = json!({"addClaim": {"name": "department", "value": "user.department"}});
    let staff = json!({"groups": {"include": ["Staff"]}, "audiences": {"include": ["api://orders"]}});
    let deny = json!({"deny": {"reason": "r"}});
    let old = File::new(
        "policies-old",
        &json!({
            "inlineHooks": [hook("cal1", json!({}))],
            "rule/actions/token/inlineHook": {"id": "cal1"},
            "server/chancery/tokenPolicies": [
                policy("A", json!({"clients": {"include": ["0oasvc"]}}), json!({"addClaim": {"name": "x", "value": "'a'"}})),
                policy("B", json!({}), json!({"addClaim": {"name": "x", "value": "'b'"}})),
                policy("D", json!({"clients": {"include": ["0oasvc"]}, "scopes": {"include": ["orders:write"]}}), deny.clone()),
            ],
        }),
    );
    let new = File::new(
        "policies-new",
        &json!({
            "inlineHooks": [hook("cal1", json!({"onFailure": "closed"}))],
            "rule/actions/token/inlineHook": {"id": "cal1"},
            "server/chancery/tokenPolicies": [
                policy("B renamed", json!({}), json!({"addClaim": {"name": "x", "value": "'b'"}})),
                policy("A", json!({"clients": {"include": ["0oasvc"]}}), json!({"addClaim": {"name": "x", "value": "'a'"}})),
                policy("New", staff, department),
                policy("D", json!({"groups": {"include": ["Staff"]}, "clients": {"include": ["0oaspa"]}, "scopes": {"include": ["orders:write"]}}), deny),
                policy("E", json!({"clients": {"include": ["0oaweb"]}, "network": {"exclude": ["10.0.0.0/8"]}}), json!({"accessTokenLifetimeMinutes": 10})),
            ],
        }),
    );
    let text = said(&["--diff", old.name(), new.name()], 0);
    for line in [
        "`default`: `0oasvc` by client_credentials: applied the other way round: first the claim `x` of access tokens: `'b'`; \
         then the claim `x` of access tokens: `'a'`; hook: `cal1` at `https://hooks.example.com/t` failing open → `cal1` at \
         `https://hooks.example.com/t` failing closed (for `orders:read`)",
        "`default`: members of `Staff` using `0oaspa` and `0oaweb` by authorization_code, authorization_code refreshed: gain \
         the claim `department` of access tokens: `user.department` on `api://orders`",
        "`default`: members of `Staff` using `0oaspa` by authorization_code, authorization_code refreshed: are denied \
         `orders:write`",
        "`default`: all users using `0oaweb` by authorization_code, authorization_code refreshed: gain the limit of access \
         tokens to 10 minutes from outside `10.0.0.0/8`",
    ] {
        assert!(text.lines().any(|said| said == line), "{line}\n\n{text}");
    }
    assert!(!text.contains("canary"), "{text}");
    let back = said(&["--diff", new.name(), old.name()], 0);
    assert!(back.contains("`0oaspa` by authorization_code, authorization_code refreshed: are no longer denied `orders:write`"), "{back}");
    assert!(back.contains("lose the claim `department`"), "{back}");
}

#[test]
fn long_comparisons_are_counted() {
    let old = File::new("long-old", &json!({}));
    let new = File::new(
        "long-new",
        &json!({"rule/conditions/scopes/include/-": "orders:write", "server/claims/0/value": "user.costCenter"}),
    );
    let text = said(&["--summary", "--diff", old.name(), new.name()], 0);
    assert_eq!(
        text,
        "2 changes, 0 undecided\n\
         `default`: 2 changes\n  \
           1 scopes_gained\n    \
             `0oasvc` by client_credentials: gain `orders:write`\n  \
           1 together_gained\n    \
             `0oasvc` by client_credentials: can now have together `orders:read` and `orders:write`\n  \
           2 claim_changed\n    \
             `0oasvc` by client_credentials: the claim `dept` of access tokens: `user.department` → `user.costCenter`\n    \
             all users using `0oaspa` and `0oaweb` by authorization_code, authorization_code refreshed: the claim `dept` of \
         access tokens: `user.department` → `user.costCenter`\n  \
           3 clients concerned\n    \
             1 `0oaspa`: 1 claim_changed\n    \
             1 `0oasvc`: 1 claim_changed, 1 scopes_gained, 1 together_gained\n    \
             1 `0oaweb`: 1 claim_changed\n"
    );
    let counts: Value =
        serde_json::from_str(&said(&["--json", "--summary", "--diff", old.name(), new.name()], 0)).unwrap();
    assert_eq!(counts["servers"][0]["kinds"][2]["kind"], "claim_changed");
    assert_eq!(counts["servers"][0]["clients"][1]["kinds"]["scopes_gained"], 1);
    assert_eq!(said(&["--summary", "--diff", old.name(), old.name()], 0), "0 changes, 0 undecided\n");
}

#[test]
fn wrong_command_lines_and_files_are_told() {
    let clean = File::new("usable", &json!({}));
    for (arguments, wrong) in [
        (&[][..], "which file?"),
        (&["--lint"], "which file?"),
        (&["--diff"], "--diff needs the older file"),
        (&["--diff", "--lint", "x"], "--diff needs the older file"),
        (&["--lint", "--lint", "x"], "--lint is given twice"),
        (&["--diff", "a", "--diff", "b", "c"], "--diff is given twice"),
        (&["a", "b"], "more than one file"),
        (&["--json", "a"], "--json goes with --lint or --diff"),
        (&["--summary", "--lint", "a"], "--summary goes with --diff"),
        (&["--lnt", "a"], "there is no flag --lnt"),
    ] {
        let text = said(arguments, 2);
        assert!(text.starts_with(&format!("import_okta: {wrong}")), "{text}");
        assert!(
            text.ends_with("usage: import_okta [--lint] [--diff OLD.json [--summary]] [--json] ORG.json\n"),
            "{text}"
        );
    }
    let wrong = File::new("wrong", &json!({"rule/conditions/scopes/include": ["ordrs:read"]}));
    let text = said(&["--lint", "--diff", wrong.name(), clean.name()], 2);
    assert!(text.contains("1 mistake") && text.contains("did you mean `orders:read`?"), "{text}");
    let text = said(&["--diff", "/no/such/file", wrong.name()], 2);
    assert!(text.contains("/no/such/file: ") && text.contains("1 mistake"), "both are told: {text}");
}
