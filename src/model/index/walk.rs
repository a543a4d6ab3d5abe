//! The plain reading of the policies: every rule in turn, and the first condition that does not hold.
//!
//! Decisions do not come by here, they look rules up; but both ask the same functions about a rule, and
//! a property test holds the outcome of this walk against theirs.

use super::{DeclaredRule, IndexedPolicy, KnownPerson, Off, Person, PolicyIndex, Wanted};
use crate::types::{ClientId, GrantType};

/// What a request asks of the policies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) client: &'a ClientId,
    pub(crate) person: Option<Person<'a>>,
    /// Rules for any of these match.
    pub(crate) grants: &'a [GrantType],
    pub(crate) wanted: Wanted<'a>,
}

/// One step of the reading.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reading<'i> {
    Policy(&'i IndexedPolicy, PolicyVerdict<'i>),
    /// A rule of the policy that was last read.
    Rule(DeclaredRule<'i>, Verdict<'i>),
}

/// What becomes of a policy.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PolicyVerdict<'i> {
    /// A rule before it decided.
    NotTried,
    Off(&'i Off),
    /// It is for other clients.
    Client,
    /// Its rules are tried.
    Tried,
}

/// What becomes of a rule: the first condition that does not hold.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Verdict<'i> {
    /// Its policy is not tried, or another rule decided before.
    NotTried,
    /// It is never tried; whether it would decide otherwise.
    Off(&'i Off, bool),
    Grant,
    /// It names people, and there is no user.
    NoUser,
    /// It names other people.
    People,
    UserExcluded,
    /// By membership in this group.
    GroupExcluded(u32),
    Scopes,
    /// It decides.
    Matches,
}

impl PolicyIndex {
    /// Reads the policies in the order in which they are tried, to the end.
    pub(crate) fn read<'i>(&'i self, question: &Question<'_>, mut visit: impl FnMut(Reading<'i>)) {
        let person = question.person.map(|person| self.known(person));
        let mut decided = false;
        let mut rules = self.everything().peekable();
        for (number, policy) in (0..).zip(&self.policies) {
            let is_for_client = || {
                let class = self.classes.get(policy.class as usize);
                class.is_some_and(|class| class.clients.includes(question.client))
            };
            let verdict = match &policy.off {
                _ if decided => PolicyVerdict::NotTried,
                Some(off) => PolicyVerdict::Off(off),
                None if is_for_client() => PolicyVerdict::Tried,
                None => PolicyVerdict::Client,
            };
            visit(Reading::Policy(policy, verdict));
            let tried = matches!(verdict, PolicyVerdict::Tried);
            while let Some((rule, off)) = rules.next_if(|(rule, _)| rule.rule.policy == number) {
                let verdict = match off {
                    _ if decided || !tried => Verdict::NotTried,
                    Some(off) => {
                        let otherwise = judge(&rule, question, person.as_ref());
                        Verdict::Off(off, matches!(otherwise, Verdict::Matches))
                    }
                    None => judge(&rule, question, person.as_ref()),
                };
                decided |= matches!(verdict, Verdict::Matches);
                visit(Reading::Rule(rule, verdict));
            }
        }
    }

    /// The clients that a policy is for.
    pub(crate) fn clients_of(&self, policy: &IndexedPolicy) -> Option<&super::ClientCondition> {
        self.classes.get(policy.class as usize).map(|class| &class.clients)
    }
}

/// Okta's order: the grant type, the people, the scopes.
fn judge<'i>(rule: &DeclaredRule<'i>, question: &Question<'_>, person: Option<&KnownPerson>) -> Verdict<'i> {
    if !question.grants.iter().any(|grant| rule.grants.contains(grant)) {
        return Verdict::Grant;
    }
    match person {
        None if !rule.everyone => return Verdict::NoUser,
        Some(person) if !person.is_included(rule) => return Verdict::People,
        Some(person) if person.is_excluded_by_name(rule.rule) => return Verdict::UserExcluded,
        Some(person) => {
            if let Some(group) = person.excluding_group(rule.rule) {
                return Verdict::GroupExcluded(group);
            }
        }
        None => {}
    }
    if rule.rule.covers_wanted(question.wanted) { Verdict::Matches } else { Verdict::Scopes }
}

impl KnownPerson {
    fn is_included(&self, rule: &DeclaredRule<'_>) -> bool {
        rule.everyone
            || self.user.is_some_and(|user| rule.users.contains(&user))
            || self.groups.iter().any(|group| rule.groups.contains(group))
    }
}
