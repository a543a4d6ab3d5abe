//! Reads an org file, prints what is in it and everything that is wrong with it.
//!
//! ```text
//! cargo run --example import_okta -- ORG.json
//! ```
//!
//! Exit status 2: the file has mistakes.

use std::process::ExitCode;

use chancery::model::{CompiledClaim, Document, Org, Server};

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: import_okta ORG.json");
        return ExitCode::from(2);
    };
    match read(&path) {
        Ok(org) => {
            print!("{}", describe(&org));
            org.warnings().iter().for_each(|warning| println!("warning: {warning}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::from(2)
        }
    }
}

fn read(path: &str) -> Result<Org, Box<dyn std::error::Error>> {
    let document = Document::parse(std::fs::read(path)?)?;
    document.compile().map_err(|errors| {
        let count = errors.mistakes().len();
        let warnings: String =
            errors.warnings().iter().map(|warning| format!("\nwarning: {warning}")).collect();
        format!("{count} mistake{}\n{errors}{warnings}", if count == 1 { "" } else { "s" }).into()
    })
}

fn describe(org: &Org) -> String {
    let mut lines = vec![format!("organisation {}", org.base())];
    org.servers().for_each(|server| describe_server(server, &mut lines));
    list("clients", &mut lines, org.clients(), |client| {
        let grants: Vec<_> = client.grants().iter().map(ToString::to_string).collect();
        let (label, method) = (client.label(), client.auth().method());
        format!("{} {label:?}, {method}: {}{}", client.id(), grants.join(" "), inactive(client.is_active()))
    });
    list("users", &mut lines, org.users(), |user| {
        let groups: Vec<_> = user.groups().iter().filter_map(|id| org.group(id.as_str())).collect();
        let groups: Vec<_> = groups.iter().map(|group| group.name()).collect();
        format!("{} {}, {}: {}", user.id(), user.login(), user.status(), groups.join(", "))
    });
    list("groups", &mut lines, org.groups(), |group| format!("{} {}", group.id(), group.name()));
    lines.join("\n") + "\n"
}

/// The first twenty by id.
fn list<T>(what: &str, lines: &mut Vec<String>, items: impl Iterator<Item = T>, line: impl Fn(T) -> String) {
    let mut items: Vec<_> = items.map(|item| format!("  {}", line(item))).collect();
    items.sort();
    lines.push(format!("{} {what}", items.len()));
    lines.extend(items.into_iter().take(20));
}

fn describe_server(server: &Server, lines: &mut Vec<String>) {
    lines.push(format!("authorization server {:?}{}", server.name(), inactive(server.is_active())));
    lines.push(format!("  issuer    {} ({})", server.issuer(), server.algorithm()));
    lines.push(format!("  audiences {}", server.audiences().collect::<Vec<_>>().join(" ")));
    let custom: Vec<_> = server.scopes().filter(|scope| !scope.is_system()).collect();
    let names: Vec<_> = custom.iter().map(|scope| scope.name().as_str()).collect();
    lines.push(format!("  scopes    {} system {}", server.scopes().count() - custom.len(), names.join(" ")));
    for (token, claims) in [
        ("access", server.access_claims().map(CompiledClaim::name).collect::<Vec<_>>()),
        ("ID", server.id_claims().map(CompiledClaim::name).collect()),
    ] {
        lines.push(format!("  claims    {token} token: {}", claims.join(" ")));
    }
    for policy in server.policies().policies() {
        lines.push(format!("  policy    {:?}", policy.name()));
        for (_, rule) in server.policies().rules().filter(|(of, _)| of.id() == policy.id()) {
            let minutes = rule.lifetimes().access_token.as_seconds() / 60;
            lines.push(format!("    rule    {:?}, access tokens live {minutes} minutes", rule.name()));
        }
    }
}

fn inactive(active: bool) -> &'static str {
    if active { "" } else { " (inactive)" }
}
