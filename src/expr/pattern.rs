//! Patterns of `matches` and `isMemberOfGroupNameRegex`: Java's syntax, in linear time.

use regex::{Regex, RegexBuilder};

/// Spring refuses longer ones.
const LONGEST: usize = 1000;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Compiles a pattern, or says what is wrong with it.
    pub(super) fn new(pattern: &str) -> Result<Pattern, String> {
        if pattern.len() > LONGEST {
            return Err(format!("a pattern has at most {LONGEST} characters"));
        }
        let anchored = format!(r"\A(?:{pattern})\z");
        let compiled = RegexBuilder::new(&anchored).size_limit(1 << 20).dfa_size_limit(1 << 20).build();
        compiled.map(Pattern).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
            error => format!("not a pattern: {error}"),
        })
    }

    /// Whether the pattern matches the whole text.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}
