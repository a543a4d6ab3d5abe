//! The tree back to text that parses to the same tree.

use std::fmt::{self, Display, Formatter};

use super::ast::{Expr, Kind, Level, Link, LinkKind, Prefix, Which};

impl Display for Expr<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Null => f.write_str("null"),
            Kind::Bool(value) => value.fmt(f),
            Kind::Integer { value, long } => write!(f, "{value}{}", if *long { "L" } else { "" }),
            Kind::Real(value) => write!(f, "{value:?}"),
            Kind::Text(text) => quoted(f, text),
            Kind::Name(name) => f.write_str(name),
            Kind::List(elements) => {
                f.write_str("{")?;
                separated(f, elements)?;
                f.write_str("}")
            }
            Kind::Map(entries) => map(f, entries),
            Kind::Call { name, arguments } => call(f, name, arguments),
            Kind::Path { base, links } => {
                at_least(f, base, Level::Path)?;
                links.iter().try_for_each(|link| link.fmt(f))
            }
            Kind::Prefix { operator, operand } => prefix(f, *operator, operand),
            Kind::Chain { first, rest } => {
                let level = self.level();
                // The left side of a chain of the same level was in parentheses, or it would be one chain.
                at_least(f, first, level.tighter())?;
                rest.iter().try_for_each(|(operator, operand)| {
                    write!(f, " {} ", operator.as_str())?;
                    at_least(f, operand, level.tighter())
                })
            }
            Kind::Ternary(parts) => {
                let [condition, yes, no] = parts.as_ref();
                at_least(f, condition, Level::Or)?;
                write!(f, " ? {yes} : {no}")
            }
            Kind::Elvis(parts) => {
                let [value, other] = parts.as_ref();
                at_least(f, value, Level::Or)?;
                write!(f, " ?: {other}")
            }
            Kind::Lambda { parameter, body } => write!(f, "{parameter} => {body}"),
        }
    }
}

impl Display for Link<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let dot = if self.safe { "?." } else { "." };
        match &self.kind {
            LinkKind::Property(name) => write!(f, "{dot}{name}"),
            LinkKind::Method { name, arguments } => {
                f.write_str(dot)?;
                call(f, name, arguments)
            }
            LinkKind::Index(index) => write!(f, "{}[{index}]", if self.safe { "?." } else { "" }),
            LinkKind::Project(body) => write!(f, "{dot}![{body}]"),
            LinkKind::Select(Which::All, body) => write!(f, "{dot}?[{body}]"),
            LinkKind::Select(Which::First, body) => write!(f, "{dot}^[{body}]"),
            LinkKind::Select(Which::Last, body) => write!(f, "{dot}$[{body}]"),
        }
    }
}

/// Prints an operand, in parentheses if it binds more loosely than `level`.
fn at_least(f: &mut Formatter<'_>, expr: &Expr<'_>, level: Level) -> fmt::Result {
    match expr.level() < level {
        true => write!(f, "({expr})"),
        false => expr.fmt(f),
    }
}

fn prefix(f: &mut Formatter<'_>, operator: Prefix, operand: &Expr<'_>) -> fmt::Result {
    f.write_str(match operator {
        Prefix::Not => "!",
        Prefix::Minus => "-",
        Prefix::Plus => "+",
    })?;
    // `--` and `++` are tokens of their own.
    if matches!(operand.kind, Kind::Prefix { operator: inner, .. } if inner == operator && inner != Prefix::Not)
    {
        f.write_str(" ")?;
    }
    at_least(f, operand, Level::Prefix)
}

fn call(f: &mut Formatter<'_>, name: &str, arguments: &[Expr<'_>]) -> fmt::Result {
    write!(f, "{name}(")?;
    separated(f, arguments)?;
    f.write_str(")")
}

fn map(f: &mut Formatter<'_>, entries: &[(Expr<'_>, Expr<'_>)]) -> fmt::Result {
    if entries.is_empty() {
        return f.write_str("{:}");
    }
    for (index, (key, value)) in entries.iter().enumerate() {
        write!(f, "{}{key}: {value}", if index == 0 { "{" } else { ", " })?;
    }
    f.write_str("}")
}

fn separated(f: &mut Formatter<'_>, items: &[Expr<'_>]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
    }
    Ok(())
}

/// Double quotes, with those inside doubled.
fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('"', "\"\""))
}
