//! Token policies, checked and compiled.

use std::sync::Arc;

use serde_json::Value;

use super::org::{GroupFilter, ScopeIndex};
use super::token_policy::Tokens;
use crate::expr;
use crate::types::{ClientId, GrantType, GroupId, Lifetime, Network};

/// A token policy with its conditions resolved and its expressions compiled. Inactive ones are not
/// here. Of each condition `None` is always true, and an empty list never.
#[derive(Debug, Clone)]
pub struct CompiledTokenPolicy {
    pub(crate) name: Arc<str>,
    /// The place in the server's list, as it was written; its actions stand where they were written.
    pub(crate) at: usize,
    pub(crate) groups: Option<Box<[GroupId]>>,
    pub(crate) not_groups: Box<[GroupId]>,
    pub(crate) clients: Option<Box<[ClientId]>>,
    pub(crate) scopes: Option<Box<[ScopeIndex]>>,
    pub(crate) audiences: Option<Box<[Arc<str>]>>,
    pub(crate) grants: Option<Box<[GrantType]>>,
    pub(crate) networks: Option<Box<[Network]>>,
    pub(crate) not_networks: Box<[Network]>,
    pub(crate) condition: Option<expr::Program>,
    pub(crate) actions: Box<[CompiledAction]>,
}

impl CompiledTokenPolicy {
    /// The name administrators gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its condition as an expression, if it has one.
    pub fn condition(&self) -> Option<&str> {
        self.condition.as_ref().map(expr::Program::source)
    }

    /// Whether it looks at the user's groups as such, beyond membership.
    pub(crate) fn reads_groups(&self) -> bool {
        let reads = |program: &expr::Program| program.reads().contains(expr::Input::Groups);
        let by_action = |action: &CompiledAction| match action {
            CompiledAction::Set { value: ActionValue::Expression(program), .. } => reads(program),
            CompiledAction::Set { value: ActionValue::Groups(_), .. } => true,
            _ => false,
        };
        self.condition.as_ref().is_some_and(reads) || self.actions.iter().any(by_action)
    }
}

/// One action of a token policy.
#[derive(Debug, Clone)]
pub(crate) enum CompiledAction {
    Set {
        claim: Arc<str>,
        value: ActionValue,
        tokens: Tokens,
        /// `replaceClaim`: only where the token has the claim.
        only_present: bool,
    },
    Remove {
        claim: Arc<str>,
        tokens: Tokens,
    },
    /// The access token lives no longer than this.
    AccessLifetime(Lifetime),
    Deny {
        reason: Arc<str>,
        description: Option<Arc<str>>,
    },
}

/// Where the value of a claim comes from.
#[derive(Debug, Clone)]
pub(crate) enum ActionValue {
    Expression(expr::Program),
    Groups(GroupFilter),
    Constant(Value),
}
