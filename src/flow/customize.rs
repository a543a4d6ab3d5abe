//! Token policies: what was granted, changed before it is signed.

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::Granted;
use super::claims::{Subject, Tree, inputs};
use super::trees::{AUD, SUB, Trees, check_identity};
use crate::error::Refusal;
use crate::expr;
use crate::model::{ActionValue, CompiledAction, CompiledTokenPolicy, InlineHook, Org, ScopeIndex};
use crate::types::{ClientId, GrantType, GroupId};

/// What token policies look at, besides the claims.
pub(crate) struct Situation<'a> {
    pub(crate) client: &'a ClientId,
    /// The ids of the user's groups; `None` without a user.
    pub(crate) groups: Option<&'a [GroupId]>,
    pub(crate) scopes: &'a [ScopeIndex],
    pub(crate) audience: &'a str,
    /// How the client asked; a refresh is of two grant types.
    pub(crate) grants: &'a [GrantType],
    /// Where the request comes from, if the host says so.
    pub(crate) address: Option<IpAddr>,
    /// What expressions see, but for `token.claims`.
    pub(crate) inputs: &'a expr::Inputs<'a>,
    /// The user's groups, where [`CompiledTokenPolicy::lists_groups`] or an expression asks for them.
    pub(crate) group_names: &'a [Arc<expr::Group>],
    /// Whether an audience is somebody else's than this server's.
    pub(crate) is_foreign: &'a (dyn Fn(&str) -> bool + Sync),
}

/// The first condition of a policy that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unmet {
    Client,
    Grant,
    Audience,
    Scopes,
    Groups,
    ExcludedGroup,
    Network,
    ExcludedNetwork,
    Expression,
}

impl Unmet {
    /// As the configuration calls it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Client => "clients.include",
            Self::Grant => "grantTypes.include",
            Self::Audience => "audiences.include",
            Self::Scopes => "scopes.include",
            Self::Groups => "groups.include",
            Self::ExcludedGroup => "groups.exclude",
            Self::Network => "network.include",
            Self::ExcludedNetwork => "network.exclude",
            Self::Expression => "expression",
        }
    }
}

/// A groups claim holds at most this many groups, as Okta's does.
const MAX_GROUPS: usize = 100;

/// Reads what a host calls the peer: an address, perhaps with a port.
pub(crate) fn address(peer: Option<&str>) -> Option<IpAddr> {
    let peer = peer?;
    let with_port = || peer.parse::<std::net::SocketAddr>().map(|address| address.ip());
    peer.parse().or_else(|_| with_port()).ok()
}

/// Applies the policies in their order. Every one whose conditions hold acts, and the later ones see
/// what it did.
pub(crate) fn customize(
    policies: &[CompiledTokenPolicy],
    situation: &Situation<'_>,
    trees: &mut Trees,
) -> Result<(), Refusal> {
    for policy in policies {
        apply(policy, situation, trees)?;
    }
    Ok(())
}

/// Applies one policy, or else answers the condition that does not hold.
pub(crate) fn apply(
    policy: &CompiledTokenPolicy,
    situation: &Situation<'_>,
    trees: &mut Trees,
) -> Result<Option<Unmet>, Refusal> {
    let unmet = unmet(policy, situation, trees)?;
    if unmet.is_none() {
        for action in &policy.actions {
            act(policy, action, situation, trees)?;
        }
    }
    Ok(unmet)
}

/// Tokens that were drafted and may be changed: who gets them, and how they were asked for.
pub(crate) struct Occasion<'a> {
    pub(crate) org: &'a Org,
    pub(crate) granted: &'a Granted<'a>,
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) grants: &'a [GrantType],
    /// Who asks, as the host named it.
    pub(crate) peer: Option<&'a str>,
    pub(crate) now_millis: i64,
}

