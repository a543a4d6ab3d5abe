//! `chancery.tokenPolicies` of a server. Okta has no such resource, so every key is ours, and one that
//! we do not know is a mistake.

use serde_json::Value;

use super::claim::group_filter_type;
use super::fields::{Fields, each};
use super::policy::grant_types;
use crate::model::check::{Findings, Path};
use crate::model::token_policy::{DeclaredValue, Does, TokenAction, TokenPolicy, Tokens};

pub(super) fn read(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<TokenPolicy> {
    let fields = Fields::of(value, at, out)?;
    fields.only(&["name", "description", "status", "priority", "conditions", "actions"], out);
    fields.text("description", out);
    let conditions_at = at.key("conditions");
    let conditions = fields.object(&conditions_at, out);
    conditions
        .only(&["groups", "clients", "scopes", "audiences", "grantTypes", "network", "expression"], out);
    let lists = |key: &'static str, keys: &[&str], out: &mut Findings| {
        let at = conditions_at.key(key);
        let list = conditions.object(&at, out);
        list.only(keys, out);
        let include = list.is_present().then(|| list.texts("include", out)).flatten();
        (include, list.texts("exclude", out).unwrap_or_default())
    };
    let (groups, not_groups) = lists("groups", &["include", "exclude"], out);
    let (networks, not_networks) = lists("network", &["include", "exclude"], out);
    let (clients, _) = lists("clients", &["include"], out);
    let (scopes, _) = lists("scopes", &["include"], out);
    let (audiences, _) = lists("audiences", &["include"], out);
    let grants_at = conditions_at.key("grantTypes");
    let grants = conditions.object(&grants_at, out);
    grants.only(&["include"], out);
    Some(TokenPolicy {
        name: fields.owned("name", out),
        priority: fields.integer("priority", out),
        inactive: !fields.is_active(out),
        // Both lists empty say nothing, as in the people of Okta's rules.
        groups: groups.filter(|include| !(include.is_empty() && not_groups.is_empty())),
        not_groups,
        clients,
        scopes,
        audiences,
        grants: grants.get("include").is_some().then(|| grant_types(&grants, "include", out)),
        networks,
        not_networks,
        expression: conditions.owned("expression", out),
        actions: each(&fields, "actions", out, action),
    })
}

const ACTIONS: [&str; 5] = ["addClaim", "replaceClaim", "removeClaim", "accessTokenLifetimeMinutes", "deny"];

/// An object with one member, which says what is done.
fn action(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<TokenAction> {
    let fields = Fields::of(value, at, out)?;
    fields.only(&ACTIONS, out);
    let mut found = ACTIONS.iter().copied().filter(|key| fields.get(key).is_some());
    let (Some(key), None) = (found.next(), found.next()) else {
        // One that is misspelt has been named already.
        if fields.keys().all(|key| ACTIONS.contains(&key)) {
            out.mistake(at, "must hold exactly one action: `addClaim`, `replaceClaim`, `removeClaim`, `accessTokenLifetimeMinutes` or `deny`");
        }
        return None;
    };
    if key == "accessTokenLifetimeMinutes" {
        return fields
            .integer(key, out)
            .map(|minutes| TokenAction::new(Does::AccessLifetime(minutes.saturating_mul(60))));
    }
    let inner_at = at.key(key);
    let inner = fields.object(&inner_at, out);
    if !inner.is_present() {
        return None;
    }
    let name = inner.owned("name", out);
    let does = match key {
        "deny" => {
            inner.only(&["reason", "description"], out);
            let (reason, description) = (inner.owned("reason", out), inner.owned("description", out));
            return Some(TokenAction::new(Does::Deny { reason, description }));
        }
        "removeClaim" => {
            inner.only(&["name", "include"], out);
            Does::Remove { name }
        }
        _ => {
            inner.only(&["name", "value", "valueType", "group_filter_type", "include"], out);
            let value = claim_value(&inner, out)?;
            if key == "addClaim" { Does::Add { name, value } } else { Does::Replace { name, value } }
        }
    };
    Some(TokenAction { does, tokens: tokens(&inner, out) })
}

fn claim_value(fields: &Fields<'_, '_>, out: &mut Findings) -> Option<DeclaredValue> {
    #[derive(Clone, Copy)]
    enum Kind {
        Expression,
        Groups,
        Constant,
    }
    let words = [("EXPRESSION", Kind::Expression), ("GROUPS", Kind::Groups), ("CONSTANT", Kind::Constant)];
    let filter = group_filter_type(fields, out);
    let kind = match fields.get("valueType") {
        None => Kind::Expression,
        Some(_) => fields.word("valueType", &words, out)?,
    };
    Some(match kind {
        Kind::Expression => DeclaredValue::Expression(fields.owned("value", out)),
        Kind::Groups => DeclaredValue::Groups(filter, fields.owned("value", out)),
        Kind::Constant => DeclaredValue::Constant(fields.get("value").cloned()),
    })
}

/// `include`: in which tokens.
fn tokens(fields: &Fields<'_, '_>, out: &mut Findings) -> Option<Tokens> {
    let list = fields.list("include", out)?;
    let at = fields.at.key("include");
    let mut tokens = Tokens::default();
    for (i, value) in list.iter().enumerate() {
        match value.as_str() {
            Some("ACCESS_TOKEN") => tokens.access = true,
            Some("ID_TOKEN") => tokens.id = true,
            Some(word) => {
                out.unknown_word(&at.index(i), "kind of token", word, &["ACCESS_TOKEN", "ID_TOKEN"])
            }
            None => super::fields::wrong_type(&at.index(i), "a string", value, out),
        }
    }
    Some(tokens)
}
