//! Words for findings and changes.

use std::fmt::Write as _;

use crate::model::Shown;
use crate::types::Lifetime;

/// A name of the organisation's, in backticks.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", Shown(name))
}

/// Names in backticks: the first few, and how many more there are.
pub(super) fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    const MOST: usize = 6;
    let all: Vec<&str> = names.into_iter().collect();
    // One more than the limit is as short as saying so.
    let shown = if all.len() > MOST + 1 { MOST } else { all.len() };
    let mut text = String::new();
    for (place, name) in all.iter().take(shown).enumerate() {
        let between = match place {
            0 => "",
            _ if place + 1 == all.len() => " and ",
            _ => ", ",
        };
        let _ = write!(text, "{between}{}", quoted(name));
    }
    if shown < all.len() {
        let _ = write!(text, " and {} more", all.len() - shown);
    }
    text
}

/// A lifetime in the largest unit that it is whole in.
pub(super) fn span(lifetime: Lifetime) -> String {
    let seconds = lifetime.as_seconds();
    let (count, unit) = match seconds {
        s if s % 86_400 == 0 && s > 0 => (s / 86_400, "day"),
        s if s % 3600 == 0 && s > 0 => (s / 3600, "hour"),
        s if s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(names(["a"]), "`a`");
        assert_eq!(names(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(names(["a", "b", "c", "d", "e", "f", "g"]), "`a`, `b`, `c`, `d`, `e`, `f` and `g`");
        assert_eq!(names(["a"; 9]), "`a`, `a`, `a`, `a`, `a`, `a` and 3 more");
    }

    #[test]
    fn spans_read_well() {
        let said = |minutes| span(Lifetime::minutes(minutes));
        assert_eq!([said(1440), said(60), said(90)], ["1 day", "1 hour", "90 minutes"]);
        assert_eq!(span(Lifetime::seconds(61)), "61 seconds");
    }
}
