//! What an issuer makes of a hook's answer, without an issuer.

use serde_json::Value;

use crate::error::Refusal;
use crate::flow::{Allowance, BadHookAnswer, HookAnswer, Tree, Trees, apply_hook_answer, read_hook_answer};
use crate::types::Lifetime;

/// What became of the tokens that a hook was shown.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum HookOutcome {
    /// They go out like this: the payload with its claims and lifetimes changed.
    Tokens(Value),
    /// None goes out, and the client is told this.
    Refused(Refusal),
}

/// What an issuer makes of a hook's answer: for the tests of hooks.
///
/// `payload` is what the hook was sent, `may_patch` lists what the configuration opens to it
/// (`chancery.mayPatch`).
///
/// ```
/// use chancery::testing::{HookOutcome, hook_outcome};
/// use serde_json::json;
///
/// let payload = json!({ "data": { "access": { "claims": { "sub": "ada" }, "token": { "lifetime": { "expiration": 3600 } } } } });
/// let answer = br#"{ "commands": [ { "type": "com.okta.access.patch", "value": [
///     { "op": "add", "path": "/claims/team", "value": "engines" },
///     { "op": "replace", "path": "/token/lifetime/expiration", "value": 600 } ] } ] }"#;
/// let HookOutcome::Tokens(after) = hook_outcome(&payload, 200, answer, &[])? else { panic!("it is no refusal") };
/// assert_eq!(after["data"]["access"]["claims"], json!({ "sub": "ada", "team": "engines" }));
/// assert_eq!(after["data"]["access"]["token"]["lifetime"]["expiration"], 600);
/// # Ok::<(), chancery::BadHookAnswer>(())
/// ```
///
/// # Errors
/// [`BadHookAnswer`] when the answer counts as none: the tokens then go out unchanged, or not at all if
/// the hook is to fail closed.
pub fn hook_outcome(
    payload: &Value,
    status: u16,
    body: &[u8],
    may_patch: &[&str],
) -> Result<HookOutcome, BadHookAnswer> {
    let commands = match read_hook_answer(status, body)? {
        HookAnswer::Commands(commands) => commands,
        HookAnswer::Refused(summary) => {
            let hook = String::new();
            return Ok(HookOutcome::Refused(Refusal::HookRefused { hook, summary }));
        }
    };
    let mut after = payload.clone();
    let mut trees = Trees { access: tree(payload, "access"), id: tree(payload, "identity") };
    let allowance = Allowance { opens: &|claim| may_patch.contains(&claim), is_foreign: &|_| false };
    apply_hook_answer(commands, &allowance, &mut trees)?;
    for (key, tree) in [("access", trees.access), ("identity", trees.id)] {
        let (Some(tree), Some(place)) = (tree, after.pointer_mut(&format!("/data/{key}"))) else { continue };
        if let Some(lifetime) = place.pointer_mut("/token/lifetime/expiration") {
            *lifetime = tree.lifetime.as_seconds().into();
        }
        if let Some(claims) = place.get_mut("claims") {
            *claims = tree.claims.into();
        }
    }
    Ok(HookOutcome::Tokens(after))
}

fn tree(payload: &Value, key: &str) -> Option<Tree> {
    let token = payload.pointer(&format!("/data/{key}"))?;
    let claims = token.get("claims")?.as_object()?.clone();
    let seconds = token.pointer("/token/lifetime/expiration").and_then(Value::as_u64);
    let seconds = seconds.and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(3600);
    Some(Tree { claims, lifetime: Lifetime::seconds(seconds) })
}
