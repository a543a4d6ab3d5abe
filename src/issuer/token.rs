//! The token endpoint.

use std::sync::Arc;

use super::events::Concerned;
use super::grants::{MOST_RACES, too_many_races};
use super::issue::{IdTokenOrder, Issuing};
use super::{Issuer, deadline};
use crate::error::{Error, Fault, Refusal, SERVED_GRANTS};
use crate::flow::{
    Arrival, Authenticated, Claimant, Grant, GrantId, Granted, Served, Subject, TokenId, grant, needs_groups,
};
use crate::host::GrantEnd;
use crate::model::{Org, User};
use crate::types::{GrantType, Timestamp};
use crate::wire::{TokenRequest, TokenResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// One request to the token endpoint, its client authenticated.
#[derive(Clone, Copy)]
pub(super) struct TokenCall<'a> {
    pub(super) org: &'a Org,
    pub(super) served: Served<'a>,
    pub(super) client: Authenticated<'a>,
    pub(super) request: &'a TokenRequest<'a>,
    pub(super) now_millis: i64,
    /// For the host's log.
    pub(super) concerned: &'a Concerned,
}

impl TokenCall<'_> {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.now_millis.div_euclid(1000))
    }

    fn parameter(&self) -> impl Fn(&str) -> Option<String> + Sync {
        let form = &self.request.form;
        |name| form.get(name).map(str::to_owned)
    }

    fn arrival<'a>(
        &'a self,
        grants: &'a [GrantType],
        parameter: &'a (dyn Fn(&str) -> Option<String> + Sync),
    ) -> Arrival<'a> {
        Arrival { endpoint: "/v1/token", method: "POST", parameter, peer: self.request.peer, grants }
    }
}

impl Issuer {
    /// Answers a token request at the custom authorization server of this id or name.
    ///
    /// # Errors
    /// [`Error::Refused`] with every reason that the token endpoint has, [`Error::Fault`] when a
    /// host part fails. Nothing is issued then.
    pub async fn token(&self, server: &str, request: &TokenRequest<'_>) -> Result<TokenResponse, Error> {
        let org = self.org();
        let served = Self::served(&org, server)?;
        self.token_at(&org, served, request).await
    }

    /// Answers a token request at the org authorization server.
    ///
    /// # Errors
    /// As [`Issuer::token`].
    pub async fn org_token(&self, request: &TokenRequest<'_>) -> Result<TokenResponse, Error> {
        let org = self.org();
        let served = Self::served_org(&org)?;
        self.token_at(&org, served, request).await
    }

    pub(super) async fn token_at(
        &self,
        org: &Org,
        served: Served<'_>,
        request: &TokenRequest<'_>,
    ) -> Result<TokenResponse, Error> {
        let concerned = self.concerned();
        let answer = self.token_judged(org, served, request, &concerned).await;
        self.note_token(served, request.peer, &concerned, &answer);
        answer
    }

    async fn token_judged(
        &self,
        org: &Org,
        served: Served<'_>,
        request: &TokenRequest<'_>,
        concerned: &Concerned,
    ) -> Result<TokenResponse, Error> {
        check_served(served)?;
        let now_millis = self.now_millis();
        let now = Timestamp::from_unix(now_millis.div_euclid(1000));
        let claimant = Claimant::of(&request.credentials)?;
        let client = self.admit_and_load(org, &claimant, request, now, concerned).await?;
        let client =
            self.authenticate(org, served, "token", client.as_deref(), &claimant, request, now).await?;
        let call = TokenCall { org, served, client, request, now_millis, concerned };
        match grant_type(client, request)? {
            GrantType::ClientCredentials => self.client_credentials(call).await,
            // In boxes: a machine's request should not carry their room along.
            GrantType::AuthorizationCode => Box::pin(self.authorization_code(call)).await,
            GrantType::RefreshToken => Box::pin(self.refresh_token(call)).await,
            _ => Err(Refusal::UnsupportedGrantType { configured: client.client().grants.clone() }.into()),
        }
    }

    async fn client_credentials(&self, call: TokenCall<'_>) -> Result<TokenResponse, Error> {
        let access = grant::client_credentials::request(call.client, call.served, &call.request.form)?;
        let granted = access.decide()?;
        call.concerned.granted(&granted);
        let id = TokenId::of_machine(self.random()?);
        let parameter = call.parameter();
        let issuing = Issuing {
            org: call.org,
            granted: &granted,
            subject: Subject::Machine,
            arrival: call.arrival(&[GrantType::ClientCredentials], &parameter),
            access_token: Some(id),
            id_token: None,
            now_millis: call.now_millis,
        };
        let issued = self.issue(issuing).await?;
        let access_token = issued.access_token.unwrap_or_default();
        Ok(TokenResponse::new(access_token, issued.expires_in, granted.into_scopes()))
    }

