//! The rules for one client and one way to ask, before and after.

use std::collections::BTreeMap;

use super::super::bits::Bits;
use super::super::people::{PeopleId, Solver, Undecided};
use super::super::uses::Subjects;
use super::claims::Claims;
use super::customized::Acts;
use super::facts::{DefaultGrant, Effect, Region};
use super::half::Universe;
use super::merge::{Fact, Pools};
use super::twins::Twins;
use crate::model::Lifetimes;

/// A rule in a list of rules that could decide.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Side {
    pub(super) people: PeopleId,
    /// Those of its scopes that such a request can have.
    pub(super) scopes: Bits,
    pub(super) lifetimes: Lifetimes,
    /// By its number in [`Pools`].
    pub(super) hook: Option<u32>,
}

/// All that changes depend on.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Request {
    pub(super) subjects: Subjects,
    /// No refresh: the request may name no scope.
    pub(super) first: bool,
    pub(super) before: Vec<Side>,
    pub(super) after: Vec<Side>,
    pub(super) defaults_before: Bits,
    pub(super) defaults_after: Bits,
    pub(super) doings_before: Vec<Acts>,
    pub(super) doings_after: Vec<Acts>,
}

/// Every change for requests of this kind.
pub(super) fn facts(
    request: &Request,
    claims: &Claims,
    universe: &Universe,
    solver: &mut Solver<'_>,
    pools: &mut Pools,
) -> Result<Vec<Fact>, Undecided> {
    let Request { subjects, before, after, .. } = request;
    let mut asking = Asking { subjects: *subjects, solver, pools, facts: Vec::new() };
    if before != after {
        let twins = Twins::of(before, after, |side| (side.people, side.scopes.clone()));
        asking.scopes(before, after, &twins.of_after, |scopes| Effect::ScopesGained {
            scopes: universe.names(scopes),
        })?;
        asking.scopes(after, before, &twins.of_before, |scopes| Effect::ScopesLost {
            scopes: universe.names(scopes),
        })?;
        asking.together(before, after, &twins.of_after, |scopes| Effect::TogetherGained {
            scopes: universe.names(scopes),
        })?;
        asking.together(after, before, &twins.of_before, |scopes| Effect::TogetherLost {
            scopes: universe.names(scopes),
        })?;
        asking.outcomes(before, after, &twins, universe)?;
    }
    let same_defaults = before == after && request.defaults_before == request.defaults_after;
    if request.first && !same_defaults {
        let granted = |sides: &[Side], defaults: &Bits| DefaultSide::of(sides, defaults, universe);
        asking
            .defaults(&granted(before, &request.defaults_before), &granted(after, &request.defaults_after))?;
    }
    if before != after || request.doings_before != request.doings_after {
        asking.denials(request, universe)?;
        asking.customizations(request, universe)?;
    }
    for claim in claims.of(before == after) {
        let subjects = match (claim.in_id_tokens, subjects) {
            (true, Subjects::Machines) => continue,
            (true, _) => Subjects::Users,
            (false, subjects) => *subjects,
        };
        asking.subjects = subjects;
        let had: Vec<&Side> =
            before.iter().filter(|side| claim.before.as_ref().is_some_and(|c| c.is_for(side))).collect();
        let has: Vec<&Side> =
            after.iter().filter(|side| claim.after.as_ref().is_some_and(|c| c.is_for(side))).collect();
        let (had, has) = (people(had.into_iter()), people(has.into_iter()));
        if let Some(after) = &claim.after {
            asking.gained(&has, &had, || Effect::ClaimGained { claim: after.definition.clone() })?;
        }
        if let Some(before) = &claim.before {
            asking.gained(&had, &has, || Effect::ClaimLost { claim: before.definition.clone() })?;
        }
        if let (Some(before), Some(after)) = (&claim.before, &claim.after)
            && before.definition != after.definition
        {
            let (before, after) = (before.definition.clone(), after.definition.clone());
            asking.both(had, has, Effect::ClaimChanged { before, after })?;
        }
    }
    Ok(asking.facts)
}

/// Conditions, each once.
fn people<'s>(sides: impl Iterator<Item = &'s Side>) -> Vec<PeopleId> {
    each_once(sides.map(|side| side.people).collect())
}

pub(super) fn each_once(mut people: Vec<PeopleId>) -> Vec<PeopleId> {
    people.sort_unstable();
    people.dedup();
    people
}

/// Those that cover all of the scopes.
fn covering<'s>(sides: &'s [Side], scopes: &'s Bits) -> impl Iterator<Item = &'s Side> {
    sides.iter().filter(move |side| scopes.is_within(&side.scopes))
}

pub(super) struct Asking<'a, 'c> {
    pub(super) subjects: Subjects,
    pub(super) solver: &'a mut Solver<'c>,
    pub(super) pools: &'a mut Pools,
    facts: Vec<Fact>,
}

impl Asking<'_, '_> {
    fn exists(&mut self, all: &[PeopleId], none: &[PeopleId]) -> Result<bool, Undecided> {
        self.solver.exists(self.subjects, all, none)
    }

