//! From a decision to signed tokens: one road for every grant type.

use std::sync::Arc;

use super::Issuer;
use crate::error::{Error, Fault};
use crate::flow::{Draft, Granted, Served, Subject, TokenId};
use crate::jose::PublicKey;
use crate::jose::jws::SigningInput;
use crate::types::Lifetime;

/// What is to be issued.
pub(super) struct Issuing<'a> {
    pub(super) granted: &'a Granted<'a>,
    pub(super) subject: Subject<'a>,
    /// The id of the access token, unless only an ID token is asked for.
    pub(super) access_token: Option<TokenId>,
    pub(super) now_millis: i64,
}

/// What was issued.
pub(super) struct Issued {
    pub(super) access_token: Option<String>,
    pub(super) expires_in: Lifetime,
    pub(super) id_token: Option<String>,
}

impl Issuer {
    pub(super) async fn issue(&self, issuing: Issuing<'_>) -> Result<Issued, Error> {
        let Issuing { granted, subject, .. } = &issuing;
        let served = granted.served();
        let access_token = match &issuing.access_token {
            None => None,
            Some(id) => {
                let draft = Draft::new(granted, subject, id, issuing.now_millis)?;
                Some(self.sign(served, draft.typ(), draft.payload()).await?)
            }
        };
        Ok(Issued { access_token, expires_in: granted.lifetimes().access_token, id_token: None })
    }

    async fn sign(&self, served: Served<'_>, typ: Option<&str>, payload: &[u8]) -> Result<String, Fault> {
        let (server, algorithm) = (served.server, served.server.algorithm());
        let keys = self.bounded(self.0.keys.keys(server.custom_id(), algorithm)).await?;
        let ours = |key: &&PublicKey| key.key_id() == Some(&keys.active) && key.verifies(algorithm);
        let Some(key) = keys.published.iter().find(ours) else {
            return Err(Fault::internal("the key store signs with a key that nobody could verify with"));
        };
        let input = SigningInput::new(algorithm, &keys.active, typ, payload);
        let signature = self.bounded(self.0.keys.sign(&keys.active, input.as_bytes())).await?;
        if signature.len() != key.signature_length() {
            return Err(Fault::internal("the key store answered a signature of the wrong length"));
        }
        Ok(input.finish(&signature))
    }

    /// The public keys that verify the server's tokens.
    pub(super) async fn public_keys(&self, served: Served<'_>) -> Result<Arc<[PublicKey]>, Fault> {
        let server = served.server;
        Ok(self.bounded(self.0.keys.keys(server.custom_id(), server.algorithm())).await?.published)
    }
}
