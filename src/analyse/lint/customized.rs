//! What token policies make of claims: set twice, or changed where there is none.

use super::token_policies::{Reach, shares_a_client, title};
use crate::analyse::people::{Solver, Undecided};
use crate::analyse::report::{Code, Report, Severity};
use crate::analyse::text::quoted;
use crate::analyse::uses::Subjects;
use crate::analyse::view::ServerView;
use crate::expr::Input;
use crate::model::{ActionValue, CompiledAction, CompiledClaim, Tokens};

/// An action on a claim, and where it stands.
#[derive(Clone, Copy)]
struct Act<'r, 'v, 'o> {
    /// The place among the token policies that are applied.
    turn: usize,
    reach: &'r Reach<'v, 'o>,
    place: usize,
    claim: &'o str,
    tokens: Tokens,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// `addClaim`; whether its value is made of the token's claims, which is no slip.
    Add {
        builds: bool,
    },
    Replace,
    Remove,
}

pub(super) fn report(
    view: &ServerView<'_>,
    reaches: &[Reach<'_, '_>],
    solver: &mut Solver<'_>,
    report: &mut Report,
) -> Result<(), Undecided> {
    let acts: Vec<Act<'_, '_, '_>> = acts(reaches);
    for (number, act) in acts.iter().enumerate() {
        let (earlier, rest) = acts.split_at_checked(number).unwrap_or_default();
        match act.kind {
            Kind::Add { builds } => {
                if !builds {
                    over_the_server(view, act, report);
                }
                overwritten(view, act, rest.get(1..).unwrap_or_default(), solver, report)?;
            }
            Kind::Replace | Kind::Remove => never_there(view, act, earlier, solver, report)?,
        }
    }
    Ok(())
}

/// What the policies that apply to anything do with claims, in the order in which they do.
fn acts<'r, 'v, 'o>(reaches: &'r [Reach<'v, 'o>]) -> Vec<Act<'r, 'v, 'o>> {
    let mut acts = Vec::new();
    for (turn, reach) in reaches.iter().enumerate().filter(|(_, reach)| !reach.meetings.is_empty()) {
        let policy = reach.policy.policy;
        for (place, action) in policy.actions.iter().enumerate() {
            let (claim, tokens, kind) = match action {
                CompiledAction::Set { claim, tokens, only_present: true, .. } => {
                    (claim, tokens, Kind::Replace)
                }
                CompiledAction::Set { claim, tokens, value, .. } => {
                    let builds = matches!(value, ActionValue::Expression(program) if program.reads().contains(Input::TokenClaims));
                    (claim, tokens, Kind::Add { builds })
                }
                CompiledAction::Remove { claim, tokens } => (claim, tokens, Kind::Remove),
                CompiledAction::AccessLifetime(_) | CompiledAction::Deny { .. } => continue,
            };
            acts.push(Act { turn, reach, place, claim, tokens: *tokens, kind });
        }
    }
    acts
}

impl Act<'_, '_, '_> {
    fn path(&self, view: &ServerView<'_>) -> String {
        let key = match self.kind {
            Kind::Add { .. } => "addClaim",
            Kind::Replace => "replaceClaim",
            Kind::Remove => "removeClaim",
        };
        format!("{}.actions[{}].{key}", view.token_policy_path(self.reach.policy), self.place)
    }

    /// Whether the server itself gives this claim to tokens that the policy acts on: which kinds.
    fn of_server(&self, view: &ServerView<'_>) -> Tokens {
        let openid = view.server.scopes.by_name.get("openid").map(|scope| *scope as usize);
        let carries = |claim: &CompiledClaim, id: bool| {
            claim.name() == self.claim
                && self.reach.meetings.iter().any(|meeting| {
                    let users = meeting.uses.iter().any(|used| used.subjects() != Subjects::Machines);
                    let scopes = &meeting.rule.scopes;
                    let id_token = !id || users && openid.is_some_and(|openid| scopes.contains(openid));
                    let asked = claim.scopes.iter().any(|scope| scopes.contains(*scope as usize));
                    id_token && (claim.scopes.is_empty() || asked)
                })
        };
        Tokens {
            access: self.tokens.access && view.server.access_claims.iter().any(|claim| carries(claim, false)),
            id: self.tokens.id && view.server.id_claims.iter().any(|claim| carries(claim, true)),
        }
    }

    /// Whether both are about one claim of one kind of token, in some request that both policies act on,
    /// as far as their conditions in numbers tell.
    fn meets(&self, other: &Self, view: &ServerView<'_>, solver: &mut Solver<'_>) -> Result<bool, Undecided> {
        solver.spend(1)?;
        let one_kind = self.tokens.access && other.tokens.access || self.tokens.id && other.tokens.id;
        if self.claim != other.claim || !one_kind {
            return Ok(false);
        }
        if self.turn == other.turn {
            return Ok(true);
        }
        let [a, b] = [self.reach.policy, other.reach.policy];
        let audiences = match (&a.policy.audiences, &b.policy.audiences) {
            (Some(a), Some(b)) => a.iter().any(|audience| b.contains(audience)),
            _ => true,
        };
        if !audiences {
            return Ok(false);
        }
        for mine in &self.reach.meetings {
            for theirs in other.reach.meetings.iter().filter(|theirs| std::ptr::eq(theirs.rule, mine.rule)) {
                if !shares_a_client(view, mine.rule, &[a, b]) {
                    continue;
                }
                for used in mine.uses.iter().filter(|used| theirs.uses.contains(used)) {
                    if solver.exists(used.subjects(), &[mine.rule.people, a.people, b.people], &[])? {
                        return Ok(true);
                    }
                }
            }
            solver.spend(other.reach.meetings.len())?;
        }
        Ok(false)
    }
}

