//! Authorization servers: their ids, issuers and audiences, and the paths they answer under.

mod audiences;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::ids::{Given, Ids, is_segment, made_up};
use super::policies::Owner;
use super::{Context, claims, policies, scopes, token_policies};
use crate::jose::Algorithm;
use crate::model::check::{Findings, Path, Shown};
use crate::model::customized::CompiledTokenPolicy;
use crate::model::index::{PolicyIndex, PolicyInput};
use crate::model::listed::Listed;
use crate::model::org::{CompiledClaim, Server, ServerKind};
use crate::model::server::{AuthorizationServer, IssuerMode};
use crate::types::{BaseUri, Configured, IssuerUri, ServerId};

/// The alias of the default server, whatever its id.
const DEFAULT: &str = "default";

/// Every server, the org's first, and the path segments they answer under.
pub(super) fn servers(
    declared: &[Listed<AuthorizationServer>],
    context: &Context<'_>,
    out: &mut Findings,
) -> (Vec<Arc<Server>>, Configured<String, usize>) {
    let at = Path::ROOT.key("authorizationServers");
    let ids = ids(declared, &at, out);
    let default = default(declared, &ids, &at, out);
    check_associated(declared, &ids, &at, out);
    let mut servers = vec![Arc::new(org_server(context))];
    let mut names = Names::default();
    for (listed, id) in declared.iter().zip(ids) {
        let server_at = at.index(listed.at);
        let is_default = default == Some(listed.at);
        let index = servers.len();
        servers.push(Arc::new(compile(listed, &id, is_default, context, &server_at, out)));
        names.add(&listed.item, &id, is_default, index, &server_at, out);
    }
    (servers, names.by_segment())
}

/// An id for each server: its own, its name if that can stand in a path, or one that is made up.
fn ids(declared: &[Listed<AuthorizationServer>], at: &Path<'_>, out: &mut Findings) -> Vec<String> {
    let given: Given = Ids::reserve(declared.iter().map(|server| server.item.id.as_deref()));
    let mut ids = Ids::default();
    let mut found = Vec::with_capacity(declared.len());
    for Listed { at: place, item } in declared {
        let server_at = at.index(*place);
        let name = item.name.as_deref().unwrap_or("");
        let (own, id_at) = match &item.id {
            Some(id) => (Some(id.as_str()), server_at.key("id")),
            None => (Some(name).filter(|name| may_be_id(name)), server_at.key("name")),
        };
        if item.id.is_none() && name.is_empty() {
            out.mistake(
                &server_at.key("id"),
                "is missing, and so is `name`: nothing could refer to the server",
            );
        }
        let make = |salt: &str| made_up("aus", &[name, salt]);
        let id = ids.take(own, &given, make, &id_at, out);
        if let Some(id) = id.as_deref().filter(|id| !may_be_id(id)) {
            let message = format!(
                "`{}` cannot stand in the path of an issuer: 1 to 100 letters, digits and -._~, not `v1`",
                Shown(id)
            );
            out.mistake(&id_at, message);
        }
        found.push(id.unwrap_or_default());
    }
    found
}

/// `v1` is where the org server's endpoints are.
fn may_be_id(text: &str) -> bool {
    is_segment(text) && text != "v1"
}

/// The place of the default server: the one that says so, or else the one with that id or name.
fn default(
    declared: &[Listed<AuthorizationServer>],
    ids: &[String],
    at: &Path<'_>,
    out: &mut Findings,
) -> Option<usize> {
    let mut marked = declared.iter().filter(|server| server.item.default);
    let first = marked.next();
    for other in marked {
        out.mistake(&at.index(other.at).key("default"), "another server is the default one already");
    }
    let by_id = || declared.iter().zip(ids).find(|(_, id)| *id == DEFAULT).map(|(server, _)| server);
    let by_name = || declared.iter().find(|server| server.item.name.as_deref() == Some(DEFAULT));
    let found = first.or_else(by_id).or_else(by_name)?;
    if let (Some(other), true) = (by_id(), found.item.default)
        && other.at != found.at
    {
        out.mistake(
            &at.index(other.at).key("id"),
            "`default` is the alias of the server whose `default` is true",
        );
    }
    Some(found.at)
}

