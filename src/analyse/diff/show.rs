//! Changes as sentences.

use std::fmt;

use super::super::text::{names, quoted, span};
use super::super::uses::{GrantUse, Subjects};
use super::facts::{
    Change, Circumstances, ClaimDefinition, Customization, DefaultGrant, Diff, Effect, HookDefinition, Named,
    ORG_SERVER, PeopleChanged, PeopleCondition, PolicyAction, Token, Undecided,
};
use crate::model::Lifetimes;
use crate::types::{ClientId, Lifetime};

/// A line for each change, and for what is undecided.
impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = self.changes.iter().map(ToString::to_string).collect();
        lines.extend(self.undecided.iter().map(ToString::to_string));
        if lines.is_empty() {
            lines.push("nothing changes for anybody".to_owned());
        }
        f.write_str(&lines.join("\n"))
    }
}

/// ``default: members of `Staff` using `0oaweb` by authorization_code: gain `orders:write` ``
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", server(&self.server), whose(self))?;
        for (place, effect) in self.told().into_iter().enumerate() {
            write!(f, "{}{effect}", if place == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

/// ``members of `Staff` using `0oaweb` by authorization_code: ``
pub(super) fn whose(change: &Change) -> String {
    let clients = clients(&change.clients, change.other_clients);
    let uses = uses(&change.uses);
    if change.uses.iter().all(|used| used.subjects() == Subjects::Machines) {
        format!("{clients} by {uses}: ")
    } else {
        format!("{} using {clients} by {uses}: ", change.people)
    }
}

impl Change {
    /// The effects without those that others imply to a reader.
    fn told(&self) -> Vec<&Effect> {
        let within = |scopes: &[String], all: &[String]| scopes.iter().all(|scope| all.contains(scope));
        let implied = |effect: &Effect| {
            self.effects.iter().any(|other| match (effect, other) {
                (Effect::TogetherGained { scopes }, Effect::ScopesGained { scopes: all })
                | (Effect::TogetherLost { scopes }, Effect::ScopesLost { scopes: all }) => {
                    within(scopes, all)
                }
                _ => false,
            })
        };
        self.effects.iter().filter(|effect| !implied(effect)).collect()
    }
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clients = clients(&self.clients, self.other_clients);
        let (server, uses) = (server(&self.server), uses(&self.uses));
        write!(f, "{server}: {clients} by {uses}: undecided, the work bound was reached")
    }
}

pub(super) fn server(id: &str) -> String {
    if id == ORG_SERVER { "org authorization server".to_owned() } else { quoted(id) }
}

fn clients(ids: &[ClientId], others: bool) -> String {
    match (ids.is_empty(), others) {
        (_, false) => names(ids.iter().map(ClientId::as_str)),
        (true, true) => "any client that no policy names".to_owned(),
        (false, true) => {
            format!("{} and any client that no policy names", names(ids.iter().map(ClientId::as_str)))
        }
    }
}

fn uses(uses: &[GrantUse]) -> String {
    const MOST: usize = 6;
    let mut text = uses.iter().take(MOST).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if uses.len() > MOST {
        text.push_str(&format!(" and {} more ways", uses.len() - MOST));
    }
    text
}

impl fmt::Display for PeopleChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_everybody = |list: &&Vec<PeopleCondition>| list.iter().any(PeopleCondition::is_everybody);
        let lists: Vec<String> =
            self.in_one_of_each.iter().filter(|list| !is_everybody(list)).map(|list| listed(list)).collect();
        match lists.as_slice() {
            [] => f.write_str("all users")?,
            lists => f.write_str(&lists.join(" who are also "))?,
        }
        if !self.in_none_of.is_empty() {
            write!(f, ", except {}", listed(&self.in_none_of))?;
        }
        Ok(())
    }
}

fn listed(list: &[PeopleCondition]) -> String {
    const MOST: usize = 6;
    let mut text = list.iter().take(MOST).map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    if list.len() > MOST {
        text.push_str(&format!(" or {} more conditions", list.len() - MOST));
    }
    text
}

impl PeopleCondition {
    fn is_everybody(&self) -> bool {
        self.0.everyone && self.0.not_users.is_empty() && self.0.not_groups.is_empty()
    }
}

