//! The people of rules, and the one question that analysis asks of them: is there anyone in all of
//! these conditions and in none of those?
//!
//! A person is a user id and the groups the user is in, or no user at all. Users that no condition
//! names are alike, so it is enough to ask for each named id and for one that is not. For a given
//! id, a condition says of the groups "one of these, and none of those" (or only the latter, where
//! everyone or the id itself is included). That someone is in *none* of the conditions is then, for
//! each condition with groups `g…` and exclusions `n…`, the clauses `¬g ∨ n ∨ n…`: never more than
//! one negation in a clause. So are "in none of a condition's exclusions", `¬n`. Clauses of that form (the duals of Horn's)
//! have one greatest solution, which plain propagation finds: begin in every group, and leave those
//! that one must. What is asked positively, "in one of these groups", holds for some solution
//! exactly if it holds for the greatest. So the question is answered exactly, and in polynomial
//! time, although there are exponentially many people.

use std::collections::HashMap;

use super::uses::Subjects;
use crate::model::{CompiledTokenPolicy, DeclaredRule};
use crate::types::{GroupId, UserId};

/// `conditions.people` of a rule, in numbers. All lists are sorted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(super) struct People {
    pub(super) everyone: bool,
    pub(super) users: Vec<u32>,
    pub(super) groups: Vec<u32>,
    pub(super) not_users: Vec<u32>,
    pub(super) not_groups: Vec<u32>,
}

/// A condition's number in [`Crowd`].
pub(super) type PeopleId = u32;

/// Every condition of the question at hand, each once, with the users and groups that they name.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    pub(super) users: Vec<UserId>,
    pub(super) groups: Vec<GroupId>,
    user_numbers: HashMap<UserId, u32>,
    group_numbers: HashMap<GroupId, u32>,
    pub(super) conditions: Vec<People>,
    numbers: HashMap<People, PeopleId>,
}

/// The users and groups that one server's rules name, by the index's numbers and by ours.
pub(super) struct Translation {
    users: Vec<u32>,
    groups: Vec<u32>,
}

impl Crowd {
    pub(super) fn translation(&mut self, users: &[&UserId], groups: &[&GroupId]) -> Translation {
        let users = users.iter().map(|id| number(&mut self.user_numbers, &mut self.users, id)).collect();
        let groups = groups.iter().map(|id| number(&mut self.group_numbers, &mut self.groups, id)).collect();
        Translation { users, groups }
    }

    /// The number of a rule's condition. Whom it includes and excludes at once is left out, so that
    /// conditions that mean the same are more often the same.
    pub(super) fn of_rule(&mut self, rule: &DeclaredRule<'_>, names: &Translation) -> PeopleId {
        let sorted = |list: &[u32], names: &[u32]| {
            let mut list: Vec<u32> =
                list.iter().filter_map(|number| names.get(*number as usize).copied()).collect();
            list.sort_unstable();
            list.dedup();
            list
        };
        let not_users = sorted(rule.not_users, &names.users);
        let not_groups = sorted(rule.not_groups, &names.groups);
        let mut users = sorted(rule.users, &names.users);
        let mut groups = sorted(rule.groups, &names.groups);
        users.retain(|user| not_users.binary_search(user).is_err());
        groups.retain(|group| not_groups.binary_search(group).is_err());
        self.intern(People { everyone: rule.everyone, users, groups, not_users, not_groups })
    }

    /// The number of the groups that a token policy is for.
    pub(super) fn of_token_policy(&mut self, policy: &CompiledTokenPolicy) -> PeopleId {
        let mut numbers = |groups: &[GroupId]| {
            let mut list: Vec<u32> =
                groups.iter().map(|group| number(&mut self.group_numbers, &mut self.groups, group)).collect();
            list.sort_unstable();
            list.dedup();
            list
        };
        let not_groups = numbers(&policy.not_groups);
        let mut groups = numbers(policy.groups.as_deref().unwrap_or_default());
        groups.retain(|group| not_groups.binary_search(group).is_err());
        self.intern(People { everyone: policy.groups.is_none(), groups, not_groups, ..People::default() })
    }

    pub(super) fn everybody(&mut self) -> PeopleId {
        self.intern(People { everyone: true, ..People::default() })
    }

    fn intern(&mut self, people: People) -> PeopleId {
        number(&mut self.numbers, &mut self.conditions, &people)
    }

    pub(super) fn get(&self, id: PeopleId) -> Option<&People> {
        self.conditions.get(id as usize)
    }

    fn all<'c>(&'c self, ids: &[PeopleId]) -> impl Iterator<Item = &'c People> {
        ids.iter().filter_map(|id| self.get(*id))
    }
}

/// The number of a thing, the next one where it is new.
pub(super) fn number<K: Clone + Eq + std::hash::Hash>(
    numbers: &mut HashMap<K, u32>,
    list: &mut Vec<K>,
    key: &K,
) -> u32 {
    *numbers.entry(key.clone()).or_insert_with(|| {
        list.push(key.clone());
        list.len() as u32 - 1
    })
}

/// Answers questions about a [`Crowd`] until its work is used up.
pub(super) struct Solver<'c> {
    crowd: &'c Crowd,
    /// The question in which one had to leave the group.
    left: Vec<u32>,
    question: u32,
    pub(super) work: u64,
}

/// The work is used up: the question was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Undecided;

impl<'c> Solver<'c> {
    pub(super) fn new(crowd: &'c Crowd, work: u64) -> Self {
        Self { crowd, left: vec![0; crowd.groups.len()], question: 0, work }
    }

    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Undecided> {
        match self.work.checked_sub(steps as u64) {
            Some(left) => {
                self.work = left;
                Ok(())
            }
            None => {
                self.work = 0;
                Err(Undecided)
            }
        }
    }

