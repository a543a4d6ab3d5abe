//! Groups: membership predicates, `Groups.*`, `getFilteredGroups`, `user.getGroups`, `user.isMemberOf`.
//!
//! The limits and errors are those of Okta's claims: a limit is 1 to 100 (any in a code flow), more matches than the
//! limit fail, and so does the lack of a user.

use super::super::error::{ErrorKind, Fault};
use super::super::group::{Group, Groups};
use super::super::input::Flow;
use super::super::pattern::Pattern;
use super::super::value::Object;
use super::Kind::{Any, Text};
use super::*;

pub(super) const FUNCTIONS: &[Function] = &[
    global("isMemberOfGroupName", &[need("name", Text)], Ty::BOOL)
        .of_members()
        .means("Whether the user is in a group of exactly this name, from any source.")
        .example_is(r#"isMemberOfGroupName("West Coast Users")"#, "true")
        .does(Body::One(has_name)),
    global("isMemberOfGroup", &[need("id", Text)], Ty::BOOL)
        .of_members()
        .means("Whether the user is in the group with this id.")
        .example_is(r#"isMemberOfGroup("00g1emaKYZTWRYYRRTSK")"#, "true")
        .does(Body::One(has_id)),
    global("isMemberOfAnyGroup", &[each("id", Text)], Ty::BOOL)
        .of_members()
        .means("Whether the user is in a group with one of these ids.")
        .example_is(r#"isMemberOfAnyGroup("00gnone", "00g1emaKYZTWRYYRRTSK")"#, "true")
        .does(Body::Many(has_any_id)),
    global("isMemberOfGroupNameStartsWith", &[need("prefix", Text)], Ty::BOOL)
        .of_members()
        .means("Whether the user is in a group whose name begins so; case matters.")
        .example_is(r#"isMemberOfGroupNameStartsWith("West")"#, "true")
        .does(Body::One(has_prefix)),
    global("isMemberOfGroupNameContains", &[need("part", Text)], Ty::BOOL)
        .of_members()
        .means("Whether the user is in a group whose name has this in it; case matters.")
        .example_is(r#"isMemberOfGroupNameContains("Coast")"#, "true")
        .does(Body::One(has_part)),
    global("isMemberOfGroupNameRegex", &[need("pattern", Text)], Ty::BOOL)
        .of_members()
        .means("Whether the user is in a group whose whole name matches the pattern. A slash before the pattern, and one behind it that pairs with that, do not belong to it.")
        .example_is(r#"isMemberOfGroupNameRegex("/.*Coast.*")"#, "true")
        .does(Body::One(has_match)),
    class("Groups", "startsWith", FIND, FOUND)
        .of_claims()
        .means("The names of the user's groups of a source (`OKTA`, an app type, an app's variable name or id) that begin so. Null if there are none.")
        .example_is(r#"Groups.startsWith("OKTA", "West", 10)"#, r#"["West Coast Users"]"#)
        .does(Body::Three(starts_with)),
    class("Groups", "contains", FIND, FOUND)
        .of_claims()
        .means("The names of the user's groups of a source that have this in them. Null if there are none.")
        .example_is(r#"Groups.contains("active_directory", "gineer", 10)"#, r#"["Engineering Users"]"#)
        .does(Body::Three(contains)),
    class("Groups", "endsWith", FIND, FOUND)
        .of_claims()
        .means("The names of the user's groups of a source that end so. Null if there are none.")
        .example_is(r#"Groups.endsWith("OKTA", "Admins", 10)"#, "null")
        .does(Body::Three(ends_with)),
    global("getFilteredGroups", &[need("allowlist", Any), need("expression", Text), need("limit", Any)], Ty::LIST)
        .of_claims()
        .means("For each of the user's groups whose id is in the allowlist, the value of an expression over `group`, which is given as text.")
        .example_is(r#"getFilteredGroups({"00g1emaKYZTWRYYRRTSK"}, "group.name", 40)"#, r#"["West Coast Users"]"#)
        .does(Body::Three(filtered)),
    user("getGroups", CRITERIA, Ty::LIST, Dialects::Okta, Usages::GET_GROUPS)
        .reads_from(MEMBERS)
        .means("The user's groups that meet every criterion. A criterion is a map with `group.id`, `group.source.id`, `group.type` or `group.profile.name` and one value or a list of which one must fit; names must begin so, unless `operator` is `EXACT`.")
        .example_is("user.getGroups({'group.profile.name': 'West Coast'}).![profile.name]", r#"["West Coast Users"]"#)
        .does(Body::Many(get_groups)),
    user("isMemberOf", CRITERIA, Ty::BOOL, Dialects::IdentityEngine, Usages::ALL)
        .reads_from(MEMBERS)
        .means("Whether the user is in a group that meets every criterion; criteria as for `getGroups`.")
        .example_is("user.isMemberOf({'group.profile.name': 'West Coast', 'operator': 'EXACT'})", "false")
        .does(Body::Many(is_member_of)),
];

const MEMBERS: Reads = Reads::of(&[Input::User, Input::Groups]);
const FOUND: Ty = Ty::LIST.or(Ty::NULL);
const FIND: &[Parameter] = &[need("source", Text), need("pattern", Text), need("limit", Any)];
const CRITERIA: &[Parameter] = &[each("criterion", Kind::Criterion)];

impl Function {
    const fn of_members(self) -> Function {
        self.used_in(Usages::MEMBERSHIP).reads_from(MEMBERS)
    }

    const fn of_claims(self) -> Function {
        self.used_in(Usages::GROUP_LISTS).reads_from(Reads::of(&[Input::User, Input::Groups, Input::Flow]))
    }
}

fn str<'v>(value: &'v Val<'_>) -> &'v str {
    value.as_text().unwrap_or_default()
}

/// The user's groups, if there is a user.
fn groups<'a>(cx: &mut Cx<'_, 'a>) -> Fallible<Groups<'a>> {
    if cx.inputs.user.is_none() {
        let message = "there is no user, and so there are no groups";
        return Err(Fault::new(ErrorKind::NoUserInContext, message).for_missing_user());
    }
    let groups = cx.inputs.groups;
    cx.steps(groups.len() as u64)?;
    Ok(groups)
}

fn any<'a>(cx: &mut Cx<'_, 'a>, test: impl Fn(&Group) -> bool) -> Eval<'a> {
    Ok(Val::Bool(groups(cx)?.iter().any(test)))
}

fn has_name<'a>(cx: &mut Cx<'_, 'a>, name: Val<'a>) -> Eval<'a> {
    any(cx, |group| group.name() == str(&name))
}

fn has_id<'a>(cx: &mut Cx<'_, 'a>, id: Val<'a>) -> Eval<'a> {
    any(cx, |group| group.id() == str(&id))
}

fn has_any_id<'a>(cx: &mut Cx<'_, 'a>, ids: Vec<Val<'a>>) -> Eval<'a> {
    let work = (cx.inputs.groups.len() as u64).saturating_mul(ids.len() as u64);
    cx.steps(work)?;
    any(cx, |group| ids.iter().any(|id| group.id() == str(id)))
}

fn has_prefix<'a>(cx: &mut Cx<'_, 'a>, prefix: Val<'a>) -> Eval<'a> {
    any(cx, |group| group.name().starts_with(str(&prefix)))
}

fn has_part<'a>(cx: &mut Cx<'_, 'a>, part: Val<'a>) -> Eval<'a> {
    any(cx, |group| group.name().contains(str(&part)))
}

fn has_match<'a>(cx: &mut Cx<'_, 'a>, pattern: Val<'a>) -> Eval<'a> {
    let pattern = without_slashes(str(&pattern));
    for group in groups(cx)?.iter() {
        if cx.matches(group.name(), pattern).map_err(|fault| fault.in_argument(0))? {
            return Ok(Val::Bool(true));
        }
    }
    Ok(Val::Bool(false))
}

