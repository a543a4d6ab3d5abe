//! The checked organisation: what compiling a configuration yields and every request is judged by.
//!
//! Nothing here can be changed after it was checked; reloading means compiling another one.

use std::collections::HashMap;
use std::sync::Arc;

use super::customized::CompiledTokenPolicy;
use super::hook::InlineHook;
use super::index::{IndexedPolicy, IndexedRule, PolicyIndex, RuleRequest, Wanted};
use super::registered::RegisteredClient;
use super::system::{SUB, SUB_EXPRESSION};
use super::user::{Group, User};
use crate::expr;
use crate::jose::Algorithm;
use crate::types::{
    BaseUri, ClientId, Configured, GroupId, IssuerUri, RuleId, ScopeName, ServerId, UserId, push_json_string,
};

/// One organisation: its authorization servers, clients, users and groups, checked and compiled.
#[derive(Debug)]
pub struct Org {
    pub(crate) id: String,
    pub(crate) base: BaseUri,
    /// The org authorization server first, then the custom ones in the order of the configuration.
    pub(crate) servers: Vec<Arc<Server>>,
    /// Path segment (id, name or `default`) → place in `servers`.
    pub(crate) by_segment: Configured<String, usize>,
    pub(crate) clients: Configured<ClientId, Arc<RegisteredClient>>,
    pub(crate) users: HashMap<UserId, Arc<User>>,
    /// Everyone among them, listed or not.
    pub(crate) groups: HashMap<GroupId, Arc<Group>>,
    /// The group that all users belong to.
    pub(crate) everyone: GroupId,
    /// The token inline hooks that have an id.
    pub(crate) hooks: HashMap<Arc<str>, Arc<InlineHook>>,
    /// Origins that browsers may call from: those that are listed and those of the redirect URIs of
    /// ACTIVE clients, sorted.
    pub(crate) trusted_origins: Vec<String>,
    pub(crate) warnings: Vec<super::check::ConfigWarning>,
    /// The attributes that profiles have, where the configuration says so.
    pub(crate) schema: Option<expr::Schema>,
    /// Clients, users and groups may live elsewhere: those that are here are not all.
    pub(crate) outside_directory: bool,
}

impl Org {
    /// The organisation's own id, `00o…`: the `idp` of users who signed in here. It follows from the
    /// base URL.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The base URL that every issuer and endpoint hangs under.
    pub fn base(&self) -> &BaseUri {
        &self.base
    }

    /// The org authorization server, whose issuer is the base URL itself.
    pub fn org_server(&self) -> Option<&Arc<Server>> {
        self.servers.iter().find(|server| server.kind == ServerKind::Org)
    }

    /// The custom authorization server that answers under `/oauth2/{segment}`: its id, its name,
    /// or `default`.
    pub fn server(&self, segment: &str) -> Option<&Arc<Server>> {
        self.by_segment.get(segment).and_then(|place| self.servers.get(*place))
    }

    /// Every authorization server, the org's first.
    pub fn servers(&self) -> impl Iterator<Item = &Arc<Server>> {
        self.servers.iter()
    }

    /// A client by its id.
    pub fn client(&self, id: &str) -> Option<&Arc<RegisteredClient>> {
        self.clients.get(id)
    }

    /// Every client, in no order.
    pub fn clients(&self) -> impl Iterator<Item = &Arc<RegisteredClient>> {
        self.clients.values()
    }

    /// A user by id.
    pub fn user(&self, id: &str) -> Option<&Arc<User>> {
        self.users.get(id)
    }

    /// Every user, in no order.
    pub fn users(&self) -> impl Iterator<Item = &Arc<User>> {
        self.users.values()
    }

    /// A group by id.
    pub fn group(&self, id: &str) -> Option<&Arc<Group>> {
        self.groups.get(id)
    }

    /// The group that all users belong to without being put in it.
    pub fn everyone(&self) -> &GroupId {
        &self.everyone
    }

    /// Every group, in no order.
    pub fn groups(&self) -> impl Iterator<Item = &Arc<Group>> {
        self.groups.values()
    }

    /// A token inline hook by its id.
    pub fn hook(&self, id: &str) -> Option<&Arc<InlineHook>> {
        self.hooks.get(id)
    }

