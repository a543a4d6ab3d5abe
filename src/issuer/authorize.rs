//! The authorization endpoint: from the request to a code or tokens, by way of the host's pages.

use std::sync::Arc;

use super::answer::{Answer, Browser, ConsentPrompt, ConsentScope, ErrorPage, LoginPrompt, named};
use super::consents::{ConsentOf, consented};
use super::events::Concerned;
use super::interactions::Kept;
use super::{Issuer, deadline};
use crate::error::{Error, Fault, Refusal};
use crate::flow::authorize::{Checked, Recipient, Step, client_id};
use crate::flow::consent::{Asking, ConsentDecision, Remembered, asking};
use crate::flow::interaction::Waiting;
use crate::flow::{Granted, Login, OwnToken, TokenKind};
use crate::host::{Action, Place};
use crate::model::{CompiledScope, Org, ServerKind, User};
use crate::types::{Prompt, Timestamp, UserId};
use crate::wire::{AuthorizeRequest, Call, Endpoint, Reply, Route, ServerPath};

/// One request on its way, new or waiting.
pub(super) struct Sitting<'a> {
    pub(super) org: &'a Org,
    pub(super) browser: &'a Browser<'a>,
    pub(super) recipient: &'a Recipient<'a>,
    pub(super) request: &'a AuthorizeRequest<'a>,
    pub(super) checked: Checked<'a>,
    pub(super) kept: Kept<'a>,
    /// When the sign-in must be good enough. One that was does not grow too old on the consent page.
    pub(super) judged_at: Timestamp,
    pub(super) now_millis: i64,
}

impl Sitting<'_> {
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.now_millis.div_euclid(1000))
    }
}

/// Who came to be signed in, or what is shown instead.
enum Who {
    User(Arc<User>, Login),
    Show(Answer),
}

/// What a user consented to.
struct Consented<'a> {
    granted: Granted<'a>,
    /// What is remembered, where the grant rests on it.
    remembered: Option<Remembered>,
}

impl Issuer {
    /// Answers any request to a path of the organisation's authorization servers, for a host that has
    /// pages. `browser` matters to those endpoints only that browsers are sent to; all others answer as
    /// [`Issuer::respond`] does.
    ///
    /// Never fails, as [`Issuer::respond`].
    pub async fn answer(&self, call: Call<'_>, browser: &Browser<'_>) -> Answer {
        let org = self.org();
        match Route::parse(call.path, org.base_path()) {
            Some(Route { server, endpoint: Endpoint::Authorize }) => {
                self.or_page(self.authorize_endpoint(&org, &server, &call, browser)).await
            }
            Some(Route { server, endpoint: Endpoint::Logout }) => {
                self.or_page(self.logout_endpoint(&org, &server, &call, browser)).await
            }
            _ => Answer::Reply(self.reply(call, true).await),
        }
    }

    /// What goes wrong before anybody may be redirected is for a page.
    pub(super) async fn or_page(&self, answer: impl Future<Output = Result<Answer, Error>> + Send) -> Answer {
        match deadline::contain(answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Answer::Error(ErrorPage::of(&error)),
            Err(fault) => Answer::Error(ErrorPage::of(&fault.into())),
        }
    }

    async fn authorize_endpoint(
        &self,
        org: &Org,
        server: &ServerPath<'_>,
        call: &Call<'_>,
        browser: &Browser<'_>,
    ) -> Result<Answer, Error> {
        let concerned = self.concerned();
        let answer = self.authorize_judged(org, server, call, browser, &concerned).await;
        if let Err(error) = &answer {
            let served = Self::at(org, server, call).ok();
            self.note_refused(served, browser.peer, &concerned, Some(Place::Authorize), error);
        }
        answer
    }

