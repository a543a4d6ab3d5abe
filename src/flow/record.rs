//! What the store holds of a grant: all that one authorization by a user gave a client, from its code
//! to its last refresh token, as one record that is only ever changed by compare-and-swap.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::Fault;
use crate::flow::claims::{SignIn, SignedIn};
use crate::flow::encoding::{Decoder, Encoder, corrupt};
use crate::flow::grant_token::{GrantToken, Salt, TokenHash};
use crate::flow::login::Login;
use crate::model::{Group, Lifetimes, User};
use crate::types::{ClientId, GrantType, PolicyId, RuleId, ScopeName, ServerId, Timestamp};

/// A grant, as stored.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    /// The authorization server; the org server's id is as the configuration gives it.
    pub(crate) server: ServerId,
    pub(crate) client: ClientId,
    pub(crate) login: Login,
    /// The authentication context to put in tokens: only where the request asked for one.
    pub(crate) shows_acr: bool,
    /// How it came about; a refresh is still judged by it.
    pub(crate) grant: GrantType,
    pub(crate) scopes: Vec<ScopeName>,
    pub(crate) audience: String,
    /// The rule that decided, and how long it lets things live. No rule at the org server.
    pub(crate) rule: Option<(PolicyId, RuleId)>,
    pub(crate) lifetimes: Lifetimes,
    /// The consent it rests on: it ends with it.
    pub(crate) consent: Option<ConsentId>,
    pub(crate) stage: Stage,
}

/// Which of a user's consents to a client: each newly begun one is another.
pub(crate) type ConsentId = [u8; 8];

/// How far a grant has come.
#[derive(Debug, Clone)]
pub(crate) enum Stage {
    /// A code waits to be redeemed.
    Code(PendingCode),
    /// Tokens were issued. `spent` is the code that they were issued for, to know it when it comes again.
    Issued { spent: Option<TokenHash>, refresh: Option<Refresh> },
    /// Ended: whatever was issued under it is dead.
    Revoked,
}

/// A code, and what its redemption must match.
#[derive(Debug, Clone)]
pub(crate) struct PendingCode {
    pub(crate) code: TokenHash,
    pub(crate) redirect_uri: String,
    /// `code_challenge`, decoded (RFC 7636 §4.2, S256).
    pub(crate) challenge: Option<[u8; 32]>,
    pub(crate) nonce: Option<String>,
    pub(crate) expires_at: Timestamp,
}

/// A chain of refresh tokens, of which the last one counts.
#[derive(Debug, Clone)]
pub(crate) struct Refresh {
    pub(crate) current: TokenHash,
    /// Tokens that were replaced so lately that an honest client may not know it yet.
    pub(crate) replaced: Vec<Replaced>,
    /// When the chain ends, however often it is used; `None` is never.
    pub(crate) expires_at: Option<Timestamp>,
    /// When it ends unless it is used before.
    pub(crate) idle_until: Timestamp,
}

#[derive(Debug, Clone)]
pub(crate) struct Replaced {
    pub(crate) token: TokenHash,
    /// With the token, makes its successor again.
    pub(crate) salt: Salt,
    pub(crate) at: Timestamp,
    /// When it would have ended if nobody had used it.
    pub(crate) valid_until: Timestamp,
}

const VERSION: u8 = 1;

impl Refresh {
    /// A chain that begins now.
    pub(crate) fn begin(token: &GrantToken, lifetimes: Lifetimes, now: Timestamp) -> Self {
        let expires_at = lifetimes.refresh_token.map(|lifetime| now.plus(lifetime));
        Self {
            current: token.hash(),
            replaced: Vec::new(),
            expires_at,
            idle_until: now.plus(lifetimes.refresh_token_window),
        }
    }

    /// When the chain ends unless it is used before then.
    pub(crate) fn ends(&self) -> Timestamp {
        self.expires_at.map_or(self.idle_until, |end| end.min(self.idle_until))
    }
}

