//! What an evaluation computes with: values that borrow from the inputs and the program wherever they can.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

#[cfg(feature = "countries")]
use super::country::Country;
use super::group::{Group, Groups};
use super::input::{Texts, User};
#[cfg(feature = "timezones")]
use super::time::DateTime;

/// The tag has eight bytes: with one, a move reads the value back in pieces that overlap what was just written, and
/// waits for each.
#[derive(Clone, Debug)]
#[repr(u64)]
pub(super) enum Val<'a> {
    Null,
    Bool(bool),
    /// Any whole number. Java's 32-bit wrap-around happens only where Okta documents it, in `toInteger`.
    Int(i64),
    /// Always finite.
    Double(f64),
    Text(Cow<'a, str>),
    List(List<'a>),
    Object(Object<'a>),
    Group(&'a Group),
    /// A group that behaves as its name, as in `user.groups`.
    GroupName(&'a Group),
    #[cfg(feature = "timezones")]
    DateTime(Box<DateTime>),
    #[cfg(feature = "countries")]
    /// Boxed, for it is larger than all others.
    Country(Box<Country>),
}

#[derive(Clone, Debug)]
pub(super) enum List<'a> {
    Owned(Vec<Val<'a>>),
    /// A constant of the program, or a view of an owned list.
    Slice(&'a [Val<'a>]),
    Json(&'a [Json]),
    Texts(&'a [&'a str]),
    Strings(&'a [String]),
    /// `user.groups`: groups that behave as their names.
    Names(&'a [Group]),
    /// The same, shared with whoever else has them.
    SharedNames(&'a [Arc<Group>]),
    /// What `user.getGroups` answers.
    Groups(Box<[&'a Group]>),
    /// A view of that.
    GroupSlice(&'a [&'a Group]),
}

#[derive(Clone, Debug)]
pub(super) enum Object<'a> {
    Json(&'a Map<String, Json>),
    /// A user as the API writes it: attributes are looked up in its `profile`.
    JsonUser(&'a Map<String, Json>),
    User(Box<User<'a>>),
    GroupProfile(&'a Group),
    /// A map literal, in order, each key once.
    Entries(Vec<(Cow<'a, str>, Val<'a>)>),
    /// The same as a constant of the program, or a view of it.
    Slice(&'a [(Cow<'a, str>, Val<'a>)]),
}

impl<'a> Val<'a> {
    pub(super) fn text(text: &'a str) -> Val<'a> {
        Val::Text(Cow::Borrowed(text))
    }

    pub(super) fn optional(text: Option<&'a str>) -> Val<'a> {
        text.map_or(Val::Null, Val::text)
    }

    pub(super) fn json(json: &'a Json) -> Val<'a> {
        match json {
            Json::Null => Val::Null,
            Json::Bool(value) => Val::Bool(*value),
            Json::Number(number) => match number.as_i64() {
                Some(value) => Val::Int(value),
                None => number.as_f64().map_or(Val::Null, Val::Double),
            },
            Json::String(text) => Val::text(text),
            Json::Array(elements) => Val::List(List::Json(elements)),
            Json::Object(map) => Val::Object(Object::Json(map)),
        }
    }

    pub(super) fn maybe_json(json: Option<&'a Json>) -> Val<'a> {
        match json {
            Some(Json::String(text)) => Val::text(text),
            Some(json) => Val::json(json),
            None => Val::Null,
        }
    }

    /// The same value, borrowed.
    pub(super) fn view(&self) -> Val<'_> {
        match self {
            Val::Text(text) => Val::Text(Cow::Borrowed(text)),
            Val::List(list) => Val::List(list.view()),
            Val::Object(object) => Val::Object(object.view()),
            Val::Null => Val::Null,
            Val::Bool(value) => Val::Bool(*value),
            Val::Int(value) => Val::Int(*value),
            Val::Double(value) => Val::Double(*value),
            Val::Group(group) => Val::Group(group),
            Val::GroupName(group) => Val::GroupName(group),
            #[cfg(feature = "timezones")]
            Val::DateTime(time) => Val::DateTime(time.clone()),
            #[cfg(feature = "countries")]
            Val::Country(country) => Val::Country(country.clone()),
        }
    }

    /// The same value, with nothing borrowed. A group is only its name.
    pub(super) fn into_owned(self) -> Val<'static> {
        match self {
            Val::Text(text) => Val::Text(Cow::Owned(text.into_owned())),
            Val::Group(group) | Val::GroupName(group) => Val::Text(Cow::Owned(group.name().to_owned())),
            Val::List(list) => Val::List(List::Owned(list.into_iter().map(Val::into_owned).collect())),
            Val::Object(object) => {
                let own = |(key, value): (Cow<'_, str>, Val<'_>)| {
                    (Cow::Owned(key.into_owned()), value.into_owned())
                };
                Val::Object(Object::Entries(object.entries().into_iter().map(own).collect()))
            }
            Val::Null => Val::Null,
            Val::Bool(value) => Val::Bool(value),
            Val::Int(value) => Val::Int(value),
            Val::Double(value) => Val::Double(value),
            #[cfg(feature = "timezones")]
            Val::DateTime(time) => Val::DateTime(time),
            #[cfg(feature = "countries")]
            Val::Country(country) => Val::Country(country),
        }
    }

    /// What to call the value in a message.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Val::Null => "null",
            Val::Bool(_) => "a boolean",
            Val::Int(_) | Val::Double(_) => "a number",
            Val::Text(_) => "a text",
            Val::List(_) => "a list",
            Val::Object(_) => "an object",
            Val::Group(_) | Val::GroupName(_) => "a group",
            #[cfg(feature = "timezones")]
            Val::DateTime(_) => "a time",
            #[cfg(feature = "countries")]
            Val::Country(_) => "a country",
        }
    }

    /// The text of a value that is text; a group of `user.groups` is its name.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Val::Text(text) => Some(text),
            Val::GroupName(group) => Some(group.name()),
            _ => None,
        }
    }

    /// The same, consumed.
    pub(super) fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Val::Text(text) => Some(text),
            Val::GroupName(group) => Some(Cow::Borrowed(group.name())),
            _ => None,
        }
    }
}

impl<'a> From<Texts<'a>> for List<'a> {
    fn from(texts: Texts<'a>) -> Self {
        match texts {
            Texts::Borrowed(texts) => List::Texts(texts),
            Texts::Owned(texts) => List::Strings(texts),
        }
    }
}

impl<'a> From<Groups<'a>> for List<'a> {
    fn from(groups: Groups<'a>) -> Self {
        match groups {
            Groups::Owned(groups) => List::Names(groups),
            Groups::Shared(groups) => List::SharedNames(groups),
        }
    }
}

impl<'a> List<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            List::Owned(elements) => elements.len(),
            List::Slice(elements) => elements.len(),
            List::Json(elements) => elements.len(),
            List::Texts(texts) => texts.len(),
            List::Strings(texts) => texts.len(),
            List::Names(groups) => groups.len(),
            List::SharedNames(groups) => groups.len(),
            List::Groups(groups) => groups.len(),
            List::GroupSlice(groups) => groups.len(),
        }
    }

    pub(super) fn view(&self) -> List<'_> {
        match self {
            List::Owned(elements) => List::Slice(elements),
            List::Slice(elements) => List::Slice(elements),
            List::Json(elements) => List::Json(elements),
            List::Texts(texts) => List::Texts(texts),
            List::Strings(texts) => List::Strings(texts),
            List::Names(groups) => List::Names(groups),
            List::SharedNames(groups) => List::SharedNames(groups),
            List::Groups(groups) => List::GroupSlice(groups),
            List::GroupSlice(groups) => List::GroupSlice(groups),
        }
    }

    /// The elements, borrowed from the list.
    pub(super) fn iter(&self) -> Elements<'_> {
        self.view().into_iter()
    }
}

