//! How clients ask, who can stand behind such a request, and which scopes it can have.

use std::fmt;

use serde::{Serialize, Serializer};

use super::bits::Bits;
use crate::model::{Consent, NEED_A_USER, RegisteredClient, Server};
use crate::types::GrantType;

/// How a client uses policies: a grant type, or the refresh of what that grant type gave.
///
/// A refresh matches rules that list the original grant type or `refresh_token`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrantUse {
    grant: GrantType,
    refresh: bool,
}

/// Whom a request can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Subjects {
    Users,
    Machines,
    Both,
}

impl GrantUse {
    /// The grant type itself.
    pub(super) fn first(grant: GrantType) -> Self {
        Self { grant, refresh: false }
    }

    pub(super) fn refreshed(grant: GrantType) -> Self {
        Self { grant, refresh: true }
    }

    /// Every way to ask. `refresh_token` alone is none: something was granted before.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let first = GrantType::all().filter(|grant| *grant != GrantType::RefreshToken).map(Self::first);
        first.chain(GrantType::all().filter(|grant| can_refresh(*grant)).map(Self::refreshed))
    }

    /// The grant type.
    pub fn grant(self) -> GrantType {
        self.grant
    }

    /// Whether it is the refresh of a token that the grant type gave.
    pub fn is_refresh(self) -> bool {
        self.refresh
    }

    /// The grant types of which a rule must list one, as a set.
    pub(super) fn mask(self) -> u32 {
        mask(self.grant) | if self.refresh { mask(GrantType::RefreshToken) } else { 0 }
    }

    pub(super) fn subjects(self) -> Subjects {
        match self.grant {
            GrantType::ClientCredentials => Subjects::Machines,
            // What is exchanged may be about a user or a client.
            GrantType::TokenExchange | GrantType::JwtBearer if !self.refresh => Subjects::Both,
            _ => Subjects::Users,
        }
    }

    /// Whether the client may ask so: it must have the grant types for it.
    pub(super) fn is_open_to(self, client: &RegisteredClient) -> bool {
        let has = |grant| client.grants.contains(&grant);
        client.active
            && client.unsupported.is_none()
            && has(self.grant)
            && (!self.refresh || has(GrantType::RefreshToken))
    }
}

/// Machines and browsers without a server get no refresh tokens.
fn can_refresh(grant: GrantType) -> bool {
    !matches!(grant, GrantType::ClientCredentials | GrantType::Implicit | GrantType::RefreshToken)
}

pub(super) fn mask(grant: GrantType) -> u32 {
    1 << grant as u32
}

pub(super) fn mask_of(grants: &[GrantType]) -> u32 {
    grants.iter().fold(0, |all, grant| all | mask(*grant))
}

/// The scopes of a server that a request can have: machines are refused those that are about a
/// user, and those that a user would have to consent to.
pub(super) fn open_scopes(server: &Server, used: GrantUse) -> Bits {
    let end = server.scopes.scopes.len();
    if used.subjects() != Subjects::Machines {
        return Bits::all(end);
    }
    let open = (0..).zip(&server.scopes.scopes).filter(|(_, scope)| {
        scope.consent != Consent::Required && !NEED_A_USER.contains(&scope.name.as_str())
    });
    Bits::of(end, open.map(|(place, _)| place))
}

/// `authorization_code`, or `authorization_code refreshed`.
impl fmt::Display for GrantUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.grant.as_str())?;
        f.write_str(if self.refresh { " refreshed" } else { "" })
    }
}

/// As it is displayed.
impl Serialize for GrantUse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