    /// Every token inline hook, in no order.
    pub fn hooks(&self) -> impl Iterator<Item = &Arc<InlineHook>> {
        self.hooks.values()
    }

    /// The path of the base URL, mostly empty.
    pub(crate) fn base_path(&self) -> &str {
        self.base.path()
    }

    /// Whether pages of this origin may call: the organisation's own and the trusted ones.
    pub(crate) fn trusts_origin(&self, origin: &str) -> bool {
        self.base.origin() == origin
            || self.trusted_origins.binary_search_by(|known| known.as_str().cmp(origin)).is_ok()
    }

    /// Origins that browsers may call the token endpoint from (CORS): those that are listed, and those
    /// of the clients' redirect URIs.
    pub fn trusted_origins(&self) -> &[String] {
        &self.trusted_origins
    }

    /// What is accepted but deserves a second look, each with its path.
    pub fn warnings(&self) -> &[super::check::ConfigWarning] {
        &self.warnings
    }
}

/// The org authorization server or a custom one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerKind {
    /// `{base}/oauth2/v1/…`, issuer `{base}`: no custom scopes, claims or policies.
    Org,
    /// `{base}/oauth2/{id}/v1/…`, issuer `{base}/oauth2/{id}`.
    Custom,
}

/// One authorization server, checked and compiled.
#[derive(Debug, Clone)]
pub struct Server {
    pub(crate) id: ServerId,
    pub(crate) kind: ServerKind,
    pub(crate) name: String,
    /// The place among the servers, as it was written; the org server has none.
    pub(crate) at: Option<usize>,
    pub(crate) issuer: IssuerUri,
    /// The same server under other hosts (`issuerMode: DYNAMIC` and `chancery.domains`):
    /// lower-case `host[:port]` → issuer.
    pub(crate) dynamic_issuers: Vec<(String, IssuerUri)>,
    pub(crate) active: bool,
    /// Never empty; the first is the one a request gets that names none.
    pub(crate) audiences: Vec<Arc<str>>,
    pub(crate) scopes: ScopeTable,
    pub(crate) access_claims: Vec<CompiledClaim>,
    /// Shared by all servers that have just the system ones.
    pub(crate) id_claims: Arc<[CompiledClaim]>,
    /// Whether any claim reads the user's groups.
    pub(crate) reads_groups: bool,
    pub(crate) policies: PolicyIndex,
    /// The hooks of ACTIVE rules.
    pub(crate) hooks: HashMap<RuleId, Arc<InlineHook>>,
    /// ACTIVE, in the order in which they are applied.
    pub(crate) token_policies: Vec<CompiledTokenPolicy>,
    /// Claims of the issuer's own that hooks may change.
    pub(crate) allow_reserved: Vec<String>,
    pub(crate) algorithm: Algorithm,
    /// A setting that would narrow access and is not supported: every request is refused with it.
    pub(crate) unsupported: Option<&'static str>,
}

impl Server {
    /// The id: the last segment of a custom server's issuer.
    pub fn id(&self) -> &ServerId {
        &self.id
    }

    /// The org server or a custom one.
    pub fn kind(&self) -> ServerKind {
        self.kind
    }

    /// The name administrators gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The issuer, the `iss` of every token.
    pub fn issuer(&self) -> &IssuerUri {
        &self.issuer
    }

    /// Whether it answers; an inactive server refuses every request.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// The audiences it may issue for; the first is used when a request names none.
    pub fn audiences(&self) -> impl Iterator<Item = &str> {
        self.audiences.iter().map(|audience| &**audience)
    }

    /// The scopes, system ones included.
    pub fn scopes(&self) -> impl Iterator<Item = &CompiledScope> {
        self.scopes.scopes.iter()
    }

    /// The claims of its access tokens.
    pub fn access_claims(&self) -> impl Iterator<Item = &CompiledClaim> {
        self.access_claims.iter()
    }

    /// The claims of its ID tokens.
    pub fn id_claims(&self) -> impl Iterator<Item = &CompiledClaim> {
        self.id_claims.iter()
    }

    /// The setting, by its path in the server's configuration, that makes every request be refused.
    pub fn unsupported(&self) -> Option<&str> {
        self.unsupported
    }

