//! The access policies of one server, compiled so that a decision looks only at rules that can match.
//!
//! The rules of all policies stand in one list, in the order in which Okta tries them; a rule's place
//! in it is its *rank*, and the decision is the lowest rank that matches. Policies with the same
//! client condition share a *class*. Within a class, rules hang in buckets by grant type and by the
//! person they name (everyone, a group, a user); a large bucket is split once more by scope. A request
//! looks up one bucket for each class of its client and each group of its user, and in each bucket
//! only the rules that cover the rarest of the scopes it asks for.
//!
//! So the cost grows with the groups of the user, not with the rules of the organisation. Two things
//! make it grow all the same: a client that many policies name in lists that differ is in as many
//! classes; and rules for the same people that cover the rarest of the requested scopes but not the
//! others are walked.

mod input;
mod switched;
mod walk;

use std::collections::HashMap;
use std::hash::Hasher;
use std::sync::Arc;

pub use input::Lifetimes;
pub(crate) use input::{ClientCondition, Off, PeopleCondition, PolicyInput, RuleInput, ScopeCondition};
pub(crate) use walk::{PolicyVerdict, Question, Reading, Verdict};

use super::hook::InlineHook;
use super::org::ScopeIndex;
use crate::types::{ClientId, Configured, GrantType, GroupId, Mix, PolicyId, RuleId, UserId};

/// The policies and rules of one authorization server, indexed. Those that are never tried are kept for
/// explanations alone.
#[derive(Debug, Clone, Default)]
pub struct PolicyIndex {
    policies: Vec<IndexedPolicy>,
    /// In the order in which they are tried.
    rules: Vec<IndexedRule>,
    /// What decisions find in the buckets, rule by rule: read only where policies are analysed.
    conditions: Vec<RuleConditions>,
    classes: Vec<Class>,
    /// The class of the policies for ALL_CLIENTS.
    all_clients: Option<u32>,
    by_client: Configured<ClientId, Vec<u32>>,
    groups: HashMap<GroupId, u32>,
    users: HashMap<UserId, u32>,
}

/// A policy, as decisions and explanations name it.
#[derive(Debug, Clone)]
pub struct IndexedPolicy {
    id: PolicyId,
    name: String,
    at: u32,
    class: u32,
    /// The place among the policies that are tried.
    turn: u32,
    off: Option<Off>,
}

impl IndexedPolicy {
    /// The id, `00p…` in Okta.
    pub fn id(&self) -> &PolicyId {
        &self.id
    }

    /// The name administrators gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The place in the server's list of policies, as it was written.
    pub(crate) fn place(&self) -> usize {
        self.at as usize
    }
}

/// A rule, as decisions and explanations name it.
#[derive(Debug, Clone)]
pub struct IndexedRule {
    id: RuleId,
    name: String,
    policy: u32,
    /// `None`: any scope. Otherwise sorted.
    scopes: Option<Box<[ScopeIndex]>>,
    not_users: Box<[u32]>,
    not_groups: Box<[u32]>,
    lifetimes: Lifetimes,
    inline_hook: Option<Arc<InlineHook>>,
}

impl IndexedRule {
    /// The id, `0pr…` in Okta.
    pub fn id(&self) -> &RuleId {
        &self.id
    }

    /// The name administrators gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How long what it grants lives.
    pub fn lifetimes(&self) -> Lifetimes {
        self.lifetimes
    }

    /// The token inline hook that sees what it grants.
    pub fn inline_hook(&self) -> Option<&Arc<InlineHook>> {
        self.inline_hook.as_ref()
    }

    pub(crate) fn covers(&self, scope: ScopeIndex) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.binary_search(&scope).is_ok())
    }

    fn covers_wanted(&self, wanted: Wanted<'_>) -> bool {
        match wanted {
            Wanted::All(scopes) => scopes.iter().all(|scope| self.covers(*scope)),
            Wanted::AnyOf(scopes) => scopes.iter().any(|scope| self.covers(*scope)),
        }
    }
}

