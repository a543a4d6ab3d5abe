//! The token endpoint.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Issuer, deadline};
use crate::error::{Error, Fault, Refusal, SERVED_GRANTS};
use crate::flow::{Authenticated, Claimant, Draft, Proof, Served, Subject, grant};
use crate::host::{Attempt, GrantKey, GrantRecord};
use crate::jose::PublicKey;
use crate::jose::jws::SigningInput;
use crate::model::{Org, RegisteredClient};
use crate::types::{GrantType, Timestamp};
use crate::wire::{Credentials, TokenRequest, TokenResponse};

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
        if !served.server.is_active() {
            return Err(Refusal::InactiveServer.into());
        }
        if let Some(setting) = served.server.unsupported {
            return Err(Refusal::UnsupportedSetting { setting }.into());
        }
        if !served.server.token_policies.is_empty() {
            return Err(Refusal::UnsupportedSetting { setting: "chancery.tokenPolicies" }.into());
        }
        let now_millis = self.now_millis();
        let now = Timestamp::from_unix(now_millis.div_euclid(1000));
        let claimant = Claimant::of(&request.credentials)?;
        let client = self.admit_and_load(org, &claimant, request, now).await?;
        let proof = match self.check(client.as_deref(), served, &claimant, request, now) {
            Ok(proof) => proof,
            Err(refusal) => {
                self.note_failure(&claimant, request, now).await?;
                return Err(refusal.into());
            }
        };
        let client = self.confirm(org, served, proof, now).await?;
        let access = match grant_type(client, request)? {
            GrantType::ClientCredentials => {
                grant::client_credentials::request(client, served, &request.form)?
            }
            _ => {
                return Err(
                    Refusal::UnsupportedGrantType { configured: client.client().grants.clone() }.into()
                );
            }
        };
        let granted = access.decide()?;
        let mut id = [0; 32];
        self.0.entropy.fill(&mut id)?;
        let draft = Draft::new(&granted, &Subject::machine(), &id, now_millis)?;
        let access_token = self.sign(served, &draft).await?;
        let expires_in = granted.lifetimes().access_token;
        Ok(TokenResponse { access_token, expires_in, scopes: granted.into_scopes() })
    }

    async fn admit_and_load(
        &self,
        org: &Org,
        claimant: &Claimant<'_>,
        request: &TokenRequest<'_>,
        now: Timestamp,
    ) -> Result<Option<Arc<RegisteredClient>>, Error> {
        if let Some(throttle) = &self.0.throttle {
            let wait = self.bounded(throttle.admit(attempt(claimant, request, now))).await?;
            if let Some(retry_after) = wait {
                return Err(Refusal::Throttled { retry_after }.into());
            }
        }
        Ok(self.client(org, claimant.id()).await?)
    }

    fn check<'a>(
        &self,
        client: Option<&'a RegisteredClient>,
        served: Served<'_>,
        claimant: &Claimant<'_>,
        request: &TokenRequest<'_>,
        now: Timestamp,
    ) -> Result<Proof<'a>, Refusal> {
        let endpoint = match request.credentials {
            Credentials::Assertion(_) => format!("{}/v1/token", served.endpoint_base()),
            _ => String::new(),
        };
        let audiences = [&*endpoint, served.issuer.as_str()];
        Proof::check(client, &request.credentials, claimant, &audiences, self.0.assertion_rules, now)
    }

    async fn note_failure(
        &self,
        claimant: &Claimant<'_>,
        request: &TokenRequest<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        match &self.0.throttle {
            Some(throttle) => self.bounded(throttle.failed(attempt(claimant, request, now))).await,
            None => Ok(()),
        }
    }

    /// Marks an assertion as used before anything is decided by it.
    async fn confirm<'a>(
        &self,
        org: &Org,
        served: Served<'_>,
        proof: Proof<'a>,
        now: Timestamp,
    ) -> Result<Authenticated<'a>, Error> {
        let Some(once) = proof.single_use() else { return Ok(proof.confirm(true)?) };
        let client = proof.client().id();
        let key = GrantKey::new(&[
            org.base().as_str(),
            served.server.id().as_str(),
            "jti",
            client.as_str(),
            &once.id,
        ]);
        let record = GrantRecord { bytes: Vec::new(), expires_at: once.until };
        let first = self.bounded(self.0.grants.insert(key, record, now)).await?;
        Ok(proof.confirm(first)?)
    }

    async fn sign(&self, served: Served<'_>, draft: &Draft) -> Result<String, Fault> {
        let (server, algorithm) = (served.server, served.server.algorithm());
        let keys = self.bounded(self.0.keys.keys(server.custom_id(), algorithm)).await?;
        let ours = |key: &&PublicKey| key.key_id() == Some(&keys.active) && key.verifies(algorithm);
        let Some(key) = keys.published.iter().find(ours) else {
            return Err(Fault::internal("the key store signs with a key that nobody could verify with"));
        };
        let input = SigningInput::new(algorithm, &keys.active, draft.typ(), draft.payload());
        let signature = self.bounded(self.0.keys.sign(&keys.active, input.as_bytes())).await?;
        if signature.len() != key.signature_length() {
            return Err(Fault::internal("the key store answered a signature of the wrong length"));
        }
        Ok(input.finish(&signature))
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

fn attempt<'a>(claimant: &'a Claimant<'_>, request: &'a TokenRequest<'_>, now: Timestamp) -> Attempt<'a> {
    Attempt { client_id: claimant.id(), peer: request.peer, now }
}

/// The grant type, if the request names one that this client may use here.
fn grant_type(client: Authenticated<'_>, request: &TokenRequest<'_>) -> Result<GrantType, Refusal> {
    let configured = || client.client().grants.clone();
    let name = request.form.get("grant_type").ok_or(Refusal::MissingGrantType)?;
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
