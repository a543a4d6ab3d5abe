//! Reading text by a pattern.
//!
//! Lenient where the two libraries differ: numbers may lack leading zeros, names match in either case and in
//! either length, any spelling of an offset is read. Strict about contradictions: every field that the text
//! gives must hold for the result, so `Monday 2015-06-17` (a Wednesday) is an error.

use jiff::{
    civil::{Date, DateTime as Local, ISOWeekDate, Time, Weekday},
    tz::Offset,
};

use super::{
    DateTime, Dialect, TimeError,
    format::{name, value},
    invalid,
    pattern::{DAYS, Item, MONTHS, Number, Style, Text},
    quote,
    text::{Cursor, nanos},
    zones::{self, Zone, parse_offset},
};

pub(super) fn read(text: &str, items: &[Item], dialect: Dialect) -> Result<DateTime, TimeError> {
    let mut cursor = Cursor::new(text);
    let mut fields = Fields::default();
    for (index, item) in items.iter().enumerate() {
        if read_item(&mut cursor, *item, items.get(index + 1), dialect, &mut fields).is_none() {
            let rest = if cursor.is_at_end() { "its end".to_owned() } else { quote(cursor.rest()) };
            return Err(invalid(format!("{} doesn't fit the date pattern at {rest}", quote(text))));
        }
    }
    if !cursor.is_at_end() {
        return Err(invalid(format!("the date pattern ends before {}", quote(cursor.rest()))));
    }
    fields.resolve(dialect).map_err(|error| match error {
        Unresolved::Missing(part) => invalid(format!("the date pattern gives no {part}")),
        Unresolved::Impossible => invalid(format!("{} is no possible time", quote(text))),
    })
}

/// What the text says; `None` where it doesn't.
#[derive(Default)]
struct Fields {
    numbers: Vec<(Number, i64)>,
    names: Vec<(Text, usize)>,
    nanos: Option<i64>,
    offset: Option<Offset>,
    zone: Option<Zone>,
}

enum Unresolved {
    Missing(&'static str),
    Impossible,
}

fn read_item(
    cursor: &mut Cursor<'_>,
    item: Item,
    next: Option<&Item>,
    dialect: Dialect,
    fields: &mut Fields,
) -> Option<()> {
    match item {
        Item::Literal(c) => cursor.eat(c).then_some(()),
        Item::Number(number, width) => {
            let before_digits =
                matches!(next, Some(Item::Number(..) | Item::TwoDigitYear(_) | Item::Fraction(_)));
            let digits = match most_digits(number) {
                9 if before_digits => width,
                most => most,
            };
            let negative = number == Number::Year && cursor.eat('-');
            let found = cursor.digits(1, digits)?;
            fields.numbers.push((number, if negative { -found } else { found }));
            Some(())
        }
        Item::TwoDigitYear(number) => {
            let before_digits = matches!(next, Some(Item::Number(..) | Item::Fraction(_)));
            let digits = cursor.digit_text(if before_digits { 2 } else { 9 });
            let year: i64 = digits.parse().ok()?;
            fields.numbers.push((number, if digits.len() == 2 { in_window(year, dialect) } else { year }));
            Some(())
        }
        Item::Fraction(width) => {
            let digits = cursor.digit_text(width);
            fields.nanos = Some(nanos(digits));
            (!digits.is_empty()).then_some(())
        }
        Item::Text(text, _) => {
            fields.names.push((text, read_name(cursor, text)?));
            Some(())
        }
        Item::ZoneName => match ZONE_NAMES.iter().find(|(name, ..)| cursor.eat_word(name)) {
            Some((_, offset_hours, id)) => {
                fields.offset = Offset::from_hours(*offset_hours).ok();
                fields.zone = id.map(Zone::find).transpose().ok()?;
                Some(())
            }
            None => read_zone_id(cursor, fields),
        },
        Item::ZoneId => read_zone_id(cursor, fields),
        Item::Offset(_) => {
            fields.offset = Some(read_offset(cursor)?);
            Some(())
        }
    }
}

/// Years may be long, unless digits follow at once; the rest has the width of its greatest value.
fn most_digits(number: Number) -> usize {
    match number {
        Number::Year | Number::YearOfEra | Number::CenturyOfEra | Number::WeekYear | Number::Nano => 9,
        Number::DayOfYear => 3,
        Number::MilliOfDay => 8,
        Number::NanoOfDay => 14,
        _ => 2,
    }
}

/// The century of a year of two digits. java.time counts from 2000. Joda-Time looks eighty years back from
/// the day on which it runs; the same text must always mean the same here, so the window stands still.
fn in_window(year: i64, dialect: Dialect) -> i64 {
    match dialect {
        Dialect::Joda if year >= 50 => 1900 + year,
        Dialect::Joda | Dialect::Java => 2000 + year,
    }
}

/// The place of a name in its list.
fn read_name(cursor: &mut Cursor<'_>, text: Text) -> Option<usize> {
    let mut eat = |names: &[&str], length: usize| {
        names.iter().position(|name| cursor.eat_word(name.get(..length.min(name.len())).unwrap_or(name)))
    };
    match text {
        Text::Month => eat(&MONTHS, usize::MAX).or_else(|| eat(&MONTHS, 3)),
        Text::DayOfWeek => eat(&DAYS, usize::MAX).or_else(|| eat(&DAYS, 3)),
        Text::Halfday => eat(&["AM", "PM"], 2),
        Text::Era => {
            eat(&["BCE", "CE", "BC", "AD", "Before Christ", "Anno Domini"], usize::MAX).map(|n| n % 2)
        }
    }
}

fn read_zone_id(cursor: &mut Cursor<'_>, fields: &mut Fields) -> Option<()> {
    let id = cursor.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '+' | '-' | ':'));
    match Zone::find(id).ok()? {
        Zone::Offset(offset) => fields.offset = Some(offset),
        zone @ Zone::Named(_) => fields.zone = Some(zone),
    }
    Some(())
}