impl<'a> Occasion<'a> {
    /// Lets `apply` have what the server's token policies look at, if there are any.
    pub(crate) fn with_policies<T: Default>(
        &self,
        apply: impl FnOnce(&[CompiledTokenPolicy], &Situation<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let (granted, subject) = (self.granted, self.subject);
        let server = granted.served().server;
        if server.token_policies.is_empty() {
            return Ok(T::default());
        }
        let names: Vec<&str> = granted.scopes().iter().map(|scope| scope.as_str()).collect();
        let scopes: Vec<ScopeIndex> =
            names.iter().filter_map(|name| server.scopes.get(name).map(|(index, _)| index)).collect();
        let (groups, group_names) = match subject {
            Subject::Machine => (None, &[] as &[_]),
            Subject::User(signed_in) => (Some(signed_in.user.groups()), signed_in.groups),
        };
        let situation = Situation {
            client: granted.client().id(),
            groups,
            scopes: &scopes,
            audience: granted.audience(),
            grants: self.grants,
            address: address(self.peer),
            inputs: &inputs(granted.client(), subject, &names, self.now_millis),
            group_names,
            is_foreign: &|audience| self.is_foreign(audience),
        };
        apply(&server.token_policies, &situation)
    }

    /// The hook of the rule that decided.
    pub(crate) fn hook(&self) -> Option<&'a InlineHook> {
        let (_, rule) = self.granted.rule()?;
        self.granted.served().server.hooks.get(rule).map(|hook| &**hook)
    }

    /// The claims of the issuer's own that the configuration opens.
    pub(crate) fn opened(&self) -> impl Iterator<Item = &'a str> {
        let of_server = self.granted.served().server.allow_reserved.iter().map(String::as_str);
        of_server.chain(self.hook().into_iter().flat_map(InlineHook::may_patch))
    }

    /// Whether tokens with this audience are another server's to issue, or would pass for an ID token.
    pub(crate) fn is_foreign(&self, audience: &str) -> bool {
        let own = self.granted.served().server;
        let others = self.org.servers().filter(|server| server.id() != own.id());
        let theirs = others.flat_map(|server| server.audiences()).any(|known| known == audience);
        let own_too = own.audiences().any(|known| known == audience);
        theirs && !own_too || self.org.client(audience).is_some()
    }
}

/// Which condition of a policy does not hold. The expression comes last, so that it is only asked
/// where everything else holds; one that fails refuses the request.
pub(crate) fn unmet(
    policy: &CompiledTokenPolicy,
    situation: &Situation<'_>,
    trees: &Trees,
) -> Result<Option<Unmet>, Refusal> {
    // A user's groups, Everyone apart: nobody is in a group without being somebody.
    let groups = situation.groups.unwrap_or_default();
    let from = |networks: &[crate::types::Network]| {
        situation.address.is_some_and(|address| networks.iter().any(|network| network.contains(address)))
    };
    let conditions = [
        (Unmet::Client, policy.clients.as_deref().is_none_or(|list| list.contains(situation.client))),
        (
            Unmet::Grant,
            policy
                .grants
                .as_deref()
                .is_none_or(|list| situation.grants.iter().any(|grant| list.contains(grant))),
        ),
        (
            Unmet::Audience,
            policy.audiences.as_deref().is_none_or(|list| list.iter().any(|it| **it == *situation.audience)),
        ),
        (
            Unmet::Scopes,
            policy
                .scopes
                .as_deref()
                .is_none_or(|list| list.iter().any(|scope| situation.scopes.contains(scope))),
        ),
        (
            Unmet::Groups,
            policy.groups.as_deref().is_none_or(|list| list.iter().any(|group| groups.contains(group))),
        ),
        (Unmet::ExcludedGroup, !policy.not_groups.iter().any(|group| groups.contains(group))),
        (Unmet::Network, policy.networks.as_deref().is_none_or(from)),
        (Unmet::ExcludedNetwork, !from(&policy.not_networks)),
    ];
    if let Some((unmet, _)) = conditions.into_iter().find(|(_, holds)| !holds) {
        return Ok(Some(unmet));
    }
    let Some(program) = &policy.condition else { return Ok(None) };
    let failed = |reason: String| Refusal::TokenPolicyFailed { policy: policy.name.to_string(), reason };
    let none = Map::new();
    let claims = trees.main().map_or(&none, |tree| &tree.claims);
    let inputs = situation.inputs.clone().with_token_claims(claims);
    match program.evaluate(&inputs) {
        Ok(value) => match value.as_bool() {
            Some(true) => Ok(None),
            Some(false) => Ok(Some(Unmet::Expression)),
            None => Err(failed("its condition is neither true nor false".to_owned())),
        },
        // A machine has no attributes to be judged by.
        Err(error) if error.is_missing_user() => Ok(Some(Unmet::Expression)),
        Err(error) => Err(failed(error.to_string())),
    }
}

