//! A scope as it is declared.

use super::org::Consent;

/// A scope of an authorization server: what clients ask for and rules allow (RFC 6749 §3.3).
///
/// The system scopes (`openid`, `profile`, `email`, `address`, `phone`, `offline_access`,
/// `device_sso`) are there without being declared; declaring one replaces it.
///
/// ```
/// # use chancery::model::{Consent, Scope};
/// let scope = Scope::new("orders:write").description("Place orders").consent(Consent::Required);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Scope {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) consent: Option<Consent>,
    pub(crate) optional: bool,
    pub(crate) default: bool,
    pub(crate) published: Option<bool>,
}

impl Scope {
    /// A scope that needs no consent, is no default and is not published.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// The id, `scp…` in Okta, by which rules may name it and hooks are told of it; made up from the
    /// names unless set.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// What the consent page calls it.
    #[must_use]
    pub fn display_name(mut self, text: impl Into<String>) -> Self {
        self.display_name = Some(text.into());
        self
    }

    /// What the consent page says of it.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Whether users are asked; [`Consent::Implicit`] unless set.
    #[must_use]
    pub fn consent(mut self, consent: Consent) -> Self {
        self.consent = Some(consent);
        self
    }

    /// Lets users skip it when they are asked.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Grants it to requests that name no scope, where a rule allows it.
    #[must_use]
    pub fn by_default(mut self) -> Self {
        self.default = true;
        self
    }

    /// Lists it in the discovery documents (`metadataPublish: ALL_CLIENTS`).
    #[must_use]
    pub fn published(mut self) -> Self {
        self.published = Some(true);
        self
    }
}