    /// Whether anyone is in one of each list and in none of `none`.
    fn exists_in(
        &mut self,
        all: &[Vec<PeopleId>],
        none: &[PeopleId],
        also: Option<PeopleId>,
    ) -> Result<bool, Undecided> {
        self.exists_with(&mut also.into_iter().collect(), all, none)
    }

    fn exists_with(
        &mut self,
        chosen: &mut Vec<PeopleId>,
        rest: &[Vec<PeopleId>],
        none: &[PeopleId],
    ) -> Result<bool, Undecided> {
        let Some((list, rest)) = rest.split_first() else { return self.exists(chosen, none) };
        for id in list {
            chosen.push(*id);
            let found = self.exists_with(chosen, rest, none)?;
            chosen.pop();
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whoever is in one of each list and in none of `none`, if there is anyone. The list that is likely to
    /// have the fewest comes first: of the others only those conditions count that someone in the first
    /// meets, too.
    pub(super) fn concern(
        &mut self,
        all: &[&[PeopleId]],
        none: &[PeopleId],
        effect: impl FnOnce() -> Effect,
    ) -> Result<(), Undecided> {
        let mut lists: Vec<Vec<PeopleId>> = Vec::new();
        for list in all {
            let mut some = Vec::new();
            for id in *list {
                if self.exists_in(lists.get(..1).unwrap_or_default(), none, Some(*id))? {
                    some.push(*id);
                }
            }
            if some.is_empty() {
                return Ok(());
            }
            if !lists.contains(&some) {
                lists.push(some);
            }
        }
        // With two lists that has been found out.
        if lists.len() > 2 && !self.exists_in(&lists, none, None)? {
            return Ok(());
        }
        let effect = self.pools.effects.add(&effect());
        self.add(lists, none.to_vec(), effect)
    }

    /// Adds a fact of which it is known that it concerns someone. Conditions that exclude nobody
    /// who is left are no help to a reader.
    fn add(
        &mut self,
        mut all: Vec<Vec<PeopleId>>,
        mut none: Vec<PeopleId>,
        effect: u32,
    ) -> Result<(), Undecided> {
        all.dedup();
        none = each_once(none);
        let mut place = 0;
        while place < none.len() {
            let candidate = none.remove(place);
            if self.exists_in(&all, &none, Some(candidate))? {
                none.insert(place, candidate);
                place = place.saturating_add(1);
            }
        }
        let fact = (self.pools.regions.add(&Region { all, none }), effect);
        self.facts.push(fact);
        Ok(())
    }

    /// Whoever is in `has` and not in `had`.
    fn gained(
        &mut self,
        has: &[PeopleId],
        had: &[PeopleId],
        effect: impl FnOnce() -> Effect,
    ) -> Result<(), Undecided> {
        let mut gaining = Vec::new();
        for id in has {
            if self.exists(&[*id], had)? {
                gaining.push(*id);
            }
        }
        if gaining.is_empty() {
            return Ok(());
        }
        let effect = self.pools.effects.add(&effect());
        self.add(vec![gaining], had.to_vec(), effect)
    }

    /// Whoever is in both.
    fn both(&mut self, had: Vec<PeopleId>, has: Vec<PeopleId>, effect: Effect) -> Result<(), Undecided> {
        let all = vec![had, has];
        if all.iter().any(Vec::is_empty) || !self.exists_in(&all, &[], None)? {
            return Ok(());
        }
        let effect = self.pools.effects.add(&effect);
        self.add(all, Vec::new(), effect)
    }

    /// Scopes one by one that `get` grants to people to whom `have` does not. A rule that both
    /// have gains nothing.
    fn scopes(
        &mut self,
        have: &[Side],
        get: &[Side],
        twins: &[Option<usize>],
        effect: impl Fn(&Bits) -> Effect,
    ) -> Result<(), Undecided> {
        let fresh: Vec<&Side> =
            get.iter().zip(twins).filter(|(_, twin)| twin.is_none()).map(|(side, _)| side).collect();
        let Some(all) = fresh.iter().map(|side| side.scopes.clone()).reduce(|a, b| a.or(&b)) else {
            return Ok(());
        };
        let mut alike: BTreeMap<(Vec<PeopleId>, Vec<PeopleId>), Bits> = BTreeMap::new();
        for scope in all.iter() {
            self.solver.spend(have.len().saturating_add(fresh.len()))?;
            let with = |sides: &mut dyn Iterator<Item = &Side>| {
                each_once(sides.filter(|side| side.scopes.contains(scope)).map(|side| side.people).collect())
            };
            let key = (with(&mut fresh.iter().copied()), with(&mut have.iter()));
            alike.entry(key).or_insert_with(|| all.emptied()).insert(scope);
        }
        for ((has, had), scopes) in alike {
            self.gained(&has, &had, || effect(&scopes))?;
        }
        Ok(())
    }

    /// Largest sets that `get` grants to people to whom `have` does not grant all of them.
    fn together(
        &mut self,
        have: &[Side],
        get: &[Side],
        twins: &[Option<usize>],
        effect: impl Fn(&Bits) -> Effect,
    ) -> Result<(), Undecided> {
        for (side, _) in get.iter().zip(twins).filter(|(side, twin)| twin.is_none() && side.scopes.len() > 1)
        {
            self.solver.spend(have.len())?;
            let had = people(covering(have, &side.scopes));
            self.gained(&[side.people], &had, || effect(&side.scopes))?;
        }
        Ok(())
    }

    /// How long what is granted lives, and which hook sees it.
    fn outcomes(
        &mut self,
        before: &[Side],
        after: &[Side],
        twins: &Twins,
        universe: &Universe,
    ) -> Result<(), Undecided> {
        let mut none = Vec::new();
        for (i, (old, twin)) in before.iter().zip(&twins.of_before).enumerate() {
            self.solver.spend(after.len())?;
            for (j, (new, its_twin)) in after.iter().zip(&twins.of_after).enumerate() {
                // Two rules that are on both sides, but not one and the same: see the head of `diff`.
                let settled = twin.is_some() && its_twin.is_some() && *twin != Some(j);
                let same = old.lifetimes == new.lifetimes && old.hook == new.hook;
                if settled || same || !old.scopes.meets(&new.scopes) {
                    continue;
                }
                let scopes = old.scopes.and(&new.scopes);
                none.clear();
                for (sides, end) in [(before, i), (after, j)] {
                    self.solver.spend(end)?;
                    let earlier = sides.get(..end).unwrap_or_default();
                    none.extend(covering(earlier, &scopes).map(|side| side.people));
                }
                if !self.exists(&[old.people, new.people], &none)? {
                    continue;
                }
                let all = || vec![vec![old.people], vec![new.people]];
                if old.hook != new.hook {
                    let scopes = universe.names(&scopes);
                    let hook = |number: Option<u32>| self.pools.hooks.get(number?).cloned();
                    let effect = Effect::Hook { scopes, before: hook(old.hook), after: hook(new.hook) };
                    let effect = self.pools.effects.add(&effect);
                    self.add(all(), none.clone(), effect)?;
                }
                if old.lifetimes != new.lifetimes {
                    let effect = self.pools.lifetimes((scopes, old.lifetimes, new.lifetimes), universe);
                    self.add(all(), none.clone(), effect)?;
                }
            }
        }
        Ok(())
    }

    /// What requests without scopes get: the defaults that the first rule to cover any covers.
    fn defaults(&mut self, before: &[DefaultSide], after: &[DefaultSide]) -> Result<(), Undecided> {
        let twins = Twins::of(before, after, |side| side.people);
        let all = |sides: &[DefaultSide]| -> Vec<PeopleId> { sides.iter().map(|side| side.people).collect() };
        let earlier = |sides: &[DefaultSide], end: usize| all(sides.get(..end).unwrap_or_default());
        for (i, (old, twin)) in before.iter().zip(&twins.of_before).enumerate() {
            for (j, (new, its_twin)) in after.iter().zip(&twins.of_after).enumerate() {
                let settled = twin.is_some() && its_twin.is_some() && *twin != Some(j);
                if settled || old.grant == new.grant {
                    continue;
                }
                let none = [earlier(before, i), earlier(after, j)].concat();
                if self.exists(&[old.people, new.people], &none)? {
                    let effect =
                        Effect::Defaults { before: Some(old.grant.clone()), after: Some(new.grant.clone()) };
                    let effect = self.pools.effects.add(&effect);
                    self.add(vec![vec![old.people], vec![new.people]], none, effect)?;
                }
            }
        }
        for (i, old) in before.iter().enumerate() {
            let none = [earlier(before, i), all(after)].concat();
            if self.exists(&[old.people], &none)? {
                let effect = Effect::Defaults { before: Some(old.grant.clone()), after: None };
                let effect = self.pools.effects.add(&effect);
                self.add(vec![vec![old.people]], none, effect)?;
            }
        }
        for (j, new) in after.iter().enumerate() {
            let none = [earlier(after, j), all(before)].concat();
            if self.exists(&[new.people], &none)? {
                let effect = Effect::Defaults { before: None, after: Some(new.grant.clone()) };
                let effect = self.pools.effects.add(&effect);
                self.add(vec![vec![new.people]], none, effect)?;
            }
        }
        Ok(())
    }
}

/// A rule that covers some of the default scopes.
struct DefaultSide {
    people: PeopleId,
    grant: DefaultGrant,
}

impl DefaultSide {
    fn of(sides: &[Side], defaults: &Bits, universe: &Universe) -> Vec<Self> {
        let mut seen = std::collections::HashSet::new();
        sides
            .iter()
            .filter(|side| side.scopes.meets(defaults))
            // Whom an earlier rule is for as well gets nothing from a later one.
            .filter(|side| seen.insert(side.people))
            .map(|side| Self {
                people: side.people,
                grant: DefaultGrant {
                    scopes: universe.names(&side.scopes.and(defaults)),
                    lifetimes: side.lifetimes,
                },
            })
            .collect()
    }
}
