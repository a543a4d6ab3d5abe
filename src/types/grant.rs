//! Grant types: how a client comes to ask for a token.

use std::fmt;

/// The value of `grant_type` (RFC 6749 §4 and its extensions), and what an app or a rule lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum GrantType {
    /// `authorization_code`, RFC 6749 §4.1.
    AuthorizationCode,
    /// `implicit`, RFC 6749 §4.2; never sent to the token endpoint.
    Implicit,
    /// `password`, RFC 6749 §4.3.
    Password,
    /// `client_credentials`, RFC 6749 §4.4.
    ClientCredentials,
    /// `refresh_token`, RFC 6749 §6.
    RefreshToken,
    /// The device grant, RFC 8628.
    DeviceCode,
    /// Token exchange, RFC 8693.
    TokenExchange,
    /// A JWT as an authorization grant, RFC 7523 §2.1.
    JwtBearer,
    /// A SAML assertion as an authorization grant, RFC 7522 §2.1.
    Saml2Bearer,
    /// Backchannel authentication, OpenID CIBA.
    Ciba,
    /// Okta's `interaction_code`.
    InteractionCode,
    /// Okta's direct authentication with a one-time password.
    Otp,
    /// Okta's direct authentication out of band.
    Oob,
    /// A one-time password as the second factor.
    MfaOtp,
    /// Out of band as the second factor.
    MfaOob,
}

/// Every grant type with the name that is sent, and the shorter one that Okta's rules and guides use.
const NAMES: &[(GrantType, &str, &str)] = &[
    (GrantType::AuthorizationCode, "authorization_code", ""),
    (GrantType::Implicit, "implicit", ""),
    (GrantType::Password, "password", ""),
    (GrantType::ClientCredentials, "client_credentials", ""),
    (GrantType::RefreshToken, "refresh_token", ""),
    (GrantType::DeviceCode, "urn:ietf:params:oauth:grant-type:device_code", "device_code"),
    (GrantType::TokenExchange, "urn:ietf:params:oauth:grant-type:token-exchange", "token-exchange"),
    (GrantType::JwtBearer, "urn:ietf:params:oauth:grant-type:jwt-bearer", "jwt-bearer"),
    (GrantType::Saml2Bearer, "urn:ietf:params:oauth:grant-type:saml2-bearer", "saml2-bearer"),
    (GrantType::Ciba, "urn:openid:params:grant-type:ciba", "ciba"),
    (GrantType::InteractionCode, "interaction_code", ""),
    (GrantType::Otp, "urn:okta:params:oauth:grant-type:otp", "otp"),
    (GrantType::Oob, "urn:okta:params:oauth:grant-type:oob", "oob"),
    (GrantType::MfaOtp, "http://auth0.com/oauth/grant-type/mfa-otp", "mfa-otp"),
    (GrantType::MfaOob, "http://auth0.com/oauth/grant-type/mfa-oob", "mfa-oob"),
];

impl GrantType {
    /// Reads the value of a `grant_type` parameter: exact, case and all.
    pub fn parse(text: &str) -> Option<Self> {
        NAMES.iter().find(|(_, name, _)| *name == text).map(|(grant, _, _)| *grant)
    }

    /// Reads what an app's `grant_types` or a rule's `grantTypes` lists: the name that is sent, or
    /// the short form that Okta's rules use (`device_code`, `token-exchange`, `saml2-bearer`…).
    pub fn parse_configured(text: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(_, name, short)| *name == text || (!short.is_empty() && *short == text))
            .map(|(grant, _, _)| *grant)
    }

    /// The name that is sent.
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(grant, _, _)| *grant == self).map_or("", |(_, name, _)| name)
    }

    /// Every grant type, in the order of the declaration.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(grant, _, _)| *grant)
    }
}

impl fmt::Display for GrantType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// As it is sent.
impl serde::Serialize for GrantType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_only_exactly() {
        for grant in GrantType::all() {
            assert_eq!(GrantType::parse(grant.as_str()), Some(grant));
        }
        for bad in ["", "Authorization_Code", "authorization_code ", "device_code"] {
            assert_eq!(GrantType::parse(bad), None, "{bad:?}");
        }
        assert_eq!(GrantType::parse_configured("device_code"), Some(GrantType::DeviceCode));
    }
}
