//! Which client sends a request: every endpoint that wants to know asks here.

use std::sync::Arc;

use super::Issuer;
use super::events::Concerned;
use crate::error::{Error, Fault, Refusal};
use crate::flow::{Authenticated, Claimant, Proof, Served};
use crate::host::{Attempt, GrantKey, GrantRecord};
use crate::model::{Org, RegisteredClient};
use crate::types::Timestamp;
use crate::wire::{Credentials, TokenRequest};

impl Issuer {
    /// Finds the client that the credentials name, if whoever tries may try.
    pub(super) async fn admit_and_load(
        &self,
        org: &Org,
        claimant: &Claimant<'_>,
        request: &TokenRequest<'_>,
        now: Timestamp,
        concerned: &Concerned,
    ) -> Result<Option<Arc<RegisteredClient>>, Error> {
        concerned.claims(claimant.id());
        if let Some(throttle) = &self.0.throttle {
            let wait = self.bounded(throttle.admit(attempt(claimant, request, now))).await?;
            if let Some(retry_after) = wait {
                return Err(Refusal::Throttled { retry_after }.into());
            }
        }
        let client = self.client(org, claimant.id()).await?;
        client.iter().for_each(|client| concerned.client(client.id()));
        Ok(client)
    }

    /// Checks the credentials. `endpoint` is the end of the path that was called, such as `token`: an
    /// assertion may name the URL as its audience.
    #[expect(clippy::too_many_arguments, reason = "all of it is the request, loaded step by step")]
    pub(super) async fn authenticate<'a>(
        &self,
        org: &Org,
        served: Served<'_>,
        endpoint: &str,
        client: Option<&'a RegisteredClient>,
        claimant: &Claimant<'_>,
        request: &TokenRequest<'_>,
        now: Timestamp,
    ) -> Result<Authenticated<'a>, Error> {
        match self.check(client, served, endpoint, claimant, request, now) {
            Ok(proof) => self.confirm(org, served, proof, now).await,
            Err(refusal) => {
                self.note_failure(claimant, request, now).await?;
                Err(refusal.into())
            }
        }
    }

    fn check<'a>(
        &self,
        client: Option<&'a RegisteredClient>,
        served: Served<'_>,
        endpoint: &str,
        claimant: &Claimant<'_>,
        request: &TokenRequest<'_>,
        now: Timestamp,
    ) -> Result<Proof<'a>, Refusal> {
        let url = match request.credentials {
            Credentials::Assertion(_) => format!("{}/v1/{endpoint}", served.endpoint_base()),
            _ => String::new(),
        };
        let audiences = [&*url, served.issuer.as_str()];
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
}

fn attempt<'a>(claimant: &'a Claimant<'_>, request: &'a TokenRequest<'_>, now: Timestamp) -> Attempt<'a> {
    Attempt { client_id: claimant.id(), peer: request.peer, now }
}
