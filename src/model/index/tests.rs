//! The index against the plain reading of the rules.

use proptest::prelude::*;

use super::*;

/// Okta's order, written out: policies by priority, rules by priority, first match.
fn reference<'a>(
    policies: &'a [PolicyInput],
    client: &ClientId,
    person: Option<Person<'_>>,
    grants: &[GrantType],
    wanted: Wanted<'_>,
) -> Option<&'a RuleInput> {
    policies
        .iter()
        .filter(|policy| policy.off.is_none())
        .filter(|policy| match &policy.clients {
            ClientCondition::All => true,
            ClientCondition::Listed(clients) => clients.contains(client),
        })
        .flat_map(|policy| &policy.rules)
        .filter(|rule| rule.off.is_none())
        .find(|rule| {
            let people = &rule.people;
            let included = people.everyone
                || person.is_some_and(|p| {
                    people.users.contains(p.id) || p.groups.iter().any(|g| people.groups.contains(g))
                });
            let excluded = person.is_some_and(|p| {
                people.not_users.contains(p.id) || p.groups.iter().any(|g| people.not_groups.contains(g))
            });
            let covers = |scope: &ScopeIndex| match &rule.scopes {
                ScopeCondition::Any => true,
                ScopeCondition::Listed(scopes) => scopes.contains(scope),
            };
            let scopes = match wanted {
                Wanted::All(scopes) => scopes.iter().all(covers),
                Wanted::AnyOf(scopes) => scopes.iter().any(covers),
            };
            included && !excluded && scopes && grants.iter().any(|g| rule.grants.contains(g))
        })
}

const GRANTS: [GrantType; 3] =
    [GrantType::AuthorizationCode, GrantType::ClientCredentials, GrantType::RefreshToken];

fn some<T: Clone + std::fmt::Debug + 'static>(of: Vec<T>, most: usize) -> impl Strategy<Value = Vec<T>> {
    prop::collection::vec(prop::sample::select(of), 0..=most)
}

fn groups() -> Vec<GroupId> {
    (0..5).map(|i| GroupId::from(format!("g{i}"))).collect()
}

fn users() -> Vec<UserId> {
    (0..4).map(|i| UserId::from(format!("u{i}"))).collect()
}

fn clients() -> Vec<ClientId> {
    (0..4).map(|i| ClientId::from(format!("c{i}"))).collect()
}

fn rule() -> impl Strategy<Value = RuleInput> {
    let people = (any::<bool>(), some(users(), 2), some(groups(), 2), some(users(), 1), some(groups(), 1))
        .prop_map(|(everyone, users, groups, not_users, not_groups)| PeopleCondition {
            everyone,
            users,
            groups,
            not_users,
            not_groups,
        });
    let scopes = prop_oneof![
        1 => Just(ScopeCondition::Any),
        4 => some((0..6).collect(), 4).prop_map(ScopeCondition::Listed),
    ];
    (people, some(GRANTS.to_vec(), 3), scopes, off()).prop_map(|(people, grants, scopes, off)| RuleInput {
        id: RuleId::from(""),
        name: String::new(),
        at: 0,
        people,
        grants,
        scopes,
        lifetimes: Lifetimes::default(),
        off,
        inline_hook: None,
    })
}

fn off() -> impl Strategy<Value = Option<Off>> {
    prop_oneof![9 => Just(None), 1 => Just(Some(Off::Inactive))]
}

fn policies() -> impl Strategy<Value = Vec<PolicyInput>> {
    let clients = prop_oneof![
        1 => Just(ClientCondition::All),
        2 => some(clients(), 2).prop_map(|mut listed| {
            listed.sort();
            listed.dedup();
            ClientCondition::Listed(listed)
        }),
    ];
    let policy = (clients, prop::collection::vec(rule(), 0..30), off()).prop_map(|(clients, rules, off)| {
        PolicyInput { id: PolicyId::from(""), name: String::new(), at: 0, clients, off, rules }
    });
    prop::collection::vec(policy, 0..5).prop_map(|mut policies| {
        let rules = policies.iter_mut().flat_map(|policy| &mut policy.rules);
        for (rank, rule) in rules.enumerate() {
            rule.id = RuleId::from(format!("r{rank}"));
        }
        policies
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("CHANCERY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400)
    ))]

    #[test]
    fn agrees_with_the_plain_reading(
        policies in policies(),
        requests in prop::collection::vec(
            (
                prop::sample::select(clients()),
                prop::option::of((prop::sample::select(users()), some(groups(), 4))),
                some(GRANTS.to_vec(), 2),
                prop::collection::vec(0u32..7, 1..4),
                any::<bool>(),
            ),
            40,
        ),
    ) {
        let index = PolicyIndex::new(policies.clone());
        for (client, person, grants, scopes, all) in &requests {
            let person = person.as_ref().map(|(id, groups)| Person { id, groups });
            let wanted = if *all { Wanted::All(scopes) } else { Wanted::AnyOf(scopes) };
            let ours = index.decide(client, person, grants, wanted).map(|(_, rule)| rule.id().clone());
            let plain = reference(&policies, client, person, grants, wanted).map(|rule| rule.id.clone());
            prop_assert_eq!(&ours, &plain);
            // Explanations read the rules one by one, and end where decisions do.
            let question = Question { client, person, grants, wanted };
            prop_assert_eq!(walked(&index, &question), plain);
        }
    }
}

/// The rule that the walk ends with.
fn walked(index: &PolicyIndex, question: &Question<'_>) -> Option<RuleId> {
    let mut found = None;
    index.read(question, |reading| {
        if let Reading::Rule(rule, Verdict::Matches) = reading {
            assert!(found.is_none(), "two rules decide");
            found = Some(rule.rule.id().clone());
        }
    });
    found
}
