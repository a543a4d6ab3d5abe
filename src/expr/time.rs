//! Dates and times of the expression language: instants with a zone, their texts, and arithmetic.
//!
//! Nothing here reads a clock. Years run from −9999 to 9999, patterns and zone ids are bounded, and whatever
//! falls outside is an error.
//!
//! | file | holds |
//! |---|---|
//! | `time.rs` | [`DateTime`]: fixed formats, arithmetic |
//! | `iso.rs` | reading ISO 8601 text |
//! | `pattern.rs` | the pattern letters of Joda-Time and java.time |
//! | `format.rs`, `read.rs` | printing and reading by a pattern |
//! | `zones.rs` | zone ids and offsets |
//! | `text.rs` | a cursor for the readers |

mod format;
mod iso;
mod pattern;
mod read;
mod text;
mod zones;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp, civil, tz::Offset};

use self::zones::{Colon, Zone};

/// An instant, to the nanosecond, and the zone it is shown in. Equal when both are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DateTime {
    instant: Timestamp,
    zone: Zone,
}

/// Which library's pattern letters a pattern uses. They clash: `YYYY` is the year of the era in Joda-Time
/// (classic functions) and the year of the ISO week in java.time (Identity Engine methods).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dialect {
    /// Joda-Time.
    Joda,
    /// java.time.
    Java,
}

/// The units of `plusDays`, `withinHours` and their like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unit {
    /// Calendar days: the wall clock stays, also across a change to summer time.
    Days,
    /// 3600 seconds.
    Hours,
    /// 60 seconds.
    Minutes,
    /// Seconds.
    Seconds,
}

/// Why there is no date or text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum TimeError {
    /// Text that should be a whole number is none.
    NotANumber,
    /// A text, pattern or zone is wrong, or a result is out of range; the message says which.
    InvalidTime(String),
}

/// 100 ns ticks from 1601-01-01, where Windows starts counting, to 1970-01-01.
const WINDOWS_EPOCH_TICKS: i128 = 116_444_736_000_000_000;

impl DateTime {
    /// Milliseconds since 1970, in UTC.
    pub(crate) fn from_unix_millis(millis: i64) -> Result<DateTime, TimeError> {
        utc(i128::from(millis) * 1_000_000)
    }

    /// Decimal text: 100 ns ticks since 1601, in UTC.
    pub(crate) fn parse_windows(text: &str) -> Result<DateTime, TimeError> {
        utc((i128::from(whole_number(text)?) - WINDOWS_EPOCH_TICKS) * 100)
    }

    /// Decimal text: milliseconds since 1970, in UTC.
    pub(crate) fn parse_unix(text: &str) -> Result<DateTime, TimeError> {
        Self::from_unix_millis(whole_number(text)?)
    }

    /// ISO 8601 text: a date (calendar, week or ordinal), optionally a time, a fraction, an offset and a
    /// zone in brackets. Without an offset it is UTC.
    pub(crate) fn parse_iso(text: &str) -> Result<DateTime, TimeError> {
        iso::parse(text)
    }

    /// Reads text by a pattern. A pattern without a zone means UTC; one with an offset keeps it.
    pub(crate) fn parse_pattern(text: &str, pattern: &str, dialect: Dialect) -> Result<DateTime, TimeError> {
        read::read(text, &pattern::compile(pattern, dialect)?, dialect)
    }

    /// 100 ns ticks since 1601.
    pub(crate) fn to_windows(&self) -> String {
        (self.instant.as_nanosecond().div_euclid(100) + WINDOWS_EPOCH_TICKS).to_string()
    }

    /// Milliseconds since 1970.
    pub(crate) fn to_unix(&self) -> String {
        self.unix_millis().to_string()
    }

    /// Milliseconds since 1970; what is finer is cut off towards the past.
    pub(crate) fn unix_millis(&self) -> i64 {
        let millis = self.instant.as_nanosecond().div_euclid(1_000_000);
        // The range of a `Timestamp` in milliseconds is far within 64 bits.
        i64::try_from(millis).unwrap_or_default()
    }

    /// The classic functions' ISO text: always three fraction digits, then `Z` or `+hh:mm`.
    pub(crate) fn to_iso_millis(&self) -> String {
        let (local, offset) = self.local();
        format!("{}.{:03}{}", seconds_text(local), local.millisecond(), offset_or_z(offset))
    }

