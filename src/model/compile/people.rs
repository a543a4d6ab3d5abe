//! Groups and users: who there is, and who belongs to what.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use super::ids::{Ids, made_up};
use crate::model::builder::{DeclaredGroup, DeclaredUser};
use crate::model::check::{Findings, Path, Shown};
use crate::model::listed::Listed;
use crate::model::user::{Group, User};
use crate::types::{GroupId, UserId};

/// The people of the organisation, and the names by which the rest of the configuration calls them.
pub(super) struct Directory {
    pub(super) users: HashMap<UserId, Arc<User>>,
    pub(super) groups: HashMap<GroupId, Arc<Group>>,
    pub(super) everyone: GroupId,
    group_names: HashMap<String, Named>,
    /// Login → id, only to say which id was meant.
    logins: HashMap<String, UserId>,
    outside: bool,
}

enum Named {
    One(GroupId),
    Several,
}

/// A group that something refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GroupRef {
    Everyone,
    Group(GroupId),
}

/// What Okta's rules call the group of all users, and what its console does.
const EVERYONE: [&str; 2] = ["EVERYONE", "Everyone"];

pub(super) fn directory(
    groups: Vec<Listed<DeclaredGroup>>,
    users: Vec<Listed<DeclaredUser>>,
    outside: bool,
    out: &mut Findings,
) -> Directory {
    let mut directory = Directory {
        users: HashMap::new(),
        groups: HashMap::new(),
        everyone: GroupId::from(EVERYONE[0]),
        group_names: HashMap::new(),
        logins: HashMap::new(),
        outside,
    };
    let members = directory.add_groups(groups, out);
    directory.add_users(users, &members, out);
    directory
}

/// A group's members as it lists them, and the group's place.
struct Members {
    at: usize,
    group: GroupRef,
    users: Vec<String>,
}

impl Directory {
    /// Whether a user has this as id or as login: what tokens about that user have as `sub`.
    pub(super) fn is_a_user(&self, text: &str) -> bool {
        self.users.contains_key(text) || self.logins.contains_key(text)
    }

    fn add_groups(&mut self, groups: Vec<Listed<DeclaredGroup>>, out: &mut Findings) -> Vec<Members> {
        let at = Path::ROOT.key("groups");
        let everyone = place_of_everyone(&groups);
        let given = Ids::reserve(groups.iter().map(|listed| listed.item.id.as_deref()));
        let mut ids = Ids::default();
        let mut members = Vec::new();
        for Listed { at: place, item } in groups {
            let group_at = at.index(place);
            let Some(group) = item.group else { continue };
            if group.name().is_empty() {
                out.mistake(&group_at.key("profile").key("name"), "is empty");
            }
            let make = |salt: &str| made_up("00g", &[group.name(), salt]);
            let Some(id) = ids.take(item.id.as_deref(), &given, make, &group_at.key("id"), out) else {
                continue;
            };
            let id = GroupId::from(id);
            let reference = if everyone == Some(place) {
                self.everyone = id.clone();
                GroupRef::Everyone
            } else {
                self.name_group(group.name(), &id);
                GroupRef::Group(id.clone())
            };
            members.push(Members { at: place, group: reference, users: item.users });
            self.groups.insert(id.clone(), Arc::new(with_id(group, &id)));
        }
        if everyone.is_none() {
            let [id, name] = EVERYONE;
            let group = Group::new(id, name).with_kind("BUILT_IN");
            self.groups.insert(self.everyone.clone(), Arc::new(group));
        }
        members
    }

    fn name_group(&mut self, name: &str, id: &GroupId) {
        let named = Named::One(id.clone());
        self.group_names.entry(name.to_owned()).and_modify(|known| *known = Named::Several).or_insert(named);
    }

    fn add_users(&mut self, users: Vec<Listed<DeclaredUser>>, members: &[Members], out: &mut Findings) {
        let at = Path::ROOT.key("users");
        let given = Ids::reserve(users.iter().map(|listed| listed.item.id.as_deref()));
        let mut ids = Ids::default();
        let mut found: Vec<(User, Vec<GroupId>)> = Vec::with_capacity(users.len());
        let mut places: HashMap<UserId, usize> = HashMap::with_capacity(users.len());
        let mut logins: HashSet<String> = HashSet::with_capacity(users.len());
        for Listed { at: place, item } in users {
            let user_at = at.index(place);
            let login = item.user.login();
            let login_at = user_at.key("profile");
            if login.is_empty() {
                out.mistake(&login_at.key("login"), "is missing");
            } else if !logins.insert(login.to_lowercase()) {
                let message = format!("`{}` is the login of another user already", Shown(login));
                out.mistake(&login_at.key("login"), message);
            }
            let make = |salt: &str| made_up("00u", &[login, salt]);
            let Some(id) = ids.take(item.id.as_deref(), &given, make, &user_at.key("id"), out) else {
                continue;
            };
            let id = UserId::from(id);
            let groups = self.memberships(&item.user, &user_at, out);
            self.logins.insert(login.to_owned(), id.clone());
            places.insert(id.clone(), found.len());
            found.push((User { id, ..item.user }, groups));
        }
        for Members { at: place, group, users } in members {
            let groups_at = Path::ROOT.key("groups");
            let group_at = groups_at.index(*place);
            let users_at = group_at.key("users");
            for (i, user) in users.iter().enumerate() {
                let Some(id) = self.find_user(user, &places, &users_at.index(i), out) else { continue };
                let place = places.get(&id).and_then(|place| found.get_mut(*place));
                if let (Some((_, groups)), GroupRef::Group(group)) = (place, group) {
                    groups.push(group.clone());
                }
            }
        }
        self.users = found
            .into_iter()
            .map(|(user, groups)| (user.id.clone(), Arc::new(User { groups: each_once(groups), ..user })))
            .collect();
    }

