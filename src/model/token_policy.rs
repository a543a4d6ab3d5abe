//! Token-customization policies as they are declared.

use serde_json::Value;

use super::claim::GroupFilterType;
use super::listed::{Listed, push};
use super::policy::ALL_CLIENTS;
use crate::types::{GrantType, Lifetime};

/// Changes the claims of tokens, shortens their lives, or refuses them, where its conditions hold.
///
/// Token policies are asked after an access policy's rule has granted access: every one of them, the
/// lowest priority number first. A later one sees the claims of the earlier ones (`token.claims.x`). A
/// condition that is not set holds always.
///
/// ```
/// # use chancery::model::{TokenAction, TokenPolicy};
/// let policy = TokenPolicy::new("Add department claim for internal apps")
///     .group("Internal Employees")
///     .audience("https://api.mycompany.com")
///     .action(TokenAction::add("department", "user.department"));
/// ```
///
/// Okta has no such resource; the shape of the JSON is on the manual page
/// [`customization`](crate::manual::customization).
#[derive(Debug, Clone, Default)]
pub struct TokenPolicy {
    pub(crate) name: Option<String>,
    pub(crate) priority: Option<i64>,
    pub(crate) inactive: bool,
    /// `None`: no condition. An empty list holds for nobody.
    pub(crate) groups: Option<Vec<String>>,
    pub(crate) not_groups: Vec<String>,
    pub(crate) clients: Option<Vec<String>>,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) audiences: Option<Vec<String>>,
    pub(crate) grants: Option<Vec<GrantType>>,
    pub(crate) networks: Option<Vec<String>>,
    pub(crate) not_networks: Vec<String>,
    pub(crate) expression: Option<String>,
    pub(crate) actions: Vec<Listed<TokenAction>>,
}

impl TokenPolicy {
    /// A policy for every token that does nothing yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// The place among the server's token policies, lowest first; the place in the list, from 1,
    /// unless set.
    #[must_use]
    pub fn priority(mut self, priority: i64) -> Self {
        self.priority = Some(priority);
        self
    }

    /// Only for members of this group, by id or name, or the others that the policy names. Everyone
    /// also covers requests without a user.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.groups.get_or_insert_default().push(group.into());
        self
    }

    /// Not for members of this group, by id or name.
    #[must_use]
    pub fn except_group(mut self, group: impl Into<String>) -> Self {
        self.not_groups.push(group.into());
        self
    }

    /// Only for this client, by its id or its app's, or the others that the policy names.
    #[must_use]
    pub fn client(mut self, client: impl Into<String>) -> Self {
        self.clients.get_or_insert_default().push(client.into());
        self
    }

    /// For every client, as without any condition on clients.
    #[must_use]
    pub fn all_clients(self) -> Self {
        self.client(ALL_CLIENTS)
    }

    /// Only where this scope is granted, or another one that the policy names.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.get_or_insert_default().push(scope.into());
        self
    }

    /// Only for tokens with this audience, or another one that the policy names.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.get_or_insert_default().push(audience.into());
        self
    }

    /// Only for this grant type, or another one that the policy names. A refresh is of the grant type
    /// that it began with and of `refresh_token`.
    #[must_use]
    pub fn grant(mut self, grant: GrantType) -> Self {
        self.grants.get_or_insert_default().push(grant);
        self
    }

    /// Only for requests from this network (`10.0.0.0/8`, `2001:db8::/32`, or one address), or
    /// another one that the policy names. A request from nobody knows where is from none.
    #[must_use]
    pub fn network(mut self, network: impl Into<String>) -> Self {
        self.networks.get_or_insert_default().push(network.into());
        self
    }

    /// Not for requests from this network.
    #[must_use]
    pub fn except_network(mut self, network: impl Into<String>) -> Self {
        self.not_networks.push(network.into());
        self
    }

    /// Only where this expression is true. One that fails, or is neither true nor false, refuses the
    /// request; one that needs a user where there is none does not hold.
    #[must_use]
    pub fn when(mut self, expression: impl Into<String>) -> Self {
        self.expression = Some(expression.into());
        self
    }

    /// Adds something to do.
    #[must_use]
    pub fn action(mut self, action: TokenAction) -> Self {
        push(&mut self.actions, action);
        self
    }

    /// Keeps the policy without applying it.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.inactive = true;
        self
    }
}