fn check_associated(
    declared: &[Listed<AuthorizationServer>],
    ids: &[String],
    at: &Path<'_>,
    out: &mut Findings,
) {
    let names = declared.iter().filter_map(|server| server.item.name.as_deref());
    let known: HashSet<&str> = names.chain(ids.iter().map(String::as_str)).chain([DEFAULT]).collect();
    for Listed { at: place, item } in declared {
        let server_at = at.index(*place);
        let list_at = server_at.key("associatedServers");
        for (i, name) in item.associated.iter().enumerate() {
            if !known.contains(name.as_str()) {
                out.unknown(&list_at.index(i), "authorization server", name, known.iter().copied());
            }
        }
    }
}

/// What servers are called in paths. Ids win over names; a name that two servers have reaches neither.
#[derive(Default)]
struct Names {
    ids: HashMap<String, usize>,
    names: HashMap<String, Option<usize>>,
}

impl Names {
    fn add(
        &mut self,
        server: &AuthorizationServer,
        id: &str,
        is_default: bool,
        index: usize,
        at: &Path<'_>,
        out: &mut Findings,
    ) {
        self.ids.insert(id.to_owned(), index);
        if is_default {
            self.ids.insert(DEFAULT.to_owned(), index);
        }
        let Some(name) = server.name.as_deref().filter(|name| *name != id && may_be_id(name)) else { return };
        if self.names.contains_key(name) {
            let message =
                format!("`{}` is the name of another server too: both are reached by id only", Shown(name));
            out.warn(&at.key("name"), message);
        }
        self.names.entry(name.to_owned()).and_modify(|known| *known = None).or_insert(Some(index));
    }

    fn by_segment(self) -> Configured<String, usize> {
        let mut segments: Configured<String, usize> =
            self.names.into_iter().filter_map(|(name, index)| Some((name, index?))).collect();
        segments.extend(self.ids);
        segments
    }
}

fn org_server(context: &Context<'_>) -> Server {
    let granted = context.clients.org_scopes();
    let claims = claims::of_org();
    let scopes = scopes::of_org(granted.into_iter());
    Server {
        id: ServerId::from(""),
        kind: ServerKind::Org,
        name: "Org authorization server".to_owned(),
        at: None,
        issuer: context.base.org_issuer(),
        dynamic_issuers: Vec::new(),
        active: true,
        audiences: vec![Arc::from(context.base.as_str())],
        policies: PolicyIndex::new(Vec::new()),
        hooks: HashMap::new(),
        token_policies: Vec::new(),
        allow_reserved: Vec::new(),
        scopes,
        access_claims: claims.access,
        id_claims: claims.id,
        reads_groups: false,
        algorithm: context.algorithm,
        unsupported: None,
    }
}

