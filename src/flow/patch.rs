//! The answer of a token inline hook: read strictly, and applied to the claims as a whole or not at
//! all.
//!
//! Source: Okta's token inline hook reference, "Objects in the response from your external service", and
//! RFC 6901 for the paths.

use serde_json::{Map, Value};

use super::claims::Tree;
use super::trees::{AUD, SUB, Trees, check_identity};
use crate::types::{Lifetime, is_closed_to_hooks, is_closed_to_hooks_in_id_tokens, parse_strict};

/// The largest answer of a hook that is read, in bytes.
pub(crate) const MAX_ANSWER: usize = 256 * 1024;
/// The most operations of one answer, all commands together.
const MAX_OPERATIONS: usize = 1_000;
/// The deepest that an operation may reach or build: segments of the path and nesting of the value.
const MAX_DEPTH: usize = 64;
/// Okta's bounds on the lifetimes that a hook may set, in seconds.
const LIFETIMES: std::ops::RangeInclusive<u32> = 300..=86_400;
/// The most that claims may grow to. The token that holds them is one that verifiers still read
/// ([`MAX_LENGTH`](crate::jose::jws::MAX_LENGTH)), signature and all.
const MAX_CLAIMS: usize = 11 * 1024;

/// Why an answer of a hook counts as none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadHookAnswer {
    /// Any status but 200 and 204.
    #[error("the hook answered with the status {0}")]
    Status(u16),
    /// More than 256 kB.
    #[error("the answer has more than {MAX_ANSWER} bytes")]
    TooLarge,
    /// Not strict JSON of the shape that Okta documents.
    #[error("the answer is not what a hook answers: {0}")]
    Malformed(String),
    /// More operations than are applied.
    #[error("the answer has more than {MAX_OPERATIONS} operations")]
    TooManyOperations,
    /// One operation cannot be applied, and so none is.
    #[error("commands[{command}].value[{operation}]: {fault}")]
    Operation {
        /// The place of the command, from 0.
        command: usize,
        /// The place of the operation in it, from 0.
        operation: usize,
        /// What is wrong.
        fault: &'static str,
    },
    /// `sub` or `aud` would no longer be what every token needs.
    #[error("the claim `{claim}` cannot become that: {fault}")]
    Identity {
        /// `sub` or `aud`.
        claim: &'static str,
        /// What is wrong.
        fault: &'static str,
    },
    /// The claims would not fit into a token that verifiers read.
    #[error("the claims would have {0} bytes, at most {MAX_CLAIMS} fit into a token")]
    ClaimsTooLarge(usize),
}

/// What a hook answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum HookAnswer {
    /// These changes, perhaps none.
    Commands(Vec<Command>),
    /// No token, with this reason for the client.
    Refused(Option<String>),
}

/// The changes to one token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Command {
    /// The ID token instead of the access token.
    identity: bool,
    operations: Vec<Operation>,
}

#[derive(Debug, Clone, PartialEq)]
struct Operation {
    op: Op,
    target: Target,
    value: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Add,
    Replace,
    Remove,
}

#[derive(Debug, Clone, PartialEq)]
enum Target {
    Lifetime,
    /// A claim, and the way inside it.
    Claim(String, Vec<String>),
}

/// Reads what a hook answered.
pub(crate) fn read(status: u16, body: &[u8]) -> Result<HookAnswer, BadHookAnswer> {
    match status {
        // Okta skips the hook, which is what an answer without commands says too.
        204 => return Ok(HookAnswer::Commands(Vec::new())),
        200 => {}
        status => return Err(BadHookAnswer::Status(status)),
    }
    if body.len() > MAX_ANSWER {
        return Err(BadHookAnswer::TooLarge);
    }
    let malformed = |what: &str| BadHookAnswer::Malformed(what.to_owned());
    let json = parse_strict(body).map_err(|error| BadHookAnswer::Malformed(error.to_string()))?;
    let Value::Object(mut answer) = json else { return Err(malformed("it is no object")) };
    match answer.remove("error") {
        None | Some(Value::Null) => {}
        // Whatever its shape: a hook that speaks of an error means no token.
        Some(error) => return Ok(HookAnswer::Refused(summary(&error))),
    }
    let commands = match answer.remove("commands") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(commands)) => commands,
        Some(_) => return Err(malformed("`commands` is no list")),
    };
    let mut left = MAX_OPERATIONS;
    if commands.len() > left {
        return Err(BadHookAnswer::TooManyOperations);
    }
    let read =
        commands.into_iter().enumerate().map(|(place, command)| read_command(place, command, &mut left));
    Ok(HookAnswer::Commands(read.collect::<Result<_, _>>()?))
}

fn summary(error: &Value) -> Option<String> {
    let summary = error.get("errorSummary")?.as_str()?.trim();
    (!summary.is_empty()).then(|| summary.to_owned())
}

