//! The access policies of one server, as the index takes them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Context;
use super::ids::{Ids, made_up};
use super::people::{GroupRef, each_once};
use crate::model::check::{Findings, Path, Shown};
use crate::model::hook::{InlineHook, OnFailure};
use crate::model::index::{
    ClientCondition, Lifetimes, Off, PeopleCondition, PolicyInput, RuleInput, ScopeCondition,
};
use crate::model::listed::Listed;
use crate::model::org::{ScopeIndex, ScopeTable};
use crate::model::policy::{ALL_CLIENTS, AccessPolicy, DeclaredLifetimes, People, Rule};
use crate::types::{Lifetime, PolicyId, RuleId, ScopeName};

/// The server that the policies are of.
pub(super) struct Owner<'o> {
    pub(super) id: &'o str,
    pub(super) scopes: &'o ScopeTable,
    /// Okta's ids of scopes, which rules may name too.
    pub(super) scope_ids: &'o HashMap<String, ScopeIndex>,
}

/// The policies with their rules, in the order in which they are tried. Those that are INACTIVE are
/// checked all the same: activating one must not be what finds its mistakes.
pub(super) fn policies(
    declared: &[Listed<AccessPolicy>],
    owner: &Owner<'_>,
    context: &Context<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> Vec<PolicyInput> {
    let given = Ids::reserve(declared.iter().map(|policy| policy.item.id.as_deref()));
    let rules = || declared.iter().flat_map(|policy| &policy.item.rules);
    let given_rules = Ids::reserve(rules().map(|rule| rule.item.id.as_deref()));
    let (mut ids, mut rule_ids) = (Ids::default(), Ids::default());
    let mut placed = Vec::new();
    for Listed { at: place, item: policy } in declared {
        let policy_at = at.index(*place);
        let name = check_name(policy.name.as_deref(), "policy", *place, &policy_at, out);
        check_description(policy.description.as_deref(), &policy_at, out);
        let make = |salt: &str| made_up("00p", &[owner.id, &name, salt]);
        let id = ids.take(policy.id.as_deref(), &given, make, &policy_at.key("id"), out);
        let clients = clients(policy, context, &policy_at, out);
        let scope = RuleScope { owner, context, policy: &name, given: &given_rules };
        let rules = rules_of(policy, &scope, &mut rule_ids, &policy_at.key("rules"), out);
        let off = off(policy.inactive, policy.unsupported.as_deref());
        if let Some(Off::Unsupported(condition)) = &off {
            out.warn(
                &policy_at,
                format!("the condition `{}` is not supported: the policy is for no client", Shown(condition)),
            );
        }
        if let ClientCondition::Listed(list) = &clients
            && list.is_empty()
            && off.is_none()
        {
            let conditions = policy_at.key("conditions");
            out.warn(&conditions.key("clients"), "lists no client: the policy is for none");
        }
        let Some(id) = id else { continue };
        let is_on = off.is_none();
        let input = PolicyInput { id: PolicyId::from(id), name, clients, at: *place, off, rules };
        placed.push(Placed { priority: policy.priority, place: *place, is_on, item: input });
    }
    in_order(placed, "policy", at, out)
}

fn off(inactive: bool, unsupported: Option<&str>) -> Option<Off> {
    let unsupported = unsupported.map(|condition| Off::Unsupported(condition.into()));
    if inactive { Some(Off::Inactive) } else { unsupported }
}

/// What a rule is checked with.
struct RuleScope<'s> {
    owner: &'s Owner<'s>,
    context: &'s Context<'s>,
    policy: &'s str,
    given: &'s super::ids::Given,
}

fn rules_of(
    policy: &AccessPolicy,
    scope: &RuleScope<'_>,
    ids: &mut Ids,
    at: &Path<'_>,
    out: &mut Findings,
) -> Vec<RuleInput> {
    let mut placed = Vec::new();
    for Listed { at: place, item: rule } in &policy.rules {
        let rule_at = at.index(*place);
        let name = check_name(rule.name.as_deref(), "rule", *place, &rule_at, out);
        let make = |salt: &str| made_up("0pr", &[scope.owner.id, scope.policy, &name, salt]);
        let id = ids.take(rule.id.as_deref(), scope.given, make, &rule_at.key("id"), out);
        let conditions_at = rule_at.key("conditions");
        let people = people(&rule.people, scope.context, &conditions_at.key("people"), out);
        let scopes_at = conditions_at.key("scopes");
        let scopes = scopes(rule, scope.owner, &scopes_at.key("include"), out);
        let actions_at = rule_at.key("actions");
        let token_at = actions_at.key("token");
        let lifetimes = lifetimes(&rule.lifetimes, &token_at, out);
        let inline_hook = hook(rule, scope.context, &token_at.key("inlineHook"), out);
        let off = off(rule.inactive, rule.unsupported.as_deref());
        match &off {
            Some(Off::Inactive) => {}
            Some(Off::Unsupported(condition)) => out.warn(
                &rule_at,
                format!("the condition `{}` is not supported: the rule matches nothing", Shown(condition)),
            ),
            None => warn_if_it_never_matches(rule, &conditions_at, out),
        }
        let Some(id) = id else { continue };
        let input = RuleInput {
            id: RuleId::from(id),
            name,
            at: *place,
            people,
            grants: rule.grants.clone(),
            scopes,
            lifetimes,
            off,
            inline_hook,
        };
        let is_on = input.off.is_none();
        placed.push(Placed { priority: rule.priority, place: *place, is_on, item: input });
    }
    in_order(placed, "rule", at, out)
}

