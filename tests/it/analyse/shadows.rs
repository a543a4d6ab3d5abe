//! Rules that never decide, against every request that there is.

use std::collections::BTreeSet;

use chancery::analyse::{Code, lint, lint_within};

use super::brute::{self, Plain, SETS, USES};
use crate::policy::random::Random;
use crate::scripted::{org, rounds};

type Place = (usize, usize);

fn place(path: &str) -> Place {
    let number = |after: &str| -> usize {
        let rest = path.split_once(after).unwrap().1;
        rest.split_once(']').unwrap().0.parse().unwrap()
    };
    (number(".policies["), number(".rules["))
}

/// Denies, against every request for a single scope; a request for more is denied where one of those is.
#[test]
fn what_is_denied_is_denied_to_every_request() {
    let (mut denied, mut not, mut idle, mut clients_denied, mut all) = (0, 0, 0, 0, 0);
    for round in 0..rounds(100) {
        let mut random = Random::new(3_000_000 + round as u64);
        let mut json = brute::organisation(&mut random);
        json["authorizationServers"][0]["chancery"]["tokenPolicies"] = brute::denials(&mut random);
        let plain = Plain::new(&json);
        let (rules, denies) = (plain.rules(), plain.denies());
        let mut matched: BTreeSet<Place> = BTreeSet::new();
        let mut passed: BTreeSet<Place> = BTreeSet::new();
        let mut applied = BTreeSet::new();
        let (mut asking, mut served) = (BTreeSet::new(), BTreeSet::new());
        for client in brute::clients() {
            for (used, human) in
                USES.iter().flat_map(|used| brute::people().into_iter().map(move |human| (*used, human)))
            {
                if !brute::is_possible(used, &human) {
                    continue;
                }
                let refused: Vec<(usize, bool, brute::Set)> = denies
                    .iter()
                    .map(|deny| (deny.place, deny.is_plain, deny.refuses(client, used, &human)))
                    .collect();
                let gone = refused.iter().filter(|deny| deny.1).fold(0, |all, deny| all | deny.2);
                for found in brute::matching(&rules, client, used, &human) {
                    let granted = found.covers & plain.open(used);
                    let of = |set: brute::Set, places: &mut BTreeSet<Place>| {
                        if set != 0 {
                            places.insert(found.at);
                        }
                    };
                    of(granted, &mut matched);
                    of(granted & !gone, &mut passed);
                    applied.extend(refused.iter().filter(|deny| deny.2 & granted != 0).map(|deny| deny.0));
                    if plain.may(client, used) && granted != 0 {
                        asking.insert(client);
                        if granted & !gone != 0 {
                            served.insert(client);
                        }
                    }
                }
            }
        }
        let report = lint(&org::compile(&json).unwrap());
        let paths = |code: Code| -> Vec<&str> {
            let findings = report.findings().iter().filter(|finding| finding.code() == code);
            findings.map(chancery::analyse::Finding::path).collect()
        };
        let dead: BTreeSet<Place> = [Code::RuleShadowed, Code::RuleMatchesNothing]
            .into_iter()
            .flat_map(|code| paths(code).into_iter().map(place).collect::<Vec<_>>())
            .collect();
        let alive: BTreeSet<Place> = matched.difference(&dead).copied().collect();
        let expected: BTreeSet<Place> = alive.difference(&passed).copied().collect();
        let everybody = !alive.is_empty() && expected == alive;
        assert_eq!(
            paths(Code::EverybodyDenied).len(),
            usize::from(everybody),
            "round {round}\n{report}\n{json:#}"
        );
        let found: BTreeSet<Place> = paths(Code::RuleDenied).into_iter().map(place).collect();
        let said = if everybody { BTreeSet::new() } else { expected.clone() };
        assert_eq!(found, said, "round {round}\n{report}\n{json:#}");
        let apps = json["apps"].as_array().unwrap();
        let found: BTreeSet<&str> = paths(Code::ClientDenied)
            .into_iter()
            .map(|path| apps[path[5..path.len() - 1].parse::<usize>().unwrap()]["id"].as_str().unwrap())
            .collect();
        let shut: BTreeSet<&str> = asking.difference(&served).copied().collect();
        let shut = if everybody { BTreeSet::new() } else { shut };
        assert_eq!(found, shut, "round {round}\n{report}\n{json:#}");
        let found: BTreeSet<usize> = paths(Code::TokenPolicyNeverApplies)
            .into_iter()
            .map(|path| path.rsplit_once('[').unwrap().1.trim_end_matches(']').parse().unwrap())
            .collect();
        let never: BTreeSet<usize> =
            denies.iter().map(|deny| deny.place).filter(|place| !applied.contains(place)).collect();
        if !alive.is_empty() {
            assert_eq!(found, never, "round {round}\n{report}\n{json:#}");
        }
        assert!(paths(Code::RulesUndecided).is_empty());
        all += usize::from(everybody);
        idle += never.len();
        clients_denied += shut.len();
        denied += expected.len();
        not += passed.len();
    }
    assert!(
        denied > 20 && not > denied && idle > 20 && clients_denied > 2 && all > 2,
        "{denied} {not} {idle} {clients_denied} {all}"
    );
}

