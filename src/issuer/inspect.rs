//! What tokens are worth now: introspection (RFC 7662), revocation (RFC 7009) and userinfo (OpenID
//! Connect Core §5.3).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Issuer;
use super::events::Concerned;
use super::token::{audience, check_served};
use crate::error::{Error, Fault, Refusal};
use crate::flow::grant::refresh_token::is_live;
use crate::flow::{
    Authenticated, Claimant, Grant, GrantToken, Granted, OwnToken, Served, Stage, TokenKind, userinfo,
};
use crate::host::{Action, GrantEnd, GrantKey, GrantRecord};
use crate::model::{ClientAuth, Org, RegisteredClient, User};
use crate::types::{ScopeName, Timestamp, UserId};
use crate::wire::TokenRequest;

/// A token that still counts, and whose it is.
enum Live {
    /// A machine's access token.
    Machine(OwnToken),
    /// A user's access token.
    Access {
        token: OwnToken,
        grant: Grant,
        user: Arc<User>,
    },
    Id {
        token: OwnToken,
        user: Arc<User>,
    },
    Refresh {
        grant: Grant,
        user: Arc<User>,
        expires_at: Timestamp,
    },
}

impl Issuer {
    /// Answers an introspection request at the custom authorization server of this id or name: the
    /// members of RFC 7662 §2.2 and the token's own claims, or `{"active": false}` for every token that
    /// is not worth anything, and for every token of others that a public client asks about.
    ///
    /// # Errors
    /// [`Error::Refused`] when the client does not authenticate or sends no token, [`Error::Fault`] when
    /// a host part fails: a token is never called active in doubt.
    pub async fn introspect(&self, server: &str, request: &TokenRequest<'_>) -> Result<Value, Error> {
        let org = self.org();
        let served = Self::served(&org, server)?;
        self.introspect_at(&org, served, request).await
    }

    pub(super) async fn introspect_at(
        &self,
        org: &Org,
        served: Served<'_>,
        request: &TokenRequest<'_>,
    ) -> Result<Value, Error> {
        let concerned = self.concerned();
        let answer = self.introspected(org, served, request, &concerned).await;
        if let Err(error) = &answer {
            self.note_refused(Some(served), request.peer, &concerned, None, error);
        }
        answer
    }

    async fn introspected(
        &self,
        org: &Org,
        served: Served<'_>,
        request: &TokenRequest<'_>,
        concerned: &Concerned,
    ) -> Result<Value, Error> {
        check_served(served)?;
        let now = self.now();
        let claimant = Claimant::of(&request.credentials)?;
        let client = self.admit_and_load(org, &claimant, request, now, concerned).await?;
        let client =
            self.authenticate(org, served, "introspect", client.as_deref(), &claimant, request, now).await?;
        let text = request.form.get("token").ok_or(Refusal::MissingToken)?;
        let live = self.live(org, served, text, now).await?;
        Ok(match live.filter(|live| live.is_shown_to(client)) {
            None => json!({"active": false}),
            Some(live) => live.describe(served),
        })
    }

    /// Answers a revocation request at the custom authorization server of this id or name. Whatever the
    /// token is, the answer is the same: whether it exists is nobody's business but its client's.
    ///
    /// # Errors
    /// As [`Issuer::introspect`]; after a [`Fault`] the token may still be alive.
    pub async fn revoke(&self, server: &str, request: &TokenRequest<'_>) -> Result<(), Error> {
        let org = self.org();
        let served = Self::served(&org, server)?;
        self.revoke_at(&org, served, request).await
    }

    pub(super) async fn revoke_at(
        &self,
        org: &Org,
        served: Served<'_>,
        request: &TokenRequest<'_>,
    ) -> Result<(), Error> {
        let concerned = self.concerned();
        let answer = self.revoked(org, served, request, &concerned).await;
        if let Err(error) = &answer {
            self.note_refused(Some(served), request.peer, &concerned, None, error);
        }
        answer
    }

    async fn revoked(
        &self,
        org: &Org,
        served: Served<'_>,
        request: &TokenRequest<'_>,
        concerned: &Concerned,
    ) -> Result<(), Error> {
        check_served(served)?;
        let now = self.now();
        let claimant = Claimant::of(&request.credentials)?;
        let client = self.admit_and_load(org, &claimant, request, now, concerned).await?;
        let client =
            self.authenticate(org, served, "revoke", client.as_deref(), &claimant, request, now).await?;
        let text = request.form.get("token").ok_or(Refusal::MissingToken)?;
        if let Some(token) = GrantToken::parse(text) {
            if self.revoke_grant(org, served, client, &token, now, concerned).await? {
                self.note_ended(served, request.peer, concerned, GrantEnd::Revoked);
            }
        } else if let Some(token) = self.own_token(served, text).await?
            && token.kind() == TokenKind::Access
            && token.client_id() == Some(client.client().id().as_str())
            && let Some(expires_at) = token.expires_at()
        {
            let record = GrantRecord { bytes: Vec::new(), expires_at };
            let key = revoked_key(org, served, token.id());
            if self.bounded(self.0.grants.insert(key, record, now)).await? {
                token.user_id().into_iter().for_each(|user| concerned.user(&UserId::from(user)));
                self.note(served, request.peer, concerned, || Action::TokenRevoked);
            }
        }
        Ok(())
    }

