//! Text: `String.*`, the deprecated globals, and the methods of text.
//!
//! Where Okta says nothing of null, the classic functions keep the rules of commons-lang, whose names they share: null
//! in, null out, and null contains nothing. Methods refuse null as a receiver and as an argument.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::super::error::{ErrorKind, Fault};
use super::super::ty::Ty;
use super::Kind::{Integer, Text, TextOrNull};
use super::*;

pub(super) const FUNCTIONS: &[Function] = &[
    class("String", "append", &[need("text", TextOrNull), need("suffix", TextOrNull)], Ty::TEXT)
        .means("The text, then the suffix. Null counts as empty.")
        .example_is(r#"String.append("This is", " a test")"#, r#""This is a test""#)
        .does(Body::Two(append)),
    class("String", "join", &[need("separator", TextOrNull), each("part", TextOrNull)], Ty::TEXT)
        .means("The parts with the separator between them. Null counts as empty.")
        .example_is(r#"String.join(",", "This", "is", "a", "test")"#, r#""This,is,a,test""#)
        .does(Body::Many(join)),
    class("String", "len", &[need("text", TextOrNull)], Ty::INT)
        .means("How long the text is, in UTF-16 units as in Java. Null is 0 long.")
        .example_is(r#"String.len("This")"#, "4")
        .does(Body::One(length)),
    class("String", "removeSpaces", &[need("text", TextOrNull)], NULLABLE)
        .means("The text without its spaces (U+0020).")
        .example_is(r#"String.removeSpaces("This is a test")"#, r#""Thisisatest""#)
        .does(Body::One(remove_spaces)),
    class("String", "replace", REPLACE, NULLABLE)
        .means("The text with every occurrence of the match replaced; the match is text, not a pattern.")
        .example_is(r#"String.replace("This is a test", "is", "at")"#, r#""That at a test""#)
        .does(Body::Three(replace)),
    class("String", "replaceFirst", REPLACE, NULLABLE)
        .means("The text with the first occurrence of the match replaced; the match is text, not a pattern.")
        .example_is(r#"String.replaceFirst("This is a test", "is", "at")"#, r#""That is a test""#)
        .does(Body::Three(replace_first)),
    class("String", "startsWith", &[need("text", TextOrNull), need("prefix", TextOrNull)], Ty::BOOL)
        .means("Whether the text begins with the prefix; case matters.")
        .example_is(r#"String.startsWith("Kiss", "K")"#, "true")
        .does(Body::Test(|text, prefix| text.starts_with(prefix))),
    class("String", "stringContains", SEARCH, Ty::BOOL)
        .means("Whether the search text is anywhere in the text; case matters.")
        .example_is(r#"String.stringContains("This is a test", "test")"#, "true")
        .does(Body::Test(|text, search| find(text, search).is_some())),
    class("String", "stringSwitch", SWITCH, NULLABLE)
        .means("The value of the first key, in the order of the arguments, that is anywhere in the text; else the default.")
        .example_is(
            r#"String.stringSwitch("First match wins", "default", "absent", "value1", "wins", "value2", "match", "value3")"#,
            r#""value2""#,
        )
        .does(Body::Many(string_switch)),
    class("String", "substring", &[need("text", TextOrNull), need("start", Integer), need("end", Integer)], NULLABLE)
        .means("The text from start up to but not including end, counted from 0.")
        .example_is(r#"String.substring("This is a test", 2, 9)"#, r#""is is a""#)
        .does(Body::Three(substring)),
    class("String", "substringAfter", SEARCH, NULLABLE)
        .means("What follows the first occurrence of the search text; empty if there is none.")
        .example_is(r#"String.substringAfter("abc@okta.com", "@")"#, r#""okta.com""#)
        .does(Body::Two(substring_after)),
    class("String", "substringBefore", SEARCH, NULLABLE)
        .means("What precedes the first occurrence of the search text; the whole text if there is none.")
        .example_is(r#"String.substringBefore("abc@okta.com", "@")"#, r#""abc""#)
        .does(Body::Two(substring_before)),
    class("String", "toUpperCase", &[need("text", TextOrNull)], NULLABLE)
        .means("The text in upper case, by Unicode, whatever the locale.")
        .example_is(r#"String.toUpperCase("This")"#, r#""THIS""#)
        .does(Body::One(to_upper_case)),
    class("String", "toLowerCase", &[need("text", TextOrNull)], NULLABLE)
        .means("The text in lower case, by Unicode, whatever the locale.")
        .example_is(r#"String.toLowerCase("ThiS")"#, r#""this""#)
        .does(Body::One(to_lower_case)),
    global("toUpperCase", &[need("text", TextOrNull)], NULLABLE)
        .means("Deprecated: `String.toUpperCase`.")
        .example_is(r#"toUpperCase("Alexander")"#, r#""ALEXANDER""#)
        .does(Body::One(to_upper_case)),
    global("toLowerCase", &[need("text", TextOrNull)], NULLABLE)
        .means("Deprecated: `String.toLowerCase`.")
        .example_is(r#"toLowerCase("AlexANDER")"#, r#""alexander""#)
        .does(Body::One(to_lower_case)),
    global("substringBefore", SEARCH, NULLABLE)
        .means("Deprecated: `String.substringBefore`.")
        .example_is(r#"substringBefore("alex@okta.com", "@")"#, r#""alex""#)
        .does(Body::Two(substring_before)),
    global("substringAfter", SEARCH, NULLABLE)
        .means("Deprecated: `String.substringAfter`.")
        .example_is(r#"substringAfter("alex@okta.com", "@")"#, r#""okta.com""#)
        .does(Body::Two(substring_after)),
    global("substring", &[need("text", TextOrNull), need("start", Integer), need("end", Integer)], NULLABLE)
        .means("Deprecated: `String.substring`.")
        .example_is(r#"substring("Alexander", 1, 4)"#, r#""lex""#)
        .does(Body::Three(substring)),
    method(Receiver::Text, "toUpperCase", &[need("text", Text)], Ty::TEXT)
        .means("The text in upper case.")
        .example_is("'test'.toUpperCase()", r#""TEST""#)
        .does(Body::One(to_upper_case)),
    method(Receiver::Text, "toLowerCase", &[need("text", Text)], Ty::TEXT)
        .means("The text in lower case.")
        .example_is("'TEST'.toLowerCase()", r#""test""#)
        .does(Body::One(to_lower_case)),
    method(Receiver::Text, "substring", &[need("text", Text), need("start", Integer), may("end", Integer)], Ty::TEXT)
        .means("The text from start up to but not including end, or to its end.")
        .example_is("'test'.substring(1)", r#""est""#)
        .does(Body::Three(substring)),
    method(Receiver::Text, "replace", REPLACE_IN, Ty::TEXT)
        .means("The text with every occurrence of the match replaced; the match is text, not a pattern.")
        .example_is("'hello'.replace('l', 'p')", r#""heppo""#)
        .does(Body::Three(replace)),
    method(Receiver::Text, "replaceFirst", REPLACE_IN, Ty::TEXT)
        .means("The text with the first occurrence of the match replaced; the match is text, not a pattern.")
        .example_is("'hello'.replaceFirst('l', 'p')", r#""heplo""#)
        .does(Body::Three(replace_first)),
    method(Receiver::Text, "length", &[need("text", Text)], Ty::INT)
        .means("How long the text is, in UTF-16 units as in Java.")
        .example_is("'test'.length()", "4")
        .does(Body::One(length)),
    method(Receiver::Text, "removeSpaces", &[need("text", Text)], Ty::TEXT)
        .means("The text without its spaces (U+0020).")
        .example_is("'This is a test'.removeSpaces()", r#""Thisisatest""#)
        .does(Body::One(remove_spaces)),
    method(Receiver::Text, "contains", SEARCH_IN, Ty::BOOL)
        .means("Whether the search text is anywhere in the text; case matters.")
        .example_is("'This is a test'.contains('Test')", "false")
        .does(Body::Test(|text, search| find(text, search).is_some())),
    method(Receiver::Text, "substringBefore", SEARCH_IN, Ty::TEXT)
        .means("What precedes the first occurrence of the search text; the whole text if there is none.")
        .example_is("'john.doe@okta.com'.substringBefore('@')", r#""john.doe""#)
        .does(Body::Two(substring_before)),
    method(Receiver::Text, "substringAfter", SEARCH_IN, Ty::TEXT)
        .means("What follows the first occurrence of the search text; empty if there is none.")
        .example_is("'john.doe@okta.com'.substringAfter('.')", r#""doe@okta.com""#)
        .does(Body::Two(substring_after)),
    method(Receiver::Text, "versionGreaterThan", VERSIONS, Ty::BOOL)
        .means("Whether a version is later than another, by the numbers between its dots; a missing number is 0.")
        .example_is("'9.100'.versionGreaterThan('9.43')", "true")
        .does(Body::Test(|version, other| compare_versions(version, other).is_gt())),
    method(Receiver::Text, "versionLessThan", VERSIONS, Ty::BOOL)
        .means("Whether a version is earlier than another, by the numbers between its dots; a missing number is 0.")
        .example_is("'9.9'.versionLessThan('14.2.1')", "true")
        .does(Body::Test(|version, other| compare_versions(version, other).is_lt())),
    method(Receiver::Text, "startsWith", &[need("text", Text), need("prefix", Text)], Ty::BOOL)
        .ours()
        .means("Whether the text begins with the prefix; case matters.")
        .example_is("'role_admin'.startsWith('role_')", "true")
        .does(Body::Test(|text, prefix| text.starts_with(prefix))),
    method(Receiver::Text, "endsWith", &[need("text", Text), need("suffix", Text)], Ty::BOOL)
        .ours()
        .means("Whether the text ends with the suffix; case matters.")
        .example_is("'ada@example.com'.endsWith('.com')", "true")
        .does(Body::Test(|text, suffix| text.ends_with(suffix))),
    method(Receiver::Text, "trim", &[need("text", Text)], Ty::TEXT)
        .ours()
        .means("The text without white space at its ends.")
        .example_is("' a b '.trim()", r#""a b""#)
        .does(Body::One(trim)),
    method(Receiver::Text, "split", &[need("text", Text), need("separator", Text)], Ty::LIST)
        .ours()
        .means("The parts of the text between the separators, which must not be empty.")
        .example_is("'a,b,,c'.split(',')", r#"["a", "b", "", "c"]"#)
        .does(Body::Two(split)),
    method(Receiver::Text, "isEmpty", &[need("text", Text)], Ty::BOOL)
        .ours()
        .means("Whether the text has no characters.")
        .example_is("''.isEmpty()", "true")
        .does(Body::One(is_empty)),
];

const NULLABLE: Ty = Ty::TEXT.or(Ty::NULL);
const SEARCH: &[Parameter] = &[need("text", TextOrNull), need("search", TextOrNull)];
const SEARCH_IN: &[Parameter] = &[need("text", Text), need("search", Text)];
const REPLACE: &[Parameter] =
    &[need("text", TextOrNull), need("match", TextOrNull), need("replacement", TextOrNull)];
const REPLACE_IN: &[Parameter] = &[need("text", Text), need("match", Text), need("replacement", Text)];
const VERSIONS: &[Parameter] = &[need("version", Text), need("other", Text)];
const SWITCH: &[Parameter] = &[
    need("text", TextOrNull),
    need("default", TextOrNull),
    each("key", TextOrNull),
    each("value", TextOrNull),
];

fn length<'a>(_: &mut Cx<'_, 'a>, text: Val<'a>) -> Eval<'a> {
    let units = text.as_text().map_or(0, utf16_length);
    Ok(Val::Int(i64::try_from(units).unwrap_or(i64::MAX)))
}

fn append<'a>(cx: &mut Cx<'_, 'a>, text: Val<'a>, suffix: Val<'a>) -> Eval<'a> {
    let text = text.into_text().unwrap_or_default();
    cx.concat(text, suffix.as_text().unwrap_or_default())
}

fn join<'a>(cx: &mut Cx<'_, 'a>, values: Vec<Val<'a>>) -> Eval<'a> {
    let mut texts = values.iter().map(|value| value.as_text().unwrap_or_default());
    let separator = texts.next().unwrap_or_default();
    let mut joined = cx.builder(0);
    for (index, part) in texts.enumerate() {
        if index > 0 {
            joined.push(separator)?;
        }
        joined.push(part)?;
    }
    cx.finish(joined)
}

fn remove_spaces<'a>(cx: &mut Cx<'_, 'a>, text: Val<'a>) -> Eval<'a> {
    if !text.as_text().is_some_and(|text| text.contains(' ')) {
        return Ok(text);
    }
    let mut kept = cx.builder(0);
    text.as_text().unwrap_or_default().split(' ').try_for_each(|part| kept.push(part))?;
    cx.finish(kept)
}

fn replace<'a>(cx: &mut Cx<'_, 'a>, text: Val<'a>, from: Val<'a>, to: Val<'a>) -> Eval<'a> {
    replace_some(cx, text, &from, &to, usize::MAX)
}

fn replace_first<'a>(cx: &mut Cx<'_, 'a>, text: Val<'a>, from: Val<'a>, to: Val<'a>) -> Eval<'a> {
    replace_some(cx, text, &from, &to, 1)
}

/// Replaces the first `most` occurrences; an empty or null match occurs nowhere, a null replacement changes nothing.
fn replace_some<'a>(
    cx: &mut Cx<'_, 'a>,
    text: Val<'a>,
    from: &Val<'_>,
    to: &Val<'_>,
    most: usize,
) -> Eval<'a> {
    let (Some(from), Some(to)) = (from.as_text().filter(|from| !from.is_empty()), to.as_text()) else {
        return Ok(text);
    };
    let whole = text.as_text().unwrap_or_default();
    let Some(first) = find(whole, from) else { return Ok(text) };
    let behind = |at: usize| whole.get(at + from.len()..).unwrap_or_default();
    if first == 0 && to.is_empty() && (most == 1 || find(behind(0), from).is_none()) {
        // A prefix cut off, the most usual use: the rest stays where it is.
        return part(text, |text| text.strip_prefix(from));
    }
    let mut replaced = cx.builder(whole.len() + to.len());
    let (mut from_here, mut next, mut left) = (0, Some(first), most);
    while let Some(at) = next {
        replaced.push(whole.get(from_here..at).unwrap_or_default())?;
        replaced.push(to)?;
        from_here = at + from.len();
        left -= 1;
        next = if left == 0 { None } else { find(behind(at), from).map(|further| from_here + further) };
    }
    replaced.push(whole.get(from_here..).unwrap_or_default())?;
    cx.finish(replaced)
}

/// Where a text is in another. For a short one its first byte is looked for: a searcher costs more to make.
fn find(text: &str, search: &str) -> Option<usize> {
    const SHORT: usize = 16;
    match search.as_bytes() {
        [byte] => text.bytes().position(|other| other == *byte),
        [byte, ..] if byte.is_ascii() && search.len() <= SHORT => {
            let mut tried = 0;
            loop {
                let rest = text.get(tried..)?;
                let at = rest.bytes().position(|other| other == *byte)?;
                if rest.get(at..)?.starts_with(search) {
                    return Some(tried + at);
                }
                tried += at + 1;
            }
        }
        _ => text.find(search),
    }
}

fn both<'v>(left: &'v Val<'_>, right: &'v Val<'_>) -> Option<(&'v str, &'v str)> {
    left.as_text().zip(right.as_text())
}

fn string_switch<'a>(_: &mut Cx<'_, 'a>, values: Vec<Val<'a>>) -> Eval<'a> {
    let mut values = values.into_iter();
    let text = values.next().and_then(Val::into_text);
    let default = values.next().unwrap_or(Val::Null);
    while let (Some(key), Some(value)) = (values.next(), values.next()) {
        if let (Some(text), Some(key)) = (&text, key.as_text())
            && text.contains(key)
        {
            return Ok(value);
        }
    }
    Ok(default)
}

/// Positions count UTF-16 units, as Java's do.
fn substring<'a>(_: &mut Cx<'_, 'a>, text: Val<'a>, start: Val<'a>, end: Val<'a>) -> Eval<'a> {
    let Some(whole) = text.as_text() else { return Ok(Val::Null) };
    let length = utf16_length(whole);
    let position = |value: &Val<'_>, number: usize| match value {
        Val::Int(value) => usize::try_from(*value).ok().filter(|value| *value <= length).ok_or_else(|| {
            let message = format!("position {value} is outside a text of length {length}");
            Fault::new(ErrorKind::IndexOutOfBounds, message).in_argument(number)
        }),
        _ => Ok(length),
    };
    let (start, end) = (position(&start, 1)?, position(&end, 2)?);
    if start > end {
        let message = format!("the start {start} is behind the end {end}");
        return Err(Fault::new(ErrorKind::IndexOutOfBounds, message).in_argument(1));
    }
    if length == whole.len() {
        // As many units as bytes: every character is one of both.
        return part(text, |text| text.get(start..end));
    }
    part(text, |text| {
        let from = utf16_offset(text, start)?;
        text.get(from..from + utf16_offset(text.get(from..)?, end - start)?)
    })
}

fn substring_before<'a>(_: &mut Cx<'_, 'a>, text: Val<'a>, search: Val<'a>) -> Eval<'a> {
    let found = both(&text, &search).and_then(|(text, search)| find(text, search));
    match found {
        Some(at) => part(text, |text| text.get(..at)),
        None => Ok(text),
    }
}

fn substring_after<'a>(_: &mut Cx<'_, 'a>, text: Val<'a>, search: Val<'a>) -> Eval<'a> {
    let Some(whole) = text.as_text() else { return Ok(Val::Null) };
    let found = search.as_text().and_then(|search| Some(find(whole, search)? + search.len()));
    match found {
        Some(at) => part(text, |text| text.get(at..)),
        None => Ok(Val::text("")),
    }
}

fn to_upper_case<'a>(cx: &mut Cx<'_, 'a>, text: Val<'a>) -> Eval<'a> {
    cased(cx, text, u8::is_ascii_lowercase, u8::to_ascii_uppercase, str::to_uppercase)
}

fn to_lower_case<'a>(cx: &mut Cx<'_, 'a>, text: Val<'a>) -> Eval<'a> {
    cased(cx, text, u8::is_ascii_uppercase, u8::to_ascii_lowercase, str::to_lowercase)
}

/// Changes case; ASCII text that has it already stays borrowed.
#[inline]
fn cased<'a>(
    cx: &mut Cx<'_, 'a>,
    text: Val<'a>,
    wrong: impl Fn(&u8) -> bool,
    ascii: impl Fn(&u8) -> u8,
    unicode: impl Fn(&str) -> String,
) -> Eval<'a> {
    let Some(whole) = text.as_text() else { return Ok(Val::Null) };
    if !whole.is_ascii() {
        return cx.text(unicode(whole));
    }
    if !whole.as_bytes().iter().any(wrong) {
        return Ok(text);
    }
    // In one go: a copy that is changed afterwards takes twice as long.
    let bytes: Vec<u8> = whole.as_bytes().iter().map(ascii).collect();
    cx.text(String::from_utf8(bytes).unwrap_or_default())
}

/// Part by part between the dots: numbers by value whatever their size, other parts as text.
fn compare_versions(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let (l, r) = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (l, r) => (l.unwrap_or("0"), r.unwrap_or("0")),
        };
        let numeric = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let order = match numeric(l) && numeric(r) {
            true => {
                let (l, r) = (l.trim_start_matches('0'), r.trim_start_matches('0'));
                l.len().cmp(&r.len()).then_with(|| l.cmp(r))
            }
            false => l.cmp(r),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn trim<'a>(_: &mut Cx<'_, 'a>, text: Val<'a>) -> Eval<'a> {
    part(text, |text| Some(text.trim()))
}

fn split<'a>(cx: &mut Cx<'_, 'a>, text: Val<'a>, separator: Val<'a>) -> Eval<'a> {
    let separator = separator.as_text().unwrap_or_default();
    if separator.is_empty() {
        return Err(Fault::new(ErrorKind::Type, "the separator is empty").in_argument(1));
    }
    let mut parts = cx.list(0)?;
    match text.into_text().unwrap_or_default() {
        Cow::Borrowed(text) => text.split(separator).try_for_each(|part| parts.push(cx, Val::text(part)))?,
        Cow::Owned(text) => {
            for part in text.split(separator) {
                let part = cx.text(part.to_owned())?;
                parts.push(cx, part)?;
            }
        }
    }
    Ok(parts.finish())
}

fn is_empty<'a>(_: &mut Cx<'_, 'a>, text: Val<'a>) -> Eval<'a> {
    Ok(Val::Bool(text.as_text().is_none_or(str::is_empty)))
}

/// A part of a text, borrowed where the text is.
pub(in crate::expr) fn part<'a>(mut text: Val<'a>, part: impl FnOnce(&str) -> Option<&str>) -> Eval<'a> {
    let torn =
        || Fault::new(ErrorKind::IndexOutOfBounds, "the position is inside a character of two UTF-16 units");
    if let Val::Text(Cow::Owned(owned)) = &mut text {
        let range = place_of(owned, part(owned).ok_or_else(torn)?);
        owned.truncate(range.end);
        if range.start > 0 {
            owned.drain(..range.start);
        }
        return Ok(text);
    }
    let whole = match text {
        Val::Text(Cow::Borrowed(whole)) => whole,
        Val::GroupName(group) => group.name(),
        _ => "",
    };
    let range = place_of(whole, part(whole).ok_or_else(torn)?);
    whole.get(range).map(Val::text).ok_or_else(torn)
}

/// Where in a text a part of it is.
fn place_of(whole: &str, part: &str) -> std::ops::Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    start..start + part.len()
}

pub(in crate::expr) fn utf16_length(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        false => text.encode_utf16().count(),
    }
}

/// Where the unit at a UTF-16 position begins; nothing if that is inside a character or outside the text.
pub(in crate::expr) fn utf16_offset(text: &str, position: usize) -> Option<usize> {
    if text.get(..position).is_some_and(str::is_ascii) {
        return Some(position);
    }
    let mut units = 0;
    for (offset, character) in text.char_indices() {
        if units >= position {
            return (units == position).then_some(offset);
        }
        units += character.len_utf16();
    }
    (units == position).then_some(text.len())
}
