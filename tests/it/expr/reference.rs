//! A naive evaluator of the language: it walks the tree, copies every value and takes no short cut, so that a
//! reader can check it against the rules. The compiled evaluator must agree with it on random programs.
//!
//! It covers the operators, text, list and conversion functions, projections, selections and lambdas. Group,
//! time and country functions have tests of their own.

mod functions;

use std::cmp::Ordering;

use serde_json::{Value as Json, json};

use self::functions::{function, method};
use super::generate::Node;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum V {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    Text(String),
    List(Vec<V>),
    Map(Vec<(String, V)>),
    /// Stands for its name, and has properties.
    Group(Json),
    /// The root `user`.
    User(Json),
}

/// The kind of the error.
type Evaluated<T = V> = Result<T, &'static str>;

/// Where names are looked up: lambda parameters, then the element of a projection or else the root objects.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    pub(super) context: &'a Json,
    element: Option<V>,
    parameters: Vec<(String, V)>,
    /// Whether `?.` is as strict as a dot.
    pub(super) strict: bool,
}

impl<'a> Scope<'a> {
    pub(super) fn new(context: &'a Json) -> Scope<'a> {
        Scope { context, element: None, parameters: Vec::new(), strict: false }
    }

    fn with_element(&self, element: &V) -> Scope<'a> {
        Scope {
            context: self.context,
            element: Some(element.clone()),
            parameters: Vec::new(),
            strict: self.strict,
        }
    }
}

pub(super) fn from_json(json: &Json) -> V {
    match json {
        Json::Null => V::Null,
        Json::Bool(b) => V::Bool(*b),
        Json::Number(n) => n.as_i64().map_or_else(|| V::Real(n.as_f64().unwrap()), V::Int),
        Json::String(s) => V::Text(s.clone()),
        Json::Array(items) => V::List(items.iter().map(from_json).collect()),
        Json::Object(entries) => V::Map(entries.iter().map(|(k, v)| (k.clone(), from_json(v))).collect()),
    }
}

pub(super) fn to_json(value: &V) -> Json {
    match value {
        V::Null => Json::Null,
        V::Bool(b) => json!(b),
        V::Int(n) => json!(n),
        V::Real(n) => json!(n),
        V::Text(s) => json!(s),
        V::List(items) => items.iter().map(to_json).collect(),
        V::Map(entries) => entries.iter().map(|(k, v)| (k.clone(), to_json(v))).collect(),
        V::Group(group) => group["profile"]["name"].clone(),
        V::User(_) => unreachable!("no program ends in `user`"),
    }
}