fn read_command(place: usize, command: Value, left: &mut usize) -> Result<Command, BadHookAnswer> {
    let malformed = |what: &str| BadHookAnswer::Malformed(format!("commands[{place}]{what}"));
    let Value::Object(mut command) = command else { return Err(malformed(" is no object")) };
    let identity = match command.get("type").and_then(Value::as_str) {
        Some("com.okta.access.patch") => false,
        Some("com.okta.identity.patch") => true,
        _ => return Err(malformed(".type is neither `com.okta.access.patch` nor `com.okta.identity.patch`")),
    };
    let Some(Value::Array(list)) = command.remove("value") else {
        return Err(malformed(".value is no list"));
    };
    *left = left.checked_sub(list.len()).ok_or(BadHookAnswer::TooManyOperations)?;
    let mut operations = Vec::with_capacity(list.len());
    for (i, operation) in list.into_iter().enumerate() {
        let fault = |fault| BadHookAnswer::Operation { command: place, operation: i, fault };
        operations.push(read_operation(operation).map_err(fault)?);
    }
    Ok(Command { identity, operations })
}

fn read_operation(operation: Value) -> Result<Operation, &'static str> {
    let Value::Object(mut operation) = operation else { return Err("it is no object") };
    let op = match operation.get("op").and_then(Value::as_str) {
        Some("add") => Op::Add,
        Some("replace") => Op::Replace,
        Some("remove") => Op::Remove,
        _ => return Err("`op` is none of `add`, `replace` and `remove`"),
    };
    let path = operation.get("path").and_then(Value::as_str).ok_or("`path` is no text")?;
    let (target, depth) = read_path(path)?;
    let value = operation.remove("value").unwrap_or(Value::Null);
    match (op, value.is_null()) {
        (Op::Remove, false) => return Err("`remove` takes no value"),
        (Op::Add | Op::Replace, true) => return Err("`value` is missing or null"),
        _ => {}
    }
    if !is_within(&value, MAX_DEPTH.saturating_sub(depth)) {
        return Err("it builds too deep");
    }
    Ok(Operation { op, target, value })
}

/// A path, decoded once (RFC 6901 §4), and how deep it leads.
fn read_path(path: &str) -> Result<(Target, usize), &'static str> {
    let mut segments = path.split('/');
    if segments.next() != Some("") {
        return Err("`path` does not begin with a slash");
    }
    match segments.next() {
        Some("token") if path == "/token/lifetime/expiration" => return Ok((Target::Lifetime, 0)),
        Some("claims") => {}
        _ => return Err("`path` leads neither to `/claims/…` nor to `/token/lifetime/expiration`"),
    }
    let mut decoded = Vec::new();
    for segment in segments {
        if decoded.len() == MAX_DEPTH {
            return Err("`path` is too deep");
        }
        decoded.push(decode(segment)?);
    }
    let depth = decoded.len();
    let mut decoded = decoded.into_iter();
    let name = decoded.next().ok_or("`path` names no claim")?;
    // A name that some reader trims or cuts would turn into another one.
    if name.trim() != name || name.chars().any(char::is_control) || !name.chars().any(char::is_alphanumeric) {
        return Err("`path` names no claim that a token could have");
    }
    Ok((Target::Claim(name, decoded.collect()), depth))
}

fn decode(segment: &str) -> Result<String, &'static str> {
    if segment.is_empty() {
        return Err("`path` has an empty part");
    }
    let mut decoded = String::with_capacity(segment.len());
    let mut chars = segment.chars();
    while let Some(c) = chars.next() {
        decoded.push(match c {
            '~' => match chars.next() {
                Some('0') => '~',
                Some('1') => '/',
                _ => return Err("`path` has a `~` that is neither `~0` nor `~1`"),
            },
            c => c,
        });
    }
    Ok(decoded)
}

fn is_within(value: &Value, depth: usize) -> bool {
    let below = |value: &Value| depth > 0 && is_within(value, depth.saturating_sub(1));
    match value {
        Value::Array(list) => depth > 0 && list.iter().all(below),
        Value::Object(map) => depth > 0 && map.values().all(below),
        _ => true,
    }
}

/// What a hook may change besides the claims that are nobody's.
pub(crate) struct Allowance<'a> {
    /// Whether the configuration opens this claim to the hook.
    pub(crate) opens: &'a dyn Fn(&str) -> bool,
    /// Whether an audience is somebody else's than this server's.
    pub(crate) is_foreign: &'a dyn Fn(&str) -> bool,
}

