//! The members of a JSON object, read one by one; what has the wrong type is a mistake that names
//! the type expected and the one found, never the value.

use serde_json::{Map, Value};

use crate::model::check::{Findings, Path};
use crate::model::listed::Listed;

/// An object of the org file, or nothing where it is absent. `null` is absent, because Okta's API
/// writes it so.
#[derive(Clone, Copy)]
pub(super) struct Fields<'v, 'p> {
    map: Option<&'v Map<String, Value>>,
    pub(super) at: &'p Path<'p>,
}

impl<'v, 'p> Fields<'v, 'p> {
    /// Reads `value`, which must be an object.
    pub(super) fn of(value: &'v Value, at: &'p Path<'p>, out: &mut Findings) -> Option<Self> {
        let map = value.as_object();
        if map.is_none() {
            wrong_type(at, "an object", value, out);
        }
        map.map(|map| Self { map: Some(map), at })
    }

    /// The object under the last key of `at`, which is a place beneath this object.
    pub(super) fn object<'q>(&self, at: &'q Path<'q>, out: &mut Findings) -> Fields<'v, 'q> {
        let map = self.get(at.last_key()).and_then(|value| Fields::of(value, at, out)).and_then(|it| it.map);
        Fields { map, at }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'v Value> {
        self.map?.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &'v str> {
        self.map.into_iter().flatten().map(|(key, _)| key.as_str())
    }

    pub(super) fn is_present(&self) -> bool {
        self.map.is_some()
    }

    pub(super) fn text(&self, key: &str, out: &mut Findings) -> Option<&'v str> {
        self.read(key, "a string", Value::as_str, out)
    }

    pub(super) fn owned(&self, key: &str, out: &mut Findings) -> Option<String> {
        self.text(key, out).map(str::to_owned)
    }

    pub(super) fn flag(&self, key: &str, out: &mut Findings) -> Option<bool> {
        self.read(key, "true or false", Value::as_bool, out)
    }

    /// An integer. `1.0` and `-0` are none; what is beyond 64 bits becomes the greatest, since every
    /// range ends before it.
    pub(super) fn integer(&self, key: &str, out: &mut Findings) -> Option<i64> {
        let read = |value: &Value| value.as_i64().or_else(|| value.as_u64().map(|_| i64::MAX));
        self.read(key, "an integer", read, out)
    }

    pub(super) fn list(&self, key: &str, out: &mut Findings) -> Option<&'v [Value]> {
        self.read(key, "a list", |value| value.as_array().map(Vec::as_slice), out)
    }

    /// A list of strings, `None` if it is absent. An element of another type stays in its place as
    /// an empty text, about which nothing more is said.
    pub(super) fn texts(&self, key: &str, out: &mut Findings) -> Option<Vec<String>> {
        let list = self.list(key, out)?;
        let at = self.at.key(key);
        let text = |(i, value): (usize, &Value)| match value.as_str() {
            Some(text) => text.to_owned(),
            None => {
                wrong_type(&at.index(i), "a string", value, out);
                String::new()
            }
        };
        Some(list.iter().enumerate().map(text).collect())
    }

    /// One word of a fixed list, exact.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)], out: &mut Findings) -> Option<T> {
        let text = self.text(key, out)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            out.unknown_word(&self.at.key(key), "value", text, &known);
        }
        found
    }

    /// Whether `status` is absent or `ACTIVE`.
    pub(super) fn is_active(&self, out: &mut Findings) -> bool {
        self.word("status", &[("ACTIVE", true), ("INACTIVE", false)], out).unwrap_or(true)
    }

    /// Members that are none of `known` and say something: not null, empty or false.
    pub(super) fn others(&self, known: &[&str]) -> impl Iterator<Item = &'v str> {
        let says_something = |value: &Value| match value {
            Value::Null | Value::Bool(false) => false,
            Value::Array(list) => !list.is_empty(),
            Value::Object(map) => !map.is_empty(),
            Value::Bool(true) | Value::Number(_) | Value::String(_) => true,
        };
        self.map
            .into_iter()
            .flatten()
            .filter(move |(key, value)| !known.contains(&key.as_str()) && says_something(value))
            .map(|(key, _)| key.as_str())
    }

    /// Refuses members of `chancery` that are none of `known`: unlike Okta's, all of ours are known.
    pub(super) fn check_chancery(&self, known: &[&str], out: &mut Findings) {
        let at = self.at.key("chancery");
        self.object(&at, out).only(known, out);
    }

    /// Refuses settings of ours that stand beside `chancery` and not under it. Okta has no members of these
    /// names; to ignore one as if it had could mean to ignore a policy that denies.
    pub(super) fn refuse_outside_chancery(&self, ours: &[&str], out: &mut Findings) {
        for key in ours.iter().filter(|key| self.get(key).is_some()) {
            let message = format!("belongs under `chancery`: `\"chancery\": {{\"{key}\": …}}`");
            out.mistake(&self.at.key(key), message);
        }
    }

    /// The same for an object that is ours as a whole.
    pub(super) fn only(&self, known: &[&str], out: &mut Findings) {
        for key in self.keys().filter(|key| !known.contains(key)) {
            out.unknown_word(&self.at.key(key), "setting", key, known);
        }
    }

    fn read<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'v Value) -> Option<T>,
        out: &mut Findings,
    ) -> Option<T> {
        let value = self.get(key)?;
        let found = read(value);
        if found.is_none() {
            wrong_type(&self.at.key(key), expected, value, out);
        }
        found
    }
}

/// Reads the elements of a list, each with its place; `None` leaves a gap.
pub(super) fn each<T>(
    fields: &Fields<'_, '_>,
    key: &str,
    out: &mut Findings,
    mut read: impl FnMut(&Value, &Path<'_>, &mut Findings) -> Option<T>,
) -> Vec<Listed<T>> {
    let list = fields.list(key, out).unwrap_or_default();
    let at = fields.at.key(key);
    let mut items = Vec::with_capacity(list.len());
    for (i, value) in list.iter().enumerate() {
        if let Some(item) = read(value, &at.index(i), out) {
            items.push(Listed { at: i, item });
        }
    }
    items
}

pub(super) fn wrong_type(at: &Path<'_>, expected: &str, found: &Value, out: &mut Findings) {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a number that is no integer",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    out.mistake(at, format!("expected {expected}, found {found}"));
}

/// A list of words, each once; `known` are the ones to suggest.
pub(super) fn words<T: PartialEq>(
    fields: &Fields<'_, '_>,
    key: &str,
    what: &str,
    parse: impl Fn(&str) -> Option<T>,
    known: fn() -> Vec<&'static str>,
    out: &mut Findings,
) -> Vec<T> {
    let at = fields.at.key(key);
    let mut found = Vec::new();
    for (i, value) in fields.list(key, out).unwrap_or_default().iter().enumerate() {
        match value.as_str().map(|text| (text, parse(text))) {
            None => wrong_type(&at.index(i), "a string", value, out),
            Some((text, None)) => out.unknown_word(&at.index(i), what, text, &known()),
            Some((_, Some(word))) if found.contains(&word) => {}
            Some((_, Some(word))) => found.push(word),
        }
    }
    found
}
