//! Prints generated programs, with spelling chosen by chance: spaces, word operators, quotes, needless parentheses.

use std::fmt::Write;

use super::super::reference::V;
use super::{Node, Random, Safe};

/// A program as text that parses to it.
pub(in super::super) fn print(node: &Node, random: &mut Random) -> String {
    let mut out = String::new();
    write_node(&mut out, node, 0, random);
    out
}

/// How tightly a node binds, loosest first.
fn level(node: &Node) -> u8 {
    match node {
        Node::Ternary(_) | Node::Elvis(_) | Node::Lambda(..) => 0,
        Node::Infix("||", ..) => 1,
        Node::Infix("&&", ..) => 2,
        Node::Infix("+" | "-", ..) => 4,
        Node::Infix("*" | "/" | "%", ..) => 5,
        Node::Infix("^", ..) => 6,
        Node::Infix(..) => 3,
        Node::Prefix(..) => 7,
        _ => 8,
    }
}

fn write_node(out: &mut String, node: &Node, at_least: u8, random: &mut Random) {
    let lambda = matches!(node, Node::Lambda(..));
    if level(node) < at_least || (!lambda && random.once_in(30)) {
        out.push('(');
        write_node(out, node, 0, random);
        out.push(')');
        return;
    }
    match node {
        Node::Literal(value) => write_literal(out, value, random),
        Node::Name(name) => out.push_str(name),
        Node::List(items) => write_list(out, ["{", "}"], items, random),
        Node::Map(entries) => {
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                let separator = if i == 0 { "" } else { ", " };
                let quoted = if random.once_in(2) { format!("'{key}'") } else { key.clone() };
                let _ = write!(out, "{separator}{quoted}: ");
                write_node(out, value, 0, random);
            }
            out.push_str(if entries.is_empty() { ":}" } else { "}" });
        }
        Node::Property(base, safe, name) => {
            write_node(out, base, 8, random);
            let _ = write!(out, "{}{name}", dot(*safe));
        }
        Node::Index(base, index) => {
            write_node(out, base, 8, random);
            out.push('[');
            write_node(out, index, 0, random);
            out.push(']');
        }
        Node::Method(base, safe, name, arguments) => {
            write_node(out, base, 8, random);
            let _ = write!(out, "{}{name}", dot(*safe));
            write_list(out, ["(", ")"], arguments, random);
        }
        Node::Call(name, arguments) => {
            out.push_str(name);
            write_list(out, ["(", ")"], arguments, random);
        }
        Node::Project(base, safe, body) => {
            write_node(out, base, 8, random);
            let _ = write!(out, "{}![", dot(*safe));
            write_node(out, body, 0, random);
            out.push(']');
        }
        Node::Select(base, which, body) => {
            write_node(out, base, 8, random);
            let _ = write!(out, ".{which}[");
            write_node(out, body, 0, random);
            out.push(']');
        }
        Node::Prefix(operator, operand) => {
            match operator {
                '!' if random.once_in(3) => out.push_str(random.pick::<&str>(&["not ", "NOT "])),
                '!' => out.push('!'),
                // A space, for `--` is an operator that Okta refuses.
                other => {
                    out.push(*other);
                    out.push(' ');
                }
            }
            write_node(out, operand, 7, random);
        }
        Node::Infix(operator, left, right) => {
            let own = level(node);
            // Relations and powers don't chain; the others associate to the left.
            let on_the_left = if matches!(own, 3 | 6) { own + 1 } else { own };
            write_node(out, left, on_the_left, random);
            let _ = write!(out, " {} ", spelling(operator, random));
            write_node(out, right, own + 1, random);
        }
        Node::Ternary(parts) => {
            let [condition, yes, no] = &**parts;
            write_node(out, condition, 1, random);
            out.push_str(" ? ");
            write_node(out, yes, 0, random);
            out.push_str(" : ");
            write_node(out, no, 0, random);
        }
        Node::Elvis(parts) => {
            let [first, second] = &**parts;
            write_node(out, first, 1, random);
            out.push_str(" ?: ");
            write_node(out, second, 0, random);
        }
        Node::Lambda(parameter, body) => {
            let _ = write!(out, "{parameter} => ");
            write_node(out, body, 0, random);
        }
    }
}

fn dot(safe: Safe) -> &'static str {
    if safe { "?." } else { "." }
}

fn write_list(out: &mut String, [open, close]: [&str; 2], items: &[Node], random: &mut Random) {
    out.push_str(open);
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(random.pick::<&str>(&[",", ", ", " ,\n"]));
        }
        write_node(out, item, 0, random);
    }
    out.push_str(close);
}

fn write_literal(out: &mut String, value: &V, random: &mut Random) {
    let _ = match value {
        V::Null => write!(out, "{}", random.pick(&["null", "NULL"])),
        V::Bool(b) => {
            write!(out, "{}", random.pick(if *b { &["true", "True"] } else { &["false", "FALSE"] }))
        }
        V::Int(n) if *n > i64::from(i32::MAX) => write!(out, "{n}{}", random.pick(&["L", "l"])),
        V::Int(n) if random.once_in(10) => write!(out, "0x{n:x}"),
        V::Int(n) => write!(out, "{n}"),
        V::Real(n) if *n >= 1e15 => write!(out, "{n:e}"),
        V::Real(n) => write!(out, "{n:?}"),
        V::Text(text) if random.once_in(2) => write!(out, "'{}'", text.replace('\'', "''")),
        V::Text(text) => write!(out, "\"{}\"", text.replace('"', "\"\"")),
        other => unreachable!("{other:?} has no literal"),
    };
}

fn spelling(operator: &str, random: &mut Random) -> &'static str {
    let all: &[&'static str] = match operator {
        "&&" => &["&&", "AND", "and"],
        "||" => &["||", "OR", "Or"],
        "==" => &["==", "eq"],
        "!=" => &["!=", "ne"],
        "<" => &["<", "lt"],
        "<=" => &["<=", "le"],
        ">" => &[">", "gt", "GT"],
        ">=" => &[">=", "ge"],
        "/" => &["/", "div"],
        "%" => &["%", "mod"],
        "matches" => &["matches", "MATCHES"],
        "+" => &["+"],
        "-" => &["-"],
        "*" => &["*"],
        "^" => &["^"],
        other => unreachable!("operator {other}"),
    };
    random.pick::<&str>(all)
}
