//! What token policies do, before and after.

use std::collections::{BTreeMap, BTreeSet};

use super::super::bits::Bits;
use super::super::people::{PeopleId, Undecided};
use super::super::uses::Subjects;
use super::super::view::ServerView;
use super::claims;
use super::compare::{Asking, Request, Side, each_once};
use super::facts::{Circumstances, Customization, Denial, Effect, HookDefinition, PolicyAction, Token};
use super::half::Universe;
use super::merge::Pools;
use crate::expr::Input;
use crate::model::{ActionValue, CompiledAction, CompiledTokenPolicy, OnFailure};

/// One action of a token policy that a request can meet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Acts {
    pub(super) people: PeopleId,
    /// One of these must be granted: all of the server's where any will do.
    scopes: Bits,
    /// Its number in [`Pools`].
    doing: u32,
    pub(super) in_id_tokens: bool,
}

impl Acts {
    /// The same for other people.
    pub(super) fn of(&self, people: PeopleId) -> Self {
        Self { people, ..self.clone() }
    }
}

/// What is done, as far as it is compared by definition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Doing {
    Deny(Circumstances),
    Custom {
        customization: Customization,
        /// Whether it looks at what other actions did.
        reads: bool,
    },
}

/// The hooks of the rules, by their numbers.
pub(super) fn hooks(view: &ServerView<'_>, pools: &mut Pools) -> Vec<Option<u32>> {
    let mut hooks = Vec::with_capacity(view.rules.len());
    for rule in &view.rules {
        hooks.push(rule.declared.rule.inline_hook().map(|hook| {
            let opened = view.server.allow_reserved.iter().map(String::as_str);
            let may_patch: BTreeSet<&str> = hook.may_patch().chain(opened).collect();
            pools.hooks.add(&HookDefinition {
                id: hook.id().to_owned(),
                url: hook.url().split('?').next().unwrap_or_default().to_owned(),
                active: hook.is_active(),
                fails_closed: hook.on_failure() == OnFailure::Closed,
                may_patch: may_patch.into_iter().map(str::to_owned).collect(),
            })
        }));
    }
    hooks
}

/// What the token policies do, in order, each with the place of its policy.
pub(super) fn doings(view: &ServerView<'_>, universe: &Universe, pools: &mut Pools) -> Vec<(usize, Acts)> {
    let mut doings = Vec::new();
    for (place, policy) in view.token_policies.iter().enumerate() {
        let all = || Bits::all(view.server.scopes.scopes.len());
        let own = policy.scopes.clone().unwrap_or_else(all);
        let scopes = universe.translate(view, own.iter());
        let named = if policy.scopes.is_some() { universe.names(&scopes) } else { Vec::new() };
        for action in &policy.policy.actions {
            let is_deny = matches!(action, CompiledAction::Deny { .. });
            for doing in doings_of(action, policy.policy, &named) {
                let in_id_tokens = doing.is_in_id_tokens();
                let doing = pools.doings.add(&doing);
                let acts = Acts { people: policy.people, scopes: scopes.clone(), doing, in_id_tokens };
                doings.push((place, acts));
            }
            // Nothing comes after a refusal.
            if is_deny {
                break;
            }
        }
    }
    doings
}

/// An action on both kinds of token is one on each.
fn doings_of(action: &CompiledAction, policy: &CompiledTokenPolicy, scopes: &[String]) -> Vec<Doing> {
    let when = circumstances(policy);
    let reads = |program: &crate::expr::Program| program.reads().contains(Input::TokenClaims);
    let asks = policy.condition.as_ref().is_some_and(reads);
    let custom = |action: PolicyAction, reads: bool| Doing::Custom {
        customization: Customization { action, scopes: scopes.to_vec(), when: when.clone() },
        reads: reads || asks,
    };
    let tokens = |tokens: crate::model::Tokens| {
        let kinds = [(tokens.access, Token::Access), (tokens.id, Token::Id)];
        kinds.into_iter().filter(|(concerned, _)| *concerned).map(|(_, token)| token)
    };
    match action {
        CompiledAction::Deny { .. } => vec![Doing::Deny(when.clone())],
        CompiledAction::AccessLifetime(lifetime) => {
            vec![custom(PolicyAction::ShortenAccessToken { seconds: lifetime.as_seconds() }, false)]
        }
        CompiledAction::Remove { claim, tokens: of } => tokens(*of)
            .map(|token| custom(PolicyAction::RemoveClaim { token, name: claim.to_string() }, false))
            .collect(),
        CompiledAction::Set { claim, value, tokens: of, only_present } => {
            let (text, reads) = match value {
                ActionValue::Expression(program) => (program.source().to_owned(), reads(program)),
                ActionValue::Groups(filter) => (claims::groups(filter), false),
                ActionValue::Constant(value) => (value.to_string(), false),
            };
            let set = |token| {
                let (name, value) = (claim.to_string(), text.clone());
                match only_present {
                    true => PolicyAction::ReplaceClaim { token, name, value },
                    false => PolicyAction::AddClaim { token, name, value },
                }
            };
            tokens(*of).map(|token| custom(set(token), reads)).collect()
        }
    }
}

