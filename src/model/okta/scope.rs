//! `OAuth2Scope`.

use serde_json::Value;

use super::fields::Fields;
use crate::model::check::{Findings, Path};
use crate::model::org::Consent;
use crate::model::scope::Scope;

pub(super) fn read(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<Scope> {
    let fields = Fields::of(value, at, out)?;
    fields.check_chancery(&[], out);
    let consent =
        [("IMPLICIT", Consent::Implicit), ("REQUIRED", Consent::Required), ("FLEXIBLE", Consent::Flexible)];
    Some(Scope {
        id: fields.owned("id", out),
        name: fields.owned("name", out),
        display_name: fields.owned("displayName", out),
        description: fields.owned("description", out),
        consent: fields.word("consent", &consent, out),
        optional: fields.flag("optional", out).unwrap_or(false),
        default: fields.flag("default", out).unwrap_or(false),
        published: fields.word("metadataPublish", &[("ALL_CLIENTS", true), ("NO_CLIENTS", false)], out),
    })
}
