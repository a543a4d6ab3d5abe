//! A whole organisation as it is declared.

use super::check::{ConfigErrors, Findings};
use super::client::Client;
use super::compile;
use super::hook::Hook;
use super::listed::{Listed, push};
use super::org::Org;
use super::server::AuthorizationServer;
use super::user::{Group, User};
use crate::expr;
use crate::jose::Algorithm;

/// An organisation in the making: declared in Rust, or read from the org file. [`OrgBuilder::build`]
/// checks and compiles it.
#[derive(Debug, Clone, Default)]
pub struct OrgBuilder {
    pub(crate) base: Option<String>,
    pub(crate) servers: Vec<Listed<AuthorizationServer>>,
    pub(crate) clients: Vec<Listed<Client>>,
    pub(crate) users: Vec<Listed<DeclaredUser>>,
    pub(crate) groups: Vec<Listed<DeclaredGroup>>,
    pub(crate) hooks: Vec<Listed<Hook>>,
    /// Ids of apps that are no OAuth clients: known, so that referring to them is no mistake.
    pub(crate) other_apps: Vec<String>,
    pub(crate) trusted_origins: Vec<Listed<String>>,
    pub(crate) schema: Option<expr::Schema>,
    /// For servers that name none of their own.
    pub(crate) domains: Vec<String>,
    /// For the org server, and for servers that name none.
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) outside_directory: bool,
}

/// A user; the id is made up where it is absent.
#[derive(Debug, Clone)]
pub(crate) struct DeclaredUser {
    pub(crate) id: Option<String>,
    pub(crate) user: User,
}

/// A group with the members that it lists.
#[derive(Debug, Clone)]
pub(crate) struct DeclaredGroup {
    /// `None`: made up from the name.
    pub(crate) id: Option<String>,
    /// `None` where it could not be read.
    pub(crate) group: Option<Group>,
    pub(crate) users: Vec<String>,
}

impl Org {
    /// Begins to declare an organisation under this base URL: https, or http on a loopback address.
    ///
    /// ```
    /// use chancery::model::{AccessPolicy, AuthorizationServer, Client, Org, Rule, Scope};
    /// use chancery::types::GrantType;
    ///
    /// let org = Org::builder("https://id.example.com")
    ///     .server(
    ///         AuthorizationServer::new("default").audience("api://orders").scope(Scope::new("orders:read")).policy(
    ///             AccessPolicy::for_all_clients("all")
    ///                 .rule(Rule::new("machines").grant(GrantType::ClientCredentials).any_scope()),
    ///         ),
    ///     )
    ///     .client(Client::service("0oabilling").secret("correct-horse-battery-staple"))
    ///     .build()?;
    /// let server = org.server("default").expect("it was declared");
    /// assert_eq!(server.issuer().as_str(), "https://id.example.com/oauth2/default");
    /// # Ok::<(), chancery::model::ConfigErrors>(())
    /// ```
    pub fn builder(base_url: impl Into<String>) -> OrgBuilder {
        OrgBuilder { base: Some(base_url.into()), ..OrgBuilder::default() }
    }
}

impl OrgBuilder {
    /// Adds a custom authorization server. The org's own is always there.
    #[must_use]
    pub fn server(mut self, server: AuthorizationServer) -> Self {
        push(&mut self.servers, server);
        self
    }

    /// Adds a client.
    #[must_use]
    pub fn client(mut self, client: Client) -> Self {
        push(&mut self.clients, client);
        self
    }

    /// Adds a user. Groups are named by id or name.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        push(&mut self.users, DeclaredUser { id: Some(user.id().to_string()), user });
        self
    }

    /// Adds a group. Everyone is always there.
    #[must_use]
    pub fn group(mut self, group: Group) -> Self {
        let id = Some(group.id().to_owned());
        push(&mut self.groups, DeclaredGroup { id, group: Some(group), users: Vec::new() });
        self
    }

    /// Adds a token inline hook, for rules to name.
    #[must_use]
    pub fn hook(mut self, hook: Hook) -> Self {
        push(&mut self.hooks, hook);
        self
    }

    /// Adds an origin that browsers may call from, besides those of the clients' redirect URIs.
    #[must_use]
    pub fn trusted_origin(mut self, origin: impl Into<String>) -> Self {
        push(&mut self.trusted_origins, origin.into());
        self
    }

    /// What the org's own server signs with, and every server that says nothing else; RS256 unless set
    /// (`chancery.signing.alg` of the org file).
    #[must_use]
    pub fn signing(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Names the attributes that user profiles have: expressions that read another one are then mistakes.
    #[must_use]
    pub fn user_schema(mut self, schema: expr::Schema) -> Self {
        self.schema = Some(schema);
        self
    }

    /// Takes names of clients, users and groups that are not declared here as they are: another
    /// directory knows them ([`Issuer::with_directory`](crate::Issuer::with_directory)). They are ids then; nothing
    /// can check them. Where their single-page apps live, [`OrgBuilder::trusted_origin`] must say.
    #[must_use]
    pub fn with_outside_directory(mut self) -> Self {
        self.outside_directory = true;
        self
    }

    /// Checks everything and compiles it.
    ///
    /// # Errors
    /// [`ConfigErrors`]: every mistake at once.
    pub fn build(self) -> Result<Org, ConfigErrors> {
        compile::organisation(self, Findings::default())
    }
}
