//! The URIs of an organisation and of its authorization servers.

use std::fmt;
use std::sync::Arc;

/// Text that cannot be the base URL of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadUri {
    /// Not an absolute URL.
    #[error("`{0}` is not an absolute URL")]
    NotAbsolute(String),
    /// `http` is for loopback addresses only, anything but `http` and `https` for none.
    #[error("`{0}` must use https; http is for localhost, 127.0.0.0/8 and [::1]")]
    Insecure(String),
    /// User information, a query or a fragment (RFC 8414 §2).
    #[error("`{0}` must have no user information, query or fragment")]
    Extra(String),
}

/// The base URL of an organisation, `https://dev-1.okta.com`: no trailing slash.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BaseUri {
    text: Arc<str>,
    /// Where the path begins, or the end.
    path: usize,
}

impl BaseUri {
    /// Reads a base URL; a trailing slash is dropped.
    ///
    /// # Errors
    /// [`BadUri`] when it is not an absolute https URL (http on loopback) without user
    /// information, query and fragment.
    pub fn parse(text: &str) -> Result<Self, BadUri> {
        let url = url::Url::parse(text).map_err(|_| BadUri::NotAbsolute(text.to_owned()))?;
        let host = url.host().ok_or_else(|| BadUri::NotAbsolute(text.to_owned()))?;
        let loopback = match host {
            url::Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            url::Host::Ipv4(address) => address.is_loopback(),
            url::Host::Ipv6(address) => address.is_loopback(),
        };
        if !(url.scheme() == "https" || url.scheme() == "http" && loopback) {
            return Err(BadUri::Insecure(text.to_owned()));
        }
        let extra = !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some();
        if extra {
            return Err(BadUri::Extra(text.to_owned()));
        }
        // The normalised form: clients compare issuers byte by byte, so there must be one spelling.
        let text = url.as_str().trim_end_matches('/');
        let host = text.find("://").map_or(0, |scheme| scheme + 3);
        let path = text.get(host..).and_then(|rest| rest.find('/')).map_or(text.len(), |at| host + at);
        Ok(Self { text: Arc::from(text), path })
    }

    /// The URL without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path, mostly empty; no trailing slash.
    pub fn path(&self) -> &str {
        self.text.get(self.path..).unwrap_or("")
    }

    /// Scheme, host and port, as browsers send them in `Origin` (RFC 6454 §6.2).
    pub fn origin(&self) -> &str {
        self.text.get(..self.path).unwrap_or(&self.text)
    }

    /// The org authorization server's issuer: the base URL itself.
    pub fn org_issuer(&self) -> IssuerUri {
        IssuerUri(self.text.clone())
    }

    /// The issuer of a custom authorization server, `{base}/oauth2/{id}`.
    pub fn custom_issuer(&self, id: &str) -> IssuerUri {
        IssuerUri(Arc::from(format!("{}/oauth2/{id}", self.text)))
    }
}

impl fmt::Display for BaseUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for BaseUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.text, f)
    }
}

/// An authorization server's issuer identifier (RFC 8414 §2), the `iss` claim. Compared byte by byte.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IssuerUri(Arc<str>);

impl IssuerUri {
    /// The issuer's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IssuerUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for IssuerUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_hang_under_the_base() {
        let base = BaseUri::parse("https://Dev-1.okta.com/").unwrap();
        assert_eq!(base.as_str(), "https://dev-1.okta.com");
        assert_eq!(base.custom_issuer("default").as_str(), "https://dev-1.okta.com/oauth2/default");
        assert_eq!(base.org_issuer().as_str(), base.as_str());
        assert_eq!((base.origin(), base.path()), ("https://dev-1.okta.com", ""));
        let deep = BaseUri::parse("http://localhost:8080/a/b").unwrap();
        assert_eq!((deep.origin(), deep.path()), ("http://localhost:8080", "/a/b"));
    }

    #[test]
    fn plain_http_is_for_loopback() {
        for good in
            ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "https://id.example.com/x"]
        {
            assert!(BaseUri::parse(good).is_ok(), "{good}");
        }
        for bad in ["http://example.com", "ftp://localhost", "http://127.0.0.1.evil.test"] {
            assert!(matches!(BaseUri::parse(bad), Err(BadUri::Insecure(_))), "{bad}");
        }
        for bad in ["https://u:p@example.com", "https://example.com?x", "https://example.com/#f"] {
            assert!(matches!(BaseUri::parse(bad), Err(BadUri::Extra(_))), "{bad}");
        }
        assert!(matches!(BaseUri::parse("example.com"), Err(BadUri::NotAbsolute(_))));
    }
}
