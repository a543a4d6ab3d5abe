//! Requests that wait for their user, in the store; and what the host's pages answer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Issuer;
use super::answer::{Answer, Browser};
use super::authorize::{Sitting, login_prompt};
use super::events::Concerned;
use crate::error::{Error, Fault, Refusal};
use crate::flow::Login;
use crate::flow::authorize::{Checked, Recipient, client_id};
use crate::flow::consent::ConsentDecision;
use crate::flow::interaction::{BrowserHash, Interaction, Waiting};
use crate::host::{GrantKey, GrantRecord, Place};
use crate::model::{CompiledScope, Org};
use crate::types::{Timestamp, UserId};

/// Whether a request waits already.
pub(super) enum Kept<'a> {
    Not,
    Under {
        handle: &'a str,
        interaction: &'a Interaction,
        /// The record as it was found.
        bytes: &'a [u8],
    },
}

impl Kept<'_> {
    /// When the user was sent to the host's pages.
    pub(super) fn begun(&self) -> Option<Timestamp> {
        match self {
            Self::Not => None,
            Self::Under { interaction, .. } => Some(interaction.begun),
        }
    }

    /// The user who was asked to consent.
    pub(super) fn asked_to_consent(&self) -> Option<&UserId> {
        match self {
            Self::Under {
                interaction: Interaction { stage: Waiting::Consent { login, .. }, .. }, ..
            } => Some(login.user()),
            _ => None,
        }
    }

    /// Whether the user was shown exactly these.
    pub(super) fn has_shown(&self, scopes: &[&CompiledScope]) -> bool {
        match self {
            Self::Under {
                interaction: Interaction { stage: Waiting::Consent { shown, .. }, .. }, ..
            } => shown.iter().map(String::as_str).eq(scopes.iter().map(|scope| scope.name().as_str())),
            _ => false,
        }
    }
}

/// What a page came to.
enum Outcome<'o> {
    Login(Login),
    Consent(&'o ConsentDecision),
    Cancelled,
    /// Nothing: it is shown again.
    Again,
}

impl Issuer {
    /// Goes on after the sign-in page: the user of this browser signed in as `login` says.
    ///
    /// Never fails, as [`Issuer::answer`]. The answer is another page, or a reply for the client. What
    /// is not waiting in this browser, or was answered before, is an [`Answer::Error`]. Where the request
    /// demands that the user authenticates anew and the sign-in is older than the request, the
    /// answer is the sign-in page again.
    pub async fn login(&self, interaction: &str, browser: &Browser<'_>, login: Login) -> Answer {
        self.go_on(interaction, browser, Outcome::Login(login)).await
    }

    /// Goes on after the consent page. A decision counts for what was shown, to whom it was shown (where
    /// the browser is signed in), and once.
    ///
    /// Never fails, as [`Issuer::login`].
    pub async fn consent(
        &self,
        interaction: &str,
        browser: &Browser<'_>,
        decision: ConsentDecision,
    ) -> Answer {
        self.go_on(interaction, browser, Outcome::Consent(&decision)).await
    }

    /// The user gives up, on either page: the client is told `access_denied`.
    ///
    /// Never fails, as [`Issuer::login`].
    pub async fn cancel(&self, interaction: &str, browser: &Browser<'_>) -> Answer {
        self.go_on(interaction, browser, Outcome::Cancelled).await
    }

    /// The page that waits, to be shown again: after a wrong password, or when the browser reloads.
    ///
    /// Never fails, as [`Issuer::login`].
    pub async fn interaction(&self, interaction: &str, browser: &Browser<'_>) -> Answer {
        self.go_on(interaction, browser, Outcome::Again).await
    }

    async fn go_on(&self, handle: &str, browser: &Browser<'_>, outcome: Outcome<'_>) -> Answer {
        let org = self.org();
        let concerned = self.concerned();
        let resumed = async {
            let answer = self.resumed(&org, handle, browser, outcome, &concerned).await;
            if let Err(error) = &answer {
                self.note_refused(None, browser.peer, &concerned, Some(Place::Authorize), error);
            }
            answer
        };
        self.or_page(resumed).await
    }

