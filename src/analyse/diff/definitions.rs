//! What a comparison compares by definition, as the configuration writes it.

use serde::Serialize;

use crate::model::Lifetimes;

/// What a request without scopes gets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct DefaultGrant {
    pub(super) scopes: Vec<String>,
    pub(super) lifetimes: Lifetimes,
}

impl DefaultGrant {
    /// The scopes.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// How long the tokens live.
    pub fn lifetimes(&self) -> Lifetimes {
        self.lifetimes
    }
}

/// A kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Token {
    /// Access tokens.
    Access,
    /// ID tokens.
    Id,
}

/// A claim as the configuration defines it; what it yields for whom is not compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ClaimDefinition {
    pub(super) token: Token,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) scopes: Vec<String>,
    pub(super) always_include: bool,
}

impl ClaimDefinition {
    /// The kind of token that carries it.
    pub fn token(&self) -> Token {
        self.token
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The expression, or the filter of a groups claim as in `groups that start with "app-"`, or
    /// `system`.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The scopes of which one must be granted; none is needed where the list is empty.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Whether an ID token has it also where the token comes with an access token or a code.
    pub fn is_always_included(&self) -> bool {
        self.always_include
    }
}

/// What token policies refuse.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Denial {
    pub(super) scopes: Vec<String>,
    pub(super) when: Circumstances,
}

impl Denial {
    /// Whatever holds one of these is refused.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// In which cases.
    pub fn when(&self) -> &Circumstances {
        &self.when
    }
}

/// Conditions of a token policy that are compared as they are written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize)]
pub struct Circumstances {
    pub(super) audiences: Option<Vec<String>>,
    pub(super) networks: Option<Vec<String>>,
    pub(super) not_networks: Vec<String>,
    pub(super) expression: Option<String>,
}

impl Circumstances {
    /// Whether there are none: in all cases.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The token's audience is one of these.
    pub fn audiences(&self) -> Option<&[String]> {
        self.audiences.as_deref()
    }

    /// The request comes from one of these networks.
    pub fn networks(&self) -> Option<&[String]> {
        self.networks.as_deref()
    }

    /// The request comes from none of these networks.
    pub fn not_networks(&self) -> &[String] {
        &self.not_networks
    }

    /// This is true.
    pub fn expression(&self) -> Option<&str> {
        self.expression.as_deref()
    }
}

/// What a token policy does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PolicyAction {
    /// `addClaim`.
    AddClaim {
        /// The kind of token.
        token: Token,
        /// The claim.
        name: String,
        /// The expression, the filter as in `groups that start with "app-"`, or JSON.
        value: String,
    },
    /// `replaceClaim`.
    ReplaceClaim {
        /// The kind of token.
        token: Token,
        /// The claim.
        name: String,
        /// As for `addClaim`.
        value: String,
    },
    /// `removeClaim`.
    RemoveClaim {
        /// The kind of token.
        token: Token,
        /// The claim.
        name: String,
    },
    /// `accessTokenLifetimeMinutes`.
    ShortenAccessToken {
        /// In seconds.
        seconds: u32,
    },
}

/// An action of a token policy as the configuration defines it; what it yields for whom is not
/// compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Customization {
    #[serde(flatten)]
    pub(super) action: PolicyAction,
    pub(super) scopes: Vec<String>,
    pub(super) when: Circumstances,
}

impl Customization {
    /// What is done.
    pub fn action(&self) -> &PolicyAction {
        &self.action
    }

    /// The scopes of which one must be granted; none is needed where the list is empty.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// In which cases.
    pub fn when(&self) -> &Circumstances {
        &self.when
    }
}

/// A token inline hook, without what it knows its caller by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct HookDefinition {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) active: bool,
    pub(super) fails_closed: bool,
    pub(super) may_patch: Vec<String>,
}

impl HookDefinition {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it is, without the query, which may hold secrets.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether it is called.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// Whether nothing is issued when it fails.
    pub fn fails_closed(&self) -> bool {
        self.fails_closed
    }

    /// The claims of the issuer's own that it may change, by its own setting or the server's.
    pub fn may_patch(&self) -> &[String] {
        &self.may_patch
    }
}
