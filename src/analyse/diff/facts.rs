//! What a comparison says.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::super::people::PeopleId;
use super::super::uses::GrantUse;
use crate::model::{Lifetimes, Person};
use crate::types::ClientId;

/// What the org authorization server is called where servers are called by their ids.
pub(super) const ORG_SERVER: &str = "org";

/// What changes when one organisation replaces another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Diff {
    pub(super) changes: Vec<Change>,
    pub(super) undecided: Vec<Undecided>,
}

impl Diff {
    /// The changes, by server.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// What the work bound left open: nothing is said about it.
    pub fn undecided(&self) -> &[Undecided] {
        &self.undecided
    }

    /// Whether nothing changes for anybody, and that for certain.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.undecided.is_empty()
    }
}

/// Effects that concern the same people, clients and ways to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub(super) server: String,
    #[serde(serialize_with = "ids")]
    pub(super) clients: Vec<ClientId>,
    pub(super) other_clients: bool,
    pub(super) uses: Vec<GrantUse>,
    #[serde(serialize_with = "shared")]
    pub(super) people: Arc<PeopleChanged>,
    #[serde(serialize_with = "shared")]
    pub(super) effects: Arc<[Effect]>,
}

impl Change {
    /// The authorization server's id; `org` for the org authorization server.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The ids of the clients that it concerns.
    pub fn clients(&self) -> &[ClientId] {
        &self.clients
    }

    /// Whether it concerns clients of another directory that no policy names, too.
    pub fn concerns_other_clients(&self) -> bool {
        self.other_clients
    }

    /// How they ask.
    pub fn uses(&self) -> &[GrantUse] {
        &self.uses
    }

    /// Whom it concerns.
    pub fn people(&self) -> &PeopleChanged {
        &self.people
    }

    /// What changes for them.
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }
}

/// What changes. Lists of scopes are sorted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// They get these scopes, none of which they got before.
    ScopesGained {
        /// The scopes.
        scopes: Vec<String>,
    },
    /// They get none of these scopes any more.
    ScopesLost {
        /// The scopes.
        scopes: Vec<String>,
    },
    /// They get these scopes, or those of them that they ask for, in one token; before they got not
    /// all of them.
    TogetherGained {
        /// A largest such set.
        scopes: Vec<String>,
    },
    /// They do not get all of these scopes in one token any more.
    TogetherLost {
        /// A largest such set.
        scopes: Vec<String>,
    },
    /// Tokens for these scopes, as long as no smaller set of them is decided elsewhere, live
    /// otherwise.
    Lifetimes {
        /// The largest set.
        scopes: Vec<String>,
        /// As it was.
        before: Lifetimes,
        /// As it will be.
        after: Lifetimes,
    },
    /// Requests that name no scope get other scopes or lifetimes; `None` is a refusal.
    Defaults {
        /// As it was.
        before: Option<DefaultGrant>,
        /// As it will be.
        after: Option<DefaultGrant>,
    },
    /// Their tokens can carry the claim, which they could not.
    ClaimGained {
        /// The claim.
        claim: ClaimDefinition,
    },
    /// Their tokens cannot carry the claim any more.
    ClaimLost {
        /// The claim.
        claim: ClaimDefinition,
    },
    /// Their tokens can carry the claim as before, but it is defined otherwise.
    ClaimChanged {
        /// As it was.
        before: ClaimDefinition,
        /// As it will be.
        after: ClaimDefinition,
    },
    /// Token policies refuse them what rules grant, and did not before, if rules granted it then.
    Denied {
        /// What.
        denial: Denial,
    },
    /// Rules grant them as before what token policies refused, and no such policy refuses it now.
    NoLongerDenied {
        /// What.
        denial: Denial,
    },
    /// A token policy does this to their tokens, and did not.
    CustomizationGained {
        /// The action.
        customization: Customization,
    },
    /// No token policy does this to their tokens any more.
    CustomizationLost {
        /// The action.
        customization: Customization,
    },
    /// Of two actions on their tokens of which the order matters, the other one is the first now.
    CustomizationsSwapped {
        /// The first now.
        first: Customization,
        /// The first as it was.
        second: Customization,
    },
    /// Tokens for these scopes, as long as no smaller set of them is decided elsewhere, are shown to
    /// another hook, or to none, or to one that may do otherwise.
    Hook {
        /// The largest set.
        scopes: Vec<String>,
        /// As it was.
        before: Option<HookDefinition>,
        /// As it will be.
        after: Option<HookDefinition>,
    },
}

impl Effect {
    /// Every kind, as [`Effect::kind`] names it.
    pub(super) const KINDS: [&str; 15] = [
        "scopes_gained",
        "scopes_lost",
        "together_gained",
        "together_lost",
        "lifetimes",
        "defaults",
        "claim_gained",
        "claim_lost",
        "claim_changed",
        "denied",
        "no_longer_denied",
        "customization_gained",
        "customization_lost",
        "customizations_swapped",
        "hook",
    ];

