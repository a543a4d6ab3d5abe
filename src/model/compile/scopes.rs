//! The scopes of one server.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::model::check::{Findings, Path, Shown};
use crate::model::listed::Listed;
use crate::model::org::{CompiledScope, ScopeIndex, ScopeTable};
use crate::model::scope::Scope;
use crate::model::system::{CUSTOM_SCOPES, ORG_SCOPES, SystemScope};
use crate::types::ScopeName;

/// Made once: every server of every organisation has them, and clones share their texts.
static OF_ORG: LazyLock<Vec<CompiledScope>> = LazyLock::new(|| system(ORG_SCOPES));
static OF_CUSTOM: LazyLock<Vec<CompiledScope>> = LazyLock::new(|| system(CUSTOM_SCOPES));

fn system(scopes: &[SystemScope]) -> Vec<CompiledScope> {
    let compiled = |scope: &SystemScope| {
        Some(compiled(ScopeName::parse(scope.name).ok()?, scope.declared(), true, None))
    };
    scopes.iter().filter_map(compiled).collect()
}

/// The scopes of the org server: the system ones, and those that apps were granted.
pub(super) fn of_org<'g>(granted: impl Iterator<Item = &'g ScopeName>) -> ScopeTable {
    let mut table = ScopeTable::default();
    for scope in OF_ORG.iter() {
        add(&mut table, scope.clone());
    }
    for name in granted {
        if !table.by_name.contains_key(name) {
            add(&mut table, compiled(name.clone(), Scope::default(), false, None));
        }
    }
    table
}

/// The scopes of a custom server, and the ids by which rules may call them.
pub(super) fn of_custom(
    declared: &[Listed<Scope>],
    at: &Path<'_>,
    out: &mut Findings,
) -> (ScopeTable, HashMap<String, ScopeIndex>) {
    let mut table = ScopeTable::default();
    for scope in OF_CUSTOM.iter() {
        add(&mut table, scope.clone());
    }
    let mut ids = HashMap::new();
    let mut seen = std::collections::HashSet::new();
    for Listed { at: place, item: scope } in declared {
        let scope_at = at.index(*place);
        let Some(name) = name(scope.name.as_deref(), &scope_at.key("name"), out) else { continue };
        if !seen.insert(name.clone()) {
            let message = format!("`{name}` is the name of another scope of this server already");
            out.mistake(&scope_at.key("name"), message);
            continue;
        }
        let index = match table.by_name.get(&name).copied() {
            Some(index) => {
                if let Some(known) = table.scopes.get_mut(index as usize) {
                    *known = compiled(name, scope.clone(), true, Some(*place));
                }
                index
            }
            None => add(&mut table, compiled(name, scope.clone(), false, Some(*place))),
        };
        if let Some(id) = &scope.id
            && ids.insert(id.clone(), index).is_some()
        {
            let message = format!("`{}` is the id of another one already", Shown(id));
            out.mistake(&scope_at.key("id"), message);
        }
    }
    // A rule that says so could mean either.
    for Listed { at: place, item: scope } in declared {
        if let Some(id) = &scope.id
            && table.by_name.get(id.as_str()).is_some_and(|named| ids.get(id) != Some(named))
        {
            let message = format!("`{}` is the name of another scope of this server", Shown(id));
            out.mistake(&at.index(*place).key("id"), message);
        }
    }
    (table, ids)
}

fn add(table: &mut ScopeTable, scope: CompiledScope) -> ScopeIndex {
    let index = ScopeIndex::try_from(table.scopes.len()).unwrap_or(ScopeIndex::MAX);
    table.by_name.insert(scope.name.clone(), index);
    table.scopes.push(scope);
    index
}

fn compiled(name: ScopeName, scope: Scope, system: bool, at: Option<usize>) -> CompiledScope {
    CompiledScope {
        id: scope.id.map(Arc::from),
        name,
        display_name: scope.display_name.map(Arc::from),
        description: scope.description.map(Arc::from),
        consent: scope.consent.unwrap_or_default(),
        optional: scope.optional,
        default: scope.default,
        // Okta's schema says NO_CLIENTS where `metadataPublish` is absent; a system scope is published.
        published: scope.published.unwrap_or(system),
        system,
        at: at.and_then(|at| u32::try_from(at).ok()),
    }
}

fn name(text: Option<&str>, at: &Path<'_>, out: &mut Findings) -> Option<ScopeName> {
    let Some(text) = text else {
        out.mistake(at, "is missing");
        return None;
    };
    let fault = match ScopeName::parse(text) {
        Ok(name) => match reserved(text) {
            None => return Some(name),
            Some(fault) => fault.to_owned(),
        },
        Err(error) => error.to_string(),
    };
    out.mistake(at, format!("`{}` is no name for a scope: {fault}", Shown(text)));
    None
}

/// Source: "Scope properties" of Okta's authorization server reference. A real server lists the
/// `okta.myAccount.` scopes among its own, so they are no mistake.
fn reserved(name: &str) -> Option<&'static str> {
    if name == "*" {
        Some("in a rule it stands for every scope")
    } else if name == "okta" || name.starts_with("okta:") {
        Some("`okta` is reserved")
    } else if name.starts_with("okta.") && !name.starts_with("okta.myAccount.") {
        Some("`okta.` is reserved for Okta's own")
    } else if name.contains('<') && name.contains('>') {
        Some("it may hold `<` or `>`, not both")
    } else {
        None
    }
}