    /// Revoking a refresh token, or one that it replaced, ends the grant: its access tokens too. `false` if
    /// there is none, or it had ended.
    async fn revoke_grant(
        &self,
        org: &Org,
        served: Served<'_>,
        client: Authenticated<'_>,
        token: &GrantToken,
        now: Timestamp,
        concerned: &Concerned,
    ) -> Result<bool, Fault> {
        let id = token.grant_id();
        let Some(found) = self.find_grant(org, id, now).await? else { return Ok(false) };
        let own = found.grant.client == *client.client().id() && found.grant.server == *served.server.id();
        // A code is not a token that could be revoked, neither before nor after it was redeemed.
        let is_refresh_token = match &found.grant.stage {
            Stage::Issued { spent, refresh: Some(_) } => !spent.is_some_and(|code| code.matches(token)),
            _ => false,
        };
        if !own || !is_refresh_token {
            return Ok(false);
        }
        concerned.grant(id, &found.grant);
        self.end_grant(org, id, now).await
    }

    /// What the bearer of an access token may know of its user: `sub` and the claims of the granted
    /// scopes (OpenID Connect Core §5.3.2), at the custom authorization server of this id or name.
    ///
    /// # Errors
    /// [`Refusal::InvalidAccessToken`] for everything that is not an access token of a user of this
    /// server, alive in every respect; [`Refusal::InsufficientScope`] without the scope `openid`;
    /// [`Error::Fault`] when a host part fails.
    pub async fn userinfo(&self, server: &str, access_token: &str) -> Result<String, Error> {
        let org = self.org();
        let served = Self::served(&org, server)?;
        self.userinfo_at(&org, served, access_token).await
    }

    pub(super) async fn userinfo_at(
        &self,
        org: &Org,
        served: Served<'_>,
        access_token: &str,
    ) -> Result<String, Error> {
        check_served(served)?;
        let (token, grant, user) = match self.live(org, served, access_token, self.now()).await? {
            Some(Live::Access { token, grant, user }) => (token, grant, user),
            Some(Live::Machine(_)) => return Err(Refusal::InsufficientScope.into()),
            _ => return Err(Refusal::InvalidAccessToken.into()),
        };
        if !token.scopes().any(|scope| scope == "openid") {
            return Err(Refusal::InsufficientScope.into());
        }
        let client = self.client(org, grant.client.as_str()).await?.ok_or(Refusal::InvalidAccessToken)?;
        let groups = self.groups(org, &user).await?;
        let app_user = client.app_user(&user).ok_or(Refusal::InvalidAccessToken)?;
        let scopes = token.scopes().filter_map(|scope| ScopeName::parse(scope).ok()).collect();
        let subject = grant.signed_in(&user, &app_user, &groups);
        Ok(userinfo(served.server, &client, &scopes, &subject, self.now_millis())?)
    }

    /// The token, if it counts: ours, not expired, not revoked, its client active, and for a user's one
    /// the user and the grant as they must be.
    async fn live(
        &self,
        org: &Org,
        served: Served<'_>,
        text: &str,
        now: Timestamp,
    ) -> Result<Option<Live>, Fault> {
        match GrantToken::parse(text) {
            Some(token) => self.live_refresh_token(org, served, &token, now).await,
            None => self.live_signed_token(org, served, text, now).await,
        }
    }

    async fn live_refresh_token(
        &self,
        org: &Org,
        served: Served<'_>,
        token: &GrantToken,
        now: Timestamp,
    ) -> Result<Option<Live>, Fault> {
        let Some(found) = self.find_grant(org, token.grant_id(), now).await? else { return Ok(None) };
        let grant = found.grant;
        let Some(client) = self.active_client(org, grant.client.as_str()).await? else { return Ok(None) };
        let Some(expires_at) = is_live(&client, served, &grant, token, now) else { return Ok(None) };
        let Some(holder) = allowed(self.holder(org, &client, &grant, now).await)? else { return Ok(None) };
        let Ok(audience) = audience(served, &grant) else { return Ok(None) };
        // What it would yield if it were used now.
        let granted = holder.allows(Granted::recorded(served, &client, &grant, audience));
        let Some(scopes) = granted.map(Granted::into_scopes) else { return Ok(None) };
        let grant = Grant { scopes: scopes.iter().cloned().collect(), ..grant };
        Ok(Some(Live::Refresh { grant, user: holder.user, expires_at }))
    }

