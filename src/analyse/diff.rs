//! What changes for whom when one organisation replaces another.
//!
//! For one client and one way to ask, each organisation is a list of rules, and a change is a fact
//! about a pair of them: this rule decided, now that one does. The largest set of scopes that both
//! rules cover stands for its subsets (as in the lint's shadowing), and whom the change concerns are
//! the people of both rules without those of the rules that come before them: a list of conditions,
//! of which the solver says exactly whether anyone meets it.
//!
//! Most rules are the same on both sides. Two different ones that are cannot be the pair of a change:
//! whichever comes first on one side does so on the other, and takes the request on both. So only pairs with
//! a rule that is new, gone, moved, or changed in whom or what it covers are looked at, and each rule
//! with itself for its lifetimes and its hook.
//!
//! Token policies come after the rules. What they deny is a fact about a scope: some rule grants it, and some
//! policy that refuses it is for the same people. What else they do is compared by definition, as claims are.

mod claims;
mod compare;
mod customized;
mod facts;
mod half;
mod merge;
mod show;
mod summary;
mod twins;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use self::facts::{
    Change, Circumstances, ClaimDefinition, Customization, DefaultGrant, Denial, Diff, Effect,
    HookDefinition, Named, PeopleChanged, PeopleCondition, PolicyAction, Token, Undecided,
};
pub use self::summary::{ClientSummary, KindSummary, ServerSummary, Summary};

use self::claims::Claims;
use self::compare::Request;
use self::half::{Class, Half, Universe};
use self::merge::{Merged, Pools};
use super::people::{Crowd, Solver};
use super::uses::{GrantUse, open_scopes};
use super::view::ServerView;
use crate::model::{ClientAuth, ClientCondition, ClientKind, Org, RegisteredClient, Server, ServerKind};
use crate::types::{ClientId, GrantType, ScopeName};

/// Who gains and who loses which scopes, claims and lifetimes when `new` replaces `old`.
pub fn diff(old: &Org, new: &Org) -> Diff {
    diff_within(old, new, super::WORK)
}

/// The same with another bound on the work, in looks of one question at one rule.
pub fn diff_within(old: &Org, new: &Org, work: u64) -> Diff {
    let mut crowd = Crowd::default();
    let everybody = crowd.everybody();
    let mut pairs: BTreeMap<&str, [Option<ServerView<'_>>; 2]> = BTreeMap::new();
    for (side, org) in [old, new].into_iter().enumerate() {
        for server in org.servers.iter().filter(|server| server.kind == ServerKind::Custom) {
            let view = ServerView::new(server, &mut crowd);
            if let Some(place) = pairs.entry(server.id.as_str()).or_default().get_mut(side) {
                *place = Some(view);
            }
        }
    }
    let mut solver = Solver::new(&crowd, work);
    let (mut merged, mut pools) = (Merged::default(), Pools::default());
    for (id, [before, after]) in &pairs {
        let universe = Universe::new(before.as_ref(), after.as_ref());
        let before = Half::new(old, before.as_ref(), &universe, everybody, &mut pools);
        let after = Half::new(new, after.as_ref(), &universe, everybody, &mut pools);
        merged.server(id);
        pools.next_server();
        server(&universe, &before, &after, &mut solver, &mut pools, &mut merged);
    }
    merged.server(facts::ORG_SERVER);
    org_server(old, new, everybody, &mut pools, &mut merged);
    merged.finish(&pools, &crowd, old, new)
}

/// What changes at one custom server.
fn server(
    universe: &Universe,
    before: &Half<'_, '_>,
    after: &Half<'_, '_>,
    solver: &mut Solver<'_>,
    pools: &mut Pools,
    merged: &mut Merged,
) {
    let claims = Claims::new(before, after, universe);
    let mut known = HashMap::new();
    let mut classes: BTreeMap<(Class, Class), Vec<Option<ClientId>>> = BTreeMap::new();
    for client in clients(before, after) {
        let class = (before.class(client.as_ref()), after.class(client.as_ref()));
        classes.entry(class).or_default().push(client);
    }
    for ((class_before, class_after), clients) in classes {
        merged.clients(clients);
        for used in GrantUse::all() {
            let request = Request {
                subjects: used.subjects(),
                first: !used.is_refresh(),
                before: before.sides(&class_before, used),
                after: after.sides(&class_after, used),
                defaults_before: before.defaults(used),
                defaults_after: after.defaults(used),
                doings_before: before.doings(&class_before, used),
                doings_after: after.doings(&class_after, used),
            };
            if request.before.is_empty() && request.after.is_empty() {
                continue;
            }
            let facts = known
                .entry(request)
                .or_insert_with_key(|request| compare::facts(request, &claims, universe, solver, pools));
            match facts {
                Ok(facts) => facts.iter().for_each(|fact| merged.add(used, *fact)),
                Err(_) => merged.undecided(used),
            }
        }
    }
}

/// Every client that either organisation knows; `None` is any other, where clients live elsewhere
/// too.
fn clients(before: &Half<'_, '_>, after: &Half<'_, '_>) -> BTreeSet<Option<ClientId>> {
    let registered = before.org.clients.keys().chain(after.org.clients.keys());
    let mut clients: BTreeSet<Option<ClientId>> = registered.cloned().map(Some).collect();
    if before.org.outside_directory || after.org.outside_directory {
        clients.insert(None);
        for condition in
            [before, after].into_iter().filter_map(|half| half.view).flat_map(|view| &view.clients)
        {
            if let ClientCondition::Listed(listed) = condition {
                clients.extend(listed.iter().cloned().map(Some));
            }
        }
    }
    clients
}

/// The org server has no policies: machines get what their app was granted.
fn org_server(old: &Org, new: &Org, everybody: u32, pools: &mut Pools, merged: &mut Merged) {
    let used = GrantUse::first(GrantType::ClientCredentials);
    let granted = |org: &Org, id: &ClientId| -> BTreeSet<ScopeName> {
        let may = |client: &&std::sync::Arc<RegisteredClient>| {
            used.is_open_to(client)
                && client.kind == ClientKind::Service
                && matches!(client.auth, ClientAuth::PrivateKeyJwt { .. })
        };
        org.clients
            .get(id)
            .filter(may)
            .map(|client| client.org_scopes.iter().cloned().collect())
            .unwrap_or_default()
    };
    for id in old.clients.keys().chain(new.clients.keys()).collect::<BTreeSet<_>>() {
        let (before, after) = (granted(old, id), granted(new, id));
        let only = |a: &BTreeSet<ScopeName>, b: &BTreeSet<ScopeName>| -> Vec<String> {
            a.difference(b).map(ToString::to_string).collect()
        };
        let (gained, lost) = (only(&after, &before), only(&before, &after));
        let region = facts::Region { all: vec![vec![everybody]], none: Vec::new() };
        merged.clients(vec![Some(id.clone())]);
        if !gained.is_empty() {
            let effect = Effect::ScopesGained { scopes: gained };
            merged.add(used, (pools.regions.add(&region), pools.effects.add(&effect)));
        }
        if !lost.is_empty() {
            let effect = Effect::ScopesLost { scopes: lost };
            merged.add(used, (pools.regions.add(&region), pools.effects.add(&effect)));
        }
    }
}

/// Whether the server issues anything.
fn answers(server: &Server) -> bool {
    server.active && server.unsupported.is_none()
}
