//! The lint: findings about one organisation.

mod claims;
mod clients;
mod customized;
mod denials;
mod hooks;
mod reach;
mod rules;
mod servers;
mod shadow;
mod token_policies;

use super::people::{Crowd, Solver, Undecided};
use super::report::{Code, Report, Severity};
use super::view::ServerView;
use crate::model::{Org, RegisteredClient, ServerKind};

/// What is looked at.
struct Subject<'o> {
    org: &'o Org,
    /// The custom servers; the org server has no policies.
    servers: Vec<ServerView<'o>>,
    /// The clients that can get tokens at all, in the order of the org file.
    clients: Vec<&'o RegisteredClient>,
}

/// Looks for what a valid organisation still gets wrong.
pub fn lint(org: &Org) -> Report {
    lint_within(org, super::WORK)
}

/// The same with another bound on the work, in looks of one question at one rule.
pub fn lint_within(org: &Org, work: u64) -> Report {
    let mut crowd = Crowd::default();
    let custom = org.servers.iter().filter(|server| server.kind == ServerKind::Custom);
    let servers = custom.map(|server| ServerView::new(server, &mut crowd)).collect();
    let mut clients: Vec<&RegisteredClient> = org.clients.values().map(|client| &**client).collect();
    clients.retain(|client| client.active && client.unsupported.is_none());
    clients.sort_by_key(|client| client.at);
    let subject = Subject { org, servers, clients };
    let mut solver = Solver::new(&crowd, work);
    let mut report = Report::default();
    let verdicts: Vec<Vec<shadow::Verdict>> =
        subject.servers.iter().map(|view| shadow::verdicts(view, &mut solver)).collect();
    for (view, verdicts) in subject.servers.iter().zip(&verdicts) {
        shadow::report(view, verdicts, &mut report);
        reach::report(&subject, view, verdicts, &crowd, &mut report);
        rules::report(&subject, view, verdicts, &mut report);
        claims::report(&subject, view, verdicts, &mut report);
        if customized(&subject, view, verdicts, &crowd, &mut solver, &mut report).is_err() {
            undecided(view, "what token policies apply to", &mut report);
        }
    }
    denied(&subject, &verdicts, &mut solver, &mut report);
    hooks::report(&subject, &mut report);
    servers::report(&subject, &mut report);
    clients::report(&subject, &mut report);
    report.sort();
    report
}

/// What token policies do with what the rules grant.
fn customized(
    subject: &Subject<'_>,
    view: &ServerView<'_>,
    verdicts: &[shadow::Verdict],
    crowd: &Crowd,
    solver: &mut Solver<'_>,
    report: &mut Report,
) -> Result<(), Undecided> {
    let reaches = token_policies::reaches(view, verdicts, solver)?;
    token_policies::report(subject, view, verdicts, &reaches, crowd, solver, report)?;
    claims::report_customized(subject, view, &reaches, report);
    customized::report(view, &reaches, solver, report)
}

/// What token policies deny, server by server and then client by client.
fn denied(
    subject: &Subject<'_>,
    verdicts: &[Vec<shadow::Verdict>],
    solver: &mut Solver<'_>,
    report: &mut Report,
) {
    let mut denials: Vec<denials::OfServer<'_, '_>> = Vec::new();
    for (view, verdicts) in subject.servers.iter().zip(verdicts) {
        let mut found = denials::Denials::of(view, verdicts);
        if let Some(Err(Undecided)) = found.as_mut().map(|denials| denials.report(solver, report)) {
            return undecided(view, "whom token policies deny", report);
        }
        denials.push((view, verdicts, found));
    }
    let first = denials.iter().find(|(.., denials)| denials.is_some()).map(|(view, ..)| *view);
    if let (Err(Undecided), Some(view)) = (denials::clients(subject, denials, solver, report), first) {
        undecided(view, "which clients token policies deny", report);
    }
}

fn undecided(view: &ServerView<'_>, what: &str, report: &mut Report) {
    report.add(
        Code::RulesUndecided,
        Severity::Advice,
        view.token_policies_path(),
        format!("{what} was not found out within the work bound"),
        "analyse with a larger bound (`lint_within`), or split the server",
    );
}
