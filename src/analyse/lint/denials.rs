//! What token policies deny: everybody, all that a rule matches, all that a client can ask.
//!
//! A deny counts here if all of its policy's conditions are decided by the request: one with an expression
//! or a network is taken to hold for nobody. A request for several scopes is denied wherever one for a
//! single one of them is, because a policy asks for *any* of its scopes. So what is denied for each single
//! scope is denied altogether, and the question is, for each client, way to ask, audience and scope: is there
//! anyone in the rule's people who is in the people of no deny? Of clients, those that no list names are in the
//! fewest denies; of grant types, a first one is in fewer than its refresh.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Subject;
use super::shadow::{self, Verdict};
use super::token_policies::title;
use crate::analyse::bits::Bits;
use crate::analyse::people::{PeopleId, Solver, Undecided};
use crate::analyse::report::{Code, Report, Severity};
use crate::analyse::text::{names, quoted};
use crate::analyse::uses::{GrantUse, Subjects, open_scopes};
use crate::analyse::view::{RuleView, ServerView, TokenPolicyView};
use crate::model::{ClientCondition, CompiledAction};
use crate::types::{ClientId, GrantType};

/// The denies of one server.
pub(super) struct Denials<'v, 'o> {
    view: &'v ServerView<'o>,
    /// The rules that may decide, and whether everything that they match is denied.
    rules: Vec<(&'v RuleView<'o>, bool)>,
    denies: Vec<Deny<'v, 'o>>,
    /// What machines can have.
    machines: Bits,
    /// Scopes that are in the same denies, with these.
    scopes: Vec<(Bits, Bits)>,
    /// The denies that an audience is in, for each set of them.
    audiences: BTreeSet<Bits>,
    /// Whether someone in the people of a rule is in those of no deny.
    known: HashMap<(Subjects, PeopleId, Vec<PeopleId>), bool>,
}

struct Deny<'v, 'o> {
    policy: &'v TokenPolicyView<'o>,
    action: usize,
}

impl<'v, 'o> Denials<'v, 'o> {
    /// `None` where nothing is denied for sure.
    pub(super) fn of(view: &'v ServerView<'o>, verdicts: &[Verdict]) -> Option<Self> {
        let denies: Vec<Deny<'v, 'o>> = view
            .token_policies
            .iter()
            .filter(|policy| policy.is_plain())
            .filter_map(|policy| {
                let is_deny = |action: &CompiledAction| matches!(action, CompiledAction::Deny { .. });
                Some(Deny { policy, action: policy.policy.actions.iter().position(is_deny)? })
            })
            .collect();
        let rules = view.rules.iter().zip(verdicts).filter(|(_, verdict)| verdict.may_decide());
        let end = view.server.scopes.scopes.len();
        let of = |holds: &dyn Fn(&TokenPolicyView<'_>) -> bool| {
            let holding = (0..).zip(&denies).filter(|(_, deny)| holds(deny.policy));
            Bits::of(denies.len(), holding.map(|(place, _)| place))
        };
        let mut scopes: BTreeMap<Bits, Bits> = BTreeMap::new();
        for scope in 0..end {
            let denied = of(&|policy| policy.scopes.as_ref().is_none_or(|own| own.contains(scope)));
            scopes.entry(denied).or_insert_with(|| Bits::none(end)).insert(scope);
        }
        let audiences = view.server.audiences().map(|audience| {
            of(&|policy| {
                let own = policy.policy.audiences.as_deref();
                own.is_none_or(|list| list.iter().any(|it| **it == *audience))
            })
        });
        let audiences = audiences.collect();
        let scopes = scopes.into_iter().map(|(denies, scopes)| (scopes, denies)).collect();
        (!denies.is_empty()).then(|| Self {
            view,
            rules: rules.map(|(rule, _)| (rule, false)).collect(),
            scopes,
            audiences,
            denies,
            machines: open_scopes(view.server, GrantUse::first(GrantType::ClientCredentials)),
            known: HashMap::new(),
        })
    }

