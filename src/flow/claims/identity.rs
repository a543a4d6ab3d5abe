//! The claims that tell a client who its user is: ID tokens (OpenID Connect Core §2) and userinfo
//! (§5.3).

use super::access::Draft;
use super::patch::{LockedClaim, Payload, Tree};
use super::write::Writer;
use super::{Evaluation, SignedIn, Subject, applies};
use crate::error::Refusal;
use crate::flow::Granted;
use crate::jose::Algorithm;
use crate::model::{CompiledClaim, RegisteredClient, ScopeIndex, Server, ServerKind};
use crate::types::{Lifetime, ScopeSet, Timestamp, is_reserved_id_claim};

/// How long an ID token lives, unless a hook says otherwise.
const LIFETIME: Lifetime = Lifetime::minutes(60);
/// The scope of the org server that gives the groups claim, and the claim.
const GROUPS: &str = "groups";

/// The content of an ID token, before the tokens that go with it are known. Only [`IdDraft::new`] makes
/// one, and only from [`Granted`] and a user.
pub(crate) struct IdDraft {
    payload: Payload,
    algorithm: Algorithm,
}

/// What an ID token takes from its request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdRequest<'a> {
    /// The randomness of the token's id.
    pub(crate) id: [u8; 32],
    /// As the request had it.
    pub(crate) nonce: Option<&'a str>,
    /// Whether an access token goes with it, as one always does at the token endpoint. Claims with
    /// `alwaysIncludeInToken: false` are left to userinfo then.
    pub(crate) with_access_token: bool,
    /// The id of the organisation: the `idp` of users whom no identity provider sent.
    pub(crate) organisation: &'a str,
}

impl IdDraft {
    /// How long an ID token lives, unless something shortens it.
    pub(crate) const LIFETIME: Lifetime = LIFETIME;