/// A policy or rule with what decides its turn.
pub(super) struct Placed<T> {
    pub(super) priority: Option<i64>,
    pub(super) place: usize,
    /// Whether it is tried at all.
    pub(super) is_on: bool,
    pub(super) item: T,
}

/// The lowest priority first. Without one, the place in the list counts, from 1; of equal ones, the
/// one that is listed first is tried first.
pub(super) fn in_order<T>(mut list: Vec<Placed<T>>, what: &str, at: &Path<'_>, out: &mut Findings) -> Vec<T> {
    let mut taken = HashSet::new();
    for placed in &list {
        if let Some(priority) = placed.priority.filter(|_| placed.is_on)
            && !taken.insert(priority)
        {
            let message = format!(
                "{priority} is the priority of another {what} too: the one listed first is tried first"
            );
            out.warn(&at.index(placed.place).key("priority"), message);
        }
    }
    let turn = |placed: &Placed<T>| {
        let place = i64::try_from(placed.place).unwrap_or(i64::MAX).saturating_add(1);
        (placed.priority.unwrap_or(place), place)
    };
    list.sort_by_key(turn);
    list.into_iter().map(|placed| placed.item).collect()
}

/// Okta's limits: 1 to 100 characters. A name that is absent is the place in the list.
pub(super) fn check_name(
    name: Option<&str>,
    what: &str,
    place: usize,
    at: &Path<'_>,
    out: &mut Findings,
) -> String {
    let Some(name) = name else { return format!("{what} {}", place.saturating_add(1)) };
    check_length(name, 100, &at.key("name"), out);
    name.to_owned()
}

fn check_description(text: Option<&str>, at: &Path<'_>, out: &mut Findings) {
    // Okta's minimum is one character, but an empty description harms nobody.
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        check_length(text, 255, &at.key("description"), out);
    }
}

fn check_length(text: &str, most: usize, at: &Path<'_>, out: &mut Findings) {
    match text.chars().count() {
        0 => out.mistake(at, "is empty"),
        count if count > most => {
            out.mistake(at, format!("has {count} characters, at most {most} are allowed"))
        }
        _ => {}
    }
}

