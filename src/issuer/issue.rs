//! From a decision to signed tokens: one road for every grant type.

use std::sync::Arc;

use super::Issuer;
use super::customize::Drafts;
use crate::error::{Error, Fault, Refusal};
use crate::flow::{Arrival, Draft, Granted, IdDraft, IdRequest, Served, Subject, TokenId};
use crate::jose::PublicKey;
use crate::jose::jws::SigningInput;
use crate::model::Org;
use crate::types::Lifetime;

/// What is to be issued.
pub(super) struct Issuing<'a> {
    pub(super) org: &'a Org,
    pub(super) granted: &'a Granted<'a>,
    pub(super) subject: Subject<'a>,
    /// How the tokens were asked for.
    pub(super) arrival: Arrival<'a>,
    /// The id of the access token, unless only an ID token is asked for.
    pub(super) access_token: Option<TokenId>,
    /// What goes into the ID token, if one is asked for; there is none without `openid` or for machines.
    pub(super) id_token: Option<IdTokenOrder<'a>>,
    pub(super) now_millis: i64,
}

/// What the request says of an ID token.
#[derive(Clone, Copy)]
pub(super) struct IdTokenOrder<'a> {
    pub(super) id: [u8; 32],
    pub(super) nonce: Option<&'a str>,
    /// The code that leaves together with it, in the hybrid flow.
    pub(super) code: Option<&'a str>,
    /// Whether the claims that are not always included are left to userinfo.
    pub(super) thin: bool,
}

/// What was issued.
pub(super) struct Issued {
    pub(super) access_token: Option<String>,
    pub(super) expires_in: Lifetime,
    pub(super) id_token: Option<String>,
}

impl Issuer {
    pub(super) async fn issue(&self, issuing: Issuing<'_>) -> Result<Issued, Error> {
        let served = issuing.granted.served();
        let drafts = self.customized(&issuing, drafts(&issuing)?).await?;
        let (mut access_token, mut expires_in) = (None, issuing.granted.lifetimes().access_token);
        if let Some(draft) = drafts.access {
            access_token = Some(self.sign(served, draft.typ(), draft.payload()).await?);
            expires_in = draft.lifetime();
        }
        let mut id_token = None;
        if let Some(draft) = drafts.id {
            let code = issuing.id_token.as_ref().and_then(|order| order.code);
            let draft = draft.complete(access_token.as_deref(), code);
            id_token = Some(self.sign(served, draft.typ(), draft.payload()).await?);
        }
        Ok(Issued { access_token, expires_in, id_token })
    }

    async fn sign(&self, served: Served<'_>, typ: Option<&str>, payload: &[u8]) -> Result<String, Fault> {
        let (server, algorithm) = (served.server, served.server.algorithm());
        let keys = self.bounded(self.0.keys.keys(server.custom_id(), algorithm)).await?;
        self.note_key(served, &keys.active);
        let ours = |key: &&PublicKey| key.key_id() == Some(&keys.active) && key.verifies(algorithm);
        let Some(key) = keys.published.iter().find(ours) else {
            return Err(Fault::internal("the key store signs with a key that nobody could verify with"));
        };
        let input = match key.encoded_header().filter(|_| typ.is_none() && key.algorithm() == Some(algorithm))
        {
            Some(header) => SigningInput::with_header(header, algorithm, payload),
            None => SigningInput::new(algorithm, &keys.active, typ, payload),
        };
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

/// The tokens as the server's claims make them.
fn drafts(issuing: &Issuing<'_>) -> Result<Drafts, Refusal> {
    let Issuing { granted, subject, now_millis, .. } = issuing;
    let access = match &issuing.access_token {
        None => None,
        Some(id) => Some(Draft::new(granted, subject, id, *now_millis)?),
    };
    let id = match &issuing.id_token {
        None => None,
        Some(order) => {
            let request = IdRequest {
                id: order.id,
                nonce: order.nonce,
                with_access_token: order.thin,
                organisation: issuing.org.id(),
            };
            IdDraft::new(granted, subject, &request, *now_millis)?
        }
    };
    Ok(Drafts { access, id })
}
