//! A claim as it is declared.

/// A claim of an authorization server's tokens: resource claims go in access tokens, identity
/// claims in ID tokens.
///
/// ```
/// # use chancery::model::{Claim, GroupFilterType};
/// let department = Claim::access("dept", "user.department").when_scope("orders:read");
/// let groups = Claim::access_groups("groups", GroupFilterType::StartsWith, "app-orders-");
/// ```
///
/// Source: `OAuth2Claim` of Okta's management API.
#[derive(Debug, Clone)]
pub struct Claim {
    pub(crate) name: Option<String>,
    pub(crate) token: ClaimToken,
    pub(crate) value: ClaimValue,
    /// Any of these; empty: whatever is granted.
    pub(crate) scopes: Vec<String>,
    pub(crate) always_include: Option<bool>,
    pub(crate) active: bool,
}

/// `claimType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ClaimToken {
    /// `RESOURCE`.
    Access,
    /// `IDENTITY`.
    Id,
}

/// `valueType` with `value`. `None` stands for a value that is missing.
#[derive(Debug, Clone)]
pub(crate) enum ClaimValue {
    Expression(Option<String>),
    Groups(Option<GroupFilterType>, Option<String>),
    System,
}

/// How a groups claim chooses among the names of the user's groups (`group_filter_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupFilterType {
    /// Names that begin so; case is ignored.
    StartsWith,
    /// The name itself; case is ignored.
    Equals,
    /// Names that hold the text anywhere; case is ignored.
    Contains,
    /// Names that the pattern matches whole; case counts. With or without slashes around it.
    Regex,
}

impl Claim {
    /// A claim of access tokens whose value an expression yields.
    pub fn access(name: impl Into<String>, expression: impl Into<String>) -> Self {
        Self::new(name, ClaimToken::Access, ClaimValue::Expression(Some(expression.into())))
    }

    /// A claim of ID tokens whose value an expression yields.
    pub fn identity(name: impl Into<String>, expression: impl Into<String>) -> Self {
        Self::new(name, ClaimToken::Id, ClaimValue::Expression(Some(expression.into())))
    }

    /// A claim of access tokens that lists groups of the user.
    pub fn access_groups(name: impl Into<String>, filter: GroupFilterType, text: impl Into<String>) -> Self {
        Self::new(name, ClaimToken::Access, ClaimValue::Groups(Some(filter), Some(text.into())))
    }

    /// A claim of ID tokens that lists groups of the user.
    pub fn identity_groups(
        name: impl Into<String>,
        filter: GroupFilterType,
        text: impl Into<String>,
    ) -> Self {
        Self::new(name, ClaimToken::Id, ClaimValue::Groups(Some(filter), Some(text.into())))
    }

    fn new(name: impl Into<String>, token: ClaimToken, value: ClaimValue) -> Self {
        Self { name: Some(name.into()), token, value, scopes: Vec::new(), always_include: None, active: true }
    }

    /// Only where this scope is granted; said again, any of them.
    #[must_use]
    pub fn when_scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// Leaves an identity claim to the userinfo endpoint where the ID token comes with an access
    /// token or a code (`alwaysIncludeInToken: false`). Access tokens always carry their claims.
    #[must_use]
    pub fn only_when_alone(mut self) -> Self {
        self.always_include = Some(false);
        self
    }

    /// Keeps the claim without putting it in tokens.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.active = false;
        self
    }
}
