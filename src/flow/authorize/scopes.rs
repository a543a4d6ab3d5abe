//! The `scope` parameter of a request that has a user.

use crate::error::Refusal;
use crate::flow::{Asked, Served, access};
use crate::model::{RegisteredClient, ServerKind};
use crate::types::{ResponseType, ResponseTypes, ScopeName, ScopeSet};

/// Scopes that mean something to OpenID Connect only (OpenID Connect Core §5.4).
const OF_OPENID: [&str; 4] = ["profile", "email", "address", "phone"];
const OFFLINE_ACCESS: &str = "offline_access";

pub(in crate::flow) fn asked(
    served: Served<'_>,
    client: &RegisteredClient,
    parameter: Option<&str>,
    types: ResponseTypes,
) -> Result<Asked, Refusal> {
    let mut asked = match served.server.kind {
        ServerKind::Org => Asked::Org(of_org(served, client, parameter)?),
        ServerKind::Custom => access::scopes(served, parameter).map_err(|refusal| match refusal {
            // Who has a user to ask is told so shorter.
            Refusal::NoDefaultScopes => Refusal::MissingScopes,
            refusal => refusal,
        })?,
    };
    let table = &served.server.scopes;
    let named: Vec<&ScopeName> = match &asked {
        Asked::Named(named) => named.iter().filter_map(|index| table.name(*index)).collect(),
        Asked::Org(scopes) => scopes.iter().collect(),
        // Nobody asked for these by name.
        Asked::Defaults(_) => Vec::new(),
    };
    let has = |name: &str| named.iter().any(|scope| scope.as_str() == name);
    let needs_openid = types.has(ResponseType::IdToken) || OF_OPENID.into_iter().any(has);
    if !named.is_empty() && needs_openid && !has("openid") {
        return Err(Refusal::OpenidScopeRequired);
    }
    // A refresh token comes with a code or not at all.
    if !types.has(ResponseType::Code) {
        match &mut asked {
            Asked::Named(named) | Asked::Defaults(named) => {
                named.retain(|index| table.name(*index).is_some_and(refreshes_not));
            }
            Asked::Org(scopes) => {
                *scopes = scopes.iter().filter(|scope| refreshes_not(scope)).cloned().collect()
            }
        }
    }
    let is_empty = match &asked {
        Asked::Named(named) | Asked::Defaults(named) => named.is_empty(),
        Asked::Org(scopes) => scopes.is_empty(),
    };
    if is_empty { Err(Refusal::MissingScopes) } else { Ok(asked) }
}

fn refreshes_not(scope: &ScopeName) -> bool {
    scope.as_str() != OFFLINE_ACCESS
}

/// The org server has OpenID Connect's scopes for everybody, and Okta's own (`okta.…`) for the apps
/// that were granted them. Never a part of what was asked for.
fn of_org(
    served: Served<'_>,
    client: &RegisteredClient,
    parameter: Option<&str>,
) -> Result<ScopeSet, Refusal> {
    let asked = ScopeSet::parse(parameter.unwrap_or("")).map_err(|_| Refusal::MalformedScope)?;
    let is_system = |scope: &ScopeName| {
        served.server.scopes.get(scope.as_str()).is_some_and(|(_, scope)| scope.is_system())
    };
    let others: Vec<&ScopeName> = asked.iter().filter(|scope| !is_system(scope)).collect();
    if let Some(scope) = others.iter().find(|scope| !scope.as_str().starts_with("okta.")) {
        return Err(Refusal::UnknownScope { scope: scope.to_string() });
    }
    let denied: Vec<String> =
        others.iter().filter(|scope| !client.org_scopes.contains(scope)).map(ToString::to_string).collect();
    match denied.len() {
        0 => Ok(asked),
        all if all == asked.len() => Err(Refusal::NoOrgScopesGranted),
        _ => Err(Refusal::OrgScopesDenied { scopes: denied }),
    }
}
