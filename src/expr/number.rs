//! Numbers: 64-bit integers that never wrap, and doubles that are always finite.

use std::cmp::Ordering;

use super::ast::Operator;
use super::error::{ErrorKind, Fallible, Fault};

#[cold]
fn out_of_range(what: &str) -> Box<Fault> {
    Fault::new(ErrorKind::Arithmetic, what)
}

/// Whole numbers stay whole: division truncates toward zero, the remainder has the sign of the left side.
pub(super) fn integers(operator: Operator, left: i64, right: i64) -> Fallible<i64> {
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide | Operator::Remainder if right == 0 => return Err(out_of_range("division by zero")),
        Operator::Divide => left.checked_div(right),
        // The one case that overflows has a remainder that does not.
        Operator::Remainder => Some(left.checked_rem(right).unwrap_or(0)),
        _ => power(left, right)?,
    };
    result.ok_or_else(|| out_of_range("the result does not fit 64 bits"))
}

/// A negative exponent makes a fraction, of which Java's conversion to an integer leaves the whole part.
fn power(base: i64, exponent: i64) -> Fallible<Option<i64>> {
    match (base, u32::try_from(exponent)) {
        (0, Err(_)) if exponent < 0 => Err(out_of_range("division by zero")),
        (0 | 1, Err(_)) => Ok(Some(base)),
        (-1, Err(_)) => Ok(Some(if exponent % 2 == 0 { 1 } else { -1 })),
        (_, Err(_)) => Ok(if exponent < 0 { Some(0) } else { None }),
        (_, Ok(exponent)) => Ok(base.checked_pow(exponent)),
    }
}

pub(super) fn doubles(operator: Operator, left: f64, right: f64) -> Fallible<f64> {
    let result = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::Remainder => left % right,
        _ => left.powf(right),
    };
    match result.is_finite() {
        true => Ok(result),
        false if right == 0.0 => Err(out_of_range("division by zero")),
        false => Err(out_of_range("the result is not a finite number")),
    }
}

/// The exact order of a whole number and a double.
pub(super) fn compare(left: i64, right: f64) -> Ordering {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if right >= TWO_63 {
        return Ordering::Less;
    }
    if right < -TWO_63 {
        return Ordering::Greater;
    }
    let whole = right.trunc();
    left.cmp(&(whole as i64)).then_with(|| 0.0_f64.partial_cmp(&(right - whole)).unwrap_or(Ordering::Equal))
}

/// A double without a fraction as an integer.
pub(super) fn to_integer(value: f64) -> Fallible<i64> {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    match (-TWO_63..TWO_63).contains(&value) {
        true => Ok(value as i64),
        false => Err(out_of_range("the number does not fit 64 bits")),
    }
}

/// The nearest integer, halves upward, as Java's `Math.round`.
pub(super) fn round(value: f64) -> Fallible<i64> {
    // `floor(value + 0.5)` would round 0.49999999999999994 up.
    let floor = value.floor();
    to_integer(if value - floor >= 0.5 { floor + 1.0 } else { floor })
}

/// Decimal text as a double; nothing of Rust's `inf` or Java's `0x1p3`.
pub(super) fn parse(text: &str) -> Fallible<f64> {
    let trimmed = text.trim();
    let decimal =
        trimmed.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    match trimmed.parse::<f64>() {
        Ok(value) if decimal && value.is_finite() => Ok(value),
        _ => Err(Fault::new(ErrorKind::NotANumber, "this text is not a number")),
    }
}

/// Decimal text as an integer.
pub(super) fn parse_integer(text: &str) -> Fallible<i64> {
    text.trim().parse().map_err(|_| Fault::new(ErrorKind::NotANumber, "this text is not an integer"))
}

/// A double as Java prints it: `1.5`, `1000.0`, `1.0E7`.
pub(super) fn print(value: f64) -> String {
    if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        return format!("{value:?}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if digits.contains('.') => format!("{digits}E{exponent}"),
        Some((digits, exponent)) => format!("{digits}.0E{exponent}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_wraps() {
        use Operator::{Add, Divide, Multiply, Power, Remainder, Subtract};
        for (operator, left, right) in [
            (Add, i64::MAX, 1),
            (Subtract, 0, i64::MIN),
            (Multiply, i64::MAX, 2),
            (Divide, i64::MIN, -1),
            (Divide, 1, 0),
            (Remainder, 1, 0),
            (Power, 10, 19),
            (Power, 2, i64::MAX),
            (Power, 0, -1),
        ] {
            assert_eq!(
                integers(operator, left, right).map_err(|fault| fault.kind),
                Err(ErrorKind::Arithmetic)
            );
        }
        assert_eq!(integers(Remainder, i64::MIN, -1), Ok(0));
        assert_eq!(integers(Remainder, -7, 3), Ok(-1));
        assert_eq!(integers(Divide, -7, 2), Ok(-3));
        assert_eq!(integers(Power, 2, -1), Ok(0));
        assert_eq!(integers(Power, -1, i64::MAX), Ok(-1));
        assert_eq!(doubles(Divide, 1.0, 0.0).map_err(|fault| fault.kind), Err(ErrorKind::Arithmetic));
        assert_eq!(doubles(Multiply, 1e300, 1e300).map_err(|fault| fault.kind), Err(ErrorKind::Arithmetic));
    }

    #[test]
    fn rounds_halves_up() {
        for (value, rounded) in
            [(1.1, 1), (1.5, 2), (-1.5, -1), (-2.5, -2), (-1.6, -2), (0.499_999_999_999_999_94, 0)]
        {
            assert_eq!(round(value), Ok(rounded), "{value}");
        }
        assert!(round(1e300).is_err());
    }

    #[test]
    fn reads_decimal_text_only() {
        assert_eq!(parse(" -1.5e3 "), Ok(-1500.0));
        for wrong in ["", "inf", "NaN", "1e999", "0x10", "1,5", "12a", "1_0"] {
            assert_eq!(parse(wrong).map_err(|fault| fault.kind), Err(ErrorKind::NotANumber), "{wrong}");
        }
    }

    #[test]
    fn prints_as_java_does() {
        for (value, text) in [
            (1.5, "1.5"),
            (1000.0, "1000.0"),
            (1e7, "1.0E7"),
            (1.25e-4, "1.25E-4"),
            (123456789.5, "1.234567895E8"),
        ] {
            assert_eq!(print(value), text);
        }
    }

    #[test]
    fn compares_integers_and_doubles_exactly() {
        assert_eq!(compare(1, 1.0), Ordering::Equal);
        assert_eq!(compare(1, 1.5), Ordering::Less);
        assert_eq!(compare(-1, -1.5), Ordering::Greater);
        assert_eq!(compare(i64::MAX, 9_223_372_036_854_775_808.0), Ordering::Less);
        assert_eq!(compare((1 << 53) + 1, 9_007_199_254_740_992.0), Ordering::Greater);
        assert_eq!(compare(i64::MIN, -9_223_372_036_854_775_808.0), Ordering::Equal);
    }
}
