//! Consents in the store.

use super::grants::{MOST_RACES, too_many_races};
use super::{Issuer, deadline};
use crate::error::{Error, Fault};
use crate::flow::consent::Remembered;
use crate::flow::{ConsentId, Granted};
use crate::host::{Action, GrantKey, GrantRecord};
use crate::model::Org;
use crate::types::{ClientId, ServerId, Timestamp, UserId};

/// Who consented to what where.
#[derive(Clone, Copy)]
pub(super) struct ConsentOf<'a> {
    pub(super) org: &'a Org,
    pub(super) server: &'a ServerId,
    pub(super) client: &'a ClientId,
    pub(super) user: &'a UserId,
}

impl ConsentOf<'_> {
    fn key(&self) -> GrantKey {
        let base = self.org.base().as_str();
        let (server, client, user) = (self.server.as_str(), self.client.as_str(), self.user.as_str());
        GrantKey::new(&[base, server, "consent", client, user])
    }
}

/// What was granted without the optional scopes that the user left out when last asked.
pub(super) fn consented<'a>(granted: Granted<'a>, remembered: &Remembered) -> Granted<'a> {
    let table = &granted.served().server.scopes;
    granted.without(|name| table.get(name).is_some_and(|(_, scope)| remembered.has_skipped(scope)))
}

/// Consents are kept until they are taken back: to the end of the year 9999, which every database has.
const FOREVER: Timestamp = Timestamp::from_unix(253_402_300_799);

impl Issuer {
    /// Takes back what a user consented to at the custom authorization server of this id or name: the
    /// user is asked again, and whatever was issued to the client under the consent is dead. It does not
    /// matter whether there was one.
    ///
    /// # Errors
    /// [`Refusal::UnknownServer`](crate::Refusal::UnknownServer); [`Error::Fault`] when the store fails: the
    /// consent may still stand then.
    pub async fn revoke_consent(&self, server: &str, client: &ClientId, user: &UserId) -> Result<(), Error> {
        let org = self.org();
        let served = Self::served(&org, server)?;
        let now = self.now();
        let consent = ConsentOf { org: &org, server: served.server.id(), client, user };
        if deadline::contain(self.forget_consent(consent, now)).await?? {
            let concerned = self.concerned();
            concerned.client(client);
            concerned.user(user);
            self.note(served, None, &concerned, || Action::ConsentRevoked);
        }
        Ok(())
    }

    /// `false` if there was none.
    async fn forget_consent(&self, consent: ConsentOf<'_>, now: Timestamp) -> Result<bool, Fault> {
        self.change_consent(consent, now, |before| before.map(|_| None))
            .await
            .map(|changed| changed.is_some())
    }

    /// What the user answered so far.
    pub(super) async fn remembered(
        &self,
        consent: ConsentOf<'_>,
        now: Timestamp,
    ) -> Result<Option<Remembered>, Fault> {
        match self.bounded(self.0.grants.get(&consent.key(), now)).await? {
            Some(record) => Remembered::decode(&record.bytes),
            None => Ok(None),
        }
    }

    /// The consent that a grant rests on, if it still stands.
    pub(super) async fn standing_consent(
        &self,
        consent: ConsentOf<'_>,
        id: ConsentId,
        now: Timestamp,
    ) -> Result<Option<Remembered>, Fault> {
        Ok(self.remembered(consent, now).await?.filter(|remembered| remembered.id == id))
    }

    /// Remembers an answer: `answered` is what comes of what was remembered before, or of a new consent.
    pub(super) async fn remember(
        &self,
        consent: ConsentOf<'_>,
        now: Timestamp,
        answered: impl Fn(Remembered) -> Remembered + Send + Sync,
    ) -> Result<Remembered, Error> {
        let id: ConsentId = self.random()?;
        let changed = self
            .change_consent(consent, now, |before| {
                Some(Some(answered(before.unwrap_or_else(|| Remembered::begin(id)))))
            })
            .await?;
        Ok(changed.flatten().ok_or_else(|| Fault::internal("a consent that was not remembered"))?)
    }

    /// Changes what is remembered, whoever else changes it at the same time. `change` answers `None` for
    /// no change.
    async fn change_consent(
        &self,
        consent: ConsentOf<'_>,
        now: Timestamp,
        change: impl Fn(Option<Remembered>) -> Option<Option<Remembered>> + Send + Sync,
    ) -> Result<Option<Option<Remembered>>, Fault> {
        let key = consent.key();
        for _ in 0..MOST_RACES {
            let found = self.bounded(self.0.grants.get(&key, now)).await?;
            let before =
                found.as_ref().map(|record| Remembered::decode(&record.bytes)).transpose()?.flatten();
            let Some(next) = change(before) else { return Ok(None) };
            let record = GrantRecord { bytes: Remembered::encode(next.as_ref()), expires_at: FOREVER };
            let changed = match &found {
                Some(found) if found.bytes == record.bytes => true,
                Some(found) => self.bounded(self.0.grants.swap(&key, &found.bytes, record, now)).await?,
                None => self.bounded(self.0.grants.insert(key, record, now)).await?,
            };
            if changed {
                return Ok(Some(next));
            }
        }
        Err(too_many_races())
    }
}
