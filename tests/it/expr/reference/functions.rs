//! The functions and methods that the generator uses, as the manual describes them.

use super::{Evaluated, Node, Scope, V, as_text, compare, equal, evaluate, item, joined, printed};

/// A call. Arguments are evaluated and converted one after the other, as the parameters ask for them.
pub(super) fn function(name: &str, arguments: &[Node], scope: &Scope<'_>) -> Evaluated {
    let any = |n: usize| evaluate(&arguments[n], scope);
    let text = |n: usize| nullable_text(&any(n)?);
    let list = |n: usize| nullable_list(&any(n)?);
    let integer = |n: usize| integer(&any(n)?);
    match name {
        "String.append" => Ok(V::Text(text(0)?.unwrap_or_default() + &text(1)?.unwrap_or_default())),
        "String.join" => {
            let texts: Vec<_> = (0..arguments.len()).map(text).collect::<Result<_, _>>()?;
            let texts: Vec<String> = texts.into_iter().map(Option::unwrap_or_default).collect();
            Ok(V::Text(texts[1..].join(&texts[0])))
        }
        "String.len" => Ok(length(&text(0)?.unwrap_or_default())),
        "String.removeSpaces" => Ok(of_text(text(0)?.map(|text| text.replace(' ', "")))),
        "String.replace" => {
            let (text, from, to) = (text(0)?, text(1)?, text(2)?);
            Ok(replaced(text, from, to, usize::MAX))
        }
        "String.replaceFirst" => {
            let (text, from, to) = (text(0)?, text(1)?, text(2)?);
            Ok(replaced(text, from, to, 1))
        }
        "String.startsWith" => Ok(both(text(0)?, text(1)?, |text, prefix| text.starts_with(prefix))),
        "String.stringContains" => Ok(both(text(0)?, text(1)?, |text, part| text.contains(part))),
        "String.stringSwitch" => {
            let texts = (0..arguments.len()).map(text).collect::<Result<Vec<_>, _>>()?;
            let found = texts[2..].chunks(2).find(|pair| match (&texts[0], &pair[0]) {
                (Some(text), Some(key)) => text.contains(key.as_str()),
                _ => false,
            });
            Ok(of_text(found.map_or(&texts[1], |pair| &pair[1]).clone()))
        }
        "String.substring" => {
            let (text, start, end) = (text(0)?, integer(1)?, integer(2)?);
            text.map_or(Ok(V::Null), |text| substring(&text, start, Some(end)))
        }
        "String.substringAfter" => {
            let (text, search) = (text(0)?, text(1)?);
            Ok(of_text(text.map(|text| after(&text, search.as_deref()))))
        }
        "String.substringBefore" => {
            let (text, search) = (text(0)?, text(1)?);
            Ok(of_text(text.map(|text| before(&text, search.as_deref()))))
        }
        "String.toUpperCase" => Ok(of_text(text(0)?.map(|text| text.to_uppercase()))),
        "toLowerCase" => Ok(of_text(text(0)?.map(|text| text.to_lowercase()))),
        "Arrays.add" => {
            let mut items = list(0)?.unwrap_or_default();
            items.push(any(1)?);
            Ok(V::List(items))
        }
        "Arrays.remove" => {
            let (items, value) = (list(0)?, any(1)?);
            Ok(items.map_or(V::Null, |items| without(items, &value)))
        }
        "Arrays.clear" => list(0).map(|_| V::List(vec![])),
        "Arrays.get" => {
            let (items, position) = (list(0)?.ok_or("null_operand")?, integer(1)?);
            item(&V::List(items), &V::Int(position))
        }
        "Arrays.flatten" => {
            let mut flat = Vec::new();
            // A lone list stands for the list of arguments.
            let values = (0..arguments.len()).map(any).collect::<Result<Vec<_>, _>>()?;
            let values = match values.as_slice() {
                [V::List(items)] => items.as_slice(),
                several => several,
            };
            for argument in values {
                match argument {
                    V::Text(text) => flat.extend(csv(text)),
                    other => flatten(other, &mut flat)?,
                }
            }
            Ok(V::List(flat))
        }
        "Arrays.contains" => {
            let (items, value) = (list(0)?.unwrap_or_default(), any(1)?);
            Ok(V::Bool(items.iter().any(|item| equal(item, &value))))
        }
        "Arrays.size" => Ok(V::Int(list(0)?.unwrap_or_default().len() as i64)),
        "Arrays.isEmpty" => Ok(V::Bool(list(0)?.unwrap_or_default().is_empty())),
        "Arrays.toCsvString" => {
            let items = list(0)?.unwrap_or_default();
            printed(&V::List(items)).map(V::Text).ok_or("type")
        }
        "Convert.toInt" => to_integer(&any(0)?, false),
        "Convert.toNum" => to_number(&any(0)?),
        other => unreachable!("{other} is not generated"),
    }
}

