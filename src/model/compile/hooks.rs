//! Token inline hooks: where they may be, and what they may change.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use url::{Host, Url};

use super::ids::Ids;
use crate::model::check::{Findings, Path, Shown};
use crate::model::hook::{DeclaredAuth, Hook, HookAuth, InlineHook};
use crate::model::listed::Listed;
use crate::types::{MAY_BE_OPENED, Secret, is_public_address};

/// The hooks of the organisation.
pub(super) struct Hooks {
    pub(super) for_tokens: HashMap<Arc<str>, Arc<InlineHook>>,
    /// Ids of hooks of other kinds.
    others: HashSet<String>,
}

impl Hooks {
    /// The hook that a rule names.
    pub(super) fn for_rule(&self, id: &str, at: &Path<'_>, out: &mut Findings) -> Option<&Arc<InlineHook>> {
        let found = self.for_tokens.get(id);
        if found.is_none() {
            if self.others.contains(id) {
                let message = format!(
                    "`{}` is no token inline hook: its `type` is not `com.okta.oauth2.tokens.transform`",
                    Shown(id)
                );
                out.mistake(at, message);
            } else {
                let known =
                    self.for_tokens.keys().map(|id| &**id).chain(self.others.iter().map(String::as_str));
                out.unknown(at, "inline hook", id, known);
            }
        }
        found
    }
}

pub(super) fn hooks(declared: Vec<Listed<Hook>>, out: &mut Findings) -> Hooks {
    let at = Path::ROOT.key("inlineHooks");
    let given = Ids::reserve(declared.iter().map(|hook| hook.item.id.as_deref()));
    let mut ids = Ids::default();
    let mut hooks = Hooks { for_tokens: HashMap::new(), others: HashSet::new() };
    for Listed { at: place, item } in declared {
        let hook_at = at.index(place);
        let hook = check(item, &hook_at, out);
        // Nothing refers to one without an id.
        let Some(id) = hook.id.as_deref() else { continue };
        let Some(id) = ids.take(Some(id), &given, str::to_owned, &hook_at.key("id"), out) else { continue };
        if hook.other_kind {
            hooks.others.insert(id);
        } else {
            let id: Arc<str> = Arc::from(id);
            hooks.for_tokens.insert(Arc::clone(&id), Arc::new(compiled(id, place, hook)));
        }
    }
    hooks
}

fn check(hook: Hook, at: &Path<'_>, out: &mut Findings) -> Hook {
    let (channel, config) = (at.key("channel"), "config");
    let config_at = channel.key(config);
    let url_at = config_at.key("uri");
    match &hook.url {
        Some(url) => {
            if let Err(fault) = check_url(url, hook.private_target) {
                out.mistake(&url_at, fault);
            }
        }
        None if hook.other_kind => {}
        None => out.mistake(&url_at, "is missing: where the hook is"),
    }
    for (i, (key, value)) in hook.headers.iter().enumerate() {
        check_header(key, Some(value), &config_at.key("headers").index(i), out);
    }
    match &hook.auth {
        DeclaredAuth::Header { key, value } => {
            let scheme_at = config_at.key("authScheme");
            check_header(key, value.as_ref(), &scheme_at, out);
            if value.is_none() && !hook.inactive && !hook.other_kind {
                let message = "has no `value`: the hook is called without it (Okta's exports leave it out)";
                out.warn(&scheme_at, message);
            }
        }
        DeclaredAuth::Oauth(oauth) => {
            if let Err(fault) = check_url(&oauth.token_url, hook.private_target) {
                out.mistake(&config_at.key("tokenUrl"), fault);
            }
        }
        DeclaredAuth::None => {}
    }
    let chancery = at.key("chancery");
    let may_patch = may_be_opened(&hook.may_patch, &chancery.key("mayPatch"), out);
    Hook { may_patch, ..hook }
}

