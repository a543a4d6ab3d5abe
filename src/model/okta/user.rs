//! `User`. Its credentials are not read: passwords are the host's.

use serde_json::Value;

use super::fields::Fields;
use crate::model::builder::DeclaredUser;
use crate::model::check::{Findings, Path};
use crate::model::user::User;
use crate::types::UserId;

/// `UserStatus` of Okta's management API.
const STATUSES: &[&str] = &[
    "ACTIVE",
    "DEPROVISIONED",
    "LOCKED_OUT",
    "PASSWORD_EXPIRED",
    "PROVISIONED",
    "RECOVERY",
    "STAGED",
    "SUSPENDED",
];

pub(super) fn read(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<DeclaredUser> {
    let fields = Fields::of(value, at, out)?;
    fields.check_chancery(&[], out);
    let id = fields.owned("id", out);
    let user = read_fields(id.as_deref().unwrap_or(""), &fields, out);
    Some(DeclaredUser { id, user })
}

pub(super) fn read_user(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<User> {
    read(value, at, out).map(|declared| declared.user)
}

fn read_fields(id: &str, fields: &Fields<'_, '_>, out: &mut Findings) -> User {
    let profile_at = fields.at.key("profile");
    fields.object(&profile_at, out).text("login", out);
    let status = fields.text("status", out).unwrap_or("ACTIVE");
    if !STATUSES.contains(&status) {
        out.unknown_word(&fields.at.key("status"), "status", status, STATUSES);
    }
    User {
        id: UserId::from(id),
        status: status.to_owned(),
        created: fields.owned("created", out),
        last_updated: fields.owned("lastUpdated", out),
        password_changed: fields.owned("passwordChanged", out),
        last_login: fields.owned("lastLogin", out),
        profile: fields.get("profile").and_then(Value::as_object).cloned().unwrap_or_default(),
        groups: Vec::new(),
    }
}