/// A method; which one the name means, the receiver decides.
pub(super) fn method(receiver: &V, name: &str, arguments: &[Node], scope: &Scope<'_>) -> Evaluated {
    let any = |n: usize| evaluate(&arguments[n], scope);
    let needed = |n: usize| nullable_text(&any(n)?)?.ok_or("null_operand");
    if let V::List(items) = receiver {
        return match name {
            "contains" => {
                let value = any(0)?;
                Ok(V::Bool(items.iter().any(|item| equal(item, &value))))
            }
            "size" => Ok(V::Int(items.len() as i64)),
            "isEmpty" => Ok(V::Bool(items.is_empty())),
            "add" => Ok(V::List(items.iter().cloned().chain([any(0)?]).collect())),
            "remove" => Ok(without(items.clone(), &any(0)?)),
            "flatten" => {
                let mut flat = Vec::new();
                flatten(receiver, &mut flat)?;
                Ok(V::List(flat))
            }
            "first" => Ok(items.first().cloned().unwrap_or(V::Null)),
            "last" => Ok(items.last().cloned().unwrap_or(V::Null)),
            "reverse" => Ok(V::List(items.iter().rev().cloned().collect())),
            "join" => joined(items, &needed(0)?).map(V::Text).ok_or("type"),
            "distinct" => {
                let mut kept: Vec<V> = Vec::new();
                for item in items {
                    if !kept.iter().any(|known| equal(known, item)) {
                        kept.push(item.clone());
                    }
                }
                Ok(V::List(kept))
            }
            "sort" => {
                let mut sorted: Vec<V> = Vec::new();
                for item in items {
                    // Even alone, an element must have an order.
                    compare(item, item)?;
                    // Insertion: behind all that are not greater, so that equals keep their order.
                    let mut place = 0;
                    for (at, other) in sorted.iter().enumerate() {
                        if compare(other, item)?.is_le() {
                            place = at + 1;
                        }
                    }
                    sorted.insert(place, item.clone());
                }
                Ok(V::List(sorted))
            }
            _ => Err("unknown_function"),
        };
    }
    if matches!(receiver, V::Int(_) | V::Real(_)) {
        return match name {
            "toInteger" => to_integer(receiver, true),
            _ => Err("unknown_function"),
        };
    }
    let Some(text) = as_text(receiver) else { return Err("unknown_function") };
    match name {
        "toUpperCase" => Ok(V::Text(text.to_uppercase())),
        "replace" => {
            let (from, to) = (needed(0)?, needed(1)?);
            Ok(replaced(Some(text), Some(from), Some(to), usize::MAX))
        }
        "substringBefore" => Ok(V::Text(before(&text, Some(&needed(0)?)))),
        "substring" => {
            let start = integer(&any(0)?)?;
            let end = if arguments.len() > 1 { Some(integer(&any(1)?)?) } else { None };
            substring(&text, start, end)
        }
        "endsWith" => Ok(V::Bool(text.ends_with(&needed(0)?))),
        "trim" => Ok(V::Text(text.trim().into())),
        "split" => {
            let separator = needed(0)?;
            if separator.is_empty() {
                return Err("type");
            }
            Ok(V::List(text.split(&separator).map(|part| V::Text(part.into())).collect()))
        }
        "length" => Ok(length(&text)),
        "contains" => Ok(V::Bool(text.contains(&needed(0)?))),
        "startsWith" => Ok(V::Bool(text.starts_with(&needed(0)?))),
        "isEmpty" => Ok(V::Bool(text.is_empty())),
        "toInteger" => to_integer(receiver, true),
        "toNumber" => to_number(receiver),
        _ => Err("unknown_function"),
    }
}

fn of_text(text: Option<String>) -> V {
    text.map_or(V::Null, V::Text)
}

/// What a parameter of type text sees.
fn nullable_text(value: &V) -> Evaluated<Option<String>> {
    match value {
        V::Null => Ok(None),
        value => printed(value).map(Some).ok_or("type"),
    }
}

