//! From a path to an endpoint of an authorization server. Paths are compared exactly: no case
//! folding, no `..`, no parameters, one decoding.

use std::borrow::Cow;

use super::form::decode;

/// Which authorization server a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ServerPath<'a> {
    Org,
    /// `/oauth2/{segment}`, decoded.
    Custom(Cow<'a, str>),
}

/// What a path asks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Authorize,
    Logout,
    Token,
    Introspect,
    Revoke,
    Userinfo,
    Keys,
    OpenidConfiguration,
    OauthMetadata,
}

impl Endpoint {
    /// Whether anybody may read it. Those who ask for an inactive server learn no more than that there is
    /// none.
    pub(crate) fn is_public(self) -> bool {
        matches!(
            self,
            Self::Authorize | Self::Logout | Self::Keys | Self::OpenidConfiguration | Self::OauthMetadata
        )
    }
}

/// A path, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route<'a> {
    pub(crate) server: ServerPath<'a>,
    pub(crate) endpoint: Endpoint,
}

impl<'a> Route<'a> {
    /// Reads a path. `base_path` is the path of the organisation's base URL, mostly empty.
    pub(crate) fn parse(path: &'a str, base_path: &str) -> Option<Self> {
        // RFC 8414 §3.1 puts the well-known part between the host and the issuer's path.
        if let Some(rest) = path.strip_prefix("/.well-known/oauth-authorization-server") {
            let rest = rest.strip_prefix(base_path)?;
            let server = match rest {
                "" => ServerPath::Org,
                rest => ServerPath::Custom(segment(rest.strip_prefix("/oauth2/")?)?),
            };
            return Some(Self { server, endpoint: Endpoint::OauthMetadata });
        }
        let path = path.strip_prefix(base_path)?;
        if let Some(endpoint) = well_known(path) {
            return Some(Self { server: ServerPath::Org, endpoint });
        }
        let rest = path.strip_prefix("/oauth2/")?;
        if let Some(name) = rest.strip_prefix("v1/") {
            return Some(Self { server: ServerPath::Org, endpoint: endpoint(name)? });
        }
        let (id, rest) = rest.split_at_checked(rest.find('/')?)?;
        let endpoint = match rest.strip_prefix("/v1/") {
            Some(name) => endpoint(name)?,
            None => well_known(rest)?,
        };
        Some(Self { server: ServerPath::Custom(segment(id)?), endpoint })
    }
}

fn well_known(path: &str) -> Option<Endpoint> {
    match path {
        "/.well-known/openid-configuration" => Some(Endpoint::OpenidConfiguration),
        "/.well-known/oauth-authorization-server" => Some(Endpoint::OauthMetadata),
        _ => None,
    }
}

fn endpoint(name: &str) -> Option<Endpoint> {
    match name {
        "authorize" => Some(Endpoint::Authorize),
        "logout" => Some(Endpoint::Logout),
        "token" => Some(Endpoint::Token),
        "introspect" => Some(Endpoint::Introspect),
        "revoke" => Some(Endpoint::Revoke),
        "userinfo" => Some(Endpoint::Userinfo),
        "keys" => Some(Endpoint::Keys),
        _ => None,
    }
}

/// One segment of a path, decoded; `+` means itself in a path.
fn segment(text: &str) -> Option<Cow<'_, str>> {
    if text.is_empty() || text.contains('/') {
        return None;
    }
    if text.contains('%') {
        Some(Cow::Owned(decode(&text.replace('+', "%2B"))?.into_owned()))
    } else {
        Some(Cow::Borrowed(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(path: &str) -> Option<(String, Endpoint)> {
        Route::parse(path, "").map(|route| {
            let server = match route.server {
                ServerPath::Org => "(org)".to_owned(),
                ServerPath::Custom(segment) => segment.into_owned(),
            };
            (server, route.endpoint)
        })
    }

    #[test]
    fn okta_s_paths() {
        use Endpoint::*;
        for (path, server, endpoint) in [
            ("/oauth2/v1/authorize", "(org)", Authorize),
            ("/oauth2/default/v1/authorize", "default", Authorize),
            ("/oauth2/v1/token", "(org)", Token),
            ("/oauth2/v1/keys", "(org)", Keys),
            ("/oauth2/default/v1/token", "default", Token),
            ("/oauth2/my%20server/v1/keys", "my server", Keys),
            ("/.well-known/openid-configuration", "(org)", OpenidConfiguration),
            ("/.well-known/oauth-authorization-server", "(org)", OauthMetadata),
            ("/.well-known/oauth-authorization-server/oauth2/aus1", "aus1", OauthMetadata),
            ("/oauth2/aus1/.well-known/openid-configuration", "aus1", OpenidConfiguration),
            ("/oauth2/aus1/.well-known/oauth-authorization-server", "aus1", OauthMetadata),
        ] {
            assert_eq!(parse(path), Some((server.to_owned(), endpoint)), "{path}");
        }
    }

    /// A105: what is not literally a route is none, or names exactly the decoded segment.
    #[test]
    fn no_confusion() {
        for path in [
            "",
            "/",
            "/oauth2/default/../other/v1/token",
            "//oauth2/other/v1/token",
            "/OAUTH2/DEFAULT/v1/token",
            "/oauth2//v1/token",
            "/oauth2/v1/",
            "/oauth2/default/v1/token/",
            "/oauth2/default/v1/v1/token",
            "/oauth2/default",
            "/oauth2/%zz/v1/token",
            "/oauth2/%00/v1/token",
            "/.well-known/oauth-authorization-server/oauth2/",
            "/.well-known/oauth-authorization-serverx",
        ] {
            assert_eq!(parse(path), None, "{path}");
        }
        let decoded = |path| parse(path).map(|(server, _)| server);
        assert_eq!(decoded("/oauth2/default%2f..%2fother/v1/token").as_deref(), Some("default/../other"));
        assert_eq!(decoded("/oauth2/default;x/v1/token").as_deref(), Some("default;x"));
    }

    #[test]
    fn a_base_with_a_path() {
        let route = Route::parse("/id/oauth2/default/v1/token", "/id").unwrap();
        assert_eq!(route.server, ServerPath::Custom("default".into()));
        assert!(Route::parse("/oauth2/default/v1/token", "/id").is_none());
        assert!(Route::parse("/.well-known/oauth-authorization-server/id/oauth2/default", "/id").is_some());
    }
}