    /// The Identity Engine's `toString()`: as java.time prints a `ZonedDateTime`, with the fraction in
    /// groups of three digits and only where there is one, and the zone in brackets where it has a name.
    ///
    /// java.time also leaves out zero seconds. We don't: Okta's documentation shows only that a zero
    /// fraction is dropped, and a consumer of a claim that reads RFC 3339 needs them.
    pub(crate) fn to_java(&self) -> String {
        let (local, offset) = self.local();
        let nanos = local.subsec_nanosecond();
        let fraction = match nanos {
            0 => String::new(),
            n if n % 1_000_000 == 0 => format!(".{:03}", n / 1_000_000),
            n if n % 1_000 == 0 => format!(".{:06}", n / 1_000),
            n => format!(".{n:09}"),
        };
        let zone = self.zone.id().map(|id| format!("[{id}]")).unwrap_or_default();
        format!("{}{fraction}{}{zone}", seconds_text(local), offset_or_z(offset))
    }

    /// RFC 9557: RFC 3339 with the zone in brackets where it has one. The same text as [`Self::to_java`].
    pub(crate) fn to_rfc9557(&self) -> String {
        self.to_java()
    }

    /// Prints by a pattern.
    pub(crate) fn format(&self, pattern: &str, dialect: Dialect) -> Result<String, TimeError> {
        format::format(self, &pattern::compile(pattern, dialect)?)
    }

    /// The same instant in another zone.
    pub(crate) fn to_zone(&self, id: &str) -> Result<DateTime, TimeError> {
        Ok(DateTime { instant: self.instant, zone: Zone::find(id)? })
    }

    /// `n` units later, or earlier where `n` is negative.
    pub(crate) fn plus(&self, unit: Unit, n: i64) -> Result<DateTime, TimeError> {
        let seconds = match unit {
            Unit::Days => 86_400,
            Unit::Hours => 3_600,
            Unit::Minutes => 60,
            Unit::Seconds => 1,
        };
        let step = SignedDuration::from_secs(n.checked_mul(seconds).ok_or_else(out_of_range)?);
        let instant = if unit == Unit::Days {
            let (local, offset) = self.local();
            let moved = local.checked_add(step).map_err(|_| out_of_range())?;
            self.zone.instant(moved, Some(offset))?
        } else {
            self.instant.checked_add(step).map_err(|_| out_of_range())?
        };
        Ok(DateTime { instant, zone: self.zone.clone() })
    }

    /// Whether this is not earlier than `n` units before `now`. A time yet to come is within any number of
    /// units: that is what the documented examples leave open and what a skewed clock should not change.
    /// Days count 24 hours.
    pub(crate) fn within(&self, unit: Unit, n: i64, now: &DateTime) -> Result<bool, TimeError> {
        let back = n.checked_neg().ok_or_else(out_of_range)?;
        let start = DateTime { instant: now.instant, zone: zones::UTC }.plus(unit, back)?;
        Ok(self.instant >= start.instant)
    }

    /// Which instant is earlier, wherever the two are shown.
    pub(crate) fn cmp_instant(&self, other: &DateTime) -> Ordering {
        self.instant.cmp(&other.instant)
    }

    /// What a clock in the zone shows, and its offset from UTC.
    fn local(&self) -> (civil::DateTime, Offset) {
        let offset = self.zone.offset(self.instant);
        (offset.to_datetime(self.instant), offset)
    }
}

fn utc(unix_nanos: i128) -> Result<DateTime, TimeError> {
    let instant = Timestamp::from_nanosecond(unix_nanos).map_err(|_| out_of_range())?;
    Ok(DateTime { instant, zone: zones::UTC })
}

/// A number of 64 bits, as Java's `Long.parseLong` reads it.
fn whole_number(text: &str) -> Result<i64, TimeError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(TimeError::NotANumber);
    }
    text.parse().map_err(|_| out_of_range())
}

/// `2015-07-30T23:58:32`
fn seconds_text(local: civil::DateTime) -> String {
    let (sign, year) = if local.year() < 0 { ("-", -local.year()) } else { ("", local.year()) };
    format!(
        "{sign}{year:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second()
    )
}

fn offset_or_z(offset: Offset) -> String {
    if offset.is_zero() { "Z".to_owned() } else { zones::offset_text(offset, Colon::Yes) }
}

fn out_of_range() -> TimeError {
    invalid("the time is out of range (years -9999 to 9999)")
}

fn invalid(message: impl Into<String>) -> TimeError {
    TimeError::InvalidTime(message.into())
}

/// Text for a message, in backticks and cut short.
fn quote(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}
