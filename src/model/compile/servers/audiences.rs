//! The audiences of a server.

use std::sync::Arc;

use crate::model::check::{Findings, Path, Shown};

/// What Okta gives the default server.
const OF_DEFAULT: &str = "api://default";

pub(super) fn audiences(
    declared: Option<&[String]>,
    is_default: bool,
    at: &Path<'_>,
    out: &mut Findings,
) -> Vec<Arc<str>> {
    let Some(declared) = declared else {
        if is_default {
            return vec![Arc::from(OF_DEFAULT)];
        }
        out.mistake(at, "is missing: the tokens of a server need an audience");
        return Vec::new();
    };
    if declared.is_empty() {
        out.mistake(at, "is empty: the tokens of a server need an audience");
    }
    let mut found: Vec<Arc<str>> = Vec::with_capacity(declared.len());
    let mut seen = std::collections::HashSet::new();
    for (i, audience) in declared.iter().enumerate() {
        let fault = if !seen.insert(audience) { Some("is listed twice") } else { fault(audience) };
        match fault {
            Some(fault) => out.mistake(&at.index(i), format!("`{}` {fault}", Shown(audience))),
            None => found.push(Arc::from(audience.as_str())),
        }
    }
    found
}

/// Okta: a name, or a valid URI where it holds a colon.
fn fault(audience: &str) -> Option<&'static str> {
    if audience.is_empty() {
        Some("is empty")
    } else if audience.trim() != audience || audience.chars().any(char::is_control) {
        Some("has space at its ends, or control characters")
    } else if audience.contains(':') && !is_uri(audience) {
        Some("holds a colon and is no valid URI")
    } else {
        None
    }
}

/// RFC 3986 §3: a scheme, then only characters that a URI may have, escapes complete.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(b);
    let escaped = rest.split('%').skip(1).all(|after| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    named
        && !rest.is_empty()
        && rest.bytes().all(|b| allowed(&b))
        && escaped
        && rest.matches('#').count() <= 1
        && url::Url::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_uris_are_audiences() {
        for good in [
            "api://default",
            "https://api.example.com/v1?x=1",
            "orders",
            "my api",
            "urn:example:orders",
            "//iam/x",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in
            ["", " a", "a\n", "api:x y", "api:", "1a:b", ":x", "https://", "a:%zz", "https://a b", "é:x"]
        {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