/// The conditions of a rule that decisions find in the buckets, in the index's own numbers.
#[derive(Debug, Clone)]
struct RuleConditions {
    at: u32,
    everyone: bool,
    grants: Box<[GrantType]>,
    users: Box<[u32]>,
    groups: Box<[u32]>,
    off: Option<Off>,
}

/// A rule whole, as it was declared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeclaredRule<'i> {
    pub(crate) policy: &'i IndexedPolicy,
    /// The policy's place in the order in which policies are tried.
    pub(crate) turn: usize,
    pub(crate) rule: &'i IndexedRule,
    pub(crate) clients: &'i ClientCondition,
    /// The places of the policy and of the rule, as they were written.
    pub(crate) at: (usize, usize),
    pub(crate) grants: &'i [GrantType],
    /// Sorted; `None` is any scope.
    pub(crate) scopes: Option<&'i [ScopeIndex]>,
    pub(crate) everyone: bool,
    /// Users and groups are places in [`PolicyIndex::users`] and [`PolicyIndex::groups`].
    pub(crate) users: &'i [u32],
    pub(crate) groups: &'i [u32],
    pub(crate) not_users: &'i [u32],
    pub(crate) not_groups: &'i [u32],
}

/// What a request asks of a rule's scope condition.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'a> {
    /// Every one of these, as requested. Never empty.
    All(&'a [ScopeIndex]),
    /// At least one of these: the default scopes, when the request names none.
    AnyOf(&'a [ScopeIndex]),
}

/// What access policies look at in a request.
#[derive(Debug, Clone, Copy)]
pub struct RuleRequest<'a> {
    /// The client.
    pub client: &'a ClientId,
    /// The user, unless the client asks for itself.
    pub user: Option<Person<'a>>,
    /// How it asks.
    pub grant: GrantType,
    /// The scopes it asks for.
    pub scopes: &'a [&'a str],
}

/// The user of a request, as policies see one.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// The id.
    pub id: &'a UserId,
    /// The groups; Everyone need not be among them.
    pub groups: &'a [GroupId],
}

#[derive(Debug, Clone, Default)]
struct Class {
    /// The rank of its first rule.
    first: u32,
    clients: ClientCondition,
    /// Which buckets there may be: most requests have groups that most classes do not name.
    filter: Filter,
    buckets: Configured<u64, Bucket>,
}

/// A Bloom filter of one bit a key: small enough to stay in the processor's cache, where a look into
/// the map of buckets would miss it.
#[derive(Debug, Clone, Default)]
struct Filter(Box<[u64]>);

impl Filter {
    fn of(keys: impl ExactSizeIterator<Item = u64>) -> Self {
        // Sixteen bits a key: one look in sixteen is in vain.
        let words = (keys.len() / 4).next_power_of_two();
        let mut filter = Self(vec![0; words].into_boxed_slice());
        for key in keys {
            let (word, bit) = filter.place(key);
            if let Some(word) = filter.0.get_mut(word) {
                *word |= bit;
            }
        }
        filter
    }

