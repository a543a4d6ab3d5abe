//! The end of a session, asked for by a client (OpenID Connect RP-Initiated Logout 1.0).

use super::Issuer;
use super::answer::{Answer, Browser};
use super::token::check_served;
use crate::error::{Error, Refusal};
use crate::flow::{Login, Served, TokenKind};
use crate::model::Org;
use crate::types::{ClientId, UserId};
use crate::wire::{Call, Form, Reply, ServerPath};

/// A client's user signs out: the host ends the browser's session, and sends the reply or, where the
/// client named no place to go to, its own page that says so.
///
/// What was granted to clients stays: refresh tokens end by revocation, not by a session's end.
#[derive(Debug, Clone)]
pub struct EndSession {
    user: UserId,
    client: ClientId,
    reply: Option<Reply>,
}

impl EndSession {
    /// Who signs out: the user of the browser's session, if it has one.
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// The client that asks for it.
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// The redirect back to the client, if it wants one.
    pub fn into_reply(self) -> Option<Reply> {
        self.reply
    }
}

impl Issuer {
    pub(super) async fn logout_endpoint(
        &self,
        org: &Org,
        server: &ServerPath<'_>,
        call: &Call<'_>,
        browser: &Browser<'_>,
    ) -> Result<Answer, Error> {
        let served = Self::at(org, server, call)?;
        let request = match call.method {
            "GET" => Form::parse(call.query.unwrap_or("").as_bytes())?,
            "POST" => self.form(call)?,
            _ => return Err(Refusal::MethodNotAllowed { allow: "GET, POST" }.into()),
        };
        Ok(Answer::EndSession(self.logout_at(org, served, &request, browser.session).await?))
    }

    /// Judges a request to end the session of a browser, in which `session` is signed in. Errors are for
    /// a page: nothing of the request is to be trusted then.
    async fn logout_at(
        &self,
        org: &Org,
        served: Served<'_>,
        request: &Form<'_>,
        session: Option<&Login>,
    ) -> Result<EndSession, Error> {
        check_served(served)?;
        let hint = request.get("id_token_hint").ok_or(Refusal::InvalidIdTokenHint)?;
        let token = self.own_token(served, hint).await?;
        // However old it is: who signs out late has still been signed in.
        let token = token.filter(|token| token.kind() == TokenKind::Id).ok_or(Refusal::InvalidIdTokenHint)?;
        let user = UserId::from(token.user_id().ok_or(Refusal::InvalidIdTokenHint)?);
        if session.is_some_and(|session| session.user != user) {
            return Err(Refusal::InvalidIdTokenHint.into());
        }
        let client = self.client(org, token.client_id().unwrap_or("")).await?;
        let client = client.filter(|client| client.active).ok_or(Refusal::InvalidIdTokenHint)?;
        let reply = match request.get("post_logout_redirect_uri") {
            None => None,
            Some(uri) if client.post_logout_redirect_uris.iter().any(|known| known == uri) => {
                Some(Reply::signed_out(uri, request.get("state")))
            }
            Some(_) => return Err(Refusal::UnregisteredPostLogoutUri.into()),
        };
        Ok(EndSession { user, client: client.id().clone(), reply })
    }
}