/// Names of claims that configurations may open, each once.
pub(super) fn may_be_opened(names: &[String], at: &Path<'_>, out: &mut Findings) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    for (i, name) in names.iter().enumerate() {
        if !MAY_BE_OPENED.contains(&name.as_str()) {
            let message = format!(
                "`{}` is not one of {}: no configuration opens another claim",
                Shown(name),
                MAY_BE_OPENED.map(|name| format!("`{name}`")).join(", ")
            );
            out.mistake(&at.index(i), message);
        } else if !open.contains(name) {
            open.push(name.clone());
        }
    }
    open
}

/// What a hook is sent tells who signs in, and what it answers decides what tokens say: https, in the
/// public internet, unless the hook's `chancery.privateTarget` says otherwise.
fn check_url(text: &str, private: bool) -> Result<(), &'static str> {
    if text.len() > 1024 {
        return Err("is longer than 1024 bytes");
    }
    // The form in which requests go out: numeric hosts have one spelling here.
    let Ok(url) = Url::parse(text) else { return Err("is no absolute URL") };
    let Some(host) = url.host() else { return Err("must use https") };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must have no user information");
    }
    if url.fragment().is_some() {
        return Err("must have no fragment");
    }
    match (url.scheme(), private) {
        ("https", _) => {}
        ("http", true) if is_loopback(&host) => {}
        ("http", true) => return Err("must use https; http is for localhost, 127.0.0.0/8 and [::1]"),
        ("http", false) => {
            return Err("must use https; `chancery.privateTarget: true` takes http on a loopback address");
        }
        _ => return Err("must use https"),
    }
    if private {
        return Ok(());
    }
    if !is_public(&host) {
        return Err(
            "leads to a private, local or special address; `chancery.privateTarget: true` takes that",
        );
    }
    if url.port().is_some_and(|port| port < 1024) {
        return Err("names a port below 1024 other than 443; `chancery.privateTarget: true` takes that");
    }
    Ok(())
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
    }
}

/// Whether a host is named as those of the public internet are. What its name resolves to is for who
/// sends the request to see.
fn is_public(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let last = name.rsplit('.').next().unwrap_or_default();
            name.contains('.')
                && !matches!(
                    last,
                    "localhost" | "local" | "internal" | "localdomain" | "lan" | "home" | "corp" | "intranet"
                )
        }
        Host::Ipv4(address) => is_public_address((*address).into()),
        Host::Ipv6(address) => is_public_address((*address).into()),
    }
}

/// Headers that say how the request is framed, and where it goes.
const FRAMING: [&str; 10] = [
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A header of RFC 9110 §5.1, §5.5 that frames nothing.
fn check_header(key: &str, value: Option<&Secret>, at: &Path<'_>, out: &mut Findings) {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if key.is_empty() || !key.bytes().all(is_token) {
        out.mistake(&at.key("key"), format!("`{}` is no name for a header", Shown(key)));
    } else if FRAMING.contains(&key.to_ascii_lowercase().as_str()) {
        out.mistake(&at.key("key"), format!("`{}` is set by who sends the request", Shown(key)));
    }
    if value.is_some_and(|value| value.expose().bytes().any(|b| b < 0x20 && b != b'\t' || b == 0x7f)) {
        out.mistake(&at.key("value"), "must have no control characters");
    }
}

fn compiled(id: Arc<str>, at: usize, hook: Hook) -> InlineHook {
    let mut headers = hook.headers;
    // The answers of exports that left the values out.
    headers.retain(|(_, value)| !value.expose().is_empty());
    let auth = match hook.auth {
        DeclaredAuth::None => HookAuth::None,
        DeclaredAuth::Header { key, value } => {
            headers.extend(value.map(|value| (key, value)));
            HookAuth::Header
        }
        DeclaredAuth::Oauth(oauth) => HookAuth::Oauth(oauth),
    };
    // Normalised, so that what was checked is what is called.
    let url = hook.url.as_deref().and_then(|url| Url::parse(url).ok()).map(String::from).unwrap_or_default();
    InlineHook {
        name: hook.name.unwrap_or_else(|| id.to_string()),
        id,
        at,
        active: !hook.inactive,
        url,
        private_target: hook.private_target,
        headers,
        auth,
        on_failure: hook.on_failure,
        may_patch: hook.may_patch,
    }
}
