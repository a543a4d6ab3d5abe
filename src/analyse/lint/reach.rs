//! Rules that nobody who exists today can reach.

use std::collections::HashMap;

use super::Subject;
use super::shadow::{Verdict, title};
use crate::analyse::people::{Crowd, People, PeopleId};
use crate::analyse::report::{Code, Report, Severity};
use crate::analyse::text::names;
use crate::analyse::uses::{GrantUse, Subjects};
use crate::analyse::view::{RuleView, ServerView};
use crate::model::{ClientCondition, RegisteredClient, User};
use crate::types::GroupId;

pub(super) fn report(
    subject: &Subject<'_>,
    view: &ServerView<'_>,
    verdicts: &[Verdict],
    crowd: &Crowd,
    report: &mut Report,
) {
    // Clients and people may live elsewhere; nothing can be said of them.
    if subject.org.outside_directory {
        return;
    }
    let members = Members::of(subject, crowd);
    let mut exists: HashMap<PeopleId, bool> = HashMap::new();
    let mut clients_of: HashMap<usize, Vec<&RegisteredClient>> = HashMap::new();
    for (rule, _) in view.rules.iter().zip(verdicts).filter(|(_, verdict)| verdict.may_decide()) {
        let clients = clients_of.entry(rule.policy).or_insert_with(|| clients(subject, view, rule.policy));
        let people = crowd.get(rule.people);
        let someone = *exists
            .entry(rule.people)
            .or_insert_with(|| people.is_some_and(|people| members.someone_is_in(people, crowd)));
        let machine = people.is_some_and(|people| people.everyone);
        if let Some((why, fix)) = obstacle(rule, clients, someone, machine) {
            let explanation = format!("{} decides nothing today: {why}", title(rule));
            report.add(Code::RuleUnreachable, Severity::Warning, view.rule_path(rule), explanation, fix);
        }
    }
}

/// The clients that exist and that a policy is for.
pub(super) fn clients<'o>(
    subject: &Subject<'o>,
    view: &ServerView<'_>,
    policy: usize,
) -> Vec<&'o RegisteredClient> {
    match view.clients.get(policy) {
        None => Vec::new(),
        Some(ClientCondition::All) => subject.clients.clone(),
        Some(condition) => {
            subject.clients.iter().copied().filter(|client| condition.includes(&client.id)).collect()
        }
    }
}

fn obstacle(
    rule: &RuleView<'_>,
    clients: &[&RegisteredClient],
    someone: bool,
    machine: bool,
) -> Option<(String, &'static str)> {
    if clients.is_empty() {
        return Some((
            "its policy is for no client that is ACTIVE".to_owned(),
            "activate a client of the policy, add one, or remove the policy",
        ));
    }
    let open = |used: &GrantUse| rule.allows(*used) && clients.iter().any(|client| used.is_open_to(client));
    let uses: Vec<GrantUse> = GrantUse::all().filter(open).collect();
    if uses.is_empty() {
        let ids = names(clients.iter().map(|client| client.id.as_str()));
        let which = if clients.len() == 1 { "client" } else { "clients" };
        return Some((
            format!("the policy's {which} {ids} may use none of its grant types"),
            "list a grant type that the clients have, or give them one that the rule lists",
        ));
    }
    let reachable = uses.iter().any(|used| match used.subjects() {
        Subjects::Machines => machine,
        Subjects::Users => someone,
        Subjects::Both => someone || machine,
    });
    (!reachable).then(|| {
        (
            "no user is in its people: the groups that it includes have no members whom it does not exclude"
                .to_owned(),
            "put users in the rule's groups, or include others",
        )
    })
}

/// Who is in the groups that rules name.
pub(super) struct Members<'o> {
    users: Vec<&'o User>,
    by_group: HashMap<&'o GroupId, Vec<usize>>,
}

impl<'o> Members<'o> {
    pub(super) fn of(subject: &Subject<'o>, crowd: &Crowd) -> Self {
        let named: std::collections::HashSet<&GroupId> = crowd.groups.iter().collect();
        // Whoever was deprovisioned never comes back; the others may.
        let users: Vec<&User> = subject
            .org
            .users
            .values()
            .map(|user| &**user)
            .filter(|user| user.status != "DEPROVISIONED")
            .collect();
        let mut by_group: HashMap<&GroupId, Vec<usize>> = HashMap::new();
        for (place, user) in users.iter().enumerate() {
            for group in user.groups.iter().filter(|group| named.contains(group)) {
                by_group.entry(group).or_default().push(place);
            }
        }
        Self { users, by_group }
    }

    pub(super) fn someone_is_in(&self, people: &People, crowd: &Crowd) -> bool {
        let excluded = |user: &User| {
            let is = |number: &u32| crowd.users.get(*number as usize) == Some(&user.id);
            let in_group = |number: &u32| {
                crowd.groups.get(*number as usize).is_some_and(|group| user.groups.contains(group))
            };
            people.not_users.iter().any(is) || people.not_groups.iter().any(in_group)
        };
        if people.everyone {
            return self.users.iter().any(|user| !excluded(user));
        }
        let mut groups = people.groups.iter().filter_map(|number| crowd.groups.get(*number as usize));
        let in_a_group = groups.any(|group| {
            let members = self.by_group.get(group).map_or(&[] as &[usize], Vec::as_slice);
            members.iter().filter_map(|place| self.users.get(*place)).any(|user| !excluded(user))
        });
        in_a_group
            || people
                .users
                .iter()
                .filter_map(|number| crowd.users.get(*number as usize))
                .any(|id| self.users.iter().any(|user| user.id == *id && !excluded(user)))
    }
}
