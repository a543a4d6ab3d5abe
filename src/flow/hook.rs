//! What a token inline hook is told of a request.

use serde_json::{Map, Value, json};

use super::claims::{SignedIn, Subject};
use super::{Granted, Trees};
use crate::model::{ClientAuth, Org, User};
use crate::types::{GrantType, Timestamp};
use crate::wire::{HookClient, HookPayload, HookToken};

/// Where a request for tokens came in, for what looks at it again once the tokens are drafted.
#[derive(Clone, Copy)]
pub(crate) struct Arrival<'a> {
    /// The path behind the issuer: `/v1/token` or `/v1/authorize`.
    pub(crate) endpoint: &'static str,
    pub(crate) method: &'a str,
    /// A parameter of the request. Only those are read that are no secrets.
    pub(crate) parameter: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// As the host named it.
    pub(crate) peer: Option<&'a str>,
    /// How the client asks: a refresh also counts as the grant that it goes back to.
    pub(crate) grants: &'a [GrantType],
}

/// The parameters that hooks are told: those of Okta's sample, and the ones that name the audience.
/// Codes, verifiers, secrets, assertions, tokens and passwords are not among them.
const TOLD: [&str; 9] = [
    "grant_type",
    "scope",
    "state",
    "redirect_uri",
    "response_mode",
    "response_type",
    "client_id",
    "audience",
    "resource",
];

/// The JSON that the hook is sent. `random` makes the ids of the event and of the request.
pub(crate) fn hook_payload(
    org: &Org,
    granted: &Granted<'_>,
    subject: &Subject<'_>,
    arrival: &Arrival<'_>,
    trees: &Trees,
    random: &[u8; 32],
    now_millis: i64,
) -> Value {
    let (served, client) = (granted.served(), granted.client());
    let mut parameters: Vec<(&'static str, String)> =
        TOLD.iter().filter_map(|name| Some((*name, (arrival.parameter)(name)?))).collect();
    if !parameters.iter().any(|(name, _)| *name == "client_id") {
        parameters.push(("client_id", client.id().to_string()));
    }
    let token =
        |tree: &super::Tree| HookToken { claims: tree.claims.clone(), lifetime: tree.lifetime.as_seconds() };
    let jti = trees.access.as_ref().and_then(|tree| tree.claims.get("jti")).and_then(Value::as_str);
    let refresh_token = jti.and_then(|jti| jti.rsplit('.').next()).filter(|id| id.starts_with("oar"));
    let is_refresh = arrival.grants.contains(&GrantType::RefreshToken);
    let scopes = granted.scopes().iter().map(|scope| scope.as_str());
    let known = scopes.filter_map(|name| {
        let (_, scope) = served.server.scopes.get(name)?;
        Some((scope.name().as_str(), scope.id_in(served.server.id())))
    });
    let scopes: Vec<(&str, String)> = known.collect();
    let (event, request) = random.split_at(16);
    HookPayload {
        endpoint: format!("{}{}", served.endpoint_base(), arrival.endpoint),
        method: arrival.method,
        peer: super::address(arrival.peer).map(|address| address.to_string()),
        event_id: encode(event),
        request_id: format!("req{}", encode(request)),
        event_time: millis(now_millis),
        original: is_refresh.then(|| original(granted, arrival)),
        parameters,
        issuer: served.issuer.as_str(),
        client: HookClient {
            id: client.id().as_str(),
            name: client.label(),
            public: matches!(client.auth(), ClientAuth::None),
        },
        session: signed_in(subject).map(|signed_in| session(org, signed_in)),
        user: signed_in(subject).map(|signed_in| user(org, signed_in.user)),
        rule: granted.rule().map(|(policy, rule)| (policy.as_str(), rule.as_str())),
        access: trees.access.as_ref().map(token),
        identity: trees.id.as_ref().map(token),
        scopes,
        refresh_token,
    }
    .to_json()
}

fn signed_in<'s>(subject: &'s Subject<'_>) -> Option<&'s SignedIn<'s>> {
    match subject {
        Subject::Machine => None,
        Subject::User(signed_in) => Some(signed_in),
    }
}

/// What is still known of the request that began the grant.
fn original(granted: &Granted<'_>, arrival: &Arrival<'_>) -> Vec<(&'static str, String)> {
    let scopes: Vec<&str> = granted.scopes().iter().map(|scope| scope.as_str()).collect();
    let mut told = vec![("scope", scopes.join(" ")), ("client_id", granted.client().id().to_string())];
    if arrival.grants.contains(&GrantType::AuthorizationCode) {
        told.push(("response_type", "code".to_owned()));
    }
    told
}

/// `context.session`: what the host told of the sign-in.
fn session(org: &Org, signed_in: &SignedIn<'_>) -> Value {
    let sign_in = &signed_in.sign_in;
    let has = |method: &str| sign_in.amr.iter().any(|known| known == method);
    let at = millis(sign_in.at.as_unix().saturating_mul(1000));
    let idp = match sign_in.idp {
        Some(id) if id != org.id() => json!({ "id": id }),
        _ => json!({ "id": org.id(), "type": "OKTA" }),
    };
    let mut session = json!({
        "userId": signed_in.user.id().as_str(),
        "login": signed_in.user.login(),
        "createdAt": at,
        "status": "ACTIVE",
        "amr": sign_in.amr,
        "idp": idp,
        "mfaActive": has("mfa")
    });
    if let Some(members) = session.as_object_mut() {
        members.extend(sign_in.session_id.map(|id| ("id".to_owned(), id.into())));
        members.extend(has("pwd").then(|| ("lastPasswordVerification".to_owned(), at.into())));
    }
    session
}

/// `context.user`: of the profile, only what Okta tells.
fn user(org: &Org, user: &User) -> Value {
    let told = [
        ("login", "login"),
        ("firstName", "firstName"),
        ("lastName", "lastName"),
        ("locale", "locale"),
        ("timezone", "timeZone"),
    ];
    let attribute = |(name, told): (&str, &str)| {
        Some((told.to_owned(), user.profile().get(name).filter(|value| value.is_string())?.clone()))
    };
    let profile: Map<String, Value> = told.into_iter().filter_map(attribute).collect();
    let of = |what: &str| json!({ "href": format!("{}/api/v1/users/{}/{what}", org.base(), user.id()) });
    let mut json = json!({
        "id": user.id().as_str(), "profile": profile, "_links": { "groups": of("groups"), "factors": of("factors") }
    });
    if let (Some(members), Some(time)) = (json.as_object_mut(), user.password_changed()) {
        members.insert("passwordChanged".to_owned(), time.into());
    }
    json
}

fn encode(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// RFC 3339 with milliseconds, as Okta writes times.
fn millis(unix_millis: i64) -> String {
    let seconds = Timestamp::from_unix(unix_millis.div_euclid(1000)).to_string();
    format!("{}.{:03}Z", seconds.trim_end_matches('Z'), unix_millis.rem_euclid(1000))
}
