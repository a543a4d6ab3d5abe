//! What the index is made of: access policies and rules, checked and in priority order.

use std::sync::Arc;

use crate::model::hook::InlineHook;
use crate::model::org::ScopeIndex;
use crate::types::{ClientId, GrantType, GroupId, Lifetime, PolicyId, RuleId, UserId};

/// A policy as the index takes it: checked, in priority order.
#[derive(Debug, Clone)]
pub(crate) struct PolicyInput {
    pub(crate) id: PolicyId,
    pub(crate) name: String,
    pub(crate) clients: ClientCondition,
    /// The place in the server's list of policies, as it was written.
    pub(crate) at: usize,
    /// Why it is never tried, if it is not.
    pub(crate) off: Option<Off>,
    /// In priority order.
    pub(crate) rules: Vec<RuleInput>,
}

/// Why a policy or a rule is never tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Off {
    /// Its status is INACTIVE.
    Inactive,
    /// It has this condition, which nobody here can judge.
    Unsupported(Box<str>),
}

/// `conditions.clients.include`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum ClientCondition {
    All,
    /// Client ids (app ids already resolved), sorted and unique. Empty: nobody.
    Listed(Vec<ClientId>),
}

impl ClientCondition {
    pub(crate) fn includes(&self, client: &ClientId) -> bool {
        match self {
            Self::All => true,
            Self::Listed(clients) => clients.binary_search(client).is_ok(),
        }
    }
}

/// For nobody.
impl Default for ClientCondition {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

/// A rule as the index takes it.
#[derive(Debug, Clone)]
pub(crate) struct RuleInput {
    pub(crate) id: RuleId,
    pub(crate) name: String,
    /// The place in the policy's list of rules, as it was written.
    pub(crate) at: usize,
    pub(crate) people: PeopleCondition,
    pub(crate) grants: Vec<GrantType>,
    pub(crate) scopes: ScopeCondition,
    pub(crate) lifetimes: Lifetimes,
    /// Why it is never tried, if it is not.
    pub(crate) off: Option<Off>,
    /// `actions.token.inlineHook.id`.
    pub(crate) inline_hook: Option<Arc<InlineHook>>,
}

/// `conditions.people`.
#[derive(Debug, Clone, Default)]
pub(crate) struct PeopleCondition {
    /// `people` absent, all its lists empty, or the group EVERYONE included: every user and, unlike
    /// the rest, requests without a user.
    pub(crate) everyone: bool,
    pub(crate) users: Vec<UserId>,
    pub(crate) groups: Vec<GroupId>,
    pub(crate) not_users: Vec<UserId>,
    pub(crate) not_groups: Vec<GroupId>,
}

/// `conditions.scopes.include`.
#[derive(Debug, Clone)]
pub(crate) enum ScopeCondition {
    /// `*`.
    Any,
    /// Places in the server's scope table. Empty: none.
    Listed(Vec<ScopeIndex>),
}

/// `actions.token`: how long what is issued lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct Lifetimes {
    /// Access tokens: 5 minutes to 24 hours, 1 hour unless said.
    pub access_token: Lifetime,
    /// Refresh tokens in all; `None` is unlimited, the default.
    pub refresh_token: Option<Lifetime>,
    /// Refresh tokens between two uses: 10 minutes to 5 years, 7 days unless said.
    pub refresh_token_window: Lifetime,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access_token: Lifetime::minutes(60),
            refresh_token: None,
            refresh_token_window: Lifetime::minutes(10_080),
        }
    }
}
