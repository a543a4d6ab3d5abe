//! An authorization server as it is declared.

use super::claim::Claim;
use super::listed::{Listed, push};
use super::policy::AccessPolicy;
use super::scope::Scope;
use super::token_policy::TokenPolicy;
use crate::jose::Algorithm;

/// A custom authorization server: an issuer of its own with audiences, scopes, claims and access
/// policies. Its issuer is `{base URL}/oauth2/{id}`.
///
/// ```
/// # use chancery::model::{AuthorizationServer, Claim, Scope};
/// let server = AuthorizationServer::new("default")
///     .audience("api://orders")
///     .scope(Scope::new("orders:read"))
///     .claim(Claim::access("dept", "user.department").when_scope("orders:read"));
/// ```
///
/// Source: `AuthorizationServer` of Okta's management API.
#[derive(Debug, Clone, Default)]
pub struct AuthorizationServer {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) inactive: bool,
    pub(crate) default: bool,
    pub(crate) issuer_mode: IssuerMode,
    pub(crate) domains: Vec<String>,
    /// `None` where the list is absent: the server called `default` then has Okta's.
    pub(crate) audiences: Option<Vec<String>>,
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) scopes: Vec<Listed<Scope>>,
    pub(crate) claims: Vec<Listed<Claim>>,
    pub(crate) policies: Vec<Listed<AccessPolicy>>,
    pub(crate) token_policies: Vec<Listed<TokenPolicy>>,
    pub(crate) allow_reserved: Vec<String>,
    pub(crate) associated: Vec<String>,
    /// A setting that would narrow access and is not supported, with the path of its key.
    pub(crate) unsupported: Option<&'static str>,
}

/// `issuerMode`: under which host the issuer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum IssuerMode {
    /// The base URL's.
    #[default]
    OrgUrl,
    /// The first of the custom domains.
    CustomUrl,
    /// The one the request was sent to, if it is the base URL's or one of the custom domains.
    Dynamic,
}

impl AuthorizationServer {
    /// A server without audience, custom scopes, claims and policies. The id is also its name.
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        Self { name: Some(id.clone()), id: Some(id), ..Self::default() }
    }

    /// The name that administrators see; the id unless set.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds an audience. A token has exactly one: the first, unless the request names another.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.get_or_insert_default().push(audience.into());
        self
    }

    /// Adds a scope.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        push(&mut self.scopes, scope);
        self
    }

    /// Adds a claim.
    #[must_use]
    pub fn claim(mut self, claim: Claim) -> Self {
        push(&mut self.claims, claim);
        self
    }

    /// Adds an access policy. A server without one issues nothing.
    #[must_use]
    pub fn policy(mut self, policy: AccessPolicy) -> Self {
        push(&mut self.policies, policy);
        self
    }

    /// Adds a token policy, which customizes what the access policies granted.
    #[must_use]
    pub fn token_policy(mut self, policy: TokenPolicy) -> Self {
        push(&mut self.token_policies, policy);
        self
    }

    /// Lets token policies and hooks change a claim that is the issuer's own otherwise: `sub` and `aud`
    /// of access tokens, and for hooks `groups` and `scope`.
    #[must_use]
    pub fn allow_reserved_claim(mut self, claim: impl Into<String>) -> Self {
        self.allow_reserved.push(claim.into());
        self
    }

    /// What it signs with: RS256 (as Okta, and unless set), ES256 or EdDSA.
    #[must_use]
    pub fn signing(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Makes it the organisation's default server, reached as `/oauth2/default` whatever its id.
    #[must_use]
    pub fn default_server(mut self) -> Self {
        self.default = true;
        self
    }

    /// Under which host the issuer stands; the base URL's unless set.
    #[must_use]
    pub fn issuer_mode(mut self, mode: IssuerMode) -> Self {
        self.issuer_mode = mode;
        self
    }

    /// Adds a custom domain, `host` or `host:port`, for [`AuthorizationServer::issuer_mode`].
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domains.push(domain.into());
        self
    }

    /// Keeps the server without letting it answer.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.inactive = true;
        self
    }
}
