//! Reading ISO 8601 text, as leniently as Joda-Time's `dateTimeParser` and java.time's ISO formats together.

use jiff::civil::{Date, DateTime as Local, ISOWeekDate, Time, Weekday};

use super::{
    DateTime, TimeError, invalid, quote,
    text::Cursor,
    zones::{Zone, parse_offset},
};

pub(super) fn parse(text: &str) -> Result<DateTime, TimeError> {
    read(&mut Cursor::new(text))
        .unwrap_or_else(|| Err(invalid(format!("{} is not an ISO 8601 time", quote(text)))))
}

/// `None` where the text has another form or a field is out of range.
fn read(cursor: &mut Cursor<'_>) -> Option<Result<DateTime, TimeError>> {
    let date = date(cursor)?;
    let time = if cursor.eat('T') && !cursor.is_at_end() { time(cursor)? } else { Time::midnight() };
    let offset = if cursor.eat('Z') { Some(jiff::tz::Offset::UTC) } else { parse_offset(cursor) };
    let zone = if cursor.eat('[') {
        let id = cursor.take_while(|c| c != ']');
        if !cursor.eat(']') {
            return None;
        }
        match Zone::find(id) {
            Ok(zone) => Some(zone),
            Err(error) => return Some(Err(error)),
        }
    } else {
        None
    };
    if !cursor.is_at_end() {
        return None;
    }
    Some(DateTime::resolve(Local::from_parts(date, time), offset, zone))
}

/// `2015`, `2015-06`, `2015-06-17`, `2015-168` or `2015-W25-3`; the year may have a sign.
fn date(cursor: &mut Cursor<'_>) -> Option<Date> {
    let negative = cursor.eat('-');
    if !negative {
        cursor.eat('+');
    }
    let year = cursor.digits(4, 6)?;
    let year = i16::try_from(if negative { -year } else { year }).ok()?;
    if !cursor.eat('-') {
        return Date::new(year, 1, 1).ok();
    }
    if cursor.eat('W') {
        let week = small(cursor.digits(2, 2)?)?;
        let day = if cursor.eat('-') { small(cursor.digits(1, 1)?)? } else { 1 };
        let weekday = Weekday::from_monday_one_offset(day).ok()?;
        return Some(ISOWeekDate::new(year, week, weekday).ok()?.date());
    }
    if let Some(day_of_year) = cursor.digits(3, 3) {
        let first = Date::new(year, 1, 1).ok()?;
        return first.with().day_of_year(i16::try_from(day_of_year).ok()?).build().ok();
    }
    let month = small(cursor.digits(2, 2)?)?;
    let day = if cursor.eat('-') { small(cursor.digits(2, 2)?)? } else { 1 };
    Date::new(year, month, day).ok()
}

/// `23`, `23:58`, `23:58:32` or `23:58:32.979`
fn time(cursor: &mut Cursor<'_>) -> Option<Time> {
    let hour = small(cursor.digits(2, 2)?)?;
    let (mut minute, mut second, mut nanos) = (0, 0, 0);
    if cursor.eat(':') {
        minute = small(cursor.digits(2, 2)?)?;
        if cursor.eat(':') {
            second = small(cursor.digits(2, 2)?)?;
            nanos = i32::try_from(cursor.fraction().unwrap_or_default()).ok()?;
        }
    }
    Time::new(hour, minute, second, nanos).ok()
}

fn small(number: i64) -> Option<i8> {
    i8::try_from(number).ok()
}