    fn may_hold(&self, key: u64) -> bool {
        let (word, bit) = self.place(key);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    fn place(&self, key: u64) -> (usize, u64) {
        let mut mix = Mix::default();
        mix.write_u64(key);
        let hash = mix.finish();
        ((hash >> 6) as usize & (self.0.len().wrapping_sub(1)), 1 << (hash & 63))
    }
}

/// Ranks, ascending.
#[derive(Debug, Clone, Default)]
struct Bucket {
    ranks: Vec<u32>,
    /// For large buckets: the same ranks by the scope they cover.
    by_scope: Option<ByScope>,
}

#[derive(Debug, Clone, Default)]
struct ByScope {
    any: Vec<u32>,
    listed: Configured<ScopeIndex, Vec<u32>>,
}

/// Buckets up to this many rules are walked; splitting them would cost more than it saves.
const SPLIT: usize = 16;

/// What a bucket's rules have in common, packed into its key.
fn key(grant: GrantType, person: PersonKey) -> u64 {
    let (kind, id) = match person {
        PersonKey::Everyone => (0, 0),
        PersonKey::Group(id) => (1, id),
        PersonKey::User(id) => (2, id),
    };
    (grant as u64) << 40 | kind << 32 | u64::from(id)
}

#[derive(Clone, Copy)]
enum PersonKey {
    Everyone,
    Group(u32),
    User(u32),
}

impl PolicyIndex {
    /// Indexes policies that are checked and in priority order, as are their rules.
    pub(crate) fn new(policies: Vec<PolicyInput>) -> Self {
        let mut index = Self::default();
        let mut classes: HashMap<ClientCondition, u32> = HashMap::new();
        let mut turn = 0;
        for input in policies {
            let policy = index.policies.len() as u32;
            let class = *classes.entry(input.clients.clone()).or_insert_with(|| {
                let class = index.classes.len() as u32;
                index.classes.push(Class { first: index.rules.len() as u32, ..Class::default() });
                match input.clients {
                    ClientCondition::All => index.all_clients = Some(class),
                    ClientCondition::Listed(clients) => {
                        for client in clients {
                            index.by_client.entry(client).or_default().push(class);
                        }
                    }
                }
                class
            });
            let is_tried = input.off.is_none();
            index.policies.push(IndexedPolicy {
                id: input.id,
                name: input.name,
                at: input.at as u32,
                class,
                turn,
                off: input.off,
            });
            turn += u32::from(is_tried);
            for rule in input.rules {
                index.add_rule(rule, policy, class, is_tried);
            }
        }
        for (clients, class) in classes {
            if let Some(class) = index.classes.get_mut(class as usize) {
                class.clients = clients;
            }
        }
        for class in &mut index.classes {
            class.buckets.values_mut().for_each(|bucket| bucket.split(&index.rules));
            class.filter = Filter::of(class.buckets.keys().copied());
        }
        index
    }

    fn add_rule(&mut self, input: RuleInput, policy: u32, class: u32, is_tried: bool) {
        let rank = self.rules.len() as u32;
        let mut people = Vec::new();
        if input.people.everyone {
            people.push(PersonKey::Everyone);
        } else {
            people.extend(
                input.people.groups.into_iter().map(|g| PersonKey::Group(intern(&mut self.groups, g))),
            );
            people
                .extend(input.people.users.into_iter().map(|u| PersonKey::User(intern(&mut self.users, u))));
        }
        let not_users = input.people.not_users.into_iter().map(|u| intern(&mut self.users, u)).collect();
        let not_groups = input.people.not_groups.into_iter().map(|g| intern(&mut self.groups, g)).collect();
        let scopes = match input.scopes {
            ScopeCondition::Any => None,
            ScopeCondition::Listed(mut scopes) => {
                scopes.sort_unstable();
                scopes.dedup();
                Some(scopes.into_boxed_slice())
            }
        };
        let is_tried = is_tried && input.off.is_none();
        if let Some(class) = self.classes.get_mut(class as usize).filter(|_| is_tried) {
            for grant in &input.grants {
                for person in &people {
                    let ranks = &mut class.buckets.entry(key(*grant, *person)).or_default().ranks;
                    // A rule may list a grant or a group twice.
                    if ranks.last() != Some(&rank) {
                        ranks.push(rank);
                    }
                }
            }
        }
        let of = |kind: fn(&PersonKey) -> Option<u32>| people.iter().filter_map(kind).collect();
        self.conditions.push(RuleConditions {
            at: input.at as u32,
            everyone: input.people.everyone,
            grants: input.grants.into_boxed_slice(),
            users: of(|person| if let PersonKey::User(id) = person { Some(*id) } else { None }),
            groups: of(|person| if let PersonKey::Group(id) = person { Some(*id) } else { None }),
            off: input.off,
        });
        self.rules.push(IndexedRule {
            id: input.id,
            name: input.name,
            policy,
            scopes,
            not_users,
            not_groups,
            lifetimes: input.lifetimes,
            inline_hook: input.inline_hook,
        });
    }