    /// Whether anyone is in all of `all` and in none of `none`.
    pub(super) fn exists(
        &mut self,
        subjects: Subjects,
        all: &[PeopleId],
        none: &[PeopleId],
    ) -> Result<bool, Undecided> {
        self.spend(all.len().saturating_add(none.len()))?;
        if none.iter().any(|id| all.contains(id)) {
            return Ok(false);
        }
        let crowd = self.crowd;
        let machine =
            crowd.all(all).all(|people| people.everyone) && !crowd.all(none).any(|people| people.everyone);
        if subjects != Subjects::Users && machine {
            return Ok(true);
        }
        if subjects == Subjects::Machines {
            return Ok(false);
        }
        if self.is_some(None, all, none)? {
            return Ok(true);
        }
        // An id can only do better than an unnamed one where it is included by name, or excluded
        // from what one must not be in.
        let mut ids: Vec<u32> = crowd.all(all).flat_map(|people| &people.users).copied().collect();
        ids.extend(crowd.all(none).flat_map(|people| &people.not_users));
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            if self.is_some(Some(id), all, none)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The same for the user with this id, or for one that no condition names.
    fn is_some(&mut self, id: Option<u32>, all: &[PeopleId], none: &[PeopleId]) -> Result<bool, Undecided> {
        let crowd = self.crowd;
        let named = |list: &[u32]| id.is_some_and(|id| list.binary_search(&id).is_ok());
        self.question = self.question.wrapping_add(1);
        for people in crowd.all(all) {
            if named(&people.not_users) {
                return Ok(false);
            }
            for group in &people.not_groups {
                self.leave(*group);
            }
        }
        let mut changed = true;
        while changed {
            changed = false;
            self.spend(none.len())?;
            for people in crowd.all(none) {
                if named(&people.not_users) || people.not_groups.iter().any(|group| self.is_in(*group)) {
                    continue;
                }
                if people.everyone || named(&people.users) {
                    return Ok(false);
                }
                for group in &people.groups {
                    changed |= self.leave(*group);
                }
            }
        }
        let included = |people: &People| {
            people.everyone || named(&people.users) || people.groups.iter().any(|group| self.is_in(*group))
        };
        Ok(crowd.all(all).all(included))
    }

    fn is_in(&self, group: u32) -> bool {
        self.left.get(group as usize).is_some_and(|left| *left != self.question)
    }

    /// Whether that is news.
    fn leave(&mut self, group: u32) -> bool {
        let was_in = self.is_in(group);
        if let Some(left) = self.left.get_mut(group as usize) {
            *left = self.question;
        }
        was_in
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Conditions as `include-exclude`: `u` is a user, `g` a group, `*` everyone.
    fn crowd(conditions: &[&str]) -> Crowd {
        let mut crowd =
            Crowd { groups: (0..10).map(|i| GroupId::from(format!("g{i}"))).collect(), ..Crowd::default() };
        for text in conditions {
            let (include, exclude) = text.split_once('-').unwrap_or((text, ""));
            let numbers = |text: &str, kind: &str| -> Vec<u32> {
                text.split(' ').filter_map(|word| word.strip_prefix(kind)?.parse().ok()).collect()
            };
            let people = People {
                everyone: include.contains('*'),
                users: numbers(include, "u"),
                groups: numbers(include, "g"),
                not_users: numbers(exclude, "u"),
                not_groups: numbers(exclude, "g"),
            };
            crowd.conditions.push(people);
        }
        crowd
    }

    /// Whether anyone is in the first condition and in none of the rest.
    fn left(subjects: Subjects, conditions: &[&str]) -> bool {
        let crowd = crowd(conditions);
        let rest: Vec<PeopleId> = (1..conditions.len() as u32).collect();
        Solver::new(&crowd, 1000).exists(subjects, &[0], &rest).unwrap()
    }

    #[test]
    fn several_conditions_cover_what_none_does_alone() {
        let users = |conditions: &[&str]| left(Subjects::Users, conditions);
        assert!(!users(&["*", "g1", "*-g1"]));
        assert!(users(&["*", "g1", "*-g1 g2"]), "whoever is in g2 alone");
        assert!(!users(&["g1 g2", "g1-g3", "g2-g3", "g3-g4", "*-u1", "u1"]));
        // Each leads to the next: not in g4, so not in g3, so not in g2.
        assert!(!users(&["g1", "g2-g3", "g1-g2", "g3-g4", "g4"]));
        assert!(users(&["g1", "g2-g3", "g1-g2", "g3-g4", "g4-g5"]), "in all five");
        assert!(users(&["*", "*-u7"]) && users(&["u7", "g1"]) && !users(&["u7-g1", "*-g1"]));
        assert!(!users(&["g1-g1", "g2"]) && !users(&["-g1"]));
    }

    #[test]
    fn requests_without_a_user_are_for_whoever_includes_everyone() {
        assert!(left(Subjects::Machines, &["*-u1 g1", "g1", "u1"]));
        assert!(!left(Subjects::Machines, &["*", "*-g1"]) && !left(Subjects::Machines, &["g1"]));
        assert!(left(Subjects::Both, &["*", "*-g1"]), "members of g1");
        assert!(!left(Subjects::Both, &["*", "*-g1", "g1"]));
    }

    #[test]
    fn work_ends() {
        let crowd = crowd(&["*", "g1", "g2"]);
        let mut solver = Solver::new(&crowd, 4);
        assert_eq!(solver.exists(Subjects::Users, &[0], &[1, 2]), Err(Undecided));
        assert_eq!(solver.exists(Subjects::Users, &[0], &[]), Err(Undecided), "it stays used up");
    }
}