pub(super) fn evaluate(node: &Node, scope: &Scope<'_>) -> Evaluated {
    match node {
        Node::Literal(value) => Ok(value.clone()),
        Node::List(items) => {
            Ok(V::List(items.iter().map(|item| evaluate(item, scope)).collect::<Result<_, _>>()?))
        }
        Node::Map(entries) => {
            let mut map: Vec<(String, V)> = Vec::new();
            for (key, value) in entries {
                let value = evaluate(value, scope)?;
                match map.iter_mut().find(|(known, _)| known == key) {
                    Some((_, old)) => *old = value,
                    None => map.push((key.clone(), value)),
                }
            }
            Ok(V::Map(map))
        }
        Node::Name(name) => lookup(name, scope),
        Node::Property(base, safe, name) => match receiver(base, *safe, scope)? {
            Some(value) => property(&value, name),
            None => Ok(V::Null),
        },
        Node::Index(base, index) => {
            let value = receiver(base, false, scope)?.unwrap_or(V::Null);
            let index = evaluate(index, scope)?;
            item(&value, &index)
        }
        Node::Method(base, safe, name, arguments) => {
            let Some(value) = receiver(base, *safe, scope)? else { return Ok(V::Null) };
            if let [Node::Lambda(parameter, body)] = arguments.as_slice() {
                return with_lambda(&value, name, parameter, body, scope);
            }
            method(&value, name, arguments, scope)
        }
        Node::Call(name, arguments) => function(name, arguments, scope),
        Node::Project(base, safe, body) => {
            let Some(value) = receiver(base, *safe, scope)? else { return Ok(V::Null) };
            let items = elements(&value)?;
            let each = items.iter().map(|item| evaluate(body, &scope.with_element(item)));
            Ok(V::List(each.collect::<Result<_, _>>()?))
        }
        Node::Select(base, which, body) => {
            let value = receiver(base, false, scope)?.unwrap_or(V::Null);
            let mut kept = Vec::new();
            for item in elements(&value)? {
                if criterion(&evaluate(body, &scope.with_element(&item))?)? {
                    kept.push(item);
                }
                match which {
                    '^' if !kept.is_empty() => break,
                    '$' => kept = kept.pop().into_iter().collect(),
                    _ => {}
                }
            }
            Ok(match (which, value) {
                ('?', V::Map(_)) => entries_as_map(kept),
                ('?', _) => V::List(kept),
                (_, V::Map(_)) if !kept.is_empty() => entries_as_map(kept),
                _ => kept.pop().unwrap_or(V::Null),
            })
        }
        Node::Prefix('!', operand) => Ok(V::Bool(!truth(&evaluate(operand, scope)?)?)),
        Node::Prefix(sign, operand) => match evaluate(operand, scope)? {
            V::Int(n) if *sign == '-' => n.checked_neg().map(V::Int).ok_or("arithmetic"),
            V::Real(n) if *sign == '-' => Ok(V::Real(-n)),
            number @ (V::Int(_) | V::Real(_)) => Ok(number),
            V::Null => Err("null_operand"),
            _ => Err("type"),
        },
        Node::Infix("&&", a, b) => Ok(V::Bool(truth(&evaluate(a, scope)?)? && truth(&evaluate(b, scope)?)?)),
        Node::Infix("||", a, b) => Ok(V::Bool(truth(&evaluate(a, scope)?)? || truth(&evaluate(b, scope)?)?)),
        Node::Infix("matches", text, pattern) => {
            let text = match evaluate(text, scope)? {
                V::Null => return Err("null_operand"),
                value => printed(&value).ok_or("type")?,
            };
            let pattern = match evaluate(pattern, scope)? {
                V::Null => return Err("null_operand"),
                value => as_text(&value).ok_or("type")?,
            };
            // Java's classes know ASCII only.
            let pattern = pattern.replace(r"\w", "[A-Za-z0-9_]").replace(r"\d", "[0-9]");
            let whole = regex::Regex::new(&format!("^(?:{pattern})$")).map_err(|_| "invalid_regex")?;
            Ok(V::Bool(whole.is_match(&text)))
        }
        Node::Infix(operator, a, b) => {
            let (a, b) = (evaluate(a, scope)?, evaluate(b, scope)?);
            infix(operator, &a, &b)
        }
        Node::Ternary(parts) => {
            let [condition, yes, no] = &**parts;
            evaluate(if truth(&evaluate(condition, scope)?)? { yes } else { no }, scope)
        }
        Node::Elvis(parts) => {
            let [first, second] = &**parts;
            match evaluate(first, scope)? {
                V::Null => evaluate(second, scope),
                V::Text(text) if text.is_empty() => evaluate(second, scope),
                value => Ok(value),
            }
        }
        Node::Lambda(..) => unreachable!("only as an argument"),
    }
}

/// What stands left of a dot; `None` for null before `?.`.
fn receiver(base: &Node, safe: bool, scope: &Scope<'_>) -> Evaluated<Option<V>> {
    match evaluate(base, scope)? {
        V::Null if safe && !scope.strict => Ok(None),
        V::Null => Err("null_operand"),
        value => Ok(Some(value)),
    }
}

fn lookup(name: &str, scope: &Scope<'_>) -> Evaluated {
    if let Some((_, value)) = scope.parameters.iter().rev().find(|(parameter, _)| parameter == name) {
        return Ok(value.clone());
    }
    match &scope.element {
        Some(element) => property(element, name),
        None if name == "user" => Ok(V::User(scope.context.clone())),
        None => Ok(from_json(&scope.context[name])),
    }
}

fn property(value: &V, name: &str) -> Evaluated {
    match value {
        V::Map(entries) => {
            Ok(entries.iter().find(|(key, _)| key == name).map_or(V::Null, |(_, value)| value.clone()))
        }
        V::User(context) => Ok(match name {
            "profile" => from_json(&context["profile"]),
            "groups" => {
                V::List(context["groups"].as_array().unwrap().iter().cloned().map(V::Group).collect())
            }
            _ => from_json(&context["profile"][name]),
        }),
        V::Group(group) => Ok(match name {
            "name" => from_json(&group["profile"]["name"]),
            _ => from_json(&group[name]),
        }),
        V::List(items) => Ok(V::List(
            items
                .iter()
                .map(|item| if *item == V::Null { Err("null_operand") } else { property(item, name) })
                .collect::<Result<_, _>>()?,
        )),
        V::Null => Err("null_operand"),
        _ => Err("unknown_property"),
    }
}

