//! Client credentials (RFC 6749 §4.4): a machine asks for itself.

use crate::error::Refusal;
use crate::flow::{AccessRequest, Asked, Authenticated, Served, access};
use crate::model::{
    ClientAuth, ClientKind, CompiledScope, Consent, NEED_A_USER, RegisteredClient, ScopeIndex, ServerKind,
};
use crate::types::{GrantType, ScopeSet};
use crate::wire::Form;

pub(crate) fn request<'a>(
    client: Authenticated<'a>,
    served: Served<'a>,
    form: &Form<'_>,
) -> Result<AccessRequest<'a>, Refusal> {
    let client = client.client();
    let asked = scopes_without_user(client, served, form.get("scope"))?;
    let audience = access::audience(served, form.all("audience"), form.all("resource"))?;
    let grants = &[GrantType::ClientCredentials];
    Ok(AccessRequest { served, client, person: None, grants, asked, audience })
}

/// The scopes that a machine may ask for, if it is a client that anybody can tell from others.
pub(in crate::flow) fn scopes_without_user(
    client: &RegisteredClient,
    served: Served<'_>,
    parameter: Option<&str>,
) -> Result<Asked, Refusal> {
    if matches!(client.auth, ClientAuth::None) {
        return Err(Refusal::ConfidentialClientRequired);
    }
    Ok(match served.server.kind {
        ServerKind::Org => Asked::Org(org_scopes(client, parameter)?),
        ServerKind::Custom => custom_scopes(served, parameter)?,
    })
}

fn custom_scopes(served: Served<'_>, scope: Option<&str>) -> Result<Asked, Refusal> {
    let mut asked = access::scopes(served, scope)?;
    let known = |index: &ScopeIndex| served.server.scopes.by_index(*index);
    let needs_a_user = |scope: &&CompiledScope| NEED_A_USER.contains(&scope.name.as_str());
    let is_closed = |scope: &&CompiledScope| scope.consent == Consent::Required;
    match &mut asked {
        Asked::Named(named) => {
            if let Some(scope) = named.iter().filter_map(known).find(needs_a_user) {
                return Err(Refusal::ScopeNeedsUser { scope: scope.name.to_string() });
            }
            let closed = named.iter().filter_map(known).filter(is_closed);
            let closed: Vec<String> = closed.map(|scope| scope.name.to_string()).collect();
            if !closed.is_empty() {
                return Err(Refusal::ConsentNeedsUser { scopes: closed });
            }
        }
        // Nobody asked for these by name, so those that machines cannot have are left out.
        Asked::Defaults(defaults) => {
            defaults.retain(|index| {
                known(index).is_some_and(|scope| !needs_a_user(&scope) && !is_closed(&scope))
            });
            if defaults.is_empty() {
                return Err(Refusal::NoDefaultScopes);
            }
        }
        Asked::Org(_) => {}
    }
    Ok(asked)
}

/// The org server's scopes are Okta's own (`okta.…`) and are granted app by app.
fn org_scopes(client: &RegisteredClient, scope: Option<&str>) -> Result<ScopeSet, Refusal> {
    if client.kind != ClientKind::Service {
        return Err(Refusal::OrgServerNeedsServiceClient);
    }
    if !matches!(client.auth, ClientAuth::PrivateKeyJwt { .. }) {
        return Err(Refusal::OrgServerNeedsPrivateKeyJwt);
    }
    let asked = ScopeSet::parse(scope.unwrap_or("")).map_err(|_| Refusal::MalformedScope)?;
    if asked.is_empty() {
        return Err(Refusal::MissingScopes);
    }
    for scope in &asked {
        let name = scope.as_str();
        if NEED_A_USER.contains(&name) || name == "groups" {
            return Err(Refusal::ScopeNeedsUser { scope: name.to_owned() });
        }
        if !name.starts_with("okta.") {
            return Err(Refusal::UnknownScope { scope: name.to_owned() });
        }
        if name.ends_with(".self") {
            return Err(Refusal::SelfScope);
        }
    }
    let denied: Vec<String> =
        asked.iter().filter(|scope| !client.org_scopes.contains(scope)).map(ToString::to_string).collect();
    match denied.len() {
        0 => Ok(asked),
        all if all == asked.len() => Err(Refusal::NoOrgScopesGranted),
        _ => Err(Refusal::OrgScopesDenied { scopes: denied }),
    }
}