#[test]
fn shadowed_rules_are_those_that_no_request_reaches() {
    let (mut shadowed, mut deciding) = (0, 0);
    for round in 0..rounds(100) {
        let mut random = Random::new(1_000_000 + round as u64);
        let json = brute::organisation(&mut random);
        let plain = Plain::new(&json);
        let rules = plain.rules();
        let (mut reached, mut alone) = (BTreeSet::new(), BTreeSet::new());
        for client in brute::clients() {
            for (used, human) in
                USES.iter().flat_map(|used| brute::people().into_iter().map(move |human| (*used, human)))
            {
                if !brute::is_possible(used, &human) {
                    continue;
                }
                let matches = brute::matching(&rules, client, used, &human);
                let open = plain.open(used);
                alone.extend(matches.iter().filter(|found| found.covers & open != 0).map(|found| found.at));
                reached
                    .extend(SETS.filter_map(|set| brute::decide(&matches, open, set)).map(|found| found.at));
                if !used.1 {
                    let defaults = plain.defaults(used);
                    reached.extend(brute::decide_defaults(&matches, defaults).map(|found| found.at));
                }
            }
        }
        let all: BTreeSet<Place> = rules.iter().map(|rule| rule.at).collect();
        let compiled = org::compile(&json).unwrap();
        let report = lint(&compiled);
        let found = |code: Code| -> BTreeSet<Place> {
            let findings = report.findings().iter().filter(|finding| finding.code() == code);
            findings.map(|finding| place(finding.path())).collect()
        };
        let (by_others, by_itself) = (found(Code::RuleShadowed), found(Code::RuleMatchesNothing));
        let expected: BTreeSet<Place> = alone.difference(&reached).copied().collect();
        assert_eq!(by_others, expected, "round {round}\n{report}\n{json:#}");
        let expected: BTreeSet<Place> = all.difference(&alone).copied().collect();
        assert_eq!(by_itself, expected, "round {round}\n{report}\n{json:#}");
        assert!(report.findings().iter().all(|finding| finding.code() != Code::RulesUndecided));
        shadowed += by_others.len();
        deciding += reached.len();

        // Whatever the bound, nothing is said that is not so.
        let short = lint_within(&compiled, random.below(2000) as u64);
        for finding in short.findings() {
            match finding.code() {
                Code::RuleShadowed => assert!(by_others.contains(&place(finding.path()))),
                Code::RuleMatchesNothing => assert!(by_itself.contains(&place(finding.path()))),
                _ => {}
            }
        }
    }
    assert!(shadowed * 50 > deciding && deciding * 50 > shadowed, "{shadowed} shadowed, {deciding} decide");
}