/// `Z`, `GMT`, `+0900` or `GMT+9`.
fn read_offset(cursor: &mut Cursor<'_>) -> Option<Offset> {
    if cursor.eat('Z') {
        return Some(Offset::UTC);
    }
    let prefixed = cursor.eat_word("GMT") || cursor.eat_word("UTC");
    parse_offset(cursor).or(prefixed.then_some(Offset::UTC))
}

/// The zone names that Joda-Time reads, their hours from UTC and the zone they stand for.
const ZONE_NAMES: &[(&str, i8, Option<&str>)] = &[
    ("UTC", 0, None),
    ("GMT", 0, None),
    ("EST", -5, Some("America/New_York")),
    ("EDT", -4, Some("America/New_York")),
    ("CST", -6, Some("America/Chicago")),
    ("CDT", -5, Some("America/Chicago")),
    ("MST", -7, Some("America/Denver")),
    ("MDT", -6, Some("America/Denver")),
    ("PST", -8, Some("America/Los_Angeles")),
    ("PDT", -7, Some("America/Los_Angeles")),
];

impl Fields {
    fn resolve(&self, dialect: Dialect) -> Result<DateTime, Unresolved> {
        let date = self.date(dialect)?;
        let time = self.time().ok_or(Unresolved::Impossible)?;
        let local = Local::from_parts(date, time);
        let holds = self.numbers.iter().all(|(number, given)| value(*number, local) == *given)
            && self.names.iter().all(|(text, given)| place(*text, local) == Some(*given));
        if !holds {
            return Err(Unresolved::Impossible);
        }
        DateTime::resolve(local, self.offset, self.zone.clone()).map_err(|_| Unresolved::Impossible)
    }

    fn number(&self, wanted: Number) -> Option<i64> {
        self.numbers.iter().rev().find(|(number, _)| *number == wanted).map(|(_, value)| *value)
    }

    fn name(&self, wanted: Text) -> Option<usize> {
        self.names.iter().rev().find(|(text, _)| *text == wanted).map(|(_, place)| *place)
    }

