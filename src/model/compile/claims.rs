//! The claims of one server.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use regex::{Regex, RegexBuilder};

use super::Context;
use crate::expr::{Compiler, Program, Usage};
use crate::model::check::{Findings, Path, Shown};
use crate::model::claim::{Claim, ClaimToken, ClaimValue, GroupFilterType};
use crate::model::listed::Listed;
use crate::model::org::{ClaimSource, CompiledClaim, GroupFilter, ScopeIndex, ScopeTable};
use crate::model::system::{SUB, SUB_EXPRESSION, SYSTEM_CLAIMS, system_claim};
use crate::types::{is_reserved_access_claim, is_reserved_id_claim};

/// The claims of access tokens and of ID tokens.
pub(super) struct Claims {
    pub(super) access: Vec<CompiledClaim>,
    pub(super) id: Arc<[CompiledClaim]>,
}

/// Made once: every server of every organisation has them, and clones share their texts.
static SYSTEM_SUB: LazyLock<Option<CompiledClaim>> = LazyLock::new(|| {
    let program = compiler().compile(SUB_EXPRESSION).ok()?;
    let source = ClaimSource::Expression(program);
    Some(CompiledClaim::new(SUB, Vec::new(), true, source))
});

static SYSTEM_ID_CLAIMS: LazyLock<Arc<[CompiledClaim]>> = LazyLock::new(|| {
    let compiled = |claim: &crate::model::system::SystemClaim| {
        CompiledClaim::new(claim.name, vec![claim.scope], claim.always, ClaimSource::System)
    };
    SYSTEM_CLAIMS.iter().map(compiled).collect()
});

fn compiler() -> Compiler {
    Compiler::new().usage(Usage::Claim)
}

/// The claims of the org server.
pub(super) fn of_org() -> Claims {
    Claims { access: SYSTEM_SUB.iter().cloned().collect(), id: Arc::clone(&SYSTEM_ID_CLAIMS) }
}