impl Grant {
    /// The user of the grant, as claims see one.
    pub(crate) fn signed_in<'a>(
        &'a self,
        user: &'a User,
        app_user: &'a Map<String, Value>,
        groups: &'a [Arc<Group>],
    ) -> SignedIn<'a> {
        let login = &self.login;
        let sign_in = SignIn {
            at: login.at,
            amr: &login.amr,
            acr: login.acr.as_deref().filter(|_| self.shows_acr),
            session_id: login.session_id.as_deref(),
            idp: login.idp.as_deref(),
        };
        SignedIn { user, app_user, groups, sign_in, grant: self.grant }
    }

    /// When the store may forget it: nothing issued under it is alive any more.
    pub(crate) fn forget_at(&self, access_token_expires: Timestamp) -> Timestamp {
        match &self.stage {
            Stage::Code(code) => code.expires_at,
            Stage::Issued { refresh: Some(refresh), .. } => refresh.ends().max(access_token_expires),
            Stage::Issued { .. } | Stage::Revoked => access_token_expires,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Encoder::new(VERSION);
        out.text(self.server.as_str());
        out.text(self.client.as_str());
        self.login.encode(&mut out);
        out.byte(self.shows_acr.into());
        out.text(self.grant.as_str());
        out.list(self.scopes.iter(), |out, scope| out.text(scope.as_str()));
        out.text(&self.audience);
        out.option(self.rule.as_ref(), |out, (policy, rule)| {
            out.text(policy.as_str());
            out.text(rule.as_str());
        });
        out.lifetime(self.lifetimes.access_token);
        out.option(self.lifetimes.refresh_token, Encoder::lifetime);
        out.lifetime(self.lifetimes.refresh_token_window);
        out.option(self.consent.as_ref(), Encoder::fixed);
        match &self.stage {
            Stage::Code(code) => {
                out.byte(0);
                code.encode(&mut out);
            }
            Stage::Issued { spent, refresh } => {
                out.byte(1);
                out.option(spent.as_ref(), |out, code| out.fixed(&code.0));
                out.option(refresh.as_ref(), |out, refresh| refresh.encode(out));
            }
            Stage::Revoked => out.byte(2),
        }
        out.finish()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        let mut read = Decoder::new(bytes, VERSION)?;
        let grant = Self {
            server: ServerId::new(read.text()?),
            client: ClientId::new(read.text()?),
            login: Login::decode(&mut read)?,
            shows_acr: flag(&mut read)?,
            grant: GrantType::parse(read.text()?).ok_or_else(corrupt)?,
            scopes: read.list(|read| ScopeName::parse(read.text()?).map_err(|_| corrupt()))?,
            audience: read.text()?.to_owned(),
            rule: read.option(|read| Ok((PolicyId::new(read.text()?), RuleId::new(read.text()?))))?,
            lifetimes: Lifetimes {
                access_token: read.lifetime()?,
                refresh_token: read.option(Decoder::lifetime)?,
                refresh_token_window: read.lifetime()?,
            },
            consent: read.option(Decoder::fixed)?,
            stage: match read.byte()? {
                0 => Stage::Code(PendingCode::decode(&mut read)?),
                1 => Stage::Issued {
                    spent: read.option(|read| read.fixed().map(TokenHash))?,
                    refresh: read.option(Refresh::decode)?,
                },
                2 => Stage::Revoked,
                _ => return Err(corrupt()),
            },
        };
        read.finish()?;
        Ok(grant)
    }
}

impl PendingCode {
    fn encode(&self, out: &mut Encoder) {
        out.fixed(&self.code.0);
        out.text(&self.redirect_uri);
        out.option(self.challenge.as_ref(), Encoder::fixed);
        out.option(self.nonce.as_deref(), Encoder::text);
        out.time(self.expires_at);
    }

    fn decode(read: &mut Decoder<'_>) -> Result<Self, Fault> {
        Ok(Self {
            code: TokenHash(read.fixed()?),
            redirect_uri: read.text()?.to_owned(),
            challenge: read.option(Decoder::fixed)?,
            nonce: read.option(|read| read.text().map(str::to_owned))?,
            expires_at: read.time()?,
        })
    }
}

