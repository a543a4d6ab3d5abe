//! Rules that can never decide a request, by their own conditions or because earlier rules do first.
//!
//! A request is a client, a person, a way to ask and a set of scopes; a rule matches it if it matches
//! in all four. A rule is shadowed if earlier rules, perhaps several together, match everything that
//! it matches. Three facts keep the question small without making it less exact:
//!
//! - **Scopes.** A rule covers a set of scopes exactly if it covers each. So what covers a set covers
//!   its subsets, and if an earlier rule takes the largest set that a rule could decide (all of its
//!   scopes that such a request can have), it takes the others from it too: only the largest set counts, and
//!   only earlier rules that cover all of it. A request for the *default* scopes needs a rule that
//!   covers any of them; what covers the largest set covers, among these, what the rule does. So where the
//!   largest set is taken, the defaults are taken too.
//! - **Clients.** Whom more policies are for, more earlier rules match. So of the clients that a
//!   policy is for, those that the fewest of the policies before it are for decide; where it is for ALL_CLIENTS,
//!   that is a client that no list names.
//! - **Grants.** A refresh matches whatever its first grant matches, and more. So a rule that lists the first
//!   grant is tried with that; `refresh_token` counts where the rule does not list the first grant.
//!
//! What is left, whether anyone is in the rule's people and in none of the earlier ones', is
//! [`Solver::exists`].

use std::collections::HashMap;

use crate::analyse::bits::Bits;
use crate::analyse::people::{PeopleId, Solver, Undecided};
use crate::analyse::report::{Code, Report, Severity};
use crate::analyse::text::quoted;
use crate::analyse::uses::{GrantUse, Subjects, open_scopes};
use crate::analyse::view::{RuleView, ServerView};
use crate::model::ClientCondition;
use crate::types::GrantType;

/// What becomes of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Some request is decided by it.
    Decides,
    /// Its own conditions let nothing through: why.
    Nothing(&'static str),
    /// Earlier rules take everything: these, by their places.
    Shadowed(Vec<usize>),
    Undecided,
}

impl Verdict {
    /// Whether it may decide something, as far as is known.
    pub(super) fn may_decide(&self) -> bool {
        matches!(self, Self::Decides | Self::Undecided)
    }
}

/// One thing that must be impossible for a rule to be shadowed: someone in it and in none of these.
struct Question {
    subjects: Subjects,
    earlier: Vec<usize>,
}

pub(super) fn verdicts(view: &ServerView<'_>, solver: &mut Solver<'_>) -> Vec<Verdict> {
    let mut contexts: HashMap<usize, Vec<Bits>> = HashMap::new();
    let machines = open_scopes(view.server, GrantUse::first(GrantType::ClientCredentials));
    (0..)
        .zip(&view.rules)
        .map(|(place, rule)| {
            let contexts = contexts.entry(rule.policy).or_insert_with(|| contexts_of(view, rule.policy));
            verdict(view, place, rule, contexts, &machines, solver).unwrap_or(Verdict::Undecided)
        })
        .collect()
}

/// The sets of policies that clients of this one have, up to it; the smallest first.
fn contexts_of(view: &ServerView<'_>, policy: usize) -> Vec<Bits> {
    let before = Bits::of(view.clients.len(), 0..=policy);
    let mut contexts: Vec<Bits> = match view.clients.get(policy) {
        Some(ClientCondition::All) => vec![view.policies_for(None).and(&before)],
        Some(ClientCondition::Listed(clients)) => {
            clients.iter().map(|client| view.policies_for(Some(client)).and(&before)).collect()
        }
        None => Vec::new(),
    };
    contexts.sort_unstable_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    contexts.dedup();
    contexts
}

fn verdict(
    view: &ServerView<'_>,
    place: usize,
    rule: &RuleView<'_>,
    contexts: &[Bits],
    machines: &Bits,
    solver: &mut Solver<'_>,
) -> Result<Verdict, Undecided> {
    let mut uses: Vec<(Subjects, u32, Bits)> = Vec::new();
    for used in GrantUse::all().filter(|used| rule.allows(*used)) {
        if used.is_refresh() && rule.allows(GrantUse::first(used.grant())) {
            continue;
        }
        let subjects = used.subjects();
        let scopes = match subjects {
            Subjects::Machines => rule.scopes.and(machines),
            _ => rule.scopes.clone(),
        };
        if !scopes.is_empty() && solver.exists(subjects, &[rule.people], &[])? {
            uses.push((subjects, used.mask(), scopes));
        }
    }
    if contexts.is_empty() {
        return Ok(Verdict::Nothing("its policy is for no client"));
    }
    if uses.is_empty() {
        return Ok(Verdict::Nothing(why_nothing(rule, solver)?));
    }
    let before = view.rules.get(..place).unwrap_or_default();
    let mut questions = Vec::new();
    for policies in contexts {
        for (subjects, mask, scopes) in &uses {
            solver.spend(before.len())?;
            let takes = |earlier: &RuleView<'_>| {
                earlier.grants & mask != 0
                    && policies.contains(earlier.policy)
                    && scopes.is_within(&earlier.scopes)
            };
            let earlier: Vec<usize> =
                (0..).zip(before).filter(|(_, rule)| takes(rule)).map(|(place, _)| place).collect();
            if solver.exists(*subjects, &[rule.people], &people_of(view, &earlier))? {
                return Ok(Verdict::Decides);
            }
            questions.push(Question { subjects: *subjects, earlier });
        }
    }
    Ok(Verdict::Shadowed(blame(view, rule, &questions, solver)?))
}