    /// The algorithm it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The rule by which a request would be decided: the first for this client, user and grant type
    /// that covers all of the scopes. `None` is a refusal, also for no scopes and for one that the
    /// server does not have.
    pub fn matching_rule(&self, request: &RuleRequest<'_>) -> Option<(&IndexedPolicy, &IndexedRule)> {
        let index = |scope: &&str| self.scopes.get(scope).map(|(index, _)| index);
        let scopes: Vec<ScopeIndex> = request.scopes.iter().map(index).collect::<Option<_>>()?;
        if scopes.is_empty() {
            return None;
        }
        self.policies.decide(request.client, request.user, &[request.grant], Wanted::All(&scopes))
    }

    /// The policies and rules, in the order in which they are tried.
    pub fn policies(&self) -> &PolicyIndex {
        &self.policies
    }

    /// The same server with these policies and rules ACTIVE or INACTIVE, by id; the first id that nothing
    /// has is an error.
    pub(crate) fn switched(&self, switches: &[(String, bool)]) -> Result<Self, String> {
        let policies = self.policies.switched(switches)?;
        Ok(Self { policies, ..self.clone() })
    }

    /// The token policies, in the order in which they are applied.
    pub fn token_policies(&self) -> &[CompiledTokenPolicy] {
        &self.token_policies
    }

    /// The id, unless this is the org server.
    pub(crate) fn custom_id(&self) -> Option<&ServerId> {
        (self.kind == ServerKind::Custom).then_some(&self.id)
    }
}

/// A scope's place in its server's table. Rules hold sets of these.
pub(crate) type ScopeIndex = u32;

/// The scopes of one server.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScopeTable {
    pub(crate) scopes: Vec<CompiledScope>,
    pub(crate) by_name: Configured<ScopeName, ScopeIndex>,
}

impl ScopeTable {
    pub(crate) fn get(&self, name: &str) -> Option<(ScopeIndex, &CompiledScope)> {
        let index = *self.by_name.get(name)?;
        Some((index, self.by_index(index)?))
    }

    pub(crate) fn by_index(&self, index: ScopeIndex) -> Option<&CompiledScope> {
        self.scopes.get(index as usize)
    }

    pub(crate) fn name(&self, index: ScopeIndex) -> Option<&ScopeName> {
        self.by_index(index).map(|scope| &scope.name)
    }

    pub(crate) fn defaults(&self) -> impl Iterator<Item = (ScopeIndex, &CompiledScope)> {
        (0..).zip(&self.scopes).filter(|(_, scope)| scope.default)
    }
}

/// One scope of a server.
#[derive(Debug, Clone)]
pub struct CompiledScope {
    /// As the configuration gives it.
    pub(crate) id: Option<Arc<str>>,
    pub(crate) name: ScopeName,
    pub(crate) display_name: Option<Arc<str>>,
    pub(crate) description: Option<Arc<str>>,
    pub(crate) consent: Consent,
    pub(crate) optional: bool,
    pub(crate) default: bool,
    pub(crate) published: bool,
    pub(crate) system: bool,
    /// The place among the server's scopes, as it was written, if it was.
    pub(crate) at: Option<u32>,
}

impl CompiledScope {
    /// The name that requests use.
    pub fn name(&self) -> &ScopeName {
        &self.name
    }

    /// The id, `scp…` in Okta; made up where the configuration gives none.
    pub(crate) fn id_in(&self, server: &ServerId) -> String {
        let made_up = || super::compile::made_up("scp", &[server.as_str(), self.name.as_str()]);
        self.id.as_deref().map_or_else(made_up, str::to_owned)
    }

    /// What the consent page calls it.
    pub fn display_name(&self) -> Option<&str> {
        self.display_name.as_deref()
    }

    /// What the consent page says of it.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Whether users are asked.
    pub fn consent(&self) -> Consent {
        self.consent
    }

    /// Whether a user may skip it when asked.
    pub fn is_optional(&self) -> bool {
        self.optional
    }

    /// Whether a request without `scope` gets it.
    pub fn is_default(&self) -> bool {
        self.default
    }

    /// Whether discovery lists it (`metadataPublish: ALL_CLIENTS`).
    pub fn is_published(&self) -> bool {
        self.published
    }

