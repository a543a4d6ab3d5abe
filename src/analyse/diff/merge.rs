//! From single facts to statements: equal ones are said once.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::bits::Bits;
use super::super::people::{Crowd, PeopleId, number};
use super::super::uses::GrantUse;
use super::customized::Doing;
use super::facts::{
    Change, Condition, Diff, Effect, HookDefinition, Named, PeopleChanged, PeopleCondition, Region, Undecided,
};
use super::half::Universe;
use crate::model::{Lifetimes, Org};
use crate::types::{ClientId, GroupId, UserId};

/// Things that are each kept once and called by their numbers.
pub(super) struct Pool<T> {
    numbers: HashMap<T, u32>,
    list: Vec<T>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), list: Vec::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Pool<T> {
    pub(super) fn add(&mut self, item: &T) -> u32 {
        number(&mut self.numbers, &mut self.list, item)
    }

    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.list.get(number as usize)
    }
}

/// A region and an effect, by their numbers.
pub(super) type Fact = (u32, u32);

/// What the facts of one comparison are about.
#[derive(Default)]
pub(super) struct Pools {
    pub(super) regions: Pool<Region>,
    pub(super) effects: Pool<Effect>,
    lifetimes: HashMap<(Bits, Lifetimes, Lifetimes), u32>,
    /// What token policies do.
    pub(super) doings: Pool<Doing>,
    pub(super) hooks: Pool<HookDefinition>,
}

impl Pools {
    /// The effect that tokens for these scopes live otherwise. Most facts are of this kind.
    pub(super) fn lifetimes(&mut self, key: (Bits, Lifetimes, Lifetimes), universe: &Universe) -> u32 {
        let effects = &mut self.effects;
        *self.lifetimes.entry(key).or_insert_with_key(|(scopes, before, after)| {
            let scopes = universe.names(scopes);
            effects.add(&Effect::Lifetimes { scopes, before: *before, after: *after })
        })
    }

    /// The numbers of scopes mean others from here on.
    pub(super) fn next_server(&mut self) {
        self.lifetimes.clear();
    }
}

type Clients = Vec<Option<ClientId>>;

#[derive(Default)]
pub(super) struct Merged {
    servers: Vec<String>,
    classes: Vec<Clients>,
    /// Server, clients, region, use, effect.
    facts: Vec<(u32, u32, u32, GrantUse, u32)>,
    undecided: Vec<(u32, GrantUse, u32)>,
}

impl Merged {
    /// What is added from here on is about this server.
    pub(super) fn server(&mut self, id: &str) {
        self.servers.push(id.to_owned());
    }

    /// What is added from here on is about these clients.
    pub(super) fn clients(&mut self, clients: Clients) {
        self.classes.push(clients);
    }

    fn place(&self) -> (u32, u32) {
        (self.servers.len().saturating_sub(1) as u32, self.classes.len().saturating_sub(1) as u32)
    }

    pub(super) fn add(&mut self, used: GrantUse, (region, effect): Fact) {
        let (server, class) = self.place();
        self.facts.push((server, class, region, used, effect));
    }

    pub(super) fn undecided(&mut self, used: GrantUse) {
        let (server, class) = self.place();
        self.undecided.push((server, used, class));
    }

