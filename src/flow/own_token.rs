//! Access and ID tokens of our own that come back: verified, and told apart.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::flow::Served;
use crate::flow::grant_token::GrantId;
use crate::jose::{PublicKey, jws};
use crate::types::Timestamp;

/// A token that this authorization server signed; expired or revoked, perhaps.
pub(crate) struct OwnToken {
    kind: TokenKind,
    claims: Map<String, Value>,
}

/// What a signed token is. Both kinds are signed with the same keys, so one must never pass for the
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Access,
    Id,
}

impl OwnToken {
    /// Reads a token that one of the server's keys signed for the server's issuer. `None` for
    /// everything else.
    pub(crate) fn read(text: &str, served: Served<'_>, keys: &[PublicKey]) -> Option<Self> {
        let parts = jws::split(text).ok()?;
        let key_id = parts.header().key_id()?;
        let key = keys.iter().find(|key| key.key_id() == Some(key_id))?;
        jws::verify(&parts, key).ok()?;
        let claims = parts.claims().ok()?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(served.issuer.as_str()) {
            return None;
        }
        let kind = match text("jti")?.split_once('.')? {
            ("AT", _) => TokenKind::Access,
            ("ID", _) => TokenKind::Id,
            _ => return None,
        };
        let token = Self { kind, claims };
        (token.client_id().is_some() && token.expires_at().is_some()).then_some(token)
    }

    pub(crate) fn kind(&self) -> TokenKind {
        self.kind
    }

    pub(crate) fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    pub(crate) fn id(&self) -> &str {
        self.text("jti").unwrap_or("")
    }

    /// The client it was issued to.
    pub(crate) fn client_id(&self) -> Option<&str> {
        self.text(match self.kind {
            TokenKind::Access => "cid",
            TokenKind::Id => "aud",
        })
    }

    /// The user it is about; a machine's token is about none.
    pub(crate) fn user_id(&self) -> Option<&str> {
        self.text(match self.kind {
            TokenKind::Access => "uid",
            TokenKind::Id => "sub",
        })
    }

    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        self.claims.get("exp").and_then(Timestamp::from_claim)
    }

    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at().is_none_or(|end| end <= now)
    }

    /// The granted scopes of an access token.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &str> {
        self.claims.get("scp").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// The grant that an access token of a user was issued under: the second half of its id.
    pub(crate) fn grant_id(&self) -> Option<GrantId> {
        let random = self.id().split('.').nth(1)?;
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(random).ok()?.try_into().ok()?;
        bytes.last_chunk().copied().map(GrantId)
    }
}
