//! `Group`, with the members that hang under it.

use serde_json::Value;

use super::fields::{Fields, wrong_type};
use crate::model::builder::DeclaredGroup;
use crate::model::check::{Findings, Path};
use crate::model::user::Group;

pub(super) fn read(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<DeclaredGroup> {
    let fields = Fields::of(value, at, out)?;
    fields.check_chancery(&[], out);
    let id = fields.owned("id", out);
    Some(DeclaredGroup { group: read_fields(value, &fields, out), id, users: members(&fields, "users", out) })
}

pub(super) fn read_group(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<Group> {
    let fields = Fields::of(value, at, out)?;
    read_fields(value, &fields, out)
}

fn read_fields(value: &Value, fields: &Fields<'_, '_>, out: &mut Findings) -> Option<Group> {
    let profile_at = fields.at.key("profile");
    let profile = fields.object(&profile_at, out);
    let kinds = [("OKTA_GROUP", ()), ("APP_GROUP", ()), ("BUILT_IN", ())];
    fields.word("type", &kinds, out);
    profile.text("name", out);
    if profile.get("name").is_none() {
        out.mistake(&profile_at.key("name"), "is missing");
    }
    if let Some(group) = Group::from_json(value) {
        return Some(group);
    }
    // Without an id: the one that is made up later takes its place.
    let mut with_id = value.clone();
    with_id.as_object_mut()?.insert("id".to_owned(), "".into());
    Group::from_json(&with_id)
}

/// Ids of users: texts, or users as Okta's API lists a group's.
pub(super) fn members(fields: &Fields<'_, '_>, key: &str, out: &mut Findings) -> Vec<String> {
    let at = fields.at.key(key);
    let mut ids = Vec::new();
    for (i, value) in fields.list(key, out).unwrap_or_default().iter().enumerate() {
        match value.as_str().or_else(|| value.get("id")?.as_str()) {
            Some(id) => ids.push(id.to_owned()),
            None => {
                wrong_type(&at.index(i), "an id", value, out);
                ids.push(String::new());
            }
        }
    }
    ids
}