    async fn authorization_code(&self, call: TokenCall<'_>) -> Result<TokenResponse, Error> {
        use grant::authorization_code::{Redemption, code, redeem, redeemed, refresh_token};
        let TokenCall { org, served, client, request, .. } = call;
        let now = call.now();
        let code = code(&request.form)?;
        let id = code.grant_id();
        let found = self.find_grant(org, id, now).await?.ok_or(Refusal::InvalidCode)?;
        call.concerned.grant(id, &found.grant);
        let nonce = match redeem(client, served, &found.grant, &code, &request.form, now)? {
            Redemption::Valid { nonce } => nonce,
            Redemption::Ends(refusal) => {
                let why = match refusal {
                    Refusal::PkceMismatch => GrantEnd::PkceMismatch,
                    _ => GrantEnd::CodeReplayed,
                };
                self.end(call, id, why).await?;
                return Err(refusal.into());
            }
        };
        let holder = self.holder(org, client.client(), &found.grant, now).await?;
        let granted =
            Granted::recorded(served, client.client(), &found.grant, audience(served, &found.grant)?);
        let granted = holder.allows(granted).ok_or(Refusal::InvalidCode)?;
        call.concerned.granted(&granted);
        let random: [u8; 60] = self.random()?;
        let (for_refresh, for_tokens) = random.split_first_chunk().unwrap_or((&[0; 12], &[]));
        let refresh = refresh_token(client, &found.grant).then(|| code.sibling(for_refresh));
        let tokens = UserTokens {
            granted: &granted,
            grant: &found.grant,
            user: &holder.user,
            id,
            random: for_tokens.try_into().map_err(Fault::internal)?,
            nonce: nonce.as_deref(),
            with_refresh_token: refresh.is_some(),
            grants: &[found.grant.grant],
        };
        // Signed before the code is spent: a key store that fails loses nobody a sign-in.
        let mut response = self.user_tokens(call, tokens).await?;
        let next = redeemed(&found.grant, &code, refresh.as_ref(), now);
        let keep_until = now.plus(response.expires_in);
        if !self.change_grant(org, id, &found, &next, keep_until, now).await? {
            // Somebody else was quicker with the same code. One of the two should not have it.
            self.end(call, id, GrantEnd::CodeReplayed).await?;
            return Err(Refusal::InvalidCode.into());
        }
        response.refresh_token = refresh.map(|token| token.text());
        Ok(response)
    }

    async fn refresh_token(&self, call: TokenCall<'_>) -> Result<TokenResponse, Error> {
        use grant::refresh_token::{Use, judge, request, rotate, token};
        let TokenCall { org, served, client, .. } = call;
        let now = call.now();
        let token = token(&call.request.form)?;
        let id = token.grant_id();
        let mut found = self.find_grant(org, id, now).await?.ok_or(Refusal::InvalidRefreshToken)?;
        call.concerned.grant(id, &found.grant);
        let mut chain = match judge(client, served, &found.grant, &token, now)? {
            Use::Valid(chain) => chain,
            Use::Reused => return self.reused(call, id).await,
        };
        let grant = found.grant.clone();
        let holder = self.holder(org, client.client(), &grant, now).await?;
        let grants = [grant.grant, GrantType::RefreshToken];
        let access = request(client, served, &grant, &holder.user, &grants, &call.request.form)?;
        let granted = holder.allows(access.decide()?).ok_or(Refusal::InvalidRefreshToken)?;
        call.concerned.granted(&granted);
        let random: [u8; 64] = self.random()?;
        let (salt, for_tokens) = random.split_first_chunk().unwrap_or((&[0; 16], &[]));
        let tokens = UserTokens {
            granted: &granted,
            grant: &grant,
            user: &holder.user,
            id,
            random: for_tokens.try_into().map_err(Fault::internal)?,
            nonce: None,
            with_refresh_token: true,
            grants: &grants,
        };
        let mut response = self.user_tokens(call, tokens).await?;
        let lifetimes = granted.lifetimes();
        for _ in 0..MOST_RACES {
            let window = lifetimes.refresh_token_window;
            let (answer, next) = rotate(client, &found.grant, &token, &chain, salt, now, window);
            let keep_until = now.plus(response.expires_in);
            if self.change_grant(org, id, &found, &next, keep_until, now).await? {
                response.refresh_token = Some(answer.text());
                return Ok(response);
            }
            found = self.find_grant(org, id, now).await?.ok_or(Refusal::InvalidRefreshToken)?;
            chain = match judge(client, served, &found.grant, &token, now)? {
                Use::Valid(chain) => chain,
                Use::Reused => return self.reused(call, id).await,
            };
        }
        Err(too_many_races().into())
    }

