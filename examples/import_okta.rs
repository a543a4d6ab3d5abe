//! Reads an org file, prints what is in it and everything that is wrong with it.
//!
//! ```text
//! cargo run --example import_okta -- ORG.json               what is in the file
//! cargo run --example import_okta -- --lint ORG.json        what it gets wrong though it is valid
//! cargo run --example import_okta -- --diff OLD.json ORG.json    what changes for whom after OLD
//! cargo run --example import_okta -- --diff OLD.json --summary ORG.json    the same in numbers
//! ```
//!
//! Both flags may be given; `--json` prints what they find as JSON, one object a flag. `--summary` counts the
//! changes by server, kind and client, and spells out the first few of each kind.
//!
//! Exit status 1: the lint found a risk, its highest severity. 2: a file has mistakes, or the
//! command line has.

use std::process::ExitCode;

use chancery::analyse::{Severity, diff, lint};
use chancery::model::{CompiledClaim, Document, InlineHook, Org, Server};
use serde::Serialize;

const USAGE: &str = "usage: import_okta [--lint] [--diff OLD.json [--summary]] [--json] ORG.json

  ORG.json           what is in the file, and everything that is wrong with it
  --lint             what it gets wrong though it is valid
  --diff OLD.json    what changes for whom after OLD.json
  --summary          of the changes how many there are, and the first few of each kind
  --json             what the other two find, as JSON, one object a flag
  --help             this text

Exit status 1: the lint found a risk. 2: a file has mistakes, or the command line has.";

/// Of each kind, a summary spells out this many.
const EXAMPLES: usize = 3;

#[derive(Default)]
struct Flags {
    lint: bool,
    diff: Option<String>,
    summary: bool,
    json: bool,
    file: String,
}

impl Flags {
    fn parse(arguments: impl Iterator<Item = std::ffi::OsString>) -> Result<Self, String> {
        let (mut flags, mut file) = (Self::default(), None);
        let mut arguments = arguments.map(|argument| {
            argument.into_string().map_err(|wrong| format!("not UTF-8: {}", wrong.to_string_lossy()))
        });
        let twice = |flag: &str| Err(format!("{flag} is given twice"));
        while let Some(argument) = arguments.next() {
            match argument?.as_str() {
                "--lint" if flags.lint => return twice("--lint"),
                "--lint" => flags.lint = true,
                "--json" => flags.json = true,
                "--summary" => flags.summary = true,
                "--diff" if flags.diff.is_some() => return twice("--diff"),
                "--diff" => {
                    let old = arguments.next().transpose()?.filter(|old| !old.starts_with("--"));
                    flags.diff = Some(old.ok_or("--diff needs the older file")?);
                }
                flag if flag.starts_with("--") => return Err(format!("there is no flag {flag}")),
                _ if file.is_some() => {
                    return Err("more than one file; the older one comes after --diff".to_owned());
                }
                name => file = Some(name.to_owned()),
            }
        }
        if flags.json && !flags.lint && flags.diff.is_none() {
            return Err("--json goes with --lint or --diff".to_owned());
        }
        if flags.summary && flags.diff.is_none() {
            return Err("--summary goes with --diff".to_owned());
        }
        flags.file = file.ok_or("which file?")?;
        Ok(flags)
    }
}

fn main() -> ExitCode {
    if std::env::args_os().skip(1).any(|argument| argument == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let flags = match Flags::parse(std::env::args_os().skip(1)) {
        Ok(flags) => flags,
        Err(message) => {
            eprintln!("import_okta: {message}\n{}", USAGE.lines().next().unwrap_or_default());
            return ExitCode::from(2);
        }
    };
    match run(&flags) {
        Ok(risk) => ExitCode::from(u8::from(risk)),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// Whether the lint found a risk.
fn run(flags: &Flags) -> Result<bool, String> {
    let old = flags.diff.as_deref().map(read).transpose();
    let new = read(&flags.file);
    let (old, new) = match (old, new) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(old), Err(new)) => return Err(format!("{old}\n{new}")),
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    if let Some(old) = &old {
        let changes = diff(old, &new);
        if flags.summary {
            print(flags.json, &changes.summary(EXAMPLES))?;
        } else {
            print(flags.json, &changes)?;
        }
    }
    if flags.lint {
        let report = lint(&new);
        print(flags.json, &report)?;
        return Ok(report.worst() == Some(Severity::Risk));
    }
    if old.is_none() {
        print!("{}", describe(&new));
        new.warnings().iter().for_each(|warning| println!("warning: {warning}"));
    }
    Ok(false)
}

fn print(json: bool, found: &(impl Serialize + std::fmt::Display)) -> Result<(), String> {
    if json {
        println!("{}", serde_json::to_string(found).map_err(|error| error.to_string())?);
    } else {
        println!("{found}");
    }
    Ok(())
}

fn read(path: &str) -> Result<Org, String> {
    let text = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let document = Document::parse(text).map_err(|error| format!("{path}: {error}"))?;
    document.compile().map_err(|errors| {
        let count = errors.mistakes().len();
        let warnings: String =
            errors.warnings().iter().map(|warning| format!("\nwarning: {warning}")).collect();
        format!("{path}: {count} mistake{}\n{errors}{warnings}", if count == 1 { "" } else { "s" })
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
    let hooks = |hook: &std::sync::Arc<InlineHook>| {
        format!("{} {:?}, {}{}", hook.id(), hook.name(), hook.url(), inactive(hook.is_active()))
    };
    list("token inline hooks", &mut lines, org.hooks(), hooks);
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
    let what = if items.len() == 1 { what.trim_end_matches('s') } else { what };
    lines.push(format!("{} {what}", items.len()));
    lines.extend(items.into_iter().take(20));
}

fn describe_server(server: &Server, lines: &mut Vec<String>) {
    lines.push(format!("authorization server {:?}{}", server.name(), inactive(server.is_active())));
    lines.push(format!("  issuer    {} ({})", server.issuer(), server.algorithm()));
    lines.push(format!("  audiences {}", server.audiences().collect::<Vec<_>>().join(" ")));
    let custom: Vec<_> = server.scopes().filter(|scope| !scope.is_system()).collect();
    let names: Vec<_> = custom.iter().map(|scope| scope.name().as_str()).collect();
    let system = server.scopes().count() - custom.len();
    lines.push(format!("  scopes    {system} system {}", names.join(" ")).trim_end().to_owned());
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
            let hook = rule.inline_hook().map_or(String::new(), |hook| format!(", hook {:?}", hook.name()));
            lines.push(format!("    rule    {:?}, access tokens live {minutes} minutes{hook}", rule.name()));
        }
    }
    for policy in server.token_policies() {
        lines.push(format!("  token policy {:?}", policy.name()));
    }
}

fn inactive(active: bool) -> &'static str {
    if active { "" } else { " (inactive)" }
}
