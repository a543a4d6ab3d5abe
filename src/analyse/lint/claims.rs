//! Claims that no token has, that are empty in every token, or that refuse it.

use std::collections::{BTreeSet, HashMap};

use super::Subject;
use super::shadow::Verdict;
use super::token_policies::{self, Reach};
use crate::analyse::bits::Bits;
use crate::analyse::report::{Code, Report, Severity};
use crate::analyse::text::{names, quoted};
use crate::analyse::uses::{GrantUse, Subjects, open_scopes};
use crate::analyse::view::{RuleView, ServerView};
use crate::expr::{self, Input, Program, Usage};
use crate::model::{
    ActionValue, BASE_ATTRIBUTES, ClaimSource, CompiledAction, CompiledClaim, GroupFilter, RegisteredClient,
    SUB, Tokens,
};
use crate::types::GrantType;

/// A claim, whoever sets it.
struct Listed<'o> {
    /// As explanations call it: the claim, and the token policy that sets it.
    title: String,
    value: Value<'o>,
    /// Its path, and that of its value.
    at: String,
    value_at: String,
    tokens: Tokens,
    /// One of these must be granted, if there are any.
    scopes: Bits,
    /// The name of a claim without which the token is refused.
    needed: Option<&'o str>,
    /// `replaceClaim`: no value takes the claim out.
    replaces: bool,
    /// A token policy with an expression: its claims are evaluated for some requests only.
    guarded: bool,
    usage: Usage,
}