fn clients(
    policy: &AccessPolicy,
    context: &Context<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> ClientCondition {
    let (conditions, clients) = (at.key("conditions"), "clients");
    let clients_at = conditions.key(clients);
    let at = clients_at.key("include");
    let mut all = false;
    let mut listed = Vec::with_capacity(policy.clients.len());
    for (i, name) in policy.clients.iter().enumerate() {
        if name == ALL_CLIENTS {
            all = true;
        } else if let Some(id) = context.clients.find(name, context.outside_directory, &at.index(i), out) {
            listed.push(id);
        }
    }
    if all {
        return ClientCondition::All;
    }
    listed.sort_unstable();
    listed.dedup();
    ClientCondition::Listed(listed)
}

fn people(declared: &People, context: &Context<'_>, at: &Path<'_>, out: &mut Findings) -> PeopleCondition {
    let directory = context.directory;
    let (users_at, groups_at) = (at.key("users"), at.key("groups"));
    let users = |list: &[String], key: &str, out: &mut Findings| {
        let at = users_at.key(key);
        let found = list.iter().enumerate().filter_map(|(i, user)| directory.user(user, &at.index(i), out));
        each_once(found.collect())
    };
    let groups = |list: &[String], key: &str, out: &mut Findings| {
        let at = groups_at.key(key);
        let (mut everyone, mut found) = (false, Vec::new());
        for (i, group) in list.iter().enumerate() {
            match directory.group(group, &at.index(i), out) {
                Some(GroupRef::Everyone) => everyone = true,
                Some(GroupRef::Group(id)) => found.push(id),
                None => {}
            }
        }
        (everyone, each_once(found))
    };
    let (included, in_groups) = groups(&declared.groups, "include", out);
    let (excluded, not_groups) = groups(&declared.not_groups, "exclude", out);
    let condition = PeopleCondition {
        everyone: included || declared.is_empty(),
        users: users(&declared.users, "include", out),
        groups: in_groups,
        not_users: users(&declared.not_users, "exclude", out),
        not_groups,
    };
    if excluded {
        out.warn(&groups_at.key("exclude"), "excludes Everyone: the rule matches nobody");
        // Requests without a user included: what excludes every user is for nobody.
        return PeopleCondition::default();
    }
    condition
}

fn scopes(rule: &Rule, owner: &Owner<'_>, at: &Path<'_>, out: &mut Findings) -> ScopeCondition {
    let mut any = false;
    let mut listed = Vec::with_capacity(rule.scopes.len());
    for (i, name) in rule.scopes.iter().enumerate() {
        if name == "*" {
            any = true;
        } else if let Some(index) = owner.scope_ids.get(name) {
            listed.push(*index);
        } else if let Some((index, _)) = owner.scopes.get(name) {
            listed.push(index);
        } else {
            out.unknown(&at.index(i), "scope", name, owner.scopes.by_name.keys().map(ScopeName::as_str));
        }
    }
    if any {
        return ScopeCondition::Any;
    }
    listed.sort_unstable();
    listed.dedup();
    ScopeCondition::Listed(listed)
}

fn hook(rule: &Rule, context: &Context<'_>, at: &Path<'_>, out: &mut Findings) -> Option<Arc<InlineHook>> {
    let id = rule.inline_hook.as_deref()?;
    let hook = context.hooks.for_rule(id, &at.key("id"), out)?;
    if !hook.is_active() && !rule.inactive {
        let outcome = match hook.on_failure() {
            OnFailure::Open => "tokens are issued without it",
            OnFailure::Closed => "every token that this rule grants is refused",
        };
        out.warn(at, format!("`{}` is INACTIVE: {outcome}", Shown(id)));
    }
    Some(Arc::clone(hook))
}

/// Source: `TokenAuthorizationServerPolicyRuleAction` of Okta's management API.
fn lifetimes(declared: &DeclaredLifetimes, at: &Path<'_>, out: &mut Findings) -> Lifetimes {
    /// Five years, in minutes.
    const LONGEST: i64 = 2_628_000;
    let mut lifetimes = Lifetimes::default();
    let access_at = at.key("accessTokenLifetimeMinutes");
    if let Some(access) = within(declared.access, (5, 1440), "access tokens live", &access_at, out) {
        lifetimes.access_token = access;
    }
    let access = lifetimes.access_token;
    let refresh_at = at.key("refreshTokenLifetimeMinutes");
    let given = declared.refresh.filter(|seconds| *seconds != 0);
    lifetimes.refresh_token =
        within(given, (1, LONGEST), "refresh tokens live without limit (0) or", &refresh_at, out);
    if let Some(refresh) = lifetimes.refresh_token.filter(|refresh| *refresh < access) {
        let message = format!("is {}, less than the {} of access tokens", said(refresh), said(access));
        out.mistake(&refresh_at, message);
    }
    let window_at = at.key("refreshTokenWindowMinutes");
    match (
        within(declared.window, (10, LONGEST), "refresh tokens live unused", &window_at, out),
        lifetimes.refresh_token,
    ) {
        (Some(window), Some(refresh)) if access <= refresh && !(access..=refresh).contains(&window) => {
            let message = format!(
                "is {}, not between the {} of access tokens and the {} of refresh tokens",
                said(window),
                said(access),
                said(refresh)
            );
            out.mistake(&window_at, message);
        }
        (Some(window), _) => lifetimes.refresh_token_window = window,
        (None, Some(refresh)) => {
            lifetimes.refresh_token_window = refresh.min(lifetimes.refresh_token_window);
        }
        (None, None) => {}
    }
    lifetimes
}

/// A lifetime in seconds, within limits in minutes.
pub(super) fn within(
    given: Option<i64>,
    (least, most): (i64, i64),
    what: &str,
    at: &Path<'_>,
    out: &mut Findings,
) -> Option<Lifetime> {
    let seconds = given?;
    let fits = (least * 60..=most * 60).contains(&seconds);
    let lifetime = u32::try_from(seconds).ok().filter(|_| fits).map(Lifetime::seconds);
    if lifetime.is_none() {
        out.mistake(at, format!("is {}; {what} {least} to {most} minutes", Minutes(seconds)));
    }
    lifetime
}

fn said(lifetime: Lifetime) -> Minutes {
    Minutes(lifetime.as_seconds().into())
}

/// Seconds, said as Okta says them.
struct Minutes(i64);

impl std::fmt::Display for Minutes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            i64::MAX => f.write_str("out of all range"),
            i64::MIN => f.write_str("below all range"),
            seconds if seconds % 60 == 0 => write!(f, "{} minutes", seconds / 60),
            seconds => write!(f, "{seconds} seconds"),
        }
    }
}

fn warn_if_it_never_matches(rule: &Rule, at: &Path<'_>, out: &mut Findings) {
    if rule.grants.is_empty() {
        out.warn(&at.key("grantTypes"), "lists no grant type: the rule matches nothing");
    }
    if rule.scopes.is_empty() {
        out.warn(&at.key("scopes"), "lists no scope: the rule matches nothing");
    }
    let people = &rule.people;
    if people.users.is_empty() && people.groups.is_empty() && !people.is_empty() {
        out.warn(&at.key("people"), "only excludes: the rule matches nobody (include the group EVERYONE)");
    }
}

impl People {
    fn is_empty(&self) -> bool {
        [&self.users, &self.groups, &self.not_users, &self.not_groups].iter().all(|list| list.is_empty())
    }
}