fn item(value: &V, index: &V) -> Evaluated {
    if let (V::Map(_), V::Text(key)) = (value, index) {
        return property(value, key);
    }
    let at = match index {
        V::Int(n) => Ok(*n),
        V::Real(n) if n.fract() == 0.0 => {
            if n.abs() < 9e18 {
                Ok(*n as i64)
            } else {
                Err("arithmetic")
            }
        }
        V::Text(_) if matches!(value, V::Text(_)) => return Err("type"),
        V::Text(text) => text.trim().parse().map_err(|_| "not_a_number"),
        V::Null => Err("null_operand"),
        _ => Err("type"),
    };
    let at = at.map(|n: i64| usize::try_from(n).unwrap_or(usize::MAX));
    match value {
        V::List(items) => items.get(at?).cloned().ok_or("index_out_of_bounds"),
        V::Text(text) => {
            let units: Vec<u16> = text.encode_utf16().collect();
            let unit = units.get(at?).ok_or("index_out_of_bounds")?;
            String::from_utf16(&[*unit]).map(V::Text).map_err(|_| "index_out_of_bounds")
        }
        _ => Err("type"),
    }
}

/// What a projection or selection goes through; of a map its entries, as objects with `key` and `value`.
fn elements(value: &V) -> Evaluated<Vec<V>> {
    match value {
        V::List(items) => Ok(items.clone()),
        V::Map(entries) => {
            let pair = |(key, value): &(String, V)| {
                V::Map(vec![("key".into(), V::Text(key.clone())), ("value".into(), value.clone())])
            };
            Ok(entries.iter().map(pair).collect())
        }
        _ => Err("type"),
    }
}

fn entries_as_map(entries: Vec<V>) -> V {
    let entry = |entry: V| match entry {
        V::Map(pair) => (as_text(&pair[0].1).unwrap(), pair[1].1.clone()),
        other => unreachable!("{other:?} is no entry"),
    };
    V::Map(entries.into_iter().map(entry).collect())
}

fn with_lambda(value: &V, name: &str, parameter: &str, body: &Node, scope: &Scope<'_>) -> Evaluated {
    let V::List(items) = value else { return Err("unknown_function") };
    let call = |item: &V| {
        let mut inner = scope.clone();
        inner.parameters.push((parameter.into(), item.clone()));
        evaluate(body, &inner)
    };
    let mut out = Vec::new();
    for item in items {
        let result = call(item)?;
        match name {
            "map" => out.push(result),
            "flatMap" => functions::flatten(&result, &mut out)?,
            "filter" if criterion(&result)? => out.push(item.clone()),
            "find" if criterion(&result)? => return Ok(item.clone()),
            "any" if criterion(&result)? => return Ok(V::Bool(true)),
            "none" if criterion(&result)? => return Ok(V::Bool(false)),
            "all" if !criterion(&result)? => return Ok(V::Bool(false)),
            _ => {}
        }
    }
    Ok(match name {
        "find" => V::Null,
        "any" => V::Bool(false),
        "none" | "all" => V::Bool(true),
        _ => V::List(out),
    })
}

/// What selects: true or false, and no text.
fn criterion(value: &V) -> Evaluated<bool> {
    match value {
        V::Bool(b) => Ok(*b),
        V::Null => Err("null_operand"),
        _ => Err("type"),
    }
}

/// What counts as true: Booleans, and the texts that Spring converts.
fn truth(value: &V) -> Evaluated<bool> {
    match value {
        V::Bool(b) => Ok(*b),
        V::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" | "1" => Ok(true),
            "false" | "off" | "no" | "0" => Ok(false),
            _ => Err("type"),
        },
        V::Null => Err("null_operand"),
        _ => Err("type"),
    }
}

fn infix(operator: &str, a: &V, b: &V) -> Evaluated {
    match operator {
        "==" => Ok(V::Bool(equal(a, b))),
        "!=" => Ok(V::Bool(!equal(a, b))),
        "<" => Ok(V::Bool(compare(a, b)? == Ordering::Less)),
        "<=" => Ok(V::Bool(compare(a, b)? != Ordering::Greater)),
        ">" => Ok(V::Bool(compare(a, b)? == Ordering::Greater)),
        ">=" => Ok(V::Bool(compare(a, b)? != Ordering::Less)),
        "+" if as_text(a).is_some() || as_text(b).is_some() => {
            Ok(V::Text(format!("{}{}", printed(a).ok_or("type")?, printed(b).ok_or("type")?)))
        }
        _ => arithmetic(operator, a, b),
    }
}