#[derive(Clone, Copy)]
enum Value<'o> {
    Expression(&'o Program),
    Groups(&'o GroupFilter),
    /// What always has a value, or is the server's to know.
    Other,
}

/// A rule that may decide, and the ways to ask in which the claim is evaluated for what it grants.
struct Carrier<'v, 'o> {
    rule: &'v RuleView<'o>,
    uses: Vec<GrantUse>,
}

pub(super) fn report(
    subject: &Subject<'_>,
    view: &ServerView<'_>,
    verdicts: &[Verdict],
    report: &mut Report,
) {
    let rules = view.rules.iter().zip(verdicts).filter(|(_, verdict)| verdict.may_decide());
    let carriers: Vec<Carrier<'_, '_>> = rules
        .map(|(rule, _)| Carrier { rule, uses: GrantUse::all().filter(|used| rule.allows(*used)).collect() })
        .collect();
    let known = known_attributes(subject);
    for listed in listed(view) {
        one(subject, view, &carriers, &|_| true, known.as_ref(), &listed, report);
    }
    names_alike(view, report);
}

/// The same for what token policies set, and for what their expressions read.
pub(super) fn report_customized(
    subject: &Subject<'_>,
    view: &ServerView<'_>,
    reaches: &[Reach<'_, '_>],
    report: &mut Report,
) {
    let known = known_attributes(subject);
    for Reach { policy, meetings } in reaches {
        let path = view.token_policy_path(policy);
        if let (Some(known), Some(program)) = (&known, &policy.policy.condition) {
            let title = format!("the condition of {}", token_policies::title(policy));
            let at = format!("{path}.conditions.expression");
            unknown_attributes(program, Usage::TokenPolicy, known, &title, at, report);
        }
        let carriers: Vec<Carrier<'_, '_>> = meetings
            .iter()
            .map(|meeting| Carrier { rule: meeting.rule, uses: meeting.uses.clone() })
            .collect();
        let is_for = |client: &RegisteredClient| policy.is_for(Some(&client.id));
        for (place, action) in policy.policy.actions.iter().enumerate() {
            let CompiledAction::Set { claim, value, tokens, only_present } = action else { continue };
            let key = if *only_present { "replaceClaim" } else { "addClaim" };
            let at = format!("{path}.actions[{place}].{key}");
            let listed = Listed {
                title: format!("the claim {} of {}", quoted(claim), token_policies::title(policy)),
                value: match value {
                    ActionValue::Expression(program) => Value::Expression(program),
                    ActionValue::Groups(filter) => Value::Groups(filter),
                    ActionValue::Constant(_) => Value::Other,
                },
                value_at: format!("{at}.value"),
                at,
                tokens: *tokens,
                // The policy's have been looked at where its rules were found.
                scopes: Bits::none(view.server.scopes.scopes.len()),
                needed: (*only_present && matches!(&**claim, "sub" | "aud")).then_some(&**claim),
                replaces: *only_present,
                guarded: policy.policy.condition.is_some(),
                usage: Usage::TokenPolicy,
            };
            one(subject, view, &carriers, &is_for, known.as_ref(), &listed, report);
        }
    }
}

fn one(
    subject: &Subject<'_>,
    view: &ServerView<'_>,
    carriers: &[Carrier<'_, '_>],
    is_for: &dyn Fn(&RegisteredClient) -> bool,
    known: Option<&expr::Schema>,
    listed: &Listed<'_>,
    report: &mut Report,
) {
    if let (Some(known), Value::Expression(program)) = (known, listed.value) {
        unknown_attributes(program, listed.usage, known, &listed.title, listed.value_at.clone(), report);
    }
    if let Value::Groups(filter) = listed.value
        && !subject.org.outside_directory
        && !subject.org.groups.values().any(|group| filter.matches(group.name()))
    {
        report.add(
            Code::GroupFilterMatchesNothing,
            Severity::Warning,
            listed.value_at.clone(),
            format!("{} takes groups by a name that none has", listed.title),
            "correct `value` or `group_filter_type`, or create the groups",
        );
    }
    if !carriers.is_empty() {
        values(subject, view, carriers, is_for, listed, report);
    }
}

/// The claims that the configuration lists.
fn listed<'o>(view: &ServerView<'o>) -> Vec<Listed<'o>> {
    let end = view.server.scopes.scopes.len();
    let kinds = [(&view.server.access_claims[..], false), (&view.server.id_claims[..], true)];
    let listed = |(claim, id): (&'o CompiledClaim, bool)| {
        let at = format!("{}.claims[{}]", view.path(), claim.at?);
        Some(Listed {
            title: format!("the claim {}", quoted(claim.name())),
            value: match &claim.source {
                ClaimSource::Expression(program) => Value::Expression(program),
                ClaimSource::Groups(filter) => Value::Groups(filter),
                ClaimSource::System => Value::Other,
            },
            value_at: format!("{at}.value"),
            at,
            tokens: Tokens { access: !id, id },
            scopes: Bits::of(end, claim.scopes.iter().map(|scope| *scope as usize)),
            needed: (claim.name() == SUB && !id).then_some(SUB),
            replaces: false,
            guarded: false,
            usage: Usage::Claim,
        })
    };
    kinds
        .into_iter()
        .flat_map(|(claims, id)| claims.iter().map(move |claim| (claim, id)))
        .filter_map(listed)
        .collect()
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
    usage: Usage,
    known: &expr::Schema,
    title: &str,
    at: String,
    report: &mut Report,
) {
    let compiler = expr::Compiler::new().usage(usage).schema(known);
    let Err(errors) = compiler.compile(program.source()) else { return };
    let unknown = errors.iter().filter(|error| error.kind() == expr::ErrorKind::UnknownProperty);
    let mut said: Vec<&str> = unknown.map(expr::Error::message).collect();
    said.dedup();
    if !said.is_empty() {
        report.add(
            Code::ClaimAttributeUnknown,
            Severity::Warning,
            at,
            format!("{title} reads what no user has: {}", said.join("; ")),
            "correct the name, or list the attributes of profiles in `userSchema`",
        );
    }
}

