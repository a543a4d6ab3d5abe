//! How access policies judged a request, for people to read.

mod advice;
mod text;

use serde::Serialize;

use super::index::{
    ClientCondition, IndexedPolicy, Off, PolicyVerdict as PolicyReading, Question, Reading, Verdict, Wanted,
};
use super::org::{Org, Server};
use super::{Lifetimes, RuleRequest, ScopeIndex};
use crate::types::{ClientId, GrantType, GroupId, PolicyId, RuleId, ScopeName, UserId};

pub(crate) use text::{list, quoted, span, write_advice};

/// How the access policies of one authorization server judge one request: every policy and every rule
/// in the order in which they are tried, each with the first condition that does not hold.
///
/// `Display` prints it as a tree, with what to change where no rule matches.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PolicyTrace {
    /// What was asked.
    pub request: AskedOfPolicies,
    /// Every policy of the server, those that are never tried included.
    pub policies: Vec<PolicyStep>,
    /// Where the rule is that decides: its policy's place in `policies`, and its own in `rules`.
    pub winner: Option<(usize, usize)>,
}

/// What access policies look at in a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AskedOfPolicies {
    /// The client.
    pub client: ClientId,
    /// The user, unless the client asks for itself.
    pub user: Option<UserId>,
    /// The user's groups; Everyone need not be among them.
    pub groups: Vec<NamedGroup>,
    /// The grant types: rules for any of them match.
    pub grants: Vec<GrantType>,
    /// The scopes.
    pub scopes: Vec<ScopeName>,
    /// Whether these are the server's default scopes, because the request named none: one of them is
    /// enough then.
    pub by_default: bool,
    /// Scopes that were asked for and that the server does not have. No rule was tried then.
    pub unknown_scopes: Vec<String>,
}

/// A group, with its name where the trace knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NamedGroup {
    /// The id.
    pub id: GroupId,
    /// What administrators call it.
    pub name: Option<String>,
}

/// The beginning of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Listed<T> {
    /// The first twenty.
    pub items: Vec<T>,
    /// How many there are besides.
    pub more: usize,
}

/// A policy, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PolicyStep {
    /// The id, `00p…` in Okta.
    pub id: PolicyId,
    /// The name administrators gave it.
    pub name: String,
    /// The place in the server's list of policies, as it is written, from 0.
    pub place: usize,
    /// What became of it.
    pub verdict: PolicyVerdict,
    /// Its rules, in the order in which they are tried.
    pub rules: Vec<RuleStep>,
}

/// What became of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum PolicyVerdict {
    /// It is for the client: its rules were tried.
    Tried,
    /// A rule before it had decided.
    NotTried,
    /// Its status is INACTIVE.
    Inactive {
        /// Whether it would be for this client.
        for_client: bool,
    },
    /// It has a condition that is not supported, and is for nobody.
    Unsupported {
        /// The condition's name.
        condition: String,
    },
    /// It is for other clients.
    NotForClient {
        /// Those that it is for.
        clients: Listed<ClientId>,
    },
}

/// A rule, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RuleStep {
    /// The id, `0pr…` in Okta.
    pub id: RuleId,
    /// The name administrators gave it.
    pub name: String,
    /// The place in the policy's list of rules, as it is written, from 0.
    pub place: usize,
    /// What became of it.
    pub verdict: RuleVerdict,
}

/// What became of a rule: it decides, or the first of its conditions that does not hold. They are
/// looked at in Okta's order: the grant type, the people, the scopes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum RuleVerdict {
    /// Every condition holds, and no rule before this one matched.
    Decides {
        /// How long what it grants lives.
        lifetimes: Lifetimes,
    },
    /// Its policy was not tried, or a rule before it had decided.
    NotTried,
    /// Its status is INACTIVE.
    Inactive {
        /// Whether it would decide if it were ACTIVE.
        would_decide: bool,
    },
    /// It has a condition that is not supported, and matches nothing.
    Unsupported {
        /// The condition's name.
        condition: String,
    },
    /// It is for other grant types.
    GrantType {
        /// Those that it is for.
        allowed: Vec<GrantType>,
    },
    /// It is for some people, and the client asks for itself.
    NoUser {
        /// The users that it is for.
        users: Listed<UserId>,
        /// The groups that it is for.
        groups: Listed<NamedGroup>,
    },
    /// It is for other people.
    OtherPeople {
        /// The users that it is for.
        users: Listed<UserId>,
        /// The groups that it is for.
        groups: Listed<NamedGroup>,
    },
    /// It excludes the user by name.
    UserExcluded {
        /// The user.
        user: UserId,
    },
    /// It excludes a group that the user is in.
    GroupExcluded {
        /// The first such group.
        group: NamedGroup,
    },
    /// It does not allow every scope that was asked for; none of the default scopes, where none was.
    Scopes {
        /// What it does not allow.
        missing: Vec<ScopeName>,
        /// What it does allow.
        allowed: Listed<ScopeName>,
    },
}

