//! Token requests and responses (RFC 6749 §4.4, §5.1).

use serde_json::Value;

use super::credentials::Credentials;
use super::form::Form;
use crate::error::Refusal;
use crate::types::{Lifetime, ScopeSet, Secret};

/// A request to a token endpoint, parsed and not judged.
#[derive(Debug, Clone)]
pub struct TokenRequest<'a> {
    pub(crate) credentials: Credentials<'a>,
    pub(crate) form: Form<'a>,
    pub(crate) peer: Option<&'a str>,
    pub(crate) from_browser: bool,
}

impl<'a> TokenRequest<'a> {
    /// Reads the Authorization header, if there is one, and the form body.
    ///
    /// # Errors
    /// Those of [`Form::parse`] and [`Credentials::parse`].
    pub fn parse(authorization: Option<&'a [u8]>, body: &'a [u8]) -> Result<Self, Refusal> {
        let form = Form::parse(body)?;
        let credentials = Credentials::parse(authorization.as_slice(), &form)?;
        Ok(Self { credentials, form, peer: None, from_browser: false })
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
    pub(crate) access_token: Secret,
    pub(crate) expires_in: Lifetime,
    pub(crate) scopes: ScopeSet,
}

impl TokenResponse {
    /// The access token, a compact JWS.
    pub fn access_token(&self) -> &str {
        self.access_token.expose()
    }

    /// How long it lives.
    pub fn expires_in(&self) -> Lifetime {
        self.expires_in
    }

    /// The granted scopes.
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    pub(crate) fn to_json(&self) -> String {
        // Written by hand: a token holds no character that JSON escapes, a scope may.
        let scope = Value::String(self.scopes.to_string());
        format!(
            r#"{{"token_type":"Bearer","expires_in":{},"access_token":"{}","scope":{scope}}}"#,
            self.expires_in.as_seconds(),
            self.access_token(),
        )
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
