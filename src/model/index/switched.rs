//! The same policies with some of them, or of their rules, on or off: for what-if questions.

use super::{Off, PeopleCondition, PolicyIndex, PolicyInput, RuleInput, ScopeCondition};
use crate::types::{GroupId, UserId};

impl PolicyIndex {
    /// The same policies, indexed anew, with these policies and rules tried or not tried, by id. A rule
    /// that is switched on switches its policy on. The first id that nothing has is an error.
    pub(crate) fn switched(&self, switches: &[(String, bool)]) -> Result<Self, String> {
        let mut policies = self.inputs();
        for (id, on) in switches {
            let off = (!on).then_some(Off::Inactive);
            let mut known = false;
            for policy in &mut policies {
                if policy.id.as_str() == id {
                    policy.off.clone_from(&off);
                    known = true;
                }
                if let Some(rule) = policy.rules.iter_mut().find(|rule| rule.id.as_str() == id) {
                    rule.off.clone_from(&off);
                    known = true;
                    if *on {
                        policy.off = None;
                    }
                }
            }
            if !known {
                return Err(id.clone());
            }
        }
        Ok(Self::new(policies))
    }

    /// What the index was made of.
    fn inputs(&self) -> Vec<PolicyInput> {
        let (users, groups) = (self.users(), self.groups());
        let user = |number: &u32| users.get(*number as usize).map(|id| UserId::clone(id));
        let group = |number: &u32| groups.get(*number as usize).map(|id| GroupId::clone(id));
        let mut policies: Vec<PolicyInput> = self
            .policies
            .iter()
            .map(|policy| PolicyInput {
                id: policy.id.clone(),
                name: policy.name.clone(),
                clients: self.clients_of(policy).cloned().unwrap_or_default(),
                at: policy.place(),
                off: policy.off.clone(),
                rules: Vec::new(),
            })
            .collect();
        for (declared, off) in self.everything() {
            let Some(policy) = policies.get_mut(declared.rule.policy as usize) else { continue };
            policy.rules.push(RuleInput {
                id: declared.rule.id.clone(),
                name: declared.rule.name.clone(),
                at: declared.at.1,
                people: PeopleCondition {
                    everyone: declared.everyone,
                    users: declared.users.iter().filter_map(user).collect(),
                    groups: declared.groups.iter().filter_map(group).collect(),
                    not_users: declared.not_users.iter().filter_map(user).collect(),
                    not_groups: declared.not_groups.iter().filter_map(group).collect(),
                },
                grants: declared.grants.to_vec(),
                scopes: match declared.scopes {
                    None => ScopeCondition::Any,
                    Some(scopes) => ScopeCondition::Listed(scopes.to_vec()),
                },
                lifetimes: declared.rule.lifetimes,
                off: off.cloned(),
                inline_hook: declared.rule.inline_hook.clone(),
            });
        }
        policies
    }
}
