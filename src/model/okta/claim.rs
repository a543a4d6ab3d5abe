//! `OAuth2Claim`.

use serde_json::Value;

use super::fields::Fields;
use crate::model::check::{Findings, Path};
use crate::model::claim::{Claim, ClaimToken, ClaimValue, GroupFilterType};

pub(super) fn read(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<Claim> {
    let fields = Fields::of(value, at, out)?;
    fields.check_chancery(&[], out);
    let name = fields.owned("name", out);
    let token = token(&fields, out);
    let value = claim_value(&fields, out);
    let conditions_at = at.key("conditions");
    let conditions = fields.object(&conditions_at, out);
    let scopes = conditions.texts("scopes", out).unwrap_or_default();
    let always_include = fields.flag("alwaysIncludeInToken", out);
    let active = fields.is_active(out);
    // Without its kind nothing more can be said about a claim.
    Some(Claim { name, token: token?, value: value?, scopes, always_include, active })
}

fn token(fields: &Fields<'_, '_>, out: &mut Findings) -> Option<ClaimToken> {
    let words = [("RESOURCE", ClaimToken::Access), ("IDENTITY", ClaimToken::Id)];
    if fields.get("claimType").is_none() {
        out.mistake(
            &fields.at.key("claimType"),
            "is missing: `RESOURCE` for access tokens, `IDENTITY` for ID tokens",
        );
    }
    fields.word("claimType", &words, out)
}

pub(super) fn group_filter_type(fields: &Fields<'_, '_>, out: &mut Findings) -> Option<GroupFilterType> {
    fields.word(
        "group_filter_type",
        &[
            ("STARTS_WITH", GroupFilterType::StartsWith),
            ("EQUALS", GroupFilterType::Equals),
            ("CONTAINS", GroupFilterType::Contains),
            ("REGEX", GroupFilterType::Regex),
        ],
        out,
    )
}

fn claim_value(fields: &Fields<'_, '_>, out: &mut Findings) -> Option<ClaimValue> {
    let value = fields.owned("value", out);
    let filter = group_filter_type(fields, out);
    #[derive(Clone, Copy)]
    enum Kind {
        Expression,
        Groups,
        System,
    }
    if fields.get("valueType").is_none() {
        out.mistake(&fields.at.key("valueType"), "is missing: `EXPRESSION`, `GROUPS` or `SYSTEM`");
    }
    let words = [("EXPRESSION", Kind::Expression), ("GROUPS", Kind::Groups), ("SYSTEM", Kind::System)];
    Some(match fields.word("valueType", &words, out)? {
        Kind::Expression => ClaimValue::Expression(value),
        Kind::Groups => ClaimValue::Groups(filter, value),
        Kind::System => ClaimValue::System,
    })
}
