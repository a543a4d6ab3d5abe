//! The claims of access tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::patch::{LockedClaim, Payload, Tree};
use super::write::Writer;
use super::{Evaluation, Outcome, SUB, Subject, applies, failed};
use crate::error::Refusal;
use crate::flow::Granted;
use crate::model::ServerKind;
use crate::types::{Lifetime, Timestamp, is_reserved_access_claim};

/// What makes the `jti` of an access token. A user's tells its grant, so that a token can be looked up
/// by nothing but itself; a machine's has none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenId {
    id: [u8; 32],
    with_refresh_token: bool,
}

impl TokenId {
    /// Of randomness alone.
    pub(crate) fn of_machine(random: [u8; 32]) -> Self {
        Self { id: random, with_refresh_token: false }
    }

    /// Of a user's token: randomness, the public id of the grant, and whether a refresh token goes with
    /// it, which Okta shows by a suffix.
    pub(crate) fn of_user(random: [u8; 16], grant: [u8; 16], with_refresh_token: bool) -> Self {
        let mut id = [0; 32];
        let halves = id.iter_mut().zip(random.into_iter().chain(grant));
        halves.for_each(|(byte, value)| *byte = value);
        Self { id, with_refresh_token }
    }

    /// The grant that the `jti` of a user's access token tells. Only for tokens with `uid`: a machine's
    /// ends in randomness.
    pub(crate) fn grant_of(jti: &str) -> Option<[u8; 16]> {
        let id = jti.strip_prefix("AT.")?;
        let id = id.split_once('.').map_or(id, |(id, _)| id);
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(id).ok()?.try_into().ok()?;
        bytes.split_last_chunk().map(|(_, grant)| *grant)
    }

    pub(super) fn write(&self, out: &mut Writer) {
        if !self.with_refresh_token {
            return out.token_id("AT", &self.id, "");
        }
        // The refresh token's id, `oar…` and 17 characters: the same for all tokens of a grant.
        let mut suffix = *b".oar                      ";
        if let (Some((_, grant)), Some(text)) = (self.id.split_last_chunk::<16>(), suffix.get_mut(4..)) {
            let _ = URL_SAFE_NO_PAD.encode_slice(grant, text);
        }
        let suffix = std::str::from_utf8(&suffix).unwrap_or_default();
        out.token_id("AT", &self.id, suffix.get(..4 + 17).unwrap_or_default());
    }
}

/// The content of a token. Only [`Draft::new`] makes one, and only from [`Granted`], or else
/// [`IdDraft::complete`](super::IdDraft::complete).
pub(crate) struct Draft {
    typ: Option<&'static str>,
    payload: Payload,
}

impl Draft {
    /// Evaluates the claims of an access token and writes them.
    pub(crate) fn new(
        granted: &Granted<'_>,
        subject: &Subject<'_>,
        id: &TokenId,
        now_millis: i64,
    ) -> Result<Self, Refusal> {
        let served = granted.served();
        let client = granted.client();
        let issued = Timestamp::from_unix(now_millis.div_euclid(1000));
        let lifetime = granted.lifetimes().access_token;

        let mut out = Writer::with_capacity(1024);
        out.name(r#""ver":1"#);
        id.write(&mut out);
        out.text(r#""iss":"#, served.issuer.as_str());
        out.text(r#""aud":"#, granted.audience());
        out.number(r#""iat":"#, issued.as_unix());
        out.number(r#""exp":"#, issued.plus(lifetime).as_unix());
        out.text(r#""cid":"#, client.id().as_str());
        if let Subject::User(signed_in) = subject {
            out.text(r#""uid":"#, signed_in.user.id().as_str());
        }
        let scopes: Vec<&str> = granted.scopes().iter().map(|scope| scope.as_str()).collect();
        out.list(r#""scp":"#, scopes.iter().copied());
        if let Subject::User(signed_in) = subject {
            out.number(r#""auth_time":"#, signed_in.sign_in.at.as_unix());
            if let Some(acr) = signed_in.sign_in.acr {
                out.text(r#""acr":"#, acr);
            }
        }
        match served.server.kind {
            // It has no claims to configure.
            ServerKind::Org => out.text(r#""sub":"#, name_at_org(subject, client.id().as_str())?),
            ServerKind::Custom => {
                let evaluation = Evaluation::new(client, subject, &scopes, now_millis);
                let mut has_subject = false;
                for claim in &served.server.access_claims {
                    if applies(claim, |scope| granted.has_scope(scope))
                        && evaluation.write(&mut out, claim)? == Outcome::Written
                    {
                        has_subject |= &*claim.name == SUB;
                    }
                }
                if !has_subject {
                    // A token about nobody is no token.
                    return Err(failed(SUB, "it has no value"));
                }
            }
        }
        let payload = Payload::new(out.finish(), issued, lifetime, is_reserved_access_claim);
        Ok(Self { typ: typ(served.server.kind), payload })
    }

    pub(super) fn of_id_token(payload: Payload) -> Self {
        Self { typ: None, payload }
    }

    /// The header's `typ`.
    pub(crate) fn typ(&self) -> Option<&'static str> {
        self.typ
    }

    /// The claims as JSON.
    pub(crate) fn payload(&self) -> &[u8] {
        self.payload.json()
    }

    /// How long the token lives.
    pub(crate) fn lifetime(&self) -> Lifetime {
        self.payload.lifetime()
    }

    /// The claims, for what changes them before they are signed.
    pub(crate) fn claims_tree(&self) -> Tree {
        self.payload.tree()
    }

    /// The same token with changed claims, or else the first that may not be changed so: reserved
    /// ones and `sub`, unless they are among `unlocked`.
    pub(crate) fn with_tree(&self, tree: Tree, unlocked: &[&str]) -> Result<Self, LockedClaim> {
        Ok(Self { typ: self.typ, payload: self.payload.with_tree(tree, unlocked)? })
    }
}

/// Okta marks the access tokens of the org server as its own business; those of custom servers have no
/// `typ`.
fn typ(kind: ServerKind) -> Option<&'static str> {
    match kind {
        ServerKind::Org => Some("application/okta-internal-at+jwt"),
        ServerKind::Custom => None,
    }
}

fn name_at_org<'a>(subject: &Subject<'a>, client_id: &'a str) -> Result<&'a str, Refusal> {
    match subject {
        Subject::Machine => Ok(client_id),
        Subject::User(signed_in) => match signed_in.user.login() {
            "" => Err(failed(SUB, "the user has no login")),
            login => Ok(login),
        },
    }
}
