//! How much an expression may be and do.

/// The bounds of compiling and evaluating one expression.
///
/// Each has a default that no expression of Okta's documentation comes near. They hold whatever the text and
/// the data are: a hostile expression or attribute ends in an error, not in a hanging or growing process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Characters of a claim expression; 1,024 as in Okta. Checked before anything else is.
    pub claim_characters: usize,
    /// Bytes of any expression; 16 kB.
    pub source_bytes: usize,
    /// How deep parentheses, calls, operators and paths may nest; 128.
    pub depth: u16,
    /// Steps of one evaluation: one a node, and more for work that grows with the data; 100,000.
    pub steps: u64,
    /// Bytes of text that one evaluation may produce, intermediate results included; 256 kB.
    pub bytes: usize,
    /// Elements of a list that an evaluation produces; 10,000.
    pub elements: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            claim_characters: 1024,
            source_bytes: 16 * 1024,
            depth: 128,
            steps: 100_000,
            bytes: 256 * 1024,
            elements: 10_000,
        }
    }
}

impl Limits {
    /// Other bounds on the text: characters of a claim, and bytes of any expression.
    pub fn with_source(mut self, claim_characters: usize, source_bytes: usize) -> Limits {
        (self.claim_characters, self.source_bytes) = (claim_characters, source_bytes);
        self
    }

    /// Another bound on nesting. More than the default 128 needs a larger stack than Rust's threads may have.
    pub fn with_depth(mut self, depth: u16) -> Limits {
        self.depth = depth;
        self
    }

    /// Other bounds on one evaluation.
    pub fn with_evaluation(mut self, steps: u64, bytes: usize, elements: usize) -> Limits {
        (self.steps, self.bytes, self.elements) = (steps, bytes, elements);
        self
    }
}