fn circumstances(policy: &CompiledTokenPolicy) -> Circumstances {
    let sorted = |mut list: Vec<String>| {
        list.sort_unstable();
        list.dedup();
        list
    };
    let texts = |list: &[crate::types::Network]| sorted(list.iter().map(ToString::to_string).collect());
    let audiences = policy.audiences.as_deref();
    Circumstances {
        audiences: audiences.map(|list| sorted(list.iter().map(ToString::to_string).collect())),
        networks: policy.networks.as_deref().map(texts),
        not_networks: texts(&policy.not_networks),
        expression: policy.condition().map(str::to_owned),
    }
}

impl Doing {
    fn is_in_id_tokens(&self) -> bool {
        let Self::Custom { customization, .. } = self else { return false };
        customization.action.claim().is_some_and(|(token, _)| token == Token::Id)
    }
}

impl PolicyAction {
    /// The claim that it is about.
    fn claim(&self) -> Option<(Token, &str)> {
        match self {
            Self::AddClaim { token, name, .. }
            | Self::ReplaceClaim { token, name, .. }
            | Self::RemoveClaim { token, name } => Some((*token, name)),
            Self::ShortenAccessToken { .. } => None,
        }
    }
}

/// The people of the rules that grant something on which this acts.
fn granting(sides: &[Side], acts: &Acts, openid: Option<usize>) -> Vec<PeopleId> {
    let id_token =
        |side: &Side| !acts.in_id_tokens || openid.is_some_and(|openid| side.scopes.contains(openid));
    let sides = sides.iter().filter(|side| side.scopes.meets(&acts.scopes) && id_token(side));
    each_once(sides.map(|side| side.people).collect())
}

/// The people for whom this is done.
fn concerned(doings: &[Acts], doing: u32) -> Vec<PeopleId> {
    each_once(doings.iter().filter(|acts| acts.doing == doing).map(|acts| acts.people).collect())
}

/// Rules that grant a scope and denies that refuse it, before and after, and those of the denies that
/// ask for nothing more.
type Grants = [Vec<PeopleId>; 6];

impl Asking<'_, '_> {
    /// What is refused scope by scope: a request for several is refused where one of them is.
    pub(super) fn denials(&mut self, request: &Request, universe: &Universe) -> Result<(), Undecided> {
        let Request { before, after, doings_before, doings_after, .. } = request;
        let mut denies: BTreeMap<Circumstances, u32> = BTreeMap::new();
        for acts in doings_before.iter().chain(doings_after) {
            if let Some(Doing::Deny(when)) = self.pools.doings.get(acts.doing) {
                denies.insert(when.clone(), acts.doing);
            }
        }
        let plain = denies.get(&Circumstances::default()).copied();
        for (when, doing) in denies {
            let mut alike: BTreeMap<Grants, Bits> = BTreeMap::new();
            for scope in 0..universe.len() {
                self.solver.spend(before.len() + after.len() + doings_before.len() + doings_after.len())?;
                let rules = |sides: &[Side]| {
                    let sides = sides.iter().filter(|side| side.scopes.contains(scope));
                    each_once(sides.map(|side| side.people).collect())
                };
                let refusing = |doings: &[Acts], doing: Option<u32>| {
                    let doings =
                        doings.iter().filter(|acts| Some(acts.doing) == doing && acts.scopes.contains(scope));
                    each_once(doings.map(|acts| acts.people).collect())
                };
                let refused = refusing(doings_before, Some(doing));
                let refuse = refusing(doings_after, Some(doing));
                if refused.is_empty() && refuse.is_empty() {
                    continue;
                }
                let plainly = [doings_before, doings_after].map(|doings| refusing(doings, plain));
                let [before, after] = [rules(before), rules(after)];
                let [plain_before, plain_after] = plainly;
                let key = [before, after, refused, refuse, plain_before, plain_after];
                alike.entry(key).or_insert_with(|| Bits::none(universe.len())).insert(scope);
            }
            for ([had, have, refused, refuse, plainly, plain], scopes) in alike {
                let denial = || Denial { scopes: universe.names(&scopes), when: when.clone() };
                // Refused before, whatever the circumstances are.
                let refused_before = each_once([refused.clone(), plainly].concat());
                let denied = || Effect::Denied { denial: denial() };
                self.concern(&[&refuse, &have], &refused_before, denied)?;
                self.concern(&[&refuse, &refused_before, &have], &had, denied)?;
                let refused_now = each_once([refuse, plain].concat());
                let admitted = || Effect::NoLongerDenied { denial: denial() };
                self.concern(&[&refused, &have, &had], &refused_now, admitted)?;
            }
        }
        Ok(())
    }