    async fn live_signed_token(
        &self,
        org: &Org,
        served: Served<'_>,
        text: &str,
        now: Timestamp,
    ) -> Result<Option<Live>, Fault> {
        let Some(token) = self.own_token(served, text).await? else { return Ok(None) };
        if token.is_expired(now) {
            return Ok(None);
        }
        let client = self.active_client(org, token.client_id().unwrap_or("")).await?;
        let Some(client) = client else { return Ok(None) };
        if token.kind() == TokenKind::Id {
            let user = match token.user_id() {
                Some(id) => allowed(self.active_user(org, &id.into()).await)?,
                None => None,
            };
            return Ok(user.map(|user| Live::Id { token, user }));
        }
        let revoked = revoked_key(org, served, token.id());
        if self.bounded(self.0.grants.get(&revoked, now)).await?.is_some() {
            return Ok(None);
        }
        let Some(user_id) = token.user_id() else { return Ok(Some(Live::Machine(token))) };
        let Some(id) = token.grant_id() else { return Ok(None) };
        let Some(found) = self.find_grant(org, id, now).await? else { return Ok(None) };
        let grant = found.grant;
        // In the hybrid flow it left together with the code, which may wait to be redeemed.
        let ended = matches!(grant.stage, Stage::Revoked);
        if ended || grant.client != *client.id() || grant.login.user.as_str() != user_id {
            return Ok(None);
        }
        let holder = allowed(self.holder(org, &client, &grant, now).await)?;
        Ok(holder.map(|holder| Live::Access { token, grant, user: holder.user }))
    }

    async fn active_client(&self, org: &Org, id: &str) -> Result<Option<Arc<RegisteredClient>>, Fault> {
        Ok(self.client(org, id).await?.filter(|client| client.active))
    }

    pub(super) async fn own_token(&self, served: Served<'_>, text: &str) -> Result<Option<OwnToken>, Fault> {
        let keys = self.public_keys(served).await?;
        Ok(OwnToken::read(text, served, &keys))
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.now_millis().div_euclid(1000))
    }
}

impl Live {
    /// A resource server may ask about any token of its authorization server; a public client, which
    /// anybody can claim to be, about its own.
    fn is_shown_to(&self, client: Authenticated<'_>) -> bool {
        let holder = match self {
            Self::Machine(token) | Self::Access { token, .. } | Self::Id { token, .. } => token.client_id(),
            Self::Refresh { grant, .. } => Some(grant.client.as_str()),
        };
        !matches!(client.client().auth, ClientAuth::None) || holder == Some(client.client().id().as_str())
    }

    fn describe(self, served: Served<'_>) -> Value {
        let (mut answer, user) = match self {
            Self::Machine(token) => (access_token(&token), None),
            Self::Access { token, user, .. } => (access_token(&token), Some(user)),
            Self::Id { token, user } => {
                let mut answer = token.claims().clone();
                answer.insert("client_id".to_owned(), token.client_id().into());
                (answer, Some(user))
            }
            Self::Refresh { grant, user, expires_at } => {
                let scopes: Vec<&str> = grant.scopes.iter().map(|scope| scope.as_str()).collect();
                let answer = json!({
                    "token_type": "Bearer", "scope": scopes.join(" "), "client_id": grant.client.as_str(),
                    "sub": user.login(), "uid": user.id().as_str(), "iss": served.issuer.as_str(),
                    "exp": expires_at.as_unix(),
                });
                (answer.as_object().cloned().unwrap_or_default(), Some(user))
            }
        };
        if let Some(user) = user {
            answer.insert("username".to_owned(), user.login().into());
        }
        answer.insert("active".to_owned(), true.into());
        Value::Object(answer)
    }
}

/// The token's own claims, and what RFC 7662 calls some of them.
fn access_token(token: &OwnToken) -> Map<String, Value> {
    let mut answer = token.claims().clone();
    let scopes: Vec<&str> = token.scopes().collect();
    answer.insert("scope".to_owned(), scopes.join(" ").into());
    answer.insert("client_id".to_owned(), token.client_id().into());
    answer.insert("token_type".to_owned(), "Bearer".into());
    answer
}

/// What a refusal is to who only asks: nothing.
fn allowed<T>(result: Result<T, Error>) -> Result<Option<T>, Fault> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Refused(_)) => Ok(None),
        Err(Error::Fault(fault)) => Err(fault),
    }
}

/// Where the mark stands that one access token was revoked.
fn revoked_key(org: &Org, served: Served<'_>, token_id: &str) -> GrantKey {
    GrantKey::new(&[org.base().as_str(), served.server.id().as_str(), "revoked", token_id])
}
