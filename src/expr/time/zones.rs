//! Time zones: the bundled tz database, Joda's old three-letter ids, and offsets written as zones.

use jiff::{
    Timestamp, civil,
    tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase},
};

use super::{TimeError, invalid, quote, text::Cursor};

/// Where a wall clock stands: a fixed offset from UTC (zero is `Z`), or a named zone with its history.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Zone {
    Offset(Offset),
    Named(TimeZone),
}

pub(super) const UTC: Zone = Zone::Offset(Offset::UTC);

/// An offset of Java is at most eighteen hours; the tz database has none larger.
const MAX_OFFSET_SECONDS: i32 = 18 * 3600;

impl Zone {
    /// Finds a zone by the id an expression gives.
    ///
    /// Ids of the tz database match in their own case, as in Java. The old ids win over the database, where
    /// `EST` is an offset without summer time: Okta's `EST` prints −04:00 in July.
    pub(super) fn find(id: &str) -> Result<Zone, TimeError> {
        if let Some(offset) = parse_offset_id(id) {
            return Ok(Zone::Offset(offset));
        }
        let known = RENAMED.iter().find(|(old, _)| *old == id).map_or(id, |(_, new)| new);
        // The bundled database and not jiff's global one: results must not depend on the machine.
        match TimeZoneDatabase::bundled().get(known) {
            Ok(zone) if zone.iana_name() == Some(known) => Ok(Zone::Named(zone)),
            _ => Err(invalid(format!("unknown time zone {}", quote(id)))),
        }
    }

    pub(super) fn offset(&self, instant: Timestamp) -> Offset {
        match self {
            Zone::Offset(offset) => *offset,
            Zone::Named(zone) => zone.to_offset(instant),
        }
    }

    /// The id, for named zones.
    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Zone::Offset(_) => None,
            Zone::Named(zone) => zone.iana_name(),
        }
    }

    /// `EDT`, `+09`; `UTC` for the zero offset.
    pub(super) fn abbreviation(&self, instant: Timestamp) -> String {
        match self {
            Zone::Offset(offset) if offset.is_zero() => "UTC".to_owned(),
            Zone::Offset(offset) => offset_text(*offset, Colon::Yes),
            Zone::Named(zone) => zone.to_offset_info(instant).abbreviation().to_owned(),
        }
    }

    /// The instant at which a clock in this zone shows `local`.
    ///
    /// As in java.time: a time that a forward change skips moves later by the length of the gap; of a time
    /// that happens twice the `preferred` offset is kept if it is one of the two, else the earlier is meant.
    pub(super) fn instant(
        &self,
        local: civil::DateTime,
        preferred: Option<Offset>,
    ) -> Result<Timestamp, TimeError> {
        let instant = match self {
            Zone::Offset(offset) => offset.to_timestamp(local),
            Zone::Named(zone) => {
                let ambiguous = zone.to_ambiguous_timestamp(local);
                match ambiguous.offset() {
                    AmbiguousOffset::Fold { after, .. } if preferred == Some(after) => ambiguous.later(),
                    _ => ambiguous.compatible(),
                }
            }
        };
        instant.map_err(|_| super::out_of_range())
    }
}

/// `Z`, `+09:00`, `-0330`, `+9`, `UTC+2`, `GMT-05:00`: all that Java's `ZoneId.of` takes as an offset, less
/// the bare prefixes, which are ids of the database.
fn parse_offset_id(id: &str) -> Option<Offset> {
    let bare = ["UTC", "GMT", "UT"].iter().find_map(|prefix| id.strip_prefix(prefix)).unwrap_or(id);
    if bare == "Z" && id == bare {
        return Some(Offset::UTC);
    }
    let mut cursor = Cursor::new(bare);
    let offset = parse_offset(&mut cursor)?;
    // `GMT+0` is a database id of its own, and prints as such.
    (cursor.is_at_end() && !["GMT+0", "GMT-0"].contains(&id)).then_some(offset)
}

/// Reads `±h`, `±hh`, `±hhmm`, `±hh:mm`, `±hhmmss` or `±hh:mm:ss`, or leaves all as it was.
pub(super) fn parse_offset(cursor: &mut Cursor<'_>) -> Option<Offset> {
    let mut ahead = cursor.clone();
    let offset = signed_offset(&mut ahead)?;
    *cursor = ahead;
    Some(offset)
}

