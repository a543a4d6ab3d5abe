//! The pattern letters of Joda-Time's `DateTimeFormat` and java.time's `DateTimeFormatter`, as one list of
//! items that [`super::format`] prints and [`super::read`] reads.
//!
//! Left out, each with an error that names it: full zone names (`zzzz`, a locale's data), and java.time's
//! optional sections `[ ]`, padding `p`, periods of day `B`, week-of-month `W` and `F`, Julian days `g`.

use super::{Dialect, TimeError, invalid, quote};

/// Longest pattern, in characters.
const MAX_PATTERN: usize = 256;
/// Longest run of one letter; java.time's widest number has as many digits.
const MAX_RUN: usize = 19;

/// One part of a pattern.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Item {
    Literal(char),
    /// A number with at least `width` digits.
    Number(Number, usize),
    /// A year that is cut to its last two digits.
    TwoDigitYear(Number),
    /// Digits after the decimal point.
    Fraction(usize),
    Text(Text, Style),
    /// `EDT`
    ZoneName,
    /// `America/New_York`
    ZoneId,
    Offset(OffsetStyle),
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Number {
    /// Astronomical: the year before 1 is 0.
    Year,
    YearOfEra,
    CenturyOfEra,
    /// The year that an ISO week belongs to.
    WeekYear,
    Week,
    /// Monday is 1.
    DayOfWeek,
    DayOfYear,
    Quarter,
    Month,
    Day,
    /// 0 to 23.
    Hour,
    /// 1 to 24.
    ClockHour,
    /// 0 to 11.
    HalfdayHour,
    /// 1 to 12.
    HalfdayClockHour,
    Minute,
    Second,
    MilliOfDay,
    Nano,
    NanoOfDay,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Text {
    Era,
    Month,
    DayOfWeek,
    /// AM or PM.
    Halfday,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Style {
    Short,
    Full,
    Narrow,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum OffsetStyle {
    /// `+0900`
    Plain,
    /// `+09:00`
    Colon,
    /// `+0900`, `Z` for zero
    PlainOrZ,
    /// `+09:00`, `Z` for zero
    ColonOrZ,
    /// `+09`, `+0930`
    Hours,
    /// `+09`, `+0930`, `Z` for zero
    HoursOrZ,
    /// `GMT+9`
    GmtShort,
    /// `GMT+09:00`
    Gmt,
}

/// Reads a pattern.
pub(super) fn compile(pattern: &str, dialect: Dialect) -> Result<Vec<Item>, TimeError> {
    if pattern.chars().nth(MAX_PATTERN).is_some() {
        return Err(invalid(format!("a date pattern has at most {MAX_PATTERN} characters")));
    }
    let mut items = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            quoted(&mut chars, &mut items)
                .ok_or_else(|| invalid(format!("unbalanced quote in date pattern {}", quote(pattern))))?;
        } else if c.is_ascii_alphabetic() {
            let mut run = 1;
            while chars.next_if_eq(&c).is_some() {
                run += 1;
            }
            let item = match dialect {
                Dialect::Joda => joda(c, run),
                Dialect::Java => java(c, run),
            };
            let letters = || c.to_string().repeat(run);
            items.push(item.filter(|_| run <= MAX_RUN).ok_or_else(|| {
                invalid(format!(
                    "unsupported letters {} in date pattern {}",
                    quote(&letters()),
                    quote(pattern)
                ))
            })?);
        } else if dialect == Dialect::Java && matches!(c, '[' | ']' | '{' | '}' | '#') {
            return Err(invalid(format!("unsupported character `{c}` in date pattern {}", quote(pattern))));
        } else {
            items.push(Item::Literal(c));
        }
    }
    Ok(items)
}

/// The rest of a quoted literal; two quotes are one. `None` when it does not end.
fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, items: &mut Vec<Item>) -> Option<()> {
    if chars.next_if_eq(&'\'').is_some() {
        items.push(Item::Literal('\''));
        return Some(());
    }
    loop {
        match chars.next()? {
            '\'' if chars.next_if_eq(&'\'').is_none() => return Some(()),
            c => items.push(Item::Literal(c)),
        }
    }
}