fn compile(
    listed: &Listed<AuthorizationServer>,
    id: &str,
    is_default: bool,
    context: &Context<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> Server {
    let server = &listed.item;
    let (scopes, scope_ids) = scopes::of_custom(&server.scopes, &at.key("scopes"), out);
    let claims = claims::of_custom(&server.claims, &scopes, context, &at.key("claims"), out);
    let owner = Owner { id, scopes: &scopes, scope_ids: &scope_ids };
    let policies = policies::policies(&server.policies, &owner, context, &at.key("policies"), out);
    let is_tried =
        |policy: &PolicyInput| policy.off.is_none() && policy.rules.iter().any(|rule| rule.off.is_none());
    if !policies.iter().any(is_tried) {
        out.warn(&at.key("policies"), "holds no active rule: the server issues nothing");
    }
    let audiences = audiences::audiences(server.audiences.as_deref(), is_default, &at.key("audiences"), out);
    let rules = policies.iter().flat_map(|policy| &policy.rules);
    let hooks =
        rules.filter_map(|rule| Some((rule.id.clone(), Arc::clone(rule.inline_hook.as_ref()?)))).collect();
    let (chancery, list) = (at.key("chancery"), "tokenPolicies");
    let allow_reserved =
        super::hooks::may_be_opened(&server.allow_reserved, &chancery.key("allowReservedClaims"), out);
    let audited = token_policies::Owner { scopes: &owner, audiences: &audiences, allowed: &allow_reserved };
    let token_policies =
        token_policies::compile(&server.token_policies, &audited, context, &chancery.key(list), out);
    let reads_groups = claims.access.iter().chain(&*claims.id).any(CompiledClaim::reads_groups)
        || token_policies.iter().any(CompiledTokenPolicy::reads_groups);
    let issuers = issuers(server, if is_default { DEFAULT } else { id }, context, at, out);
    if let Some(setting) = server.unsupported {
        out.warn(at, format!("`{setting}` is not supported: every request to the server is refused"));
    }
    Server {
        id: ServerId::from(id),
        kind: ServerKind::Custom,
        name: server.name.clone().unwrap_or_else(|| id.to_owned()),
        at: Some(listed.at),
        issuer: issuers.own,
        dynamic_issuers: issuers.by_host,
        active: !server.inactive,
        audiences,
        policies: PolicyIndex::new(policies),
        hooks,
        token_policies,
        allow_reserved,
        scopes,
        reads_groups,
        access_claims: claims.access,
        id_claims: claims.id,
        algorithm: algorithm(server, context, at, out),
        unsupported: server.unsupported,
    }
}

fn algorithm(
    server: &AuthorizationServer,
    context: &Context<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> Algorithm {
    let algorithm = server.algorithm.unwrap_or(context.algorithm);
    if !algorithm.signs_tokens() {
        let (chancery, signing) = (at.key("chancery"), "signing");
        let message = format!("`{algorithm}` does not sign tokens: `RS256`, `ES256` and `EdDSA` do");
        out.mistake(&chancery.key(signing).key("alg"), message);
    }
    algorithm
}

struct Issuers {
    own: IssuerUri,
    /// Lower-case `host[:port]` → issuer.
    by_host: Vec<(String, IssuerUri)>,
}

fn issuers(
    server: &AuthorizationServer,
    segment: &str,
    context: &Context<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> Issuers {
    let own_domains = check_domains(&server.domains, &at.key("chancery"), out);
    let domains = if own_domains.is_empty() { context.domains } else { &own_domains };
    let under = |domain: &str| base_under(context.base, domain).map(|base| base.custom_issuer(segment));
    let by_base = context.base.custom_issuer(segment);
    match server.issuer_mode {
        IssuerMode::OrgUrl => Issuers { own: by_base, by_host: Vec::new() },
        IssuerMode::CustomUrl => {
            if domains.is_empty() {
                let message = "is `CUSTOM_URL`, and `chancery.domains` names no domain: the issuer is under the base URL";
                out.warn(&at.key("issuerMode"), message);
            }
            let own = domains.first().and_then(|domain| under(domain)).unwrap_or(by_base);
            Issuers { own, by_host: Vec::new() }
        }
        IssuerMode::Dynamic => {
            let by_host =
                domains.iter().filter_map(|domain| Some((domain.clone(), under(domain)?))).collect();
            Issuers { own: by_base, by_host }
        }
    }
}

/// The base URL under another host.
fn base_under(base: &BaseUri, domain: &str) -> Option<BaseUri> {
    let path = url::Url::parse(base.as_str()).ok()?.path().trim_end_matches('/').to_owned();
    BaseUri::parse(&format!("https://{domain}{path}")).ok()
}

/// Custom domains in the form in which requests name them: lower case, no default port.
pub(super) fn check_domains(domains: &[String], chancery_at: &Path<'_>, out: &mut Findings) -> Vec<String> {
    let at = chancery_at.key("domains");
    let mut found: Vec<String> = Vec::new();
    for (i, text) in domains.iter().enumerate() {
        match domain(text) {
            Some(domain) if found.contains(&domain) => {}
            Some(domain) => found.push(domain),
            None => out.mistake(
                &at.index(i),
                format!("`{}` is no domain: a host and perhaps a port, as in `id.example.com`", Shown(text)),
            ),
        }
    }
    found
}

fn domain(text: &str) -> Option<String> {
    if text.is_empty() || text.contains(['/', '\\', '@', '?', '#', '*', '%']) || text.trim() != text {
        return None;
    }
    let url = url::Url::parse(&format!("https://{text}")).ok()?;
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}
