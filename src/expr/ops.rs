//! What operators do with values: conversion, equality, order, arithmetic.
//!
//! Spring's rules, as Okta uses its language: numbers compare by value whatever their type, text and numbers are never
//! equal, null comes before everything, `+` joins as soon as one side is text.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::ast::Operator;
use super::error::{ErrorKind, Fallible, Fault};
use super::eval::Cx;
use super::functions::strings::{part, utf16_length, utf16_offset};
use super::number;
use super::value::{List, Object, Val};

/// A value as a condition: a boolean, or text that says one.
pub(super) fn truth(val: &Val<'_>) -> Fallible<bool> {
    match val {
        Val::Bool(value) => return Ok(*value),
        Val::Null => return Err(Fault::new(ErrorKind::NullOperand, "null is neither true nor false")),
        _ => {}
    }
    let text = val.as_text().map(|text| text.trim().to_ascii_lowercase());
    match text.as_deref() {
        Some("true" | "yes" | "on" | "1") => Ok(true),
        Some("false" | "no" | "off" | "0") => Ok(false),
        Some(_) => Err(Fault::new(ErrorKind::Type, "this text is neither true nor false")),
        None => Err(Fault::new(ErrorKind::Type, format!("{} is neither true nor false", val.describe()))),
    }
}

/// A value as the text that `+` and text parameters make of it; lists are joined with commas.
pub(super) fn to_text<'a>(cx: &mut Cx<'_, 'a>, val: Val<'a>) -> Fallible<Cow<'a, str>> {
    Ok(match val {
        Val::Text(text) => text,
        Val::GroupName(group) => Cow::Borrowed(group.name()),
        Val::Null => Cow::Borrowed("null"),
        Val::Bool(true) => Cow::Borrowed("true"),
        Val::Bool(false) => Cow::Borrowed("false"),
        Val::Int(value) => Cow::Owned(value.to_string()),
        Val::Double(value) => Cow::Owned(number::print(value)),
        Val::List(list) => joined(cx, list, ",")?.into_text().unwrap_or_default(),
        #[cfg(feature = "timezones")]
        Val::DateTime(time) => Cow::Owned(time.to_java()),
        #[cfg(feature = "countries")]
        Val::Country(country) => Cow::Borrowed(country.alpha2()),
        val @ (Val::Object(_) | Val::Group(_)) => {
            return Err(Fault::new(ErrorKind::Type, format!("{} is no text", val.describe())));
        }
    })
}

/// The elements as text, with a separator between them; null elements are empty.
pub(super) fn joined<'a>(cx: &mut Cx<'_, 'a>, list: List<'a>, separator: &str) -> Fallible<Val<'a>> {
    let mut text = cx.builder(0);
    for (index, element) in list.into_iter().enumerate() {
        cx.step()?;
        if index > 0 {
            text.push(separator)?;
        }
        match element {
            Val::Null => {}
            Val::List(_) => {
                return Err(Fault::new(ErrorKind::Type, "a list in a list is no text: flatten it first"));
            }
            element => text.push(&to_text(cx, element)?)?,
        }
    }
    cx.finish(text)
}

/// Deep equality. Lists and objects cost a step an element.
#[inline]
pub(super) fn equal(cx: &mut Cx<'_, '_>, left: &Val<'_>, right: &Val<'_>) -> Fallible<bool> {
    match (left, right) {
        (Val::Text(left), Val::Text(right)) => Ok(left == right),
        (left, right) => equal_others(cx, left, right),
    }
}

