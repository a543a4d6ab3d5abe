//! Lists: `Arrays.*` and the methods of lists.
//!
//! Every classic function takes text with commas for a list, as Spring's conversion does. All answer a new list.

use std::borrow::Cow;

use super::super::error::{ErrorKind, Fault};
use super::super::ops;
use super::super::ty::Ty;
use super::Kind::{Any, Integer, Lambda, ListOrNull};
use super::*;

pub(super) const FUNCTIONS: &[Function] = &[
    class("Arrays", "add", &[need("list", ListOrNull), need("value", Any)], Ty::LIST)
        .means("The list with the value at its end. Null counts as empty.")
        .example_is("Arrays.add({10, 20, 30}, 40)", "[10, 20, 30, 40]")
        .does(Body::Two(add)),
    class("Arrays", "remove", &[need("list", ListOrNull), need("value", Any)], Ty::LIST.or(Ty::NULL))
        .means("The list without the elements that equal the value; it is a value, not a position.")
        .example_is("Arrays.remove({10, 20, 30}, 20)", "[10, 30]")
        .does(Body::Two(remove)),
    class("Arrays", "clear", &[need("list", ListOrNull)], Ty::LIST)
        .means("The empty list.")
        .example_is("Arrays.clear({10, 20, 30})", "[]")
        .does(Body::One(clear)),
    class("Arrays", "get", &[need("list", Kind::List), need("position", Integer)], Ty::ANY)
        .means("The element at a position, counted from 0.")
        .example_is("Arrays.get({0, 1, 2}, 0)", "0")
        .does(Body::Two(get)),
    class("Arrays", "flatten", &[each("value", Any)], Ty::LIST)
        .means("All values in one list, without inner lists; text is split at commas. Null is an error.")
        .example_is("Arrays.flatten(10, {20, 30}, 40)", "[10, 20, 30, 40]")
        .does(Body::Many(flatten_all)),
    class("Arrays", "contains", &[need("list", ListOrNull), need("value", Any)], Ty::BOOL)
        .means("Whether an element equals the value; case matters. Null contains nothing.")
        .example_is("Arrays.contains({10, 20, 30}, 10)", "true")
        .does(Body::Two(contains)),
    class("Arrays", "size", &[need("list", ListOrNull)], Ty::INT)
        .means("How many elements there are. Null has none.")
        .example_is("Arrays.size(NULL)", "0")
        .does(Body::One(size)),
    class("Arrays", "isEmpty", &[need("list", ListOrNull)], Ty::BOOL)
        .means("Whether there are no elements. Null has none.")
        .example_is("Arrays.isEmpty(NULL)", "true")
        .does(Body::One(is_empty)),
    class("Arrays", "toCsvString", &[need("list", ListOrNull)], Ty::TEXT)
        .means(
            "The elements as text with commas between them, neither trimmed nor quoted. Null is empty text.",
        )
        .example_is(r#"Arrays.toCsvString({"This", "is", " a ", "test"})"#, r#""This,is, a ,test""#)
        .does(Body::One(to_csv)),
    method(Receiver::List, "contains", LIST_AND_VALUE, Ty::BOOL)
        .means("Whether an element equals the value; case matters.")
        .example_is("{1, 2, 3}.contains('one')", "false")
        .does(Body::Two(contains)),
    method(Receiver::List, "size", LIST, Ty::INT)
        .means("How many elements there are.")
        .example_is("{'one', 'two'}.size()", "2")
        .does(Body::One(size)),
    method(Receiver::List, "isEmpty", LIST, Ty::BOOL)
        .means("Whether there are no elements.")
        .example_is("{}.isEmpty()", "true")
        .does(Body::One(is_empty)),
    method(Receiver::List, "add", LIST_AND_VALUE, Ty::LIST)
        .means("A new list with the value at its end.")
        .example_is("{'one', 'two'}.add('two')", r#"["one", "two", "two"]"#)
        .does(Body::Two(add)),
    method(Receiver::List, "remove", LIST_AND_VALUE, Ty::LIST)
        .means("A new list without the elements that equal the value; it is a value, not a position.")
        .example_is("{1, 2, 3}.remove(1)", "[2, 3]")
        .does(Body::Two(remove)),
    method(Receiver::List, "flatten", LIST, Ty::LIST)
        .means("A new list without inner lists.")
        .example_is("{{1}, {2, 3}}.flatten()", "[1, 2, 3]")
        .does(Body::One(flatten)),
    method(Receiver::List, "filter", LAMBDA, Ty::LIST)
        .ours()
        .means("The elements for which the condition holds.")
        .example_is("{'role_a', 'b'}.filter(g => g.startsWith('role_'))", r#"["role_a"]"#)
        .does(Body::Each(filter)),
    method(Receiver::List, "map", LAMBDA, Ty::LIST)
        .ours()
        .means("What the function makes of each element.")
        .example_is("{'role_a', 'role_b'}.map(g => g.replace('role_', ''))", r#"["a", "b"]"#)
        .does(Body::Each(map)),
    method(Receiver::List, "flatMap", LAMBDA, Ty::LIST)
        .ours()
        .means("What the function makes of each element, in one list without inner lists.")
        .example_is("{'a b', 'c'}.flatMap(x => x.split(' '))", r#"["a", "b", "c"]"#)
        .does(Body::Each(flat_map)),
    method(Receiver::List, "find", LAMBDA, Ty::ANY)
        .ours()
        .means("The first element for which the condition holds, or null.")
        .example_is("{1, 5, 7}.find(x => x > 2)", "5")
        .does(Body::Each(find)),
    method(Receiver::List, "any", LAMBDA, Ty::BOOL)
        .ours()
        .means("Whether the condition holds for an element at least.")
        .example_is("{1, 5, 7}.any(x => x > 6)", "true")
        .does(Body::Each(any)),
    method(Receiver::List, "some", LAMBDA, Ty::BOOL)
        .ours()
        .means("The same as `any`.")
        .example_is("{1, 5, 7}.some(x => x > 7)", "false")
        .does(Body::Each(any)),
    method(Receiver::List, "all", LAMBDA, Ty::BOOL)
        .ours()
        .means("Whether the condition holds for every element; it does for an empty list.")
        .example_is("{1, 5, 7}.all(x => x > 0)", "true")
        .does(Body::Each(all)),
    method(Receiver::List, "every", LAMBDA, Ty::BOOL)
        .ours()
        .means("The same as `all`.")
        .example_is("{1, 5, 7}.every(x => x > 1)", "false")
        .does(Body::Each(all)),
    method(Receiver::List, "none", LAMBDA, Ty::BOOL)
        .ours()
        .means("Whether the condition holds for no element.")
        .example_is("{1, 5, 7}.none(x => x > 7)", "true")
        .does(Body::Each(none)),
    method(Receiver::List, "join", &[need("list", Kind::List), need("separator", Kind::Text)], Ty::TEXT)
        .ours()
        .means("The elements as text with the separator between them.")
        .example_is("{'a', 'b'}.join('; ')", r#""a; b""#)
        .does(Body::Two(join)),
    method(Receiver::List, "distinct", LIST, Ty::LIST)
        .ours()
        .means("The elements without those that equal an earlier one.")
        .example_is("{1, 2, 1}.distinct()", "[1, 2]")
        .does(Body::One(distinct)),
    method(Receiver::List, "sort", LIST, Ty::LIST)
        .ours()
        .means("The elements in ascending order; they must compare with `<`.")
        .example_is("{'b', 'c', 'a'}.sort()", r#"["a", "b", "c"]"#)
        .does(Body::One(sort)),
    method(Receiver::List, "reverse", LIST, Ty::LIST)
        .ours()
        .means("The elements in the other order.")
        .example_is("{1, 2, 3}.reverse()", "[3, 2, 1]")
        .does(Body::One(reverse)),
    method(Receiver::List, "first", LIST, Ty::ANY)
        .ours()
        .means("The first element, or null.")
        .example_is("{1, 2, 3}.first()", "1")
        .does(Body::One(first)),
    method(Receiver::List, "last", LIST, Ty::ANY)
        .ours()
        .means("The last element, or null.")
        .example_is("{1, 2, 3}.last()", "3")
        .does(Body::One(last)),
];

const LIST: &[Parameter] = &[need("list", Kind::List)];
const LIST_AND_VALUE: &[Parameter] = &[need("list", Kind::List), need("value", Any)];
const LAMBDA: &[Parameter] = &[need("list", Kind::List), need("function", Lambda)];

/// The list that a parameter of kind list holds; null is empty.
fn elements(val: Val<'_>) -> List<'_> {
    match val {
        Val::List(list) => list,
        _ => List::Slice(&[]),
    }
}

fn add<'a>(cx: &mut Cx<'_, 'a>, list: Val<'a>, value: Val<'a>) -> Eval<'a> {
    let list = elements(list);
    let mut longer = cx.list(list.len())?;
    list.into_iter().try_for_each(|element| longer.push(cx, element))?;
    longer.push(cx, value)?;
    Ok(longer.finish())
}

fn remove<'a>(cx: &mut Cx<'_, 'a>, list: Val<'a>, value: Val<'a>) -> Eval<'a> {
    if matches!(list, Val::Null) {
        return Ok(Val::Null);
    }
    let list = elements(list);
    let mut kept = cx.list(list.len())?;
    for element in list {
        if !ops::equal(cx, &element, &value)? {
            kept.push(cx, element)?;
        }
    }
    Ok(kept.finish())
}

fn clear<'a>(_: &mut Cx<'_, 'a>, _: Val<'a>) -> Eval<'a> {
    Ok(Val::List(List::Slice(&[])))
}

fn get<'a>(_: &mut Cx<'_, 'a>, list: Val<'a>, position: Val<'a>) -> Eval<'a> {
    let list = elements(list);
    ops::element(list, &position).map_err(|fault| fault.in_argument(1))
}

fn flatten_all<'a>(cx: &mut Cx<'_, 'a>, values: Vec<Val<'a>>) -> Eval<'a> {
    // Values in lists stay as they are; text among the arguments, or in a lone list of them, is split.
    let mut flat = cx.list(values.len())?;
    for (index, value) in values.into_iter().enumerate() {
        flatten_into(cx, &mut flat, value, true).map_err(|fault| fault.in_argument(index))?;
    }
    Ok(flat.finish())
}

fn flatten<'a>(cx: &mut Cx<'_, 'a>, list: Val<'a>) -> Eval<'a> {
    let mut flat = cx.list(elements(list.view()).len())?;
    flatten_into(cx, &mut flat, list, false)?;
    Ok(flat.finish())
}

/// Appends a value without its inner lists. Lists in values are as deep as expressions and JSON may nest, so the
/// iterators of the open ones make the stack.
fn flatten_into<'a>(
    cx: &mut Cx<'_, 'a>,
    flat: &mut Building<'a>,
    value: Val<'a>,
    split: bool,
) -> Fallible<()> {
    let mut open = vec![List::Owned(vec![value]).into_iter()];
    while let Some(innermost) = open.last_mut() {
        match innermost.next() {
            None => {
                open.pop();
            }
            Some(Val::List(list)) => {
                cx.step()?;
                open.push(list.into_iter());
            }
            Some(Val::Null) => {
                return Err(Fault::new(ErrorKind::NullOperand, "null cannot be flattened: use `?: {}`"));
            }
            Some(Val::Text(text)) if split && open.len() == 1 => {
                csv(cx, text)?.into_iter().try_for_each(|part| flat.push(cx, part))?
            }
            Some(element) => flat.push(cx, element)?,
        }
    }
    Ok(())
}

fn contains<'a>(cx: &mut Cx<'_, 'a>, list: Val<'a>, value: Val<'a>) -> Eval<'a> {
    for element in elements(list) {
        cx.step()?;
        if ops::equal(cx, &element, &value)? {
            return Ok(Val::Bool(true));
        }
    }
    Ok(Val::Bool(false))
}

fn size<'a>(_: &mut Cx<'_, 'a>, list: Val<'a>) -> Eval<'a> {
    Ok(Val::Int(i64::try_from(elements(list).len()).unwrap_or(i64::MAX)))
}