    /// The denies that are needed to deny all that these clients ask in these ways of a rule, if they do.
    fn of_rule(
        &mut self,
        rule: &RuleView<'_>,
        uses: &[GrantUse],
        clients: &[Option<&ClientId>],
        solver: &mut Solver<'_>,
    ) -> Result<Option<BTreeSet<usize>>, Undecided> {
        let mut questions: BTreeSet<(GrantUse, Bits)> = BTreeSet::new();
        for (client, used) in clients.iter().flat_map(|client| uses.iter().map(move |used| (client, *used))) {
            let granted = match used.subjects() {
                Subjects::Machines => rule.scopes.and(&self.machines),
                _ => rule.scopes.clone(),
            };
            solver.spend(self.denies.len().saturating_add(self.scopes.len()))?;
            let is_for = |deny: &Deny<'_, '_>| deny.policy.is_for(*client) && deny.policy.allows(used);
            let concerned = (0..).zip(&self.denies).filter(|(_, deny)| is_for(deny));
            let concerned = Bits::of(self.denies.len(), concerned.map(|(place, _)| place));
            for (_, by_scope) in self.scopes.iter().filter(|(scopes, _)| scopes.meets(&granted)) {
                for by_audience in &self.audiences {
                    questions.insert((used, concerned.and(by_scope).and(by_audience)));
                }
            }
        }
        for (used, denies) in &questions {
            if self.escapes(rule, *used, denies.iter(), solver)? {
                return Ok(None);
            }
        }
        // Mostly one is enough.
        let in_all = questions.iter().map(|(_, denies)| denies.clone()).reduce(|a, b| a.and(&b));
        for candidate in in_all.iter().flat_map(Bits::iter) {
            let mut enough = true;
            for (used, _) in &questions {
                enough = enough && !self.escapes(rule, *used, std::iter::once(candidate), solver)?;
            }
            if enough {
                return Ok(Some(BTreeSet::from([candidate])));
            }
        }
        let all = questions.iter().flat_map(|(_, denies)| denies.iter()).collect();
        Ok((!questions.is_empty()).then_some(all))
    }

    fn escapes(
        &mut self,
        rule: &RuleView<'_>,
        used: GrantUse,
        denies: impl Iterator<Item = usize>,
        solver: &mut Solver<'_>,
    ) -> Result<bool, Undecided> {
        let people = denies.filter_map(|place| self.denies.get(place)).map(|deny| deny.policy.people);
        let mut people: Vec<PeopleId> = people.collect();
        people.sort_unstable();
        people.dedup();
        let key = (used.subjects(), rule.people, people);
        solver.spend(1)?;
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let escapes = solver.exists(used.subjects(), &[rule.people], &key.2)?;
        self.known.insert(key, escapes);
        Ok(escapes)
    }

    /// Whether these clients get nothing of what the rule matches for them when they ask so.
    fn denies_clients(
        &mut self,
        rule: &RuleView<'_>,
        uses: &[GrantUse],
        client: &ClientId,
        solver: &mut Solver<'_>,
    ) -> Result<bool, Undecided> {
        Ok(self.of_rule(rule, uses, &[Some(client)], solver)?.is_some())
    }

    /// Says which rules are denied as a whole.
    pub(super) fn report(&mut self, solver: &mut Solver<'_>, report: &mut Report) -> Result<(), Undecided> {
        let mut found = Vec::new();
        for (rule, _) in self.rules.clone() {
            let clients: Vec<Option<&ClientId>> = match self.view.clients.get(rule.policy) {
                Some(ClientCondition::All) => vec![None],
                Some(ClientCondition::Listed(clients)) => clients.iter().map(Some).collect(),
                None => continue,
            };
            let uses: Vec<GrantUse> = GrantUse::all()
                .filter(|used| rule.allows(*used))
                .filter(|used| !used.is_refresh() || !rule.allows(GrantUse::first(used.grant())))
                .collect();
            found.push((rule, self.of_rule(rule, &uses, &clients, solver)?));
        }
        let everybody = found.iter().all(|(_, by)| by.is_some());
        for ((_, denied), (_, by)) in self.rules.iter_mut().zip(&found) {
            *denied = by.is_some();
        }
        if everybody && !found.is_empty() {
            self.everybody(found.into_iter().filter_map(|(_, by)| by).flatten().collect(), report);
            return Ok(());
        }
        for (rule, by) in found {
            let Some(by) = by else { continue };
            report.add(
                Code::RuleDenied,
                Severity::Warning,
                self.view.rule_path(rule),
                format!("whatever {} matches is denied by {}", shadow::title(rule), self.listed(&by)),
                "remove the rule, or narrow the token policy's conditions",
            );
        }
        Ok(())
    }