    /// Ways to ask of which the same is said are said together, then clients.
    pub(super) fn finish(mut self, pools: &Pools, crowd: &Crowd, old: &Org, new: &Org) -> Diff {
        let mut effect_lists: Pool<Vec<u32>> = Pool::default();
        let mut use_lists: Pool<Vec<GrantUse>> = Pool::default();
        self.facts.sort_unstable();
        let by_use =
            runs(&self.facts, |a| (a.0, a.1, a.2, a.3)).map(|((server, class, region, used), run)| {
                let mut effects: Vec<u32> = run.iter().map(|fact| fact.4).collect();
                effects.sort_unstable_by_key(|effect| pools.effects.get(*effect));
                effects.dedup();
                (server, class, region, effect_lists.add(&effects), used)
            });
        let mut by_use: Vec<(u32, u32, u32, u32, GrantUse)> = by_use.collect();
        by_use.sort_unstable();
        let by_class =
            runs(&by_use, |a| (a.0, a.1, a.2, a.3)).map(|((server, class, region, effects), run)| {
                let uses = run.iter().map(|fact| fact.4).collect();
                (server, region, effects, use_lists.add(&uses), class)
            });
        let mut by_class: Vec<(u32, u32, u32, u32, u32)> = by_class.collect();
        by_class.sort_unstable();

        let people = Described::new(crowd, old, new);
        let regions: Vec<Arc<PeopleChanged>> =
            pools.regions.list.iter().map(|region| Arc::new(people.changed(region))).collect();
        let effects: Vec<Arc<[Effect]>> = effect_lists
            .list
            .iter()
            .map(|list| list.iter().filter_map(|effect| pools.effects.get(*effect)).cloned().collect())
            .collect();
        let changes = runs(&by_class, |a| (a.0, a.1, a.2, a.3))
            .filter_map(|((server, region, list, uses), run)| {
                let (clients, other_clients) = self.clients_of(run.iter().map(|fact| fact.4));
                Some(Change {
                    server: self.servers.get(server as usize)?.clone(),
                    clients,
                    other_clients,
                    uses: use_lists.get(uses)?.clone(),
                    people: Arc::clone(regions.get(region as usize)?),
                    effects: Arc::clone(effects.get(list as usize)?),
                })
            })
            .collect();

        self.undecided.sort_unstable();
        let undecided = runs(&self.undecided, |a| (a.0, a.1))
            .filter_map(|((server, used), run)| {
                let (clients, other_clients) = self.clients_of(run.iter().map(|left| left.2));
                let server = self.servers.get(server as usize)?.clone();
                Some(Undecided { server, clients, other_clients, uses: vec![used] })
            })
            .collect();
        Diff { changes, undecided }
    }

    fn clients_of(&self, classes: impl Iterator<Item = u32>) -> (Vec<ClientId>, bool) {
        let all = classes.filter_map(|class| self.classes.get(class as usize)).flatten();
        let mut clients: Clients = all.cloned().collect();
        clients.sort();
        let others = clients.iter().any(Option::is_none);
        (clients.into_iter().flatten().collect(), others)
    }
}

/// Neighbours of one key.
fn runs<T, K: PartialEq>(sorted: &[T], key: impl Fn(&T) -> K) -> impl Iterator<Item = (K, &[T])> {
    let same = {
        let key = &key;
        sorted.chunk_by(move |a, b| key(a) == key(b)).map(|run| run.len()).collect::<Vec<usize>>()
    };
    let mut rest = sorted;
    same.into_iter().filter_map(move |length| {
        let (run, left) = rest.split_at_checked(length)?;
        rest = left;
        Some((key(run.first()?), run))
    })
}

/// The conditions with the names that the organisations give to those in them.
struct Described {
    conditions: Vec<PeopleCondition>,
}

impl Described {
    fn new(crowd: &Crowd, old: &Org, new: &Org) -> Self {
        let user = |id: &UserId| {
            let known = [new, old].into_iter().find_map(|org| org.users.get(id));
            Named::new(id.as_str(), known.map(|user| user.login()))
        };
        let group = |id: &GroupId| {
            let known = [new, old].into_iter().find_map(|org| org.groups.get(id));
            Named::new(id.as_str(), known.map(|group| group.name()))
        };
        let users: Vec<Named> = crowd.users.iter().map(user).collect();
        let groups: Vec<Named> = crowd.groups.iter().map(group).collect();
        let named = |list: &[u32], all: &[Named]| -> Vec<Named> {
            list.iter().filter_map(|number| all.get(*number as usize)).cloned().collect()
        };
        let conditions = crowd.conditions.iter().map(|people| {
            PeopleCondition(Arc::new(Condition {
                everyone: people.everyone,
                users: named(&people.users, &users),
                groups: named(&people.groups, &groups),
                not_users: named(&people.not_users, &users),
                not_groups: named(&people.not_groups, &groups),
            }))
        });
        Self { conditions: conditions.collect() }
    }

    fn changed(&self, region: &Region) -> PeopleChanged {
        PeopleChanged {
            in_one_of_each: region.all.iter().map(|list| self.conditions(list)).collect(),
            in_none_of: self.conditions(&region.none),
        }
    }

    fn conditions(&self, ids: &[PeopleId]) -> Vec<PeopleCondition> {
        ids.iter().filter_map(|id| self.conditions.get(*id as usize)).cloned().collect()
    }
}
