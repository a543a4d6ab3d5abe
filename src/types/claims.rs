//! The names of claims that are the issuer's own, which no configuration may set.

/// Whether an access token's claim of this name is the issuer's own, so that no configured claim
/// may set it. `sub`, `scope` and `groups` may be configured, as Okta allows.
///
/// Source: "Reserved claims" of Okta's token inline hook reference, and the registered names that say
/// who a token is from, for and about (RFC 7519 §4.1, RFC 8693 §4, RFC 9068 §2.2, OpenID Connect).
pub fn is_reserved_access_claim(name: &str) -> bool {
    ACCESS.binary_search(&name).is_ok()
}

/// The same for an ID token.
pub fn is_reserved_id_claim(name: &str) -> bool {
    ID.binary_search(&name).is_ok()
}

/// Whether token policies may not touch this claim of access tokens unless the configuration allows it.
/// They may set `groups` and `scope` as configured claims may, and `sub` not.
pub(crate) fn is_closed_to_policies(name: &str) -> bool {
    name == "sub" || is_reserved_access_claim(name)
}

/// The same for hooks, in access tokens. Okta's list for hooks is the longer one.
pub(crate) fn is_closed_to_hooks(name: &str) -> bool {
    matches!(name, "groups" | "scope") || is_closed_to_policies(name)
}

/// The same for hooks, in ID tokens.
pub(crate) fn is_closed_to_hooks_in_id_tokens(name: &str) -> bool {
    matches!(name, "groups" | "scope") || is_reserved_id_claim(name)
}

/// What a configuration may open: nothing that says who issued a token, to which client, how, until
/// when and for which scopes. `sub` and `aud` are opened in access tokens alone, as at Okta.
pub(crate) const MAY_BE_OPENED: [&str; 4] = ["sub", "aud", "groups", "scope"];

// Sorted, for the binary search.
const ACCESS: &[&str] = &[
    "acr",
    "act",
    "amr",
    "as_uri",
    "at_hash",
    "aud",
    "auth_time",
    "authorization_details",
    "azp",
    "c_hash",
    "cid",
    "client_id",
    "cnf",
    "exp",
    "iat",
    "iss",
    "jti",
    "may_act",
    "nbf",
    "nonce",
    "rpt",
    "rsi",
    "scp",
    "sid",
    "token_type",
    "typ",
    "uid",
    "username",
    "ver",
];
const ID: &[&str] = &[
    "acr",
    "act",
    "active",
    "aid",
    "amr",
    "app_id",
    "app_type",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "cid",
    "client_id",
    "client_ip",
    "client_req_id",
    "client_type",
    "client_user_agent",
    "cnf",
    "device_compliance",
    "device_id",
    "device_known",
    "device_managed",
    "device_name",
    "device_trust",
    "did",
    "dst",
    "exp",
    "group",
    "hotk",
    "iat",
    "idp",
    "idp_iss",
    "iss",
    "jti",
    "mac_key",
    "may_act",
    "nbf",
    "nonce",
    "oid",
    "okta_emailVerified",
    "okta_lastUpdated",
    "orig",
    "permissions",
    "purpose",
    "pwd_exp_days",
    "pwd_exp_time",
    "rid",
    "role",
    "scopes",
    "scp",
    "sid",
    "sub",
    "term",
    "token_type",
    "typ",
    "uid",
    "user_ip",
    "ver",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        assert!(ACCESS.is_sorted() && ID.is_sorted());
    }

    #[test]
    fn what_okta_lets_one_configure_is_not_reserved() {
        for name in ["sub", "scope", "groups", "department", "https://example.com/role"] {
            assert!(!is_reserved_access_claim(name), "{name}");
        }
        for name in ["iss", "aud", "exp", "ver", "cid", "jti"] {
            assert!(is_reserved_access_claim(name) && is_reserved_id_claim(name), "{name}");
        }
        assert!(is_reserved_id_claim("sub"));
    }
}
