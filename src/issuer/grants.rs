//! Grants in the store: found, judged, changed and ended, one compare-and-swap at a time.

use std::sync::Arc;

use super::Issuer;
use super::consents::{ConsentOf, consented};
use crate::error::{Error, Fault, Refusal};
use crate::flow::consent::Remembered;
use crate::flow::{Grant, GrantId, Granted, Stage};
use crate::host::{GrantKey, GrantRecord};
use crate::model::{Group, Org, RegisteredClient, User};
use crate::types::{Timestamp, UserId};

/// A grant as it was found.
pub(super) struct Found {
    pub(super) grant: Grant,
    record: GrantRecord,
}

/// The user of a grant, and what the user consented to, where the grant rests on it.
pub(super) struct Holder {
    pub(super) user: Arc<User>,
    consent: Option<Remembered>,
}

impl Holder {
    /// What of a grant's access the user still consents to; nothing is left where that is no scope at all.
    pub(super) fn allows<'a>(&self, granted: Granted<'a>) -> Option<Granted<'a>> {
        let granted = match &self.consent {
            Some(remembered) => consented(granted, remembered),
            None => granted,
        };
        (!granted.scopes().is_empty()).then_some(granted)
    }
}

/// How often a change is tried again because another request changed the grant first. Each lost race is
/// another request's progress, and hardly any client has so many at once.
pub(super) const MOST_RACES: usize = 128;

impl Issuer {
    pub(super) async fn find_grant(
        &self,
        org: &Org,
        id: GrantId,
        now: Timestamp,
    ) -> Result<Option<Found>, Fault> {
        let key = grant_key(org, id);
        let Some(record) = self.bounded(self.0.grants.get(&key, now)).await? else { return Ok(None) };
        Ok(Some(Found { grant: Grant::decode(&record.bytes)?, record }))
    }

    /// Stores a new grant; `false` if there is one of this id.
    pub(super) async fn insert_grant(
        &self,
        org: &Org,
        id: GrantId,
        record: GrantRecord,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        self.bounded(self.0.grants.insert(grant_key(org, id), record, now)).await
    }

    /// Puts `next` in place of what was found; `false` if that has changed since. `keep_until` is when
    /// the last token issued under it expires.
    pub(super) async fn change_grant(
        &self,
        org: &Org,
        id: GrantId,
        found: &Found,
        next: &Grant,
        keep_until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        // An earlier access token, of the hybrid flow even, may outlive this one.
        let expires_at = next.forget_at(keep_until).max(found.record.expires_at);
        let record = GrantRecord { bytes: next.encode(), expires_at };
        if record == found.record {
            return Ok(true);
        }
        let key = grant_key(org, id);
        self.bounded(self.0.grants.swap(&key, &found.record.bytes, record, now)).await
    }

    /// Ends a grant: its code, refresh tokens and access tokens are dead from here on. `false` if it had
    /// ended already.
    pub(super) async fn end_grant(&self, org: &Org, id: GrantId, now: Timestamp) -> Result<bool, Fault> {
        for _ in 0..MOST_RACES {
            let Some(found) = self.find_grant(org, id, now).await? else { return Ok(false) };
            if matches!(found.grant.stage, Stage::Revoked) {
                return Ok(false);
            }
            // Remembered as long as anything issued under it lives.
            let until = found.record.expires_at;
            let ended = Grant { stage: Stage::Revoked, ..found.grant.clone() };
            if self.change_grant(org, id, &found, &ended, until, now).await? {
                return Ok(true);
            }
        }
        Err(too_many_races())
    }

    /// The user of a grant, if the grant still holds for it: the user is ACTIVE, the app is assigned,
    /// and the consent is not taken back.
    pub(super) async fn holder(
        &self,
        org: &Org,
        client: &RegisteredClient,
        grant: &Grant,
        now: Timestamp,
    ) -> Result<Holder, Error> {
        let user = self.active_user(org, &grant.login.user).await?;
        let mut holder = Holder { user, consent: None };
        let user = &holder.user;
        if client.app_user(user).is_none() {
            return Err(Refusal::UserNotAssigned.into());
        }
        if let Some(id) = grant.consent {
            let consent = ConsentOf { org, server: &grant.server, client: &grant.client, user: user.id() };
            let standing = self.standing_consent(consent, id, now).await?;
            holder.consent = Some(standing.ok_or(Refusal::ConsentRevoked)?);
        }
        Ok(holder)
    }

    pub(super) async fn active_user(&self, org: &Org, id: &UserId) -> Result<Arc<User>, Error> {
        match self.user(org, id).await? {
            Some(user) if user.is_active() => Ok(user),
            _ => Err(Refusal::InactiveUser.into()),
        }
    }

    pub(super) async fn user(&self, org: &Org, id: &UserId) -> Result<Option<Arc<User>>, Fault> {
        match &self.0.directory {
            None => Ok(org.user(id.as_str()).cloned()),
            Some(directory) => {
                let found = self.bounded(directory.user(id)).await?;
                // As with clients: the one that was asked for, or none.
                Ok(found.filter(|user| user.id() == id))
            }
        }
    }

    /// The user's groups, Everyone first, which all users are in.
    pub(super) async fn groups(&self, org: &Org, user: &User) -> Result<Vec<Arc<Group>>, Fault> {
        let own: Vec<Arc<Group>> = match &self.0.directory {
            None => user.groups().iter().filter_map(|id| org.group(id.as_str()).cloned()).collect(),
            Some(directory) => self.bounded(directory.groups(user.groups())).await?,
        };
        let everyone = org.group(org.everyone().as_str()).cloned();
        let listed = |group: &Arc<Group>| own.iter().any(|known| known.id() == group.id());
        Ok(everyone.filter(|group| !listed(group)).into_iter().chain(own.iter().cloned()).collect())
    }
}

fn grant_key(org: &Org, id: GrantId) -> GrantKey {
    GrantKey::new(&[org.base().as_str(), "grant", &id.text()])
}

pub(super) fn too_many_races() -> Fault {
    Fault::unavailable("the grant changes faster than it can be read")
}
