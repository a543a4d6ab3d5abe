//! How a user signed in, as the host tells it.

use crate::error::Fault;
use crate::flow::encoding::{Decoder, Encoder};
use crate::types::{Timestamp, UserId};

/// A completed sign-in: who, when, and how. The host's session keeps it and hands it to the issuer;
/// tokens tell it on (`auth_time`, `amr`, `acr` and `idp`, OpenID Connect Core §2).
///
/// ```
/// use chancery::Login;
/// use chancery::types::Timestamp;
///
/// let login = Login::new("00u1alice", Timestamp::from_unix(1_767_225_600)).amr("pwd");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    pub(crate) user: UserId,
    pub(crate) at: Timestamp,
    pub(crate) amr: Vec<String>,
    pub(crate) acr: Option<String>,
    pub(crate) session_id: Option<String>,
    pub(crate) idp: Option<String>,
}

impl Login {
    /// This user authenticated at this time.
    pub fn new(user: impl Into<UserId>, at: Timestamp) -> Self {
        Self { user: user.into(), at, amr: Vec::new(), acr: None, session_id: None, idp: None }
    }

    /// Adds an authentication method: `pwd`, `mfa`, `otp`… (RFC 8176 §2).
    #[must_use]
    pub fn amr(mut self, method: impl Into<String>) -> Self {
        self.amr.push(method.into());
        self
    }

    /// The authentication context that was reached, one of Okta's: `urn:okta:loa:1fa:pwd`,
    /// `urn:okta:loa:2fa:any`, `phr`… Without it, requests that demand one are refused.
    #[must_use]
    pub fn acr(mut self, context: impl Into<String>) -> Self {
        self.acr = Some(context.into());
        self
    }

    /// The id of the host's session, `session.id` in expressions. Not the cookie's value: it can reach
    /// tokens.
    #[must_use]
    pub fn session_id(mut self, id: impl Into<String>) -> Self {
        self.session_id = Some(id.into());
        self
    }

    /// The identity provider that authenticated the user; the organisation itself unless set.
    #[must_use]
    pub fn idp(mut self, id: impl Into<String>) -> Self {
        self.idp = Some(id.into());
        self
    }

    /// Who signed in.
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// When.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    pub(crate) fn encode(&self, out: &mut Encoder) {
        out.text(self.user.as_str());
        out.time(self.at);
        out.list(self.amr.iter(), |out, method| out.text(method));
        for optional in [&self.acr, &self.session_id, &self.idp] {
            out.option(optional.as_deref(), Encoder::text);
        }
    }

    pub(crate) fn decode(read: &mut Decoder<'_>) -> Result<Self, Fault> {
        let user = UserId::new(read.text()?);
        let at = read.time()?;
        let amr = read.list(|read| read.text().map(str::to_owned))?;
        let mut optional = || read.option(|read| read.text().map(str::to_owned));
        Ok(Self { user, at, amr, acr: optional()?, session_id: optional()?, idp: optional()? })
    }
}
