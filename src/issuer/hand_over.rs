//! What the authorization endpoint issues: a code, tokens, or both.

use super::Issuer;
use super::authorize::Sitting;
use super::events::Concerned;
use super::issue::{IdTokenOrder, Issuing};
use crate::error::{Error, Fault};
use crate::flow::{
    Arrival, ConsentId, Grant, GrantToken, Granted, Login, PendingCode, Stage, Subject, TokenId, needs_groups,
};
use crate::host::{Action, GrantRecord, Issued, Place};
use crate::model::User;
use crate::types::{Lifetime, ResponseType};

/// How long a code can be redeemed (Okta's five minutes).
const CODE: Lifetime = Lifetime::seconds(300);

impl Issuer {
    /// Issues by the response type. Signed before anything is stored: a key store that fails leaves
    /// nothing behind.
    pub(super) async fn issue_at_authorize(
        &self,
        sitting: &Sitting<'_>,
        granted: &Granted<'_>,
        user: &User,
        login: Login,
        consent: Option<ConsentId>,
        concerned: &Concerned,
    ) -> Result<Vec<(&'static str, String)>, Error> {
        let (checked, org, now) = (&sitting.checked, sitting.org, sitting.now());
        let types = checked.types();
        let family = GrantToken::of_new_family(&self.random()?);
        let code = types.has(ResponseType::Code).then(|| family.text());
        let pending = PendingCode {
            code: family.hash(),
            redirect_uri: sitting.recipient.address().redirect_uri.clone(),
            challenge: checked.challenge(),
            nonce: checked.nonce().map(str::to_owned),
            expires_at: now.plus(CODE),
        };
        let grant = Grant {
            server: granted.served().server.id().clone(),
            client: granted.client().id().clone(),
            login,
            shows_acr: checked.acr().is_some(),
            grant: checked.grant(),
            scopes: granted.scopes().iter().cloned().collect(),
            audience: granted.audience().to_string(),
            rule: granted.rule().map(|(policy, rule)| (policy.clone(), rule.clone())),
            lifetimes: granted.lifetimes(),
            consent,
            stage: match code {
                Some(_) => Stage::Code(pending),
                None => Stage::Issued { spent: None, refresh: None },
            },
        };
        let groups = match types.has_tokens() && needs_groups(granted) {
            true => self.groups(org, user).await?,
            false => Vec::new(),
        };
        let app_user = granted.client().app_user(user).unwrap_or_default();
        let access_token = types.has(ResponseType::Token);
        let order = IdTokenOrder {
            id: self.random()?,
            nonce: checked.nonce(),
            code: code.as_deref(),
            thin: access_token,
        };
        let token_id = TokenId::of_user(self.random()?, family.grant_id().0, false);
        let parameter = |name: &str| sitting.request.get(name).map(str::to_owned);
        let issued = self
            .issue(Issuing {
                org,
                granted,
                subject: Subject::User(grant.signed_in(user, &app_user, &groups)),
                arrival: Arrival {
                    endpoint: "/v1/authorize",
                    method: "GET",
                    parameter: &parameter,
                    peer: sitting.browser.peer,
                    grants: &[grant.grant],
                },
                access_token: access_token.then_some(token_id),
                id_token: types.has(ResponseType::IdToken).then_some(order),
                now_millis: sitting.now_millis,
            })
            .await?;
        if code.is_some() || access_token {
            let tokens_until = if access_token { now.plus(issued.expires_in) } else { now };
            let expires_at = grant.forget_at(tokens_until).max(tokens_until);
            let record = GrantRecord { bytes: grant.encode(), expires_at };
            if !self.insert_grant(org, family.grant_id(), record, now).await? {
                return Err(Fault::internal("randomness came twice").into());
            }
        }
        concerned.grant(family.grant_id(), &grant);
        let made = [
            (Issued::Code, code.is_some()),
            (Issued::AccessToken, issued.access_token.is_some()),
            (Issued::IdToken, issued.id_token.is_some()),
        ];
        for (what, _) in made.into_iter().filter(|(_, made)| *made) {
            let issued = || Action::Issued { what, at: Place::Authorize };
            self.note(checked.served(), sitting.browser.peer, concerned, issued);
        }
        let mut parameters = Vec::with_capacity(6);
        if let Some(token) = issued.access_token {
            parameters.push(("access_token", token));
            parameters.push(("token_type", "Bearer".to_owned()));
            parameters.push(("expires_in", issued.expires_in.as_seconds().to_string()));
            parameters.push(("scope", granted.scopes().to_string()));
        }
        parameters.extend(issued.id_token.map(|token| ("id_token", token)));
        parameters.extend(code.map(|code| ("code", code)));
        Ok(parameters)
    }
}