fn signed_offset(cursor: &mut Cursor<'_>) -> Option<Offset> {
    let sign = if cursor.eat('+') {
        1
    } else if cursor.eat('-') || cursor.eat('−') {
        -1
    } else {
        return None;
    };
    let hours = cursor.digits(1, 2)?;
    let mut seconds = hours * 3600;
    for unit in [60, 1] {
        let before = cursor.clone();
        cursor.eat(':');
        match cursor.digits(2, 2) {
            Some(part) if part < 60 => seconds += part * unit,
            Some(_) => return None,
            None => {
                *cursor = before;
                break;
            }
        }
    }
    let seconds = sign * i32::try_from(seconds).ok()?;
    (seconds.abs() <= MAX_OFFSET_SECONDS).then(|| Offset::from_seconds(seconds).ok())?
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Colon {
    Yes,
    No,
}

/// `+09:00` or `+0900`; seconds only where there are some (local mean times before standard time).
pub(super) fn offset_text(offset: Offset, colon: Colon) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes, rest) = (seconds.abs() / 3600, seconds.abs() / 60 % 60, seconds.abs() % 60);
    let colon = if colon == Colon::Yes { ":" } else { "" };
    match rest {
        0 => format!("{sign}{hours:02}{colon}{minutes:02}"),
        _ => format!("{sign}{hours:02}{colon}{minutes:02}{colon}{rest:02}"),
    }
}

/// Zone ids that the tz database lacks or means otherwise: Joda-Time's legacy table, which Okta's
/// documentation printed until 2017, and two aliases that Okta still lists and the database has dropped.
const RENAMED: &[(&str, &str)] = &[
    ("ACT", "Australia/Darwin"),
    ("AET", "Australia/Sydney"),
    ("AGT", "America/Argentina/Buenos_Aires"),
    ("ART", "Africa/Cairo"),
    ("AST", "America/Anchorage"),
    ("BET", "America/Sao_Paulo"),
    ("BST", "Asia/Dhaka"),
    ("CAT", "Africa/Harare"),
    ("CNT", "America/St_Johns"),
    ("CST", "America/Chicago"),
    ("CTT", "Asia/Shanghai"),
    ("EAT", "Africa/Addis_Ababa"),
    ("ECT", "CET"),
    ("EST", "America/New_York"),
    ("HST", "Pacific/Honolulu"),
    ("IET", "America/Indiana/Indianapolis"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("MET", "CET"),
    ("MIT", "Pacific/Apia"),
    ("MST", "America/Denver"),
    ("NET", "Asia/Yerevan"),
    ("NST", "Pacific/Auckland"),
    ("PLT", "Asia/Karachi"),
    ("PNT", "America/Phoenix"),
    ("PRT", "America/Puerto_Rico"),
    ("PST", "America/Los_Angeles"),
    ("SST", "Pacific/Guadalcanal"),
    ("VST", "Asia/Ho_Chi_Minh"),
    ("Canada/East-Saskatchewan", "America/Regina"),
    ("US/Pacific-New", "America/Los_Angeles"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_old_id_names_a_zone_of_the_database() {
        for (old, new) in RENAMED {
            assert_eq!(Zone::find(old).unwrap().id(), Some(*new), "{old}");
        }
        // The rest of the documented old ids are in the database under their own name.
        for id in ["GMT", "WET", "CET", "EET", "UTC", "US/Pacific", "GMT+0", "Etc/GMT+5"] {
            assert_eq!(Zone::find(id).unwrap().id(), Some(id), "{id}");
        }
    }

    #[test]
    fn offsets_are_zones() {
        for (id, seconds) in [
            ("Z", 0),
            ("+09:00", 32_400),
            ("-0330", -12_600),
            ("+9", 32_400),
            ("UTC+2", 7_200),
            ("GMT-05:00", -18_000),
            ("+01:02:03", 3_723),
            ("-18:00", -64_800),
        ] {
            assert_eq!(Zone::find(id), Ok(Zone::Offset(Offset::from_seconds(seconds).unwrap())), "{id}");
        }
    }

    #[test]
    fn what_is_no_zone_is_an_error() {
        for id in [
            "",
            " UTC",
            "utc",
            "america/new_york",
            "Etc/Unknown",
            "UTCZ",
            "+",
            "+1:",
            "+19:00",
            "+0960",
            "\0",
        ] {
            assert!(matches!(Zone::find(id), Err(TimeError::InvalidTime(_))), "{id}");
        }
        let long = "x".repeat(100_000);
        let Err(TimeError::InvalidTime(message)) = Zone::find(&long) else { panic!("found a zone") };
        assert!(message.len() < 200);
    }
}
