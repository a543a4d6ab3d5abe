//! Points in time and spans of it, in whole seconds as tokens carry them.

use std::fmt;

/// Seconds since 1970-01-01T00:00:00Z (RFC 7519 §2, NumericDate).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From seconds since the epoch.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    pub const fn as_unix(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 text, as Okta's API writes it; fractions are dropped.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339)
            .ok()
            .map(|at| Self(at.unix_timestamp()))
    }

    /// Reads a claim such as `exp` (RFC 7519 §2, NumericDate): a number of seconds, whose fraction is
    /// dropped. Nothing else, and no number that is out of range.
    pub fn from_claim(value: &serde_json::Value) -> Option<Self> {
        // Up to 2^53 every whole number is exact as a float.
        let whole = |seconds: f64| (seconds.abs() <= 9_007_199_254_740_992.0).then(|| seconds.floor() as i64);
        value.as_i64().or_else(|| value.as_f64().and_then(whole)).map(Self)
    }

    /// Later by `span`; at the end of time it stays there rather than wrapping.
    #[must_use]
    pub const fn plus(self, span: Lifetime) -> Self {
        Self(self.0.saturating_add(span.0 as i64))
    }

    /// Earlier by `span`; at the beginning of time it stays there.
    #[must_use]
    pub const fn minus(self, span: Lifetime) -> Self {
        Self(self.0.saturating_sub(span.0 as i64))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = time::OffsetDateTime::from_unix_timestamp(self.0)
            .ok()
            .and_then(|at| at.format(&time::format_description::well_known::Rfc3339).ok());
        match text {
            Some(text) => f.write_str(&text),
            None => write!(f, "@{}", self.0),
        }
    }
}

/// A span of time in whole seconds; in JSON the number of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Lifetime(u32);

impl Lifetime {
    /// From seconds.
    pub const fn seconds(seconds: u32) -> Self {
        Self(seconds)
    }

    /// From minutes; more than fits stays at the most.
    pub const fn minutes(minutes: u32) -> Self {
        Self(minutes.saturating_mul(60))
    }

    /// The seconds.
    pub const fn as_seconds(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_saturate() {
        let end = Timestamp::from_unix(i64::MAX);
        assert_eq!(end.plus(Lifetime::minutes(u32::MAX)), end);
        let start = Timestamp::from_unix(i64::MIN);
        assert_eq!(start.minus(Lifetime::seconds(1)), start);
    }

    #[test]
    fn text_round_trips() {
        let at = Timestamp::parse_rfc3339("2026-01-01T00:00:00.000Z").unwrap();
        assert_eq!(at.as_unix(), 1_767_225_600);
        assert_eq!(at.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(Timestamp::parse_rfc3339("yesterday"), None);
        assert_eq!(end_of_time().to_string(), format!("@{}", i64::MAX));
    }

    #[test]
    fn claims_are_numbers_in_range() {
        let read = |text: &str| {
            let value = serde_json::from_str(text).unwrap();
            Timestamp::from_claim(&value).map(Timestamp::as_unix)
        };
        assert_eq!(read("1767225600"), Some(1_767_225_600));
        assert_eq!(read("1767225600.9"), Some(1_767_225_600));
        assert_eq!(read("-1.5"), Some(-2));
        assert_eq!(read("9223372036854775807"), Some(i64::MAX));
        for bad in ["9223372036854775808", "1e300", "-1e300", "\"1767225600\"", "null", "true", "[1]", "{}"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    fn end_of_time() -> Timestamp {
        Timestamp::from_unix(i64::MAX)
    }
}