/// Applies every operation, or none.
pub(crate) fn apply(
    commands: Vec<Command>,
    allowance: &Allowance<'_>,
    trees: &mut Trees,
) -> Result<(), BadHookAnswer> {
    if commands.iter().all(|command| command.operations.is_empty()) && !wants_missing(&commands, trees) {
        return Ok(());
    }
    let mut patched = trees.clone();
    for (command, Command { identity, operations }) in commands.into_iter().enumerate() {
        let tree = if identity { &mut patched.id } else { &mut patched.access };
        let fault = |operation, fault| BadHookAnswer::Operation { command, operation, fault };
        let tree = tree.as_mut().ok_or_else(|| fault(0, "the request asks for no such token"))?;
        for (i, operation) in operations.into_iter().enumerate() {
            operate(operation, identity, allowance, tree).map_err(|text| fault(i, text))?;
        }
    }
    check(trees, &patched, allowance)?;
    *trees = patched;
    Ok(())
}

fn wants_missing(commands: &[Command], trees: &Trees) -> bool {
    commands.iter().any(|command| if command.identity { trees.id.is_none() } else { trees.access.is_none() })
}

/// What holds for the tokens as wholes.
fn check(before: &Trees, after: &Trees, allowance: &Allowance<'_>) -> Result<(), BadHookAnswer> {
    fn of<'t>(trees: &'t Trees, claim: &str) -> Option<&'t Value> {
        trees.access.as_ref()?.claims.get(claim)
    }
    for claim in [SUB, AUD] {
        let value = of(after, claim);
        if of(before, claim) != value {
            check_identity(claim, value, allowance.is_foreign)
                .map_err(|fault| BadHookAnswer::Identity { claim, fault })?;
        }
    }
    for (before, after) in [(&before.access, &after.access), (&before.id, &after.id)] {
        let (before, after) = (size(before.as_ref()), size(after.as_ref()));
        if after > MAX_CLAIMS && after > before {
            return Err(BadHookAnswer::ClaimsTooLarge(after));
        }
    }
    Ok(())
}

fn size(tree: Option<&Tree>) -> usize {
    tree.and_then(|tree| serde_json::to_vec(&tree.claims).ok()).map_or(0, |json| json.len())
}

fn operate(
    operation: Operation,
    identity: bool,
    allowance: &Allowance<'_>,
    tree: &mut Tree,
) -> Result<(), &'static str> {
    let Operation { op, target, value } = operation;
    let (name, way) = match target {
        Target::Claim(name, way) => (name, way),
        Target::Lifetime => {
            if op == Op::Remove {
                return Err("a token has a lifetime");
            }
            let seconds = value.as_u64().and_then(|seconds| u32::try_from(seconds).ok());
            let seconds = seconds.filter(|seconds| LIFETIMES.contains(seconds));
            tree.lifetime = Lifetime::seconds(seconds.ok_or("a lifetime is an integer from 300 to 86400")?);
            return Ok(());
        }
    };
    let closed = if identity { is_closed_to_hooks_in_id_tokens(&name) } else { is_closed_to_hooks(&name) };
    // In ID tokens nothing opens who it is about and for whom.
    let opened = (allowance.opens)(&name) && !(identity && matches!(&*name, SUB | AUD));
    if closed && !opened {
        return Err("the claim is the issuer's own");
    }
    let Some((last, inner)) = way.split_last() else {
        return in_object(&mut tree.claims, op, name, value);
    };
    let mut at = tree.claims.get_mut(&name).ok_or("`path` leads to nothing")?;
    for key in inner {
        at = match at {
            Value::Object(map) => map.get_mut(key),
            Value::Array(list) => index(key).and_then(|place| list.get_mut(place)),
            _ => None,
        }
        .ok_or("`path` leads to nothing")?;
    }
    match at {
        Value::Object(map) => in_object(map, op, last.clone(), value),
        Value::Array(list) => in_list(list, op, last, value),
        _ => Err("`path` leads into what is no object and no list"),
    }
}

fn in_object(map: &mut Map<String, Value>, op: Op, key: String, value: Value) -> Result<(), &'static str> {
    match op {
        Op::Add => drop(map.insert(key, value)),
        Op::Replace => *map.get_mut(&key).ok_or("there is nothing to replace")? = value,
        Op::Remove => drop(map.remove(&key).ok_or("there is nothing to remove")?),
    }
    Ok(())
}

fn in_list(list: &mut Vec<Value>, op: Op, key: &str, value: Value) -> Result<(), &'static str> {
    let place = match key {
        "-" if op == Op::Add => Some(list.len()),
        key => index(key),
    }
    .ok_or("`path` names no place of a list")?;
    match op {
        Op::Add if place <= list.len() => list.insert(place, value),
        Op::Add => return Err("the place is beyond the end of the list"),
        Op::Replace => *list.get_mut(place).ok_or("there is nothing to replace")? = value,
        Op::Remove if place < list.len() => drop(list.remove(place)),
        Op::Remove => return Err("there is nothing to remove"),
    }
    Ok(())
}

/// RFC 6901 §4: digits without leading zeros.
fn index(key: &str) -> Option<usize> {
    let digits = key.bytes().all(|b| b.is_ascii_digit()) && (key == "0" || !key.starts_with('0'));
    if digits { key.parse().ok() } else { None }
}
