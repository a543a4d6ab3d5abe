//! A group that a user belongs to.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

/// A group, as Okta's API describes it.
///
/// In an expression, `user.groups` is a list of groups that behave as their names; what `user.getGroups` answers
/// has the properties `id`, `type`, `name`, `profile`, `source`, `objectClass`, `created`, `lastUpdated` and
/// `lastMembershipUpdated`.
///
/// ```
/// use chancery::expr::Group;
///
/// let group = Group::new("00g1emaKYZTWRYYRRTSK", "West Coast Users").with_kind("OKTA_GROUP");
/// assert_eq!(group.name(), "West Coast Users");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    id: String,
    name: String,
    kind: String,
    description: Option<String>,
    source_id: Option<String>,
    source_type: Option<String>,
    object_class: Vec<String>,
    created: Option<String>,
    last_updated: Option<String>,
    last_membership_updated: Option<String>,
    profile: Map<String, Json>,
}

impl Group {
    /// A group that Okta itself manages (`OKTA_GROUP`).
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Group {
        Group { id: id.into(), name: name.into(), kind: "OKTA_GROUP".to_owned(), ..Group::default() }
    }

    /// Reads a group as Okta's API writes it: `id`, `type`, `source`, `profile`, `objectClass` and the times.
    ///
    /// Returns nothing unless it is an object. A missing id or name is empty; other members are ignored.
    pub fn from_json(json: &Json) -> Option<Group> {
        let text = |json: Option<&Json>| json.and_then(Json::as_str).map(str::to_owned);
        let json = json.as_object()?;
        let attribute = |name: &str| json.get("profile").and_then(|profile| profile.get(name));
        let source = json.get("source");
        Some(Group {
            id: text(json.get("id")).unwrap_or_default(),
            name: text(attribute("name")).unwrap_or_default(),
            kind: text(json.get("type")).unwrap_or_else(|| "OKTA_GROUP".to_owned()),
            description: text(attribute("description")),
            source_id: text(source.and_then(|source| source.get("id"))),
            source_type: text(source.and_then(|source| source.get("type"))),
            object_class: json
                .get("objectClass")
                .and_then(Json::as_array)
                .map(|classes| classes.iter().filter_map(|class| text(Some(class))).collect())
                .unwrap_or_default(),
            created: text(json.get("created")),
            last_updated: text(json.get("lastUpdated")),
            last_membership_updated: text(json.get("lastMembershipUpdated")),
            profile: json.get("profile").and_then(Json::as_object).cloned().unwrap_or_default(),
        })
    }

    /// `OKTA_GROUP`, `APP_GROUP` or `BUILT_IN`.
    #[must_use]
    pub fn with_kind(mut self, kind: impl Into<String>) -> Group {
        self.kind = kind.into();
        self
    }

    /// `profile.description`.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Group {
        self.description = Some(description.into());
        self
    }

    /// Where the group comes from: the id of the app instance, and its type (`OKTA`, an app type such as
    /// `active_directory`, or the variable name of an app).
    #[must_use]
    pub fn with_source(mut self, id: Option<String>, kind: Option<String>) -> Group {
        (self.source_id, self.source_type) = (id, kind);
        self
    }

    /// `objectClass`: `okta:user_group`, `okta:windows_security_principal`, …
    #[must_use]
    pub fn with_object_class(mut self, classes: Vec<String>) -> Group {
        self.object_class = classes;
        self
    }

    /// When the group was created, last changed, and last gained or lost a member, as ISO 8601 text.
    #[must_use]
    pub fn with_times(
        mut self,
        created: Option<String>,
        last_updated: Option<String>,
        last_membership_updated: Option<String>,
    ) -> Group {
        (self.created, self.last_updated, self.last_membership_updated) =
            (created, last_updated, last_membership_updated);
        self
    }

    /// Further attributes of the profile, such as `samAccountName`; `name` and `description` in it are ignored.
    #[must_use]
    pub fn with_profile(mut self, profile: Map<String, Json>) -> Group {
        self.profile = profile;
        self
    }

    /// The id, `00g…` in Okta.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `OKTA_GROUP`, `APP_GROUP` or `BUILT_IN`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// `profile.description`.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The id of the app instance that the group comes from.
    pub fn source_id(&self) -> Option<&str> {
        self.source_id.as_deref()
    }

    /// The type of the app that the group comes from.
    pub fn source_type(&self) -> Option<&str> {
        self.source_type.as_deref()
    }

    /// `objectClass`.
    pub fn object_class(&self) -> &[String] {
        &self.object_class
    }

    /// When the group was created.
    pub fn created(&self) -> Option<&str> {
        self.created.as_deref()
    }

    /// When the group was last changed.
    pub fn last_updated(&self) -> Option<&str> {
        self.last_updated.as_deref()
    }

    /// When the group last gained or lost a member.
    pub fn last_membership_updated(&self) -> Option<&str> {
        self.last_membership_updated.as_deref()
    }

    /// Attributes of the profile beside name and description.
    pub fn profile(&self) -> &Map<String, Json> {
        &self.profile
    }
}

/// A borrowed list of groups, owned by the list or shared with others.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Groups<'a> {
    /// A borrowed list that owns its groups.
    Owned(&'a [Group]),
    /// A borrowed list of groups that others have as well, such as those of a directory.
    Shared(&'a [Arc<Group>]),
}

impl<'a> Groups<'a> {
    /// How many groups.
    pub fn len(self) -> usize {
        match self {
            Groups::Owned(groups) => groups.len(),
            Groups::Shared(groups) => groups.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The groups in order.
    pub fn iter(self) -> impl Iterator<Item = &'a Group> {
        // One of the two is empty.
        let (owned, shared) = match self {
            Groups::Owned(groups) => (groups, [].as_slice()),
            Groups::Shared(groups) => ([].as_slice(), groups),
        };
        owned.iter().chain(shared.iter().map(Arc::as_ref))
    }
}

impl<'a> From<&'a [Group]> for Groups<'a> {
    fn from(groups: &'a [Group]) -> Self {
        Groups::Owned(groups)
    }
}

impl<'a, const N: usize> From<&'a [Group; N]> for Groups<'a> {
    fn from(groups: &'a [Group; N]) -> Self {
        Groups::Owned(groups)
    }
}

impl<'a> From<&'a Vec<Group>> for Groups<'a> {
    fn from(groups: &'a Vec<Group>) -> Self {
        Groups::Owned(groups)
    }
}

impl<'a> From<&'a [Arc<Group>]> for Groups<'a> {
    fn from(groups: &'a [Arc<Group>]) -> Self {
        Groups::Shared(groups)
    }
}

impl<'a, const N: usize> From<&'a [Arc<Group>; N]> for Groups<'a> {
    fn from(groups: &'a [Arc<Group>; N]) -> Self {
        Groups::Shared(groups)
    }
}

impl<'a> From<&'a Vec<Arc<Group>>> for Groups<'a> {
    fn from(groups: &'a Vec<Arc<Group>>) -> Self {
        Groups::Shared(groups)
    }
}
