//! Token policies that no request meets, and which rules they can act on.
//!
//! A token policy is asked about what a rule granted, whichever rule it was. So a policy applies to some
//! request exactly if some rule, the earlier ones set aside, matches one that meets the policy's conditions:
//! what an earlier rule takes from it is granted all the same. Of scopes the largest set counts, since one
//! of those that the policy asks for is enough. Expressions are taken to hold sometimes.

use super::Subject;
use super::reach::Members;
use super::shadow::Verdict;
use crate::analyse::people::{Crowd, Solver, Undecided};
use crate::analyse::report::{Code, Report, Severity};
use crate::analyse::text::{names, quoted, span};
use crate::analyse::uses::{GrantUse, Subjects, open_scopes};
use crate::analyse::view::{RuleView, ServerView, TokenPolicyView};
use crate::model::{ClientCondition, CompiledAction, RegisteredClient};
use crate::types::{ClientId, GrantType};

/// A token policy and what it can act on.
pub(super) struct Reach<'v, 'o> {
    pub(super) policy: &'v TokenPolicyView<'o>,
    /// The rules that grant what it is asked about, each with the ways to ask.
    pub(super) meetings: Vec<Meeting<'v, 'o>>,
}

pub(super) struct Meeting<'v, 'o> {
    pub(super) rule: &'v RuleView<'o>,
    pub(super) uses: Vec<GrantUse>,
}

/// What each token policy can act on, in the order in which they are applied.
pub(super) fn reaches<'v, 'o>(
    view: &'v ServerView<'o>,
    verdicts: &[Verdict],
    solver: &mut Solver<'_>,
) -> Result<Vec<Reach<'v, 'o>>, Undecided> {
    let machines = open_scopes(view.server, GrantUse::first(GrantType::ClientCredentials));
    let mut reaches = Vec::new();
    for policy in &view.token_policies {
        let mut meetings = Vec::new();
        if own_obstacle(policy, solver)?.is_none() {
            for (rule, _) in view.rules.iter().zip(verdicts).filter(|(_, verdict)| verdict.may_decide()) {
                solver.spend(1)?;
                if !shares_a_client(view, rule, &[policy]) {
                    continue;
                }
                let mut uses = Vec::new();
                for used in GrantUse::all().filter(|used| rule.allows(*used) && policy.allows(*used)) {
                    let scopes = match used.subjects() {
                        Subjects::Machines => rule.scopes.and(&machines),
                        _ => rule.scopes.clone(),
                    };
                    let meets = !scopes.is_empty() && policy.meets(&scopes);
                    if meets && solver.exists(used.subjects(), &[rule.people, policy.people], &[])? {
                        uses.push(used);
                    }
                }
                if !uses.is_empty() {
                    meetings.push(Meeting { rule, uses });
                }
            }
        }
        reaches.push(Reach { policy, meetings });
    }
    Ok(reaches)
}

/// Whether there can be a client for which the rule's policy and all of these are.
pub(super) fn shares_a_client(
    view: &ServerView<'_>,
    rule: &RuleView<'_>,
    policies: &[&TokenPolicyView<'_>],
) -> bool {
    let for_all = |client: &ClientId| policies.iter().all(|policy| policy.is_for(Some(client)));
    match view.clients.get(rule.policy) {
        Some(ClientCondition::Listed(clients)) => clients.iter().any(for_all),
        Some(ClientCondition::All) => {
            let lists = policies.iter().filter_map(|policy| policy.policy.clients.as_deref());
            lists.min_by_key(|list| list.len()).is_none_or(|list| list.iter().any(for_all))
        }
        None => false,
    }
}

/// What in the policy's own conditions lets nothing through.
fn own_obstacle(
    policy: &TokenPolicyView<'_>,
    solver: &mut Solver<'_>,
) -> Result<Option<&'static str>, Undecided> {
    let own = policy.policy;
    let networks = own.networks.as_deref();
    Ok(if own.clients.as_deref().is_some_and(<[_]>::is_empty) {
        Some("it lists no client")
    } else if policy.grants == Some(0) {
        Some("it lists no grant type")
    } else if own.audiences.as_deref().is_some_and(<[_]>::is_empty) {
        Some("it lists no audience")
    } else if own.scopes.as_deref().is_some_and(<[_]>::is_empty) {
        Some("it lists no scope")
    } else if networks.is_some_and(<[_]>::is_empty) {
        Some("it lists no network")
    } else if networks.is_some_and(|list| list.iter().all(|network| network.is_within(&own.not_networks))) {
        Some("it excludes every network that it includes")
    } else if !solver.exists(Subjects::Both, &[policy.people], &[])? {
        Some("it includes no group that it does not exclude")
    } else {
        None
    })
}

/// Why no rule grants what the policy is asked about.
fn why_never(view: &ServerView<'_>, verdicts: &[Verdict], policy: &TokenPolicyView<'_>) -> String {
    let rules = || {
        let rules = view.rules.iter().zip(verdicts);
        rules.filter(|(_, verdict)| verdict.may_decide()).map(|(rule, _)| rule)
    };
    let by_grant =
        |rule: &&RuleView<'_>| GrantUse::all().any(|used| rule.allows(used) && policy.allows(used));
    if !rules().any(|rule| by_grant(&rule)) {
        let grants = policy.policy.grants.iter().flatten().map(|grant| grant.as_str());
        return format!("no rule allows {}", names(grants));
    }
    if !rules().any(|rule| policy.meets(&rule.scopes)) {
        let scopes = policy.scopes.iter().flat_map(|scopes| scopes.iter());
        return format!("no rule grants {}", names(scopes.map(|scope| view.scope_name(scope))));
    }
    if !rules().any(|rule| shares_a_client(view, rule, &[policy])) {
        let clients = policy.policy.clients.iter().flatten().map(ClientId::as_str);
        return format!("no access policy is for {}", names(clients));
    }
    "no rule grants anything to requests that meet all of its conditions at once".to_owned()
}

