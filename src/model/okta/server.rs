//! `AuthorizationServer`, with the scopes, claims and policies that hang under it.

use serde_json::Value;

use super::fields::{Fields, each, wrong_type};
use super::{claim, policy, scope, token_policy};
use crate::jose::Algorithm;
use crate::model::check::{Findings, Path};
use crate::model::server::{AuthorizationServer, IssuerMode};

pub(super) fn read(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<AuthorizationServer> {
    let fields = Fields::of(value, at, out)?;
    let ours = &["tokenPolicies", "allowReservedClaims", "signing", "domains"];
    fields.check_chancery(ours, out);
    fields.refuse_outside_chancery(ours, out);
    fields.text("description", out);
    let chancery_at = at.key("chancery");
    let chancery = fields.object(&chancery_at, out);
    Some(AuthorizationServer {
        id: fields.owned("id", out),
        name: fields.owned("name", out),
        inactive: !fields.is_active(out),
        default: fields.flag("default", out).unwrap_or(false),
        issuer_mode: issuer_mode(&fields, "issuerMode", out),
        domains: chancery.texts("domains", out).unwrap_or_default(),
        audiences: fields.texts("audiences", out),
        algorithm: signing(&chancery, out),
        scopes: each(&fields, "scopes", out, scope::read),
        claims: each(&fields, "claims", out, claim::read),
        policies: each(&fields, "policies", out, policy::read),
        token_policies: each(&chancery, "tokenPolicies", out, token_policy::read),
        allow_reserved: chancery.texts("allowReservedClaims", out).unwrap_or_default(),
        associated: associated(&fields, out),
        unsupported: unsupported(&fields, out),
    })
}

pub(super) fn issuer_mode(fields: &Fields<'_, '_>, key: &str, out: &mut Findings) -> IssuerMode {
    let words = [
        ("ORG_URL", IssuerMode::OrgUrl),
        ("CUSTOM_URL", IssuerMode::CustomUrl),
        ("DYNAMIC", IssuerMode::Dynamic),
    ];
    fields.word(key, &words, out).unwrap_or_default()
}

/// `signing.alg` of a `chancery` object.
pub(super) fn signing(chancery: &Fields<'_, '_>, out: &mut Findings) -> Option<Algorithm> {
    let at = chancery.at.key("signing");
    let signing = chancery.object(&at, out);
    for key in signing.keys().filter(|key| *key != "alg") {
        out.unknown_word(&at.key(key), "setting", key, &["alg"]);
    }
    let words = [("RS256", Algorithm::Rs256), ("ES256", Algorithm::Es256), ("EdDSA", Algorithm::EdDsa)];
    signing.word("alg", &words, out)
}

/// `associatedServers`: ids, or servers as Okta's API lists them.
fn associated(fields: &Fields<'_, '_>, out: &mut Findings) -> Vec<String> {
    let at = fields.at.key("associatedServers");
    let mut ids = Vec::new();
    for (i, value) in fields.list("associatedServers", out).unwrap_or_default().iter().enumerate() {
        match value.as_str().or_else(|| value.get("id")?.as_str()) {
            Some(id) => ids.push(id.to_owned()),
            None => {
                wrong_type(&at.index(i), "a server's id", value, out);
                ids.push(String::new());
            }
        }
    }
    ids
}

fn unsupported(fields: &Fields<'_, '_>, out: &mut Findings) -> Option<&'static str> {
    let encrypts = fields.text("accessTokenEncryptedResponseAlgorithm", out).is_some();
    encrypts.then_some("accessTokenEncryptedResponseAlgorithm")
}