fn people_of(view: &ServerView<'_>, rules: &[usize]) -> Vec<PeopleId> {
    let mut people: Vec<PeopleId> =
        rules.iter().filter_map(|place| view.rules.get(*place)).map(|rule| rule.people).collect();
    people.sort_unstable();
    people.dedup();
    people
}

/// Earlier rules that together are enough, and none of which is too many; the latest are dropped first.
fn blame(
    view: &ServerView<'_>,
    rule: &RuleView<'_>,
    questions: &[Question],
    solver: &mut Solver<'_>,
) -> Result<Vec<usize>, Undecided> {
    /// Past these, as many as there are: to leave out what is too many costs their square.
    const MOST: usize = 200;
    let mut needed: Vec<usize> =
        questions.iter().flat_map(|question| question.earlier.iter().copied()).collect();
    needed.sort_unstable();
    needed.dedup();
    // Mostly one is enough.
    let [in_all, ..] = questions else { return Ok(needed) };
    for candidate in &in_all.earlier {
        let mut enough = true;
        for Question { subjects, earlier } in questions {
            enough = enough
                && earlier.binary_search(candidate).is_ok()
                && !solver.exists(*subjects, &[rule.people], &people_of(view, &[*candidate]))?;
        }
        if enough {
            return Ok(vec![*candidate]);
        }
    }
    if needed.len() > MOST {
        return Ok(needed);
    }
    for candidate in needed.clone().into_iter().rev() {
        let mut enough = true;
        for Question { subjects, earlier } in questions {
            let left: Vec<usize> = earlier
                .iter()
                .copied()
                .filter(|place| *place != candidate && needed.contains(place))
                .collect();
            if solver.exists(*subjects, &[rule.people], &people_of(view, &left))? {
                enough = false;
                break;
            }
        }
        if enough {
            needed.retain(|place| *place != candidate);
        }
    }
    Ok(needed)
}

fn why_nothing(rule: &RuleView<'_>, solver: &mut Solver<'_>) -> Result<&'static str, Undecided> {
    Ok(if rule.grants == 0 {
        "it lists no grant type"
    } else if rule.scopes.is_empty() {
        "it lists no scope"
    } else if !solver.exists(Subjects::Both, &[rule.people], &[])? {
        "it includes nobody whom it does not exclude"
    } else {
        "its grant type, its people and its scopes go together in no request: client credentials are without a user, \
         and without the scopes that are about one or need consent"
    })
}

pub(super) fn report(view: &ServerView<'_>, verdicts: &[Verdict], report: &mut Report) {
    let mut undecided: Vec<&RuleView<'_>> = Vec::new();
    for (rule, verdict) in view.rules.iter().zip(verdicts) {
        let path = || view.rule_path(rule);
        match verdict {
            Verdict::Decides => {}
            Verdict::Undecided => undecided.push(rule),
            Verdict::Nothing(why) => report.add(
                Code::RuleMatchesNothing,
                Severity::Warning,
                path(),
                format!("{} matches no request: {why}", title(rule)),
                "complete the rule's conditions, or remove it",
            ),
            Verdict::Shadowed(by) => {
                let by: Vec<&RuleView<'_>> = by.iter().filter_map(|place| view.rules.get(*place)).collect();
                let how = match by.as_slice() {
                    [_] => "it is tried earlier and matches",
                    _ => "they are tried earlier and together match",
                };
                let explanation = format!(
                    "{} never decides a request, whoever asks: shadowed by {}; {how} everything that this rule does",
                    title(rule),
                    listed(&by, rule)
                );
                let first = by.first().map_or_else(String::new, |first| quoted(first.declared.rule.name()));
                let fix = format!(
                    "remove the rule, or give it a lower priority number than {first}, or narrow {first}"
                );
                report.add(Code::RuleShadowed, Severity::Warning, path(), explanation, fix);
            }
        }
    }
    if let Some(first) = undecided.first() {
        let count = undecided.len();
        report.add(
            Code::RulesUndecided,
            Severity::Advice,
            format!("{}.policies", view.path()),
            format!(
                "whether {count} rule{} can decide anything was not found out within the work bound, {} at {} the first",
                if count == 1 { "" } else { "s" },
                title(first),
                view.rule_path(first)
            ),
            "analyse with a larger bound (`lint_within`), or split the server",
        );
    }
}

pub(super) fn title(rule: &RuleView<'_>) -> String {
    format!("rule {} of policy {}", quoted(rule.declared.rule.name()), quoted(rule.declared.policy.name()))
}

fn listed(by: &[&RuleView<'_>], of: &RuleView<'_>) -> String {
    const MOST: usize = 4;
    let name = |rule: &&RuleView<'_>| {
        let (policy, place) = rule.declared.at;
        if rule.policy == of.policy {
            format!("{} (rules[{place}])", quoted(rule.declared.rule.name()))
        } else {
            format!("{} (policies[{policy}].rules[{place}])", title(rule))
        }
    };
    let mut text = by.iter().take(MOST).map(name).collect::<Vec<_>>().join(", ");
    if by.len() > MOST {
        text.push_str(&format!(" and {} more", by.len() - MOST));
    }
    text
}
