//! What a valid organisation still gets wrong, and what changes between two of them.
//!
//! [`lint`] finds rules that can never decide anything, scopes and clients that lead nowhere, claims
//! that are never there, and settings that are weaker than they should be. [`diff`] says who gains and
//! who loses which scopes, claims and lifetimes when one organisation is replaced by another.
//!
//! Both reason over the *conditions*: every client, every user and every set of groups that the
//! policies could meet, not the people who happen to exist today. They are exact. Their work is
//! bounded ([`WORK`]); what the bound leaves open is reported as undecided, never guessed.
//!
//! ```
//! use chancery::analyse::{Code, lint};
//! use chancery::model::{AccessPolicy, AuthorizationServer, Org, Rule};
//! use chancery::types::GrantType::AuthorizationCode;
//!
//! let org = Org::builder("https://id.example.com")
//!     .server(AuthorizationServer::new("default").audience("api://orders").policy(
//!         AccessPolicy::for_all_clients("web")
//!             .rule(Rule::new("everybody").grant(AuthorizationCode).everyone().scope("openid"))
//!             .rule(Rule::new("one").grant(AuthorizationCode).user("00u1").scope("openid")),
//!     ))
//!     .with_outside_directory()
//!     .build()?;
//! let report = lint(&org);
//! let shadowed = report.findings().iter().find(|finding| finding.code() == Code::RuleShadowed);
//! assert_eq!(shadowed.map(|finding| finding.path()), Some("authorizationServers[0].policies[0].rules[1]"));
//! # Ok::<(), chancery::model::ConfigErrors>(())
//! ```
//!
//! The manual page [`analysis`](crate::manual::analysis) lists every finding.

mod bits;
mod diff;
mod lint;
mod people;
mod report;
mod text;
mod uses;
mod view;

pub use diff::{
    Change, Circumstances, ClaimDefinition, ClientSummary, Customization, DefaultGrant, Denial, Diff, Effect,
    HookDefinition, KindSummary, Named, PeopleChanged, PeopleCondition, PolicyAction, ServerSummary, Summary,
    Token, Undecided, diff, diff_within,
};
pub use lint::{lint, lint_within};
pub use report::{Code, Finding, Report, Severity};
pub use uses::GrantUse;

/// The work that one analysis may do unless told otherwise, in looks of one question at one rule.
///
/// An organisation of 1,000 rules takes a few millions; see the manual page
/// [`analysis`](crate::manual::analysis).
pub const WORK: u64 = 200_000_000;