fn arithmetic(operator: &str, a: &V, b: &V) -> Evaluated {
    match (a, b) {
        (V::Int(a), V::Int(b)) => match operator {
            "+" => a.checked_add(*b),
            "-" => a.checked_sub(*b),
            "*" => a.checked_mul(*b),
            "/" => a.checked_div(*b),
            // i64::MIN % -1 has a value, though the division has none.
            "%" if *b != 0 => Some(a.wrapping_rem(*b)),
            "%" => None,
            _ => power(*a, *b),
        }
        .map(V::Int)
        .ok_or("arithmetic"),
        (V::Int(_) | V::Real(_), V::Int(_) | V::Real(_)) => {
            let (a, b) = (as_real(a), as_real(b));
            let result = match operator {
                "+" => a + b,
                "-" => a - b,
                "*" => a * b,
                "/" => a / b,
                "%" => a % b,
                _ => a.powf(b),
            };
            if result.is_finite() { Ok(V::Real(result)) } else { Err("arithmetic") }
        }
        // The first operand that is no number is to blame.
        (V::Int(_) | V::Real(_), V::Null) | (V::Null, _) => Err("null_operand"),
        _ => Err("type"),
    }
}

/// Whole, and without what a negative exponent leaves behind the point.
fn power(base: i64, exponent: i64) -> Option<i64> {
    match (base, exponent) {
        (1, _) => Some(1),
        (-1, _) => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        (0, 1..) => Some(0),
        (0, ..=-1) => None,
        (_, ..=-1) => Some(0),
        _ => base.checked_pow(exponent.min(100) as u32),
    }
}

fn as_real(value: &V) -> f64 {
    match value {
        V::Int(n) => *n as f64,
        V::Real(n) => *n,
        _ => f64::NAN,
    }
}

fn as_text(value: &V) -> Option<String> {
    match value {
        V::Text(text) => Some(text.clone()),
        V::Group(group) => group["profile"]["name"].as_str().map(str::to_owned),
        _ => None,
    }
}

/// How a value reads inside a text.
fn printed(value: &V) -> Option<String> {
    match value {
        V::Null => Some("null".into()),
        V::Bool(b) => Some(b.to_string()),
        V::Int(n) => Some(n.to_string()),
        V::Real(n) => Some(java_double(*n)),
        V::Text(_) | V::Group(_) => as_text(value),
        V::List(items) => joined(items, ","),
        V::Map(_) | V::User(_) => None,
    }
}

/// Elements with something between them. Null is empty here, and a list in a list has no text.
fn joined(items: &[V], separator: &str) -> Option<String> {
    let text = |item: &V| match item {
        V::Null => Some(String::new()),
        V::List(_) => None,
        item => printed(item),
    };
    items.iter().map(text).collect::<Option<Vec<_>>>().map(|texts| texts.join(separator))
}

/// As Java prints a double: `1.0`, `1.0E10`.
fn java_double(n: f64) -> String {
    if n == 0.0 || (1e-3..1e7).contains(&n.abs()) {
        return format!("{n:?}");
    }
    let text = format!("{n:E}");
    let (digits, exponent) = text.split_once('E').unwrap();
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

fn equal(a: &V, b: &V) -> bool {
    match (a, b) {
        (V::Int(_) | V::Real(_), V::Int(_) | V::Real(_)) => compare(a, b) == Ok(Ordering::Equal),
        (V::List(a), V::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (V::Map(a), V::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, a)| b.iter().any(|(other, b)| key == other && equal(a, b)))
        }
        (V::Group(_) | V::Text(_), V::Group(_) | V::Text(_)) => as_text(a) == as_text(b),
        _ => a == b,
    }
}

fn compare(a: &V, b: &V) -> Evaluated<Ordering> {
    match (a, b) {
        (V::Null, V::Null) => Ok(Ordering::Equal),
        (V::Null, _) => Ok(Ordering::Less),
        (_, V::Null) => Ok(Ordering::Greater),
        (V::Int(a), V::Int(b)) => Ok(a.cmp(b)),
        (V::Real(a), V::Real(b)) => a.partial_cmp(b).ok_or("type"),
        (V::Int(a), V::Real(b)) => Ok(i128::from(*a).cmp(&(b.floor() as i128)).then(if b.fract() == 0.0 {
            Ordering::Equal
        } else {
            Ordering::Less
        })),
        (V::Real(_), V::Int(_)) => compare(b, a).map(Ordering::reverse),
        (V::Bool(a), V::Bool(b)) => Ok(a.cmp(b)),
        _ => match (as_text(a), as_text(b)) {
            // Java compares UTF-16 units.
            (Some(a), Some(b)) => Ok(a.encode_utf16().cmp(b.encode_utf16())),
            _ => Err("type"),
        },
    }
}
