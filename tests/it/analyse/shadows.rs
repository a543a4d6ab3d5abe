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
