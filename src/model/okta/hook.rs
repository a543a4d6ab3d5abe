//! `InlineHook`.

use serde_json::Value;

use super::fields::{Fields, each};
use crate::model::check::{Findings, Path};
use crate::model::hook::{DeclaredAuth, Hook, HookOauth, OnFailure};
use crate::types::Secret;

pub(super) fn read(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<Hook> {
    let fields = Fields::of(value, at, out)?;
    let ours = &["onFailure", "mayPatch", "privateTarget"];
    fields.check_chancery(ours, out);
    fields.refuse_outside_chancery(ours, out);
    let kind = fields.text("type", out);
    fields.text("version", out);
    let channel_at = at.key("channel");
    let channel = fields.object(&channel_at, out);
    let oauth = channel.word("type", &[("HTTP", false), ("OAUTH", true)], out).unwrap_or(false);
    let config_at = channel_at.key("config");
    let config = channel.object(&config_at, out);
    config.word("method", &[("POST", ())], out);
    let chancery_at = at.key("chancery");
    let chancery = fields.object(&chancery_at, out);
    let words = [("open", OnFailure::Open), ("closed", OnFailure::Closed)];
    Some(Hook {
        id: fields.owned("id", out),
        name: fields.owned("name", out),
        inactive: !fields.is_active(out),
        other_kind: kind.is_some_and(|kind| kind != "com.okta.oauth2.tokens.transform"),
        url: config.owned("uri", out),
        headers: each(&config, "headers", out, header).into_iter().map(|header| header.item).collect(),
        auth: if oauth { DeclaredAuth::Oauth(oauth_of(&config, out)) } else { auth(&config, out) },
        on_failure: chancery.word("onFailure", &words, out).unwrap_or_default(),
        may_patch: chancery.texts("mayPatch", out).unwrap_or_default(),
        private_target: chancery.flag("privateTarget", out).unwrap_or(false),
    })
}

/// A header; an export leaves its value out.
fn header(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<(String, Secret)> {
    let fields = Fields::of(value, at, out)?;
    let key = fields.owned("key", out);
    if fields.get("key").is_none() {
        out.mistake(&at.key("key"), "is missing");
    }
    // In its place even without a name, so that the others keep theirs.
    Some((key.unwrap_or_default(), Secret::new(fields.text("value", out).unwrap_or_default())))
}

fn auth(config: &Fields<'_, '_>, out: &mut Findings) -> DeclaredAuth {
    let at = config.at.key("authScheme");
    let scheme = config.object(&at, out);
    // Okta takes one spelling and answers the other.
    scheme.word("type", &[("HEADER", ()), ("header", ())], out);
    match scheme.owned("key", out) {
        Some(key) => DeclaredAuth::Header { key, value: scheme.text("value", out).map(Secret::new) },
        None => DeclaredAuth::None,
    }
}

fn oauth_of(config: &Fields<'_, '_>, out: &mut Findings) -> HookOauth {
    config.word("authType", &[("client_secret_post", ()), ("private_key_jwt", ())], out);
    let text = |key: &str, out: &mut Findings| config.owned(key, out);
    HookOauth {
        client_id: text("clientId", out).unwrap_or_default(),
        token_url: text("tokenUrl", out).unwrap_or_default(),
        auth_type: text("authType", out).unwrap_or_default(),
        scope: text("scope", out),
        key_id: text("hookKeyId", out),
    }
}
