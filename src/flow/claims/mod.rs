//! [`Granted`](super::Granted) → [`Draft`]: the claims of tokens, ready to be signed.
//!
//! Claims are written as they are evaluated, in Okta's order; no tree of them is built. What looks at
//! claims again before they are signed takes them apart and puts them back by `patch`.

mod access;
mod explain;
mod identity;
mod patch;
mod system;
mod write;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value};

pub(crate) use access::{Draft, TokenId};
pub(crate) use explain::{explain_access_token, explain_id_token};
pub(crate) use identity::{IdDraft, IdRequest, userinfo};
pub(crate) use patch::{LockedClaim, Tree};

use self::write::Writer;
use super::Granted;
use crate::error::Refusal;
use crate::expr;
use crate::model::{ClaimSource, CompiledClaim, Group, RegisteredClient, ScopeIndex, ServerKind, User};
use crate::types::{GrantType, Timestamp};

/// Whom a token is about, as claims see it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject<'a> {
    /// The client itself: there is no user, no app user and no group.
    Machine,
    /// A user who signed in.
    User(SignedIn<'a>),
}

/// A user who signed in, and what claims read beside the user's own record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedIn<'a> {
    pub(crate) user: &'a User,
    /// The user's profile in the app (`RegisteredClient::app_user`).
    pub(crate) app_user: &'a Map<String, Value>,
    /// All groups, Everyone among them. None where [`needs_groups`] says so.
    pub(crate) groups: &'a [Arc<Group>],
    pub(crate) sign_in: SignIn<'a>,
    /// How the grant began, also when it is refreshed.
    pub(crate) grant: GrantType,
}

/// How and when a user signed in, as the host told it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignIn<'a> {
    pub(crate) at: Timestamp,
    /// Method references (RFC 8176 §2).
    pub(crate) amr: &'a [String],
    /// The `acr` of tokens. They have one only if the request had `acr_values`.
    pub(crate) acr: Option<&'a str>,
    pub(crate) session_id: Option<&'a str>,
    /// The identity provider, unless the organisation itself knew the user.
    pub(crate) idp: Option<&'a str>,
}

/// Whether claims of this grant read the user's groups. Loading them can be spared otherwise.
pub(crate) fn needs_groups(granted: &Granted<'_>) -> bool {
    let server = granted.served().server;
    match server.kind {
        ServerKind::Org => granted.scopes().contains("groups"),
        ServerKind::Custom => server.reads_groups,
    }
}

/// A groups claim of a token holds at most this many groups, as Okta's does.
const MAX_GROUPS: usize = 100;
/// The claim that expressions set but every token needs.
const SUB: &str = "sub";

/// What became of a claim that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It is in the token.
    Written,
    /// Its expression has no value.
    Null,
    /// Its expression has no elements.
    EmptyList,
    /// It is about a user, and there is none.
    NoUser,
    /// No group of the user fits.
    NoGroup,
    /// The user's profile has no such thing.
    NoAttribute,
}

/// What claims are computed from.
struct Evaluation<'a> {
    subject: &'a Subject<'a>,
    client_id: &'a str,
    inputs: expr::Inputs<'a>,
    most_groups: usize,
}

/// What expressions see of a token that is about to be made.
pub(crate) fn inputs<'a>(
    client: &'a RegisteredClient,
    subject: &'a Subject<'a>,
    scopes: &'a [&'a str],
    now_millis: i64,
) -> expr::Inputs<'a> {
    let app = expr::App::default().with_id(client.app_id()).with_client_id(client.id().as_str());
    let app = client.profile.as_ref().map_or(app, |profile| app.with_profile(profile));
    let inputs = expr::Inputs::default().with_app(app).with_scopes(scopes).with_now(now_millis);
    match subject {
        Subject::Machine => inputs.with_flow(expr::Flow::ClientCredentials).without_user(),
        Subject::User(signed_in) => signed_in.told_to(inputs),
    }
}

