//! Reading text from left to right, for the date parsers.

/// A place in a text.
#[derive(Clone)]
pub(super) struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Cursor<'t> {
        Cursor { rest: text }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn rest(&self) -> &'t str {
        self.rest
    }

    /// Takes this character, in either case where it is an ASCII letter, or leaves all as it was.
    pub(super) fn eat(&mut self, wanted: char) -> bool {
        let mut chars = self.rest.chars();
        let found = chars.next().is_some_and(|c| c.eq_ignore_ascii_case(&wanted));
        if found {
            self.rest = chars.as_str();
        }
        found
    }

    /// Takes this ASCII word in either case, or leaves all as it was.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        if found {
            self.rest = self.rest.get(word.len()..).unwrap_or_default();
        }
        found
    }

    /// Takes characters as long as they please.
    pub(super) fn take_while(&mut self, pleases: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !pleases(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Takes `min` to `max` (at most eighteen) ASCII digits, as many as there are, or leaves all as it was.
    pub(super) fn digits(&mut self, min: usize, max: usize) -> Option<i64> {
        let before = self.clone();
        let digits = self.digit_text(max.min(18));
        if digits.len() < min {
            *self = before;
            return None;
        }
        digits.parse().ok()
    }

    /// Takes at most `max` ASCII digits.
    pub(super) fn digit_text(&mut self, max: usize) -> &'t str {
        let count = self.rest.bytes().take(max).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        digits
    }

    /// Takes `.` or `,` and the digits after it, as nanoseconds; digits past the ninth are dropped.
    pub(super) fn fraction(&mut self) -> Option<i64> {
        let before = self.clone();
        if self.eat('.') || self.eat(',') {
            let digits = self.take_while(|c| c.is_ascii_digit());
            if !digits.is_empty() {
                return Some(nanos(digits));
            }
        }
        *self = before;
        None
    }
}

/// The digits after a decimal point, as billionths.
pub(super) fn nanos(digits: &str) -> i64 {
    digits.bytes().chain(std::iter::repeat(b'0')).take(9).fold(0, |sum, b| sum * 10 + i64::from(b - b'0'))
}
