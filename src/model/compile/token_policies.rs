//! The token policies of one server.

use std::sync::Arc;

use super::Context;
use super::claims;
use super::people::{GroupRef, each_once};
use super::policies::{self, Placed, check_name, in_order, within};
use crate::expr::{Compiler, Usage};
use crate::model::check::{Findings, Path, Shown};
use crate::model::customized::{ActionValue, CompiledAction, CompiledTokenPolicy};
use crate::model::listed::Listed;
use crate::model::org::ScopeIndex;
use crate::model::policy::ALL_CLIENTS;
use crate::model::token_policy::{DeclaredValue, Does, TokenAction, TokenPolicy, Tokens};
use crate::types::{ClientId, GroupId, Network, ScopeName, is_closed_to_policies, is_reserved_id_claim};

/// The server that the policies are of.
pub(super) struct Owner<'o> {
    pub(super) scopes: &'o policies::Owner<'o>,
    pub(super) audiences: &'o [Arc<str>],
    /// `allowReservedClaims`, checked.
    pub(super) allowed: &'o [String],
}

/// The ACTIVE ones in the order in which they are applied. The others are checked all the same.
pub(super) fn compile(
    declared: &[Listed<TokenPolicy>],
    owner: &Owner<'_>,
    context: &Context<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> Vec<CompiledTokenPolicy> {
    let mut active = Vec::new();
    for Listed { at: place, item: policy } in declared {
        let policy_at = at.index(*place);
        let name = check_name(policy.name.as_deref(), "token policy", *place, &policy_at, out);
        let compiled = one((*place, policy), name, owner, context, &policy_at, out);
        if !policy.inactive {
            if policy.actions.is_empty() {
                out.warn(&policy_at.key("actions"), "is empty: the policy does nothing");
            }
            active.push(Placed { priority: policy.priority, place: *place, is_on: true, item: compiled });
        }
    }
    in_order(active, "token policy", at, out)
}

fn one(
    (place, policy): (usize, &TokenPolicy),
    name: String,
    owner: &Owner<'_>,
    context: &Context<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> CompiledTokenPolicy {
    let conditions = at.key("conditions");
    let (groups, not_groups) = groups(policy, context, &conditions.key("groups"), out);
    let networks = |list: &[String], key: &str, out: &mut Findings| {
        let network_at = conditions.key("network");
        let list_at = network_at.key(key);
        list.iter().enumerate().filter_map(|(i, text)| network(text, &list_at.index(i), out)).collect()
    };
    let compiler = || Compiler::new().usage(Usage::TokenPolicy);
    let expression_at = conditions.key("expression");
    let mut actions = Vec::new();
    for Listed { at: place, item } in &policy.actions {
        let actions_at = at.key("actions");
        actions.extend(action(item, owner, context, &actions_at.index(*place), out));
    }
    let compiled = CompiledTokenPolicy {
        name: Arc::from(name),
        at: place,
        groups,
        not_groups,
        clients: clients(policy, context, &conditions.key("clients"), out),
        scopes: scopes(policy, owner, &conditions.key("scopes"), out),
        audiences: audiences(policy, owner, &conditions.key("audiences"), out),
        grants: policy.grants.as_deref().map(Box::from),
        networks: policy.networks.as_deref().map(|list| networks(list, "include", out)),
        not_networks: networks(&policy.not_networks, "exclude", out),
        condition: policy
            .expression
            .as_deref()
            .and_then(|text| claims::expression(text, compiler(), context, &expression_at, out)),
        actions: actions.into_boxed_slice(),
    };
    if !policy.inactive {
        let empty = |list: Option<bool>, key: &str, out: &mut Findings| {
            if list == Some(true) {
                out.warn(&conditions.key(key).key("include"), "is empty: the policy is for nothing");
            }
        };
        empty(policy.groups.as_ref().map(Vec::is_empty), "groups", out);
        empty(policy.clients.as_ref().map(Vec::is_empty), "clients", out);
        empty(policy.scopes.as_ref().map(Vec::is_empty), "scopes", out);
        empty(policy.audiences.as_ref().map(Vec::is_empty), "audiences", out);
        empty(policy.grants.as_ref().map(Vec::is_empty), "grantTypes", out);
        empty(policy.networks.as_ref().map(Vec::is_empty), "network", out);
    }
    compiled
}

type Groups = (Option<Box<[GroupId]>>, Box<[GroupId]>);

fn groups(policy: &TokenPolicy, context: &Context<'_>, at: &Path<'_>, out: &mut Findings) -> Groups {
    let find = |list: &[String], key: &str, out: &mut Findings| {
        let at = at.key(key);
        let (mut everyone, mut found) = (false, Vec::new());
        for (i, group) in list.iter().enumerate() {
            match context.directory.group(group, &at.index(i), out) {
                Some(GroupRef::Everyone) => everyone = true,
                Some(GroupRef::Group(id)) => found.push(id),
                None => {}
            }
        }
        (everyone, each_once(found).into_boxed_slice())
    };
    let included = policy.groups.as_ref().map(|list| find(list, "include", out));
    let (excludes_all, excluded) = find(&policy.not_groups, "exclude", out);
    if excludes_all {
        out.warn(&at.key("exclude"), "excludes Everyone: the policy is for nobody");
        return (Some(Box::default()), Box::default());
    }
    // Everyone, requests without a user included, is no condition.
    let included = included.and_then(|(everyone, found)| (!everyone).then_some(found));
    (included, excluded)
}

fn clients(
    policy: &TokenPolicy,
    context: &Context<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> Option<Box<[ClientId]>> {
    let at = at.key("include");
    let (mut all, mut found) = (policy.clients.is_none(), Vec::new());
    for (i, name) in policy.clients.iter().flatten().enumerate() {
        if name == ALL_CLIENTS {
            all = true;
        } else {
            found.extend(context.clients.find(name, context.outside_directory, &at.index(i), out));
        }
    }
    (!all).then(|| each_once(found).into_boxed_slice())
}

fn scopes(
    policy: &TokenPolicy,
    owner: &Owner<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> Option<Box<[ScopeIndex]>> {
    let at = at.key("include");
    let (mut any, mut found) = (policy.scopes.is_none(), Vec::new());
    let known = owner.scopes;
    for (i, name) in policy.scopes.iter().flatten().enumerate() {
        let by_id = known.scope_ids.get(name).copied();
        if name == "*" {
            any = true;
        } else if let Some(index) = by_id.or_else(|| known.scopes.get(name).map(|(index, _)| index)) {
            found.push(index);
        } else {
            out.unknown(&at.index(i), "scope", name, known.scopes.by_name.keys().map(ScopeName::as_str));
        }
    }
    (!any).then(|| each_once(found).into_boxed_slice())
}

fn audiences(
    policy: &TokenPolicy,
    owner: &Owner<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> Option<Box<[Arc<str>]>> {
    let at = at.key("include");
    let listed = policy.audiences.as_ref()?;
    let mut found = Vec::new();
    for (i, name) in listed.iter().enumerate() {
        match owner.audiences.iter().find(|audience| &***audience == name) {
            Some(audience) => found.push(Arc::clone(audience)),
            None => out.unknown(&at.index(i), "audience", name, owner.audiences.iter().map(|it| &**it)),
        }
    }
    Some(found.into_boxed_slice())
}

fn network(text: &str, at: &Path<'_>, out: &mut Findings) -> Option<Network> {
    match Network::parse(text) {
        Ok(network) => Some(network),
        Err(fault) => {
            out.mistake(at, format!("`{}` is no network: {fault}", Shown(text)));
            None
        }
    }
}

fn action(
    declared: &TokenAction,
    owner: &Owner<'_>,
    context: &Context<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> Option<CompiledAction> {
    let in_access = Tokens { access: true, id: false };
    match &declared.does {
        Does::Add { name, value } | Does::Replace { name, value } => {
            let only_present = matches!(declared.does, Does::Replace { .. });
            let at = at.key(if only_present { "replaceClaim" } else { "addClaim" });
            let tokens = declared.tokens.unwrap_or(in_access);
            let claim = claim(name.as_deref(), tokens, false, owner, &at, out);
            let value = self::value(value, claim.as_deref(), context, &at, out);
            Some(CompiledAction::Set { claim: claim?, value: value?, tokens, only_present })
        }
        Does::Remove { name } => {
            let at = at.key("removeClaim");
            let tokens = declared.tokens.unwrap_or(Tokens { access: true, id: true });
            let claim = claim(name.as_deref(), tokens, true, owner, &at, out)?;
            Some(CompiledAction::Remove { claim, tokens })
        }
        Does::AccessLifetime(seconds) => {
            let at = at.key("accessTokenLifetimeMinutes");
            within(Some(*seconds), (5, 1440), "access tokens live", &at, out)
                .map(CompiledAction::AccessLifetime)
        }
        Does::Deny { reason, description } => Some(CompiledAction::Deny {
            reason: Arc::from(reason.as_deref().unwrap_or("the policy says no more")),
            description: description.as_deref().filter(|text| !text.is_empty()).map(Arc::from),
        }),
    }
}

/// The name of the claim, if the action may touch it in the tokens that it is about.
fn claim(
    name: Option<&str>,
    tokens: Tokens,
    removes: bool,
    owner: &Owner<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> Option<Arc<str>> {
    let name_at = at.key("name");
    let name = name.unwrap_or_default();
    if tokens == Tokens::default() {
        out.warn(&at.key("include"), "is empty: the action does nothing");
    }
    let listed = owner.allowed.iter().any(|allowed| allowed == name);
    let fault = if name.is_empty() {
        "is missing".to_owned()
    } else if name.trim() != name || name.chars().any(char::is_control) {
        format!("`{}` has space at its ends, or control characters", Shown(name))
    } else if tokens.id && is_reserved_id_claim(name) {
        format!("`{}` is reserved in ID tokens: the issuer itself sets it", Shown(name))
    } else if tokens.access && is_closed_to_policies(name) && !listed {
        let hint = if matches!(name, "sub" | "aud") {
            "; `chancery.allowReservedClaims` of the server can open it"
        } else {
            ""
        };
        format!("`{}` is reserved: the issuer itself sets it{hint}", Shown(name))
    } else if tokens.access && removes && matches!(name, "sub" | "aud") {
        format!("`{}` is in every access token", Shown(name))
    } else {
        return Some(Arc::from(name));
    };
    out.mistake(&name_at, fault);
    None
}

fn value(
    declared: &DeclaredValue,
    claim: Option<&str>,
    context: &Context<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> Option<ActionValue> {
    let value_at = at.key("value");
    match declared {
        DeclaredValue::Expression(text) => {
            let compiler = Compiler::new().usage(Usage::TokenPolicy);
            claims::expression(text.as_deref().unwrap_or_default(), compiler, context, &value_at, out)
                .map(ActionValue::Expression)
        }
        DeclaredValue::Groups(..) if claim.is_some_and(|claim| matches!(claim, "sub" | "aud")) => {
            out.mistake(&at.key("valueType"), "a list of groups is no text");
            None
        }
        DeclaredValue::Groups(filter, text) => {
            claims::group_filter(*filter, text.as_deref().unwrap_or_default(), at, out)
                .map(ActionValue::Groups)
        }
        DeclaredValue::Constant(Some(value)) => Some(ActionValue::Constant(value.clone())),
        DeclaredValue::Constant(None) => {
            out.mistake(&value_at, "is missing: the claim's value");
            None
        }
    }
}