fn is_empty<'a>(_: &mut Cx<'_, 'a>, list: Val<'a>) -> Eval<'a> {
    Ok(Val::Bool(elements(list).len() == 0))
}

fn to_csv<'a>(cx: &mut Cx<'_, 'a>, list: Val<'a>) -> Eval<'a> {
    ops::joined(cx, elements(list), ",")
}

fn join<'a>(cx: &mut Cx<'_, 'a>, list: Val<'a>, separator: Val<'a>) -> Eval<'a> {
    ops::joined(cx, elements(list), separator.as_text().unwrap_or_default())
}

fn filter<'a>(cx: &mut Cx<'_, 'a>, list: List<'a>, condition: Closure<'_, 'a>) -> Eval<'a> {
    let mut kept = cx.list(list.len().min(64))?;
    for element in list {
        if condition.holds(cx, &element)? {
            kept.push(cx, element)?;
        }
    }
    Ok(kept.finish())
}

fn map<'a>(cx: &mut Cx<'_, 'a>, list: List<'a>, function: Closure<'_, 'a>) -> Eval<'a> {
    let mut made = cx.list(list.len())?;
    for element in list {
        let value = function.call(cx, &element)?;
        made.push(cx, value)?;
    }
    Ok(made.finish())
}

fn flat_map<'a>(cx: &mut Cx<'_, 'a>, list: List<'a>, function: Closure<'_, 'a>) -> Eval<'a> {
    let mut made = cx.list(list.len())?;
    for element in list {
        let value = function.call(cx, &element)?;
        flatten_into(cx, &mut made, value, false)?;
    }
    Ok(made.finish())
}