    /// Whether every server has it without listing it.
    pub fn is_system(&self) -> bool {
        self.system
    }
}

/// `consent` of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Consent {
    /// Nobody is asked.
    #[default]
    Implicit,
    /// The user is asked; machines are refused.
    Required,
    /// The user is asked; machines are not refused.
    Flexible,
}

/// A claim with its conditions resolved and its expression compiled. Inactive claims are not here.
#[derive(Debug, Clone)]
pub struct CompiledClaim {
    pub(crate) name: Arc<str>,
    /// The name as it stands in a token: a JSON string and a colon.
    pub(crate) member: Box<str>,
    /// The value as JSON, where the expression reads nothing that a request could change.
    pub(crate) constant: Option<Box<str>>,
    /// Whether it is what `sub` is unless an administrator says otherwise: almost every token has that,
    /// so it is not worth an evaluation.
    pub(crate) is_usual_sub: bool,
    /// Empty: whatever is granted. Otherwise one of these must be.
    pub(crate) scopes: Vec<ScopeIndex>,
    pub(crate) always_include: bool,
    pub(crate) source: ClaimSource,
    /// The place among the server's claims, as it was written, if it was.
    pub(crate) at: Option<u32>,
}

impl CompiledClaim {
    pub(crate) fn new(
        name: &str,
        scopes: Vec<ScopeIndex>,
        always_include: bool,
        source: ClaimSource,
    ) -> Self {
        let mut member = Vec::new();
        push_json_string(&mut member, name);
        member.push(b':');
        // `sub` is judged for each token, whatever it comes from.
        let constant = if name == SUB { None } else { constant(&source).map(text) };
        let is_usual_sub = name == SUB
            && matches!(&source, ClaimSource::Expression(program) if program.source() == SUB_EXPRESSION);
        let (name, member) = (Arc::from(name), text(member));
        Self { name, member, scopes, always_include, constant, is_usual_sub, source, at: None }
    }

    /// The claim's name in the token.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether an ID token has it also where the token comes with an access token or a code.
    pub fn is_always_included(&self) -> bool {
        self.always_include
    }

    /// Whether it reads the user's groups.
    pub(crate) fn reads_groups(&self) -> bool {
        match &self.source {
            ClaimSource::Expression(program) => program.reads().contains(expr::Input::Groups),
            ClaimSource::Groups(_) => true,
            ClaimSource::System => false,
        }
    }

    /// The expression that yields its value, if one does.
    pub fn expression(&self) -> Option<&str> {
        match &self.source {
            ClaimSource::Expression(program) => Some(program.source()),
            ClaimSource::Groups(_) | ClaimSource::System => None,
        }
    }
}

fn constant(source: &ClaimSource) -> Option<Vec<u8>> {
    let ClaimSource::Expression(program) = source else { return None };
    let inputs = expr::Inputs::default();
    // One that fails is left to fail where Okta's does, when a token is asked for.
    let value = program.reads().is_empty().then(|| program.evaluate(&inputs).ok()).flatten()?;
    if value.is_null() || value.is_empty_list() {
        return None;
    }
    let mut json = Vec::new();
    value.write_json(&mut json);
    Some(json)
}

fn text(json: Vec<u8>) -> Box<str> {
    String::from_utf8(json).unwrap_or_default().into_boxed_str()
}

/// Where a claim's value comes from.
#[derive(Debug, Clone)]
pub(crate) enum ClaimSource {
    Expression(expr::Program),
    Groups(GroupFilter),
    /// One of the claims that OpenID Connect's scopes give (name, email…), computed by the server.
    System,
}

/// `group_filter_type` of a GROUPS claim. The first three ignore case; the patterns are lower case.
#[derive(Debug, Clone)]
pub(crate) enum GroupFilter {
    StartsWith(String),
    Equals(String),
    Contains(String),
    Regex(regex::Regex),
}

impl GroupFilter {
    /// Whether the claim lists a group of this name.
    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::StartsWith(prefix) => name.to_lowercase().starts_with(prefix),
            Self::Equals(whole) => name.to_lowercase() == *whole,
            Self::Contains(part) => name.to_lowercase().contains(part),
            Self::Regex(pattern) => pattern.is_match(name),
        }
    }
}