pub(super) fn report(
    subject: &Subject<'_>,
    view: &ServerView<'_>,
    verdicts: &[Verdict],
    reaches: &[Reach<'_, '_>],
    crowd: &Crowd,
    solver: &mut Solver<'_>,
    report: &mut Report,
) -> Result<(), Undecided> {
    let grants = verdicts.iter().any(Verdict::may_decide);
    let members =
        (!subject.org.outside_directory && !reaches.is_empty()).then(|| Members::of(subject, crowd));
    for reach in reaches {
        let path = view.token_policy_path(reach.policy);
        if reach.meetings.is_empty() {
            let own = own_obstacle(reach.policy, solver)?;
            // A server that grants nothing has been told of.
            if own.is_some() || grants {
                let why = own.map_or_else(|| why_never(view, verdicts, reach.policy), str::to_owned);
                report.add(
                    Code::TokenPolicyNeverApplies,
                    Severity::Warning,
                    path,
                    format!("{} applies to no request: {why}", title(reach.policy)),
                    "correct the policy's conditions, or remove it",
                );
            }
            continue;
        }
        if let Some(members) = &members
            && let Some((why, fix)) = obstacle(subject, view, reach, members, crowd)
        {
            report.add(
                Code::TokenPolicyUnreachable,
                Severity::Warning,
                path,
                format!("{} applies to nothing today: {why}", title(reach.policy)),
                fix,
            );
        }
        lifetimes(view, reach, report);
    }
    Ok(())
}

/// Why nobody who exists meets the policy's conditions.
fn obstacle(
    subject: &Subject<'_>,
    view: &ServerView<'_>,
    reach: &Reach<'_, '_>,
    members: &Members<'_>,
    crowd: &Crowd,
) -> Option<(String, &'static str)> {
    let clients: Vec<&RegisteredClient> = covered(subject, view, reach, None);
    if clients.is_empty() {
        return Some((
            "no client that is ACTIVE is one of its clients and one of an access policy that it acts on"
                .to_owned(),
            "activate a client, add one, or remove the policy",
        ));
    }
    let mut uses: Vec<GrantUse> = reach.meetings.iter().flat_map(|meeting| &meeting.uses).copied().collect();
    uses.sort_unstable();
    uses.dedup();
    uses.retain(|used| !covered(subject, view, reach, Some(*used)).is_empty());
    if uses.is_empty() {
        let ids = names(clients.iter().map(|client| client.id.as_str()));
        let which = if clients.len() == 1 { "client" } else { "clients" };
        return Some((
            format!("the {which} {ids} may use none of the grant types"),
            "list a grant type that the clients have, or give them one that the policy lists",
        ));
    }
    let people = crowd.get(reach.policy.people)?;
    let machine = people.everyone && uses.iter().any(|used| used.subjects() != Subjects::Users);
    let user = uses.iter().any(|used| used.subjects() != Subjects::Machines);
    let reachable = machine || user && members.someone_is_in(people, crowd);
    (!reachable).then(|| {
        (
            "no user is in a group that it includes and in none that it excludes".to_owned(),
            "put users in the policy's groups, or include others",
        )
    })
}

/// The clients that exist, that the policy is for, and for which a rule is that it acts on; those of them
/// that may ask so, where `used` says how.
fn covered<'o>(
    subject: &Subject<'o>,
    view: &ServerView<'_>,
    reach: &Reach<'_, '_>,
    used: Option<GrantUse>,
) -> Vec<&'o RegisteredClient> {
    let reaches = |client: &RegisteredClient| {
        let policies = view.policies_for(Some(&client.id));
        let asks = |meeting: &Meeting<'_, '_>| {
            used.is_none_or(|used| meeting.uses.contains(&used) && used.is_open_to(client))
        };
        reach.meetings.iter().any(|meeting| policies.contains(meeting.rule.policy) && asks(meeting))
    };
    let is_for = |client: &&RegisteredClient| reach.policy.is_for(Some(&client.id));
    subject.clients.iter().copied().filter(is_for).filter(|client| reaches(client)).collect()
}

/// What shortens nothing.
fn lifetimes(view: &ServerView<'_>, reach: &Reach<'_, '_>, report: &mut Report) {
    let longest = reach.meetings.iter().map(|meeting| meeting.rule.lifetimes().access_token).max();
    for (place, action) in reach.policy.policy.actions.iter().enumerate() {
        let CompiledAction::AccessLifetime(lifetime) = action else { continue };
        let Some(longest) = longest.filter(|longest| longest <= lifetime) else { continue };
        report.add(
            Code::TokenLifetimeNoEffect,
            Severity::Advice,
            format!("{}.actions[{place}].accessTokenLifetimeMinutes", view.token_policy_path(reach.policy)),
            format!(
                "{} shortens access tokens to {}, and no rule that it acts on lets them live longer than {}",
                title(reach.policy),
                span(*lifetime),
                span(longest)
            ),
            "shorten them to less, or remove the action",
        );
    }
}

pub(super) fn title(policy: &TokenPolicyView<'_>) -> String {
    format!("token policy {}", quoted(policy.policy.name()))
}