    /// Evaluates the claims and writes them; nothing unless `openid` was granted, and for machines.
    pub(crate) fn new(
        granted: &Granted<'_>,
        subject: &Subject<'_>,
        request: &IdRequest<'_>,
        now_millis: i64,
    ) -> Result<Option<Self>, Refusal> {
        let Subject::User(signed_in) = subject else { return Ok(None) };
        if !granted.scopes().contains("openid") {
            return Ok(None);
        }
        let (served, client) = (granted.served(), granted.client());
        let issued = Timestamp::from_unix(now_millis.div_euclid(1000));
        let sign_in = &signed_in.sign_in;

        let mut out = Writer::with_capacity(1024);
        out.name(r#""ver":1"#);
        out.token_id("ID", &request.id, "");
        out.text(r#""iss":"#, served.issuer.as_str());
        out.text(r#""sub":"#, signed_in.user.id().as_str());
        out.text(r#""aud":"#, client.id().as_str());
        out.number(r#""iat":"#, issued.as_unix());
        out.number(r#""exp":"#, issued.plus(LIFETIME).as_unix());
        out.number(r#""auth_time":"#, sign_in.at.as_unix());
        if !sign_in.amr.is_empty() {
            out.list(r#""amr":"#, sign_in.amr.iter().map(String::as_str));
        }
        out.text(r#""idp":"#, sign_in.idp.unwrap_or(request.organisation));
        if let Some(nonce) = request.nonce {
            out.text(r#""nonce":"#, nonce);
        }
        if let Some(acr) = sign_in.acr {
            out.text(r#""acr":"#, acr);
        }
        let claims = IdentityClaims { server: served.server, client, scopes: granted.scopes() };
        claims.write(&mut out, subject, signed_in, Fullness::of(request.with_access_token), now_millis)?;
        let payload = Payload::new(out.finish(), issued, LIFETIME, is_reserved_id_claim);
        Ok(Some(Self { payload, algorithm: served.server.algorithm() }))
    }

    /// How long the token lives.
    pub(crate) fn lifetime(&self) -> Lifetime {
        self.payload.lifetime()
    }

    /// The claims, for what changes them before they are signed.
    pub(crate) fn claims_tree(&self) -> Tree {
        self.payload.tree()
    }

    /// The same token with changed claims, or else the first that may not be changed: reserved ones.
    pub(crate) fn with_tree(&self, tree: Tree) -> Result<Self, LockedClaim> {
        Ok(Self { payload: self.payload.with_tree(tree, &[])?, algorithm: self.algorithm })
    }

    /// Adds the hashes of the access token and of the code that leave together with the ID token
    /// (OpenID Connect Core §3.1.3.6, §3.3.2.11), which is complete then.
    pub(crate) fn complete(self, access_token: Option<&str>, code: Option<&str>) -> Draft {
        let algorithm = self.algorithm;
        let payload = self.payload.map(|json| {
            let mut out = Writer::reopen(json);
            for (name, of) in [(r#""at_hash":"#, access_token), (r#""c_hash":"#, code)] {
                if let Some(text) = of {
                    out.text(name, &algorithm.half_hash(text));
                }
            }
            out.finish()
        });
        Draft::of_id_token(payload)
    }
}

/// What userinfo answers: the user's id, and every claim that the scopes of the grant give.
pub(crate) fn userinfo(
    server: &Server,
    client: &RegisteredClient,
    scopes: &ScopeSet,
    subject: &SignedIn<'_>,
    now_millis: i64,
) -> Result<String, Refusal> {
    let mut out = Writer::with_capacity(512);
    out.text(r#""sub":"#, subject.user.id().as_str());
    let claims = IdentityClaims { server, client, scopes };
    claims.write(&mut out, &Subject::User(*subject), subject, Fullness::Userinfo, now_millis)?;
    // JSON that was written from texts.
    Ok(String::from_utf8(out.finish()).unwrap_or_default())
}

/// How much of the identity claims an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fullness {
    /// Only those that are always included.
    Thin,
    /// All.
    Full,
    /// All, of any size: it is no token that would have to fit somewhere.
    Userinfo,
}

impl Fullness {
    pub(super) fn of(with_access_token: bool) -> Self {
        if with_access_token { Self::Thin } else { Self::Full }
    }

    pub(super) fn includes(self, claim: &CompiledClaim) -> bool {
        claim.always_include || self != Self::Thin
    }
}

pub(super) struct IdentityClaims<'a> {
    pub(super) server: &'a Server,
    pub(super) client: &'a RegisteredClient,
    pub(super) scopes: &'a ScopeSet,
}

impl<'a> IdentityClaims<'a> {
    /// The scopes by name, and in the server's numbers. A grant can be older than the scopes of the
    /// server: one that is gone gives nothing.
    pub(super) fn scopes_by_number(&self) -> (Vec<&'a str>, Vec<ScopeIndex>) {
        let names: Vec<&str> = self.scopes.iter().map(|scope| scope.as_str()).collect();
        let index = |name: &&str| self.server.scopes.get(name).map(|(index, _)| index);
        let indices = names.iter().filter_map(index).collect();
        (names, indices)
    }

    fn write(
        &self,
        out: &mut Writer,
        subject: &Subject<'_>,
        signed_in: &SignedIn<'_>,
        fullness: Fullness,
        now_millis: i64,
    ) -> Result<(), Refusal> {
        let (names, indices) = self.scopes_by_number();
        let mut evaluation = Evaluation::new(self.client, subject, &names, now_millis);
        if fullness == Fullness::Userinfo {
            evaluation.most_groups = usize::MAX;
        }
        for claim in &*self.server.id_claims {
            if fullness.includes(claim) && applies(claim, |scope| indices.contains(&scope)) {
                evaluation.write(out, claim)?;
            }
        }
        // Nobody configures this one, so it is not among the claims of the server.
        let gives_groups = self.server.kind == ServerKind::Org && names.contains(&GROUPS);
        if gives_groups && fullness != Fullness::Thin {
            evaluation.write_groups(out, GROUPS, r#""groups":"#, signed_in.groups, |_| true)?;
        }
        Ok(())
    }
}
