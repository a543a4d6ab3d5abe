//! What paths take from values: properties, elements, projections, selections. And the literals that make such values.

use std::borrow::Cow;

use super::super::ast::Which;
use super::super::value::{Object, group_property};
use super::*;

impl Property {
    #[inline(never)]
    pub(super) fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let value = match self.on.eval(cx, scope)? {
            Val::Object(object) => return Ok(object.get(&self.name)),
            Val::Null if self.safe => return Ok(Val::Null),
            Val::Group(group) | Val::GroupName(group) => return Ok(group_property(group, &self.name)),
            Val::Null => Err(blame(null_receiver(&format!("property `{}`", self.name)), &self.on)),
            Val::List(list) if self.through_lists => return self.of_elements(list, cx),
            other => Err(Fault::new(
                ErrorKind::UnknownProperty,
                format!("{} has no property `{}`", other.describe(), self.name),
            )),
        };
        value.map_err(|fault| fault.at(self.span))
    }

    /// `user.groups.name`: a list answers with its elements' properties.
    fn of_elements<'a>(&'a self, list: List<'a>, cx: &mut Cx<'_, 'a>) -> Eval<'a> {
        let mut found = cx.list(list.len())?;
        for element in list {
            let value = match element {
                Val::Object(object) => object.get(&self.name),
                Val::Group(group) | Val::GroupName(group) => group_property(group, &self.name),
                Val::Null => {
                    return Err(
                        null_receiver(&format!("property `{}` of an element", self.name)).at(self.span)
                    );
                }
                other => {
                    let message = format!("{} in the list has no property `{}`", other.describe(), self.name);
                    return Err(Fault::new(ErrorKind::UnknownProperty, message).at(self.span));
                }
            };
            found.push(cx, value)?;
        }
        Ok(found.finish())
    }
}

impl Index {
    #[inline(never)]
    pub(super) fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let on = self.on.eval(cx, scope)?;
        match (on, &self.bare) {
            (Val::Object(object), Some(name)) => Ok(object.get(name)),
            (Val::Null, _) if self.safe => Ok(Val::Null),
            (Val::Null, _) => Err(blame(null_receiver("an element"), &self.on).at(self.span)),
            (on, _) => {
                let index = self.index.eval(cx, scope)?;
                self.take(on, index, cx).map_err(|fault| fault.at(self.index.span))
            }
        }
    }

    fn take<'a>(&self, on: Val<'a>, index: Val<'a>, cx: &mut Cx<'_, 'a>) -> Eval<'a> {
        match on {
            Val::List(list) => ops::element(list, &index),
            Val::Text(_) | Val::GroupName(_) if !matches!(index, Val::Text(_)) => ops::character(on, &index),
            Val::Object(_) | Val::Group(_) | Val::GroupName(_) => match index {
                Val::Null => Err(Fault::new(ErrorKind::NullOperand, "null is no key")),
                Val::List(_) | Val::Object(_) | Val::Group(_) => {
                    Err(Fault::new(ErrorKind::Type, format!("{} is no key", index.describe())))
                }
                index => {
                    let name = ops::to_text(cx, index)?;
                    match on {
                        Val::Object(object) => Ok(object.get(&name)),
                        Val::Group(group) | Val::GroupName(group) => Ok(group_property(group, &name)),
                        _ => Ok(Val::Null),
                    }
                }
            },
            other => {
                Err(Fault::new(ErrorKind::Type, format!("{} has no elements", other.describe()))
                    .at(self.span))
            }
        }
    }
}

/// The entries of a map as its elements: objects with `key` and `value`.
fn entries_as_elements<'a>(object: Object<'a>, cx: &mut Cx<'_, 'a>) -> Fallible<List<'a>> {
    let mut elements = cx.list(0)?;
    for (key, value) in object.entries() {
        let parts = vec![(Cow::Borrowed("key"), Val::Text(key)), (Cow::Borrowed("value"), value)];
        elements.push(cx, Val::Object(Object::Entries(parts)))?;
    }
    Ok(List::Owned(elements.into_vec()))
}

