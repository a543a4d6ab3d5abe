//! What is told to the host's log: one line where something happens, and nothing without a listener.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::{Issuer, deadline};
use crate::error::{Error, Refusal};
use crate::flow::{Grant, GrantId, Granted, Served};
use crate::host::{Action, Event, Events, GrantEnd, Issued, Place, logged};
use crate::types::{ClientId, KeyId, PolicyId, RuleId, ServerId, UserId};
use crate::wire::TokenResponse;

/// A listener, and what must be remembered for it.
pub(super) struct Listening {
    events: Arc<dyn Events>,
    /// The key that each server signed with last; `None` is the org server.
    keys: Mutex<HashMap<Option<ServerId>, KeyId>>,
}

/// Whom a request concerns, as far as that has come out. Without a listener it stays empty.
#[derive(Default)]
pub(super) struct Concerned {
    is_of_interest: bool,
    client: OnceLock<ClientId>,
    claimed: OnceLock<String>,
    user: OnceLock<UserId>,
    rule: OnceLock<(PolicyId, RuleId)>,
    grant: OnceLock<GrantId>,
}

impl Concerned {
    /// The client id that was sent.
    pub(super) fn claims(&self, id: &str) {
        if self.is_of_interest {
            let _ = self.claimed.set(logged(id));
        }
    }

    /// A client that there is.
    pub(super) fn client(&self, id: &ClientId) {
        if self.is_of_interest {
            let _ = self.client.set(id.clone());
        }
    }

    /// What a rule granted.
    pub(super) fn granted(&self, granted: &Granted<'_>) {
        if let (true, Some((policy, rule))) = (self.is_of_interest, granted.rule()) {
            let _ = self.rule.set((policy.clone(), rule.clone()));
        }
    }

    /// A grant that was found.
    pub(super) fn grant(&self, id: GrantId, grant: &Grant) {
        if self.is_of_interest {
            let _ = self.grant.set(id);
            let _ = self.user.set(grant.login.user().clone());
        }
    }

    /// A user who signs in.
    pub(super) fn user(&self, id: &UserId) {
        if self.is_of_interest {
            let _ = self.user.set(id.clone());
        }
    }
}

impl Listening {
    pub(super) fn new(events: impl Events) -> Self {
        Self { events: Arc::new(events), keys: Mutex::default() }
    }
}

impl Issuer {
    /// Whom the next events concern.
    pub(super) fn concerned(&self) -> Concerned {
        Concerned { is_of_interest: self.0.events.is_some(), ..Concerned::default() }
    }

    /// Tells of something, if anybody listens.
    pub(super) fn note(
        &self,
        served: Served<'_>,
        peer: Option<&str>,
        concerned: &Concerned,
        action: impl FnOnce() -> Action,
    ) {
        self.note_at(Some(served), peer, concerned, action);
    }

    fn note_at(
        &self,
        served: Option<Served<'_>>,
        peer: Option<&str>,
        concerned: &Concerned,
        action: impl FnOnce() -> Action,
    ) {
        let Some(listening) = &self.0.events else { return };
        let event = Event {
            at: self.now(),
            server: served.and_then(|served| served.server.custom_id().cloned()),
            client: concerned.client.get().cloned(),
            user: concerned.user.get().cloned(),
            rule: concerned.rule.get().cloned(),
            grant: concerned.grant.get().map(GrantId::refresh_token_id),
            peer: peer.map(logged),
            action: action(),
        };
        // A log that panics is no reason to lose an answer.
        let _ = deadline::contain_call(|| {
            listening.events.record(&event);
            Ok(())
        });
    }

    /// What came of a token request.
    pub(super) fn note_token(
        &self,
        served: Served<'_>,
        peer: Option<&str>,
        concerned: &Concerned,
        answer: &Result<TokenResponse, Error>,
    ) {
        match answer {
            _ if self.0.events.is_none() => {}
            Ok(response) => {
                let issued = [
                    (Issued::AccessToken, true),
                    (Issued::IdToken, response.id_token.is_some()),
                    (Issued::RefreshToken, response.refresh_token.is_some()),
                ];
                for (what, _) in issued.into_iter().filter(|(_, there)| *there) {
                    self.note(served, peer, concerned, || Action::Issued { what, at: Place::Token });
                }
            }
            Err(error) => self.note_refused(Some(served), peer, concerned, Some(Place::Token), error),
        }
    }

    /// A refusal; only of who a client is where there is no place.
    pub(super) fn note_refused(
        &self,
        served: Option<Served<'_>>,
        peer: Option<&str>,
        concerned: &Concerned,
        at: Option<Place>,
        error: &Error,
    ) {
        let Error::Refused(refusal) = error else { return };
        if is_about_who(refusal) {
            let claimed = || concerned.claimed.get().cloned();
            let action = || Action::AuthenticationFailed { claimed: claimed(), refusal: refusal.clone() };
            self.note_at(served, peer, concerned, action);
        } else if let Some(at) = at {
            self.note_at(served, peer, concerned, || Action::Refused { at, refusal: refusal.clone() });
        }
    }

    /// The end of a grant, and what it was that ended it.
    pub(super) fn note_ended(
        &self,
        served: Served<'_>,
        peer: Option<&str>,
        concerned: &Concerned,
        why: GrantEnd,
    ) {
        let detected = match why {
            GrantEnd::RefreshTokenReused => Some(Action::RefreshTokenReused),
            GrantEnd::CodeReplayed => Some(Action::CodeReplayed),
            GrantEnd::Revoked | GrantEnd::PkceMismatch => None,
        };
        if let Some(detected) = detected {
            self.note(served, peer, concerned, || detected);
        }
        self.note(served, peer, concerned, || Action::GrantEnded { why });
    }

    /// The key that is about to sign: told when it is another one than before.
    pub(super) fn note_key(&self, served: Served<'_>, key: &KeyId) {
        let Some(listening) = &self.0.events else { return };
        let before = {
            let mut keys = listening.keys.lock().unwrap_or_else(PoisonError::into_inner);
            let server = served.server.custom_id();
            match keys.get(&server.cloned()) {
                Some(known) if known == key => return,
                _ => keys.insert(server.cloned(), key.clone()),
            }
        };
        if let Some(before) = before {
            let rotated = || Action::KeyRotated { key: key.clone(), before };
            self.note(served, None, &Concerned::default(), rotated);
        }
    }
}

/// Whether the refusal is of who the client says it is.
fn is_about_who(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::MissingCredentials
            | Refusal::MalformedBasic
            | Refusal::MultipleCredentials
            | Refusal::ContradictingClient
            | Refusal::WrongCredentials
            | Refusal::WrongAuthMethod { .. }
            | Refusal::InactiveClient
            | Refusal::Assertion(_)
    )
}
