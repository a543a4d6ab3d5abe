//! Where a client may send browsers (RFC 6749 §3.1.2, RFC 8252).

use url::{Host, Url};

use crate::model::check::{Findings, Path, Shown};
use crate::model::client::Client;
use crate::types::GrantType;

pub(super) fn check(client: &Client, at: &Path<'_>, out: &mut Findings) {
    let answers = |uri: &str| fault(uri, client.wildcard_redirect).or_else(|| plain_http(uri));
    check_list(&client.redirect_uris, answers, &at.key("redirect_uris"), out);
    let signs_in =
        client.grants.iter().any(|grant| matches!(grant, GrantType::AuthorizationCode | GrantType::Implicit));
    if signs_in && client.redirect_uris.is_empty() {
        out.warn(&at.key("redirect_uris"), "is missing: nobody can sign in to the client");
    }
    let after_logout = |uri: &str| fault(uri, false);
    check_list(&client.post_logout_redirect_uris, after_logout, &at.key("post_logout_redirect_uris"), out);
}

/// Answers hold secrets, and must not cross a network in the clear.
fn plain_http(uri: &str) -> Option<&'static str> {
    is_plain_http(uri).then_some("must use https; http is for localhost, 127.0.0.0/8 and [::1]")
}

fn is_plain_http(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| {
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => true,
        };
        url.scheme() == "http" && !loopback
    })
}

fn check_list(
    uris: &[String],
    fault: impl Fn(&str) -> Option<&'static str>,
    at: &Path<'_>,
    out: &mut Findings,
) {
    for (i, uri) in uris.iter().enumerate() {
        if let Some(fault) = fault(uri) {
            // What stands before an `@` may be a password.
            let place = at.index(i);
            match uri.contains('@') {
                true => out.mistake(&place, fault),
                false => out.mistake(&place, format!("`{}` {fault}", Shown(uri))),
            }
        }
    }
}

/// What is wrong with a redirect URI. Compared byte by byte with the requested one, so it is not
/// normalised.
fn fault(text: &str, wildcard: bool) -> Option<&'static str> {
    let harmless =
        |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}');
    if !text.chars().all(harmless) {
        return Some("has characters that a URI cannot have");
    }
    if text.contains('#') {
        return Some("must have no fragment");
    }
    if text.contains('*') {
        return wildcard_fault(text, wildcard);
    }
    let Ok(url) = Url::parse(text) else { return Some("is no absolute URI") };
    match url.scheme() {
        // The browser would run or show what stands there.
        "javascript" | "data" | "vbscript" | "blob" | "file" | "about" => {
            Some("has a scheme that cannot be sent back to")
        }
        "http" | "https" if !url.username().is_empty() || url.password().is_some() => {
            Some("must have no user information")
        }
        // `https:/x` and `https:x`, which browsers and this parser repair differently.
        scheme @ ("http" | "https") if !has_authority(text, scheme) => Some("is no absolute URI"),
        _ => None,
    }
}

fn has_authority(text: &str, scheme: &str) -> bool {
    text.get(scheme.len()..).is_some_and(|rest| rest.starts_with("://"))
        && text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// `wildcard_redirect: SUBDOMAIN`: one `*`, in the lowest label of a host with at least one more
/// label above the top-level domain, under https.
fn wildcard_fault(text: &str, allowed: bool) -> Option<&'static str> {
    const FAULT: &str =
        "may hold one `*`, in the first label of an https host such as `https://*.shop.example.com`";
    if !allowed {
        return Some("holds a `*`, and `wildcard_redirect` is not `SUBDOMAIN`");
    }
    let Some(rest) = text.strip_prefix("https://") else { return Some(FAULT) };
    let authority = rest.split(['/', '?']).next().unwrap_or("");
    let Some((first, above)) = authority.split_once('.') else { return Some(FAULT) };
    let once = text.matches('*').count() == 1 && first.contains('*');
    let filled = text.replacen('*', "x", 1);
    let is_domain = Url::parse(&filled).is_ok_and(|url| matches!(url.host(), Some(Host::Domain(_))));
    let safe = !authority.contains('@') && above.contains('.') && !above.starts_with('.');
    if once && is_domain && safe { None } else { Some(FAULT) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_redirect_uris_are_accepted() {
        for good in [
            "https://web.test/cb",
            "https://web.test",
            "http://localhost:3000/cb?x=1",
            "http://127.0.0.1/cb",
            "http://[::1]/cb",
            "com.example.app:/cb",
            "myapp://callback",
        ] {
            assert_eq!(fault(good, false), None, "{good}");
        }
    }

    #[test]
    fn unsafe_redirect_uris_are_refused() {
        for bad in [
            "",
            "/cb",
            "web.test/cb",
            "https://web.test/cb#x",
            "https://web.test/cb#",
            "https://u:p@web.test/cb",
            "https:/web.test/cb",
            "https:web.test",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://web.test/c b",
            "https://web.test\\@evil.test/",
            "https://web.test/\r\n",
            "https://*.web.test/cb",
            "https://wéb.test/cb",
        ] {
            assert!(fault(bad, false).is_some(), "{bad}");
        }
    }

    /// A082
    #[test]
    fn a082_answers_stay_off_the_network_unless_encrypted() {
        for good in
            ["http://localhost:3000/cb", "http://127.0.0.1/cb", "http://[::1]/cb", "https://web.test/cb"]
        {
            assert!(!is_plain_http(good), "{good}");
        }
        for bad in
            ["http://web.test/cb", "HTTP://web.test", "http://127.0.0.1.evil.test/", "http://10.0.0.1/cb"]
        {
            assert!(is_plain_http(bad), "{bad}");
        }
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:x",
            "about:blank",
            "https://*.test/cb",
            "https://web.test/*",
            "https://[a-z]+.test",
            " https://web.test/cb",
            "https://web.test/cb\r\nSet-Cookie: a=b",
        ] {
            assert!(fault(bad, false).is_some() && fault(bad, true).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_star_stands_in_the_lowest_label_only() {
        for good in ["https://*.shop.example/cb", "https://redirect-*-domain.example.com/cb"] {
            assert_eq!(fault(good, true), None, "{good}");
        }
        for bad in [
            "http://*.shop.example/cb",
            "https://*.com/cb",
            "https://*/cb",
            "https://a.*.example.com/cb",
            "https://*.*.example.com/cb",
            "https://x.example.com/*",
            "https://*@evil.example.com/",
        ] {
            assert!(fault(bad, true).is_some(), "{bad}");
        }
    }
}