/// One thing that a [`TokenPolicy`] does. What adds or replaces a claim does so in access tokens, and
/// what removes one in both kinds, unless it says in which.
#[derive(Debug, Clone)]
pub struct TokenAction {
    pub(crate) does: Does,
    pub(crate) tokens: Option<Tokens>,
}

/// What an action does.
#[derive(Debug, Clone)]
pub(crate) enum Does {
    Add {
        name: Option<String>,
        value: DeclaredValue,
    },
    Replace {
        name: Option<String>,
        value: DeclaredValue,
    },
    Remove {
        name: Option<String>,
    },
    /// In seconds, not yet checked.
    AccessLifetime(i64),
    Deny {
        reason: Option<String>,
        description: Option<String>,
    },
}

/// `valueType` with `value`. `None` stands for a value that is missing.
#[derive(Debug, Clone)]
pub(crate) enum DeclaredValue {
    Expression(Option<String>),
    Groups(Option<GroupFilterType>, Option<String>),
    Constant(Option<Value>),
}

/// The kinds of tokens that an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tokens {
    pub(crate) access: bool,
    pub(crate) id: bool,
}

impl TokenAction {
    /// Sets a claim to what the expression yields, whether or not the token has it already. Null and
    /// the empty list change nothing.
    pub fn add(name: impl Into<String>, expression: impl Into<String>) -> Self {
        let value = DeclaredValue::Expression(Some(expression.into()));
        Self::new(Does::Add { name: Some(name.into()), value })
    }

    /// Sets a claim to the names of those groups of the user that the filter takes.
    pub fn add_groups(name: impl Into<String>, filter: GroupFilterType, text: impl Into<String>) -> Self {
        let value = DeclaredValue::Groups(Some(filter), Some(text.into()));
        Self::new(Does::Add { name: Some(name.into()), value })
    }

    /// Sets a claim to this value, which is not null.
    pub fn add_constant(name: impl Into<String>, value: impl Into<Value>) -> Self {
        let value = DeclaredValue::Constant(Some(value.into()));
        Self::new(Does::Add { name: Some(name.into()), value })
    }

    /// Sets a claim that the token has to what the expression yields; null and the empty list take it
    /// out. A token that lacks the claim stays as it is.
    pub fn replace(name: impl Into<String>, expression: impl Into<String>) -> Self {
        let value = DeclaredValue::Expression(Some(expression.into()));
        Self::new(Does::Replace { name: Some(name.into()), value })
    }

    /// Takes a claim out of the token, if it is there.
    pub fn remove(name: impl Into<String>) -> Self {
        Self::new(Does::Remove { name: Some(name.into()) })
    }

    /// Access tokens live no longer than this: 5 minutes to 24 hours. Never lengthens what the rule
    /// or another policy said.
    pub fn shorten_access_token(lifetime: Lifetime) -> Self {
        Self::new(Does::AccessLifetime(lifetime.as_seconds().into()))
    }

    /// Refuses the request. The reason is for the log alone.
    pub fn deny(reason: impl Into<String>) -> Self {
        Self::new(Does::Deny { reason: Some(reason.into()), description: None })
    }

    /// What a client that is denied is told; Okta's sentence for a failed policy unless set. Changes
    /// nothing for other actions.
    #[must_use]
    pub fn telling(mut self, text: impl Into<String>) -> Self {
        if let Does::Deny { description, .. } = &mut self.does {
            *description = Some(text.into());
        }
        self
    }

    /// In access tokens; with [`TokenAction::in_id_token`], in both kinds.
    #[must_use]
    pub fn in_access_token(mut self) -> Self {
        self.tokens.get_or_insert_default().access = true;
        self
    }

    /// In ID tokens; with [`TokenAction::in_access_token`], in both kinds.
    #[must_use]
    pub fn in_id_token(mut self) -> Self {
        self.tokens.get_or_insert_default().id = true;
        self
    }

    pub(crate) fn new(does: Does) -> Self {
        Self { does, tokens: None }
    }
}