fn find<'a>(cx: &mut Cx<'_, 'a>, list: List<'a>, condition: Closure<'_, 'a>) -> Eval<'a> {
    for element in list {
        if condition.holds(cx, &element)? {
            return Ok(element);
        }
    }
    Ok(Val::Null)
}

/// Whether the condition is `wanted` for an element.
fn exists<'a>(
    cx: &mut Cx<'_, 'a>,
    list: List<'a>,
    condition: &Closure<'_, 'a>,
    wanted: bool,
) -> Fallible<bool> {
    for element in list {
        if condition.holds(cx, &element)? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

fn any<'a>(cx: &mut Cx<'_, 'a>, list: List<'a>, condition: Closure<'_, 'a>) -> Eval<'a> {
    exists(cx, list, &condition, true).map(Val::Bool)
}

fn all<'a>(cx: &mut Cx<'_, 'a>, list: List<'a>, condition: Closure<'_, 'a>) -> Eval<'a> {
    exists(cx, list, &condition, false).map(|exception| Val::Bool(!exception))
}

fn none<'a>(cx: &mut Cx<'_, 'a>, list: List<'a>, condition: Closure<'_, 'a>) -> Eval<'a> {
    exists(cx, list, &condition, true).map(|exception| Val::Bool(!exception))
}

