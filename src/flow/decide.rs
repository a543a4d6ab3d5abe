//! [`AccessRequest`] + policies → [`Granted`].

use std::sync::Arc;

use crate::error::Refusal;
use crate::flow::record::Grant;
use crate::flow::{AccessRequest, Asked, Served};
use crate::model::{Lifetimes, RegisteredClient, ScopeIndex, Wanted};
use crate::types::{Lifetime, PolicyId, RuleId, ScopeName, ScopeSet};

/// The org server has no rules to say how long things live: an hour, and refresh tokens 90 days.
const ORG_LIFETIMES: Lifetimes = Lifetimes {
    access_token: Lifetime::minutes(60),
    refresh_token: Some(Lifetime::minutes(90 * 24 * 60)),
    refresh_token_window: Lifetime::minutes(7 * 24 * 60),
};

/// Access that a policy rule granted: to whom, which scopes, for how long. Only [`decide`] makes one.
pub(crate) struct Granted<'a> {
    served: Served<'a>,
    client: &'a RegisteredClient,
    audience: &'a Arc<str>,
    scopes: ScopeSet,
    /// The same in the server's numbers; empty at the org server, which has no claims that ask.
    indices: Vec<ScopeIndex>,
    /// The policy and the rule that decided; none at the org server.
    rule: Option<(&'a PolicyId, &'a RuleId)>,
    lifetimes: Lifetimes,
}

impl<'a> Granted<'a> {
    /// Access that was granted at sign-in, when its code is redeemed. Okta does not ask the policies
    /// again then; scopes that the server, or the app at the org server, lost since are left out.
    #[allow(dead_code, reason = "codes use it")]
    pub(crate) fn recorded(
        served: Served<'a>,
        client: &'a RegisteredClient,
        grant: &'a Grant,
        audience: &'a Arc<str>,
    ) -> Self {
        let known = |scope: &ScopeName| served.server.scopes.get(scope.as_str()).map(|(index, _)| index);
        let kept = grant.scopes.iter().filter(|scope| served.still_has(client, scope));
        let scopes: Vec<ScopeName> = kept.cloned().collect();
        let indices = scopes.iter().filter_map(known).collect();
        let rule = grant.rule.as_ref().map(|(policy, rule)| (policy, rule));
        let lifetimes = grant.lifetimes;
        Self { served, client, audience, scopes: ScopeSet::of_distinct(scopes), indices, rule, lifetimes }
    }

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
    #[allow(dead_code, reason = "grants keep it")]
    pub(crate) fn rule(&self) -> Option<(&'a PolicyId, &'a RuleId)> {
        self.rule
    }

    /// The same without the scopes that the user declined.
    #[allow(dead_code, reason = "consent uses it")]
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
    /// rules, that is for this client, person and grant type and covers every requested scope
    /// decides; a request without scopes gets the default scopes that the first rule to cover any
    /// of them covers.
    pub(crate) fn decide(self) -> Result<Granted<'a>, Refusal> {
        let Self { served, client, person, grants, asked, audience } = self;
        let table = &served.server.scopes;
        let (mut indices, only_covered) = match asked {
            // The org server has no policies: the app was granted its scopes one by one.
            Asked::Org(scopes) => {
                let indices = scopes.iter().filter_map(|scope| Some(table.get(scope.as_str())?.0)).collect();
                let lifetimes = ORG_LIFETIMES;
                return Ok(Granted { served, client, audience, scopes, indices, rule: None, lifetimes });
            }
            Asked::Named(named) => (named, false),
            Asked::Defaults(defaults) => (defaults, true),
        };
        let wanted = if only_covered { Wanted::AnyOf(&indices) } else { Wanted::All(&indices) };
        let policies = &served.server.policies;
        let (policy, rule) =
            policies.decide(&client.id, person, grants, wanted).ok_or(Refusal::NoMatchingPolicy)?;
        if only_covered {
            indices.retain(|index| rule.covers(*index));
        }
        let names = indices.iter().filter_map(|index| table.name(*index).cloned());
        let scopes = ScopeSet::of_distinct(names.collect());
        let lifetimes = rule.lifetimes();
        let rule = Some((policy.id(), rule.id()));
        Ok(Granted { served, client, audience, scopes, indices, rule, lifetimes })
    }
}