fn equal_others(cx: &mut Cx<'_, '_>, left: &Val<'_>, right: &Val<'_>) -> Fallible<bool> {
    Ok(match (left, right) {
        (Val::Null, Val::Null) => true,
        (Val::Bool(left), Val::Bool(right)) => left == right,
        (Val::Int(_) | Val::Double(_), Val::Int(_) | Val::Double(_)) => {
            numeric_order(left, right) == Some(Ordering::Equal)
        }
        (Val::List(left), Val::List(right)) => return equal_lists(cx, left, right),
        (Val::Object(left), Val::Object(right)) => return equal_objects(cx, left, right),
        (Val::Group(left) | Val::GroupName(left), Val::Group(right) | Val::GroupName(right)) => {
            left.id() == right.id()
        }
        #[cfg(feature = "timezones")]
        (Val::DateTime(left), Val::DateTime(right)) => left.cmp_instant(right) == Ordering::Equal,
        #[cfg(feature = "timezones")]
        (Val::DateTime(time), Val::Text(text)) | (Val::Text(text), Val::DateTime(time)) => {
            super::time::DateTime::parse_iso(text)
                .is_ok_and(|other| time.cmp_instant(&other) == Ordering::Equal)
        }
        #[cfg(feature = "countries")]
        (Val::Country(left), Val::Country(right)) => left == right,
        _ => match (left.as_text(), right.as_text()) {
            (Some(left), Some(right)) => left == right,
            _ => false,
        },
    })
}