    /// The policies, in the order in which they are tried.
    pub fn policies(&self) -> impl Iterator<Item = &IndexedPolicy> {
        self.policies.iter().filter(|policy| policy.off.is_none())
    }

    /// The rules of all policies, in the order in which they are tried, each with its policy.
    pub fn rules(&self) -> impl Iterator<Item = (&IndexedPolicy, &IndexedRule)> {
        self.declared().map(|declared| (declared.policy, declared.rule))
    }

    /// The rules with all of their conditions, in the order in which they are tried.
    pub(crate) fn declared(&self) -> impl Iterator<Item = DeclaredRule<'_>> {
        self.everything()
            .filter(|(rule, off)| rule.policy.off.is_none() && off.is_none())
            .map(|(rule, _)| rule)
    }

    /// The same with the rules that are never tried, each with the reason why it is not.
    fn everything(&self) -> impl Iterator<Item = (DeclaredRule<'_>, Option<&Off>)> {
        self.rules.iter().zip(&self.conditions).filter_map(|(rule, conditions)| {
            let policy = self.policies.get(rule.policy as usize)?;
            let declared = DeclaredRule {
                policy,
                turn: policy.turn as usize,
                rule,
                clients: &self.classes.get(policy.class as usize)?.clients,
                at: (policy.at as usize, conditions.at as usize),
                grants: &conditions.grants,
                scopes: rule.scopes.as_deref(),
                everyone: conditions.everyone,
                users: &conditions.users,
                groups: &conditions.groups,
                not_users: &rule.not_users,
                not_groups: &rule.not_groups,
            };
            Some((declared, conditions.off.as_ref()))
        })
    }

    /// The policies with the clients that they are for and their places as they were written.
    pub(crate) fn declared_policies(
        &self,
    ) -> impl Iterator<Item = (&IndexedPolicy, &ClientCondition, usize)> {
        self.policies().filter_map(|policy| {
            let class = self.classes.get(policy.class as usize)?;
            Some((policy, &class.clients, policy.at as usize))
        })
    }

    /// The users that rules name, by their numbers.
    pub(crate) fn users(&self) -> Vec<&UserId> {
        by_number(&self.users)
    }

    /// The groups that rules name, by their numbers.
    pub(crate) fn groups(&self) -> Vec<&GroupId> {
        by_number(&self.groups)
    }

    /// The first rule for this client, person and grant type that covers what is wanted.
    pub(crate) fn decide(
        &self,
        client: &ClientId,
        person: Option<Person<'_>>,
        grants: &[GrantType],
        wanted: Wanted<'_>,
    ) -> Option<(&IndexedPolicy, &IndexedRule)> {
        let person = person.map(|person| self.known(person));
        let listed = self.by_client.get(client).map_or(&[] as &[u32], Vec::as_slice);
        let classes =
            || listed.iter().chain(&self.all_clients).filter_map(|class| self.classes.get(*class as usize));
        let mut best = None;
        // Everyone first: a match there rules out the classes that begin behind it.
        for (class, grant) in classes().flat_map(|class| grants.iter().map(move |grant| (class, *grant))) {
            self.search(class, grant, PersonKey::Everyone, person.as_ref(), wanted, &mut best);
        }
        let Some(known) = &person else { return self.at(best?) };
        for (class, grant) in classes().flat_map(|class| grants.iter().map(move |grant| (class, *grant))) {
            if best.is_some_and(|best| class.first >= best) {
                continue;
            }
            if let Some(user) = known.user {
                self.search(class, grant, PersonKey::User(user), Some(known), wanted, &mut best);
            }
            for group in &known.groups {
                self.search(class, grant, PersonKey::Group(*group), Some(known), wanted, &mut best);
            }
        }
        self.at(best?)
    }