impl fmt::Display for PeopleCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |list: &[Named]| names(list.iter().map(|named| named.name()));
        let mut included: Vec<String> = Vec::new();
        if self.0.everyone {
            included.push("all users".to_owned());
        }
        if !self.0.groups.is_empty() {
            included.push(format!("members of {}", shown(&self.0.groups).replace(" and ", " or ")));
        }
        if !self.0.users.is_empty() {
            included.push(shown(&self.0.users).replace(" and ", " or "));
        }
        f.write_str(&included.join(" or "))?;
        let mut excluded: Vec<String> = Vec::new();
        if !self.0.not_groups.is_empty() {
            excluded.push(format!("not in {}", shown(&self.0.not_groups).replace(" and ", " or ")));
        }
        if !self.0.not_users.is_empty() {
            excluded.push(format!("not {}", shown(&self.0.not_users).replace(" and ", " or ")));
        }
        if !excluded.is_empty() {
            write!(f, " ({})", excluded.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |scopes: &[String]| names(scopes.iter().map(String::as_str));
        match self {
            Self::ScopesGained { scopes } => write!(f, "gain {}", list(scopes)),
            Self::ScopesLost { scopes } => write!(f, "lose {}", list(scopes)),
            Self::TogetherGained { scopes } => write!(f, "can now have together {}", list(scopes)),
            Self::TogetherLost { scopes } => write!(f, "can no longer have together {}", list(scopes)),
            Self::Lifetimes { scopes, before, after } => {
                write!(f, "{} (for {})", lifetimes(*before, *after), list(scopes))
            }
            Self::Defaults { before, after } => {
                write!(f, "without asking for scopes: {} → {}", default(before), default(after))
            }
            Self::ClaimGained { claim } => write!(f, "gain the claim {}", defined(claim)),
            Self::ClaimLost { claim } => write!(f, "lose the claim {}", defined(claim)),
            Self::ClaimChanged { before, after } => {
                let differs = if before.value == after.value {
                    "carried otherwise".to_owned()
                } else {
                    format!("{} → {}", quoted(&before.value), quoted(&after.value))
                };
                let differs = if before.scopes == after.scopes {
                    differs
                } else {
                    let with = |scopes: &[String]| {
                        if scopes.is_empty() { "any scope".to_owned() } else { list(scopes) }
                    };
                    format!("{differs}, with {} → with {}", with(&before.scopes), with(&after.scopes))
                };
                write!(f, "the claim {} of {}: {differs}", quoted(&before.name), token(before.token))
            }
            Self::Denied { denial } => write!(f, "are denied {}{}", list(&denial.scopes), denial.when),
            Self::NoLongerDenied { denial } => {
                write!(f, "are no longer denied {}{}", list(&denial.scopes), denial.when)
            }
            Self::CustomizationGained { customization } => write!(f, "gain {customization}"),
            Self::CustomizationLost { customization } => write!(f, "lose {customization}"),
            Self::CustomizationsSwapped { first, second } => {
                write!(f, "applied the other way round: first {first}; then {second}")
            }
            Self::Hook { scopes, before, after } => {
                write!(f, "hook: {} → {} (for {})", hook(before), hook(after), list(scopes))
            }
        }
    }
}

fn lifetimes(before: Lifetimes, after: Lifetimes) -> String {
    let total = |lifetimes: Lifetimes| lifetimes.refresh_token.map_or_else(|| "no limit".to_owned(), span);
    let mut parts = Vec::new();
    if before.access_token != after.access_token {
        parts.push(format!("access tokens {} → {}", span(before.access_token), span(after.access_token)));
    }
    if before.refresh_token != after.refresh_token {
        parts.push(format!("refresh tokens {} → {}", total(before), total(after)));
    }
    if before.refresh_token_window != after.refresh_token_window {
        let (before, after) = (span(before.refresh_token_window), span(after.refresh_token_window));
        parts.push(format!("refresh tokens unused {before} → {after}"));
    }
    parts.join(", ")
}

fn default(grant: &Option<DefaultGrant>) -> String {
    match grant {
        None => "refused".to_owned(),
        Some(grant) => format!(
            "{} for {}",
            names(grant.scopes.iter().map(String::as_str)),
            span(grant.lifetimes.access_token)
        ),
    }
}

fn defined(claim: &ClaimDefinition) -> String {
    format!("{} of {}: {}", quoted(&claim.name), token(claim.token), quoted(&claim.value))
}

fn token(token: Token) -> &'static str {
    match token {
        Token::Access => "access tokens",
        Token::Id => "ID tokens",
    }
}

/// With a space in front; nothing where there are none.
impl fmt::Display for Circumstances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |list: &[String]| match list {
            [] => "none".to_owned(),
            list => names(list.iter().map(String::as_str)).replace(" and ", " or "),
        };
        if let Some(audiences) = &self.audiences {
            write!(f, " on {}", list(audiences))?;
        }
        if let Some(networks) = &self.networks {
            write!(f, " from {}", list(networks))?;
        }
        if !self.not_networks.is_empty() {
            write!(f, " from outside {}", list(&self.not_networks))?;
        }
        if let Some(expression) = &self.expression {
            write!(f, " where {}", quoted(expression))?;
        }
        Ok(())
    }
}

/// ``the claim `department` of access tokens: `user.department` on `https://api.mycompany.com` ``
impl fmt::Display for Customization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.action {
            PolicyAction::AddClaim { token: of, name, value } => {
                write!(f, "the claim {} of {}: {}", quoted(name), token(*of), quoted(value))?;
            }
            PolicyAction::ReplaceClaim { token: of, name, value } => {
                let (name, value) = (quoted(name), quoted(value));
                write!(f, "the replacement of the claim {name} of {}: {value}", token(*of))?;
            }
            PolicyAction::RemoveClaim { token: of, name } => {
                write!(f, "the removal of the claim {} of {}", quoted(name), token(*of))?;
            }
            PolicyAction::ShortenAccessToken { seconds } => {
                write!(f, "the limit of access tokens to {}", span(Lifetime::seconds(*seconds)))?;
            }
        }
        if !self.scopes.is_empty() {
            write!(f, " with {}", names(self.scopes.iter().map(String::as_str)).replace(" and ", " or "))?;
        }
        self.when.fmt(f)
    }
}

fn hook(hook: &Option<HookDefinition>) -> String {
    let Some(hook) = hook else { return "none".to_owned() };
    let mut says = vec![quoted(&hook.id), format!("at {}", quoted(&hook.url))];
    if !hook.active {
        says.push("INACTIVE".to_owned());
    }
    says.push(format!("failing {}", if hook.fails_closed { "closed" } else { "open" }));
    if !hook.may_patch.is_empty() {
        says.push(format!("that may patch {}", names(hook.may_patch.iter().map(String::as_str))));
    }
    says.join(" ")
}