    async fn resumed(
        &self,
        org: &Org,
        handle: &str,
        browser: &Browser<'_>,
        outcome: Outcome<'_>,
        concerned: &Concerned,
    ) -> Result<Answer, Error> {
        let now_millis = self.now_millis();
        let now = Timestamp::from_unix(now_millis.div_euclid(1000));
        let record = self.bounded(self.0.grants.get(&key(org, handle), now)).await?;
        let bytes = record.ok_or(Refusal::InteractionExpired)?.bytes;
        let interaction = Interaction::decode(&bytes)?;
        if interaction.browser != BrowserHash::of(browser.id) || interaction.stage == Waiting::Done {
            return Err(Refusal::InteractionExpired.into());
        }
        // Who sits before the consent page now is not who was asked, and can but sign in.
        if let (Waiting::Consent { login, .. }, Some(session)) = (&interaction.stage, browser.session)
            && login.user() != session.user()
            && !matches!(outcome, Outcome::Login(_))
        {
            return Err(Refusal::InteractionExpired.into());
        }
        // The request is judged anew: what was changed since counts.
        let served = match &interaction.server {
            None => Self::served_org(org)?,
            Some(server) => Self::published(org, server.as_str())?,
        };
        let served = served.under_issuer(&interaction.issuer);
        let request = interaction.request();
        let client = self.client(org, client_id(&request)?).await?;
        client.iter().for_each(|client| concerned.client(client.id()));
        let recipient = Recipient::of(client.as_deref(), served, &request)?;
        let kept = Kept::Under { handle, interaction: &interaction, bytes: &bytes };
        let checked = match Checked::new(&recipient, &request, interaction.hinted.clone()) {
            Ok(checked) => checked,
            Err(refusal) => {
                self.swap_interaction(org, &kept, Waiting::Done, now).await?;
                let error = refusal.into();
                let place = Some(Place::Authorize);
                self.note_refused(Some(served), browser.peer, concerned, place, &error);
                return Ok(Answer::Reply(recipient.address().refuse(&error)));
            }
        };
        let judged_at = match (&outcome, &interaction.stage) {
            (Outcome::Consent(_) | Outcome::Again, Waiting::Consent { login, .. }) => {
                interaction.begun.max(login.at())
            }
            _ => now,
        };
        let recipient = &recipient;
        let request = &request;
        let sitting = Sitting { org, browser, recipient, request, checked, kept, judged_at, now_millis };
        match (outcome, &interaction.stage) {
            (Outcome::Cancelled, _) => Ok(self.settle(&sitting, None, Some(&ConsentDecision::Deny)).await),
            (Outcome::Login(login), _) => Ok(self.settle(&sitting, Some(&login), None).await),
            (Outcome::Consent(decision), Waiting::Consent { login, .. }) => {
                Ok(self.settle(&sitting, Some(login), Some(decision)).await)
            }
            (Outcome::Again, Waiting::Consent { login, .. }) => {
                Ok(self.settle(&sitting, Some(login), None).await)
            }
            (Outcome::Again, _) => {
                // Whatever session there is did not do when the page was first shown.
                let anew = browser.session.is_some() || sitting.checked.wants_new_login();
                Ok(Answer::Login(login_prompt(&sitting, handle.to_owned(), anew)))
            }
            (Outcome::Consent(_), _) => Err(Refusal::InteractionExpired.into()),
        }
    }

    /// Lets a request wait for its user; answers the name under which it does.
    pub(super) async fn keep(&self, sitting: &Sitting<'_>, stage: Waiting) -> Result<String, Error> {
        let now = sitting.now();
        if let Kept::Under { handle, .. } = sitting.kept {
            self.swap_interaction(sitting.org, &sitting.kept, stage, now).await?;
            return Ok(handle.to_owned());
        }
        let served = sitting.checked.served();
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let interaction = Interaction {
            browser: BrowserHash::of(sitting.browser.id),
            server: served.server.custom_id().cloned(),
            issuer: served.issuer.to_string(),
            begun: now,
            hinted: sitting.checked.hinted().cloned(),
            parameters: sitting.request.kept().into_iter().map(owned).collect(),
            stage,
        };
        let handle = URL_SAFE_NO_PAD.encode(self.random::<32>()?);
        let record = GrantRecord { bytes: interaction.encode(), expires_at: interaction.expires_at() };
        match self.bounded(self.0.grants.insert(key(sitting.org, &handle), record, now)).await? {
            true => Ok(handle),
            false => Err(Fault::internal("randomness came twice").into()),
        }
    }

    /// Ends the waiting, before anything is issued: of any number of answers one is given.
    pub(super) async fn close(&self, sitting: &Sitting<'_>) -> Result<(), Error> {
        self.swap_interaction(sitting.org, &sitting.kept, Waiting::Done, sitting.now()).await
    }

    async fn swap_interaction(
        &self,
        org: &Org,
        kept: &Kept<'_>,
        stage: Waiting,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Kept::Under { handle, interaction, bytes } = kept else { return Ok(()) };
        let next = Interaction { stage, ..(*interaction).clone() };
        let record = GrantRecord { bytes: next.encode(), expires_at: next.expires_at() };
        match self.bounded(self.0.grants.swap(&key(org, handle), bytes, record, now)).await? {
            true => Ok(()),
            false => Err(Refusal::InteractionExpired.into()),
        }
    }
}

fn key(org: &Org, handle: &str) -> GrantKey {
    GrantKey::new(&[org.base().as_str(), "interaction", handle])
}
