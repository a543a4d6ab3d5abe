//! Claims that no token has, that are empty in every token, or that refuse it.
//!
//! Claims of token-customization policies are not here yet: they belong in the list of [`Listed`]
//! with the conditions of their policies.

use std::collections::{BTreeSet, HashMap};

use super::Subject;
use super::shadow::Verdict;
use crate::analyse::bits::Bits;
use crate::analyse::report::{Code, Report, Severity};
use crate::analyse::text::{names, quoted};
use crate::analyse::uses::{GrantUse, Subjects, open_scopes};
use crate::analyse::view::{RuleView, ServerView};
use crate::expr::{self, Input, Program};
use crate::model::{BASE_ATTRIBUTES, ClaimSource, CompiledClaim, RegisteredClient, SUB};
use crate::types::GrantType;

/// A claim and the kind of token that it is of.
struct Listed<'o> {
    claim: &'o CompiledClaim,
    at: u32,
    scopes: Bits,
    in_id_tokens: bool,
}

pub(super) fn report(
    subject: &Subject<'_>,
    view: &ServerView<'_>,
    verdicts: &[Verdict],
    report: &mut Report,
) {
    let rules: Vec<&RuleView<'_>> = view
        .rules
        .iter()
        .zip(verdicts)
        .filter(|(_, verdict)| verdict.may_decide())
        .map(|(rule, _)| rule)
        .collect();
    let known = known_attributes(subject);
    for listed in listed(view) {
        let at = format!("{}.claims[{}]", view.path(), listed.at);
        if let (Some(known), Some(program)) = (&known, program(listed.claim)) {
            unknown_attributes(program, known, &listed, &at, report);
        }
        if let ClaimSource::Groups(filter) = &listed.claim.source
            && !subject.org.outside_directory
            && !subject.org.groups.values().any(|group| filter.matches(group.name()))
        {
            report.add(
                Code::GroupFilterMatchesNothing,
                Severity::Warning,
                format!("{at}.value"),
                format!("the claim {} takes groups by a name that none has", quoted(listed.claim.name())),
                "correct `value` or `group_filter_type`, or create the groups",
            );
        }
        if !rules.is_empty() {
            values(subject, view, &rules, &listed, &at, report);
        }
    }
    names_alike(view, report);
}

/// The claims that the configuration lists.
fn listed<'o>(view: &ServerView<'o>) -> Vec<Listed<'o>> {
    let end = view.server.scopes.scopes.len();
    let kinds = [(&view.server.access_claims[..], false), (&view.server.id_claims[..], true)];
    let listed = |(claim, in_id_tokens): (&'o CompiledClaim, bool)| {
        let scopes = Bits::of(end, claim.scopes.iter().map(|scope| *scope as usize));
        Some(Listed { claim, at: claim.at?, scopes, in_id_tokens })
    };
    kinds
        .into_iter()
        .flat_map(|(claims, id)| claims.iter().map(move |claim| (claim, id)))
        .filter_map(listed)
        .collect()
}

fn program(claim: &CompiledClaim) -> Option<&Program> {
    match &claim.source {
        ClaimSource::Expression(program) => Some(program),
        ClaimSource::Groups(_) | ClaimSource::System => None,
    }
}

/// The attributes that any user has, and Okta's own. With a schema the compiler has checked
/// already; without users nothing is known of custom ones.
fn known_attributes(subject: &Subject<'_>) -> Option<expr::Schema> {
    let org = subject.org;
    if org.schema.is_some() || org.outside_directory || org.users.is_empty() {
        return None;
    }
    let mut known: BTreeSet<&str> = BASE_ATTRIBUTES.iter().copied().collect();
    for user in org.users.values() {
        known.extend(user.profile.keys().map(String::as_str));
    }
    Some(known.into_iter().collect())
}

