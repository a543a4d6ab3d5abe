//! Why a request is answered as it is, from the policies to the last claim, for people to read.

mod advice;
mod text;

use serde::Serialize;
use serde_json::Value;

use crate::error::{Refusal, WireBody};
use crate::model::{NamedGroup, PolicyTrace};
use crate::types::{ClientId, GrantType, Lifetime, ScopeName, ServerId, UserId};

/// Why a request is answered as it is: the policies and rules that were tried, each scope, each claim
/// of each token, and what to change where the answer is no.
///
/// `Display` prints it as a tree. It holds what tokens would hold, and never a secret.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Trace {
    /// What was asked.
    pub request: Asking,
    /// Why the answer is no; `None` if it is yes.
    pub refusal: Option<RefusalTrace>,
    /// How the access policies judged. `None` where they were not asked: at the org authorization server,
    /// which has none, and where the request was refused before.
    pub policies: Option<PolicyTrace>,
    /// Every scope that was asked for or that would be granted by default.
    pub scopes: Vec<ScopeStep>,
    /// The access token, if there would be one.
    pub access_token: Option<TokenTrace>,
    /// The ID token, if there would be one.
    pub id_token: Option<TokenTrace>,
    /// The token policies, in the order in which they are applied, and what became of each.
    pub token_policies: Vec<TokenPolicyStep>,
    /// The token inline hook of the rule that decides, by its id. Previews do not call it, and what it
    /// would change is not in them.
    pub hook: Option<String>,
    /// Whether there would be a refresh token. `None` where no token is issued at all.
    pub refresh_token: Option<RefreshVerdict>,
}

/// What was asked, as administrators call it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Asking {
    /// The authorization server.
    pub server: ServerId,
    /// Its name.
    pub server_name: String,
    /// The client.
    pub client: ClientId,
    /// What administrators call it.
    pub client_label: String,
    /// The user, unless the client asks for itself.
    pub user: Option<UserId>,
    /// The user's login.
    pub login: Option<String>,
    /// The user's groups; Everyone need not be among them.
    pub groups: Vec<NamedGroup>,
    /// How the client asks.
    pub grant: GrantType,
    /// The `scope` parameter; `None` is without one.
    pub scope: Option<String>,
    /// The `audience` parameter.
    pub audience: Option<String>,
}

/// A refusal, and how it looks on the wire.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RefusalTrace {
    /// The reason.
    #[serde(skip)]
    pub refusal: Refusal,
    /// The same for people.
    pub reason: String,
    /// The HTTP status at the token endpoint.
    pub status: u16,
    /// The error's code.
    pub error: String,
    /// What the client is told.
    pub description: String,
    /// What would let the request through, each by itself.
    pub advice: Vec<String>,
}

/// A scope, and whether it is granted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ScopeStep {
    /// The scope.
    pub name: String,
    /// Whether it is granted.
    pub verdict: ScopeVerdict,
}

/// Whether a scope is granted, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum ScopeVerdict {
    /// It is.
    Granted {
        /// Whether nobody asked for it by name.
        by_default: bool,
        /// Whether the user is asked first, as long as there is no consent to it.
        asks_consent: bool,
    },
    /// The authorization server does not have it.
    Unknown,
    /// It is about a user, and there is none.
    NeedsUser,
    /// Its consent is REQUIRED, and there is no user to give it.
    NeedsConsent,
    /// There is no rule whose other conditions all hold.
    NoRule,
    /// No rule matches the request.
    NotAllowed {
        /// Whether a rule whose other conditions hold allows this scope, though not all of them.
        elsewhere: bool,
    },
    /// It is a default scope that the rule does not allow.
    NotCovered,
    /// It comes with an authorization code only.
    NeedsCode,
    /// It was not granted to the app, as the org authorization server demands.
    NotGrantedToApp,
    /// The request was refused for another reason.
    NotJudged,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TokenTrace {
    /// How long it lives, in seconds.
    pub lifetime: Lifetime,
    /// Its claims, those that are left out included: first those that every token has, then those that
    /// are configured, in the order in which they are evaluated.
    pub claims: Vec<ClaimStep>,
    /// What token policies and hooks changed, in the order in which they did.
    pub changes: Vec<ClaimChange>,
}

/// A token policy, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TokenPolicyStep {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub verdict: TokenPolicyVerdict,
}