impl Project {
    #[inline(never)]
    pub(super) fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let list = match self.on.eval(cx, scope)? {
            Val::List(list) => list,
            Val::Object(object) => entries_as_elements(object, cx)?,
            Val::Null if self.safe => return Ok(Val::Null),
            Val::Null => return Err(blame(null_receiver("a projection"), &self.on).at(self.span)),
            other => {
                let message = format!("{} has no elements to project", other.describe());
                return Err(Fault::new(ErrorKind::Type, message).at(self.span));
            }
        };
        let body = Closure { body: &self.body, outer: scope };
        let mut made = cx.list(list.len())?;
        for element in list {
            let value = body.call(cx, &element)?;
            made.push(cx, value)?;
        }
        Ok(made.finish())
    }
}

impl Select {
    #[inline(never)]
    pub(super) fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let (list, of_map) = match self.on.eval(cx, scope)? {
            Val::List(list) => (list, false),
            Val::Object(object) => (entries_as_elements(object, cx)?, true),
            Val::Null if self.safe => return Ok(Val::Null),
            Val::Null => return Err(blame(null_receiver("a selection"), &self.on).at(self.span)),
            other => {
                let message = format!("{} has no elements to select", other.describe());
                return Err(Fault::new(ErrorKind::Type, message).at(self.span));
            }
        };
        let condition = Closure { body: &self.condition, outer: scope };
        let mut kept = cx.list(0)?;
        let mut last = Val::Null;
        for element in list {
            if !condition.holds(cx, &element)? {
                continue;
            }
            match self.which {
                Which::All => kept.push(cx, element)?,
                Which::First => return Ok(if of_map { as_map(vec![element]) } else { element }),
                Which::Last => last = element,
            }
        }
        Ok(match (self.which, last) {
            (Which::All, _) if of_map => as_map(kept.into_vec()),
            (Which::All, _) => kept.finish(),
            (_, Val::Null) => Val::Null,
            (_, last) if of_map => as_map(vec![last]),
            (_, last) => last,
        })
    }
}

/// Selected entries of a map as a map again.
fn as_map(entries: Vec<Val<'_>>) -> Val<'_> {
    let entry = |val| match val {
        Val::Object(object) => {
            let mut parts = object.entries().into_iter().map(|(_, part)| part);
            Some((parts.next()?.into_text()?, parts.next()?))
        }
        _ => None,
    };
    Val::Object(Object::Entries(entries.into_iter().filter_map(entry).collect()))
}

#[inline(never)]
pub(super) fn list<'a>(elements: &'a [Node], cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
    let mut list = cx.list(elements.len())?;
    for element in elements {
        let value = element.eval(cx, scope)?;
        list.push(cx, value)?;
    }
    Ok(list.finish())
}

/// A key that is given twice has the last value, in the first place.
#[inline(never)]
pub(super) fn map<'a>(entries: &'a [(Key, Node)], cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
    let mut map: Vec<(Cow<'a, str>, Val<'a>)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let key = match key {
            Key::Constant(key) => Cow::Borrowed(key.as_ref()),
            Key::Computed(key) => key_text(key, cx, scope)?,
        };
        let value = value.eval(cx, scope)?;
        cx.element(map.len())?;
        cx.weigh(&value)?;
        match map.iter_mut().find(|(known, _)| *known == key) {
            Some(entry) => entry.1 = value,
            None => map.push((key, value)),
        }
    }
    Ok(Val::Object(Object::Entries(map)))
}

fn key_text<'a>(key: &'a Placed, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Fallible<Cow<'a, str>> {
    let fault = match key.eval(cx, scope)? {
        Val::Null => Fault::new(ErrorKind::NullOperand, "null is no key"),
        value @ (Val::List(_) | Val::Object(_) | Val::Group(_)) => {
            Fault::new(ErrorKind::Type, format!("{} is no key", value.describe()))
        }
        value => return ops::to_text(cx, value),
    };
    Err(fault.at(key.span))
}
