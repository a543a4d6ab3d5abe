//! Dates and times: `Time.*` of the classic dialect, which takes and answers text, and the Identity Engine's methods.

use super::Kind::{Integer, Text};
use super::*;

/// A body that needs the time-zone database.
macro_rules! timezones {
    ($variant:ident($body:ident)) => {{
        #[cfg(feature = "timezones")]
        let body = Body::$variant(bodies::$body);
        #[cfg(not(feature = "timezones"))]
        let body = Body::Absent("timezones");
        body
    }};
}

pub(super) const FUNCTIONS: &[Function] = &[
    class("Time", "now", &[may("zone", Text), may("format", Text)], Ty::TEXT.or(Ty::TIME))
        .both()
        .beyond_group_rules()
        .reads_from(NOW)
        .means("The time, as ISO 8601 text in UTC or the zone, or by a Joda-Time pattern. In the Identity Engine dialect and without arguments: a time.")
        .example_is(r#"Time.now("EST", "YYYY-MM-dd HH:mm:ss")"#, r#""2015-07-31 13:18:37""#)
        .does(timezones!(Two(now_text))),
    class("DateTime", "now", &[], Ty::TIME)
        .of_identity_engine()
        .beyond_group_rules()
        .reads_from(NOW)
        .means("The time.")
        .example_is("DateTime.now()", r#"{"$datetime": "2015-07-31T17:18:37.979Z"}"#)
        .does(timezones!(None(now))),
    class("Time", "fromWindowsToIso8601", &[need("ticks", Text)], Ty::TEXT)
        .beyond_group_rules()
        .means("Windows time (100 ns since 1601) as ISO 8601 text.")
        .example_is(r#"Time.fromWindowsToIso8601("130828367179790000")"#, r#""2015-07-31T17:18:37.979Z""#)
        .does(timezones!(One(windows_to_iso))),
    class("Time", "fromUnixToIso8601", &[need("milliseconds", Text)], Ty::TEXT)
        .beyond_group_rules()
        .means("Unix time in milliseconds as ISO 8601 text.")
        .example_is(r#"Time.fromUnixToIso8601("1438377580979")"#, r#""2015-07-31T21:19:40.979Z""#)
        .does(timezones!(One(unix_to_iso))),
    class("Time", "fromStringToIso8601", &[need("text", Text), need("format", Text)], Ty::TEXT)
        .beyond_group_rules()
        .means("Text by a Joda-Time pattern as ISO 8601 text; UTC unless the pattern has a zone.")
        .example_is(r#"Time.fromStringToIso8601("31 Jul 2015", "d MMM yyyy")"#, r#""2015-07-31T00:00:00.000Z""#)
        .does(timezones!(Two(string_to_iso))),
    class("Time", "fromIso8601ToWindows", &[need("iso", Text)], Ty::TEXT)
        .beyond_group_rules()
        .means("ISO 8601 text as Windows time (100 ns since 1601).")
        .example_is(r#"Time.fromIso8601ToWindows("2015-07-31T17:18:37.979Z")"#, r#""130828367179790000""#)
        .does(timezones!(One(iso_to_windows))),
    class("Time", "fromIso8601ToUnix", &[need("iso", Text)], Ty::TEXT)
        .beyond_group_rules()
        .means("ISO 8601 text as Unix time in milliseconds.")
        .example_is(r#"Time.fromIso8601ToUnix("2015-07-31T17:18:37.979Z")"#, r#""1438363117979""#)
        .does(timezones!(One(iso_to_unix))),
    class("Time", "fromIso8601ToString", &[need("iso", Text), need("format", Text)], Ty::TEXT)
        .beyond_group_rules()
        .means("ISO 8601 text by a Joda-Time pattern.")
        .example_is(r#"Time.fromIso8601ToString("2015-07-31T17:18:37.979Z", "d MMM yyyy")"#, r#""31 Jul 2015""#)
        .does(timezones!(Two(iso_to_string))),
    method(Receiver::Text, "parseWindowsTime", &[need("ticks", Text)], Ty::TIME)
        .means("The time of a Windows time (100 ns since 1601).")
        .example_is("'130828367179790000'.parseWindowsTime()", r#"{"$datetime": "2015-07-31T17:18:37.979Z"}"#)
        .does(timezones!(One(parse_windows))),
    method(Receiver::Text, "parseUnixTime", &[need("milliseconds", Text)], Ty::TIME)
        .means("The time of a Unix time in milliseconds.")
        .example_is("'1438377580979'.parseUnixTime()", r#"{"$datetime": "2015-07-31T21:19:40.979Z"}"#)
        .does(timezones!(One(parse_unix))),
    method(Receiver::Text, "parseStringTime", &[need("text", Text), may("format", Text)], Ty::TIME)
        .means("The time of ISO 8601 text, or of text by a java.time pattern; UTC unless it has a zone.")
        .example_is(
            "'17 June 2015 00:23:19'.parseStringTime('dd MMMM yyyy HH:mm:ss')",
            r#"{"$datetime": "2015-06-17T00:23:19Z"}"#,
        )
        .does(timezones!(Two(parse_string))),
    method(Receiver::Time, "toWindows", TIME, Ty::TEXT)
        .means("Windows time (100 ns since 1601).")
        .example_is("'2015-07-30T23:58:32Z'.parseStringTime().toWindows()", r#""130827743120000000""#)
        .does(timezones!(One(to_windows))),
    method(Receiver::Time, "toUnix", TIME, Ty::TEXT)
        .means("Unix time in milliseconds.")
        .example_is("DateTime.now().toUnix()", r#""1438363117979""#)
        .does(timezones!(One(to_unix))),
    method(Receiver::Time, "toString", &[need("time", Kind::Time), may("format", Text)], Ty::TEXT)
        .means("ISO 8601 text, without a fraction of zero, or text by a java.time pattern.")
        .example_is("'2015-07-30T23:58:32.000Z'.parseStringTime().toString('MM/dd/yyyy')", r#""07/30/2015""#)
        .does(timezones!(Two(to_string))),
    method(Receiver::Time, "toZone", &[need("time", Kind::Time), need("zone", Text)], Ty::TIME)
        .means("The same time in another zone.")
        .example_is("DateTime.now().toZone('Asia/Tokyo')", r#"{"$datetime": "2015-08-01T02:18:37.979+09:00[Asia/Tokyo]"}"#)
        .does(timezones!(Two(to_zone))),
    method(Receiver::Time, "plusDays", AMOUNT, Ty::TIME)
        .means("So many days later; the time of day stays.")
        .example_is("'2015-07-30T23:58:32Z'.parseStringTime().plusDays(2)", r#"{"$datetime": "2015-08-01T23:58:32Z"}"#)
        .does(timezones!(Two(plus_days))),
    method(Receiver::Time, "plusHours", AMOUNT, Ty::TIME)
        .means("So many hours later.")
        .example_is("'2015-07-30T23:58:32Z'.parseStringTime().plusHours(-1)", r#"{"$datetime": "2015-07-30T22:58:32Z"}"#)
        .does(timezones!(Two(plus_hours))),
    method(Receiver::Time, "plusMinutes", AMOUNT, Ty::TIME)
        .means("So many minutes later.")
        .example_is("'2015-07-30T23:58:32Z'.parseStringTime().plusMinutes(2)", r#"{"$datetime": "2015-07-31T00:00:32Z"}"#)
        .does(timezones!(Two(plus_minutes))),
    method(Receiver::Time, "plusSeconds", AMOUNT, Ty::TIME)
        .means("So many seconds later.")
        .example_is("'2015-07-30T23:58:32Z'.parseStringTime().plusSeconds(0)", r#"{"$datetime": "2015-07-30T23:58:32Z"}"#)
        .does(timezones!(Two(plus_seconds))),
    method(Receiver::Time, "minusDays", AMOUNT, Ty::TIME)
        .means("So many days earlier; the time of day stays.")
        .example_is("DateTime.now().minusDays(3)", r#"{"$datetime": "2015-07-28T17:18:37.979Z"}"#)
        .does(timezones!(Two(minus_days))),
    method(Receiver::Time, "minusHours", AMOUNT, Ty::TIME)
        .means("So many hours earlier.")
        .example_is("DateTime.now().minusHours(100)", r#"{"$datetime": "2015-07-27T13:18:37.979Z"}"#)
        .does(timezones!(Two(minus_hours))),
    method(Receiver::Time, "minusMinutes", AMOUNT, Ty::TIME)
        .means("So many minutes earlier.")
        .example_is("DateTime.now().minusMinutes(-1)", r#"{"$datetime": "2015-07-31T17:19:37.979Z"}"#)
        .does(timezones!(Two(minus_minutes))),
    method(Receiver::Time, "minusSeconds", AMOUNT, Ty::TIME)
        .means("So many seconds earlier.")
        .example_is("DateTime.now().minusSeconds(2)", r#"{"$datetime": "2015-07-31T17:18:35.979Z"}"#)
        .does(timezones!(Two(minus_seconds))),
    method(Receiver::Time, "withinDays", AMOUNT, Ty::BOOL)
        .reads_from(NOW)
        .means("Whether the time is not earlier than so many days of 24 hours before now.")
        .example_is("'2015-07-30T23:58:32Z'.parseStringTime().withinDays(1)", "true")
        .does(timezones!(Two(within_days))),
    method(Receiver::Time, "withinHours", AMOUNT, Ty::BOOL)
        .reads_from(NOW)
        .means("Whether the time is not earlier than so many hours before now.")
        .example_is("'2015-07-30T23:58:32Z'.parseStringTime().withinHours(17)", "false")
        .does(timezones!(Two(within_hours))),
    method(Receiver::Time, "withinMinutes", AMOUNT, Ty::BOOL)
        .reads_from(NOW)
        .means("Whether the time is not earlier than so many minutes before now.")
        .example_is("'2015-07-30T23:58:32Z'.parseStringTime().withinMinutes(2)", "false")
        .does(timezones!(Two(within_minutes))),
    method(Receiver::Time, "withinSeconds", AMOUNT, Ty::BOOL)
        .reads_from(NOW)
        .means("Whether the time is not earlier than so many seconds before now.")
        .example_is("'2015-07-30T23:58:32Z'.parseStringTime().withinSeconds(100000)", "true")
        .does(timezones!(Two(within_seconds))),
];

const NOW: Reads = Reads::of(&[Input::Now]);
const TIME: &[Parameter] = &[need("time", Kind::Time)];
const AMOUNT: &[Parameter] = &[need("time", Kind::Time), need("amount", Integer)];

#[cfg(feature = "timezones")]
pub(super) mod bodies {
    use super::super::super::context::Dialect;
    use super::super::super::error::{ErrorKind, Fault};
    use super::super::super::time::{self, DateTime, TimeError, Unit};
    use super::*;

    /// ISO 8601 text as a time.
    pub(in crate::expr) fn iso_time<'a>(text: &str) -> Eval<'a> {
        moment(DateTime::parse_iso(text))
    }

    fn fault(error: TimeError) -> Box<Fault> {
        match error {
            TimeError::NotANumber => Fault::new(ErrorKind::NotANumber, "this text is not a whole number"),
            TimeError::InvalidTime(why) => Fault::new(ErrorKind::InvalidTime, why),
        }
    }

    fn checked<T>(result: Result<T, TimeError>) -> Fallible<T> {
        result.map_err(fault)
    }

    fn moment<'a>(time: Result<DateTime, TimeError>) -> Eval<'a> {
        checked(time).map(|time| Val::DateTime(Box::new(time)))
    }

    fn str<'v>(value: &'v Val<'_>) -> &'v str {
        value.as_text().unwrap_or_default()
    }

    /// The time of a parameter of kind time.
    fn time(value: Val<'_>) -> Fallible<Box<DateTime>> {
        match value {
            Val::DateTime(time) => Ok(time),
            _ => Err(Fault::new(ErrorKind::Type, "a time is needed")),
        }
    }

    fn current(cx: &Cx<'_, '_>) -> Fallible<DateTime> {
        match cx.inputs.now {
            Some(now) => checked(DateTime::from_unix_millis(now)),
            None => Err(Fault::new(ErrorKind::InvalidTime, "the time is not known here")),
        }
    }

    pub(super) fn now<'a>(cx: &mut Cx<'_, 'a>) -> Eval<'a> {
        current(cx).map(|time| Val::DateTime(Box::new(time)))
    }

    pub(super) fn now_text<'a>(cx: &mut Cx<'_, 'a>, zone: Val<'a>, format: Val<'a>) -> Eval<'a> {
        let now = current(cx)?;
        if matches!(zone, Val::Null) {
            return match cx.dialect {
                Dialect::IdentityEngine => Ok(Val::DateTime(Box::new(now))),
                _ => cx.text(now.to_iso_millis()),
            };
        }
        let there = checked(now.to_zone(str(&zone))).map_err(|fault| fault.in_argument(0))?;
        match format.as_text() {
            None => cx.text(there.to_iso_millis()),
            Some(format) => {
                let text = checked(there.format(format, time::Dialect::Joda))
                    .map_err(|fault| fault.in_argument(1))?;
                cx.text(text)
            }
        }
    }

    pub(super) fn windows_to_iso<'a>(cx: &mut Cx<'_, 'a>, ticks: Val<'a>) -> Eval<'a> {
        let time = checked(DateTime::parse_windows(str(&ticks))).map_err(|fault| fault.in_argument(0))?;
        cx.text(time.to_iso_millis())
    }

    pub(super) fn unix_to_iso<'a>(cx: &mut Cx<'_, 'a>, milliseconds: Val<'a>) -> Eval<'a> {
        let time = checked(DateTime::parse_unix(str(&milliseconds))).map_err(|fault| fault.in_argument(0))?;
        cx.text(time.to_iso_millis())
    }

    pub(super) fn string_to_iso<'a>(cx: &mut Cx<'_, 'a>, text: Val<'a>, format: Val<'a>) -> Eval<'a> {
        let time = checked(DateTime::parse_pattern(str(&text), str(&format), time::Dialect::Joda));
        let time = time.map_err(|fault| fault.in_argument(0))?;
        cx.text(time.to_iso_millis())
    }

    fn from_iso(text: &Val<'_>) -> Fallible<DateTime> {
        checked(DateTime::parse_iso(str(text))).map_err(|fault| fault.in_argument(0))
    }

    pub(super) fn iso_to_windows<'a>(cx: &mut Cx<'_, 'a>, iso: Val<'a>) -> Eval<'a> {
        cx.text(from_iso(&iso)?.to_windows())
    }

    pub(super) fn iso_to_unix<'a>(cx: &mut Cx<'_, 'a>, iso: Val<'a>) -> Eval<'a> {
        cx.text(from_iso(&iso)?.to_unix())
    }

    pub(super) fn iso_to_string<'a>(cx: &mut Cx<'_, 'a>, iso: Val<'a>, format: Val<'a>) -> Eval<'a> {
        let text = checked(from_iso(&iso)?.format(str(&format), time::Dialect::Joda));
        cx.text(text.map_err(|fault| fault.in_argument(1))?)
    }

    pub(super) fn parse_windows<'a>(_: &mut Cx<'_, 'a>, ticks: Val<'a>) -> Eval<'a> {
        moment(DateTime::parse_windows(str(&ticks))).map_err(|fault| fault.in_argument(0))
    }

    pub(super) fn parse_unix<'a>(_: &mut Cx<'_, 'a>, milliseconds: Val<'a>) -> Eval<'a> {
        moment(DateTime::parse_unix(str(&milliseconds))).map_err(|fault| fault.in_argument(0))
    }

    pub(super) fn parse_string<'a>(_: &mut Cx<'_, 'a>, text: Val<'a>, format: Val<'a>) -> Eval<'a> {
        let time = match format.as_text() {
            None => DateTime::parse_iso(str(&text)),
            Some(format) => DateTime::parse_pattern(str(&text), format, time::Dialect::Java),
        };
        moment(time).map_err(|fault| fault.in_argument(0))
    }

    pub(super) fn to_windows<'a>(cx: &mut Cx<'_, 'a>, value: Val<'a>) -> Eval<'a> {
        cx.text(time(value)?.to_windows())
    }

    pub(super) fn to_unix<'a>(cx: &mut Cx<'_, 'a>, value: Val<'a>) -> Eval<'a> {
        cx.text(time(value)?.to_unix())
    }

    pub(super) fn to_string<'a>(cx: &mut Cx<'_, 'a>, value: Val<'a>, format: Val<'a>) -> Eval<'a> {
        let time = time(value)?;
        match format.as_text() {
            None => cx.text(time.to_java()),
            Some(format) => {
                let text = checked(time.format(format, time::Dialect::Java))
                    .map_err(|fault| fault.in_argument(1))?;
                cx.text(text)
            }
        }
    }

    pub(super) fn to_zone<'a>(_: &mut Cx<'_, 'a>, value: Val<'a>, zone: Val<'a>) -> Eval<'a> {
        moment(time(value)?.to_zone(str(&zone))).map_err(|fault| fault.in_argument(1))
    }

    fn amount(value: &Val<'_>) -> i64 {
        match value {
            Val::Int(value) => *value,
            _ => 0,
        }
    }

    fn plus<'a>(value: Val<'a>, unit: Unit, by: i64) -> Eval<'a> {
        moment(time(value)?.plus(unit, by)).map_err(|fault| fault.in_argument(1))
    }

    fn minus<'a>(value: Val<'a>, unit: Unit, by: i64) -> Eval<'a> {
        match by.checked_neg() {
            Some(back) => plus(value, unit, back),
            None => Err(Fault::new(ErrorKind::InvalidTime, "the time is out of range").in_argument(1)),
        }
    }

    fn within<'a>(cx: &Cx<'_, 'a>, value: Val<'a>, unit: Unit, by: i64) -> Eval<'a> {
        let now = current(cx)?;
        checked(time(value)?.within(unit, by, &now)).map(Val::Bool).map_err(|fault| fault.in_argument(1))
    }

    /// One body a unit: the table has function pointers, not closures.
    macro_rules! by_unit {
        ($($name:ident = $base:ident $unit:ident;)*) => {
            $(pub(super) fn $name<'a>(_: &mut Cx<'_, 'a>, value: Val<'a>, by: Val<'a>) -> Eval<'a> {
                $base(value, Unit::$unit, amount(&by))
            })*
        };
    }

    by_unit! {
        plus_days = plus Days;
        plus_hours = plus Hours;
        plus_minutes = plus Minutes;
        plus_seconds = plus Seconds;
        minus_days = minus Days;
        minus_hours = minus Hours;
        minus_minutes = minus Minutes;
        minus_seconds = minus Seconds;
    }

    macro_rules! within_unit {
        ($($name:ident = $unit:ident;)*) => {
            $(pub(super) fn $name<'a>(cx: &mut Cx<'_, 'a>, value: Val<'a>, by: Val<'a>) -> Eval<'a> {
                within(cx, value, Unit::$unit, amount(&by))
            })*
        };
    }

    within_unit! {
        within_days = Days;
        within_hours = Hours;
        within_minutes = Minutes;
        within_seconds = Seconds;
    }
}
