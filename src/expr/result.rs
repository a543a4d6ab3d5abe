//! The answer of an evaluation, and its JSON.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde_json::Value as Json;

use super::value::{List, Object, Val, group_property};
use crate::types::push_json_string;

/// What an expression evaluated to; it borrows from the inputs and the program where it can.
///
/// ```
/// use chancery::expr::{Compiler, Inputs};
///
/// let program = Compiler::new().compile("{'a', 1 + 1, null}")?;
/// let inputs = Inputs::default();
/// assert_eq!(program.evaluate(&inputs)?.to_json(), serde_json::json!(["a", 2, null]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Value<'a>(pub(super) Val<'a>);

impl Value<'_> {
    /// Whether it is null; Okta leaves such a claim out of the token.
    pub fn is_null(&self) -> bool {
        matches!(self.0, Val::Null)
    }

    /// Whether it is a list without elements; Okta leaves such a claim out of the token as well.
    pub fn is_empty_list(&self) -> bool {
        matches!(&self.0, Val::List(list) if list.len() == 0)
    }

    /// True or false, if that is what it is; texts such as `"true"` are not.
    pub fn as_bool(&self) -> Option<bool> {
        match self.0 {
            Val::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number, if it is a whole one.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Val::Int(value) => Some(value),
            _ => None,
        }
    }

    /// The text, if it is text; an element of `user.groups` is its name.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_text()
    }

    /// The JSON of a claim with this value.
    ///
    /// A time is ISO 8601 text with milliseconds, a country its alpha-2 code, a group of `user.groups` its name, any
    /// other group an object as in Okta's API.
    pub fn to_json(&self) -> Json {
        // Nothing in a value fails to serialize: keys are text, numbers finite.
        serde_json::to_value(self).unwrap_or(Json::Null)
    }

    /// Appends the JSON of a claim with this value.
    pub fn write_json(&self, into: &mut Vec<u8>) {
        if let Val::Text(text) = self.0.view() {
            return push_json_string(into, &text);
        }
        let start = into.len();
        if serde_json::to_writer(&mut *into, self).is_err() {
            into.truncate(start);
            into.extend_from_slice(b"null");
        }
    }

    /// JSON that tells apart what claims do not: `{"$groups": [ids]}` for what `user.getGroups` answers,
    /// `{"$datetime": "…"}` with the zone in brackets where it has one, `{"$country": "US"}`.
    pub fn to_tagged_json(&self) -> Json {
        serde_json::to_value(Tree { val: self.0.view(), tagged: true }).unwrap_or(Json::Null)
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_json().fmt(f)
    }
}

impl serde::Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Tree { val: self.0.view(), tagged: false }.serialize(serializer)
    }
}

/// A value on its way to JSON.
struct Tree<'a> {
    val: Val<'a>,
    tagged: bool,
}

impl serde::Serialize for Tree<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tagged = self.tagged;
        match &self.val {
            Val::Null => serializer.serialize_unit(),
            Val::Bool(value) => serializer.serialize_bool(*value),
            Val::Int(value) => serializer.serialize_i64(*value),
            Val::Double(value) => serializer.serialize_f64(*value),
            Val::Text(text) => serializer.serialize_str(text),
            Val::GroupName(group) => serializer.serialize_str(group.name()),
            Val::List(list) => match group_ids(list).filter(|_| tagged) {
                Some(ids) => tag(serializer, "$groups", ids),
                None => sequence(serializer, list, tagged),
            },
            Val::Object(Object::Json(map)) => map.serialize(serializer),
            Val::Object(object) => mapping(serializer, object.view().entries(), tagged),
            Val::Group(group) => {
                const SHOWN: [&str; 8] = [
                    "id",
                    "type",
                    "created",
                    "lastUpdated",
                    "lastMembershipUpdated",
                    "objectClass",
                    "source",
                    "profile",
                ];
                let entries = SHOWN.iter().map(|name| (Cow::Borrowed(*name), group_property(group, name)));
                let absent = |value: &Val<'_>| match value {
                    Val::Null => true,
                    Val::List(list) => list.len() == 0,
                    _ => false,
                };
                mapping(serializer, entries.filter(|(_, value)| !absent(value)).collect(), tagged)
            }
            #[cfg(feature = "timezones")]
            Val::DateTime(time) if tagged => tag(serializer, "$datetime", time.to_rfc9557()),
            #[cfg(feature = "timezones")]
            Val::DateTime(time) => serializer.serialize_str(&time.to_iso_millis()),
            #[cfg(feature = "countries")]
            Val::Country(country) if tagged => tag(serializer, "$country", country.alpha2()),
            #[cfg(feature = "countries")]
            Val::Country(country) => serializer.serialize_str(country.alpha2()),
        }
    }
}

/// The ids, if a list is one of group objects.
fn group_ids<'a>(list: &List<'a>) -> Option<Vec<String>> {
    let id = |element: Val<'_>| match element {
        Val::Group(group) => Some(group.id().to_owned()),
        _ => None,
    };
    match list {
        List::Groups(groups) => Some(groups.iter().map(|group| group.id().to_owned()).collect()),
        List::GroupSlice(groups) => Some(groups.iter().map(|group| group.id().to_owned()).collect()),
        list if list.len() > 0 => list.iter().map(id).collect(),
        _ => None,
    }
}

fn tag<S: Serializer>(
    serializer: S,
    name: &'static str,
    value: impl serde::Serialize,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(name, &value)?;
    map.end()
}

fn sequence<S: Serializer>(serializer: S, list: &List<'_>, tagged: bool) -> Result<S::Ok, S::Error> {
    let mut sequence = serializer.serialize_seq(Some(list.len()))?;
    for val in list.iter() {
        sequence.serialize_element(&Tree { val, tagged })?;
    }
    sequence.end()
}

fn mapping<S: Serializer>(
    serializer: S,
    entries: Vec<(Cow<'_, str>, Val<'_>)>,
    tagged: bool,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (key, val) in entries {
        map.serialize_entry(&key, &Tree { val, tagged })?;
    }
    map.end()
}
