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

const AUTH_METHODS: [&str; 4] =
    ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"];
const ACCESS_CLAIMS: [&str; 10] = ["ver", "jti", "iss", "aud", "iat", "exp", "cid", "uid", "scp", "sub"];

/// The document of one server. `endpoints` is the URL that its endpoints hang under.
pub(crate) fn discovery_document<'a>(
    kind: DocumentKind,
    issuer: &str,
    endpoints: &str,
    algorithm: &str,
    scopes: impl Iterator<Item = &'a str>,
) -> Value {
    let mut document = Map::new();
    let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
    set("issuer", json!(issuer));
    set("token_endpoint", json!(format!("{endpoints}/v1/token")));
    set("jwks_uri", json!(format!("{endpoints}/v1/keys")));
    set("response_types_supported", json!([]));
    set("grant_types_supported", json!(grants(kind)));
    set("subject_types_supported", json!(["public"]));
    if kind == DocumentKind::Openid {
        set("id_token_signing_alg_values_supported", json!([algorithm]));
    }
    set("scopes_supported", scopes.collect());
    set("token_endpoint_auth_methods_supported", json!(AUTH_METHODS));
    set("claims_supported", json!(ACCESS_CLAIMS));
    Value::Object(document)
}

/// Okta leaves client_credentials out of the OpenID document: it has nothing to do with users.
fn grants(kind: DocumentKind) -> Vec<&'static str> {
    let listed = |grant: &&GrantType| kind == DocumentKind::Oauth || **grant != GrantType::ClientCredentials;
    SERVED_GRANTS.iter().filter(listed).map(|grant| grant.as_str()).collect()
}