    fn everybody(&self, by: BTreeSet<usize>, report: &mut Report) {
        let only = by.first().filter(|_| by.len() == 1).and_then(|place| self.denies.get(*place));
        let path = only.map_or_else(
            || self.view.token_policies_path(),
            |deny| format!("{}.actions[{}]", self.view.token_policy_path(deny.policy), deny.action),
        );
        report.add(
            Code::EverybodyDenied,
            Severity::Risk,
            path,
            format!(
                "server {} issues nothing: whatever its rules match is denied by {}",
                quoted(self.view.server.name()),
                self.listed(&by)
            ),
            "give the token policy a condition, or set its `status` to `INACTIVE`",
        );
    }

    fn listed(&self, by: &BTreeSet<usize>) -> String {
        let policies = by.iter().filter_map(|place| self.denies.get(*place)).map(|deny| deny.policy);
        let policies: Vec<&TokenPolicyView<'_>> = policies.collect();
        match policies.as_slice() {
            [only] => format!("{} (tokenPolicies[{}])", title(only), only.policy.at),
            several => {
                format!("the token policies {} together", names(several.iter().map(|it| it.policy.name())))
            }
        }
    }
}

/// A server, what becomes of its rules, and its denies.
pub(super) type OfServer<'v, 'o> = (&'v ServerView<'o>, &'v [Verdict], Option<Denials<'v, 'o>>);

/// Says which clients are denied whatever they ask of whichever server.
pub(super) fn clients(
    subject: &Subject<'_>,
    mut servers: Vec<OfServer<'_, '_>>,
    solver: &mut Solver<'_>,
    report: &mut Report,
) -> Result<(), Undecided> {
    if servers.iter().all(|(.., denials)| denials.is_none()) {
        return Ok(());
    }
    for client in &subject.clients {
        let (mut matched, mut denied, mut news) = (false, true, false);
        for (view, verdicts, denials) in servers.iter_mut().filter(|(view, ..)| view.server.active) {
            let policies = view.policies_for(Some(&client.id));
            let rules = view.rules.iter().zip(*verdicts).filter(|(_, verdict)| verdict.may_decide());
            for (rule, _) in rules.filter(|(rule, _)| policies.contains(rule.policy)) {
                let open = |used: &GrantUse| rule.allows(*used) && used.is_open_to(client);
                let uses: Vec<GrantUse> = GrantUse::all().filter(open).collect();
                if uses.is_empty() {
                    continue;
                }
                matched = true;
                denied = match denials {
                    None => false,
                    Some(denials) => denials.denies_clients(rule, &uses, &client.id, solver)?,
                };
                if !denied {
                    break;
                }
                news |= denials.as_ref().is_some_and(|denials| denials.rules.iter().any(|(_, all)| !all));
            }
            if !denied {
                break;
            }
        }
        // Where everybody is denied, that has been said.
        if matched && denied && news {
            report.add(
                Code::ClientDenied,
                Severity::Warning,
                format!("apps[{}]", client.at),
                format!(
                    "whatever the client {} asks of an authorization server is denied by token policies",
                    quoted(client.id.as_str())
                ),
                "take the client out of the token policy's conditions, or deactivate it",
            );
        }
    }
    Ok(())
}