fn unknown_attributes(
    program: &Program,
    known: &expr::Schema,
    listed: &Listed<'_>,
    at: &str,
    report: &mut Report,
) {
    let compiler = expr::Compiler::new().usage(expr::Usage::Claim).schema(known);
    let Err(errors) = compiler.compile(program.source()) else { return };
    let unknown = errors.iter().filter(|error| error.kind() == expr::ErrorKind::UnknownProperty);
    let mut said: Vec<&str> = unknown.map(expr::Error::message).collect();
    said.dedup();
    if !said.is_empty() {
        report.add(
            Code::ClaimAttributeUnknown,
            Severity::Warning,
            format!("{at}.value"),
            format!("the claim {} reads what no user has: {}", quoted(listed.claim.name()), said.join("; ")),
            "correct the name, or list the attributes of profiles in `userSchema`",
        );
    }
}

/// Whether the claim can have a value, as far as that does not depend on users.
fn values(
    subject: &Subject<'_>,
    view: &ServerView<'_>,
    rules: &[&RuleView<'_>],
    listed: &Listed<'_>,
    at: &str,
    report: &mut Report,
) {
    let Listed { claim, scopes, in_id_tokens, .. } = listed;
    let openid = view.server.scopes.by_name.get("openid").map(|scope| *scope as usize);
    let machine = GrantUse::first(GrantType::ClientCredentials);
    let open = open_scopes(view.server, machine);
    let carries = |granted: &Bits| !granted.is_empty() && (scopes.is_empty() || scopes.meets(granted));
    let for_users = |rule: &&&RuleView<'_>| {
        let users = GrantUse::all().any(|used| used.subjects() != Subjects::Machines && rule.allows(used));
        let id_token = !in_id_tokens || openid.is_some_and(|openid| rule.scopes.contains(openid));
        users && id_token && carries(&rule.scopes)
    };
    let for_machines =
        |rule: &&&RuleView<'_>| !in_id_tokens && rule.allows(machine) && carries(&rule.scopes.and(&open));
    let users = rules.iter().any(|rule| for_users(&rule));
    let with_machines: Vec<&&RuleView<'_>> = rules.iter().filter(for_machines).collect();
    let name = quoted(claim.name());
    if !users && with_machines.is_empty() {
        let token = if *in_id_tokens { "ID token" } else { "access token" };
        let why = if scopes.is_empty() && *in_id_tokens {
            "no rule grants `openid` to users".to_owned()
        } else {
            format!("no rule grants {}", names(scopes.iter().map(|scope| view.scope_name(scope))))
        };
        report.add(
            Code::ClaimUnreachable,
            Severity::Warning,
            at.to_owned(),
            format!("no {token} carries the claim {name}: {why}"),
            "grant the scope in a rule, or change the claim's scopes",
        );
        return;
    }
    let program = match &claim.source {
        ClaimSource::System => return,
        ClaimSource::Groups(_) if users => return,
        ClaimSource::Groups(_) => None,
        ClaimSource::Expression(program) => Some(program),
    };
    // The clients that can get a token with the claim, for themselves or for users.
    let clients = |machines: bool| -> Vec<&RegisteredClient> {
        let reaches = |client: &RegisteredClient| {
            let policies = view.policies_for(Some(&client.id));
            let open = |rule: &RuleView<'_>| {
                let used = |used: &GrantUse| (used.subjects() == Subjects::Machines) == machines;
                GrantUse::all().filter(used).any(|used| rule.allows(used) && used.is_open_to(client))
            };
            let carrying =
                |rule: &&&RuleView<'_>| if machines { for_machines(rule) } else { for_users(rule) };
            rules.iter().filter(carrying).any(|rule| policies.contains(rule.policy) && open(rule))
        };
        subject.clients.iter().copied().filter(|client| reaches(client)).collect()
    };
    let known = |machines: bool, reached: bool| match program {
        _ if !reached => Some(Vec::new()),
        None => Some(vec![(None, Outcome::Null)]),
        Some(program) => evaluations(program, machines, &clients(machines)),
    };
    let (of_machines, of_users) = (known(true, !with_machines.is_empty()), known(false, users));
    let needs_value = claim.name() == SUB && !in_id_tokens;
    let refused = |(_, outcome): &&Evaluated<'_>| {
        *outcome == Outcome::Fails || needs_value && *outcome == Outcome::Null
    };
    let refused: Vec<&Evaluated<'_>> =
        [&of_machines, &of_users].into_iter().flatten().flatten().filter(refused).collect();
    if !refused.is_empty() {
        let ids: BTreeSet<&str> =
            refused.iter().filter_map(|(client, _)| client.map(|client| client.id.as_str())).collect();
        let whose = if ids.is_empty() { "every client".to_owned() } else { names(ids) };
        report.add(
            Code::ClaimRefusesTokens,
            Severity::Risk,
            format!("{at}.value"),
            format!(
                "the claim {name} refuses tokens of {whose}: its expression fails{}",
                if needs_value { " or has no value, and a token needs its `sub`" } else { "" }
            ),
            "guard the expression against null (`x != null ? … : …`), or complete the profiles of the apps",
        );
        return;
    }
    let (Some(of_machines), Some(of_users)) = (of_machines, of_users) else { return };
    let mut all = of_machines.iter().chain(&of_users).peekable();
    if all.peek().is_some() && all.all(|(_, outcome)| *outcome == Outcome::Null) {
        let why = if users { "" } else { "only client credentials reach it, which are without a user: " };
        report.add(
            Code::ClaimAlwaysNull,
            Severity::Warning,
            at.to_owned(),
            format!(
                "the claim {name} is in no token: {why}its value is always null or empty, and such a claim is left out"
            ),
            "correct the expression, or allow a grant type with users to reach the claim",
        );
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Value,
    Null,
    Fails,
}

