//! The claims of a token: an ordered set of names and JSON values, and the names nobody may set.

use serde_json::Value;

/// Claims in the order in which they are written. Setting a name again replaces its value in place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClaimSet(Vec<(std::sync::Arc<str>, Value)>);

impl ClaimSet {
    /// No claims, with room for `count`.
    pub fn with_capacity(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    /// Sets a claim.
    pub fn set(&mut self, name: impl Into<std::sync::Arc<str>>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, slot)) => *slot = value,
            None => self.0.push((name, value)),
        }
    }

    /// A claim's value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| &**known == name).map(|(_, value)| value)
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// How many claims.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether an access token's claim of this name is the issuer's own, so that no configured claim
/// may set it. `sub`, `scope` and `groups` may be configured, as Okta allows.
///
/// Source: "Reserved claims" of Okta's token inline hook reference, and RFC 7519 §4.1.
pub fn is_reserved_access_claim(name: &str) -> bool {
    ACCESS.binary_search(&name).is_ok()
}

/// The same for an ID token.
pub fn is_reserved_id_claim(name: &str) -> bool {
    ID.binary_search(&name).is_ok()
}

// Sorted, for the binary search.
const ACCESS: &[&str] = &[
    "acr",
    "as_uri",
    "aud",
    "auth_time",
    "authorization_details",
    "cid",
    "cnf",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "rpt",
    "rsi",
    "scp",
    "sid",
    "token_type",
    "uid",
    "username",
    "ver",
];
const ID: &[&str] = &[
    "acr",
    "active",
    "aid",
    "amr",
    "app_id",
    "app_type",
    "at_hash",
    "aud",
    "auth_time",
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
    "sid",
    "sub",
    "term",
    "token_type",
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

    #[test]
    fn setting_again_replaces_in_place() {
        let mut claims = ClaimSet::default();
        claims.set("a", 1);
        claims.set("b", 2);
        claims.set("a", 3);
        assert_eq!(claims.iter().map(|(n, _)| n).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(claims.get("a"), Some(&Value::from(3)));
    }
}
