//! The lint: findings about one organisation.

mod claims;
mod clients;
mod reach;
mod rules;
mod servers;
mod shadow;

use super::people::{Crowd, Solver};
use super::report::Report;
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
    for view in &subject.servers {
        let verdicts = shadow::verdicts(view, &mut solver);
        shadow::report(view, &verdicts, &mut report);
        reach::report(&subject, view, &verdicts, &crowd, &mut report);
        rules::report(&subject, view, &verdicts, &mut report);
        claims::report(&subject, view, &verdicts, &mut report);
    }
    servers::report(&subject, &mut report);
    clients::report(&subject, &mut report);
    report.sort();
    report
}
