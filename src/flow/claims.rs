//! [`Granted`] → [`Draft`]: the claims of the access token, ready to be signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Granted;
use crate::error::Refusal;
use crate::expr;
use crate::model::{ClaimSource, CompiledClaim, ServerKind};
use crate::types::{Timestamp, push_json_string};

/// Whom the token is about, as claims see it.
pub(crate) struct Subject<'a> {
    groups: Option<&'a [expr::Group]>,
}

impl Subject<'_> {
    /// The client itself: there is no user, no app user and no group.
    pub(crate) fn machine() -> Self {
        Self { groups: None }
    }
}

/// The content of an access token. Only [`Draft::new`] makes one, and only from [`Granted`].
pub(crate) struct Draft {
    typ: Option<&'static str>,
    payload: Vec<u8>,
}

/// A groups claim holds at most this many groups, as Okta's does.
const MAX_GROUPS: usize = 100;
/// The claim that expressions set but every token needs.
const SUB: &str = "sub";

impl Draft {
    /// Evaluates the claims and writes the payload. `id` is the randomness of the token's id.
    pub(crate) fn new(
        granted: &Granted<'_>,
        subject: &Subject<'_>,
        id: &[u8; 32],
        now_millis: i64,
    ) -> Result<Self, Refusal> {
        let served = granted.served();
        let client = granted.client();
        let issued = Timestamp::from_unix(now_millis.div_euclid(1000));
        let expires = issued.plus(granted.lifetimes().access_token);

        let mut out = Writer::with_capacity(1024);
        out.number(r#""ver":"#, 1);
        out.token_id(id);
        out.text(r#""iss":"#, served.issuer.as_str());
        out.text(r#""aud":"#, granted.audience());
        out.number(r#""iat":"#, issued.as_unix());
        out.number(r#""exp":"#, expires.as_unix());
        out.text(r#""cid":"#, client.id().as_str());
        let scopes: Vec<&str> = granted.scopes().iter().map(|scope| scope.as_str()).collect();
        out.list(r#""scp":"#, &scopes);

        let inputs = inputs(granted, subject, &scopes, now_millis);
        let mut has_subject = false;
        for claim in &served.server.access_claims {
            if applies(claim, granted) && write(&mut out, claim, &inputs, subject)? {
                has_subject |= &*claim.name == SUB;
            }
        }
        if !has_subject {
            // The org server has no claims to configure; elsewhere a token about nobody is no token.
            match served.server.kind {
                ServerKind::Org => out.text(r#""sub":"#, client.id().as_str()),
                ServerKind::Custom => return Err(failed(SUB, "it has no value")),
            }
        }
        Ok(Self { typ: typ(served.server.kind), payload: out.finish() })
    }

    /// The header's `typ`.
    pub(crate) fn typ(&self) -> Option<&'static str> {
        self.typ
    }

    /// The claims as JSON.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }
}

/// Okta marks the tokens of the org server as its own business; those of custom servers have no `typ`.
fn typ(kind: ServerKind) -> Option<&'static str> {
    match kind {
        ServerKind::Org => Some("application/okta-internal-at+jwt"),
        ServerKind::Custom => None,
    }
}

fn inputs<'a>(
    granted: &Granted<'a>,
    subject: &Subject<'a>,
    scopes: &'a [&'a str],
    now_millis: i64,
) -> expr::Inputs<'a> {
    let client = granted.client();
    let mut app = expr::App::default().with_id(client.app_id()).with_client_id(client.id().as_str());
    if let Some(profile) = &client.profile {
        app = app.with_profile(profile);
    }
    let inputs = expr::Inputs::default()
        .with_app(app)
        .with_scopes(scopes)
        .with_now(now_millis)
        .with_flow(expr::Flow::ClientCredentials);
    match subject.groups {
        Some(groups) => inputs.with_groups(groups),
        None => inputs.without_user(),
    }
}

fn applies(claim: &CompiledClaim, granted: &Granted<'_>) -> bool {
    claim.scopes.is_empty() || claim.scopes.iter().any(|scope| granted.has_scope(*scope))
}

/// Writes one claim; `false` if it has no value and is left out.
fn write(
    out: &mut Writer,
    claim: &CompiledClaim,
    inputs: &expr::Inputs<'_>,
    subject: &Subject<'_>,
) -> Result<bool, Refusal> {
    if let Some(json) = &claim.constant {
        out.name(&claim.member);
        out.0.extend_from_slice(json.as_bytes());
        return Ok(true);
    }
    match &claim.source {
        ClaimSource::Expression(program) => match program.evaluate(inputs) {
            // Okta leaves out what is null, and empty lists.
            Ok(value) if value.is_null() || value.is_empty_list() => Ok(false),
            // RFC 7519 §4.1.2: a text. One that is empty is nobody's.
            Ok(value) if &*claim.name == SUB && value.as_str().is_none_or(str::is_empty) => {
                Err(failed(SUB, "it is no text, or an empty one"))
            }
            Ok(value) => {
                out.name(&claim.member);
                value.write_json(&mut out.0);
                Ok(true)
            }
            // A machine has no attributes to be wrong about.
            Err(error) if error.is_missing_user() => Ok(false),
            Err(error) => Err(failed(&claim.name, &error.to_string())),
        },
        ClaimSource::Groups(filter) => {
            let groups = subject.groups.unwrap_or_default();
            let names: Vec<&str> =
                groups.iter().map(expr::Group::name).filter(|n| filter.matches(n)).collect();
            match names.len() {
                0 => Ok(false),
                1..=MAX_GROUPS => {
                    out.list(&claim.member, &names);
                    Ok(true)
                }
                _ => Err(Refusal::TooManyGroups { claim: claim.name.to_string() }),
            }
        }
        // These describe a user and belong to ID tokens.
        ClaimSource::System => Ok(false),
    }
}

fn failed(claim: &str, reason: &str) -> Refusal {
    Refusal::ClaimFailed { claim: claim.to_owned(), reason: reason.to_owned() }
}

/// A JSON object, written member by member.
struct Writer(Vec<u8>);

impl Writer {
    fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Begins a member. `name` is already JSON, colon included: names are known before the request.
    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { b'{' } else { b',' });
        self.0.extend_from_slice(name.as_bytes());
    }

    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        push_json_string(&mut self.0, value);
    }

    fn number(&mut self, name: &str, value: i64) {
        self.name(name);
        // Writing a number to memory does not fail.
        let _ = serde_json::to_writer(&mut self.0, &value);
    }

    fn list(&mut self, name: &str, values: &[&str]) {
        self.name(name);
        self.0.push(b'[');
        for (place, value) in values.iter().enumerate() {
            if place > 0 {
                self.0.push(b',');
            }
            push_json_string(&mut self.0, value);
        }
        self.0.push(b']');
    }

    /// `jti`: `AT.` and 43 characters of base64url.
    fn token_id(&mut self, id: &[u8; 32]) {
        let mut text = [b'A'; 46];
        let [_, t, dot, rest @ ..] = &mut text;
        (*t, *dot) = (b'T', b'.');
        let _ = URL_SAFE_NO_PAD.encode_slice(id, rest);
        self.text(r#""jti":"#, std::str::from_utf8(&text).unwrap_or_default());
    }

    fn finish(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }
}
