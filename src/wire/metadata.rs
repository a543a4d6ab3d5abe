//! The discovery documents (RFC 8414, OpenID Connect Discovery 1.0) and the JWK Set.
//!
//! Okta's lists, less what this crate does not do: what is listed works.

use serde_json::{Map, Value, json};

use crate::error::SERVED_GRANTS;
use crate::types::GrantType;

/// Which of the two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DocumentKind {
    /// `openid-configuration`.
    Openid,
    /// `oauth-authorization-server`.
    Oauth,
}

/// What a document says of its server.
pub(crate) struct Described<'a, S> {
    pub(crate) issuer: &'a str,
    /// The URL that its endpoints hang under.
    pub(crate) endpoints: &'a str,
    pub(crate) algorithm: &'a str,
    /// The published ones.
    pub(crate) scopes: S,
    /// Whether the host has pages, so that people can sign in.
    pub(crate) pages: bool,
}

const AUTH_METHODS: [&str; 5] =
    ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"];
const ACCESS_CLAIMS: [&str; 10] = ["ver", "jti", "iss", "aud", "iat", "exp", "cid", "uid", "scp", "sub"];
#[rustfmt::skip]
const ID_CLAIMS: [&str; 31] = [
    "iss", "ver", "sub", "aud", "iat", "exp", "jti", "auth_time", "amr", "idp", "nonce", "name", "nickname",
    "preferred_username", "given_name", "middle_name", "family_name", "email", "email_verified", "profile", "zoneinfo",
    "locale", "address", "phone_number", "picture", "website", "gender", "birthdate", "updated_at", "at_hash", "c_hash",
];
const RESPONSE_TYPES: [&str; 7] =
    ["code", "token", "id_token", "code id_token", "code token", "id_token token", "code id_token token"];

/// The document of one server.
pub(crate) fn discovery_document<'a, S: Iterator<Item = &'a str>>(
    kind: DocumentKind,
    described: Described<'_, S>,
) -> Value {
    let Described { issuer, endpoints, algorithm, scopes, pages } = described;
    let openid = kind == DocumentKind::Openid;
    let endpoint = |name: &str| json!(format!("{endpoints}/v1/{name}"));
    // Public clients come with people.
    let methods: Vec<&str> = AUTH_METHODS.into_iter().filter(|method| pages || *method != "none").collect();
    let mut document = Map::new();
    let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
    set("issuer", json!(issuer));
    set("token_endpoint", endpoint("token"));
    set("jwks_uri", endpoint("keys"));
    set("introspection_endpoint", endpoint("introspect"));
    set("revocation_endpoint", endpoint("revoke"));
    set("grant_types_supported", json!(grants(kind, pages)));
    set("subject_types_supported", json!(["public"]));
    if openid {
        set("id_token_signing_alg_values_supported", json!([algorithm]));
    }
    set("scopes_supported", scopes.collect());
    for place in ["token", "introspection", "revocation"] {
        set(&format!("{place}_endpoint_auth_methods_supported"), json!(methods));
    }
    if !pages {
        set("response_types_supported", json!([]));
        set("claims_supported", json!(ACCESS_CLAIMS));
        return Value::Object(document);
    }
    set("authorization_endpoint", endpoint("authorize"));
    set("end_session_endpoint", endpoint("logout"));
    if openid {
        set("userinfo_endpoint", endpoint("userinfo"));
    }
    // An access token alone is not OpenID Connect.
    let types: Vec<&str> = RESPONSE_TYPES.into_iter().filter(|types| !openid || *types != "token").collect();
    set("response_types_supported", json!(types));
    set("response_modes_supported", json!(["query", "fragment", "form_post", "okta_post_message"]));
    set("claims_supported", if openid { json!(ID_CLAIMS) } else { json!(ACCESS_CLAIMS) });
    set("code_challenge_methods_supported", json!(["S256"]));
    set("authorization_response_iss_parameter_supported", json!(true));
    set("request_parameter_supported", json!(false));
    set("request_uri_parameter_supported", json!(false));
    Value::Object(document)
}

/// Okta leaves client_credentials out of the OpenID document: it has nothing to do with users.
fn grants(kind: DocumentKind, pages: bool) -> Vec<&'static str> {
    let machines = [GrantType::ClientCredentials];
    let people = SERVED_GRANTS.iter().filter(|grant| !machines.contains(grant));
    let people = people.flat_map(|grant| match grant {
        // The grant of the authorization endpoint alone, listed where Okta lists it.
        GrantType::AuthorizationCode => vec![*grant, GrantType::Implicit],
        _ => vec![*grant],
    });
    let people = people.filter(|_| pages);
    let machines = machines.into_iter().filter(|_| kind == DocumentKind::Oauth);
    people.chain(machines).map(GrantType::as_str).collect()
}
