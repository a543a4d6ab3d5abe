//! Calls of token inline hooks as values: what Okta sends them, byte for byte in shape, and what they
//! answer.
//!
//! Source: the sample payload of Okta's token inline hook reference, and `TokenPayLoad` of its management
//! API.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::types::Secret;

/// A POST to a token inline hook, for the host to send: JSON in UTF-8.
///
/// Send it over verified TLS, follow no redirect, stop reading at [`HookRequest::MAX_ANSWER`] bytes, take
/// no longer than [`Limits::hook`](crate::Limits::hook) in all, and do not try again.
#[derive(Clone)]
pub struct HookRequest {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) body: String,
}

/// What a hook answered. Whatever it is, the issuer judges it: a host passes on every status and body.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body, decoded; no more of it than [`HookRequest::MAX_ANSWER`] bytes and one is needed.
    pub body: Vec<u8>,
}

impl HookRequest {
    /// The largest answer that counts, in bytes: 256 kB.
    pub const MAX_ANSWER: usize = 256 * 1024;

    /// A request with its usual headers and those of the hook.
    pub(crate) fn new(url: &str, own: &[(String, Secret)], payload: &Value) -> Self {
        let usual = [("Accept", "application/json"), ("Content-Type", "application/json")];
        let overridden = |name: &str| own.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        let mut headers: Vec<(String, Secret)> = usual
            .into_iter()
            .filter(|(name, _)| !overridden(name))
            .map(|(name, value)| (name.to_owned(), Secret::new(value)))
            .collect();
        headers.extend(own.iter().cloned());
        Self { url: url.to_owned(), headers, body: payload.to_string() }
    }

    /// Where to send it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The headers, `Content-Type` among them. Any of the values can be what the hook knows its caller by.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The body. It tells who signs in; it holds no secret, code or token.
    pub fn body(&self) -> &str {
        &self.body
    }
}

/// Where it goes, and no more.
impl fmt::Debug for HookRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookRequest").field("url", &self.url).finish_non_exhaustive()
    }
}

impl HookResponse {
    /// An answer with this status and body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into() }
    }

    /// Status 200 with this JSON: for hooks in the issuer's own process.
    pub fn json(body: &Value) -> Self {
        Self::new(200, body.to_string())
    }
}

/// What a hook is told.
pub(crate) struct HookPayload<'a> {
    /// The URL of the endpoint, without its query.
    pub(crate) endpoint: String,
    pub(crate) method: &'a str,
    /// An IP address.
    pub(crate) peer: Option<String>,
    /// Made up for this call.
    pub(crate) event_id: String,
    pub(crate) request_id: String,
    /// RFC 3339, UTC.
    pub(crate) event_time: String,
    /// Of the request's parameters those that are no secrets.
    pub(crate) parameters: Vec<(&'static str, String)>,
    pub(crate) issuer: &'a str,
    pub(crate) client: HookClient<'a>,
    /// `context.session` and `context.user`; none for machines.
    pub(crate) session: Option<Value>,
    pub(crate) user: Option<Value>,
    /// The ids of the policy and of the rule.
    pub(crate) rule: Option<(&'a str, &'a str)>,
    pub(crate) access: Option<HookToken>,
    pub(crate) identity: Option<HookToken>,
    /// Name and id.
    pub(crate) scopes: Vec<(&'a str, String)>,
    /// The refresh token's id, `oar…`.
    pub(crate) refresh_token: Option<&'a str>,
    /// For a refresh: the parameters of the request that began the grant.
    pub(crate) original: Option<Vec<(&'static str, String)>>,
}

pub(crate) struct HookClient<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) public: bool,
}

/// A token as a hook sees it.
pub(crate) struct HookToken {
    pub(crate) claims: Map<String, Value>,
    /// Seconds.
    pub(crate) lifetime: u32,
}

/// Claims that hooks are not shown, since nothing may change them and their neighbours tell the same.
const HIDDEN: [&str; 3] = ["iat", "exp", "scp"];

impl HookPayload<'_> {
    pub(crate) fn to_json(&self) -> Value {
        let mut url = self.endpoint.clone();
        if self.method == "GET" {
            for (place, (name, value)) in self.parameters.iter().enumerate() {
                url.push(if place == 0 { '?' } else { '&' });
                super::form::push_encoded(&mut url, name);
                url.push('=');
                super::form::push_encoded(&mut url, value);
            }
        }
        let mut request = json!({ "id": self.request_id, "method": self.method, "url": { "value": url } });
        put(&mut request, "ipAddress", self.peer.as_deref().map(Value::from));
        let mut protocol = json!({
            "type": "OAUTH2.0",
            "request": object(&self.parameters),
            "issuer": { "uri": self.issuer },
            "client": {
                "id": self.client.id, "name": self.client.name,
                "type": if self.client.public { "PUBLIC" } else { "CONFIDENTIAL" }
            }
        });
        let original = self.original.as_ref().map(|original| {
            let mut grant = json!({ "authorization": object(original) });
            put(&mut grant, "refresh_token", self.refresh_token.map(|id| json!({ "jti": id })));
            grant
        });
        put(&mut protocol, "OriginalGrant", original);
        let mut context = json!({ "request": request, "protocol": protocol });
        put(&mut context, "session", self.session.clone());
        put(&mut context, "user", self.user.clone());
        let rule = self.rule.map(|(policy, rule)| json!({ "id": policy, "rule": { "id": rule } }));
        put(&mut context, "policy", rule);
        let mut data = json!({ "context": context });
        put(&mut data, "identity", self.identity.as_ref().map(HookToken::to_json));
        let access = self.access.as_ref().map(|token| {
            let mut access = token.to_json();
            let scopes = self.scopes.iter();
            let scopes: Map<String, Value> = scopes
                .map(|(name, id)| ((*name).to_owned(), json!({ "id": id, "action": "GRANT" })))
                .collect();
            put(&mut access, "scopes", Some(scopes.into()));
            access
        });
        put(&mut data, "access", access);
        put(&mut data, "refresh_token", self.refresh_token.map(|id| json!({ "jti": id })));
        json!({
            "source": self.endpoint,
            "eventId": self.event_id,
            "eventTime": self.event_time,
            "eventTypeVersion": "1.0",
            "cloudEventVersion": "0.1",
            "contentType": "application/json",
            "eventType": "com.okta.oauth2.tokens.transform",
            "data": data
        })
    }
}

impl HookToken {
    fn to_json(&self) -> Value {
        let shown = self.claims.iter().filter(|(name, _)| !HIDDEN.contains(&name.as_str()));
        let claims: Map<String, Value> = shown.map(|(name, value)| (name.clone(), value.clone())).collect();
        json!({ "claims": claims, "token": { "lifetime": { "expiration": self.lifetime } } })
    }
}

fn object(parameters: &[(&'static str, String)]) -> Value {
    parameters.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))).collect()
}

/// Sets a member, unless there is nothing to set: nothing is null in what Okta sends.
fn put(object: &mut Value, key: &str, value: Option<Value>) {
    if let (Some(object), Some(value)) = (object.as_object_mut(), value) {
        object.insert(key.to_owned(), value);
    }
}