/// The claims of a custom server.
pub(super) fn of_custom(
    declared: &[Listed<Claim>],
    scopes: &ScopeTable,
    context: &Context<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> Claims {
    let replaced: HashSet<(ClaimToken, &str)> =
        declared.iter().filter_map(|claim| Some((claim.item.token, claim.item.name.as_deref()?))).collect();
    let mut claims = of_org();
    if replaced.contains(&(ClaimToken::Access, SUB)) {
        claims.access.clear();
    }
    let mut id_claims: Vec<CompiledClaim> = Vec::new();
    let mut active: HashSet<(ClaimToken, &str)> = HashSet::new();
    for Listed { at: place, item: claim } in declared {
        let claim_at = at.index(*place);
        let name_at = claim_at.key("name");
        let name = check_name(claim, &name_at, out);
        let scopes = condition(claim, scopes, &claim_at, out);
        let source = source(claim, context, &claim_at, out);
        let Some(name) = name else { continue };
        if claim.active && !active.insert((claim.token, name)) {
            let message =
                format!("`{}` is the name of another claim of this kind of token already", Shown(name));
            out.mistake(&name_at, message);
            continue;
        }
        let Some(source) = source.filter(|_| claim.active) else { continue };
        let mut compiled = CompiledClaim::new(name, scopes, always_include(claim, name), source);
        compiled.at = u32::try_from(*place).ok();
        match claim.token {
            ClaimToken::Access => claims.access.push(compiled),
            ClaimToken::Id => id_claims.push(compiled),
        }
    }
    if replaced.contains(&(ClaimToken::Access, SUB)) && !active.contains(&(ClaimToken::Access, SUB)) {
        out.warn(at, "takes `sub` out of access tokens: every token is refused");
    }
    if replaced.iter().any(|(token, _)| *token == ClaimToken::Id) {
        let kept = claims.id.iter().filter(|claim| !replaced.contains(&(ClaimToken::Id, claim.name())));
        claims.id = kept.cloned().chain(id_claims).collect();
    }
    claims
}

/// Access tokens carry their claims always. An ID token's says itself; a system claim that is
/// listed without saying so keeps what Okta gives it.
fn always_include(claim: &Claim, name: &str) -> bool {
    match claim.token {
        ClaimToken::Access => true,
        ClaimToken::Id => {
            let usual = system_claim(ClaimToken::Id, name).is_none_or(|system| system.always);
            claim.always_include.unwrap_or(usual)
        }
    }
}

fn check_name<'c>(claim: &'c Claim, at: &Path<'_>, out: &mut Findings) -> Option<&'c str> {
    let name = claim.name.as_deref().unwrap_or("");
    let reserved = match claim.token {
        ClaimToken::Access => is_reserved_access_claim(name),
        ClaimToken::Id => is_reserved_id_claim(name),
    };
    // A name that some reader trims would turn into a reserved one.
    let unsafe_text = name.trim() != name || name.chars().any(char::is_control);
    if name.is_empty() {
        out.mistake(at, "is missing");
    } else if unsafe_text {
        out.mistake(at, format!("`{}` has space at its ends, or control characters", Shown(name)));
    } else if reserved {
        out.mistake(at, format!("`{}` is reserved: the issuer itself sets it", Shown(name)));
    } else {
        return Some(name);
    }
    None
}

fn condition(claim: &Claim, scopes: &ScopeTable, at: &Path<'_>, out: &mut Findings) -> Vec<ScopeIndex> {
    let conditions = at.key("conditions");
    let at = conditions.key("scopes");
    let mut found = Vec::with_capacity(claim.scopes.len());
    for (i, name) in claim.scopes.iter().enumerate() {
        match scopes.get(name) {
            Some((index, _)) => found.push(index),
            None => out.unknown(
                &at.index(i),
                "scope",
                name,
                scopes.by_name.keys().map(crate::types::ScopeName::as_str),
            ),
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn source(claim: &Claim, context: &Context<'_>, at: &Path<'_>, out: &mut Findings) -> Option<ClaimSource> {
    match &claim.value {
        ClaimValue::Expression(text) => {
            let text = text.as_deref().unwrap_or("");
            let program = expression(text, compiler(), context, &at.key("value"), out)?;
            Some(ClaimSource::Expression(program))
        }
        ClaimValue::Groups(..) if claim.name.as_deref() == Some(SUB) => {
            out.mistake(&at.key("valueType"), "`sub` is one text, not a list of groups");
            None
        }
        ClaimValue::Groups(filter, text) => {
            let filter = group_filter(*filter, text.as_deref().unwrap_or(""), at, out)?;
            Some(ClaimSource::Groups(filter))
        }
        ClaimValue::System => {
            let name = claim.name.as_deref().unwrap_or("");
            if system_claim(claim.token, name).is_some() {
                return Some(ClaimSource::System);
            }
            match claim.token {
                ClaimToken::Access => {
                    out.mistake(&at.key("valueType"), "only claims of ID tokens can be `SYSTEM`");
                }
                ClaimToken::Id => {
                    out.unknown(
                        &at.key("name"),
                        "system claim",
                        name,
                        SYSTEM_CLAIMS.iter().map(|claim| claim.name),
                    );
                }
            }
            None
        }
    }
}

/// An expression for this usage.
pub(super) fn expression(
    text: &str,
    compiler: Compiler,
    context: &Context<'_>,
    at: &Path<'_>,
    out: &mut Findings,
) -> Option<Program> {
    if text.trim().is_empty() {
        out.mistake(at, "is missing: an expression such as `user.department`");
        return None;
    }
    let compiler = match context.schema {
        Some(schema) => compiler.schema(schema),
        None => compiler,
    };
    match compiler.compile(text) {
        Ok(program) => Some(program),
        Err(errors) => {
            errors.iter().for_each(|error| out.mistake(at, error.to_string()));
            None
        }
    }
}

/// `group_filter_type` and `value` of a claim that lists groups.
pub(super) fn group_filter(
    kind: Option<GroupFilterType>,
    text: &str,
    at: &Path<'_>,
    out: &mut Findings,
) -> Option<GroupFilter> {
    let value_at = at.key("value");
    if text.is_empty() {
        out.mistake(&value_at, "is missing: what to compare the names of the groups with");
        return None;
    }
    let Some(kind) = kind else {
        let message = "is missing: `STARTS_WITH`, `EQUALS`, `CONTAINS` or `REGEX`";
        out.mistake(&at.key("group_filter_type"), message);
        return None;
    };
    Some(match kind {
        GroupFilterType::StartsWith => GroupFilter::StartsWith(text.to_lowercase()),
        GroupFilterType::Equals => GroupFilter::Equals(text.to_lowercase()),
        GroupFilterType::Contains => GroupFilter::Contains(text.to_lowercase()),
        GroupFilterType::Regex => GroupFilter::Regex(pattern(text, &value_at, out)?),
    })
}

/// A pattern that a name must match whole. The library's matching is linear in the name, whatever
/// the pattern; its size is bounded here.
fn pattern(text: &str, at: &Path<'_>, out: &mut Findings) -> Option<Regex> {
    const MOST_BYTES: usize = 1 << 20;
    let bare = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).unwrap_or(text);
    let compile =
        |pattern: &str| RegexBuilder::new(pattern).size_limit(MOST_BYTES).dfa_size_limit(MOST_BYTES).build();
    // Alone first: `a)(b` must not become valid by being wrapped.
    let fault = match compile(bare).and_then(|_| compile(&format!("\\A(?:{bare})\\z"))) {
        Ok(regex) => return Some(regex),
        Err(error) => error.to_string(),
    };
    // The library draws the pattern first; what is wrong stands on the last line.
    let fault = fault.lines().next_back().unwrap_or("").trim_start_matches("error: ");
    out.mistake(at, format!("`{}` is no pattern: {}", Shown(text), Shown(fault)));
    None
}
