//! From single facts to statements: equal ones are said once.

use std::collections::BTreeMap;

use super::super::people::{Crowd, PeopleId};
use super::super::uses::GrantUse;
use super::facts::{Change, Diff, Effect, Named, PeopleChanged, PeopleCondition, Region, Undecided};
use crate::model::Org;
use crate::types::{ClientId, GroupId, UserId};

type Clients = Vec<Option<ClientId>>;

#[derive(Default)]
pub(super) struct Merged {
    effects: BTreeMap<(String, Clients, Region, GrantUse), Vec<Effect>>,
    undecided: BTreeMap<(String, Clients), Vec<GrantUse>>,
}

impl Merged {
    pub(super) fn add(
        &mut self,
        server: &str,
        clients: &[Option<ClientId>],
        used: GrantUse,
        region: &Region,
        effect: Effect,
    ) {
        let key = (server.to_owned(), clients.to_vec(), region.clone(), used);
        self.effects.entry(key).or_default().push(effect);
    }

    pub(super) fn undecided(&mut self, server: &str, clients: &[Option<ClientId>], used: GrantUse) {
        self.undecided.entry((server.to_owned(), clients.to_vec())).or_default().push(used);
    }

    /// Ways to ask of which the same is said are said together, then clients.
    pub(super) fn finish(self, crowd: &Crowd, old: &Org, new: &Org) -> Diff {
        let mut by_effects: BTreeMap<(String, Region, Vec<Effect>, Clients), Vec<GrantUse>> = BTreeMap::new();
        for ((server, clients, region, used), mut effects) in self.effects {
            effects.sort();
            effects.dedup();
            by_effects.entry((server, region, effects, clients)).or_default().push(used);
        }
        let mut by_uses: BTreeMap<(String, Region, Vec<Effect>, Vec<GrantUse>), Clients> = BTreeMap::new();
        for ((server, region, effects, clients), uses) in by_effects {
            by_uses.entry((server, region, effects, uses)).or_default().extend(clients);
        }
        let names = PeopleNames { crowd, old, new };
        let changes = by_uses
            .into_iter()
            .map(|((server, region, effects, uses), clients)| {
                let (clients, other_clients) = split(clients);
                Change { server, clients, other_clients, uses, people: names.changed(&region), effects }
            })
            .collect();
        let mut undecided: BTreeMap<(String, Vec<GrantUse>), Clients> = BTreeMap::new();
        for ((server, clients), uses) in self.undecided {
            undecided.entry((server, uses)).or_default().extend(clients);
        }
        let undecided = undecided
            .into_iter()
            .map(|((server, uses), clients)| {
                let (clients, other_clients) = split(clients);
                Undecided { server, clients, other_clients, uses }
            })
            .collect();
        Diff { changes, undecided }
    }
}

fn split(mut clients: Clients) -> (Vec<String>, bool) {
    clients.sort();
    let others = clients.iter().any(Option::is_none);
    (clients.into_iter().flatten().map(|client| client.to_string()).collect(), others)
}

struct PeopleNames<'n> {
    crowd: &'n Crowd,
    old: &'n Org,
    new: &'n Org,
}

impl PeopleNames<'_> {
    fn changed(&self, region: &Region) -> PeopleChanged {
        PeopleChanged {
            in_one_of_each: region.all.iter().map(|list| self.conditions(list)).collect(),
            in_none_of: self.conditions(&region.none),
        }
    }

    fn conditions(&self, ids: &[PeopleId]) -> Vec<PeopleCondition> {
        let condition = |id: &PeopleId| {
            let people = self.crowd.get(*id)?;
            let users = |list: &[u32]| -> Vec<Named> {
                list.iter()
                    .filter_map(|user| self.crowd.users.get(*user as usize))
                    .map(|id| self.user(id))
                    .collect()
            };
            let groups = |list: &[u32]| -> Vec<Named> {
                list.iter()
                    .filter_map(|group| self.crowd.groups.get(*group as usize))
                    .map(|id| self.group(id))
                    .collect()
            };
            Some(PeopleCondition {
                everyone: people.everyone,
                users: users(&people.users),
                groups: groups(&people.groups),
                not_users: users(&people.not_users),
                not_groups: groups(&people.not_groups),
            })
        };
        ids.iter().filter_map(condition).collect()
    }

    fn user(&self, id: &UserId) -> Named {
        let known = [self.new, self.old].into_iter().find_map(|org| org.users.get(id));
        let name = known.map_or(id.as_str(), |user| user.login()).to_owned();
        Named { id: id.to_string(), name }
    }

    fn group(&self, id: &GroupId) -> Named {
        let known = [self.new, self.old].into_iter().find_map(|org| org.groups.get(id));
        let name = known.map_or(id.as_str(), |group| group.name()).to_owned();
        Named { id: id.to_string(), name }
    }
}