impl<'a> IntoIterator for List<'a> {
    type Item = Val<'a>;
    type IntoIter = Elements<'a>;

    fn into_iter(self) -> Elements<'a> {
        match self {
            List::Owned(elements) => Elements::Owned(elements.into_iter()),
            List::Slice(elements) => Elements::Slice(elements.iter()),
            List::Json(elements) => Elements::Json(elements.iter()),
            List::Texts(texts) => Elements::Texts(texts.iter()),
            List::Strings(texts) => Elements::Strings(texts.iter()),
            List::Names(groups) => Elements::Names(groups.iter()),
            List::SharedNames(groups) => Elements::SharedNames(groups.iter()),
            List::Groups(groups) => Elements::Groups(groups.into_vec().into_iter()),
            List::GroupSlice(groups) => Elements::GroupSlice(groups.iter()),
        }
    }
}

/// Elements of a list of any kind, one after another.
pub(super) enum Elements<'a> {
    Owned(std::vec::IntoIter<Val<'a>>),
    Slice(std::slice::Iter<'a, Val<'a>>),
    Json(std::slice::Iter<'a, Json>),
    Texts(std::slice::Iter<'a, &'a str>),
    Strings(std::slice::Iter<'a, String>),
    Names(std::slice::Iter<'a, Group>),
    SharedNames(std::slice::Iter<'a, Arc<Group>>),
    Groups(std::vec::IntoIter<&'a Group>),
    GroupSlice(std::slice::Iter<'a, &'a Group>),
}

impl<'a> Iterator for Elements<'a> {
    type Item = Val<'a>;

    fn next(&mut self) -> Option<Val<'a>> {
        match self {
            Elements::Owned(elements) => elements.next(),
            Elements::Slice(elements) => elements.next().map(Val::view),
            Elements::Json(elements) => elements.next().map(Val::json),
            Elements::Texts(texts) => texts.next().map(|text| Val::text(text)),
            Elements::Strings(texts) => texts.next().map(|text| Val::text(text)),
            Elements::Names(groups) => groups.next().map(Val::GroupName),
            Elements::SharedNames(groups) => groups.next().map(|group| Val::GroupName(group)),
            Elements::Groups(groups) => groups.next().map(Val::Group),
            Elements::GroupSlice(groups) => groups.next().copied().map(Val::Group),
        }
    }

    fn nth(&mut self, n: usize) -> Option<Val<'a>> {
        match self {
            Elements::Owned(elements) => elements.nth(n),
            Elements::Slice(elements) => elements.nth(n).map(Val::view),
            Elements::Json(elements) => elements.nth(n).map(Val::json),
            Elements::Texts(texts) => texts.nth(n).map(|text| Val::text(text)),
            Elements::Strings(texts) => texts.nth(n).map(|text| Val::text(text)),
            Elements::Names(groups) => groups.nth(n).map(Val::GroupName),
            Elements::SharedNames(groups) => groups.nth(n).map(|group| Val::GroupName(group)),
            Elements::Groups(groups) => groups.nth(n).map(Val::Group),
            Elements::GroupSlice(groups) => groups.nth(n).copied().map(Val::Group),
        }
    }
}

/// What Okta keeps of a user beside the profile.
pub(super) const USER_PROPERTIES: [&str; 7] =
    ["id", "status", "created", "lastUpdated", "passwordChanged", "lastLogin", "realmId"];

/// Those of them that are times.
#[cfg(feature = "timezones")]
fn is_time_property(name: &str) -> bool {
    matches!(name, "created" | "lastUpdated" | "passwordChanged" | "lastLogin")
}

impl<'a> User<'a> {
    /// One of [`USER_PROPERTIES`].
    pub(super) fn own(&self, name: &str) -> Option<&'a str> {
        match name {
            "id" => self.id,
            "status" => self.status,
            "created" => self.created,
            "lastUpdated" => self.last_updated,
            "passwordChanged" => self.password_changed,
            "lastLogin" => self.last_login,
            "realmId" => self.realm_id,
            _ => None,
        }
    }

    #[inline]
    pub(super) fn attribute(&self, name: &str) -> Val<'a> {
        Val::maybe_json(self.profile.and_then(|profile| profile.get(name)))
    }
}

impl<'a> Object<'a> {
    pub(super) fn view(&self) -> Object<'_> {
        match self {
            Object::Json(map) => Object::Json(map),
            Object::JsonUser(map) => Object::JsonUser(map),
            Object::User(user) => Object::User(user.clone()),
            Object::GroupProfile(group) => Object::GroupProfile(group),
            Object::Entries(entries) => Object::Slice(entries),
            Object::Slice(entries) => Object::Slice(entries),
        }
    }

    /// A property or key; null if there is none.
    pub(super) fn get(self, name: &str) -> Val<'a> {
        match self {
            Object::Json(map) => Val::maybe_json(map.get(name)),
            Object::JsonUser(map) => {
                let own = |name: &str| {
                    map.get(name).filter(|_| name == "profile" || USER_PROPERTIES.contains(&name))
                };
                match own(name) {
                    Some(value) => timed(name, Val::json(value)),
                    None => Val::maybe_json(map.get("profile").and_then(|profile| profile.get(name))),
                }
            }
            Object::User(user) => match name {
                "profile" => {
                    user.profile.map_or(Val::Object(Object::Slice(&[])), |map| Val::Object(Object::Json(map)))
                }
                _ => match user.own(name) {
                    Some(value) => timed(name, Val::text(value)),
                    None => user.attribute(name),
                },
            },
            Object::GroupProfile(group) => match name {
                "name" => Val::text(group.name()),
                "description" => Val::optional(group.description()),
                _ => Val::maybe_json(group.profile().get(name)),
            },
            Object::Entries(entries) => {
                entries.into_iter().find(|(key, _)| key == name).map_or(Val::Null, |(_, value)| value)
            }
            Object::Slice(entries) => {
                entries.iter().find(|(key, _)| key == name).map_or(Val::Null, |(_, value)| value.view())
            }
        }
    }

    /// Key and value of each entry, in order.
    pub(super) fn entries(self) -> Vec<(Cow<'a, str>, Val<'a>)> {
        let json = |map: &'a Map<String, Json>| {
            map.iter().map(|(key, value)| (Cow::Borrowed(key.as_str()), Val::json(value))).collect()
        };
        let named = |names: &[&'static str], object: &Object<'a>| -> Vec<_> {
            let entry = |name: &&'static str| (Cow::Borrowed(*name), object.clone().get(name));
            names.iter().map(entry).filter(|(_, value)| !matches!(value, Val::Null)).collect()
        };
        match self {
            Object::Json(map) => json(map),
            Object::JsonUser(map) => {
                let known = |name: &str| name == "profile" || USER_PROPERTIES.contains(&name);
                map.iter()
                    .filter(|(name, _)| known(name))
                    .map(|(name, value)| (Cow::Borrowed(name.as_str()), Val::json(value)))
                    .collect()
            }
            Object::User(user) => {
                let own = |name: &&'static str| Some((Cow::Borrowed(*name), Val::text(user.own(name)?)));
                let mut entries: Vec<_> = USER_PROPERTIES.iter().filter_map(own).collect();
                entries.push((Cow::Borrowed("profile"), Object::User(user).get("profile")));
                entries
            }
            Object::GroupProfile(group) => {
                let mut entries = named(&["name", "description"], &Object::GroupProfile(group));
                let rest = json(group.profile()).into_iter();
                entries.extend(
                    rest.filter(|(key, _): &(Cow<'_, str>, _)| key != "name" && key != "description"),
                );
                entries
            }
            Object::Entries(entries) => entries,
            Object::Slice(entries) => {
                entries.iter().map(|(key, value)| (Cow::Borrowed(key.as_ref()), value.view())).collect()
            }
        }
    }
}

/// The times of a user are values of their own, unless their text is none.
pub(super) fn timed<'a>(name: &str, value: Val<'a>) -> Val<'a> {
    #[cfg(feature = "timezones")]
    if is_time_property(name)
        && let Val::Text(text) = &value
        && let Ok(time) = DateTime::parse_iso(text)
    {
        return Val::DateTime(Box::new(time));
    }
    let _ = name;
    value
}

/// A property of a group; null for one that it does not have.
pub(super) fn group_property<'a>(group: &'a Group, name: &str) -> Val<'a> {
    match name {
        "id" => Val::text(group.id()),
        "name" => Val::text(group.name()),
        "type" => Val::text(group.kind()),
        "description" => Val::optional(group.description()),
        "profile" => Val::Object(Object::GroupProfile(group)),
        "created" => Val::optional(group.created()),
        "lastUpdated" => Val::optional(group.last_updated()),
        "lastMembershipUpdated" => Val::optional(group.last_membership_updated()),
        "objectClass" => Val::List(List::Strings(group.object_class())),
        "source" => {
            let ends = [("id", group.source_id()), ("type", group.source_type())];
            let entry = |(name, value): (&'static str, Option<&'a str>)| {
                Some((Cow::Borrowed(name), Val::text(value?)))
            };
            Val::Object(Object::Entries(ends.into_iter().filter_map(entry).collect()))
        }
        _ => Val::Null,
    }
}
