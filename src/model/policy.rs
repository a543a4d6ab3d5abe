//! Access policies and rules as they are declared.

use super::listed::{Listed, push};
use crate::types::{GrantType, Lifetime};

/// What some clients, or all of them, may get: rules that are tried in order.
///
/// The lowest priority number is tried first, then, for want of a matching rule, the next policy.
///
/// ```
/// # use chancery::model::{AccessPolicy, Rule};
/// # use chancery::types::{GrantType, Lifetime};
/// let policy = AccessPolicy::for_all_clients("machines").rule(
///     Rule::new("hourly").grant(GrantType::ClientCredentials).any_scope().access_lifetime(Lifetime::minutes(60)));
/// ```
#[derive(Debug, Clone, Default)]
pub struct AccessPolicy {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) priority: Option<i64>,
    pub(crate) inactive: bool,
    pub(crate) clients: Vec<String>,
    pub(crate) rules: Vec<Listed<Rule>>,
    /// A condition that we do not know and that could narrow whom the policy is for.
    pub(crate) unsupported: Option<String>,
}

/// What `conditions.clients.include` says for every client.
pub(crate) const ALL_CLIENTS: &str = "ALL_CLIENTS";

impl AccessPolicy {
    /// A policy for every client.
    pub fn for_all_clients(name: impl Into<String>) -> Self {
        Self::for_clients(name, [ALL_CLIENTS])
    }

    /// A policy for these clients: client ids, or app ids.
    pub fn for_clients<I: Into<String>>(
        name: impl Into<String>,
        clients: impl IntoIterator<Item = I>,
    ) -> Self {
        let clients = clients.into_iter().map(Into::into).collect();
        Self { name: Some(name.into()), clients, ..Self::default() }
    }

    /// The id, `00p…` in Okta; derived from the name unless set.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The place among the server's policies, lowest first; the place in the list, from 1, unless set.
    #[must_use]
    pub fn priority(mut self, priority: i64) -> Self {
        self.priority = Some(priority);
        self
    }

    /// Adds a rule.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        push(&mut self.rules, rule);
        self
    }

    /// Keeps the policy without applying it.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.inactive = true;
        self
    }
}

/// When a token may be issued, and how long it then lives. The first rule that matches decides.
///
/// A rule allows only what it lists: without a grant type or a scope it matches nothing. Without
/// people it is for everybody, requests without a user included.
#[derive(Debug, Clone, Default)]
pub struct Rule {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) priority: Option<i64>,
    pub(crate) inactive: bool,
    pub(crate) people: People,
    pub(crate) grants: Vec<GrantType>,
    pub(crate) scopes: Vec<String>,
    pub(crate) lifetimes: DeclaredLifetimes,
    pub(crate) inline_hook: Option<String>,
    /// A condition that we do not know and that could narrow when the rule matches.
    pub(crate) unsupported: Option<String>,
}

/// `conditions.people`; absent is the same as four empty lists.
#[derive(Debug, Clone, Default)]
pub(crate) struct People {
    pub(crate) users: Vec<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) not_users: Vec<String>,
    pub(crate) not_groups: Vec<String>,
}

/// `actions.token`, in seconds and not yet checked.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DeclaredLifetimes {
    pub(crate) access: Option<i64>,
    /// 0: unlimited.
    pub(crate) refresh: Option<i64>,
    pub(crate) window: Option<i64>,
}

impl Rule {
    /// A rule for everybody that allows nothing yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// The id, `0pr…` in Okta; derived from the names unless set.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The place among the policy's rules, lowest first; the place in the list, from 1, unless set.
    #[must_use]
    pub fn priority(mut self, priority: i64) -> Self {
        self.priority = Some(priority);
        self
    }

    /// Allows a grant type.
    #[must_use]
    pub fn grant(mut self, grant: GrantType) -> Self {
        self.grants.push(grant);
        self
    }

    /// Allows a scope. Every requested scope must be allowed by the same rule.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// Allows every scope of the server.
    #[must_use]
    pub fn any_scope(self) -> Self {
        self.scope("*")
    }

    /// Only for this user, or the others that the rule names.
    #[must_use]
    pub fn user(mut self, id: impl Into<String>) -> Self {
        self.people.users.push(id.into());
        self
    }

    /// Only for members of this group, by id or name, or the others that the rule names.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.people.groups.push(group.into());
        self
    }

    /// For everybody, requests without a user included; to go with an exception.
    #[must_use]
    pub fn everyone(self) -> Self {
        self.group("EVERYONE")
    }

    /// Not for this user.
    #[must_use]
    pub fn except_user(mut self, id: impl Into<String>) -> Self {
        self.people.not_users.push(id.into());
        self
    }

    /// Not for members of this group, by id or name.
    #[must_use]
    pub fn except_group(mut self, group: impl Into<String>) -> Self {
        self.people.not_groups.push(group.into());
        self
    }

    /// How long access tokens live: 5 minutes to 24 hours, 1 hour unless set.
    #[must_use]
    pub fn access_lifetime(mut self, lifetime: Lifetime) -> Self {
        self.lifetimes.access = Some(lifetime.as_seconds().into());
        self
    }

    /// How long refresh tokens live in all; unlimited unless set, or when set to zero.
    #[must_use]
    pub fn refresh_lifetime(mut self, lifetime: Lifetime) -> Self {
        self.lifetimes.refresh = Some(lifetime.as_seconds().into());
        self
    }

    /// How long refresh tokens live without being used: 10 minutes to 5 years, 7 days unless set.
    #[must_use]
    pub fn refresh_window(mut self, lifetime: Lifetime) -> Self {
        self.lifetimes.window = Some(lifetime.as_seconds().into());
        self
    }

    /// Shows what the rule grants to this token inline hook before it is signed.
    #[must_use]
    pub fn inline_hook(mut self, id: impl Into<String>) -> Self {
        self.inline_hook = Some(id.into());
        self
    }

    /// Keeps the rule without applying it.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.inactive = true;
        self
    }
}