impl<'a> Evaluation<'a> {
    fn new(
        client: &'a RegisteredClient,
        subject: &'a Subject<'a>,
        scopes: &'a [&'a str],
        now_millis: i64,
    ) -> Self {
        let inputs = inputs(client, subject, scopes, now_millis);
        Self { subject, client_id: client.id().as_str(), inputs, most_groups: MAX_GROUPS }
    }

    /// Writes one claim, unless it has no value and is left out.
    fn write(&self, out: &mut Writer, claim: &'a CompiledClaim) -> Result<Outcome, Refusal> {
        if let Some(json) = &claim.constant {
            out.name(&claim.member).extend_from_slice(json.as_bytes());
            return Ok(Outcome::Written);
        }
        if claim.is_usual_sub {
            out.text(&claim.member, self.usual_sub()?);
            return Ok(Outcome::Written);
        }
        match (&claim.source, self.subject) {
            (ClaimSource::Expression(program), _) => self.write_expression(out, claim, program),
            (ClaimSource::Groups(filter), Subject::User(SignedIn { groups, .. })) => {
                self.write_groups(out, claim.name(), &claim.member, groups, |name| filter.matches(name))
            }
            (ClaimSource::System, Subject::User(SignedIn { user, .. })) => {
                let found = system::write(out, claim.name(), &claim.member, user);
                Ok(if found { Outcome::Written } else { Outcome::NoAttribute })
            }
            (ClaimSource::Groups(_) | ClaimSource::System, Subject::Machine) => Ok(Outcome::NoUser),
        }
    }

    /// What `SUB_EXPRESSION` answers: the user's name in the app, or the client id where there is none.
    fn usual_sub(&self) -> Result<&str, Refusal> {
        match self.subject {
            Subject::Machine => Ok(self.client_id),
            Subject::User(SignedIn { app_user, .. }) => {
                let name = app_user.get("userName").and_then(Value::as_str).filter(|name| !name.is_empty());
                name.ok_or_else(|| failed(SUB, "the user has no name in the app"))
            }
        }
    }

    fn write_expression(
        &self,
        out: &mut Writer,
        claim: &CompiledClaim,
        program: &'a expr::Program,
    ) -> Result<Outcome, Refusal> {
        match program.evaluate(&self.inputs) {
            // Okta leaves out what is null, and empty lists.
            Ok(value) if value.is_null() => Ok(Outcome::Null),
            Ok(value) if value.is_empty_list() => Ok(Outcome::EmptyList),
            // RFC 7519 §4.1.2: a text. One that is empty is nobody's.
            Ok(value) if &*claim.name == SUB && value.as_str().is_none_or(str::is_empty) => {
                Err(failed(SUB, "it is no text, or an empty one"))
            }
            Ok(value) => {
                value.write_json(out.name(&claim.member));
                Ok(Outcome::Written)
            }
            // A machine has no attributes to be wrong about.
            Err(error) if error.is_missing_user() && matches!(self.subject, Subject::Machine) => {
                Ok(Outcome::NoUser)
            }
            Err(error) => Err(failed(&claim.name, &error.to_string())),
        }
    }

    /// Writes the names of the groups that fit.
    fn write_groups(
        &self,
        out: &mut Writer,
        claim: &str,
        member: &str,
        groups: &[Arc<Group>],
        fits: impl Fn(&str) -> bool,
    ) -> Result<Outcome, Refusal> {
        let names: Vec<&str> = groups.iter().map(|group| group.name()).filter(|name| fits(name)).collect();
        if names.len() > self.most_groups {
            return Err(Refusal::TooManyGroups { claim: claim.to_owned() });
        }
        if names.is_empty() {
            return Ok(Outcome::NoGroup);
        }
        out.list(member, names);
        Ok(Outcome::Written)
    }
}

impl<'a> SignedIn<'a> {
    fn told_to(&self, inputs: expr::Inputs<'a>) -> expr::Inputs<'a> {
        let user = self.user;
        let person = expr::User::default()
            .with_id(user.id().as_str())
            .with_status(user.status())
            .with_profile(user.profile());
        let person = user.created().map_or(person, |time| person.with_created(time));
        let person = user.last_updated().map_or(person, |time| person.with_last_updated(time));
        let person = user.password_changed().map_or(person, |time| person.with_password_changed(time));
        let person = user.last_login().map_or(person, |time| person.with_last_login(time));
        let session = expr::Session::default().with_amr(self.sign_in.amr);
        let session = self.sign_in.session_id.map_or(session, |id| session.with_id(id));
        inputs
            .with_user(person)
            .with_groups(self.groups)
            .with_app_user(self.app_user)
            .with_session(session)
            .with_flow(match self.grant {
                GrantType::AuthorizationCode | GrantType::RefreshToken => expr::Flow::AuthorizationCode,
                GrantType::Implicit => expr::Flow::Implicit,
                _ => expr::Flow::Other,
            })
    }
}

/// Whether the claim's condition on scopes holds.
fn applies(claim: &CompiledClaim, has_scope: impl Fn(ScopeIndex) -> bool) -> bool {
    claim.scopes.is_empty() || claim.scopes.iter().any(|scope| has_scope(*scope))
}

fn failed(claim: &str, reason: &str) -> Refusal {
    Refusal::ClaimFailed { claim: claim.to_owned(), reason: reason.to_owned() }
}
