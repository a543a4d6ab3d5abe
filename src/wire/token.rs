//! Token requests and responses (RFC 6749 §4.4, §5.1).

use std::fmt::Write as _;

use super::credentials::Credentials;
use super::form::Form;
use crate::error::Refusal;
use crate::types::{Lifetime, ScopeSet};

/// A request to a token endpoint, parsed and not judged.
#[derive(Debug, Clone)]
pub struct TokenRequest<'a> {
    pub(crate) credentials: Credentials<'a>,
    pub(crate) form: Form<'a>,
    pub(crate) peer: Option<&'a str>,
}

impl<'a> TokenRequest<'a> {
    /// Reads the Authorization header, if there is one, and the form body.
    ///
    /// # Errors
    /// Those of [`Form::parse`] and [`Credentials::parse`].
    pub fn parse(authorization: Option<&'a [u8]>, body: &'a [u8]) -> Result<Self, Refusal> {
        let form = Form::parse(body)?;
        let credentials = Credentials::parse(authorization.as_slice(), &form)?;
        Ok(Self { credentials, form, peer: None })
    }

    /// Names the peer, as throttling sees it.
    #[must_use]
    pub fn peer(mut self, peer: &'a str) -> Self {
        self.peer = Some(peer);
        self
    }
}

/// What a token endpoint answers.
#[derive(Clone)]
pub struct TokenResponse {
    pub(crate) access_token: String,
    pub(crate) expires_in: Lifetime,
    pub(crate) scopes: ScopeSet,
    pub(crate) id_token: Option<String>,
    pub(crate) refresh_token: Option<String>,
}

impl TokenResponse {
    /// An access token alone.
    pub(crate) fn new(access_token: String, expires_in: Lifetime, scopes: ScopeSet) -> Self {
        Self { access_token, expires_in, scopes, id_token: None, refresh_token: None }
    }

    /// The access token, a compact JWS.
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// How long it lives.
    pub fn expires_in(&self) -> Lifetime {
        self.expires_in
    }

    /// The granted scopes.
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// The ID token, a compact JWS: where a user signed in and `openid` was granted.
    pub fn id_token(&self) -> Option<&str> {
        self.id_token.as_deref()
    }

    /// The refresh token: where `offline_access` was granted and the client may refresh.
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_deref()
    }

    pub(crate) fn to_json(&self) -> String {
        // A token and a scope hold nothing that JSON escapes (RFC 6749 §3.3 excludes `"` and `\`).
        let mut out = String::with_capacity(self.access_token.len() + 160);
        // Writing to memory does not fail.
        let _ = write!(out, r#"{{"token_type":"Bearer","expires_in":{}"#, self.expires_in.as_seconds());
        out.push_str(r#","access_token":""#);
        out.push_str(&self.access_token);
        out.push_str(r#"","scope":""#);
        for (place, scope) in self.scopes.iter().enumerate() {
            if place > 0 {
                out.push(' ');
            }
            out.push_str(scope.as_str());
        }
        out.push('"');
        for (name, token) in [("refresh_token", &self.refresh_token), ("id_token", &self.id_token)] {
            if let Some(token) = token {
                let _ = write!(out, r#","{name}":"{token}""#);
            }
        }
        out.push('}');
        out
    }
}

impl std::fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenResponse")
            .field("expires_in", &self.expires_in)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