/// Lists are cut after so many.
const MOST_LISTED: usize = 20;

impl<T> Listed<T> {
    fn of(mut all: impl Iterator<Item = T>) -> Self {
        let items: Vec<T> = all.by_ref().take(MOST_LISTED).collect();
        Self { items, more: all.count() }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl Server {
    /// Why a request is decided as [`Server::matching_rule`] says: every policy and every rule, in the
    /// order in which they are tried.
    pub fn explain(&self, request: &RuleRequest<'_>) -> PolicyTrace {
        let known = |scope: &&str| self.scopes.get(scope).map(|(index, _)| index);
        let scopes: Vec<ScopeIndex> = request.scopes.iter().filter_map(known).collect();
        let question = Question {
            client: request.client,
            person: request.user,
            grants: &[request.grant],
            wanted: Wanted::All(&scopes),
        };
        let unknown: Vec<String> = request
            .scopes
            .iter()
            .filter(|scope| known(scope).is_none())
            .map(|scope| (*scope).to_owned())
            .collect();
        if unknown.is_empty() && !scopes.is_empty() {
            return PolicyTrace::new(self, &question);
        }
        let mut trace = PolicyTrace::of_nothing(self, &question);
        trace.request.unknown_scopes = unknown;
        trace
    }
}

impl PolicyTrace {
    /// Reads all policies.
    pub(crate) fn new(server: &Server, question: &Question<'_>) -> Self {
        let mut trace = Self::of_nothing(server, question);
        let writer = StepWriter::new(server, question);
        let index = server.policies();
        index.read(question, |reading| match reading {
            Reading::Policy(policy, verdict) => trace.policies.push(PolicyStep {
                id: policy.id().clone(),
                name: policy.name().to_owned(),
                place: policy.place(),
                verdict: writer.policy(policy, verdict),
                rules: Vec::new(),
            }),
            Reading::Rule(rule, verdict) => {
                let place = trace.policies.len();
                let Some(policy) = trace.policies.last_mut() else { return };
                if matches!(verdict, Verdict::Matches) {
                    trace.winner = Some((place.saturating_sub(1), policy.rules.len()));
                }
                policy.rules.push(RuleStep {
                    id: rule.rule.id().clone(),
                    name: rule.rule.name().to_owned(),
                    place: rule.at.1,
                    verdict: writer.rule(&rule, verdict),
                });
            }
        });
        trace
    }

    /// Before anything was tried.
    pub(crate) fn of_nothing(server: &Server, question: &Question<'_>) -> Self {
        let (scopes, by_default) = match question.wanted {
            Wanted::All(scopes) => (scopes, false),
            Wanted::AnyOf(scopes) => (scopes, true),
        };
        let groups = question.person.map_or(&[] as &[GroupId], |person| person.groups);
        let request = AskedOfPolicies {
            client: question.client.clone(),
            user: question.person.map(|person| person.id.clone()),
            groups: groups.iter().map(NamedGroup::of).collect(),
            grants: question.grants.to_vec(),
            scopes: names(server, scopes).collect(),
            by_default,
            unknown_scopes: Vec::new(),
        };
        Self { request, policies: Vec::new(), winner: None }
    }

    /// Whether the scopes alone keep some rule from matching.
    pub(crate) fn came_to_scopes(&self) -> bool {
        let mut rules = self.policies.iter().flat_map(|policy| &policy.rules);
        rules.any(|rule| matches!(rule.verdict, RuleVerdict::Scopes { .. }))
    }

    /// Whether a rule whose other conditions hold allows the scope.
    pub(crate) fn allows_somewhere(&self, scope: &str) -> bool {
        let rules = self.policies.iter().flat_map(|policy| &policy.rules);
        rules.into_iter().any(|rule| match &rule.verdict {
            RuleVerdict::Scopes { missing, .. } => !missing.iter().any(|known| known.as_str() == scope),
            _ => false,
        })
    }

    /// The policy and the rule that decide.
    pub fn decision(&self) -> Option<(&PolicyStep, &RuleStep)> {
        let (policy, rule) = self.winner?;
        let policy = self.policies.get(policy)?;
        Some((policy, policy.rules.get(rule)?))
    }

    /// The same with the names of the organisation's groups, where only their ids are known.
    #[must_use]
    pub fn with_names(mut self, org: &Org) -> Self {
        let name = |group: &mut NamedGroup| {
            let known = || org.group(group.id.as_str()).map(|known| known.name().to_owned());
            group.name = group.name.take().or_else(known);
        };
        self.request.groups.iter_mut().for_each(name);
        for rule in self.policies.iter_mut().flat_map(|policy| &mut policy.rules) {
            match &mut rule.verdict {
                RuleVerdict::NoUser { groups, .. } | RuleVerdict::OtherPeople { groups, .. } => {
                    groups.items.iter_mut().for_each(name);
                }
                RuleVerdict::GroupExcluded { group } => name(group),
                _ => {}
            }
        }
        self
    }
}

impl Org {
    /// Groups with their names, as far as the organisation lists them.
    pub(crate) fn named_groups(&self, ids: &[GroupId]) -> Vec<NamedGroup> {
        let name = |id: &GroupId| self.group(id.as_str()).map(|group| group.name().to_owned());
        ids.iter().map(|id| NamedGroup { id: id.clone(), name: name(id) }).collect()
    }
}

impl NamedGroup {
    fn of(id: &GroupId) -> Self {
        Self { id: id.clone(), name: None }
    }
}

fn names<'a>(server: &'a Server, scopes: &'a [ScopeIndex]) -> impl Iterator<Item = ScopeName> + 'a {
    scopes.iter().filter_map(|scope| Some(server.scopes.by_index(*scope)?.name.clone()))
}

/// Turns readings into steps: what the index knows by number gets its name.
struct StepWriter<'a> {
    server: &'a Server,
    question: &'a Question<'a>,
    users: Vec<&'a UserId>,
    groups: Vec<&'a GroupId>,
}

impl<'a> StepWriter<'a> {
    fn new(server: &'a Server, question: &'a Question<'a>) -> Self {
        let index = server.policies();
        Self { server, question, users: index.users(), groups: index.groups() }
    }