/// The same with a pattern that is compiled already.
pub(in crate::expr) fn named_by<'a>(cx: &mut Cx<'_, 'a>, pattern: &Pattern) -> Eval<'a> {
    for group in groups(cx)?.iter() {
        cx.steps(pattern.cost(group.name().len()))?;
        if pattern.matches(group.name()) {
            return Ok(Val::Bool(true));
        }
    }
    Ok(Val::Bool(false))
}

/// Okta's example `"/.*admin.*"` fits every name that contains `admin`: its slash is no part of the pattern.
pub(in crate::expr) fn without_slashes(pattern: &str) -> &str {
    match pattern.strip_prefix('/') {
        Some(rest) => rest.strip_suffix('/').unwrap_or(rest),
        None => pattern,
    }
}

/// The limit of a group function: 1 to 100, or any in a code flow.
fn limit(cx: &Cx<'_, '_>, value: &Val<'_>) -> Fallible<usize> {
    let number = match value {
        Val::Int(number) => *number,
        Val::Double(number) if number.fract() == 0.0 => super::super::number::to_integer(*number)?,
        other => {
            let message = format!("the limit must be an integer, not {}", other.describe());
            return Err(Fault::new(ErrorKind::LimitNotInteger, message).in_argument(2));
        }
    };
    let any = cx.inputs.flow == Flow::AuthorizationCode;
    let (kind, message) = match number {
        ..=0 => (ErrorKind::LimitNotPositive, "the limit must be positive"),
        101.. if !any => (ErrorKind::LimitTooLarge, "the limit is at most 100, except in a code flow"),
        number => return Ok(usize::try_from(number).unwrap_or(usize::MAX)),
    };
    Err(Fault::new(kind, message).in_argument(2))
}