    /// What kind it is, as in `scopes_gained`: the `kind` of its JSON.
    pub fn kind(&self) -> &'static str {
        let [
            scopes_gained,
            scopes_lost,
            together_gained,
            together_lost,
            lifetimes,
            defaults,
            claim_gained,
            claim_lost,
            claim_changed,
            denied,
            no_longer_denied,
            customization_gained,
            customization_lost,
            swapped,
            hook,
        ] = Self::KINDS;
        match self {
            Self::ScopesGained { .. } => scopes_gained,
            Self::ScopesLost { .. } => scopes_lost,
            Self::TogetherGained { .. } => together_gained,
            Self::TogetherLost { .. } => together_lost,
            Self::Lifetimes { .. } => lifetimes,
            Self::Defaults { .. } => defaults,
            Self::ClaimGained { .. } => claim_gained,
            Self::ClaimLost { .. } => claim_lost,
            Self::ClaimChanged { .. } => claim_changed,
            Self::Denied { .. } => denied,
            Self::NoLongerDenied { .. } => no_longer_denied,
            Self::CustomizationGained { .. } => customization_gained,
            Self::CustomizationLost { .. } => customization_lost,
            Self::CustomizationsSwapped { .. } => swapped,
            Self::Hook { .. } => hook,
        }
    }
}

/// What token policies refuse.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Denial {
    pub(super) scopes: Vec<String>,
    pub(super) when: Circumstances,
}

impl Denial {
    /// Whatever holds one of these is refused.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// In which cases.
    pub fn when(&self) -> &Circumstances {
        &self.when
    }
}

/// Conditions of a token policy that are compared as they are written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize)]
pub struct Circumstances {
    pub(super) audiences: Option<Vec<String>>,
    pub(super) networks: Option<Vec<String>>,
    pub(super) not_networks: Vec<String>,
    pub(super) expression: Option<String>,
}

impl Circumstances {
    /// Whether there are none: in all cases.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The token's audience is one of these.
    pub fn audiences(&self) -> Option<&[String]> {
        self.audiences.as_deref()
    }

    /// The request comes from one of these networks.
    pub fn networks(&self) -> Option<&[String]> {
        self.networks.as_deref()
    }

    /// The request comes from none of these networks.
    pub fn not_networks(&self) -> &[String] {
        &self.not_networks
    }

    /// This is true.
    pub fn expression(&self) -> Option<&str> {
        self.expression.as_deref()
    }
}

/// What a token policy does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PolicyAction {
    /// `addClaim`.
    AddClaim {
        /// The kind of token.
        token: Token,
        /// The claim.
        name: String,
        /// The expression, the filter as in `groups that start with "app-"`, or JSON.
        value: String,
    },
    /// `replaceClaim`.
    ReplaceClaim {
        /// The kind of token.
        token: Token,
        /// The claim.
        name: String,
        /// As for `addClaim`.
        value: String,
    },
    /// `removeClaim`.
    RemoveClaim {
        /// The kind of token.
        token: Token,
        /// The claim.
        name: String,
    },
    /// `accessTokenLifetimeMinutes`.
    ShortenAccessToken {
        /// In seconds.
        seconds: u32,
    },
}

/// An action of a token policy as the configuration defines it; what it yields for whom is not
/// compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Customization {
    #[serde(flatten)]
    pub(super) action: PolicyAction,
    pub(super) scopes: Vec<String>,
    pub(super) when: Circumstances,
}

impl Customization {
    /// What is done.
    pub fn action(&self) -> &PolicyAction {
        &self.action
    }

    /// The scopes of which one must be granted; none is needed where the list is empty.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// In which cases.
    pub fn when(&self) -> &Circumstances {
        &self.when
    }
}

/// A token inline hook, without what it knows its caller by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct HookDefinition {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) active: bool,
    pub(super) fails_closed: bool,
    pub(super) may_patch: Vec<String>,
}

impl HookDefinition {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it is, without the query, which may hold secrets.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether it is called.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// Whether nothing is issued when it fails.
    pub fn fails_closed(&self) -> bool {
        self.fails_closed
    }

    /// The claims of the issuer's own that it may change, by its own setting or the server's.
    pub fn may_patch(&self) -> &[String] {
        &self.may_patch
    }
}

/// What a request without scopes gets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct DefaultGrant {
    pub(super) scopes: Vec<String>,
    pub(super) lifetimes: Lifetimes,
}

impl DefaultGrant {
    /// The scopes.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// How long the tokens live.
    pub fn lifetimes(&self) -> Lifetimes {
        self.lifetimes
    }
}

