//! One of the two organisations, in the numbers that both share.

use std::collections::{BTreeSet, HashMap};

use super::super::bits::Bits;
use super::super::people::PeopleId;
use super::super::uses::{GrantUse, Subjects};
use super::super::view::ServerView;
use super::compare::Side;
use super::customized::{self, Acts};
use super::merge::Pools;
use super::{answers, open_scopes};
use crate::model::Org;
use crate::types::{ClientId, ScopeName};

/// The scopes of a server in both organisations, numbered by name.
pub(super) struct Universe {
    pub(super) scopes: Vec<ScopeName>,
    numbers: HashMap<ScopeName, usize>,
}

impl Universe {
    pub(super) fn new(before: Option<&ServerView<'_>>, after: Option<&ServerView<'_>>) -> Self {
        let mut universe = Self { scopes: Vec::new(), numbers: HashMap::new() };
        for scope in [before, after].into_iter().flatten().flat_map(|view| &view.server.scopes.scopes) {
            if !universe.numbers.contains_key(&scope.name) {
                universe.numbers.insert(scope.name.clone(), universe.scopes.len());
                universe.scopes.push(scope.name.clone());
            }
        }
        universe
    }

    pub(super) fn number(&self, scope: &str) -> Option<usize> {
        self.numbers.get(scope).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.scopes.len()
    }

    /// A server's own numbers, translated.
    pub(super) fn translate(&self, view: &ServerView<'_>, own: impl Iterator<Item = usize>) -> Bits {
        Bits::of(self.len(), own.filter_map(|scope| self.number(view.scope_name(scope))))
    }

    pub(super) fn names(&self, scopes: &Bits) -> Vec<String> {
        let mut names: Vec<String> =
            scopes.iter().filter_map(|scope| self.scopes.get(scope)).map(ToString::to_string).collect();
        names.sort_unstable();
        names
    }
}

/// What policies see of a client: which of them are for it, and how it may ask.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class {
    policies: Bits,
    token_policies: Bits,
    uses: BTreeSet<GrantUse>,
}

pub(super) struct Half<'h, 'o> {
    pub(super) org: &'h Org,
    pub(super) view: Option<&'h ServerView<'o>>,
    /// By rule.
    scopes: Vec<Bits>,
    defaults: Bits,
    /// What machines can have, and what requests about users can.
    open: [Bits; 2],
    everybody: PeopleId,
    /// By rule.
    hooks: Vec<Option<u32>>,
    /// What token policies do, in order, with the places of the policies.
    doings: Vec<(usize, Acts)>,
}

impl<'h, 'o> Half<'h, 'o> {
    pub(super) fn new(
        org: &'h Org,
        view: Option<&'h ServerView<'o>>,
        universe: &Universe,
        everybody: PeopleId,
        pools: &mut Pools,
    ) -> Self {
        let none = || Bits::none(universe.len());
        let open = |machines: bool| {
            let used = GrantUse::all().find(|used| (used.subjects() == Subjects::Machines) == machines);
            match (view, used) {
                (Some(view), Some(used)) => universe.translate(view, open_scopes(view.server, used).iter()),
                _ => none(),
            }
        };
        let of_rules = |view: &ServerView<'_>| {
            view.rules.iter().map(|rule| universe.translate(view, rule.scopes.iter())).collect()
        };
        let of_defaults = |view: &ServerView<'_>| {
            universe.translate(view, view.server.scopes.defaults().map(|(scope, _)| scope as usize))
        };
        Self {
            org,
            view,
            scopes: view.map(of_rules).unwrap_or_default(),
            defaults: view.map_or_else(none, of_defaults),
            open: [open(true), open(false)],
            everybody,
            hooks: view.map(|view| customized::hooks(view, pools)).unwrap_or_default(),
            doings: view.map(|view| customized::doings(view, universe, pools)).unwrap_or_default(),
        }
    }

    fn open(&self, used: GrantUse) -> &Bits {
        let [machines, users] = &self.open;
        if used.subjects() == Subjects::Machines { machines } else { users }
    }

    /// The scopes that a request has which names none.
    pub(super) fn defaults(&self, used: GrantUse) -> Bits {
        self.defaults.and(self.open(used))
    }

    pub(super) fn class(&self, client: Option<&ClientId>) -> Class {
        let nothing = Class { policies: Bits::none(0), token_policies: Bits::none(0), uses: BTreeSet::new() };
        let Some(view) = self.view.filter(|view| answers(view.server)) else { return nothing };
        let registered = client.and_then(|client| self.org.clients.get(client));
        let uses: BTreeSet<GrantUse> = match registered {
            Some(registered) => GrantUse::all().filter(|used| used.is_open_to(registered)).collect(),
            // Another directory knows what the client may do.
            None if self.org.outside_directory => GrantUse::all().collect(),
            None => BTreeSet::new(),
        };
        if uses.is_empty() {
            return nothing;
        }
        let customizing = (0..).zip(&view.token_policies).filter(|(_, policy)| policy.is_for(client));
        let token_policies = Bits::of(view.token_policies.len(), customizing.map(|(place, _)| place));
        Class { policies: view.policies_for(client), token_policies, uses }
    }

    /// The rules that can decide for a class of clients that ask in one way, in order. Rules from
    /// which an earlier one takes everything are left out.
    pub(super) fn sides(&self, class: &Class, used: GrantUse) -> Vec<Side> {
        let Some(view) = self.view.filter(|_| class.uses.contains(&used)) else { return Vec::new() };
        let machines = used.subjects() == Subjects::Machines;
        let mut sides: Vec<Side> = Vec::new();
        // By people, where their sides are: most rules share theirs with few.
        let mut places: HashMap<PeopleId, Vec<usize>> = HashMap::new();
        for ((rule, scopes), hook) in view.rules.iter().zip(&self.scopes).zip(&self.hooks) {
            if !rule.allows(used) || !class.policies.contains(rule.policy) {
                continue;
            }
            // Requests without a user match whoever includes everyone; nobody excludes them.
            let people = match (machines, rule.declared.everyone) {
                (true, true) => self.everybody,
                (true, false) => continue,
                (false, _) => rule.people,
            };
            let scopes = scopes.and(self.open(used));
            let side = Side { people, scopes, lifetimes: rule.lifetimes(), hook: *hook };
            let mut earlier =
                [people, self.everybody].into_iter().filter_map(|people| places.get(&people)).flatten();
            let taken = earlier
                .any(|place| sides.get(*place).is_some_and(|earlier| side.scopes.is_within(&earlier.scopes)));
            if !side.scopes.is_empty() && !taken {
                places.entry(people).or_default().push(sides.len());
                sides.push(side);
            }
        }
        sides
    }

    /// What token policies do for a class of clients that ask in one way, in order.
    pub(super) fn doings(&self, class: &Class, used: GrantUse) -> Vec<Acts> {
        let Some(view) = self.view.filter(|_| class.uses.contains(&used)) else { return Vec::new() };
        let machines = used.subjects() == Subjects::Machines;
        let mut doings = Vec::new();
        for (place, acts) in &self.doings {
            let Some(policy) = view.token_policies.get(*place) else { continue };
            let everyone = policy.policy.groups.is_none();
            let concerned = class.token_policies.contains(*place) && policy.allows(used);
            if !concerned || machines && (!everyone || acts.in_id_tokens) {
                continue;
            }
            // Requests without a user are in no group that could be excluded.
            let people = if machines { self.everybody } else { acts.people };
            doings.push(acts.of(people));
        }
        doings
    }
}
