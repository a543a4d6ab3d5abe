//! From declared nouns to the checked organisation: references resolved, limits checked, expressions
//! compiled. Goes on after a mistake, so that all of them are found in one run.

mod claims;
mod clients;
mod hooks;
mod ids;
mod people;
mod policies;
mod scopes;
mod servers;
#[cfg(test)]
mod tests;
mod token_policies;

use std::collections::BTreeSet;

pub(super) use self::ids::made_up;

use self::clients::Clients;
use self::people::Directory;
use super::builder::OrgBuilder;
use super::check::{ConfigErrors, Findings, Path, Shown};
use super::listed::Listed;
use super::org::Org;
use crate::expr;
use crate::jose::Algorithm;
use crate::types::{BadUri, BaseUri};

/// What compiling a server needs to know of the rest of the organisation.
struct Context<'c> {
    base: &'c BaseUri,
    directory: &'c Directory,
    clients: &'c Clients,
    hooks: &'c hooks::Hooks,
    schema: Option<&'c expr::Schema>,
    domains: &'c [String],
    algorithm: Algorithm,
    outside_directory: bool,
}

/// Checks and compiles an organisation. `out` holds what reading it found.
pub(super) fn organisation(declared: OrgBuilder, mut out: Findings) -> Result<Org, ConfigErrors> {
    out.reading_is_done();
    let out = &mut out;
    let base = match base(declared.base.as_deref(), out) {
        Some(base) => base,
        // Any valid one does for finding the other mistakes.
        None => match BaseUri::parse("https://base.invalid") {
            Ok(base) => base,
            Err(_) => return Err(std::mem::take(out).into_errors()),
        },
    };
    let outside = declared.outside_directory;
    let directory = people::directory(declared.groups, declared.users, outside, out);
    let clients = clients::clients(declared.clients, declared.other_apps, &base, &directory, out);
    let hooks = hooks::hooks(declared.hooks, out);
    let domains = servers::check_domains(&declared.domains, &Path::ROOT.key("chancery"), out);
    let context = Context {
        base: &base,
        directory: &directory,
        clients: &clients,
        hooks: &hooks,
        schema: declared.schema.as_ref(),
        domains: &domains,
        algorithm: declared.algorithm.unwrap_or(Algorithm::Rs256),
        outside_directory: outside,
    };
    let (servers, by_segment) = servers::servers(&declared.servers, &context, out);
    let trusted_origins = origins(&declared.trusted_origins, clients.redirect_uris(), out);
    let ((), warnings) = std::mem::take(out).finish(())?;
    Ok(Org {
        id: ids::made_up("00o", &[base.as_str()]),
        servers,
        by_segment,
        clients: clients.by_id,
        users: directory.users,
        groups: directory.groups,
        everyone: directory.everyone,
        hooks: hooks.for_tokens,
        trusted_origins,
        schema: declared.schema,
        outside_directory: outside,
        warnings,
        base,
    })
}

fn base(text: Option<&str>, out: &mut Findings) -> Option<BaseUri> {
    let at = Path::ROOT.key("baseUrl");
    let Some(text) = text else {
        out.mistake(&at, "is missing: the URL that all issuers hang under");
        return None;
    };
    let fault = match BaseUri::parse(text) {
        Ok(base) => return Some(base),
        Err(BadUri::NotAbsolute(_)) => "is no absolute URL",
        Err(BadUri::Insecure(_)) => "must use https; http is for localhost, 127.0.0.0/8 and [::1]",
        Err(BadUri::Extra(_)) => "must have no user information, query or fragment",
    };
    // What stands before an `@` may be a password.
    let message = if text.contains('@') { fault.to_owned() } else { format!("`{}` {fault}", Shown(text)) };
    out.mistake(&at, message);
    None
}

/// Origins in the form in which browsers send them (RFC 6454 §6.1): those that are listed, and those
/// of the clients' redirect URIs.
fn origins<'u>(
    declared: &[Listed<String>],
    redirect_uris: impl Iterator<Item = &'u str>,
    out: &mut Findings,
) -> Vec<String> {
    let at = Path::ROOT.key("trustedOrigins");
    let mut origins = BTreeSet::new();
    for listed in declared {
        match origin(&listed.item) {
            Some(origin) => drop(origins.insert(origin)),
            None => out.mistake(
                &at.index(listed.at),
                format!("`{}` is no origin: a scheme, a host and perhaps a port", Shown(&listed.item)),
            ),
        }
    }
    origins.extend(redirect_uris.filter_map(origin_of_page));
    origins.into_iter().collect()
}

/// The origin of the page that a redirect URI names. Apps of the device have none.
fn origin_of_page(uri: &str) -> Option<String> {
    let url = url::Url::parse(uri).ok()?;
    let is_page = matches!(url.scheme(), "https" | "http") && !uri.contains('*');
    is_page.then(|| url.origin().ascii_serialization())
}

fn origin(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let bare = url.path().trim_start_matches('/').is_empty()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let origin = url.origin();
    let plain = !text.contains('*') && text.trim() == text;
    (bare && plain && origin.is_tuple()).then(|| origin.ascii_serialization())
}
