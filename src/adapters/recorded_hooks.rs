//! Calls of hooks, recorded once and replayed in tests.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::error::Fault;
use crate::host::{HookRequest, HookResponse, TokenHook};
use crate::model::InlineHook;
use crate::types::{JsonError, parse_strict};

/// A [`TokenHook`] that passes every call on and keeps it, for [`RecordedHooks`] to replay.
///
/// What is kept tells who signed in, as the hook is told; it holds no header and so no secret of the hook.
/// Clones share what they keep.
///
/// ```
/// # use chancery::{Fault, HookRecorder, RecordedHooks};
/// # use chancery::host::{HookRequest, HookResponse, TokenHook};
/// # use chancery::model::InlineHook;
/// # struct OverHttp;
/// # impl TokenHook for OverHttp {
/// #     async fn call(&self, _: &InlineHook, _: HookRequest) -> Result<HookResponse, Fault> { Ok(HookResponse::new(204, "")) }
/// # }
/// let recorder = HookRecorder::new(OverHttp);
/// // issuer.with_token_hook(recorder.clone()), some sign-ins, and then:
/// let recording = recorder.to_json();
/// let replayed = RecordedHooks::parse(&recording)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct HookRecorder<H> {
    hook: Arc<H>,
    calls: Arc<Mutex<Vec<Value>>>,
}

impl<H> Clone for HookRecorder<H> {
    fn clone(&self) -> Self {
        Self { hook: Arc::clone(&self.hook), calls: Arc::clone(&self.calls) }
    }
}

impl<H> HookRecorder<H> {
    /// Passes calls on to this hook.
    pub fn new(hook: H) -> Self {
        Self { hook: Arc::new(hook), calls: Arc::default() }
    }

    /// The calls so far, as indented JSON: a list of objects with `hook`, `url`, `request`, and `response`
    /// or `fault`.
    pub fn to_json(&self) -> String {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing a value to memory does not fail: its keys are texts.
        serde_json::to_string_pretty(&*calls).unwrap_or_default()
    }
}

impl<H: TokenHook> TokenHook for HookRecorder<H> {
    async fn call(&self, hook: &InlineHook, request: HookRequest) -> Result<HookResponse, Fault> {
        let sent = serde_json::from_str(request.body()).unwrap_or(Value::Null);
        let url = request.url().to_owned();
        let outcome = self.hook.call(hook, request).await;
        let mut call = json!({ "hook": hook.id(), "url": url, "request": sent });
        let (key, value) = match &outcome {
            Ok(response) => ("response", written(response)),
            Err(fault) => ("fault", fault.to_string().into()),
        };
        if let Some(call) = call.as_object_mut() {
            call.insert(key.to_owned(), value);
        }
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
        outcome
    }
}

/// A response: its body as the JSON that it is, as text, or else as base64.
fn written(response: &HookResponse) -> Value {
    let (key, body) = match (parse_strict(&response.body), std::str::from_utf8(&response.body)) {
        (Ok(json), _) => ("json", json),
        (Err(_), Ok(text)) => ("text", text.into()),
        (Err(_), Err(_)) => ("base64", STANDARD.encode(&response.body).into()),
    };
    json!({ "status": response.status, (key): body })
}

fn read_response(response: &Value) -> Option<HookResponse> {
    let status = u16::try_from(response.get("status")?.as_u64()?).ok()?;
    let body = if let Some(json) = response.get("json") {
        json.to_string().into_bytes()
    } else if let Some(text) = response.get("text") {
        text.as_str()?.as_bytes().to_vec()
    } else {
        STANDARD.decode(response.get("base64")?.as_str()?).ok()?
    };
    Some(HookResponse::new(status, body))
}

/// A [`TokenHook`] that answers as a recording says: for tests without the hook.
///
/// A call is answered by the first recorded one of the same hook that was sent the same and was not used
/// yet, or else by a used one. Ids and times, which are different every time, are not compared. What was
/// not recorded is a fault that says where the nearest recorded call differs.
#[derive(Debug, Clone)]
pub struct RecordedHooks {
    calls: Arc<Mutex<Vec<Recorded>>>,
}

#[derive(Debug)]
struct Recorded {
    hook: String,
    request: Value,
    /// The response, or the fault.
    outcome: Result<HookResponse, String>,
    used: bool,
}

/// Text that is no recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadRecording {
    /// No strict JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A call that lacks something, by its place in the list from 0.
    #[error("[{0}] is no recorded call")]
    Call(usize),
    /// JSON of another type.
    #[error("it is no list of calls")]
    NotAList,
}

