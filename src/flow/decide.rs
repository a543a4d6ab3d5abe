//! [`AccessRequest`] + policies → [`Granted`].

use std::sync::Arc;

use crate::error::Refusal;
use crate::flow::{AccessRequest, Asked, Served};
use crate::model::{IndexedPolicy, IndexedRule, Lifetimes, RegisteredClient, ScopeIndex, Wanted};
use crate::types::{ScopeName, ScopeSet};

/// Access that a policy rule granted: to whom, which scopes, for how long. Only [`decide`] makes one.
pub(crate) struct Granted<'a> {
    served: Served<'a>,
    client: &'a RegisteredClient,
    audience: &'a Arc<str>,
    scopes: ScopeSet,
    /// The same in the server's numbers. Empty for machines at the org server, which has no claims of
    /// access tokens that ask.
    indices: Vec<ScopeIndex>,
    /// What decided; nothing does at the org server.
    rule: Option<(&'a IndexedPolicy, &'a IndexedRule)>,
    lifetimes: Lifetimes,
}

impl<'a> Granted<'a> {
    pub(crate) fn served(&self) -> Served<'a> {
        self.served
    }
    pub(crate) fn client(&self) -> &'a RegisteredClient {
        self.client
    }
    pub(crate) fn audience(&self) -> &'a Arc<str> {
        self.audience
    }
    pub(crate) fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }
    pub(crate) fn into_scopes(self) -> ScopeSet {
        self.scopes
    }
    pub(crate) fn has_scope(&self, index: ScopeIndex) -> bool {
        self.indices.contains(&index)
    }
    pub(crate) fn lifetimes(&self) -> Lifetimes {
        self.lifetimes
    }
    pub(crate) fn rule(&self) -> Option<(&'a IndexedPolicy, &'a IndexedRule)> {
        self.rule
    }

    /// The same without the scopes that the user declined.
    pub(crate) fn without(mut self, declined: impl Fn(&str) -> bool) -> Self {
        let table = &self.served.server.scopes;
        self.indices
            .retain(|index| !table.by_index(*index).is_some_and(|scope| declined(scope.name.as_str())));
        self.scopes = self.scopes.iter().filter(|scope| !declined(scope.as_str())).cloned().collect();
        self
    }
}

impl<'a> AccessRequest<'a> {
    /// Asks the access policies. The first ACTIVE rule, by the priority of policies and then of
    /// rules, that is for this client, person and one of the grant types and covers every requested scope
    /// decides; a request without scopes gets the default scopes that the first rule to cover any
    /// of them covers.
    pub(crate) fn decide(self) -> Result<Granted<'a>, Refusal> {
        let Self { served, client, person, grants, asked, audience } = self;
        let granted = |scopes, indices, rule: Option<(&'a IndexedPolicy, &'a IndexedRule)>| {
            let lifetimes = rule.map(|(_, rule)| rule.lifetimes()).unwrap_or_default();
            Granted { served, client, audience, scopes, indices, rule, lifetimes }
        };
        let (mut named, only_covered) = match asked {
            Asked::Org(scopes) => {
                let table = &served.server.scopes;
                let index = |scope: &ScopeName| table.get(scope.as_str()).map(|(index, _)| index);
                let indices = match person {
                    Some(_) => scopes.iter().filter_map(index).collect(),
                    None => Vec::new(),
                };
                return Ok(granted(scopes, indices, None));
            }
            Asked::Named(named) => (named, false),
            Asked::Defaults(defaults) => (defaults, true),
        };
        let numbers = |named: &[(ScopeIndex, ScopeName)]| named.iter().map(|(index, _)| *index).collect();
        let mut indices: Vec<ScopeIndex> = numbers(&named);
        let wanted = if only_covered { Wanted::AnyOf(&indices) } else { Wanted::All(&indices) };
        let policies = &served.server.policies;
        let decided = policies.decide(&client.id, person, grants, wanted);
        let (policy, rule) = decided.ok_or(Refusal::NoMatchingPolicy)?;
        if rule.inline_hook().is_some() {
            return Err(Refusal::UnsupportedSetting { setting: "inlineHook" });
        }
        if only_covered {
            named.retain(|(index, _)| rule.covers(*index));
            indices = numbers(&named);
        }
        let scopes = named.into_iter().map(|(_, scope)| scope).collect();
        Ok(granted(ScopeSet::of_distinct(scopes), indices, Some((policy, rule))))
    }
}