    fn date(&self, dialect: Dialect) -> Result<Date, Unresolved> {
        let year_of_era = self.number(Number::YearOfEra).map(|year| match self.name(Text::Era) {
            Some(0) => 1 - year,
            _ => year,
        });
        let year = self.number(Number::Year).or(year_of_era);
        let month = match self.name(Text::Month) {
            Some(place) => i64::try_from(place).ok().map(|place| place + 1),
            None => self.number(Number::Month),
        };
        let day = self.number(Number::Day);
        let week = self.number(Number::Week);
        let week_year = self.number(Number::WeekYear);
        let day_of_year = self.number(Number::DayOfYear);
        let weekday = match self.name(Text::DayOfWeek) {
            Some(place) => i64::try_from(place).ok().map(|place| place + 1),
            None => self.number(Number::DayOfWeek),
        };
        let partial = [month, day, week, day_of_year, weekday].iter().any(Option::is_some);
        let assumed = match dialect {
            // Joda-Time's defaults: a date without a year is in 2000, a time without a date in 1970.
            Dialect::Joda => Some(if partial { 2000 } else { 1970 }),
            Dialect::Java => None,
        };
        let year_or = |first: Option<i64>| first.or(assumed).ok_or(Unresolved::Missing("year"));
        let by_week = month.is_none()
            && day.is_none()
            && day_of_year.is_none()
            && (week.is_some() || week_year.is_some());
        if by_week {
            let year = year_or(week_year.or(year))?;
            return week_date(year, week.unwrap_or(1), weekday.unwrap_or(1)).ok_or(Unresolved::Impossible);
        }
        let year = year_or(year.or(week_year))?;
        let found = match day_of_year {
            Some(day) if month.is_none() => ordinal_date(year, day),
            _ => calendar_date(year, month.unwrap_or(1), day.unwrap_or(1)),
        };
        found.ok_or(Unresolved::Impossible)
    }

    fn time(&self) -> Option<Time> {
        let nano_of_day = self.number(Number::NanoOfDay);
        let of_day = nano_of_day.or(self.number(Number::MilliOfDay).map(|millis| millis * 1_000_000));
        if let Some(nanos) = of_day {
            let part = |unit: i64, count: i64| small(nanos / unit % count);
            let second = 1_000_000_000;
            let (hour, minute, second_of_minute) =
                (part(3600 * second, 100)?, part(60 * second, 60)?, part(second, 60)?);
            return Time::new(hour, minute, second_of_minute, i32::try_from(nanos % second).ok()?).ok();
        }
        let halfday_hour =
            self.number(Number::HalfdayHour).or(self.number(Number::HalfdayClockHour).map(|hour| hour % 12));
        let afternoon = self.name(Text::Halfday) == Some(1);
        let hour = self
            .number(Number::Hour)
            .or(self.number(Number::ClockHour).map(|hour| hour % 24))
            .or(halfday_hour.map(|hour| if afternoon { hour + 12 } else { hour }))
            .unwrap_or(if afternoon { 12 } else { 0 });
        let nanos = self.nanos.or(self.number(Number::Nano)).unwrap_or(0);
        Time::new(
            small(hour)?,
            small(self.number(Number::Minute).unwrap_or(0))?,
            small(self.number(Number::Second).unwrap_or(0))?,
            i32::try_from(nanos).ok()?,
        )
        .ok()
    }
}

/// The place of the name that a time has, in the list that [`read_name`] reads from.
fn place(text: Text, local: Local) -> Option<usize> {
    let own = name(text, Style::Full, local);
    match text {
        Text::Month => MONTHS.iter().position(|month| *month == own),
        Text::DayOfWeek => DAYS.iter().position(|day| *day == own),
        Text::Halfday => Some(usize::from(own == "PM")),
        Text::Era => Some(usize::from(own == "Anno Domini")),
    }
}

fn calendar_date(year: i64, month: i64, day: i64) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, small(month)?, small(day)?).ok()
}

fn ordinal_date(year: i64, day: i64) -> Option<Date> {
    let first = Date::new(i16::try_from(year).ok()?, 1, 1).ok()?;
    first.with().day_of_year(i16::try_from(day).ok()?).build().ok()
}

fn week_date(year: i64, week: i64, weekday: i64) -> Option<Date> {
    let weekday = Weekday::from_monday_one_offset(small(weekday)?).ok()?;
    Some(ISOWeekDate::new(i16::try_from(year).ok()?, small(week)?, weekday).ok()?.date())
}

fn small(number: i64) -> Option<i8> {
    i8::try_from(number).ok()
}

impl DateTime {
    /// A wall-clock time as an instant. With both an offset and a zone, the offset decides the instant and
    /// the zone how it is shown, as in java.time; with neither it is UTC.
    pub(super) fn resolve(
        local: Local,
        offset: Option<Offset>,
        zone: Option<Zone>,
    ) -> Result<DateTime, TimeError> {
        let clock = offset.map(Zone::Offset);
        let zone = zone.or_else(|| clock.clone()).unwrap_or(zones::UTC);
        let instant = clock.as_ref().unwrap_or(&zone).instant(local, None)?;
        Ok(DateTime { instant, zone })
    }
}