fn act(
    policy: &CompiledTokenPolicy,
    action: &CompiledAction,
    situation: &Situation<'_>,
    trees: &mut Trees,
) -> Result<(), Refusal> {
    match action {
        CompiledAction::Set { claim, value, tokens, only_present } => {
            if let Some(tree) = trees.access.as_mut().filter(|_| tokens.access) {
                set(tree, claim, value, *only_present, situation)?;
            }
            if let Some(tree) = trees.id.as_mut().filter(|_| tokens.id) {
                set(tree, claim, value, *only_present, situation)?;
            }
        }
        CompiledAction::Remove { claim, tokens } => {
            for (tree, concerned) in [(&mut trees.access, tokens.access), (&mut trees.id, tokens.id)] {
                if let Some(tree) = tree.as_mut().filter(|_| concerned) {
                    tree.claims.remove(&**claim);
                }
            }
        }
        CompiledAction::AccessLifetime(lifetime) => {
            if let Some(tree) = &mut trees.access {
                tree.lifetime = tree.lifetime.min(*lifetime);
            }
        }
        CompiledAction::Deny { reason, description } => {
            return Err(Refusal::TokenPolicyDenied {
                policy: policy.name.to_string(),
                reason: reason.to_string(),
                description: description.as_deref().map(str::to_owned),
            });
        }
    }
    Ok(())
}

fn set(
    tree: &mut Tree,
    claim: &str,
    value: &ActionValue,
    only_present: bool,
    situation: &Situation<'_>,
) -> Result<(), Refusal> {
    if only_present && !tree.claims.contains_key(claim) {
        return Ok(());
    }
    let failed = |reason: &str| Refusal::ClaimFailed { claim: claim.to_owned(), reason: reason.to_owned() };
    match evaluate(tree, claim, value, situation)? {
        Some(value) => {
            if claim == SUB || claim == AUD {
                check_identity(claim, Some(&value), situation.is_foreign).map_err(failed)?;
            }
            tree.claims.insert(claim.to_owned(), value);
        }
        // What has no value is left out, as everywhere; what `addClaim` would have set stays as it was.
        None if only_present && (claim == SUB || claim == AUD) => return Err(failed("it has no value")),
        None if only_present => drop(tree.claims.remove(claim)),
        None => {}
    }
    Ok(())
}

/// The value of a claim; nothing for null, the empty list, and what needs a user where there is none.
fn evaluate(
    tree: &Tree,
    claim: &str,
    value: &ActionValue,
    situation: &Situation<'_>,
) -> Result<Option<Value>, Refusal> {
    match value {
        ActionValue::Constant(value) => Ok(Some(value.clone())),
        ActionValue::Expression(program) => {
            let inputs = situation.inputs.clone().with_token_claims(&tree.claims);
            match program.evaluate(&inputs) {
                Ok(value) if value.is_null() || value.is_empty_list() => Ok(None),
                Ok(value) => Ok(Some(value.to_json())),
                Err(error) if error.is_missing_user() => Ok(None),
                Err(error) => {
                    Err(Refusal::ClaimFailed { claim: claim.to_owned(), reason: error.to_string() })
                }
            }
        }
        ActionValue::Groups(filter) => {
            let groups = situation.group_names.iter().map(|group| group.name());
            let names: Vec<Value> = groups.filter(|name| filter.matches(name)).map(Value::from).collect();
            match names.len() {
                0 => Ok(None),
                1..=MAX_GROUPS => Ok(Some(names.into())),
                _ => Err(Refusal::TooManyGroups { claim: claim.to_owned() }),
            }
        }
    }
}

#[cfg(test)]
mod tests;