#[cold]
fn too_many(limit: usize) -> Box<Fault> {
    Fault::new(ErrorKind::TooManyGroups, format!("the user is in more such groups than the limit of {limit}"))
}

/// Whether a group comes from a source: `OKTA`, an app type, an app's variable name or id.
fn is_from(group: &Group, source: &str) -> bool {
    match source {
        "OKTA" => group.kind() == "OKTA_GROUP",
        source => group.source_type() == Some(source) || group.source_id() == Some(source),
    }
}

fn names<'a>(cx: &mut Cx<'_, 'a>, values: [Val<'a>; 3], test: fn(&str, &str) -> bool) -> Eval<'a> {
    let [source, pattern, most] = values;
    let groups = groups(cx)?;
    let most = limit(cx, &most)?;
    let mut found = cx.list(0)?;
    let mut count = 0;
    for group in groups.iter() {
        if is_from(group, str(&source)) && test(group.name(), str(&pattern)) {
            count += 1;
            if count > most {
                return Err(too_many(most));
            }
            found.push(cx, Val::text(group.name()))?;
        }
    }
    Ok(if count == 0 { Val::Null } else { found.finish() })
}

fn starts_with<'a>(cx: &mut Cx<'_, 'a>, source: Val<'a>, pattern: Val<'a>, limit: Val<'a>) -> Eval<'a> {
    names(cx, [source, pattern, limit], |name, pattern| name.starts_with(pattern))
}

fn contains<'a>(cx: &mut Cx<'_, 'a>, source: Val<'a>, pattern: Val<'a>, limit: Val<'a>) -> Eval<'a> {
    names(cx, [source, pattern, limit], |name, pattern| name.contains(pattern))
}

fn ends_with<'a>(cx: &mut Cx<'_, 'a>, source: Val<'a>, pattern: Val<'a>, limit: Val<'a>) -> Eval<'a> {
    names(cx, [source, pattern, limit], |name, pattern| name.ends_with(pattern))
}

/// Runs when the expression was not yet known when compiling; `filtered.rs` runs the others.
fn filtered<'a>(cx: &mut Cx<'_, 'a>, allowlist: Val<'a>, expression: Val<'a>, most: Val<'a>) -> Eval<'a> {
    let kept = allowed(cx, &allowlist, &most)?;
    super::super::filtered::dynamic(cx, str(&expression), kept).map_err(|fault| fault.in_argument(1))
}

/// The user's groups that the allowlist names, if the limit allows them.
pub(in crate::expr) fn allowed<'a>(
    cx: &mut Cx<'_, 'a>,
    allowlist: &Val<'a>,
    most: &Val<'a>,
) -> Fallible<Vec<&'a Group>> {
    let groups = groups(cx)?;
    let Val::List(ids) = allowlist else {
        let message = format!("the allowlist must be a list, not {}", allowlist.describe());
        return Err(Fault::new(ErrorKind::AllowlistNotArray, message).in_argument(0));
    };
    let most = limit(cx, most)?;
    cx.steps((ids.len() as u64).saturating_mul(groups.len() as u64))?;
    let kept: Vec<&Group> =
        groups.iter().filter(|group| ids.iter().any(|id| id.as_text() == Some(group.id()))).collect();
    match kept.len() > most {
        true => Err(too_many(most)),
        false => Ok(kept),
    }
}

/// What one criterion compares.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Criterion {
    Id,
    SourceId,
    Kind,
    Name,
}