/// What a parameter of type list sees: text is split at commas, another value is a list of one.
fn nullable_list(value: &V) -> Evaluated<Option<Vec<V>>> {
    match value {
        V::Null => Ok(None),
        V::List(items) => Ok(Some(items.clone())),
        V::Map(_) | V::User(_) => Err("type"),
        V::Text(text) => Ok(Some(csv(text))),
        other => Ok(Some(vec![other.clone()])),
    }
}

fn csv(text: &str) -> Vec<V> {
    if text.is_empty() { vec![] } else { text.split(',').map(|part| V::Text(part.trim().into())).collect() }
}

fn integer(value: &V) -> Evaluated<i64> {
    match value {
        V::Int(n) => Ok(*n),
        V::Null => Err("null_operand"),
        V::Real(n) if n.fract() == 0.0 => {
            if n.abs() < 9e18 {
                Ok(*n as i64)
            } else {
                Err("arithmetic")
            }
        }
        V::Real(_) => Err("type"),
        value => as_text(value).ok_or("type")?.trim().parse().map_err(|_| "not_a_number"),
    }
}

pub(super) fn flatten(value: &V, into: &mut Vec<V>) -> Evaluated<()> {
    match value {
        V::List(items) => items.iter().try_for_each(|item| flatten(item, into)),
        V::Null => Err("null_operand"),
        other => {
            into.push(other.clone());
            Ok(())
        }
    }
}

fn without(items: Vec<V>, value: &V) -> V {
    V::List(items.into_iter().filter(|item| !equal(item, value)).collect())
}

fn both(a: Option<String>, b: Option<String>, test: fn(&str, &str) -> bool) -> V {
    V::Bool(a.zip(b).is_some_and(|(a, b)| test(&a, &b)))
}

fn replaced(text: Option<String>, from: Option<String>, to: Option<String>, most: usize) -> V {
    match (text, from, to) {
        (Some(text), Some(from), Some(to)) if !from.is_empty() => V::Text(text.replacen(&from, &to, most)),
        (text, ..) => of_text(text),
    }
}

fn length(text: &str) -> V {
    V::Int(text.encode_utf16().count() as i64)
}

fn substring(text: &str, start: i64, end: Option<i64>) -> Evaluated {
    let units: Vec<u16> = text.encode_utf16().collect();
    let (start, end) = (usize::try_from(start), end.map_or(Ok(units.len()), usize::try_from));
    let (start, end) = (start.map_err(|_| "index_out_of_bounds")?, end.map_err(|_| "index_out_of_bounds")?);
    // No position is inside a character of two units, so the three parts are texts.
    let texts = [units.get(..start), units.get(start..end), units.get(end..)];
    match texts.map(|part| part.and_then(|part| String::from_utf16(part).ok())) {
        [Some(_), Some(part), Some(_)] => Ok(V::Text(part)),
        _ => Err("index_out_of_bounds"),
    }
}

fn before(text: &str, search: Option<&str>) -> String {
    search.and_then(|search| text.split_once(search)).map_or(text, |(before, _)| before).to_owned()
}

fn after(text: &str, search: Option<&str>) -> String {
    search.and_then(|search| text.split_once(search)).map_or("", |(_, after)| after).to_owned()
}

/// Rounds; `wraps` to 32 bits, as the methods do.
fn to_integer(value: &V, wraps: bool) -> Evaluated {
    if let V::Int(n) = value {
        let low = *n as i32;
        return if wraps || i64::from(low) == *n { Ok(V::Int(low.into())) } else { Err("arithmetic") };
    }
    let V::Real(number) = to_number(value)? else { unreachable!() };
    let rounded = (number + 0.5).floor();
    if wraps {
        // Nothing wraps beyond 64 bits.
        let fits = (-(2f64.powi(63))..2f64.powi(63)).contains(&rounded);
        return if fits { Ok(V::Int(i64::from(rounded as i64 as i32))) } else { Err("arithmetic") };
    }
    let fits = (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&rounded);
    if fits { Ok(V::Int(rounded as i64)) } else { Err("arithmetic") }
}

fn to_number(value: &V) -> Evaluated {
    match value {
        V::Int(n) => Ok(V::Real(*n as f64)),
        V::Real(n) => Ok(V::Real(*n)),
        V::Null => Err("null_operand"),
        value => {
            let text = as_text(value).ok_or("type")?;
            let number: f64 = text.trim().parse().map_err(|_| "not_a_number")?;
            // Rust would read `inf` and `NaN`.
            let decimal = !text.contains(['i', 'I', 'n', 'N']) && number.is_finite();
            if decimal { Ok(V::Real(number)) } else { Err("not_a_number") }
        }
    }
}
