//! Printing by a pattern.

use std::fmt::Write;

use jiff::{civil, tz::Offset};

use super::{
    DateTime, TimeError, invalid,
    pattern::{DAYS, Item, MONTHS, Number, OffsetStyle, Style, Text},
    zones::{Colon, offset_text},
};

pub(super) fn format(time: &DateTime, items: &[Item]) -> Result<String, TimeError> {
    let (local, offset) = time.local();
    let mut out = String::new();
    for item in items {
        match *item {
            Item::Literal(c) => out.push(c),
            Item::Number(number, width) => padded(&mut out, value(number, local), width)?,
            Item::TwoDigitYear(number) => padded(&mut out, value(number, local).abs() % 100, 2)?,
            Item::Fraction(width) => {
                let nanos = format!("{:09}", local.subsec_nanosecond());
                out.extend(nanos.chars().chain(std::iter::repeat('0')).take(width));
            }
            Item::Text(text, style) => out.push_str(&name(text, style, local)),
            Item::ZoneName => out.push_str(&time.zone.abbreviation(time.instant)),
            Item::ZoneId => match time.zone.id() {
                Some(id) => out.push_str(id),
                None if offset.is_zero() => out.push_str("UTC"),
                None => out.push_str(&offset_text(offset, Colon::Yes)),
            },
            Item::Offset(style) => out.push_str(&offset_in(style, offset)),
        }
    }
    Ok(out)
}

fn padded(out: &mut String, number: i64, width: usize) -> Result<(), TimeError> {
    let sign = if number < 0 { "-" } else { "" };
    write!(out, "{sign}{:0width$}", number.abs()).map_err(|_| invalid("the time can't be printed"))
}

pub(super) fn value(number: Number, local: civil::DateTime) -> i64 {
    let year = i64::from(local.year());
    let year_of_era = if year > 0 { year } else { 1 - year };
    let hour = i64::from(local.hour());
    let nano_of_day = local.time().duration_since(civil::Time::midnight()).as_nanos();
    match number {
        Number::Year => year,
        Number::YearOfEra => year_of_era,
        Number::CenturyOfEra => year_of_era / 100,
        Number::WeekYear => local.date().iso_week_date().year().into(),
        Number::Week => local.date().iso_week_date().week().into(),
        Number::DayOfWeek => local.weekday().to_monday_one_offset().into(),
        Number::DayOfYear => local.day_of_year().into(),
        Number::Quarter => i64::from(local.month() - 1) / 3 + 1,
        Number::Month => local.month().into(),
        Number::Day => local.day().into(),
        Number::Hour => hour,
        Number::ClockHour => (hour + 23) % 24 + 1,
        Number::HalfdayHour => hour % 12,
        Number::HalfdayClockHour => (hour + 11) % 12 + 1,
        Number::Minute => local.minute().into(),
        Number::Second => local.second().into(),
        Number::Nano => local.subsec_nanosecond().into(),
        // A day has 86,400,000,000,000 nanoseconds.
        Number::MilliOfDay => i64::try_from(nano_of_day / 1_000_000).unwrap_or_default(),
        Number::NanoOfDay => i64::try_from(nano_of_day).unwrap_or_default(),
    }
}

pub(super) fn name(text: Text, style: Style, local: civil::DateTime) -> String {
    let full = match text {
        Text::Month => MONTHS.get(usize::try_from(local.month() - 1).unwrap_or_default()).copied(),
        Text::DayOfWeek => {
            DAYS.get(usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or_default()).copied()
        }
        Text::Halfday => return if local.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        Text::Era => {
            let after = local.year() > 0;
            return match style {
                Style::Short => {
                    if after {
                        "AD"
                    } else {
                        "BC"
                    }
                }
                Style::Full => {
                    if after {
                        "Anno Domini"
                    } else {
                        "Before Christ"
                    }
                }
                Style::Narrow => {
                    if after {
                        "A"
                    } else {
                        "B"
                    }
                }
            }
            .to_owned();
        }
    }
    .unwrap_or_default();
    let letters = match style {
        Style::Full => full.len(),
        Style::Short => 3,
        Style::Narrow => 1,
    };
    full.chars().take(letters).collect()
}

fn offset_in(style: OffsetStyle, offset: Offset) -> String {
    let zero = offset.is_zero();
    match style {
        OffsetStyle::PlainOrZ | OffsetStyle::ColonOrZ | OffsetStyle::HoursOrZ if zero => "Z".to_owned(),
        OffsetStyle::Plain | OffsetStyle::PlainOrZ => offset_text(offset, Colon::No),
        OffsetStyle::Colon | OffsetStyle::ColonOrZ => offset_text(offset, Colon::Yes),
        OffsetStyle::Hours | OffsetStyle::HoursOrZ => {
            let text = offset_text(offset, Colon::No);
            text.strip_suffix("00").filter(|hours| hours.len() == 3).map_or(text.clone(), str::to_owned)
        }
        OffsetStyle::GmtShort | OffsetStyle::Gmt if zero => "GMT".to_owned(),
        OffsetStyle::Gmt => format!("GMT{}", offset_text(offset, Colon::Yes)),
        OffsetStyle::GmtShort => {
            let text = offset_text(offset, Colon::Yes);
            let (sign, digits) = text.split_at(1);
            let digits = digits.strip_prefix('0').unwrap_or(digits);
            format!("GMT{sign}{}", digits.strip_suffix(":00").unwrap_or(digits))
        }
    }
}
