//! Users and groups as a directory returns them.

use crate::types::{GroupId, UserId};

pub use crate::expr::Group;

/// A person: Okta's user, with the groups it belongs to.
#[derive(Debug, Clone)]
pub struct User {
    pub(crate) id: UserId,
    pub(crate) status: String,
    pub(crate) created: Option<String>,
    pub(crate) last_updated: Option<String>,
    pub(crate) password_changed: Option<String>,
    pub(crate) last_login: Option<String>,
    pub(crate) profile: serde_json::Map<String, serde_json::Value>,
    /// Every group, in the order of membership; Everyone is implied and need not be listed.
    pub(crate) groups: Vec<GroupId>,
}

impl User {
    /// A user with an id and a login, ACTIVE, in no group but Everyone.
    pub fn new(id: impl Into<UserId>, login: &str) -> Self {
        let mut profile = serde_json::Map::new();
        profile.insert("login".to_owned(), login.into());
        Self {
            id: id.into(),
            status: "ACTIVE".to_owned(),
            created: None,
            last_updated: None,
            password_changed: None,
            last_login: None,
            profile,
            groups: Vec::new(),
        }
    }

    /// Sets a profile attribute.
    #[must_use]
    pub fn with_attribute(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.profile.insert(name.to_owned(), value.into());
        self
    }

    /// Adds the user to a group.
    #[must_use]
    pub fn in_group(mut self, group: impl Into<GroupId>) -> Self {
        self.groups.push(group.into());
        self
    }

    /// Sets the status, `ACTIVE` unless set; one of Okta's.
    #[must_use]
    pub fn with_status(mut self, status: &str) -> Self {
        status.clone_into(&mut self.status);
        self
    }

    /// The id, `00u…` in Okta; the `uid` claim.
    pub fn id(&self) -> &UserId {
        &self.id
    }

    /// The login; the `sub` of access tokens unless a claim says otherwise.
    pub fn login(&self) -> &str {
        self.profile.get("login").and_then(serde_json::Value::as_str).unwrap_or("")
    }

    /// Okta's status: `ACTIVE`, `SUSPENDED`, `DEPROVISIONED`…
    pub fn status(&self) -> &str {
        &self.status
    }

    /// Whether the user may sign in and use what was granted: the status is `ACTIVE`.
    pub fn is_active(&self) -> bool {
        self.status == "ACTIVE"
    }

    /// When the user was created, as ISO 8601 text.
    pub fn created(&self) -> Option<&str> {
        self.created.as_deref()
    }

    /// When the user was last changed.
    pub fn last_updated(&self) -> Option<&str> {
        self.last_updated.as_deref()
    }

    /// When the password was last changed.
    pub fn password_changed(&self) -> Option<&str> {
        self.password_changed.as_deref()
    }

    /// When the user last signed in.
    pub fn last_login(&self) -> Option<&str> {
        self.last_login.as_deref()
    }

    /// The profile: attribute → value.
    pub fn profile(&self) -> &serde_json::Map<String, serde_json::Value> {
        &self.profile
    }

    /// The groups the user was put in; Everyone is not among them.
    pub fn groups(&self) -> &[GroupId] {
        &self.groups
    }
}
