//! What tokens are worth now: introspection (RFC 7662), revocation (RFC 7009) and userinfo (OpenID
//! Connect Core §5.3).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Issuer;
use super::token::check_served;
use crate::error::{Error, Fault, Refusal};
use crate::flow::grant::refresh_token::is_live;
use crate::flow::{Authenticated, Claimant, Grant, GrantId, GrantToken, OwnToken, Served, Stage, TokenKind};
use crate::host::{GrantKey, GrantRecord};
use crate::model::{ClientAuth, Org, RegisteredClient, User};
use crate::types::Timestamp;
use crate::wire::TokenRequest;

/// A token that still counts, and whose it is.
enum Live {
    /// An access or ID token.
    Signed {
        token: OwnToken,
        user: Option<Arc<User>>,
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
        check_served(served)?;
        let now = self.now();
        let claimant = Claimant::of(&request.credentials)?;
        let client = self.admit_and_load(org, &claimant, request, now).await?;
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
        check_served(served)?;
        let now = self.now();
        let claimant = Claimant::of(&request.credentials)?;
        let client = self.admit_and_load(org, &claimant, request, now).await?;
        let client =
            self.authenticate(org, served, "revoke", client.as_deref(), &claimant, request, now).await?;
        let text = request.form.get("token").ok_or(Refusal::MissingToken)?;
        if let Some(token) = GrantToken::parse(text) {
            self.revoke_grant(org, served, client, &token, now).await?;
        } else if let Some(token) = self.own_token(served, text).await?
            && token.kind() == TokenKind::Access
            && token.client_id() == Some(client.client().id().as_str())
            && let Some(expires_at) = token.expires_at()
        {
            let record = GrantRecord { bytes: Vec::new(), expires_at };
            self.bounded(self.0.grants.insert(revoked_key(org, served, token.id()), record, now)).await?;
        }
        Ok(())
    }

    /// Revoking a refresh token, or one that it replaced, ends the grant: its access tokens too.
    async fn revoke_grant(
        &self,
        org: &Org,
        served: Served<'_>,
        client: Authenticated<'_>,
        token: &GrantToken,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Some(found) = self.find_grant(org, token.grant_id(), now).await? else { return Ok(()) };
        let own = found.grant.client == *client.client().id() && found.grant.server == *served.server.id();
        // A code is not a token that could be revoked.
        let issued = matches!(found.grant.stage, Stage::Issued { refresh: Some(_), .. });
        if own && issued {
            self.end_grant(org, token.grant_id(), now).await?;
        }
        Ok(())
    }

    /// What the bearer of an access token may know of its user: `sub` and the claims of the granted
    /// scopes (OpenID Connect Core §5.3.2), at the custom authorization server of this id or name.
    ///
    /// # Errors
    /// [`Refusal::InvalidAccessToken`] for everything that is not an access token of a user of this
    /// server, alive in every respect; [`Refusal::InsufficientScope`] without the scope `openid`;
    /// [`Error::Fault`] when a host part fails.
    pub async fn userinfo(&self, server: &str, access_token: &str) -> Result<Value, Error> {
        let org = self.org();
        let served = Self::served(&org, server)?;
        self.userinfo_at(&org, served, access_token).await
    }

    pub(super) async fn userinfo_at(
        &self,
        org: &Org,
        served: Served<'_>,
        access_token: &str,
    ) -> Result<Value, Error> {
        check_served(served)?;
        let live = self.live(org, served, access_token, self.now()).await?;
        let Some(Live::Signed { token, user }) = live else { return Err(Refusal::InvalidAccessToken.into()) };
        if token.kind() != TokenKind::Access {
            return Err(Refusal::InvalidAccessToken.into());
        }
        let Some(user) = user.filter(|_| token.scopes().any(|scope| scope == "openid")) else {
            return Err(Refusal::InsufficientScope.into());
        };
        self.userinfo_claims(org, served, &token, &user).await
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
        let user = allowed(self.holder(org, &client, &grant, now).await)?;
        Ok(user.map(|user| Live::Refresh { grant, user, expires_at }))
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
            return Ok(user.map(|user| Live::Signed { token, user: Some(user) }));
        }
        let revoked = revoked_key(org, served, token.id());
        if self.bounded(self.0.grants.get(&revoked, now)).await?.is_some() {
            return Ok(None);
        }
        let Some(user_id) = token.user_id() else { return Ok(Some(Live::Signed { token, user: None })) };
        let Some(id) = token.grant_id() else { return Ok(None) };
        let user = self.user_of_grant(org, &client, id, user_id, now).await?;
        Ok(user.map(|user| Live::Signed { token, user: Some(user) }))
    }

    /// The user of a grant under which tokens are out, if it has not ended and still holds.
    async fn user_of_grant(
        &self,
        org: &Org,
        client: &RegisteredClient,
        id: GrantId,
        user_id: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<User>>, Fault> {
        let Some(found) = self.find_grant(org, id, now).await? else { return Ok(None) };
        let grant = found.grant;
        let issued = matches!(grant.stage, Stage::Issued { .. });
        if !issued || grant.client != *client.id() || grant.login.user.as_str() != user_id {
            return Ok(None);
        }
        allowed(self.holder(org, client, &grant, now).await)
    }

    async fn active_client(&self, org: &Org, id: &str) -> Result<Option<Arc<RegisteredClient>>, Fault> {
        Ok(self.client(org, id).await?.filter(|client| client.active))
    }

    pub(super) async fn own_token(&self, served: Served<'_>, text: &str) -> Result<Option<OwnToken>, Fault> {
        let keys = self.public_keys(served).await?;
        Ok(OwnToken::read(text, served, &keys))
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.now_millis().div_euclid(1000))
    }
}

impl Live {
    /// A resource server may ask about any token of its authorization server; a public client, which
    /// anybody can claim to be, about its own.
    fn is_shown_to(&self, client: Authenticated<'_>) -> bool {
        let holder = match self {
            Self::Signed { token, .. } => token.client_id(),
            Self::Refresh { grant, .. } => Some(grant.client.as_str()),
        };
        !matches!(client.client().auth, ClientAuth::None) || holder == Some(client.client().id().as_str())
    }

    fn describe(self, served: Served<'_>) -> Value {
        let mut answer = Map::new();
        match self {
            Self::Signed { token, user } => {
                answer.extend(token.claims().clone());
                if let Some(client) = token.client_id() {
                    answer.insert("client_id".to_owned(), client.into());
                }
                if token.kind() == TokenKind::Access {
                    let scopes: Vec<&str> = token.scopes().collect();
                    answer.insert("scope".to_owned(), scopes.join(" ").into());
                    answer.insert("token_type".to_owned(), "Bearer".into());
                }
                if let Some(user) = user {
                    answer.insert("username".to_owned(), user.login().into());
                }
            }
            Self::Refresh { grant, user, expires_at } => {
                let scopes: Vec<&str> = grant.scopes.iter().map(|scope| scope.as_str()).collect();
                for (name, value) in [
                    ("token_type", "Bearer"),
                    ("scope", &scopes.join(" ")),
                    ("client_id", grant.client.as_str()),
                    ("username", user.login()),
                    ("sub", user.login()),
                    ("uid", user.id().as_str()),
                    ("iss", served.issuer.as_str()),
                ] {
                    answer.insert(name.to_owned(), value.into());
                }
                answer.insert("exp".to_owned(), expires_at.as_unix().into());
            }
        }
        answer.insert("active".to_owned(), true.into());
        Value::Object(answer)
    }
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