fn joda(letter: char, run: usize) -> Option<Item> {
    use Number::*;
    let text_style = if run >= 4 { Style::Full } else { Style::Short };
    Some(match letter {
        'G' => Item::Text(Text::Era, Style::Short),
        'C' => Item::Number(CenturyOfEra, run),
        'Y' => year(YearOfEra, run),
        'y' => year(Year, run),
        'x' => year(WeekYear, run),
        'w' => Item::Number(Week, run),
        'e' => Item::Number(DayOfWeek, run),
        'E' => Item::Text(Text::DayOfWeek, text_style),
        'D' => Item::Number(DayOfYear, run),
        'M' if run >= 3 => Item::Text(Text::Month, text_style),
        'M' => Item::Number(Month, run),
        'd' => Item::Number(Day, run),
        'a' => Item::Text(Text::Halfday, Style::Short),
        'K' => Item::Number(HalfdayHour, run),
        'h' => Item::Number(HalfdayClockHour, run),
        'H' => Item::Number(Hour, run),
        'k' => Item::Number(ClockHour, run),
        'm' => Item::Number(Minute, run),
        's' => Item::Number(Second, run),
        'S' => Item::Fraction(run),
        'z' if run < 4 => Item::ZoneName,
        'Z' if run == 1 => Item::Offset(OffsetStyle::Plain),
        'Z' if run == 2 => Item::Offset(OffsetStyle::Colon),
        'Z' => Item::ZoneId,
        _ => return None,
    })
}

fn java(letter: char, run: usize) -> Option<Item> {
    use Number::*;
    let text = |text, run| match run {
        1..=3 => Some(Item::Text(text, Style::Short)),
        4 => Some(Item::Text(text, Style::Full)),
        5 => Some(Item::Text(text, Style::Narrow)),
        _ => None,
    };
    Some(match (letter, run) {
        ('G', _) => text(Text::Era, run)?,
        ('u', _) => year(Year, run),
        ('y', _) => year(YearOfEra, run),
        ('Y', _) => year(WeekYear, run),
        ('w', 1..=2) => Item::Number(Week, run),
        ('e' | 'c', 1..=2) => Item::Number(DayOfWeek, run),
        ('e' | 'c' | 'E', _) => text(Text::DayOfWeek, run)?,
        ('D', 1..=3) => Item::Number(DayOfYear, run),
        ('Q' | 'q', 1..=2) => Item::Number(Quarter, run),
        ('M' | 'L', 1..=2) => Item::Number(Month, run),
        ('M' | 'L', _) => text(Text::Month, run)?,
        ('d', 1..=2) => Item::Number(Day, run),
        ('a', 1) => Item::Text(Text::Halfday, Style::Short),
        ('K', 1..=2) => Item::Number(HalfdayHour, run),
        ('h', 1..=2) => Item::Number(HalfdayClockHour, run),
        ('H', 1..=2) => Item::Number(Hour, run),
        ('k', 1..=2) => Item::Number(ClockHour, run),
        ('m', 1..=2) => Item::Number(Minute, run),
        ('s', 1..=2) => Item::Number(Second, run),
        ('S', 1..=9) => Item::Fraction(run),
        ('A', _) => Item::Number(MilliOfDay, run),
        ('n', _) => Item::Number(Nano, run),
        ('N', _) => Item::Number(NanoOfDay, run),
        ('z', 1..=3) => Item::ZoneName,
        ('V', 2) => Item::ZoneId,
        ('O', 1) => Item::Offset(OffsetStyle::GmtShort),
        ('O', 4) | ('Z', 4) => Item::Offset(OffsetStyle::Gmt),
        ('X', 1) => Item::Offset(OffsetStyle::HoursOrZ),
        ('X', 2 | 4) => Item::Offset(OffsetStyle::PlainOrZ),
        ('X', 3 | 5) | ('Z', 5) => Item::Offset(OffsetStyle::ColonOrZ),
        ('x', 1) => Item::Offset(OffsetStyle::Hours),
        ('x', 2 | 4) | ('Z', 1..=3) => Item::Offset(OffsetStyle::Plain),
        ('x', 3 | 5) => Item::Offset(OffsetStyle::Colon),
        _ => return None,
    })
}

fn year(number: Number, run: usize) -> Item {
    if run == 2 { Item::TwoDigitYear(number) } else { Item::Number(number, run) }
}

/// English names, in order from January and Monday.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
