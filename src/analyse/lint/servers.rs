//! What servers have in common that they should not, and whom they leave out.

use std::collections::HashMap;

use super::Subject;
use crate::analyse::report::{Code, Report, Severity};
use crate::analyse::text::{names, quoted};

pub(super) fn report(subject: &Subject<'_>, report: &mut Report) {
    let active = || subject.servers.iter().filter(|view| view.server.active);
    let mut first: HashMap<&str, &str> = HashMap::new();
    for view in active() {
        for audience in view.server.audiences() {
            let Some(other) = first.get(audience) else {
                first.insert(audience, view.server.name());
                continue;
            };
            report.add(
                Code::AudienceShared,
                Severity::Warning,
                format!("{}.audiences", view.path()),
                format!(
                    "servers {} and {} both issue for the audience {}: an API that checks the audience but not the issuer \
                     takes the tokens of either",
                    quoted(other),
                    quoted(view.server.name()),
                    quoted(audience)
                ),
                "give each server an audience of its own",
            );
        }
    }
    for view in active().filter(|view| !view.rules.is_empty()) {
        let is_left_out = |id| view.policies_for(Some(id)).is_empty();
        let elsewhere = |id| active().any(|other| !other.policies_for(Some(id)).is_empty());
        let left_out: Vec<&str> = subject
            .clients
            .iter()
            .filter(|client| is_left_out(&client.id) && elsewhere(&client.id))
            .map(|client| client.id.as_str())
            .collect();
        if !left_out.is_empty() {
            report.add(
                Code::ClientsNotCovered,
                Severity::Advice,
                format!("{}.policies", view.path()),
                format!("no policy of server {} is for {}", quoted(view.server.name()), names(left_out)),
                "add the clients to a policy if they are to get tokens here",
            );
        }
    }
}