    /// What else is done, by definition.
    pub(super) fn customizations(&mut self, request: &Request, universe: &Universe) -> Result<(), Undecided> {
        let Request { before, after, doings_before, doings_after, subjects, .. } = request;
        let openid = universe.number("openid");
        let mut seen: BTreeMap<u32, &Acts> = BTreeMap::new();
        for acts in doings_before.iter().chain(doings_after) {
            seen.entry(acts.doing).or_insert(acts);
        }
        for (doing, acts) in seen {
            let Some(Doing::Custom { customization, .. }) = self.pools.doings.get(doing).cloned() else {
                continue;
            };
            self.subjects = if acts.in_id_tokens { Subjects::Users } else { *subjects };
            self.solver.spend(before.len() + after.len() + doings_before.len() + doings_after.len())?;
            let [had, have] = [before, after].map(|sides| granting(sides, acts, openid));
            let [did, does] = [doings_before, doings_after].map(|doings| concerned(doings, doing));
            let gained = || Effect::CustomizationGained { customization: customization.clone() };
            self.concern(&[&does, &have], &did, gained)?;
            self.concern(&[&does, &did, &have], &had, gained)?;
            let lost = || Effect::CustomizationLost { customization: customization.clone() };
            self.concern(&[&did, &had], &does, lost)?;
            self.concern(&[&did, &does, &had], &have, lost)?;
        }
        self.swapped(request, openid)
    }

    /// Pairs of actions of which the order matters and is another now.
    fn swapped(&mut self, request: &Request, openid: Option<usize>) -> Result<(), Undecided> {
        let Request { before, after, doings_before, doings_after, subjects, .. } = request;
        for (place, second) in doings_before.iter().enumerate() {
            let later = doings_before.get(place.saturating_add(1)..).unwrap_or_default();
            for first in later.iter().filter(|first| first.doing != second.doing) {
                self.solver.spend(1)?;
                if !self.order_matters(first.doing, second.doing) {
                    continue;
                }
                self.solver.spend(doings_after.len())?;
                // Now: `first`, and behind it `second`.
                let now_first = doings_after.iter().enumerate().filter(|(_, acts)| acts.doing == first.doing);
                for (place, now_first) in now_first {
                    let behind = doings_after.get(place..).unwrap_or_default();
                    for now_second in behind.iter().filter(|acts| acts.doing == second.doing) {
                        let id = first.in_id_tokens && second.in_id_tokens;
                        self.subjects = if id { Subjects::Users } else { *subjects };
                        let both = |sides: &[Side]| {
                            let one = granting(sides, first, openid);
                            let mut both = granting(sides, second, openid);
                            both.retain(|people| one.contains(people));
                            both
                        };
                        let (had, have) = (both(before), both(after));
                        let acts = [first, second, now_first, now_second];
                        let [a, b, c, d] = acts.map(|acts| [acts.people]);
                        let (Some(first), Some(second)) =
                            (self.customization(first.doing), self.customization(second.doing))
                        else {
                            continue;
                        };
                        let effect = || Effect::CustomizationsSwapped { first, second };
                        self.concern(&[&a, &b, &c, &d, &had, &have], &[], effect)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn customization(&self, doing: u32) -> Option<Customization> {
        match self.pools.doings.get(doing)? {
            Doing::Custom { customization, .. } => Some(customization.clone()),
            Doing::Deny(_) => None,
        }
    }

    /// Whether both change one claim, or one of them looks at what the other may have changed.
    fn order_matters(&self, a: u32, b: u32) -> bool {
        let (
            Some(Doing::Custom { customization: a, reads }),
            Some(Doing::Custom { customization: b, reads: also }),
        ) = (self.pools.doings.get(a), self.pools.doings.get(b))
        else {
            return false;
        };
        match (a.action.claim(), b.action.claim()) {
            (Some(a), Some(b)) => a == b || *reads || *also,
            _ => false,
        }
    }
}