    /// RFC 9700 §4.14.2: two hold the token, and nobody knows who is the right one.
    async fn reused(&self, call: TokenCall<'_>, id: GrantId) -> Result<TokenResponse, Error> {
        self.end(call, id, GrantEnd::RefreshTokenReused).await?;
        Err(Refusal::InvalidRefreshToken.into())
    }

    async fn end(&self, call: TokenCall<'_>, id: GrantId, why: GrantEnd) -> Result<(), Fault> {
        if self.end_grant(call.org, id, call.now()).await? {
            self.note_ended(call.served, call.request.peer, call.concerned, why);
        }
        Ok(())
    }

    /// Makes and signs the tokens of a user's grant: an access token, and an ID token with `openid`.
    async fn user_tokens(&self, call: TokenCall<'_>, tokens: UserTokens<'_>) -> Result<TokenResponse, Error> {
        let UserTokens { granted, grant, user, .. } = tokens;
        let groups = match needs_groups(granted) {
            true => self.groups(call.org, user).await?,
            false => Vec::new(),
        };
        let app_user = call.client.client().app_user(user).ok_or(Refusal::UserNotAssigned)?;
        let subject = Subject::User(grant.signed_in(user, &app_user, &groups));
        let (for_access, for_id) = tokens.random.split_first_chunk().unwrap_or((&[0; 16], &[]));
        let order = IdTokenOrder {
            id: for_id.try_into().map_err(Fault::internal)?,
            nonce: tokens.nonce,
            code: None,
            thin: true,
        };
        let parameter = call.parameter();
        let issuing = Issuing {
            org: call.org,
            granted,
            subject,
            arrival: call.arrival(tokens.grants, &parameter),
            access_token: Some(TokenId::of_user(*for_access, tokens.id.0, tokens.with_refresh_token)),
            id_token: Some(order),
            now_millis: call.now_millis,
        };
        let issued = self.issue(issuing).await?;
        let access_token = issued.access_token.unwrap_or_default();
        let mut response = TokenResponse::new(access_token, issued.expires_in, granted.scopes().clone());
        response.id_token = issued.id_token;
        Ok(response)
    }

    /// Randomness for one request, drawn at once.
    pub(super) fn random<const N: usize>(&self) -> Result<[u8; N], Fault> {
        let mut random = [0; N];
        self.0.entropy.fill(&mut random)?;
        Ok(random)
    }

    /// An id for an error of Okta's management shape, `oae…`.
    pub(super) fn error_id(&self) -> String {
        let mut id = [0; 15];
        // It is made where panics are not contained any more, and no answer is worth losing for it.
        match deadline::contain_call(|| self.0.entropy.fill(&mut id)) {
            Ok(()) => format!("oae{}", URL_SAFE_NO_PAD.encode(id)),
            Err(_) => "oae".to_owned(),
        }
    }
}

/// What the tokens of a user's grant are made of.
#[derive(Clone, Copy)]
struct UserTokens<'a> {
    granted: &'a Granted<'a>,
    grant: &'a Grant,
    user: &'a User,
    id: GrantId,
    /// 16 bytes for the access token, 32 for the ID token.
    random: &'a [u8; 48],
    nonce: Option<&'a str>,
    with_refresh_token: bool,
    /// How the client asks.
    grants: &'a [GrantType],
}

/// Whether the server answers at all.
pub(super) fn check_served(served: Served<'_>) -> Result<(), Refusal> {
    served.check()
}

/// The audience that a grant was made for, if the server still has it.
pub(super) fn audience<'a>(served: Served<'a>, grant: &Grant) -> Result<&'a Arc<str>, Refusal> {
    let known = served.server.audiences.iter().find(|audience| ***audience == *grant.audience);
    known.ok_or(Refusal::UnknownAudience)
}

/// The grant type, if the request names one that this client may use here.
fn grant_type(client: Authenticated<'_>, request: &TokenRequest<'_>) -> Result<GrantType, Refusal> {
    let configured = || client.client().grants.clone();
    let Some(name) = request.form.get("grant_type") else { return Err(Refusal::MissingGrantType) };
    let unsupported = || Refusal::UnsupportedGrantType { configured: configured() };
    let grant = GrantType::parse(name).ok_or_else(unsupported)?;
    if grant == GrantType::Implicit {
        // A grant of the authorization endpoint; no client has it here.
        return Err(unsupported());
    }
    if !client.client().grants.contains(&grant) {
        return Err(Refusal::UnauthorizedClient { grant, configured: configured() });
    }
    if !SERVED_GRANTS.contains(&grant) {
        return Err(unsupported());
    }
    Ok(grant)
}