impl Criterion {
    const KEYS: [(&'static str, Criterion); 4] = [
        ("group.id", Criterion::Id),
        ("group.source.id", Criterion::SourceId),
        ("group.type", Criterion::Kind),
        ("group.profile.name", Criterion::Name),
    ];

    fn named(key: &str) -> Option<Criterion> {
        Self::KEYS.iter().find(|(known, _)| *known == key).map(|(_, criterion)| *criterion)
    }

    fn fits(self, group: &Group, wanted: &str, exact: bool) -> bool {
        match self {
            Criterion::Id => group.id() == wanted,
            Criterion::SourceId => group.source_id() == Some(wanted),
            Criterion::Kind => group.kind() == wanted,
            Criterion::Name if exact => group.name() == wanted,
            // Okta's examples end names in `.*`, which `STARTS_WITH` implies.
            Criterion::Name => group.name().starts_with(wanted.strip_suffix(".*").unwrap_or(wanted)),
        }
    }
}

/// One criterion of a call: a map with one key, and `operator` with names.
struct Wanted<'a> {
    criterion: Criterion,
    values: Vec<Val<'a>>,
    exact: bool,
}

fn wanted<'a>(criterion: Val<'a>) -> Fallible<Wanted<'a>> {
    let entries = match criterion {
        Val::Object(object @ (Object::Json(_) | Object::Entries(_) | Object::Slice(_))) => object.entries(),
        other => {
            return Err(Fault::new(
                ErrorKind::Type,
                format!("a criterion is a map, not {}", other.describe()),
            ));
        }
    };
    let (mut found, mut exact) = (None, None);
    for (key, value) in entries {
        match (key.as_ref(), Criterion::named(&key)) {
            ("operator", _) => {
                exact = Some(match value.as_text() {
                    Some("EXACT") => true,
                    Some("STARTS_WITH") => false,
                    _ => return Err(unsupported("an operator is `EXACT` or `STARTS_WITH`")),
                });
            }
            (_, Some(criterion)) if found.is_none() => found = Some((criterion, value)),
            (_, Some(_)) => {
                return Err(unsupported("a criterion has one key: put each key in a map of its own"));
            }
            (key, None) => known_key(key)?,
        }
    }
    let Some((criterion, value)) = found else {
        return Err(unsupported(&format!("a criterion needs one of {KNOWN}")));
    };
    if exact.is_some() && criterion != Criterion::Name {
        return Err(unsupported("`operator` goes with `group.profile.name` only"));
    }
    let values = match value {
        Val::List(list) => list.into_iter().collect(),
        Val::Null => return Err(Fault::new(ErrorKind::NullOperand, "the value of a criterion is null")),
        value => vec![value],
    };
    Ok(Wanted { criterion, values, exact: exact.unwrap_or(false) })
}

/// Refuses a key that no criterion has.
pub(in crate::expr) fn known_key(key: &str) -> Fallible<()> {
    match key == "operator" || Criterion::named(key).is_some() {
        true => Ok(()),
        false => Err(unsupported(&format!("`{key}` is no criterion: there are {KNOWN}"))),
    }
}

const KNOWN: &str = "`group.id`, `group.source.id`, `group.type` and `group.profile.name`";

#[cold]
fn unsupported(message: &str) -> Box<Fault> {
    Fault::new(ErrorKind::UnsupportedKey, message)
}

/// Values within a criterion are alternatives, criteria must all be met.
fn meeting<'a>(cx: &mut Cx<'_, 'a>, criteria: Vec<Val<'a>>) -> Fallible<Vec<&'a Group>> {
    let wanted: Vec<Wanted<'_>> = criteria
        .into_iter()
        .enumerate()
        .map(|(index, criterion)| wanted(criterion).map_err(|fault| fault.in_argument(index)))
        .collect::<Fallible<_>>()?;
    let groups = groups(cx)?;
    let work: u64 = wanted.iter().map(|wanted| wanted.values.len() as u64).sum();
    cx.steps(work.saturating_mul(groups.len() as u64))?;
    let meets = |group: &&Group| {
        wanted.iter().all(|Wanted { criterion, values, exact }| {
            values
                .iter()
                .any(|value| value.as_text().is_some_and(|value| criterion.fits(group, value, *exact)))
        })
    };
    Ok(groups.iter().filter(meets).collect())
}

fn get_groups<'a>(cx: &mut Cx<'_, 'a>, criteria: Vec<Val<'a>>) -> Eval<'a> {
    meeting(cx, criteria).map(|groups| Val::List(List::Groups(groups.into())))
}

fn is_member_of<'a>(cx: &mut Cx<'_, 'a>, criteria: Vec<Val<'a>>) -> Eval<'a> {
    meeting(cx, criteria).map(|groups| Val::Bool(!groups.is_empty()))
}
