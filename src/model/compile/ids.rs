//! Identifiers: what they may look like, and those that are made up where none was given.

use std::collections::{HashMap, HashSet};

use ring::digest;

use crate::model::check::{Findings, Path, Shown};

/// Whether the text may stand as a segment of an issuer's path without being encoded, decoded or
/// normalised by anybody on the way (RFC 3986 §2.3).
pub(super) fn is_segment(text: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    (1..=100).contains(&text.len()) && text.bytes().all(unreserved) && !text.starts_with('.')
}

/// An id that Okta or the administrator gave: anything printable.
pub(super) fn check(id: &str, at: &Path<'_>, out: &mut Findings) -> bool {
    let fault = if id.is_empty() {
        "is empty"
    } else if id.len() > 255 {
        "is longer than 255 bytes"
    } else if id.chars().any(|c| c.is_control() || c.is_whitespace()) {
        "must have no spaces and control characters"
    } else {
        return true;
    };
    out.mistake(at, fault);
    false
}

/// The id of something that has none: Okta's prefix and 17 characters that depend on `parts` alone.
/// Names go in rather than places, so that an id survives when the file is put in another order.
pub(in crate::model) fn made_up(prefix: &str, parts: &[&str]) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut context = digest::Context::new(&digest::SHA256);
    for part in std::iter::once(&prefix).chain(parts) {
        // The length before each part keeps ("ab", "c") and ("a", "bc") apart.
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part.as_bytes());
    }
    let mut id = prefix.to_owned();
    for byte in context.finish().as_ref().iter().take(17) {
        id.push(char::from(ALPHABET.get(usize::from(*byte) % 62).copied().unwrap_or(b'0')));
    }
    id
}

/// Ids of one kind: given ones are unique, made-up ones evade them.
#[derive(Default)]
pub(super) struct Ids {
    taken: HashSet<String>,
    /// For each id as it was first made up, how often that was tried: of many things of one name, none
    /// tries again what those before it tried.
    tried: HashMap<String, usize>,
}

impl Ids {
    /// Knows the given ids beforehand, so that one that is made up never takes a given one.
    pub(super) fn reserve<'i>(given: impl Iterator<Item = Option<&'i str>>) -> Given {
        Given { ids: given.flatten().map(str::to_owned).collect() }
    }

    /// The id of one thing: checked if it was given, made up otherwise.
    pub(super) fn take(
        &mut self,
        given: Option<&str>,
        reserved: &Given,
        make: impl Fn(&str) -> String,
        at: &Path<'_>,
        out: &mut Findings,
    ) -> Option<String> {
        if let Some(id) = given {
            if !check(id, at, out) {
                return None;
            }
            if !self.taken.insert(id.to_owned()) {
                out.mistake(at, format!("`{}` is the id of another one already", Shown(id)));
                return None;
            }
            return Some(id.to_owned());
        }
        let tried = self.tried.entry(make("")).or_default();
        loop {
            let salt = if *tried == 0 { String::new() } else { tried.to_string() };
            *tried = tried.saturating_add(1);
            let id = make(&salt);
            if !reserved.ids.contains(&id) && self.taken.insert(id.clone()) {
                return Some(id);
            }
        }
    }
}

/// The ids that the configuration gives.
pub(super) struct Given {
    ids: HashSet<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_ids_look_like_oktas_and_never_change() {
        let id = made_up("00u", &["ada@example.com"]);
        assert_eq!(id, made_up("00u", &["ada@example.com"]));
        assert_eq!(id.len(), 20);
        assert!(is_segment(&id));
        assert_ne!(made_up("x", &["ab", "c"]), made_up("x", &["a", "bc"]));
    }

    #[test]
    fn equal_names_get_different_ids() {
        let (mut ids, mut out) = (Ids::default(), Findings::default());
        let reserved = Ids::reserve([Some("x1"), None].into_iter());
        let mut take = |given| {
            let make = |salt: &str| format!("x{salt}");
            ids.take(given, &reserved, make, &Path::ROOT.key("id"), &mut out)
        };
        assert_eq!(take(None).as_deref(), Some("x"));
        assert_eq!(take(None).as_deref(), Some("x2"));
        assert_eq!(take(Some("x1")).as_deref(), Some("x1"));
        assert_eq!(take(Some("x1")), None);
    }

    /// Quadratic, it would take minutes.
    #[test]
    fn many_things_of_one_name_cost_no_more_each() {
        let (mut ids, mut out) = (Ids::default(), Findings::default());
        let reserved = Ids::reserve(std::iter::empty());
        let made = std::cell::Cell::new(0);
        for _ in 0..1_000 {
            let make = |salt: &str| {
                made.set(made.get() + 1);
                format!("x{salt}")
            };
            assert!(ids.take(None, &reserved, make, &Path::ROOT.key("id"), &mut out).is_some());
        }
        assert!(made.get() <= 2_000, "{}", made.get());
    }

    #[test]
    fn segments_need_no_encoding() {
        for good in ["default", "aus1", "my-server_2.0~x"] {
            assert!(is_segment(good), "{good}");
        }
        for bad in
            ["", "a:b", "a*", "{x}", "a%2f", "../x", ".", "..", "a/b", "a\0", "é", "a b", &"x".repeat(101)]
        {
            assert!(!is_segment(bad), "{bad}");
        }
    }
}
