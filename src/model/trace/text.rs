//! Traces of policies as a tree of lines.

use std::fmt;

use super::{Listed, NamedGroup, PolicyStep, PolicyTrace, PolicyVerdict, RuleStep, RuleVerdict};
use crate::model::check::Shown;
use crate::types::{Lifetime, UserId};

/// A name of the organisation's or of a request's, in backticks: on one line, and not too long.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", Shown(name))
}

/// Things in backticks with words between them.
pub(crate) fn list<T: fmt::Display>(items: &[T], more: usize, last: &str) -> String {
    let mut text = String::new();
    for (place, item) in items.iter().enumerate() {
        let between = match place {
            0 => "",
            _ if place + 1 == items.len() && more == 0 => last,
            _ => ", ",
        };
        text.push_str(between);
        text.push_str(&quoted(&item.to_string()));
    }
    if more > 0 {
        text.push_str(&format!("{last}{more} more"));
    }
    text
}

/// A lifetime in the largest unit that it is whole in.
pub(crate) fn span(lifetime: Lifetime) -> String {
    let seconds = lifetime.as_seconds();
    let whole = |unit: u32| seconds > 0 && seconds.is_multiple_of(unit);
    let (count, unit) = match () {
        () if whole(86_400) => (seconds / 86_400, "day"),
        () if whole(3_600) => (seconds / 3_600, "hour"),
        () if whole(60) => (seconds / 60, "minute"),
        () => (seconds, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

impl fmt::Display for NamedGroup {
    /// Unquoted: the name, or else the id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) if *name != *self.id.as_str() => write!(f, "{name} ({})", self.id),
            _ => write!(f, "{}", self.id),
        }
    }
}

impl<T: fmt::Display> Listed<T> {
    pub(super) fn text(&self, last: &str) -> String {
        list(&self.items, self.more, last)
    }
}

/// Whom a rule is for: users and members of groups.
pub(super) fn people(users: &Listed<UserId>, groups: &Listed<NamedGroup>) -> String {
    match (users.is_empty(), groups.is_empty()) {
        (true, true) => "nobody".to_owned(),
        (true, false) => format!("members of {}", groups.text(" and of ")),
        (false, true) => format!("the user {}", users.text(" and ")),
        (false, false) => format!("the user {}, members of {}", users.text(" and "), groups.text(" and of ")),
    }
}

impl fmt::Display for PolicyTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decision() {
            Some((policy, rule)) => {
                writeln!(
                    f,
                    "the rule {} of the policy {} decides",
                    quoted(&rule.name),
                    quoted(&policy.name)
                )?;
            }
            None => writeln!(f, "no access policy rule matches")?,
        }
        writeln!(f, "  asked: {}", self.request)?;
        self.write_steps(f, "  ")?;
        write_advice(f, &self.advice())
    }
}

/// What to change, one way a line.
pub(crate) fn write_advice(f: &mut fmt::Formatter<'_>, advice: &[String]) -> fmt::Result {
    match advice {
        [] => Ok(()),
        [only] => writeln!(f, "  to change: {only}"),
        several => {
            writeln!(f, "  to change, one of:")?;
            several.iter().try_for_each(|way| writeln!(f, "    {way}"))
        }
    }
}

impl fmt::Display for super::AskedOfPolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client {}, {}", quoted(self.client.as_str()), list(&self.grants, 0, " or "))?;
        match &self.user {
            None => write!(f, ", no user")?,
            Some(user) if self.groups.is_empty() => {
                write!(f, ", user {} in no group", quoted(user.as_str()))?
            }
            Some(user) => {
                write!(f, ", user {} in {}", quoted(user.as_str()), list(&self.groups, 0, " and "))?;
            }
        }
        match (self.by_default, self.scopes.is_empty()) {
            (_, true) => write!(f, ", no scope")?,
            (false, false) => write!(f, ", scopes {}", list(&self.scopes, 0, " and "))?,
            (true, false) => write!(f, ", the default scopes {}", list(&self.scopes, 0, " and "))?,
        }
        if !self.unknown_scopes.is_empty() {
            write!(f, ", unknown scopes {}", list(&self.unknown_scopes, 0, " and "))?;
        }
        Ok(())
    }
}