/// What became of a token policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum TokenPolicyVerdict {
    /// Its conditions hold, and it acted: see [`TokenTrace::changes`].
    Applied {
        /// How long the access token lives since, in seconds, if it shortened that.
        access_token_lifetime: Option<Lifetime>,
    },
    /// A condition does not hold.
    Unmet {
        /// The first such condition, as it is called in the configuration.
        condition: &'static str,
    },
    /// It denies, or its condition or a claim of it fails: no token is issued.
    Refuses {
        /// Why.
        reason: String,
    },
}

/// A claim, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ClaimStep {
    /// The claim.
    pub name: String,
    /// Where its value comes from.
    pub origin: ClaimOrigin,
    /// What became of it.
    pub verdict: ClaimVerdict,
}

/// Where the value of a claim comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "camelCase")]
#[non_exhaustive]
pub enum ClaimOrigin {
    /// The issuer sets it in every token.
    Issuer,
    /// An expression.
    Expression {
        /// Its text.
        text: String,
    },
    /// The names of the user's groups that fit a filter.
    Groups,
    /// The user's profile, by a scope of OpenID Connect.
    System,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "camelCase")]
#[non_exhaustive]
pub enum ClaimVerdict {
    /// It is in the token.
    Included {
        /// Its value.
        value: Value,
    },
    /// None of the scopes that it is for was granted.
    ScopeNotGranted {
        /// Those scopes.
        scopes: Vec<ScopeName>,
    },
    /// It is not always included, and an access token goes with the ID token: userinfo has it.
    LeftToUserinfo,
    /// Its expression is null.
    Null,
    /// Its expression is an empty list.
    EmptyList,
    /// It is about a user, and there is none.
    NoUser,
    /// None of the user's groups fits.
    NoGroup,
    /// The user's profile has no such thing.
    NoAttribute,
    /// Its expression fails, and no token is issued.
    Failed {
        /// Why, with the place in the expression.
        reason: String,
    },
    /// More groups fit than a token holds, and no token is issued.
    TooManyGroups,
}

/// A change to the claims of a token before it is signed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ClaimChange {
    /// Who made it.
    pub by: ChangedBy,
    /// What was done.
    pub op: ChangeOp,
    /// The claim.
    pub claim: String,
    /// Its value before.
    pub before: Option<Value>,
    /// Its value since.
    pub after: Option<Value>,
}

/// Who changed a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "camelCase")]
#[non_exhaustive]
pub enum ChangedBy {
    /// A token policy.
    TokenPolicy {
        /// Its name.
        name: String,
    },
    /// A token inline hook.
    Hook {
        /// Its id.
        id: String,
    },
}

/// What was done to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ChangeOp {
    /// It came.
    Added,
    /// It has another value.
    Replaced,
    /// It went.
    Removed,
}

/// Whether a refresh token goes with the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum RefreshVerdict {
    /// It does.
    Issued {
        /// How long its chain lives in all, in seconds; `None` is without end.
        lifetime: Option<Lifetime>,
        /// How long it lives unless it is used, in seconds.
        window: Lifetime,
    },
    /// The scope `offline_access` was not granted.
    NoOfflineAccess,
    /// The client is not registered for the grant type `refresh_token`.
    NotForClient,
    /// The grant type comes without.
    NotForGrant,
}

impl RefusalTrace {
    pub(super) fn new(refusal: Refusal, advice: Vec<String>) -> Self {
        let wire = refusal.wire();
        let (error, description) = match wire.body {
            WireBody::OAuth { error, description } => (error, description),
            WireBody::Management { code, summary } => (code, summary),
        };
        let error = error.to_owned();
        Self { reason: refusal.to_string(), refusal, status: wire.status, error, description, advice }
    }
}

/// What was changed between two states of a token's claims.
pub(crate) fn changes(
    by: &ChangedBy,
    before: &serde_json::Map<String, Value>,
    after: &serde_json::Map<String, Value>,
) -> Vec<ClaimChange> {
    let changed = |claim: &String| {
        let (before, after) = (before.get(claim), after.get(claim));
        let op = match (before, after) {
            (None, Some(_)) => ChangeOp::Added,
            (Some(_), None) => ChangeOp::Removed,
            (Some(before), Some(after)) if before != after => ChangeOp::Replaced,
            _ => return None,
        };
        let (before, after) = (before.cloned(), after.cloned());
        Some(ClaimChange { by: by.clone(), op, claim: claim.clone(), before, after })
    };
    let gone = before.keys().filter(|claim| !after.contains_key(*claim));
    after.keys().chain(gone).filter_map(changed).collect()
}