    async fn authorize_judged(
        &self,
        org: &Org,
        server: &ServerPath<'_>,
        call: &Call<'_>,
        browser: &Browser<'_>,
        concerned: &Concerned,
    ) -> Result<Answer, Error> {
        let served = Self::at(org, server, call)?;
        let request = self.authorize_request(call)?;
        let client = self.client(org, client_id(&request)?).await?;
        client.iter().for_each(|client| concerned.client(client.id()));
        let recipient = Recipient::of(client.as_deref(), served, &request)?;
        // From here on the client is told.
        let outcome = deadline::contain(self.begin(org, &recipient, &request, browser)).await;
        let outcome = outcome.unwrap_or_else(|fault| Err(fault.into()));
        Ok(outcome.unwrap_or_else(|error| {
            self.note_refused(Some(served), browser.peer, concerned, Some(Place::Authorize), &error);
            Answer::Reply(recipient.address().refuse(&error))
        }))
    }

    /// The parameters, in the query of a GET or the body of a POST, never in both.
    fn authorize_request<'a>(&self, call: &Call<'a>) -> Result<AuthorizeRequest<'a>, Refusal> {
        let limit = self.0.limits.body;
        let query = call.query.unwrap_or("");
        match call.method {
            "GET" if query.len() > limit => Err(Refusal::QueryTooLong { limit }),
            "GET" => AuthorizeRequest::parse(query.as_bytes()).map_err(|_| Refusal::MalformedQuery),
            "POST" if !query.is_empty() => Err(Refusal::ParametersInQuery),
            "POST" => {
                self.is_form(call)?;
                AuthorizeRequest::parse(call.body)
            }
            _ => Err(Refusal::MethodNotAllowed { allow: "GET, POST" }),
        }
    }

    async fn begin(
        &self,
        org: &Org,
        recipient: &Recipient<'_>,
        request: &AuthorizeRequest<'_>,
        browser: &Browser<'_>,
    ) -> Result<Answer, Error> {
        let hinted = match request.get("id_token_hint") {
            Some(hint) => Some(self.hinted(recipient, hint).await?),
            None => None,
        };
        let checked = Checked::new(recipient, request, hinted)?;
        if browser.id.is_empty() {
            return Err(Fault::internal("the host names no browser").into());
        }
        let now_millis = self.now_millis();
        let judged_at = Timestamp::from_unix(now_millis.div_euclid(1000));
        let kept = Kept::Not;
        let sitting = Sitting { org, browser, recipient, request, checked, kept, judged_at, now_millis };
        Ok(self.settle(&sitting, browser.session, None).await)
    }

    /// Whom an `id_token_hint` is about: an ID token of this server for this client, expired or not.
    async fn hinted(&self, recipient: &Recipient<'_>, hint: &str) -> Result<UserId, Error> {
        let token = self.own_token(recipient.served(), hint).await?;
        let token = token
            .filter(|token| token.kind() == TokenKind::Id)
            .filter(|token| token.client_id() == Some(recipient.client().id().as_str()));
        let user = token.as_ref().and_then(OwnToken::user_id);
        Ok(UserId::new(user.ok_or(Refusal::InvalidIdTokenHint)?))
    }

    /// Goes as far as the sign-in and the consent that there are allow: to a page, or to the client.
    pub(super) async fn settle(
        &self,
        sitting: &Sitting<'_>,
        login: Option<&Login>,
        decision: Option<&ConsentDecision>,
    ) -> Answer {
        let mut open = true;
        let concerned = self.concerned();
        concerned.client(sitting.checked.client().id());
        let outcome = deadline::contain(self.settled(sitting, login, decision, &mut open, &concerned)).await;
        match outcome.unwrap_or_else(|fault| Err(fault.into())) {
            Ok(answer) => answer,
            Err(error) => {
                self.note_unsettled(sitting, &concerned, &error);
                self.refuse_sitting(sitting, &error, open).await
            }
        }
    }

    fn note_unsettled(&self, sitting: &Sitting<'_>, concerned: &Concerned, error: &Error) {
        let (served, peer) = (sitting.checked.served(), sitting.browser.peer);
        match (error, sitting.kept.asked_to_consent()) {
            (Error::Refused(Refusal::Denied), Some(user)) => {
                concerned.user(user);
                self.note(served, peer, concerned, || Action::ConsentDenied);
            }
            _ => self.note_refused(Some(served), peer, concerned, Some(Place::Authorize), error),
        }
    }

    /// Tells the client, once: a request that waited is over with it.
    async fn refuse_sitting(&self, sitting: &Sitting<'_>, error: &Error, open: bool) -> Answer {
        let expired = |error: &Error| matches!(error, Error::Refused(Refusal::InteractionExpired));
        if expired(error) {
            return Answer::Error(ErrorPage::of(error));
        }
        if open {
            let closed = deadline::contain(self.close(sitting)).await;
            // After a fault nobody knows whether this request had closed it already.
            if let (Error::Refused(_), Ok(Err(lost))) = (error, &closed)
                && expired(lost)
            {
                return Answer::Error(ErrorPage::of(lost));
            }
        }
        Answer::Reply(sitting.recipient.address().refuse(error))
    }

    async fn settled(
        &self,
        sitting: &Sitting<'_>,
        login: Option<&Login>,
        decision: Option<&ConsentDecision>,
        open: &mut bool,
        concerned: &Concerned,
    ) -> Result<Answer, Error> {
        if decision == Some(&ConsentDecision::Deny) {
            return Err(Refusal::Denied.into());
        }
        let (user, login) = match self.who(sitting, login).await? {
            Who::User(user, login) => (user, login),
            Who::Show(answer) => return Ok(answer),
        };
        let checked = &sitting.checked;
        concerned.user(user.id());
        let granted = checked.permit(&user)?.decide()?;
        concerned.granted(&granted);
        let consent = ConsentOf {
            org: sitting.org,
            server: checked.served().server.id(),
            client: checked.client().id(),
            user: user.id(),
        };
        let before = match checked.served().server.kind {
            ServerKind::Org => None,
            ServerKind::Custom => self.remembered(consent, sitting.now()).await?,
        };
        let required = checked.client().requires_consent();
        let scopes = requested(&granted);
        let asking = match checked.served().server.kind {
            ServerKind::Org => Asking::Nothing { relies: false },
            ServerKind::Custom => asking(checked.prompt(), required, scopes.iter().copied(), before.as_ref()),
        };
        let remembered = match (asking, decision) {
            (Asking::Nothing { relies }, _) => {
                self.close(sitting).await?;
                *open = false;
                before.filter(|_| relies)
            }
            (Asking::Ask(about), Some(decision)) if sitting.kept.has_shown(&about) => {
                self.close(sitting).await?;
                *open = false;
                let answered = |before: Remembered| before.answered(&about, decision);
                let remembered = self.remember(consent, sitting.now(), answered).await?;
                settles(&remembered, &scopes)?;
                self.note(checked.served(), sitting.browser.peer, concerned, || Action::ConsentGranted {
                    scopes: remembered.granted.clone(),
                });
                Some(remembered)
            }
            (Asking::Ask(about), _) => {
                return self.ask_consent(sitting, user.clone(), login, &about, before.as_ref()).await;
            }
        };
        let outcome = Consented { granted, remembered };
        self.hand_over(sitting, &user, login, outcome, concerned).await.map(Answer::Reply)
    }

    /// The user, signed in well enough for the request, or the page that signs one in.
    async fn who(&self, sitting: &Sitting<'_>, login: Option<&Login>) -> Result<Who, Error> {
        let checked = &sitting.checked;
        let login = match (checked.step(login, sitting.kept.begun(), sitting.judged_at)?, login) {
            (Step::Decide, Some(login)) => checked.told(login, sitting.now()),
            (Step::Decide, None) => return self.ask_login(sitting, false).await.map(Who::Show),
            (Step::Login { anew }, _) => return self.ask_login(sitting, anew).await.map(Who::Show),
        };
        match self.user(sitting.org, login.user()).await? {
            Some(user) if user.is_active() => Ok(Who::User(user, login)),
            _ if checked.prompt() == Some(Prompt::None) => Err(Refusal::LoginRequired.into()),
            // The session outlived its user.
            _ if sitting.kept.begun().is_none() => self.ask_login(sitting, true).await.map(Who::Show),
            _ => Err(Refusal::UserMayNotSignIn.into()),
        }
    }

    async fn ask_login(&self, sitting: &Sitting<'_>, anew: bool) -> Result<Answer, Error> {
        let interaction = self.keep(sitting, Waiting::Login).await?;
        Ok(Answer::Login(login_prompt(sitting, interaction, anew)))
    }

    async fn ask_consent(
        &self,
        sitting: &Sitting<'_>,
        user: Arc<User>,
        login: Login,
        about: &[&CompiledScope],
        before: Option<&Remembered>,
    ) -> Result<Answer, Error> {
        let names = || about.iter().map(|scope| scope.name().to_string());
        if sitting.checked.prompt() == Some(Prompt::None) {
            return Err(Refusal::ConsentRequired { scopes: names().collect() }.into());
        }
        let interaction = self.keep(sitting, Waiting::Consent { login, shown: names().collect() }).await?;
        let (client, label) = named(sitting.checked.client());
        let shown = |scope: &&CompiledScope| ConsentScope {
            name: scope.name().to_string(),
            display_name: scope.display_name.clone(),
            description: scope.description.clone(),
            optional: scope.is_optional(),
            granted: before.is_some_and(|before| before.has_granted(scope.name().as_str())),
        };
        let scopes = about.iter().map(shown).collect();
        let redirect_uri = sitting.recipient.address().redirect_uri.clone();
        Ok(Answer::Consent(ConsentPrompt { interaction, client, label, redirect_uri, user, scopes }))
    }

    /// Issues what was asked for, and sends it to the client.
    async fn hand_over(
        &self,
        sitting: &Sitting<'_>,
        user: &User,
        login: Login,
        outcome: Consented<'_>,
        concerned: &Concerned,
    ) -> Result<Reply, Error> {
        let Consented { granted, remembered } = outcome;
        let granted = match &remembered {
            Some(remembered) => consented(granted, remembered),
            None => granted,
        };
        sitting.checked.suffices(granted.scopes())?;
        let consent = remembered.map(|remembered| remembered.id);
        let parameters = self.issue_at_authorize(sitting, &granted, user, login, consent, concerned).await?;
        let parameters: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Ok(sitting.recipient.address().send(&parameters))
    }
}