    fn policy(&self, policy: &IndexedPolicy, verdict: PolicyReading<'_>) -> PolicyVerdict {
        let clients = || self.server.policies().clients_of(policy);
        match verdict {
            PolicyReading::Tried => PolicyVerdict::Tried,
            PolicyReading::NotTried => PolicyVerdict::NotTried,
            PolicyReading::Off(Off::Inactive) => PolicyVerdict::Inactive {
                for_client: clients().is_some_and(|clients| clients.includes(self.question.client)),
            },
            PolicyReading::Off(Off::Unsupported(condition)) => {
                PolicyVerdict::Unsupported { condition: condition.to_string() }
            }
            PolicyReading::Client => {
                let clients = match clients() {
                    Some(ClientCondition::Listed(clients)) => clients.as_slice(),
                    Some(ClientCondition::All) | None => &[],
                };
                PolicyVerdict::NotForClient { clients: Listed::of(clients.iter().cloned()) }
            }
        }
    }

    fn rule(&self, rule: &super::DeclaredRule<'_>, verdict: Verdict<'_>) -> RuleVerdict {
        let users = || Listed::of(rule.users.iter().filter_map(|user| self.user(*user)));
        let groups = || Listed::of(rule.groups.iter().filter_map(|group| self.group(*group)));
        match verdict {
            Verdict::NotTried => RuleVerdict::NotTried,
            Verdict::Off(Off::Inactive, would_decide) => RuleVerdict::Inactive { would_decide },
            Verdict::Off(Off::Unsupported(condition), _) => {
                RuleVerdict::Unsupported { condition: condition.to_string() }
            }
            Verdict::Grant => RuleVerdict::GrantType { allowed: rule.grants.to_vec() },
            Verdict::NoUser => RuleVerdict::NoUser { users: users(), groups: groups() },
            Verdict::People => RuleVerdict::OtherPeople { users: users(), groups: groups() },
            Verdict::UserExcluded => match self.question.person {
                Some(person) => RuleVerdict::UserExcluded { user: person.id.clone() },
                None => RuleVerdict::NotTried,
            },
            Verdict::GroupExcluded(group) => match self.group(group) {
                Some(group) => RuleVerdict::GroupExcluded { group },
                None => RuleVerdict::NotTried,
            },
            Verdict::Scopes => {
                let (Wanted::All(wanted) | Wanted::AnyOf(wanted)) = self.question.wanted;
                let missing: Vec<ScopeIndex> =
                    wanted.iter().copied().filter(|scope| !rule.rule.covers(*scope)).collect();
                RuleVerdict::Scopes {
                    missing: names(self.server, &missing).collect(),
                    allowed: Listed::of(names(self.server, rule.scopes.unwrap_or_default())),
                }
            }
            Verdict::Matches => RuleVerdict::Decides { lifetimes: rule.rule.lifetimes() },
        }
    }

    fn user(&self, number: u32) -> Option<UserId> {
        self.users.get(number as usize).map(|id| (*id).clone())
    }

    fn group(&self, number: u32) -> Option<NamedGroup> {
        self.groups.get(number as usize).map(|id| NamedGroup::of(id))
    }
}
