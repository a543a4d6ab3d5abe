//! How a user signed in, as the host tells it.

use serde::{Deserialize, Serialize};

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
///
/// // A session that outlives the process keeps it as JSON, on the server's side.
/// let kept = serde_json::to_string(&login)?;
/// assert_eq!(kept, r#"{"user":"00u1alice","at":1767225600,"amr":["pwd"]}"#);
/// assert_eq!(serde_json::from_str::<Login>(&kept)?, login);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Kept", from = "Kept")]
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

/// What a host's session keeps of a sign-in. The names stay: sessions outlive an update.
#[derive(Serialize, Deserialize)]
struct Kept {
    user: String,
    /// Seconds since 1970-01-01T00:00:00Z.
    at: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    amr: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    idp: Option<String>,
}

impl From<Login> for Kept {
    fn from(login: Login) -> Self {
        let Login { user, at, amr, acr, session_id, idp } = login;
        Self { user: user.to_string(), at: at.as_unix(), amr, acr, session_id, idp }
    }
}

impl From<Kept> for Login {
    fn from(kept: Kept) -> Self {
        let Kept { user, at, amr, acr, session_id, idp } = kept;
        Self { user: user.into(), at: Timestamp::from_unix(at), amr, acr, session_id, idp }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_keeps_all_of_it() {
        let at = Timestamp::from_unix(1_767_225_600);
        let login = Login::new("00u1", at).amr("pwd").amr("otp").acr("phr").session_id("102").idp("0oa1");
        let kept = serde_json::to_string(&login).unwrap();
        assert_eq!(serde_json::from_str::<Login>(&kept).unwrap(), login);
        assert_eq!(
            kept,
            r#"{"user":"00u1","at":1767225600,"amr":["pwd","otp"],"acr":"phr","session_id":"102","idp":"0oa1"}"#
        );
    }
}