fn equal_lists(cx: &mut Cx<'_, '_>, left: &List<'_>, right: &List<'_>) -> Fallible<bool> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for (left, right) in left.iter().zip(right.iter()) {
        cx.step()?;
        if !equal(cx, &left, &right)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal_objects(cx: &mut Cx<'_, '_>, left: &Object<'_>, right: &Object<'_>) -> Fallible<bool> {
    let (mut left, mut right) = (left.view().entries(), right.view().entries());
    cx.steps((left.len() + right.len()) as u64)?;
    if left.len() != right.len() {
        return Ok(false);
    }
    left.sort_by(|left, right| left.0.cmp(&right.0));
    right.sort_by(|left, right| left.0.cmp(&right.0));
    for ((left_key, left), (right_key, right)) in left.iter().zip(&right) {
        if left_key != right_key || !equal(cx, left, right)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The order of `<` and its kin: null first, numbers by value, text by UTF-16 unit as in Java.
pub(super) fn compare(left: &Val<'_>, right: &Val<'_>) -> Fallible<Ordering> {
    let order = match (left, right) {
        (Val::Null, Val::Null) => Some(Ordering::Equal),
        (Val::Null, _) => Some(Ordering::Less),
        (_, Val::Null) => Some(Ordering::Greater),
        (Val::Bool(left), Val::Bool(right)) => Some(left.cmp(right)),
        #[cfg(feature = "timezones")]
        (Val::DateTime(left), Val::DateTime(right)) => Some(left.cmp_instant(right)),
        #[cfg(feature = "timezones")]
        (Val::DateTime(left), Val::Text(right)) => {
            super::time::DateTime::parse_iso(right).ok().map(|right| left.cmp_instant(&right))
        }
        #[cfg(feature = "timezones")]
        (Val::Text(left), Val::DateTime(right)) => {
            super::time::DateTime::parse_iso(left).ok().map(|left| left.cmp_instant(right))
        }
        _ => match (left.as_text(), right.as_text()) {
            (Some(left), Some(right)) => Some(compare_texts(left, right)),
            _ => numeric_order(left, right),
        },
    };
    order.ok_or_else(|| {
        let message = format!("{} and {} have no order", left.describe(), right.describe());
        Fault::new(ErrorKind::Type, message)
    })
}

/// By UTF-16 unit; that differs from the order of bytes only beyond U+FFFF.
fn compare_texts(left: &str, right: &str) -> Ordering {
    match left.is_ascii() || right.is_ascii() {
        true => left.cmp(right),
        false => left.encode_utf16().cmp(right.encode_utf16()),
    }
}

fn numeric_order(left: &Val<'_>, right: &Val<'_>) -> Option<Ordering> {
    match (left, right) {
        (Val::Int(left), Val::Int(right)) => Some(left.cmp(right)),
        (Val::Double(left), Val::Double(right)) => left.partial_cmp(right),
        (Val::Int(left), Val::Double(right)) => Some(number::compare(*left, *right)),
        (Val::Double(left), Val::Int(right)) => Some(number::compare(*right, *left).reverse()),
        _ => None,
    }
}

/// `+ - * / % ^`
pub(super) fn arithmetic<'a>(
    cx: &mut Cx<'_, 'a>,
    operator: Operator,
    left: Val<'a>,
    right: Val<'a>,
) -> Fallible<Val<'a>> {
    match (left, right) {
        (Val::Text(left), Val::Text(right)) if operator == Operator::Add => cx.concat(left, &right),
        (Val::Int(left), Val::Int(right)) => number::integers(operator, left, right).map(Val::Int),
        (Val::Int(left), Val::Double(right)) => {
            number::doubles(operator, left as f64, right).map(Val::Double)
        }
        (Val::Double(left), Val::Int(right)) => {
            number::doubles(operator, left, right as f64).map(Val::Double)
        }
        (Val::Double(left), Val::Double(right)) => number::doubles(operator, left, right).map(Val::Double),
        (left, right)
            if operator == Operator::Add && (left.as_text().is_some() || right.as_text().is_some()) =>
        {
            let left = to_text(cx, left).map_err(|fault| fault.in_argument(0))?;
            match right.as_text() {
                Some(right) => cx.concat(left, right),
                None => {
                    let right = to_text(cx, right).map_err(|fault| fault.in_argument(1))?;
                    cx.concat(left, &right)
                }
            }
        }
        (left, right) => Err(not_numbers(operator, &left, &right)),
    }
}

#[cold]
fn not_numbers(operator: Operator, left: &Val<'_>, right: &Val<'_>) -> Box<Fault> {
    let number = |val: &Val<'_>| matches!(val, Val::Int(_) | Val::Double(_));
    let (guilty, index) = if number(left) { (right, 1) } else { (left, 0) };
    let operator = operator.as_str();
    let fault = match guilty {
        Val::Null => {
            Fault::new(ErrorKind::NullOperand, format!("null is nothing for `{operator}` to work on"))
        }
        guilty => Fault::new(
            ErrorKind::Type,
            format!("{} is nothing for `{operator}` to work on", guilty.describe()),
        ),
    };
    fault.in_argument(index)
}

/// `-x`
pub(super) fn negate(val: &Val<'_>) -> Fallible<Val<'static>> {
    match val {
        Val::Int(value) => number::integers(Operator::Subtract, 0, *value).map(Val::Int),
        Val::Double(value) => Ok(Val::Double(-value)),
        other => Err(not_numbers(Operator::Subtract, other, &Val::Int(0))),
    }
}

/// `list[i]`
pub(super) fn element<'a>(list: List<'a>, position: &Val<'_>) -> Fallible<Val<'a>> {
    let length = list.len();
    let index = whole(position)?;
    let found = usize::try_from(index).ok().filter(|index| *index < length);
    found.and_then(|index| list.into_iter().nth(index)).ok_or_else(|| {
        Fault::new(ErrorKind::IndexOutOfBounds, format!("position {index} is outside a list of {length}"))
    })
}

/// `text[i]`
pub(super) fn character<'a>(text: Val<'a>, position: &Val<'_>) -> Fallible<Val<'a>> {
    let length = text.as_text().map_or(0, utf16_length);
    let index = whole(position)?;
    match usize::try_from(index).ok().filter(|index| *index < length) {
        None => {
            let message = format!("position {index} is outside a text of length {length}");
            Err(Fault::new(ErrorKind::IndexOutOfBounds, message))
        }
        Some(index) => {
            part(text, |text| text.get(utf16_offset(text, index)?..utf16_offset(text, index + 1)?))
        }
    }
}

fn whole(position: &Val<'_>) -> Fallible<i64> {
    match position {
        Val::Int(index) => Ok(*index),
        Val::Double(index) if index.fract() == 0.0 => number::to_integer(*index),
        Val::Null => Err(Fault::new(ErrorKind::NullOperand, "null is no position")),
        Val::Text(text) => number::parse_integer(text),
        other => Err(Fault::new(ErrorKind::Type, format!("{} is no position", other.describe()))),
    }
}
