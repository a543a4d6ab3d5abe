//! Who calls token inline hooks.

use std::future::Future;

use crate::error::Fault;
use crate::model::InlineHook;
use crate::wire::{HookRequest, HookResponse};

/// Calls token inline hooks: sends the request over HTTP and hands the answer back, or answers itself, in
/// the same process.
///
/// Whatever comes back is judged by the issuer. A fault, an answer after
/// [`Limits::hook`](crate::Limits::hook), any status but 200 and 204, and an answer that is not what Okta
/// documents all count as a hook that failed, and [`InlineHook::on_failure`] says what becomes of the token.
///
/// ```
/// use chancery::Fault;
/// use chancery::host::{HookRequest, HookResponse, TokenHook};
/// use chancery::model::InlineHook;
/// use serde_json::{Value, json};
///
/// /// Answers in process: every token tells the plan of its user.
/// struct Plans;
///
/// impl TokenHook for Plans {
///     async fn call(&self, _hook: &InlineHook, request: HookRequest) -> Result<HookResponse, Fault> {
///         let payload: Value = serde_json::from_str(request.body()).map_err(Fault::internal)?;
///         let plan = if payload["data"]["context"]["user"]["id"] == "00u1" { "gold" } else { "free" };
///         Ok(HookResponse::json(&json!({ "commands": [{ "type": "com.okta.access.patch",
///             "value": [{ "op": "add", "path": "/claims/plan", "value": plan }] }] })))
///     }
/// }
/// ```
pub trait TokenHook: Send + Sync + 'static {
    /// Calls the hook once. It is never asked again for the same tokens.
    ///
    /// Over HTTP: verify TLS, refuse names that resolve to private addresses unless that is meant, follow no
    /// redirect, and read no more than [`HookRequest::MAX_ANSWER`] bytes and one. For a hook with
    /// [`HookAuth::Oauth`](crate::model::HookAuth), fetch the access token and add it.
    ///
    /// # Errors
    /// [`Fault`] when there is no answer.
    fn call(
        &self,
        hook: &InlineHook,
        request: HookRequest,
    ) -> impl Future<Output = Result<HookResponse, Fault>> + Send;
}