fn over_the_server(view: &ServerView<'_>, act: &Act<'_, '_, '_>, report: &mut Report) {
    let both = act.of_server(view);
    if !both.access && !both.id {
        return;
    }
    report.add(
        Code::ClaimOverwritten,
        Severity::Advice,
        act.path(view),
        format!(
            "{} sets the claim {}, which server {} sets in {}, too: the policy's value, which comes later, wins",
            title(act.reach.policy),
            quoted(act.claim),
            quoted(view.server.name()),
            kinds(both)
        ),
        "rename one of the two, or use `replaceClaim`, which says that it is meant",
    );
}

fn overwritten(
    view: &ServerView<'_>,
    act: &Act<'_, '_, '_>,
    later: &[Act<'_, '_, '_>],
    solver: &mut Solver<'_>,
    report: &mut Report,
) -> Result<(), Undecided> {
    // Two expressions may well exclude each other.
    let asks = |act: &Act<'_, '_, '_>| act.reach.policy.policy.condition.is_some();
    for other in later.iter().filter(|other| other.kind == Kind::Add { builds: false }) {
        if act.turn != other.turn && asks(act) && asks(other) || !act.meets(other, view, solver)? {
            continue;
        }
        let (policy, place) = (other.reach.policy, other.place);
        report.add(
            Code::ClaimOverwritten,
            Severity::Advice,
            act.path(view),
            format!(
                "{} sets the claim {}, and {} (tokenPolicies[{}].actions[{place}]) sets it again: the latter is applied \
                 later and wins where both are",
                title(act.reach.policy),
                quoted(act.claim),
                title(policy),
                policy.policy.at
            ),
            "rename one of the two, let their conditions exclude each other, or use `replaceClaim` in the latter",
        );
        return Ok(());
    }
    Ok(())
}

fn never_there(
    view: &ServerView<'_>,
    act: &Act<'_, '_, '_>,
    earlier: &[Act<'_, '_, '_>],
    solver: &mut Solver<'_>,
    report: &mut Report,
) -> Result<(), Undecided> {
    let there = act.of_server(view);
    // Every access token has these, whoever sets them.
    let always = act.tokens.access && matches!(act.claim, "sub" | "aud");
    if there.access || there.id || always || act.tokens == Tokens::default() {
        return Ok(());
    }
    for other in earlier.iter().filter(|other| matches!(other.kind, Kind::Add { .. })) {
        if act.meets(other, view, solver)? {
            return Ok(());
        }
    }
    let does = if act.kind == Kind::Remove { "removes" } else { "replaces" };
    report.add(
        Code::ClaimNeverThere,
        Severity::Warning,
        act.path(view),
        format!(
            "{} {does} the claim {} of {}, and none that it acts on has one",
            title(act.reach.policy),
            quoted(act.claim),
            kinds(act.tokens)
        ),
        "correct the name, use `addClaim`, or remove the action",
    );
    Ok(())
}

fn kinds(tokens: Tokens) -> &'static str {
    match (tokens.access, tokens.id) {
        (true, true) => "access tokens and ID tokens",
        (false, true) => "ID tokens",
        _ => "access tokens",
    }
}