    /// The groups that a user declared in Rust names.
    fn memberships(&self, user: &User, at: &Path<'_>, out: &mut Findings) -> Vec<GroupId> {
        let at = at.key("groups");
        let mut groups = Vec::new();
        for (i, name) in user.groups.iter().enumerate() {
            if let Some(GroupRef::Group(id)) = self.group(name.as_str(), &at.index(i), out) {
                groups.push(id);
            }
        }
        groups
    }

    /// A group by id or name.
    pub(super) fn group(&self, text: &str, at: &Path<'_>, out: &mut Findings) -> Option<GroupRef> {
        if text == self.everyone.as_str() || EVERYONE.contains(&text) {
            return Some(GroupRef::Everyone);
        }
        if let Some((id, _)) = self.groups.get_key_value(text) {
            return Some(GroupRef::Group(id.clone()));
        }
        match self.group_names.get(text) {
            Some(Named::One(id)) => Some(GroupRef::Group(id.clone())),
            Some(Named::Several) => {
                out.mistake(at, format!("several groups are called `{}`: name one by its id", Shown(text)));
                None
            }
            None if self.outside && !text.is_empty() => Some(GroupRef::Group(GroupId::from(text))),
            None => {
                let names = self.group_names.keys().map(String::as_str);
                let ids = self.groups.keys().map(GroupId::as_str);
                out.unknown(at, "group", text, names.chain(ids).chain([EVERYONE[1]]));
                None
            }
        }
    }

    /// A user by id.
    pub(super) fn user(&self, text: &str, at: &Path<'_>, out: &mut Findings) -> Option<UserId> {
        self.find_user(text, &self.users, at, out)
    }

    fn find_user<T>(
        &self,
        text: &str,
        known: &HashMap<UserId, T>,
        at: &Path<'_>,
        out: &mut Findings,
    ) -> Option<UserId> {
        if let Some((id, _)) = known.get_key_value(text) {
            return Some(id.clone());
        }
        if self.outside && !text.is_empty() {
            return Some(UserId::from(text));
        }
        match self.logins.get(text) {
            Some(id) => {
                let message = format!("`{}` is a login; users are named by their id here", Shown(text));
                out.mistake_near(at, message, id.as_str());
            }
            None => out.unknown(at, "user", text, known.keys().map(UserId::as_str)),
        }
        None
    }
}

/// Which of the groups is Everyone: the built-in one of that name, or else the first of that name.
fn place_of_everyone(groups: &[Listed<DeclaredGroup>]) -> Option<usize> {
    let is_called_so = |listed: &&Listed<DeclaredGroup>| {
        let Some(group) = &listed.item.group else { return false };
        // Another directory's group of that name has members of its own.
        group.kind() != "APP_GROUP" && (EVERYONE.contains(&group.name()) || EVERYONE.contains(&group.id()))
    };
    let built_in = |listed: &&Listed<DeclaredGroup>| {
        listed.item.group.as_ref().is_some_and(|group| group.kind() == "BUILT_IN")
    };
    let first = groups.iter().find(is_called_so);
    groups.iter().filter(is_called_so).find(built_in).or(first).map(|listed| listed.at)
}

/// The group under an id that was made up for it.
fn with_id(group: Group, id: &GroupId) -> Group {
    if group.id() == id.as_str() {
        return group;
    }
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let named = Group::new(id.as_str(), group.name())
        .with_kind(group.kind())
        .with_source(owned(group.source_id()), owned(group.source_type()))
        .with_object_class(group.object_class().to_vec())
        .with_times(
            owned(group.created()),
            owned(group.last_updated()),
            owned(group.last_membership_updated()),
        )
        .with_profile(group.profile().clone());
    match group.description() {
        Some(text) => named.with_description(text),
        None => named,
    }
}

/// Each element once, where it first stood.
pub(super) fn each_once<T: Clone + Eq + Hash>(list: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::with_capacity(list.len());
    list.into_iter().filter(|element| seen.insert(element.clone())).collect()
}
