//! What happened, for the host's log.

mod okta;
mod text;

pub(crate) use text::logged;

use crate::error::Refusal;
use crate::types::{ClientId, KeyId, PolicyId, RuleId, ScopeName, ServerId, Timestamp, UserId};

/// Takes events: writes them to a log, counts them, raises an alarm.
///
/// ```
/// use chancery::host::{Event, Events};
///
/// struct Log;
///
/// impl Events for Log {
///     fn record(&self, event: &Event) {
///         println!("{event}");
///     }
/// }
/// ```
pub trait Events: Send + Sync + 'static {
    /// Takes one event, after what it tells of and before the answer. It must not block: hand the event
    /// to a queue where writing it takes time. A panic here changes no answer.
    fn record(&self, event: &Event);
}

/// Something that happened, and whom it concerns. It never holds a secret: no token, code, verifier or
/// password, and nothing that one could be made of. Texts that a request brought are escaped and at most
/// 1 kB long.
///
/// It prints as one line, and serialises to JSON with Okta's names where Okta has them.
#[derive(Clone)]
#[non_exhaustive]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// The custom authorization server. `None` at the org authorization server, and where a request names
    /// a server that there is not.
    pub server: Option<ServerId>,
    /// The client, if there is one of the id that was sent; whether it authenticated or not.
    pub client: Option<ClientId>,
    /// The user.
    pub user: Option<UserId>,
    /// The access policy and the rule that decided.
    pub rule: Option<(PolicyId, RuleId)>,
    /// The grant, `oar…`: the same for all that one sign-in gave a client.
    pub grant: Option<String>,
    /// Who sent the request, as the host named it.
    pub peer: Option<String>,
    /// What happened.
    pub action: Action,
}

/// What happened.
#[derive(Clone)]
#[non_exhaustive]
pub enum Action {
    /// Something was issued.
    Issued {
        /// What.
        what: Issued,
        /// Where.
        at: Place,
    },
    /// A request was refused.
    Refused {
        /// Where.
        at: Place,
        /// Why. Its fields hold what was sent, as it was sent: print it with `Display`.
        refusal: Refusal,
    },
    /// A client did not prove who it is, at whichever endpoint.
    AuthenticationFailed {
        /// The client id that was sent, whether there is one or not.
        claimed: Option<String>,
        /// Why.
        refusal: Refusal,
    },
    /// The user consented.
    ConsentGranted {
        /// To these scopes.
        scopes: Vec<ScopeName>,
    },
    /// The user was asked, and said no.
    ConsentDenied,
    /// A consent was taken back, and what was issued under it is dead.
    ConsentRevoked,
    /// A grant ended, and what was issued under it is dead.
    GrantEnded {
        /// Why.
        why: GrantEnd,
    },
    /// An access token was revoked, and no more.
    TokenRevoked,
    /// A refresh token was used again after it had been replaced: two hold it. Told once for each grant,
    /// which ends with it.
    RefreshTokenReused,
    /// An authorization code was used again. Told once for each grant, which ends with it.
    CodeReplayed,
    /// A token inline hook did not answer as it should.
    HookFailed {
        /// Its id.
        hook: String,
        /// Why, as the host or the issuer says.
        reason: String,
    },
    /// A server signs with another key than before. The first key of a process is no rotation.
    KeyRotated {
        /// The key that signs now.
        key: KeyId,
        /// The one before.
        before: KeyId,
    },
}

/// What is issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Issued {
    /// An authorization code.
    Code,
    /// An access token.
    AccessToken,
    /// An ID token.
    IdToken,
    /// A refresh token, new or the same again.
    RefreshToken,
}

/// Where a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// At the authorization endpoint.
    Authorize,
    /// At the token endpoint.
    Token,
}

/// Why a grant ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantEnd {
    /// The client revoked its refresh token.
    Revoked,
    /// [`Action::RefreshTokenReused`].
    RefreshTokenReused,
    /// [`Action::CodeReplayed`].
    CodeReplayed,
    /// The code came with a wrong `code_verifier`.
    PkceMismatch,
}

/// Whether what was tried was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was: `SUCCESS` in Okta's log.
    Success,
    /// It was not: `FAILURE`.
    Failure,
}

impl Event {
    /// Whether what was tried was done.
    pub fn outcome(&self) -> Outcome {
        match self.action {
            Action::Refused { .. }
            | Action::AuthenticationFailed { .. }
            | Action::ConsentDenied
            | Action::RefreshTokenReused
            | Action::CodeReplayed
            | Action::HookFailed { .. } => Outcome::Failure,
            _ => Outcome::Success,
        }
    }
}
