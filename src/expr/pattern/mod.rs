//! Patterns of `matches` and `isMemberOfGroupNameRegex`: Java's syntax and meaning, in linear time.
//!
//! | file | holds |
//! |---|---|
//! | `java.rs` | Java's syntax to a tree |
//! | `class.rs` | its character classes |
//! | `print.rs` | the tree in the syntax of the `regex` crate, which matches almost all patterns |
//! | `around.rs` | a matcher for those with look-around, which that crate lacks |
//!
//! What cannot be matched in linear time, or is not worth it, is an error that names the feature: back-references,
//! possessive quantifiers, atomic groups.

mod around;
mod class;
mod java;
mod print;

use std::sync::Arc;

use regex::{Regex, RegexBuilder};

/// Spring refuses longer ones.
const LONGEST: usize = 1000;

/// How much memory a compiled pattern may take.
const SIZE: usize = 1 << 20;

/// A compiled pattern; cheap to clone.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Plain(Regex),
    Around(Arc<around::Machine>),
}

impl Pattern {
    /// Compiles a pattern, or says what is wrong with it.
    pub(super) fn new(pattern: &str) -> Result<Pattern, String> {
        if pattern.chars().take(LONGEST + 1).count() > LONGEST {
            return Err(format!("a pattern has at most {LONGEST} characters"));
        }
        let tree = java::parse(pattern)?;
        if tree.looks_around() {
            return around::Machine::new(&tree).map(|machine| Pattern::Around(Arc::new(machine)));
        }
        plain(&format!(r"\A(?:{tree})\z")).map(Pattern::Plain)
    }

    /// Whether the pattern matches the whole text.
    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Plain(regex) => regex.is_match(text),
            Pattern::Around(machine) => machine.matches(text),
        }
    }

    /// What matching a text of so many bytes costs, in steps of an evaluation.
    pub(super) fn cost(&self, bytes: usize) -> u64 {
        let work = match self {
            Pattern::Plain(_) => bytes / 512,
            Pattern::Around(machine) => bytes.saturating_mul(machine.size()) / 64,
        };
        u64::try_from(work).unwrap_or(u64::MAX)
    }
}

fn plain(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).size_limit(SIZE).dfa_size_limit(SIZE).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
        // The last line of the crate's message says what is wrong; those before show our translation.
        error => {
            let message = error.to_string();
            let last = message.lines().last().unwrap_or_default();
            format!("this is not a pattern: {}", last.strip_prefix("error: ").unwrap_or(last))
        }
    })
}

#[cfg(test)]
mod tests;
