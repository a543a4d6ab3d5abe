//! `AuthorizationServerPolicy` and `AuthorizationServerPolicyRule`.

use serde_json::Value;

use super::fields::{Fields, each, words};
use crate::model::check::{Findings, Path};
use crate::model::policy::{AccessPolicy, DeclaredLifetimes, People, Rule};
use crate::types::GrantType;

pub(super) fn read(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<AccessPolicy> {
    let fields = Fields::of(value, at, out)?;
    fields.check_chancery(&[], out);
    fields.word("type", &[("OAUTH_AUTHORIZATION_POLICY", ())], out);
    let conditions_at = at.key("conditions");
    let conditions = fields.object(&conditions_at, out);
    let clients_at = conditions_at.key("clients");
    let clients = conditions.object(&clients_at, out);
    let unsupported = unknown_conditions(at, &[(conditions, &["clients"]), (clients, &["include"])]);
    Some(AccessPolicy {
        id: fields.owned("id", out),
        name: fields.owned("name", out),
        description: fields.owned("description", out),
        priority: fields.integer("priority", out),
        inactive: !fields.is_active(out),
        clients: clients.texts("include", out).unwrap_or_default(),
        rules: each(&fields, "rules", out, read_rule),
        unsupported,
    })
}

pub(super) fn read_rule(value: &Value, at: &Path<'_>, out: &mut Findings) -> Option<Rule> {
    let fields = Fields::of(value, at, out)?;
    fields.check_chancery(&[], out);
    fields.word("type", &[("RESOURCE_ACCESS", ())], out);

    let conditions_at = at.key("conditions");
    let conditions = fields.object(&conditions_at, out);
    let (people_at, grants_at, scopes_at) =
        (conditions_at.key("people"), conditions_at.key("grantTypes"), conditions_at.key("scopes"));
    let people = conditions.object(&people_at, out);
    let grants = conditions.object(&grants_at, out);
    let scopes = conditions.object(&scopes_at, out);
    let (users_at, groups_at) = (people_at.key("users"), people_at.key("groups"));
    let users = people.object(&users_at, out);
    let groups = people.object(&groups_at, out);

    let actions_at = at.key("actions");
    let actions = fields.object(&actions_at, out);
    let token_at = actions_at.key("token");
    let token = actions.object(&token_at, out);
    let hook_at = token_at.key("inlineHook");
    let hook = token.object(&hook_at, out);

    Some(Rule {
        id: fields.owned("id", out),
        name: fields.owned("name", out),
        priority: fields.integer("priority", out),
        inactive: !fields.is_active(out),
        people: People {
            users: users.texts("include", out).unwrap_or_default(),
            groups: groups.texts("include", out).unwrap_or_default(),
            not_users: users.texts("exclude", out).unwrap_or_default(),
            not_groups: groups.texts("exclude", out).unwrap_or_default(),
        },
        grants: grant_types(&grants, "include", out),
        scopes: scopes.texts("include", out).unwrap_or_default(),
        lifetimes: DeclaredLifetimes {
            access: minutes(&token, "accessTokenLifetimeMinutes", out),
            refresh: minutes(&token, "refreshTokenLifetimeMinutes", out),
            window: minutes(&token, "refreshTokenWindowMinutes", out),
        },
        inline_hook: hook.owned("id", out),
        unsupported: unknown_conditions(
            at,
            &[
                (conditions, &["people", "grantTypes", "scopes"]),
                (people, &["users", "groups"]),
                (users, &["include", "exclude"]),
                (groups, &["include", "exclude"]),
                (grants, &["include"]),
                (scopes, &["include"]),
            ],
        ),
    })
}

/// Grant types as apps and rules list them.
pub(super) fn grant_types(fields: &Fields<'_, '_>, key: &str, out: &mut Findings) -> Vec<GrantType> {
    let known = || GrantType::all().map(GrantType::as_str).collect();
    words(fields, key, "grant type", GrantType::parse_configured, known, out)
}

fn minutes(fields: &Fields<'_, '_>, key: &str, out: &mut Findings) -> Option<i64> {
    fields.integer(key, out).map(|minutes| minutes.saturating_mul(60))
}

/// The first condition that we do not know, by its path from `at`: ignoring it could widen what a
/// policy or rule allows.
fn unknown_conditions(at: &Path<'_>, places: &[(Fields<'_, '_>, &[&str])]) -> Option<String> {
    let (fields, key) =
        places.iter().find_map(|(fields, known)| Some((fields, fields.others(known).next()?)))?;
    let path = fields.at.key(key).to_string();
    let above = at.to_string();
    Some(path.strip_prefix(&above).map_or(path.as_str(), |rest| rest.trim_start_matches('.')).to_owned())
}
