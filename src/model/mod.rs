//! The nouns that an Okta administrator sees: declared, checked, compiled.
//!
//! An organisation is declared in Rust ([`Org::builder`]) or read from the org file ([`Document`]);
//! either way it is checked as a whole, every mistake is reported at once ([`ConfigErrors`]), and the
//! outcome is an [`Org`], which nothing changes any more.

mod builder;
mod check;
mod claim;
mod client;
mod compile;
mod customized;
mod document;
mod hook;
mod index;
mod listed;
mod nearest;
mod okta;
mod org;
mod policy;
mod registered;
mod scope;
mod server;
mod system;
mod token_policy;
mod trace;
mod user;

pub use builder::OrgBuilder;
pub use check::{ConfigErrors, ConfigMistake, ConfigWarning};
pub(crate) use check::{Shown, order as path_order};
pub use claim::{Claim, GroupFilterType};
pub use client::{AuthMethod, Client};
pub use customized::CompiledTokenPolicy;
pub(crate) use customized::{ActionValue, CompiledAction};
pub use document::{CompileOptions, Document, DocumentError};
pub use hook::{Hook, HookAuth, HookOauth, InlineHook, OnFailure};
pub(crate) use index::{ClientCondition, DeclaredRule, Question, Wanted};
pub use index::{IndexedPolicy, IndexedRule, Lifetimes, Person, PolicyIndex, RuleRequest};
pub(crate) use okta::BASE_ATTRIBUTES;
pub use okta::group_from_okta;
pub(crate) use org::{ClaimSource, GroupFilter, ScopeIndex};
pub use org::{CompiledClaim, CompiledScope, Consent, Org, Server, ServerKind};
pub use policy::{AccessPolicy, Rule};
pub use registered::{ClientAuth, ClientKind, RefreshRotation, RegisteredClient, UnsupportedSetting};
pub use scope::Scope;
pub use server::{AuthorizationServer, IssuerMode};
pub(crate) use system::{NEED_A_USER, SUB};
pub(crate) use token_policy::Tokens;
pub use token_policy::{TokenAction, TokenPolicy};
pub use trace::{
    AskedOfPolicies, Listed, NamedGroup, PolicyStep, PolicyTrace, PolicyVerdict, RuleStep, RuleVerdict,
};
pub(crate) use trace::{list, quoted, span, write_advice};
pub use user::{Group, User};

pub use crate::types::ResponseType;
