//! Scope names and the lists of them that requests and tokens carry (RFC 6749 §3.3).

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// One scope: printable ASCII without space, `"` and `\` (RFC 6749 §3.3).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeName(Arc<str>);

/// Text that is not a scope, or not a list of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadScope {
    /// The name is empty.
    #[error("a scope has at least one character")]
    Empty,
    /// A character that RFC 6749 §3.3 does not allow.
    #[error("a scope is printable ASCII without space, `\"` and `\\`")]
    Character,
    /// More than 4,096 characters, Okta's limit for the parameter.
    #[error("a list of scopes has at most 4096 characters")]
    TooLong,
}

impl ScopeName {
    /// Reads one scope.
    ///
    /// # Errors
    /// [`BadScope::Empty`] and [`BadScope::Character`].
    pub fn parse(text: &str) -> Result<Self, BadScope> {
        check(text)?;
        Ok(Self(Arc::from(text)))
    }

    /// The scope's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(text: &str) -> Result<(), BadScope> {
    if text.is_empty() {
        return Err(BadScope::Empty);
    }
    let allowed = |b: u8| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    if text.bytes().all(allowed) { Ok(()) } else { Err(BadScope::Character) }
}

impl std::borrow::Borrow<str> for ScopeName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScopeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for ScopeName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Debug for ScopeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// Scopes in the order in which they were asked for, each once.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ScopeSet(Vec<ScopeName>);

impl ScopeSet {
    /// The longest `scope` parameter that is read, in characters.
    pub const MAX_LENGTH: usize = 4096;

    /// Reads a space-separated list; repeated names collapse.
    ///
    /// # Errors
    /// [`BadScope::TooLong`] past [`ScopeSet::MAX_LENGTH`], [`BadScope::Character`] for a name
    /// outside the grammar. Empty text is an empty set.
    pub fn parse(text: &str) -> Result<Self, BadScope> {
        let names = Self::names(text)?;
        Ok(Self(names.into_iter().map(|name| ScopeName(Arc::from(name))).collect()))
    }

    /// The same, borrowed from the text.
    pub(crate) fn names(text: &str) -> Result<Vec<&str>, BadScope> {
        if text.len() > Self::MAX_LENGTH {
            return Err(BadScope::TooLong);
        }
        let mut names: Vec<&str> = Vec::new();
        // Past a few names, looking through them for repeats would be quadratic in the request.
        let mut seen: HashSet<&str> = HashSet::new();
        for name in text.split(' ').filter(|name| !name.is_empty()) {
            check(name)?;
            let repeated = if names.len() < 16 {
                names.contains(&name)
            } else {
                if seen.is_empty() {
                    seen.extend(&names);
                }
                !seen.insert(name)
            };
            if !repeated {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Scopes of which each is known to be there once.
    pub(crate) fn of_distinct(scopes: Vec<ScopeName>) -> Self {
        Self(scopes)
    }

    /// Whether the scope is in the set.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|scope| scope.as_str() == name)
    }

    /// The scopes in order.
    pub fn iter(&self) -> std::slice::Iter<'_, ScopeName> {
        self.0.iter()
    }

    /// How many scopes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<ScopeName> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = ScopeName>>(scopes: I) -> Self {
        let mut set = Self::default();
        for scope in scopes {
            if !set.contains(scope.as_str()) {
                set.0.push(scope);
            }
        }
        set
    }
}

impl<'a> IntoIterator for &'a ScopeSet {
    type Item = &'a ScopeName;
    type IntoIter = std::slice::Iter<'a, ScopeName>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, scope) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_collapse_and_order_stays() {
        let set = ScopeSet::parse("b a  b c").unwrap();
        assert_eq!(set.to_string(), "b a c");
        let many: Vec<String> = (0..40).map(|i| format!("s{}", i % 20)).collect();
        assert_eq!(ScopeSet::parse(&many.join(" ")).unwrap().len(), 20);
    }

    #[test]
    fn the_grammar_is_rfc_6749s() {
        assert_eq!(ScopeName::parse(""), Err(BadScope::Empty));
        for bad in ["a b", "a\"", "a\\", "é", "a\u{7f}", "a\tb"] {
            assert_eq!(ScopeName::parse(bad), Err(BadScope::Character), "{bad:?}");
        }
        assert!(ScopeName::parse("api://x/read!#[]~").is_ok());
    }

    #[test]
    fn length_is_bounded_at_okta_s_limit() {
        let at = "x".repeat(ScopeSet::MAX_LENGTH);
        assert_eq!(ScopeSet::parse(&at).map(|s| s.len()), Ok(1));
        assert_eq!(ScopeSet::parse(&format!("{at}x")), Err(BadScope::TooLong));
    }
}