/// A kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Token {
    /// Access tokens.
    Access,
    /// ID tokens.
    Id,
}

/// A claim as the configuration defines it; what it yields for whom is not compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ClaimDefinition {
    pub(super) token: Token,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) scopes: Vec<String>,
    pub(super) always_include: bool,
}

impl ClaimDefinition {
    /// The kind of token that carries it.
    pub fn token(&self) -> Token {
        self.token
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The expression, or the filter of a groups claim as in `groups that start with "app-"`, or
    /// `system`.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The scopes of which one must be granted; none is needed where the list is empty.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Whether an ID token has it also where the token comes with an access token or a code.
    pub fn is_always_included(&self) -> bool {
        self.always_include
    }
}

/// People, as conditions describe them: in one of each list, and in none of the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PeopleChanged {
    pub(super) in_one_of_each: Vec<Vec<PeopleCondition>>,
    pub(super) in_none_of: Vec<PeopleCondition>,
}

impl PeopleChanged {
    /// In one of each of these.
    pub fn in_one_of_each(&self) -> &[Vec<PeopleCondition>] {
        &self.in_one_of_each
    }

    /// In none of these.
    pub fn in_none_of(&self) -> &[PeopleCondition] {
        &self.in_none_of
    }

    /// Whether this user is among them, or requests without one are.
    pub fn includes(&self, person: Option<Person<'_>>) -> bool {
        self.in_one_of_each.iter().all(|list| list.iter().any(|people| people.includes(person)))
            && !self.in_none_of.iter().any(|people| people.includes(person))
    }
}

/// `conditions.people` of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleCondition(pub(super) Arc<Condition>);

impl Serialize for PeopleCondition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Condition {
    pub(super) everyone: bool,
    pub(super) users: Vec<Named>,
    pub(super) groups: Vec<Named>,
    pub(super) not_users: Vec<Named>,
    pub(super) not_groups: Vec<Named>,
}

impl PeopleCondition {
    /// Whether it includes every user that it does not exclude, and requests without a user.
    pub fn is_for_everyone(&self) -> bool {
        self.0.everyone
    }

    /// The users that it includes.
    pub fn users(&self) -> &[Named] {
        &self.0.users
    }

    /// The groups that it includes.
    pub fn groups(&self) -> &[Named] {
        &self.0.groups
    }

    /// The users that it excludes.
    pub fn not_users(&self) -> &[Named] {
        &self.0.not_users
    }

    /// The groups that it excludes.
    pub fn not_groups(&self) -> &[Named] {
        &self.0.not_groups
    }

    /// Whether it includes this user, or requests without one.
    pub fn includes(&self, person: Option<Person<'_>>) -> bool {
        let Some(person) = person else { return self.0.everyone };
        let named = |list: &[Named]| list.iter().any(|user| user.id() == person.id.as_str());
        let grouped = |list: &[Named]| {
            list.iter().any(|group| person.groups.iter().any(|member| member.as_str() == group.id()))
        };
        let included = self.0.everyone || named(&self.0.users) || grouped(&self.0.groups);
        included && !named(&self.0.not_users) && !grouped(&self.0.not_groups)
    }
}

/// A user or a group: its id, and the login or name where the organisation knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named(Arc<(String, String)>);

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape<'a> {
            id: &'a str,
            name: &'a str,
        }
        Shape { id: self.id(), name: self.name() }.serialize(serializer)
    }
}

impl Named {
    pub(super) fn new(id: &str, name: Option<&str>) -> Self {
        Self(Arc::new((id.to_owned(), name.unwrap_or(id).to_owned())))
    }

    /// The id.
    pub fn id(&self) -> &str {
        &self.0.0
    }

    /// The login or name; the id where there is none.
    pub fn name(&self) -> &str {
        &self.0.1
    }
}

/// Requests of which the work bound left open whether anything changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Undecided {
    pub(super) server: String,
    #[serde(serialize_with = "ids")]
    pub(super) clients: Vec<ClientId>,
    pub(super) other_clients: bool,
    pub(super) uses: Vec<GrantUse>,
}

impl Undecided {
    /// The authorization server's id.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The ids of the clients.
    pub fn clients(&self) -> &[ClientId] {
        &self.clients
    }

    /// How they ask.
    pub fn uses(&self) -> &[GrantUse] {
        &self.uses
    }
}

/// [`PeopleChanged`] in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Region {
    pub(super) all: Vec<Vec<PeopleId>>,
    pub(super) none: Vec<PeopleId>,
}

fn ids<S: Serializer>(clients: &[ClientId], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(clients.iter().map(ClientId::as_str))
}

/// What is shared is written out where it is.
fn shared<T: Serialize + ?Sized, S: Serializer>(item: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error> {
    (**item).serialize(serializer)
}
