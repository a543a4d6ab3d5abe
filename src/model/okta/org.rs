//! The org file: what hangs Okta's resources in one tree.

use serde_json::Value;

use super::fields::{Fields, each, wrong_type};
use super::{app, group, hook, server, user};
use crate::expr::Schema;
use crate::model::builder::OrgBuilder;
use crate::model::check::{Findings, Path};
use crate::model::nearest::nearest;

/// What the file holds beside `chancery`.
const LISTS: [&str; 9] = [
    "baseUrl",
    "authorizationServers",
    "apps",
    "users",
    "groups",
    "inlineHooks",
    "trustedOrigins",
    "userSchema",
    "chancery",
];

/// A key that nothing reads may be another answer of Okta's, but not if it is nearly one of ours.
fn warn_of_misspelt(fields: &Fields<'_, '_>, out: &mut Findings) {
    for key in fields.others(&LISTS) {
        if let Some(meant) = nearest(key, LISTS) {
            let message = format!("is no key of the org file, and ignored: did you mean `{meant}`?");
            out.warn(&Path::ROOT.key(key), message);
        }
    }
}

pub(in crate::model) fn read(value: &Value, out: &mut Findings) -> OrgBuilder {
    let Some(fields) = Fields::of(value, &Path::ROOT, out) else { return OrgBuilder::default() };
    fields.check_chancery(&["domains", "signing"], out);
    // Not `domains`, which an answer of Okta's has, too.
    fields.refuse_outside_chancery(&["signing"], out);
    warn_of_misspelt(&fields, out);
    let chancery_at = Path::ROOT.key("chancery");
    let chancery = fields.object(&chancery_at, out);
    for list in ["linkedObjects", "trustedIssuers"] {
        each(&fields, list, out, kept);
    }
    let mut other_apps = Vec::new();
    OrgBuilder {
        base: fields.owned("baseUrl", out),
        servers: each(&fields, "authorizationServers", out, server::read),
        clients: each(&fields, "apps", out, |value, at, out| app::read(value, at, &mut other_apps, out)),
        users: each(&fields, "users", out, user::read),
        groups: each(&fields, "groups", out, group::read),
        hooks: each(&fields, "inlineHooks", out, hook::read),
        trusted_origins: each(&fields, "trustedOrigins", out, trusted_origin),
        schema: schema(&fields, out),
        domains: chancery.texts("domains", out).unwrap_or_default(),
        algorithm: server::signing(&chancery, out),
        outside_directory: false,
        other_apps,
    }
}

/// A resource that nothing reads yet: whatever it holds is Okta's, except under `chancery`.
fn kept(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<()> {
    Fields::of(value, at, out)?.check_chancery(&[], out);
    None
}

/// A trusted origin as Okta's API lists it, or its text alone. Those for redirects only, and
/// inactive ones, are no concern of browsers' calls.
fn trusted_origin(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<String> {
    if let Some(origin) = value.as_str() {
        return Some(origin.to_owned());
    }
    let Some(_) = value.as_object() else {
        wrong_type(at, "an origin", value, out);
        return None;
    };
    let fields = Fields::of(value, at, out)?;
    fields.check_chancery(&[], out);
    let active = fields.is_active(out);
    let scopes = fields.list("scopes", out);
    let for_calls = scopes.is_none_or(|scopes| {
        scopes.iter().any(|scope| scope.get("type").and_then(Value::as_str) == Some("CORS"))
    });
    if fields.get("origin").is_none() {
        out.mistake(&at.key("origin"), "is missing");
    }
    fields.owned("origin", out).filter(|_| active && for_calls)
}

/// `userSchema`: Okta's `UserSchema`, or the names of the attributes alone.
fn schema(fields: &Fields<'_, '_>, out: &mut Findings) -> Option<Schema> {
    if let Some(Value::Array(_)) = fields.get("userSchema") {
        return Some(fields.texts("userSchema", out)?.into_iter().collect());
    }
    let at = Path::ROOT.key("userSchema");
    let schema = fields.object(&at, out);
    if !schema.is_present() {
        return None;
    }
    schema.check_chancery(&[], out);
    let definitions_at = at.key("definitions");
    let definitions = schema.object(&definitions_at, out);
    let mut names: Vec<String> = Vec::new();
    if definitions.get("base").is_none() {
        names.extend(BASE_ATTRIBUTES.iter().map(|name| (*name).to_owned()));
    }
    for part in ["base", "custom"] {
        let part_at = definitions_at.key(part);
        let part = definitions.object(&part_at, out);
        let properties_at = part_at.key("properties");
        names.extend(part.object(&properties_at, out).keys().map(str::to_owned));
    }
    Some(names.into_iter().collect())
}

/// The attributes that every user profile of Okta has, for schemas that list only the custom ones.
pub(crate) const BASE_ATTRIBUTES: &[&str] = &[
    "city",
    "costCenter",
    "countryCode",
    "department",
    "displayName",
    "division",
    "email",
    "employeeNumber",
    "firstName",
    "honorificPrefix",
    "honorificSuffix",
    "lastName",
    "locale",
    "login",
    "manager",
    "managerId",
    "middleName",
    "mobilePhone",
    "nickName",
    "organization",
    "postalAddress",
    "preferredLanguage",
    "primaryPhone",
    "profileUrl",
    "secondEmail",
    "state",
    "streetAddress",
    "timezone",
    "title",
    "userType",
    "zipCode",
];