fn distinct<'a>(cx: &mut Cx<'_, 'a>, list: Val<'a>) -> Eval<'a> {
    let mut kept: Vec<Val<'a>> = Vec::new();
    for element in elements(list) {
        let mut known = false;
        for earlier in &kept {
            cx.step()?;
            known = known || ops::equal(cx, earlier, &element)?;
        }
        if !known {
            cx.element(kept.len())?;
            kept.push(element);
        }
    }
    Ok(Val::List(List::Owned(kept)))
}

fn sort<'a>(cx: &mut Cx<'_, 'a>, list: Val<'a>) -> Eval<'a> {
    let mut sorted = copy(cx, list)?;
    // Elements of one kind have a total order, which sorting needs; so does null before all.
    if let Some(known) = sorted.iter().find(|element| !matches!(element, Val::Null)) {
        for element in &sorted {
            cx.steps(1 + u64::from(sorted.len().checked_ilog2().unwrap_or(0)))?;
            let same = std::mem::discriminant(known) == std::mem::discriminant(element);
            let number: fn(&Val<'_>) -> bool = |val| matches!(val, Val::Int(_) | Val::Double(_));
            let both = |is: fn(&Val<'_>) -> bool| is(known) && is(element);
            let text = both(|val| val.as_text().is_some());
            if !(same || text || matches!(element, Val::Null) || both(number)) {
                let message = format!("{} and {} have no order", known.describe(), element.describe());
                return Err(Fault::new(ErrorKind::Type, message).in_argument(0));
            }
            ops::compare(known, element).map_err(|fault| fault.in_argument(0))?;
        }
    }
    sorted.sort_by(|left, right| ops::compare(left, right).unwrap_or(std::cmp::Ordering::Equal));
    Ok(Val::List(List::Owned(sorted)))
}

fn reverse<'a>(cx: &mut Cx<'_, 'a>, list: Val<'a>) -> Eval<'a> {
    let mut reversed = copy(cx, list)?;
    reversed.reverse();
    Ok(Val::List(List::Owned(reversed)))
}

fn copy<'a>(cx: &mut Cx<'_, 'a>, list: Val<'a>) -> Fallible<Vec<Val<'a>>> {
    let list = elements(list);
    let mut copy = cx.list(list.len())?;
    list.into_iter().try_for_each(|element| copy.push(cx, element))?;
    Ok(copy.into_vec())
}

fn first<'a>(_: &mut Cx<'_, 'a>, list: Val<'a>) -> Eval<'a> {
    Ok(elements(list).into_iter().next().unwrap_or(Val::Null))
}

fn last<'a>(_: &mut Cx<'_, 'a>, list: Val<'a>) -> Eval<'a> {
    let list = elements(list);
    let length = list.len();
    Ok(list.into_iter().nth(length.saturating_sub(1)).unwrap_or(Val::Null))
}

/// Text as a list: split at commas, each part trimmed; empty text is the empty list.
pub(in crate::expr) fn csv<'a>(cx: &mut Cx<'_, 'a>, text: Cow<'a, str>) -> Fallible<List<'a>> {
    if text.is_empty() {
        return Ok(List::Slice(&[]));
    }
    let mut parts = cx.list(0)?;
    match text {
        Cow::Borrowed(text) => text.split(',').try_for_each(|part| parts.push(cx, Val::text(part.trim())))?,
        Cow::Owned(text) => {
            for part in text.split(',') {
                let part = cx.text(part.trim().to_owned())?;
                parts.push(cx, part)?;
            }
        }
    }
    Ok(List::Owned(parts.into_vec()))
}