impl PolicyTrace {
    /// One line for each policy and rule; those that were not tried share one.
    pub(crate) fn write_steps(&self, f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
        let mut skipped = 0;
        for policy in &self.policies {
            if policy.verdict == PolicyVerdict::NotTried {
                skipped += 1;
                continue;
            }
            policy.write(f, indent)?;
        }
        match skipped {
            0 => Ok(()),
            1 => writeln!(f, "{indent}. 1 more policy is not tried"),
            more => writeln!(f, "{indent}. {more} more policies are not tried"),
        }
    }
}

impl PolicyStep {
    fn write(&self, f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
        let name = quoted(&self.name);
        match &self.verdict {
            PolicyVerdict::Tried if self.rules.is_empty() => {
                return writeln!(f, "{indent}- policy {name}: for this client, and without rules");
            }
            PolicyVerdict::Tried => writeln!(f, "{indent}> policy {name}: for this client")?,
            PolicyVerdict::NotTried => return writeln!(f, "{indent}. policy {name}: not tried"),
            PolicyVerdict::Inactive { for_client: false } => {
                return writeln!(f, "{indent}- policy {name}: INACTIVE");
            }
            PolicyVerdict::Inactive { for_client: true } => {
                return writeln!(f, "{indent}- policy {name}: INACTIVE, or it would be for this client");
            }
            PolicyVerdict::Unsupported { condition } => {
                let condition = quoted(condition);
                return writeln!(f, "{indent}- policy {name}: its condition {condition} is not supported");
            }
            PolicyVerdict::NotForClient { clients } if clients.is_empty() => {
                return writeln!(f, "{indent}- policy {name}: lists no client");
            }
            PolicyVerdict::NotForClient { clients } => {
                return writeln!(f, "{indent}- policy {name}: only for {}", clients.text(" and "));
            }
        }
        let mut skipped = 0;
        for rule in &self.rules {
            if rule.verdict == RuleVerdict::NotTried {
                skipped += 1;
                continue;
            }
            let mark = if matches!(rule.verdict, RuleVerdict::Decides { .. }) { '+' } else { '-' };
            writeln!(f, "{indent}  {mark} {rule}")?;
        }
        match skipped {
            0 => Ok(()),
            1 => writeln!(f, "{indent}  . 1 more rule is not tried"),
            more => writeln!(f, "{indent}  . {more} more rules are not tried"),
        }
    }
}

impl fmt::Display for RuleStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {}: {}", quoted(&self.name), self.verdict)
    }
}

impl fmt::Display for RuleVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decides { lifetimes } => {
                write!(f, "decides; access tokens live {}", span(lifetimes.access_token))
            }
            Self::NotTried => f.write_str("not tried"),
            Self::Inactive { would_decide: true } => f.write_str("INACTIVE, or it would decide"),
            Self::Inactive { would_decide: false } => f.write_str("INACTIVE"),
            Self::Unsupported { condition } => {
                write!(f, "its condition {} is not supported", quoted(condition))
            }
            Self::GrantType { allowed } if allowed.is_empty() => f.write_str("lists no grant type"),
            Self::GrantType { allowed } => write!(f, "only for {}", list(allowed, 0, " and ")),
            Self::NoUser { users, groups } => {
                write!(f, "only for {}, and there is no user", people(users, groups))
            }
            Self::OtherPeople { users, groups } => write!(f, "only for {}", people(users, groups)),
            Self::UserExcluded { user } => write!(f, "excludes the user {}", quoted(user.as_str())),
            Self::GroupExcluded { group } => {
                write!(f, "excludes members of {}", quoted(&group.to_string()))
            }
            Self::Scopes { missing, allowed } => {
                write!(f, "does not allow {}", list(missing, 0, " and "))?;
                match allowed.is_empty() {
                    true => f.write_str(", nor any other scope"),
                    false => write!(f, ", only {}", allowed.text(" and ")),
                }
            }
        }
    }
}
