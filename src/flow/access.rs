//! What every grant type ends in: one request for access, its scopes and audience resolved.

use std::sync::Arc;

use crate::error::Refusal;
use crate::model::{Person, RegisteredClient, ScopeIndex, Server, ServerKind};
use crate::types::{GrantType, IssuerUri, ScopeName, ScopeSet};

/// An authorization server as one request sees it: the issuer can depend on the host's name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Served<'a> {
    pub(crate) server: &'a Server,
    pub(crate) issuer: &'a IssuerUri,
}

impl<'a> Served<'a> {
    /// A server under its configured issuer.
    pub(crate) fn new(server: &'a Server) -> Self {
        Self { server, issuer: server.issuer() }
    }

    /// The same under the name that the host was addressed by, if the server lists that name
    /// (`issuerMode: DYNAMIC`). No other name changes anything.
    pub(crate) fn under_host(self, host: Option<&[u8]>) -> Self {
        let Some(host) = host else { return self };
        let named = |(name, _): &&(String, IssuerUri)| name.as_bytes().eq_ignore_ascii_case(host);
        match self.server.dynamic_issuers.iter().find(named) {
            Some((_, issuer)) => Self { issuer, ..self },
            None => self,
        }
    }

    /// The same under an issuer that it had before; under its configured one if that is gone.
    pub(crate) fn under_issuer(self, issuer: &str) -> Self {
        let known = self.server.dynamic_issuers.iter().map(|(_, known)| known);
        match known.into_iter().find(|known| known.as_str() == issuer) {
            Some(issuer) => Self { issuer, ..self },
            None => self,
        }
    }

    /// Whether the server answers at all.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if !self.server.is_active() {
            return Err(Refusal::InactiveServer);
        }
        match self.server.unsupported {
            Some(setting) => Err(Refusal::UnsupportedSetting { setting }),
            None => Ok(()),
        }
    }

    /// Whether a scope that the client was granted here before is still there to be granted: known to the
    /// server; at the org server a system scope, or one of those that the app has been granted.
    pub(crate) fn still_has(&self, client: &RegisteredClient, scope: &ScopeName) -> bool {
        let known = self.server.scopes.get(scope.as_str());
        match self.server.kind {
            ServerKind::Custom => known.is_some(),
            ServerKind::Org => {
                known.is_some_and(|(_, scope)| scope.is_system()) || client.org_scopes.contains(scope)
            }
        }
    }

    /// The URL that the endpoints hang under: `{base}/oauth2/{id}`, at the org server `{base}/oauth2`.
    pub(crate) fn endpoint_base(&self) -> String {
        match self.server.kind {
            ServerKind::Org => format!("{}/oauth2", self.issuer),
            ServerKind::Custom => self.issuer.to_string(),
        }
    }
}

/// Who asks, how, and for what. Made by the grants alone.
pub(crate) struct AccessRequest<'a> {
    pub(super) served: Served<'a>,
    pub(super) client: &'a RegisteredClient,
    /// The user, unless the client asks for itself.
    pub(super) person: Option<Person<'a>>,
    /// Rules for any of these match: a refresh also counts as the grant that it goes back to.
    pub(super) grants: &'a [GrantType],
    pub(super) asked: Asked,
    pub(super) audience: &'a Arc<str>,
}

/// The scopes that were asked for; those of a custom server by their places in its table.
#[derive(Clone)]
pub(crate) enum Asked {
    /// By name.
    Named(Vec<ScopeIndex>),
    /// None: the server's default scopes, as far as the matching rule covers them. Never empty.
    Defaults(Vec<ScopeIndex>),
    /// Scopes of the org server, already found among those granted to the app.
    Org(ScopeSet),
}

/// Reads the `scope` parameter against the scopes of a custom server.
pub(crate) fn scopes(served: Served<'_>, parameter: Option<&str>) -> Result<Asked, Refusal> {
    let table = &served.server.scopes;
    let asked = ScopeSet::names(parameter.unwrap_or("")).map_err(|_| Refusal::MalformedScope)?;
    if asked.is_empty() {
        let defaults: Vec<ScopeIndex> = table.defaults().map(|(index, _)| index).collect();
        return if defaults.is_empty() {
            Err(Refusal::NoDefaultScopes)
        } else {
            Ok(Asked::Defaults(defaults))
        };
    }
    let known = asked.into_iter().map(|scope| match table.get(scope) {
        Some((index, _)) => Ok(index),
        None => Err(Refusal::UnknownScope { scope: scope.to_owned() }),
    });
    Ok(Asked::Named(known.collect::<Result<_, _>>()?))
}

/// Picks the audience: the one that `audience` or `resource` (RFC 8707) names, else the first.
/// Compared byte by byte; a name the server does not have is refused.
pub(crate) fn audience<'a, 'p>(
    served: Served<'a>,
    mut named: impl Iterator<Item = &'p str>,
    mut resources: impl Iterator<Item = &'p str>,
) -> Result<&'a Arc<str>, Refusal> {
    let find = |name: &str| served.server.audiences.iter().find(|audience| &***audience == name);
    match (named.next(), resources.next()) {
        (None, None) => served.server.audiences.first().ok_or(Refusal::UnknownAudience),
        (Some(name), None) if named.next().is_none() => find(name).ok_or(Refusal::UnknownAudience),
        (None, Some(name)) if resources.next().is_none() => {
            find(name).ok_or_else(|| Refusal::UnknownResource { resource: name.to_owned() })
        }
        (Some(name), Some(resource))
            if name == resource && named.next().is_none() && resources.next().is_none() =>
        {
            find(name).ok_or(Refusal::UnknownAudience)
        }
        _ => Err(Refusal::TooManyResources),
    }
}