/// Whether the claim can have a value, as far as that does not depend on users.
fn values(
    subject: &Subject<'_>,
    view: &ServerView<'_>,
    carriers: &[Carrier<'_, '_>],
    is_for: &dyn Fn(&RegisteredClient) -> bool,
    listed: &Listed<'_>,
    report: &mut Report,
) {
    let Listed { title, scopes, tokens, .. } = listed;
    let openid = view.server.scopes.by_name.get("openid").map(|scope| *scope as usize);
    let machine = GrantUse::first(GrantType::ClientCredentials);
    let open = open_scopes(view.server, machine);
    let carries = |granted: &Bits| !granted.is_empty() && (scopes.is_empty() || scopes.meets(granted));
    let for_users = |carrier: &Carrier<'_, '_>| {
        let granted = &carrier.rule.scopes;
        let users = carrier.uses.iter().any(|used| used.subjects() != Subjects::Machines);
        let token = tokens.access || tokens.id && openid.is_some_and(|openid| granted.contains(openid));
        users && token && carries(granted)
    };
    let for_machines = |carrier: &Carrier<'_, '_>| {
        tokens.access && carrier.uses.contains(&machine) && carries(&carrier.rule.scopes.and(&open))
    };
    let users = carriers.iter().any(for_users);
    let machines = carriers.iter().any(for_machines);
    if !users && !machines {
        // An action for neither kind of token has been warned of.
        if *tokens == Tokens::default() {
            return;
        }
        let token = if tokens.access { "access token" } else { "ID token" };
        let why = if scopes.is_empty() && !tokens.access {
            "no rule grants `openid` to users".to_owned()
        } else {
            format!("no rule grants {}", names(scopes.iter().map(|scope| view.scope_name(scope))))
        };
        report.add(
            Code::ClaimUnreachable,
            Severity::Warning,
            listed.at.clone(),
            format!("no {token} carries {title}: {why}"),
            "grant the scope in a rule, or change the claim's scopes",
        );
        return;
    }
    let program = match listed.value {
        Value::Other => return,
        Value::Groups(_) if users => return,
        Value::Groups(_) => None,
        Value::Expression(program) => Some(program),
    };
    // The clients that can get a token with the claim, for themselves or for users.
    let clients = |machines: bool| -> Vec<&RegisteredClient> {
        let reaches = |client: &RegisteredClient| {
            let policies = view.policies_for(Some(&client.id));
            let open = |carrier: &Carrier<'_, '_>| {
                let used = |used: &&GrantUse| (used.subjects() == Subjects::Machines) == machines;
                carrier.uses.iter().filter(used).any(|used| used.is_open_to(client))
            };
            let carrying = |carrier: &&Carrier<'_, '_>| {
                if machines { for_machines(carrier) } else { for_users(carrier) }
            };
            carriers
                .iter()
                .filter(carrying)
                .any(|carrier| policies.contains(carrier.rule.policy) && open(carrier))
        };
        subject.clients.iter().copied().filter(|client| is_for(client) && reaches(client)).collect()
    };
    let known = |machines: bool, reached: bool| match program {
        _ if !reached => Some(Vec::new()),
        None => Some(vec![(None, Outcome::Null)]),
        Some(program) => evaluations(program, machines, &clients(machines)),
    };
    let (of_machines, of_users) = (known(true, machines), known(false, users));
    let refused = |(_, outcome): &&Evaluated<'_>| {
        *outcome == Outcome::Fails || listed.needed.is_some() && *outcome == Outcome::Null
    };
    let refused: Vec<&Evaluated<'_>> =
        [&of_machines, &of_users].into_iter().flatten().flatten().filter(refused).collect();
    if !refused.is_empty() {
        if listed.guarded {
            return;
        }
        let ids: BTreeSet<&str> =
            refused.iter().filter_map(|(client, _)| client.map(|client| client.id.as_str())).collect();
        let whose = if ids.is_empty() { "every client".to_owned() } else { names(ids) };
        report.add(
            Code::ClaimRefusesTokens,
            Severity::Risk,
            listed.value_at.clone(),
            format!(
                "{title} refuses tokens of {whose}: its expression fails{}",
                listed.needed.map_or_else(String::new, |name| format!(
                    " or has no value, and a token needs its {}",
                    quoted(name)
                ))
            ),
            "guard the expression against null (`x != null ? … : …`), or complete the profiles of the apps",
        );
        return;
    }
    let (Some(of_machines), Some(of_users)) = (of_machines, of_users) else { return };
    let mut all = of_machines.iter().chain(&of_users).peekable();
    if all.peek().is_some() && all.all(|(_, outcome)| *outcome == Outcome::Null) {
        let why = if users { "" } else { "only client credentials reach it, which are without a user: " };
        let outcome = if listed.replaces {
            "its value is always null or empty, which takes the claim out"
        } else {
            "its value is always null or empty, and such a claim is left out"
        };
        report.add(
            Code::ClaimAlwaysNull,
            Severity::Warning,
            listed.at.clone(),
            format!("{title} is in no token: {why}{outcome}"),
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
