//! The secrets of an app: the one it shows, and the lists that Okta's `…/credentials/secrets` answers.

use serde_json::Value;

use crate::model::check::{Findings, Path};
use crate::model::client::{DeclaredSecret, SecretPlace};
use crate::model::okta::fields::Fields;
use crate::types::Secret;

/// The live secrets. One that any list calls INACTIVE is not live, wherever else it stands.
pub(super) fn live(
    app: &Fields<'_, '_>,
    credentials: &Fields<'_, '_>,
    own: &Fields<'_, '_>,
    out: &mut Findings,
) -> Vec<DeclaredSecret> {
    let mut live: Vec<(&str, SecretPlace)> = Vec::new();
    let mut retired: Vec<&str> = Vec::new();
    if let Some(secret) = own.text("client_secret", out) {
        live.push((secret, SecretPlace::OAuthClient));
    }
    for (fields, place) in
        [(credentials, SecretPlace::Credentials as fn(usize) -> SecretPlace), (app, SecretPlace::App)]
    {
        let list = fields.list("secrets", out).unwrap_or_default();
        let at = fields.at.key("secrets");
        for (i, value) in list.iter().enumerate() {
            match read(value, &at.index(i), out) {
                Some((secret, true)) => live.push((secret, place(i))),
                Some((secret, false)) => retired.push(secret),
                None => {}
            }
        }
    }
    let mut secrets: Vec<DeclaredSecret> = Vec::new();
    for (i, (secret, place)) in live.iter().enumerate() {
        let repeated = live.iter().take(i).any(|(earlier, _)| earlier == secret);
        if !repeated && !retired.contains(secret) {
            secrets.push(DeclaredSecret { secret: Secret::new(*secret), place: *place });
        }
    }
    secrets
}

/// `OAuth2ClientSecret`: the secret and whether it is live.
fn read<'v>(value: &'v Value, at: &Path<'_>, out: &mut Findings) -> Option<(&'v str, bool)> {
    let fields = Fields::of(value, at, out)?;
    fields.check_chancery(&[], out);
    let active = fields.is_active(out);
    let secret = fields.text("client_secret", out);
    if secret.is_none() && active && fields.get("client_secret").is_none() {
        out.warn(at, "holds no `client_secret`: Okta's `secret_hash` cannot be checked against, so this secret is not accepted");
    }
    Some((secret?, active))
}
