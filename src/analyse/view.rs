//! The rules of one server as analysis sees them.

use super::bits::Bits;
use super::people::{Crowd, PeopleId};
use super::uses::{GrantUse, mask_of};
use crate::model::{ClientCondition, CompiledTokenPolicy, DeclaredRule, Lifetimes, Server};
use crate::types::ClientId;

/// A rule in numbers, with what it was declared as.
pub(super) struct RuleView<'o> {
    pub(super) declared: DeclaredRule<'o>,
    /// The place of its policy among the ACTIVE ones, in the order in which they are tried.
    pub(super) policy: usize,
    pub(super) grants: u32,
    pub(super) scopes: Bits,
    pub(super) people: PeopleId,
}

impl RuleView<'_> {
    pub(super) fn allows(&self, used: GrantUse) -> bool {
        self.grants & used.mask() != 0
    }

    pub(super) fn lifetimes(&self) -> Lifetimes {
        self.declared.rule.lifetimes()
    }
}

/// A token policy in numbers. Its expression and its networks are not among them: those of requests
/// are not known.
pub(super) struct TokenPolicyView<'o> {
    pub(super) policy: &'o CompiledTokenPolicy,
    pub(super) people: PeopleId,
    pub(super) grants: Option<u32>,
    pub(super) scopes: Option<Bits>,
}

impl TokenPolicyView<'_> {
    pub(super) fn allows(&self, used: GrantUse) -> bool {
        self.grants.is_none_or(|grants| grants & used.mask() != 0)
    }

    /// Whether it is for this client; `None` is one that no condition names.
    pub(super) fn is_for(&self, client: Option<&ClientId>) -> bool {
        let listed = self.policy.clients.as_deref();
        listed.is_none_or(|list| client.is_some_and(|client| list.contains(client)))
    }

    /// Whether any of these scopes is one that it asks for.
    pub(super) fn meets(&self, scopes: &Bits) -> bool {
        self.scopes.as_ref().is_none_or(|own| own.meets(scopes))
    }

    /// Whether the conditions in numbers and the audience are all that it has.
    pub(super) fn is_plain(&self) -> bool {
        let policy = self.policy;
        policy.condition.is_none() && policy.networks.is_none() && policy.not_networks.is_empty()
    }
}

/// The ACTIVE policies and rules of one server, in the order in which they are tried.
pub(super) struct ServerView<'o> {
    pub(super) server: &'o Server,
    pub(super) rules: Vec<RuleView<'o>>,
    /// For whom each policy is.
    pub(super) clients: Vec<&'o ClientCondition>,
    /// The ACTIVE token policies, in the order in which they are applied.
    pub(super) token_policies: Vec<TokenPolicyView<'o>>,
}

impl<'o> ServerView<'o> {
    pub(super) fn new(server: &'o Server, crowd: &mut Crowd) -> Self {
        let index = &server.policies;
        let names = crowd.translation(&index.users(), &index.groups());
        let end = server.scopes.scopes.len();
        let view = |declared: DeclaredRule<'o>| RuleView {
            policy: declared.turn,
            grants: mask_of(declared.grants),
            scopes: match declared.scopes {
                None => Bits::all(end),
                Some(scopes) => Bits::of(end, scopes.iter().map(|scope| *scope as usize)),
            },
            people: crowd.of_rule(&declared, &names),
            declared,
        };
        let rules = index.declared().map(view).collect();
        let customizing = |policy: &'o CompiledTokenPolicy| TokenPolicyView {
            people: crowd.of_token_policy(policy),
            grants: policy.grants.as_deref().map(mask_of),
            scopes: policy
                .scopes
                .as_deref()
                .map(|scopes| Bits::of(end, scopes.iter().map(|scope| *scope as usize))),
            policy,
        };
        let token_policies = server.token_policies.iter().map(customizing).collect();
        let clients = index.declared_policies().map(|(_, clients, _)| clients).collect();
        Self { server, rules, clients, token_policies }
    }

    /// The policies for this client; `None` is one that no policy names.
    pub(super) fn policies_for(&self, client: Option<&ClientId>) -> Bits {
        let includes = |condition: &ClientCondition| match client {
            Some(client) => condition.includes(client),
            None => *condition == ClientCondition::All,
        };
        let places = (0..).zip(&self.clients).filter(|(_, condition)| includes(condition));
        Bits::of(self.clients.len(), places.map(|(place, _)| place))
    }

    /// The path of a rule in the org file.
    pub(super) fn rule_path(&self, rule: &RuleView<'_>) -> String {
        let (policy, place) = rule.declared.at;
        format!("{}.policies[{policy}].rules[{place}]", self.path())
    }

    /// The path of a token policy in the org file.
    pub(super) fn token_policy_path(&self, policy: &TokenPolicyView<'_>) -> String {
        format!("{}[{}]", self.token_policies_path(), policy.policy.at)
    }

    pub(super) fn token_policies_path(&self) -> String {
        format!("{}.chancery.tokenPolicies", self.path())
    }

    /// The path of the server in the org file.
    pub(super) fn path(&self) -> String {
        server_path(self.server)
    }

    pub(super) fn scope_name(&self, scope: usize) -> &'o str {
        self.server.scopes.scopes.get(scope).map_or("", |scope| scope.name.as_str())
    }
}

pub(super) fn server_path(server: &Server) -> String {
    match server.at {
        Some(place) => format!("authorizationServers[{place}]"),
        None => "the org authorization server".to_owned(),
    }
}