/// Whether every scope is settled that needs to be: what the page left out, because it was settled
/// before, may have been taken back meanwhile.
fn settles(remembered: &Remembered, scopes: &[&CompiledScope]) -> Result<(), Refusal> {
    match asking(None, true, scopes.iter().copied(), Some(remembered)) {
        Asking::Nothing { .. } => Ok(()),
        Asking::Ask(open) => {
            let scopes = open.iter().map(|scope| scope.name().to_string()).collect();
            Err(Refusal::ConsentRequired { scopes })
        }
    }
}

/// The scopes that were granted, as their server describes them.
fn requested<'a>(granted: &Granted<'a>) -> Vec<&'a CompiledScope> {
    let table = &granted.served().server.scopes;
    let described = |scope: &crate::types::ScopeName| table.get(scope.as_str()).map(|(_, scope)| scope);
    granted.scopes().iter().filter_map(described).collect()
}

pub(super) fn login_prompt(sitting: &Sitting<'_>, interaction: String, anew: bool) -> LoginPrompt {
    let checked = &sitting.checked;
    let (client, label) = named(checked.client());
    let page = checked.page().clone();
    LoginPrompt {
        interaction,
        client,
        label,
        redirect_uri: sitting.recipient.address().redirect_uri.clone(),
        login_hint: page.login_hint,
        hinted_user: checked.hinted().cloned(),
        acr: checked.acr().map(|acr| acr.as_str()),
        display: page.display,
        ui_locales: page.ui_locales,
        anew,
    }
}