impl RecordedHooks {
    /// Reads what [`HookRecorder::to_json`] wrote.
    ///
    /// # Errors
    /// [`BadRecording`].
    pub fn parse(recording: impl AsRef<[u8]>) -> Result<Self, BadRecording> {
        let Value::Array(list) = parse_strict(recording.as_ref())? else {
            return Err(BadRecording::NotAList);
        };
        let read = |(place, call): (usize, &Value)| recorded(call).ok_or(BadRecording::Call(place));
        let calls: Vec<Recorded> = list.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Self { calls: Arc::new(Mutex::new(calls)) })
    }

    fn answer(&self, hook: &str, request: &Value) -> Result<HookResponse, Fault> {
        let request = lasting(request.clone());
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |call: &&mut Recorded| call.hook == hook && call.request == request;
        let place = calls.iter().position(|call| call.hook == hook && call.request == request && !call.used);
        let found = match place {
            Some(place) => calls.get_mut(place),
            None => calls.iter_mut().find(same),
        };
        let Some(call) = found else {
            let nearest = calls.iter().filter(|call| call.hook == hook);
            let differs = nearest.map(|call| difference(&call.request, &request, "")).max_by_key(String::len);
            let message = match differs {
                Some(place) => {
                    format!("no recorded call of the hook `{hook}` is like this one: it differs at {place}")
                }
                None => format!("no call of the hook `{hook}` was recorded"),
            };
            return Err(Fault::internal(message));
        };
        call.used = true;
        call.outcome.clone().map_err(Fault::unavailable)
    }
}

impl TokenHook for RecordedHooks {
    async fn call(&self, hook: &InlineHook, request: HookRequest) -> Result<HookResponse, Fault> {
        let request = serde_json::from_str(request.body()).map_err(Fault::internal)?;
        self.answer(hook.id(), &request)
    }
}

fn recorded(call: &Value) -> Option<Recorded> {
    let outcome = match call.get("response") {
        Some(response) => Ok(read_response(response)?),
        None => Err(call.get("fault")?.as_str()?.to_owned()),
    };
    let hook = call.get("hook")?.as_str()?.to_owned();
    Some(Recorded { hook, request: lasting(call.get("request")?.clone()), outcome, used: false })
}

/// What is made up for each call, or tells when it was.
const PASSING: [&str; 6] =
    ["eventId", "eventTime", "jti", "auth_time", "createdAt", "lastPasswordVerification"];

/// A request without what is different every time.
fn lasting(mut request: Value) -> Value {
    if let Some(Value::Object(request)) = request.pointer_mut("/data/context/request") {
        request.remove("id");
    }
    forget(&mut request);
    request
}

fn forget(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| !PASSING.contains(&key.as_str()));
            map.values_mut().for_each(forget);
        }
        Value::Array(list) => list.iter_mut().for_each(forget),
        _ => {}
    }
}

/// The pointer to the first difference.
fn difference(a: &Value, b: &Value, at: &str) -> String {
    let (Value::Object(a), Value::Object(b)) = (a, b) else { return at.to_owned() };
    let absent = Value::Null;
    let member = |map: &Map<String, Value>, key: &str| map.get(key).unwrap_or(&absent).clone();
    let mut keys = a.keys().chain(b.keys());
    match keys.find(|key| a.get(*key) != b.get(*key)) {
        Some(key) => difference(&member(a, key), &member(b, key), &format!("{at}/{key}")),
        None => at.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(calls: &Value) -> RecordedHooks {
        RecordedHooks::parse(calls.to_string()).unwrap()
    }

    #[test]
    fn what_was_answered_is_answered_again() {
        let request =
            json!({ "eventId": "1", "data": { "access": { "claims": { "jti": "AT.1", "sub": "ada" } } } });
        let call = |status: u64, body: Value| json!({ "hook": "cal1", "url": "https://h", "request": request, "response": { "status": status, "text": body } });
        let hooks = recording(
            &json!([call(200, json!("{}")), call(500, json!("x")), { "hook": "cal2", "request": {}, "fault": "reset" }]),
        );
        let again =
            json!({ "eventId": "2", "data": { "access": { "claims": { "jti": "AT.2", "sub": "ada" } } } });
        let statuses: Vec<u16> = (0..3).map(|_| hooks.answer("cal1", &again).unwrap().status).collect();
        assert_eq!(statuses, [200, 500, 200]);
        assert!(hooks.answer("cal2", &json!({})).unwrap_err().to_string().contains("reset"));
        let other = json!({ "data": { "access": { "claims": { "sub": "bob" } } } });
        let fault = hooks.answer("cal1", &other).unwrap_err().to_string();
        assert!(fault.ends_with("it differs at /data/access/claims/sub"), "{fault}");
        assert!(hooks.answer("cal3", &other).is_err());
    }

    #[test]
    fn bodies_of_every_kind_come_back() {
        for body in [&b"{\"a\":[1,2.5]}"[..], b"{\"a\":1,\"a\":2}", b"<html>", b"", b"\xff\x00"] {
            let read = read_response(&written(&HookResponse::new(200, body))).unwrap();
            assert_eq!(read.body, body);
        }
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        assert!(matches!(RecordedHooks::parse("{"), Err(BadRecording::Json(_))));
        assert_eq!(RecordedHooks::parse("{}").unwrap_err(), BadRecording::NotAList);
        for call in [
            json!({}),
            json!({ "hook": "a", "request": {} }),
            json!({ "hook": "a", "request": {}, "response": { "status": 70_000, "text": "" } }),
        ] {
            assert_eq!(RecordedHooks::parse(json!([call]).to_string()).unwrap_err(), BadRecording::Call(0));
        }
    }
}
