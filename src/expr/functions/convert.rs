//! Numbers and countries: `Convert.*`, `Iso3166Convert.*`, and the methods that convert.

#[cfg(feature = "countries")]
use super::super::country::Country;
use super::super::error::{ErrorKind, Fault};
use super::super::number;
use super::Kind::{Text, TextOrNull};
use super::*;

/// A body that needs the table of countries.
macro_rules! countries {
    ($variant:ident($body:ident)) => {{
        #[cfg(feature = "countries")]
        let body = Body::$variant($body);
        #[cfg(not(feature = "countries"))]
        let body = Body::Absent("countries");
        body
    }};
}

pub(super) const FUNCTIONS: &[Function] = &[
    class("Convert", "toInt", NUMBER, Ty::INT)
        .beyond_group_rules()
        .means("The number, or the number that the text says, rounded to the nearest integer, halves upward. It must fit 32 bits.")
        .example_is("Convert.toInt(123.6)", "124")
        .does(Body::One(to_int)),
    class("Convert", "toNum", NUMBER, Ty::DOUBLE)
        .beyond_group_rules()
        .means("The number that the text says, with its fraction.")
        .example_is("Convert.toNum('3.141')", "3.141")
        .does(Body::One(to_number)),
    class("Iso3166Convert", "toAlpha2", CODE, NULLABLE)
        .beyond_group_rules()
        .means("The two letters of a country, from its alpha-2, alpha-3 or numeric code or its name.")
        .example_is(r#"Iso3166Convert.toAlpha2("IND")"#, r#""IN""#)
        .does(countries!(One(code_alpha2))),
    class("Iso3166Convert", "toAlpha3", CODE, NULLABLE)
        .beyond_group_rules()
        .means("The three letters of a country, from its alpha-2, alpha-3 or numeric code or its name.")
        .example_is(r#"Iso3166Convert.toAlpha3("840")"#, r#""USA""#)
        .does(countries!(One(code_alpha3))),
    class("Iso3166Convert", "toNumeric", CODE, NULLABLE)
        .beyond_group_rules()
        .means("The three digits of a country, from its alpha-2, alpha-3 or numeric code or its name.")
        .example_is(r#"Iso3166Convert.toNumeric("USA")"#, r#""840""#)
        .does(countries!(One(code_numeric))),
    class("Iso3166Convert", "toName", CODE, NULLABLE)
        .beyond_group_rules()
        .means("The name of a country, from its alpha-2, alpha-3 or numeric code or its name.")
        .example_is(r#"Iso3166Convert.toName("IN")"#, r#""India""#)
        .does(countries!(One(code_name))),
    method(Receiver::Text, "toInteger", TEXT, Ty::INT)
        .means("The number that the text says, rounded, halves upward; beyond 32 bits it wraps around, as Okta documents.")
        .example_is("'-2147483649'.toInteger()", "2147483647")
        .does(Body::One(to_integer)),
    method(Receiver::Number, "toInteger", &[need("number", Kind::Number)], Ty::INT)
        .means("The number rounded, halves upward; beyond 32 bits it wraps around, as Okta documents.")
        .example_is("2147483647.7.toInteger()", "-2147483648")
        .does(Body::One(to_integer)),
    method(Receiver::Text, "toNumber", TEXT, Ty::DOUBLE)
        .means("The number that the text says, with its fraction.")
        .example_is("'1.7'.toNumber()", "1.7")
        .does(Body::One(to_number)),
    method(Receiver::Text, "parseCountryCode", TEXT, Ty::COUNTRY.or(Ty::NULL))
        .means("The country of an alpha-2, alpha-3 or numeric code or a name; null if there is none.")
        .example_is("'United States'.parseCountryCode()", r#"{"$country": "US"}"#)
        .does(countries!(One(parse_country))),
    method(Receiver::Country, "toAlpha2", COUNTRY, Ty::TEXT)
        .means("The two letters of a country.")
        .example_is("'USA'.parseCountryCode().toAlpha2()", r#""US""#)
        .does(countries!(One(alpha2))),
    method(Receiver::Country, "toAlpha3", COUNTRY, Ty::TEXT)
        .means("The three letters of a country.")
        .example_is("'840'.parseCountryCode().toAlpha3()", r#""USA""#)
        .does(countries!(One(alpha3))),
    method(Receiver::Country, "toNumeric", COUNTRY, Ty::TEXT)
        .means("The three digits of a country.")
        .example_is("'US'.parseCountryCode().toNumeric()", r#""840""#)
        .does(countries!(One(numeric))),
    method(Receiver::Country, "toName", COUNTRY, Ty::TEXT)
        .means("The name of a country, in English.")
        .example_is("'US'.parseCountryCode().toName()", r#""United States""#)
        .does(countries!(One(name))),
];

const NULLABLE: Ty = Ty::TEXT.or(Ty::NULL);
const NUMBER: &[Parameter] = &[need("number", Kind::Number)];
const CODE: &[Parameter] = &[need("code", TextOrNull)];
const TEXT: &[Parameter] = &[need("text", Text)];
const COUNTRY: &[Parameter] = &[need("country", Kind::Country)];

/// The number of a parameter of kind number or text.
fn number_of(value: &Val<'_>) -> Fallible<f64> {
    match value {
        Val::Int(value) => Ok(*value as f64),
        Val::Double(value) => Ok(*value),
        value => number::parse(value.as_text().unwrap_or_default()).map_err(|fault| fault.in_argument(0)),
    }
}

fn rounded(value: &Val<'_>) -> Fallible<i64> {
    match value {
        Val::Int(value) => Ok(*value),
        value => number::round(number_of(value)?).map_err(|fault| fault.in_argument(0)),
    }
}

/// Okta documents no wrap-around here, so a number that does not fit is an error.
fn to_int<'a>(_: &mut Cx<'_, 'a>, value: Val<'a>) -> Eval<'a> {
    let whole = rounded(&value)?;
    match i32::try_from(whole) {
        Ok(_) => Ok(Val::Int(whole)),
        Err(_) => {
            Err(Fault::new(ErrorKind::Arithmetic, format!("{whole} does not fit 32 bits")).in_argument(0))
        }
    }
}

/// Java's `(int) Math.round(x)`: the low 32 bits. Beyond 64 bits Java's rounding stops at the greatest number, whose low
/// bits are −1: that is nobody's wish and an error here.
#[expect(clippy::cast_possible_truncation, reason = "the documented result is the truncated one")]
fn to_integer<'a>(_: &mut Cx<'_, 'a>, value: Val<'a>) -> Eval<'a> {
    Ok(Val::Int(i64::from(rounded(&value)? as i32)))
}

fn to_number<'a>(_: &mut Cx<'_, 'a>, value: Val<'a>) -> Eval<'a> {
    number_of(&value).map(Val::Double)
}

#[cfg(feature = "countries")]
mod with_countries {
    use super::*;

    pub(super) fn parse_country<'a>(_: &mut Cx<'_, 'a>, text: Val<'a>) -> Eval<'a> {
        let country = text.as_text().and_then(|text| Country::parse(text.trim()));
        Ok(country.map_or(Val::Null, |country| Val::Country(Box::new(country))))
    }

    pub(super) fn alpha2<'a>(_: &mut Cx<'_, 'a>, country: Val<'a>) -> Eval<'a> {
        Ok(with(country, |country| Val::text(country.alpha2())))
    }

    pub(super) fn alpha3<'a>(_: &mut Cx<'_, 'a>, country: Val<'a>) -> Eval<'a> {
        Ok(with(country, |country| Val::text(country.alpha3())))
    }

    pub(super) fn numeric<'a>(_: &mut Cx<'_, 'a>, country: Val<'a>) -> Eval<'a> {
        Ok(with(country, |country| Val::Text(country.numeric().into())))
    }

    pub(super) fn name<'a>(_: &mut Cx<'_, 'a>, country: Val<'a>) -> Eval<'a> {
        Ok(with(country, |country| Val::text(country.name())))
    }

    fn with<'a>(country: Val<'a>, part: impl FnOnce(Country) -> Val<'a>) -> Val<'a> {
        match country {
            Val::Country(country) => part(*country),
            _ => Val::Null,
        }
    }

    pub(super) fn code_alpha2<'a>(cx: &mut Cx<'_, 'a>, code: Val<'a>) -> Eval<'a> {
        parse_country(cx, code).and_then(|country| alpha2(cx, country))
    }

    pub(super) fn code_alpha3<'a>(cx: &mut Cx<'_, 'a>, code: Val<'a>) -> Eval<'a> {
        parse_country(cx, code).and_then(|country| alpha3(cx, country))
    }

    pub(super) fn code_numeric<'a>(cx: &mut Cx<'_, 'a>, code: Val<'a>) -> Eval<'a> {
        parse_country(cx, code).and_then(|country| numeric(cx, country))
    }

    pub(super) fn code_name<'a>(cx: &mut Cx<'_, 'a>, code: Val<'a>) -> Eval<'a> {
        parse_country(cx, code).and_then(|country| name(cx, country))
    }
}
#[cfg(feature = "countries")]
use with_countries::*;
