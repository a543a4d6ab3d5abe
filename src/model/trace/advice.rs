//! What an administrator could change so that a request that no rule matches is granted.

use super::text::{list, people, quoted};
use super::{PolicyStep, PolicyTrace, PolicyVerdict, RuleStep, RuleVerdict};

/// No more ways than these are named.
const MOST: usize = 3;

impl PolicyTrace {
    /// What would let the request through, each by itself, the least change first; nothing where a rule
    /// decides. Whether it *should* be let through is not for a trace to say.
    pub fn advice(&self) -> Vec<String> {
        if self.winner.is_some() {
            return Vec::new();
        }
        if self.request.scopes.is_empty() && self.request.unknown_scopes.is_empty() {
            return vec!["ask for a scope".to_owned()];
        }
        if !self.request.unknown_scopes.is_empty() {
            let scopes = list(&self.request.unknown_scopes, 0, " and ");
            return vec![format!(
                "add the scopes {scopes} to the authorization server, or do not ask for them"
            )];
        }
        if self.policies.is_empty() {
            return vec![
                "give the authorization server an access policy: without one it issues nothing".into(),
            ];
        }
        let tried = self.policies.iter().filter(|policy| policy.verdict == PolicyVerdict::Tried);
        let rules = tried.flat_map(|policy| policy.rules.iter().map(move |rule| (policy, rule)));
        let mut near: Vec<_> =
            rules.filter_map(|(policy, rule)| Some((distance(&rule.verdict)?, policy, rule))).collect();
        near.sort_by_key(|(distance, _, _)| *distance);
        // A way that is much longer than the shortest is no advice.
        let nearest = near.first().map_or(0, |(distance, _, _)| *distance);
        near.retain(|(distance, _, _)| *distance <= nearest.saturating_add(1));
        let mut ways: Vec<String> =
            near.into_iter().take(MOST).map(|(_, policy, rule)| self.way_by_rule(policy, rule)).collect();
        if ways.is_empty() {
            ways = self.ways_by_policy();
        }
        ways
    }

    fn ways_by_policy(&self) -> Vec<String> {
        let client = quoted(self.request.client.as_str());
        let mut ways = Vec::new();
        for policy in &self.policies {
            match &policy.verdict {
                PolicyVerdict::Inactive { for_client: true } => {
                    ways.push(format!("activate {}: it is for the client {client} but INACTIVE", at(policy)));
                }
                PolicyVerdict::Tried => {
                    let asked = &self.request;
                    ways.push(format!(
                        "add a rule to {}, which is for the client {client}: for the grant type {} and the scopes {}",
                        at(policy),
                        list(&asked.grants, 0, " or "),
                        list(&asked.scopes, 0, " and "),
                    ));
                }
                _ => {}
            }
        }
        if ways.is_empty() {
            let others: Vec<String> = self
                .policies
                .iter()
                .filter(|policy| matches!(policy.verdict, PolicyVerdict::NotForClient { .. }))
                .map(at)
                .take(MOST)
                .collect();
            ways.push(match others.is_empty() {
                true => format!("activate an access policy for the client {client}, or add one: none is for it"),
                false => format!(
                    "add the client {client}, which no access policy is for, to the clients of {}, or add a policy for it",
                    others.join(" or of ")
                ),
            });
        }
        ways.truncate(MOST);
        ways
    }

    fn way_by_rule(&self, policy: &PolicyStep, rule: &RuleStep) -> String {
        let place = format!("{} of {}", at_rule(rule), at(policy));
        let user = || self.request.user.as_ref().map_or(String::new(), |user| quoted(user.as_str()));
        match &rule.verdict {
            RuleVerdict::Inactive { would_decide: true } => {
                format!("activate {place}: it would decide but is INACTIVE")
            }
            RuleVerdict::Scopes { missing, .. } => {
                let nowhere: Vec<_> =
                    missing.iter().filter(|scope| !self.allows_somewhere(scope.as_str())).collect();
                let scopes = match (nowhere.len(), missing.len()) {
                    (0, 1) => format!("the scope {}", list(missing, 0, "")),
                    (0, _) => format!("the scopes {}", list(missing, 0, " and ")),
                    (1, _) => {
                        format!("the scope {}, which no rule for this request allows,", list(&nowhere, 0, ""))
                    }
                    (_, _) => {
                        format!(
                            "the scopes {}, which no rule for this request allows,",
                            list(&nowhere, 0, " and ")
                        )
                    }
                };
                let some = if self.request.by_default { "one of " } else { "" };
                format!("add {some}{scopes} to {place}, whose other conditions all hold")
            }
            RuleVerdict::GroupExcluded { group } => format!(
                "take the user {} out of the group {}, or that group off the exclusions of {place}",
                user(),
                quoted(&group.to_string())
            ),
            RuleVerdict::UserExcluded { .. } => {
                format!("take the user {} off the exclusions of {place}", user())
            }
            RuleVerdict::OtherPeople { users, groups } if groups.is_empty() => {
                format!("add the user {} to {place}, which is only for {}", user(), people(users, groups))
            }
            RuleVerdict::OtherPeople { groups, .. } => format!(
                "put the user {} into the group {}, or add the user or a group of theirs to {place}",
                user(),
                groups.text(" or ")
            ),
            RuleVerdict::NoUser { users, groups } => format!(
                "add a rule for requests without a user (people empty, or the group Everyone): {place} is only for {}",
                people(users, groups)
            ),
            RuleVerdict::GrantType { .. } => {
                format!("add the grant type {} to {place}", list(&self.request.grants, 0, " or "))
            }
            _ => String::new(),
        }
    }
}

/// How far from a match a rule is, if anything could make it match.
fn distance(verdict: &RuleVerdict) -> Option<u32> {
    Some(match verdict {
        RuleVerdict::Inactive { would_decide: true } => 0,
        RuleVerdict::Scopes { missing, .. } => u32::from(missing.len() > 1),
        RuleVerdict::GroupExcluded { .. } | RuleVerdict::UserExcluded { .. } => 1,
        RuleVerdict::OtherPeople { .. } | RuleVerdict::NoUser { .. } => 2,
        RuleVerdict::GrantType { .. } => 4,
        _ => return None,
    })
}

fn at(policy: &PolicyStep) -> String {
    format!("the policy {} (policies[{}])", quoted(&policy.name), policy.place)
}

fn at_rule(rule: &RuleStep) -> String {
    format!("the rule {} (rules[{}])", quoted(&rule.name), rule.place)
}
