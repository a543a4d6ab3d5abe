//! `OpenIdConnectApplication`, with the assignments, grants and secrets that hang under it.

mod keys;
mod secrets;

use serde_json::{Map, Value};

use super::fields::{Fields, each, words, wrong_type};
use super::{group, policy, server};
use crate::jose::Algorithm;
use crate::model::check::{Findings, Path};
use crate::model::client::{Assignment, AuthMethod, Client};
use crate::model::registered::{ClientKind, UnsupportedSetting};
use crate::types::{GrantType, ResponseType};

/// Reads an app. Apps of other kinds than OIDC are skipped with a warning; their ids go to `others`.
pub(super) fn read(
    value: &Value,
    at: &Path<'_>,
    others: &mut Vec<String>,
    out: &mut Findings,
) -> Option<Client> {
    let fields = Fields::of(value, at, out)?;
    if !is_oidc(&fields, out) {
        fields.check_chancery(&[], out);
        out.warn(
            at,
            "is no OIDC app (`name` is not `oidc_client`): it is kept in the document and otherwise skipped",
        );
        others.extend(fields.owned("id", out));
        return None;
    }
    Some(read_fields(&fields, out))
}

pub(super) fn read_client(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<Client> {
    read(value, at, &mut Vec::new(), out)
}

fn is_oidc(fields: &Fields<'_, '_>, out: &mut Findings) -> bool {
    match fields.text("name", out) {
        Some(name) => name == "oidc_client",
        None => fields.text("signOnMode", out).is_none_or(|mode| mode == "OPENID_CONNECT"),
    }
}

fn read_fields(fields: &Fields<'_, '_>, out: &mut Findings) -> Client {
    let at = fields.at;
    let ours = &["requireAssertionJti"];
    fields.check_chancery(ours, out);
    fields.refuse_outside_chancery(ours, out);
    let (credentials_at, settings_at, chancery_at) =
        (at.key("credentials"), at.key("settings"), at.key("chancery"));
    let credentials = fields.object(&credentials_at, out);
    let settings = fields.object(&settings_at, out);
    let chancery = fields.object(&chancery_at, out);
    let (own_at, client_at) = (credentials_at.key("oauthClient"), settings_at.key("oauthClient"));
    let own = credentials.object(&own_at, out);
    let client = settings.object(&client_at, out);
    let refresh_at = client_at.key("refresh_token");
    let refresh = client.object(&refresh_at, out);

    let method = own.word("token_endpoint_auth_method", METHODS, out);
    id_token_algorithm(&client, out);
    let grants = policy::grant_types(&client, "grant_types", out);
    let profile_at = at.key("profile");
    fields.object(&profile_at, out);
    Client {
        app_id: fields.owned("id", out),
        id: own.owned("client_id", out),
        label: fields.owned("label", out),
        kind: client.word("application_type", KINDS, out),
        inactive: !fields
            .word("status", &[("ACTIVE", true), ("INACTIVE", false), ("DELETED", false)], out)
            .unwrap_or(true),
        method,
        assertion_algorithm: assertion_algorithm(&own, &client, out),
        require_assertion_jti: chancery.flag("requireAssertionJti", out).unwrap_or(false),
        secrets: secrets::live(fields, &credentials, &own, out),
        keys: keys::live(fields, &credentials, &client, out),
        response_types: response_types(&client, out),
        redirect_uris: client.texts("redirect_uris", out).unwrap_or_default(),
        post_logout_redirect_uris: client.texts("post_logout_redirect_uris", out).unwrap_or_default(),
        wildcard_redirect: client
            .word("wildcard_redirect", &[("DISABLED", false), ("SUBDOMAIN", true)], out)
            .unwrap_or(false),
        pkce_required: own.flag("pkce_required", out),
        consent_required: client
            .word("consent_method", &[("TRUSTED", false), ("REQUIRED", true)], out)
            .unwrap_or(false),
        rotate: refresh.word("rotation_type", &[("STATIC", false), ("ROTATE", true)], out),
        leeway: refresh.integer("leeway", out),
        issuer_mode: server::issuer_mode(&client, "issuer_mode", out),
        profile: fields.get("profile").filter(|profile| profile.is_object()).cloned(),
        org_scopes: granted_scopes(fields, out),
        users: each(fields, "users", out, assignment),
        groups: group::members(fields, "groups", out),
        implicit_assignment: settings.flag("implicitAssignment", out).unwrap_or(false),
        unsupported: unsupported(&client, method, &grants, out),
        grants,
    }
}

const METHODS: &[(&str, AuthMethod)] = &[
    ("client_secret_basic", AuthMethod::SecretBasic),
    ("client_secret_post", AuthMethod::SecretPost),
    ("client_secret_jwt", AuthMethod::SecretJwt),
    ("private_key_jwt", AuthMethod::PrivateKeyJwt),
    ("none", AuthMethod::None),
];

const KINDS: &[(&str, ClientKind)] = &[
    ("service", ClientKind::Service),
    ("web", ClientKind::Web),
    ("browser", ClientKind::Browser),
    ("native", ClientKind::Native),
];

fn response_types(client: &Fields<'_, '_>, out: &mut Findings) -> Vec<ResponseType> {
    let known = || ResponseType::ALL.into_iter().map(ResponseType::as_str).collect();
    words(client, "response_types", "response type", ResponseType::parse, known, out)
}

/// `token_endpoint_auth_signing_alg` (OpenID Connect Dynamic Client Registration 1.0 §2).
fn assertion_algorithm(
    own: &Fields<'_, '_>,
    client: &Fields<'_, '_>,
    out: &mut Findings,
) -> Option<Algorithm> {
    const KEY: &str = "token_endpoint_auth_signing_alg";
    let place = if own.get(KEY).is_some() { own } else { client };
    let text = place.text(KEY, out)?;
    let algorithm = Algorithm::parse(text);
    if algorithm.is_none() {
        let known: Vec<_> = Algorithm::all().map(Algorithm::as_str).collect();
        out.unknown_word(&place.at.key(KEY), "algorithm", text, &known);
    }
    algorithm
}

/// `id_token_signed_response_alg` (OpenID Connect Dynamic Client Registration 1.0 §2), which is no setting
/// of Okta's: each authorization server signs by its own algorithm. What none can sign by is a mistake
/// rather than an ID token that the client does not expect.
fn id_token_algorithm(client: &Fields<'_, '_>, out: &mut Findings) {
    const KEY: &str = "id_token_signed_response_alg";
    let Some(text) = client.text(KEY, out) else { return };
    if !Algorithm::parse(text).is_some_and(Algorithm::signs_tokens) {
        let known: Vec<_> =
            Algorithm::all().filter(|algorithm| algorithm.signs_tokens()).map(Algorithm::as_str).collect();
        out.unknown_word(&client.at.key(KEY), "algorithm", text, &known);
    }
}

/// Settings that would narrow what the client may do, as far as they concern it.
fn unsupported(
    client: &Fields<'_, '_>,
    method: Option<AuthMethod>,
    grants: &[GrantType],
    out: &mut Findings,
) -> Vec<UnsupportedSetting> {
    let network_at = client.at.key("network");
    let network = client.object(&network_at, out);
    let zone = match network.text("connection", out) {
        Some(connection) => connection != "ANYWHERE",
        // Zones alone narrow as well.
        None => network.others(&[]).next().is_some(),
    };
    // A machine gets no ID token and sends no request object.
    let only_machine = grants.iter().all(|grant| *grant == GrantType::ClientCredentials);
    let mut found = Vec::new();
    let mut note = |key: &str, is_set: bool, concerns: bool, setting, out: &mut Findings| {
        if !is_set {
            return;
        }
        let consequence = if concerns {
            found.push(setting);
            "is not supported: every request of the client is refused"
        } else {
            "is not supported, and without effect on this client"
        };
        out.warn(&client.at.key(key), consequence);
    };
    let bound = client.flag("dpop_bound_access_tokens", out).unwrap_or(false);
    note("dpop_bound_access_tokens", bound, true, UnsupportedSetting::DpopBoundTokens, out);
    note("network", zone, true, UnsupportedSetting::NetworkZones, out);
    let fetched = client.text("jwks_uri", out).is_some();
    let by_key = method == Some(AuthMethod::PrivateKeyJwt);
    note("jwks_uri", fetched, by_key, UnsupportedSetting::JwksUri, out);
    let encrypted = client.text("id_token_encrypted_response_alg", out).is_some();
    let setting = UnsupportedSetting::TokenEncryption;
    note("id_token_encrypted_response_alg", encrypted, !only_machine, setting, out);
    let signed = client.text("request_object_signing_alg", out).is_some();
    let setting = UnsupportedSetting::SignedRequestObjects;
    note("request_object_signing_alg", signed, !only_machine, setting, out);
    found
}

/// `grants`: names of scopes, or grants as Okta's API lists them. Revoked ones don't count.
fn granted_scopes(fields: &Fields<'_, '_>, out: &mut Findings) -> Vec<String> {
    let read = |value: &Value, at: &Path<'_>, out: &mut Findings| {
        if let Some(scope) = value.as_str() {
            return Some(scope.to_owned());
        }
        if !value.is_object() {
            wrong_type(at, "a scope", value, out);
        }
        let grant = value.is_object().then(|| Fields::of(value, at, out)).flatten()?;
        grant.check_chancery(&[], out);
        let revoked = grant.word("status", &[("ACTIVE", false), ("REVOKED", true)], out).unwrap_or(false);
        if grant.get("scopeId").is_none() {
            out.mistake(&at.key("scopeId"), "is missing");
        }
        grant.owned("scopeId", out).filter(|_| !revoked)
    };
    each(fields, "grants", out, read).into_iter().map(|listed| listed.item).collect()
}

/// `AppUser`, or a user's id alone. Those that Okta no longer counts as assigned are left out.
fn assignment(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<Assignment> {
    if let Some(id) = value.as_str() {
        return Some(Assignment { user: id.to_owned(), user_name: None, profile: Map::new() });
    }
    let fields = Fields::of(value, at, out)?;
    fields.check_chancery(&[], out);
    let assigned = fields.text("status", out).is_none_or(|status| !UNASSIGNED.contains(&status));
    let credentials_at = at.key("credentials");
    let credentials = fields.object(&credentials_at, out);
    let profile_at = at.key("profile");
    fields.object(&profile_at, out);
    if fields.get("id").is_none() {
        out.mistake(&at.key("id"), "is missing");
    }
    let assignment = Assignment {
        user: fields.owned("id", out)?,
        user_name: credentials.owned("userName", out),
        profile: fields.get("profile").and_then(Value::as_object).cloned().unwrap_or_default(),
    };
    assigned.then_some(assignment)
}

/// Values of `AppUserStatus` that take the app away from the user.
const UNASSIGNED: &[&str] = &["DEPROVISIONED", "INACTIVE", "REVOKED", "SUSPENDED", "UNASSIGNED"];