    fn known(&self, person: Person<'_>) -> KnownPerson {
        KnownPerson {
            user: self.users.get(person.id).copied(),
            groups: person.groups.iter().filter_map(|group| self.groups.get(group).copied()).collect(),
        }
    }

    fn at(&self, rank: u32) -> Option<(&IndexedPolicy, &IndexedRule)> {
        let rule = self.rules.get(rank as usize)?;
        Some((self.policies.get(rule.policy as usize)?, rule))
    }

    /// Lowers `best` to the first rank of one bucket that matches, if that is lower.
    fn search(
        &self,
        class: &Class,
        grant: GrantType,
        of: PersonKey,
        person: Option<&KnownPerson>,
        wanted: Wanted<'_>,
        best: &mut Option<u32>,
    ) {
        let key = key(grant, of);
        let Some(bucket) = class.filter.may_hold(key).then(|| class.buckets.get(&key)).flatten() else {
            return;
        };
        bucket.candidates(wanted, |ranks| {
            for rank in ranks {
                if best.is_some_and(|best| *rank >= best) {
                    return;
                }
                let matches = self.rules.get(*rank as usize).is_some_and(|rule| {
                    rule.covers_wanted(wanted) && !person.is_some_and(|person| person.is_excluded(rule))
                });
                if matches {
                    *best = Some(*rank);
                    return;
                }
            }
        });
    }
}

/// The user of a request in the index's own numbers; groups that no rule names are left out.
struct KnownPerson {
    user: Option<u32>,
    groups: Vec<u32>,
}

impl KnownPerson {
    fn is_excluded(&self, rule: &IndexedRule) -> bool {
        self.is_excluded_by_name(rule) || self.excluding_group(rule).is_some()
    }

    fn is_excluded_by_name(&self, rule: &IndexedRule) -> bool {
        self.user.is_some_and(|user| rule.not_users.contains(&user))
    }

    fn excluding_group(&self, rule: &IndexedRule) -> Option<u32> {
        rule.not_groups.iter().copied().find(|group| self.groups.contains(group))
    }
}

fn by_number<K>(numbers: &HashMap<K, u32>) -> Vec<&K> {
    let mut known: Vec<(&K, u32)> = numbers.iter().map(|(key, number)| (key, *number)).collect();
    known.sort_unstable_by_key(|(_, number)| *number);
    known.into_iter().map(|(key, _)| key).collect()
}

fn intern<K: std::hash::Hash + Eq>(numbers: &mut HashMap<K, u32>, key: K) -> u32 {
    let next = numbers.len() as u32;
    *numbers.entry(key).or_insert(next)
}

impl Bucket {
    fn split(&mut self, rules: &[IndexedRule]) {
        if self.ranks.len() <= SPLIT {
            return;
        }
        let mut split = ByScope::default();
        for rank in &self.ranks {
            match rules.get(*rank as usize).map(|rule| &rule.scopes) {
                Some(Some(scopes)) => {
                    for scope in scopes {
                        split.listed.entry(*scope).or_default().push(*rank);
                    }
                }
                _ => split.any.push(*rank),
            }
        }
        self.by_scope = Some(split);
    }

    /// Hands out lists of ranks that together hold every rule of the bucket that could match.
    fn candidates(&self, wanted: Wanted<'_>, mut each: impl FnMut(&[u32])) {
        let Some(split) = &self.by_scope else { return each(&self.ranks) };
        each(&split.any);
        let list = |scope: &ScopeIndex| split.listed.get(scope).map_or(&[] as &[u32], Vec::as_slice);
        match wanted {
            // A rule must cover them all, so the rules that cover the rarest are enough.
            Wanted::All(scopes) => {
                each(scopes.iter().map(list).min_by_key(|ranks| ranks.len()).unwrap_or(&[]))
            }
            Wanted::AnyOf(scopes) => scopes.iter().for_each(|scope| each(list(scope))),
        }
    }
}

#[cfg(test)]
mod tests;