impl Refresh {
    fn encode(&self, out: &mut Encoder) {
        out.fixed(&self.current.0);
        out.list(self.replaced.iter(), |out, replaced| {
            out.fixed(&replaced.token.0);
            out.fixed(&replaced.salt);
            out.time(replaced.at);
            out.time(replaced.valid_until);
        });
        out.option(self.expires_at, Encoder::time);
        out.time(self.idle_until);
    }

    fn decode(read: &mut Decoder<'_>) -> Result<Self, Fault> {
        Ok(Self {
            current: TokenHash(read.fixed()?),
            replaced: read.list(|read| {
                Ok(Replaced {
                    token: TokenHash(read.fixed()?),
                    salt: read.fixed()?,
                    at: read.time()?,
                    valid_until: read.time()?,
                })
            })?,
            expires_at: read.option(Decoder::time)?,
            idle_until: read.time()?,
        })
    }
}

fn flag(read: &mut Decoder<'_>) -> Result<bool, Fault> {
    match read.byte()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(corrupt()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Lifetime;

    fn grant(stage: Stage) -> Grant {
        Grant {
            server: "default".into(),
            client: "0oaweb".into(),
            login: Login::new("00ualice", Timestamp::from_unix(1_767_225_600)).amr("pwd").session_id("s1"),
            shows_acr: true,
            grant: GrantType::AuthorizationCode,
            scopes: ["openid", "offline_access"].map(|scope| ScopeName::parse(scope).unwrap()).to_vec(),
            audience: "api://default".to_owned(),
            rule: Some(("00p1".into(), "0pr1".into())),
            lifetimes: Lifetimes::default(),
            consent: Some([1; 8]),
            stage,
        }
    }

    fn stages() -> [Stage; 4] {
        let token = GrantToken::of_new_family(&[3; 28]);
        let now = Timestamp::from_unix(1_767_225_600);
        let mut refresh = Refresh::begin(&token, Lifetimes::default(), now);
        refresh.replaced.push(Replaced { token: token.hash(), salt: [4; 16], at: now, valid_until: now });
        refresh.expires_at = Some(now);
        let code = PendingCode {
            code: token.hash(),
            redirect_uri: "https://web.test/cb".to_owned(),
            challenge: Some([5; 32]),
            nonce: Some("n".to_owned()),
            expires_at: now,
        };
        [
            Stage::Code(code),
            Stage::Issued { spent: Some(token.hash()), refresh: Some(refresh) },
            Stage::Issued { spent: None, refresh: None },
            Stage::Revoked,
        ]
    }

    #[test]
    fn grants_read_back() {
        for stage in stages() {
            let bytes = grant(stage).encode();
            assert_eq!(Grant::decode(&bytes).unwrap().encode(), bytes);
        }
    }

    /// A fault, never a panic or another grant.
    #[test]
    fn cut_or_lengthened_records_are_refused() {
        for stage in stages() {
            let bytes = grant(stage).encode();
            for end in 0..bytes.len() {
                assert!(Grant::decode(&bytes[..end]).is_err(), "{end}");
            }
            assert!(Grant::decode(&[&bytes[..], &[0]].concat()).is_err());
            for place in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[place] ^= 0xFF;
                let _ = Grant::decode(&changed);
            }
        }
    }

    #[test]
    fn a_grant_is_kept_as_long_as_anything_under_it_lives() {
        let at = Timestamp::from_unix;
        let token = GrantToken::of_new_family(&[3; 28]);
        let lifetimes = Lifetimes { refresh_token: Some(Lifetime::minutes(60)), ..Lifetimes::default() };
        let refresh = Refresh::begin(&token, lifetimes, at(0));
        assert_eq!(refresh.ends(), at(3600));
        let issued = grant(Stage::Issued { spent: None, refresh: Some(refresh) });
        assert_eq!(issued.forget_at(at(10)), at(3600));
        assert_eq!(issued.forget_at(at(7200)), at(7200));
    }
}
