//! A request that waits for its user: to sign in, then to consent. Kept in the store under a random
//! handle, bound to one browser, and finished once.

use ring::digest;

use crate::error::Fault;
use crate::flow::encoding::{Decoder, Encoder, corrupt};
use crate::flow::login::Login;
use crate::types::{Lifetime, ServerId, Timestamp, UserId, same_bytes};
use crate::wire::AuthorizeRequest;

/// How long a request waits.
pub(crate) const WAITS: Lifetime = Lifetime::minutes(60);

/// A waiting request, as stored. Of the request only what was sent is kept: each step checks it anew,
/// against the configuration of its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interaction {
    pub(crate) browser: BrowserHash,
    /// `None` is the org authorization server.
    pub(crate) server: Option<ServerId>,
    /// The issuer that the request was sent to; a server can have several names.
    pub(crate) issuer: String,
    pub(crate) begun: Timestamp,
    /// The subject of a verified `id_token_hint`.
    pub(crate) hinted: Option<UserId>,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) stage: Waiting,
}

/// What it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Waiting {
    Login,
    /// Consent to these scopes by who signed in.
    Consent {
        login: Login,
        shown: Vec<String>,
    },
    /// Nothing any more: it was answered.
    Done,
}

/// Which browser it was: what its cookie holds is not stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BrowserHash([u8; 32]);

impl BrowserHash {
    pub(crate) fn of(id: &str) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"chancery browser");
        context.update(id.as_bytes());
        let mut hash = [0; 32];
        for (to, from) in hash.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        Self(hash)
    }
}

impl PartialEq for BrowserHash {
    fn eq(&self, other: &Self) -> bool {
        same_bytes(&self.0, &other.0)
    }
}

impl Eq for BrowserHash {}

const VERSION: u8 = 1;

impl Interaction {
    /// The request as it was sent.
    pub(crate) fn request(&self) -> AuthorizeRequest<'_> {
        let borrowed = self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        AuthorizeRequest::restored(borrowed.collect())
    }

    pub(crate) fn expires_at(&self) -> Timestamp {
        self.begun.plus(WAITS)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Encoder::new(VERSION);
        out.fixed(&self.browser.0);
        out.option(self.server.as_ref(), |out, server| out.text(server.as_str()));
        out.text(&self.issuer);
        out.time(self.begun);
        out.option(self.hinted.as_ref(), |out, user| out.text(user.as_str()));
        out.list(self.parameters.iter(), |out, (name, value)| {
            out.text(name);
            out.text(value);
        });
        match &self.stage {
            Waiting::Login => out.byte(0),
            Waiting::Consent { login, shown } => {
                out.byte(1);
                login.encode(&mut out);
                out.list(shown.iter(), |out, scope| out.text(scope));
            }
            Waiting::Done => out.byte(2),
        }
        out.finish()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        let mut read = Decoder::new(bytes, VERSION)?;
        let owned = |read: &mut Decoder<'_>| read.text().map(str::to_owned);
        let interaction = Self {
            browser: BrowserHash(read.fixed()?),
            server: read.option(|read| read.text().map(ServerId::from))?,
            issuer: owned(&mut read)?,
            begun: read.time()?,
            hinted: read.option(|read| read.text().map(UserId::from))?,
            parameters: read.list(|read| Ok((owned(read)?, owned(read)?)))?,
            stage: match read.byte()? {
                0 => Waiting::Login,
                1 => Waiting::Consent { login: Login::decode(&mut read)?, shown: read.list(owned)? },
                2 => Waiting::Done,
                _ => return Err(corrupt()),
            },
        };
        read.finish()?;
        Ok(interaction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interaction(stage: Waiting) -> Interaction {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Interaction {
            browser: BrowserHash::of("cookie"),
            server: Some("aus1".into()),
            issuer: "https://id.example/oauth2/default".to_owned(),
            begun: Timestamp::from_unix(1_767_225_600),
            hinted: Some("00u1".into()),
            parameters: vec![pair("client_id", "0oa1"), pair("state", "é&="), pair("resource", "a")],
            stage,
        }
    }

    #[test]
    fn records_read_back_and_nothing_else_is_read() {
        let login = Login::new("00u1", Timestamp::from_unix(5)).amr("pwd").idp("0oa9");
        for stage in [Waiting::Login, Waiting::Consent { login, shown: vec!["s".to_owned()] }, Waiting::Done]
        {
            let mut interaction = interaction(stage);
            for server in [None, Some("aus1".into())] {
                interaction.server = server;
                let bytes = interaction.encode();
                assert_eq!(Interaction::decode(&bytes).unwrap(), interaction);
                for end in 0..bytes.len() {
                    assert!(Interaction::decode(&bytes[..end]).is_err(), "{end}");
                }
                assert!(Interaction::decode(&[&bytes[..], &[0]].concat()).is_err());
                for place in 0..bytes.len() {
                    let mut changed = bytes.clone();
                    changed[place] ^= 0xFF;
                    let _ = Interaction::decode(&changed);
                }
            }
        }
    }

    #[test]
    fn the_request_is_restored() {
        let interaction = interaction(Waiting::Login);
        assert_eq!(interaction.request().get("state"), Some("é&="));
    }

    #[test]
    fn a_browser_is_known_by_its_hash() {
        assert_eq!(BrowserHash::of("a"), BrowserHash::of("a"));
        assert_ne!(BrowserHash::of("a"), BrowserHash::of("b"));
    }
}
