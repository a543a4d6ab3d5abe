//! What an evaluation may still spend: steps, bytes of text, elements of lists.
//!
//! Everything that makes text or lists goes through here, and asks before it allocates.

use std::borrow::Cow;

use super::error::{ErrorKind, Fallible, Fault};
use super::limits::Limits;
use super::value::{List, Object, Val};

#[derive(Debug)]
pub(super) struct Budget {
    steps: u64,
    bytes: usize,
    elements: usize,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Budget {
        Budget { steps: limits.steps, bytes: limits.bytes, elements: limits.elements }
    }

    /// One step of work.
    #[inline]
    pub(super) fn step(&mut self) -> Fallible<()> {
        match self.steps {
            0 => Err(exceeded("more steps than the limit")),
            _ => {
                self.steps -= 1;
                Ok(())
            }
        }
    }

    /// Several steps of work.
    pub(super) fn steps(&mut self, count: u64) -> Fallible<()> {
        match self.steps.checked_sub(count) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => {
                self.steps = 0;
                Err(exceeded("more steps than the limit"))
            }
        }
    }

    /// The work of reading through a text: nothing for what a step covers, more for a text of many kilobytes.
    #[inline]
    pub(super) fn scan(&mut self, bytes: usize) -> Fallible<()> {
        match bytes >> 9 {
            0 => Ok(()),
            pages => self.steps(pages as u64),
        }
    }

    /// The work of copying a value: nothing for one that borrows, a step for every few elements of one that doesn't.
    #[inline]
    pub(super) fn copy(&mut self, value: &Val<'_>) -> Fallible<()> {
        match value {
            Val::Text(Cow::Owned(text)) => self.scan(text.len()),
            Val::List(List::Owned(_)) | Val::Object(Object::Entries(_)) => self.steps(weight(value) / 4),
            _ => Ok(()),
        }
    }

    fn spend(&mut self, bytes: usize) -> Fallible<()> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or_else(|| exceeded("more text than the limit"))?;
        Ok(())
    }

    /// Text that a function has made.
    pub(super) fn text<'a>(&mut self, text: String) -> Fallible<Val<'a>> {
        self.spend(text.len())?;
        Ok(Val::Text(Cow::Owned(text)))
    }

    /// Two texts in one; grows the left one in place where it can.
    pub(super) fn concat<'a>(&mut self, left: Cow<'a, str>, right: &str) -> Fallible<Val<'a>> {
        if right.is_empty() {
            return Ok(Val::Text(left));
        }
        let text = match left {
            Cow::Owned(mut left) => {
                self.spend(right.len())?;
                left.push_str(right);
                left
            }
            Cow::Borrowed(left) => {
                self.spend(left.len() + right.len())?;
                let mut text = String::with_capacity(left.len() + right.len());
                text.push_str(left);
                text.push_str(right);
                text
            }
        };
        Ok(Val::Text(Cow::Owned(text)))
    }

    /// Text to be made piece by piece, of about so many bytes.
    pub(super) fn builder(&self, expected: usize) -> Builder {
        Builder { text: String::with_capacity(expected.min(self.bytes)), room: self.bytes }
    }

    pub(super) fn finish<'a>(&mut self, builder: Builder) -> Fallible<Val<'a>> {
        self.text(builder.text)
    }

    /// A list to be made element by element, of about this many.
    pub(super) fn list<'a>(&self, expected: usize) -> Fallible<Building<'a>> {
        Ok(Building { list: Vec::new(), expected: expected.min(self.elements) })
    }

    /// One more element in a list of this length.
    #[inline]
    pub(super) fn element(&mut self, length: usize) -> Fallible<()> {
        if length >= self.elements {
            return Err(exceeded("a list of more elements than the limit"));
        }
        self.step()
    }
}

/// How many elements and entries a value owns, those of inner values included.
fn weight(value: &Val<'_>) -> u64 {
    match value {
        Val::Text(Cow::Owned(text)) => 1 + text.len() as u64 / 64,
        Val::List(List::Owned(elements)) => 1 + elements.iter().map(weight).sum::<u64>(),
        Val::Object(Object::Entries(entries)) => {
            1 + entries.iter().map(|(_, value)| weight(value)).sum::<u64>()
        }
        _ => 1,
    }
}

pub(super) struct Builder {
    text: String,
    room: usize,
}

impl Builder {
    pub(super) fn push(&mut self, text: &str) -> Fallible<()> {
        self.room = self.room.checked_sub(text.len()).ok_or_else(|| exceeded("more text than the limit"))?;
        self.text.push_str(text);
        Ok(())
    }
}

/// A list in the making; it needs no memory before its first element.
pub(super) struct Building<'a> {
    list: Vec<Val<'a>>,
    expected: usize,
}

impl<'a> Building<'a> {
    #[inline]
    pub(super) fn push(&mut self, budget: &mut Budget, element: Val<'a>) -> Fallible<()> {
        budget.element(self.list.len())?;
        if self.list.is_empty() {
            self.list.reserve(self.expected);
        }
        self.list.push(element);
        Ok(())
    }

    pub(super) fn into_vec(self) -> Vec<Val<'a>> {
        self.list
    }

    pub(super) fn finish(self) -> Val<'a> {
        Val::List(List::Owned(self.list))
    }
}

#[cold]
fn exceeded(what: &str) -> Box<Fault> {
    Fault::new(ErrorKind::LimitExceeded, format!("the evaluation takes {what}"))
}
