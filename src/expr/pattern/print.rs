//! A pattern in the syntax of the `regex` crate.

use std::fmt::{Display, Formatter, Result};

use super::class::{Class, Item};
use super::java::{Place, Tree};

/// Look-around prints as nothing: such patterns have a matcher of their own.
impl Display for Tree {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Tree::Empty | Tree::Look { .. } => Ok(()),
            Tree::Set(class) => class.fmt(f),
            Tree::Sequence(parts) => parts.iter().try_for_each(|part| match part {
                Tree::Either(_) => write!(f, "(?:{part})"),
                part => part.fmt(f),
            }),
            Tree::Either(branches) => branches
                .iter()
                .enumerate()
                .try_for_each(|(index, branch)| write!(f, "{}{branch}", if index == 0 { "" } else { "|" })),
            Tree::Repeat { what, least, most } => match most {
                None => write!(f, "(?:{what}){{{least},}}"),
                Some(most) => write!(f, "(?:{what}){{{least},{most}}}"),
            },
            Tree::At(place) => f.write_str(match place {
                Place::Start => r"\A",
                Place::End => r"\z",
                Place::LineStart => "(?m:^)",
                Place::LineEnd => "(?m:$)",
                Place::WordEdge => r"\b",
                Place::NoWordEdge => r"\B",
            }),
        }
    }
}

impl Display for Class {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        // Spelled out, so that nothing in it has a meaning of its own in the crate's syntax.
        f.write_str(if self.negated { "[^" } else { "[" })?;
        let grouped = !self.and.is_empty();
        if grouped {
            f.write_str("[")?;
        }
        self.items.iter().try_for_each(|item| item.fmt(f))?;
        if grouped {
            f.write_str("]")?;
        }
        self.and.iter().try_for_each(|class| write!(f, "&&{class}"))?;
        f.write_str("]")
    }
}

impl Display for Item {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Item::Range(first, last) if first == last => letter(f, *first),
            Item::Range(first, last) => {
                letter(f, *first)?;
                f.write_str("-")?;
                letter(f, *last)
            }
            Item::Property(text) => f.write_str(text),
            Item::Class(class) => class.fmt(f),
        }
    }
}

fn letter(f: &mut Formatter<'_>, letter: char) -> Result {
    match letter.is_ascii_alphanumeric() {
        true => write!(f, "{letter}"),
        false => write!(f, "\\u{{{:x}}}", u32::from(letter)),
    }
}
