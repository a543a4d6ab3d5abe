//! Token inline hooks: as they are declared, and checked.

use std::fmt;
use std::sync::Arc;

use crate::types::Secret;

/// A service that looks at tokens before they are signed and may change them: Okta's token inline hook
/// (`com.okta.oauth2.tokens.transform`). Rules name it by its id.
///
/// ```
/// # use chancery::model::{Hook, Rule};
/// # use chancery::types::GrantType;
/// let hook = Hook::new("cal1enrich", "https://hooks.example.com/tokens")
///     .auth_header("Authorization", "a-secret-that-the-hook-knows")
///     .fail_closed();
/// let rule = Rule::new("staff").grant(GrantType::AuthorizationCode).any_scope().inline_hook("cal1enrich");
/// ```
///
/// Source: `InlineHook` of Okta's management API.
#[derive(Debug, Clone, Default)]
pub struct Hook {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) inactive: bool,
    /// Another kind of hook than the one that rules name: known, so that naming it is a mistake that
    /// says so.
    pub(crate) other_kind: bool,
    pub(crate) url: Option<String>,
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) auth: DeclaredAuth,
    pub(crate) on_failure: OnFailure,
    pub(crate) may_patch: Vec<String>,
    pub(crate) private_target: bool,
}

/// How the issuer shows a hook who it is, as declared.
#[derive(Debug, Clone, Default)]
pub(crate) enum DeclaredAuth {
    #[default]
    None,
    /// `authScheme`; an export from Okta leaves the value out.
    Header {
        key: String,
        value: Option<Secret>,
    },
    Oauth(HookOauth),
}

/// What becomes of the token when a hook does not answer, answers late or answers nonsense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnFailure {
    /// It is issued without any change by the hook, as Okta does.
    #[default]
    Open,
    /// Nothing is issued: 503 `temporarily_unavailable`. For hooks that narrow access.
    Closed,
}

impl Hook {
    /// An active hook at this URL, which takes a POST: https, in the public internet. Without
    /// authentication.
    pub fn new(id: impl Into<String>, url: impl Into<String>) -> Self {
        let id = id.into();
        Self { name: Some(id.clone()), id: Some(id), url: Some(url.into()), ..Self::default() }
    }

    /// The name that administrators see; the id unless set.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The header, and its secret value, by which the hook knows its caller.
    #[must_use]
    pub fn auth_header(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.auth = DeclaredAuth::Header { key: key.into(), value: Some(Secret::new(value)) };
        self
    }

    /// Adds another header.
    #[must_use]
    pub fn header(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((key.into(), Secret::new(value)));
        self
    }

    /// Issues nothing when the hook fails.
    #[must_use]
    pub fn fail_closed(mut self) -> Self {
        self.on_failure = OnFailure::Closed;
        self
    }

    /// Lets the hook change a claim that is the issuer's own otherwise: `sub` and `aud` of access
    /// tokens, and `groups` and `scope`.
    #[must_use]
    pub fn may_patch(mut self, claim: impl Into<String>) -> Self {
        self.may_patch.push(claim.into());
        self
    }

    /// Lets the URL lead into a private network, or, on a loopback address, be plain http. For
    /// development, and for hooks beside the issuer.
    #[must_use]
    pub fn private_target(mut self) -> Self {
        self.private_target = true;
        self
    }

    /// Keeps the hook without calling it: it counts as one that fails.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.inactive = true;
        self
    }
}

/// A token inline hook, checked: where to send the request, and what its answer may do.
#[derive(Clone)]
pub struct InlineHook {
    pub(crate) id: Arc<str>,
    /// The place in the list of hooks, as it was written.
    pub(crate) at: usize,
    pub(crate) name: String,
    pub(crate) active: bool,
    pub(crate) url: String,
    pub(crate) private_target: bool,
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) auth: HookAuth,
    pub(crate) on_failure: OnFailure,
    pub(crate) may_patch: Vec<String>,
}

/// How a hook knows its caller.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum HookAuth {
    /// Not at all, or by what the host adds.
    None,
    /// By a header, which stands in every [`HookRequest`](crate::host::HookRequest).
    Header,
    /// By an access token that the host fetches and adds as `Authorization: Bearer …`.
    Oauth(HookOauth),
}

/// The channel `OAUTH`: where the host gets the access token for the hook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookOauth {
    /// `clientId`.
    pub client_id: String,
    /// `tokenUrl`.
    pub token_url: String,
    /// `authType`: `client_secret_post` or `private_key_jwt`. The secret or key is the host's.
    pub auth_type: String,
    /// `scope`.
    pub scope: Option<String>,
    /// `hookKeyId`, for `private_key_jwt`.
    pub key_id: Option<String>,
}

impl InlineHook {
    /// The id by which rules name it, `cal…` in Okta.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name administrators gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is called at all. One that is INACTIVE counts as one that fails.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// Where requests go. Its host is checked by name and number only: who sends must also look at
    /// the addresses that the name resolves to, and follow no redirect.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether its URL may lead to a private or loopback address (`chancery.privateTarget`).
    pub fn may_be_private(&self) -> bool {
        self.private_target
    }

    /// How it knows its caller.
    pub fn auth(&self) -> &HookAuth {
        &self.auth
    }

    /// What becomes of the token when it fails.
    pub fn on_failure(&self) -> OnFailure {
        self.on_failure
    }

    /// The claims of the issuer's own that it may change.
    pub fn may_patch(&self) -> impl Iterator<Item = &str> {
        self.may_patch.iter().map(String::as_str)
    }
}

/// Without the headers, whose values are secrets.
impl fmt::Debug for InlineHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InlineHook").field("id", &self.id).field("url", &self.url).finish_non_exhaustive()
    }
}