/// What the expression yields, for which client if that matters.
type Evaluated<'c> = (Option<&'c RegisteredClient>, Outcome);

/// What the expression yields for each client, if nothing but the client decides that. Requests
/// without a user have nothing else.
fn evaluations<'c>(
    program: &Program,
    machines: bool,
    clients: &[&'c RegisteredClient],
) -> Option<Vec<Evaluated<'c>>> {
    let reads = program.reads();
    let of_request = [Input::Scopes, Input::Now, Input::TokenClaims, Input::Org];
    let of_user = reads.iter().any(|input| input != Input::App && !of_request.contains(&input));
    if of_request.iter().any(|input| reads.contains(*input)) || !machines && of_user {
        return None;
    }
    if !reads.contains(Input::App) {
        return Some(vec![(None, outcome(program, expr::App::default()))]);
    }
    let of_client = |client: &&'c RegisteredClient| {
        let mut app = expr::App::default().with_id(client.app_id()).with_client_id(client.id.as_str());
        if let Some(profile) = &client.profile {
            app = app.with_profile(profile);
        }
        (Some(*client), outcome(program, app))
    };
    Some(clients.iter().map(of_client).collect())
}

fn outcome(program: &Program, app: expr::App<'_>) -> Outcome {
    let inputs =
        expr::Inputs::default().with_app(app).with_flow(expr::Flow::ClientCredentials).without_user();
    match program.evaluate(&inputs) {
        Ok(value) if value.is_null() || value.is_empty_list() => Outcome::Null,
        Ok(_) => Outcome::Value,
        Err(error) if error.is_missing_user() => Outcome::Null,
        Err(_) => Outcome::Fails,
    }
}

/// The compiler refuses claims of one name; those that differ in case are two claims to it and one
/// to many readers.
fn names_alike(view: &ServerView<'_>, report: &mut Report) {
    for (claims, token) in [(&view.server.access_claims[..], "access"), (&view.server.id_claims[..], "ID")] {
        let mut seen: HashMap<String, Vec<&CompiledClaim>> = HashMap::new();
        for claim in claims {
            let alike = seen.entry(claim.name().to_lowercase()).or_default();
            let overlap = |other: &&&CompiledClaim| {
                claim.scopes.is_empty()
                    || other.scopes.is_empty()
                    || claim.scopes.iter().any(|scope| other.scopes.contains(scope))
            };
            if let (Some(other), Some(at)) = (alike.iter().find(overlap), claim.at) {
                report.add(
                    Code::ClaimNamesAlike,
                    Severity::Advice,
                    format!("{}.claims[{at}].name", view.path()),
                    format!(
                        "{token} tokens can carry both {} and {}, which differ in case only",
                        quoted(other.name()),
                        quoted(claim.name())
                    ),
                    "rename one of them",
                );
            }
            alike.push(claim);
        }
    }
}
