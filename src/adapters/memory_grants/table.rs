//! The records of one shard.
//!
//! Open addressing with linear probing, written here because of what a map of the standard library
//! does not do: it clears the expired away a few at a time, grows by a quarter rather than by double,
//! and keeps key and bytes of a record side by side, so that finding one touches two places in memory.
//! Growing moves no record, only its slot of 32 bytes.

use crate::host::{GrantKey, GrantRecord};
use crate::types::Timestamp;

/// How many slots an insertion looks at for expired records: enough that they never outnumber the
/// live ones for long, few enough that no insertion is slow.
const SWEPT: usize = 8;

/// The least number of slots.
const LEAST: usize = 4;

#[derive(Default)]
pub(super) struct Table {
    slots: Box<[Slot]>,
    /// How many slots are taken; at least one in four is free.
    len: usize,
    /// The slot at which the sweep goes on.
    swept: usize,
}

#[derive(Default)]
struct Slot {
    hash: u64,
    expires_at: i64,
    /// The key, then the bytes.
    record: Option<Box<[u8]>>,
}

impl Slot {
    fn is_expired(&self, now: Timestamp) -> bool {
        self.record.is_some() && self.expires_at <= now.as_unix()
    }

    /// The bytes, if this is the live record of the key.
    fn bytes(&self, hash: u64, key: &GrantKey) -> Option<&[u8]> {
        if self.hash != hash {
            return None;
        }
        self.record.as_deref()?.strip_prefix(key.as_bytes())
    }

    fn fill(&mut self, key: &GrantKey, record: &GrantRecord) {
        self.expires_at = record.expires_at.as_unix();
        let key = key.as_bytes();
        match self.record.as_deref_mut().and_then(|old| old.get_mut(key.len()..)) {
            // The key is there already.
            Some(old) if old.len() == record.bytes.len() => old.copy_from_slice(&record.bytes),
            _ => {
                let mut both = Vec::with_capacity(key.len().saturating_add(record.bytes.len()));
                both.extend_from_slice(key);
                both.extend_from_slice(&record.bytes);
                self.record = Some(both.into_boxed_slice());
            }
        }
    }
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, hash: u64, key: &GrantKey, now: Timestamp) -> Option<GrantRecord> {
        let slot = self.slots.get(self.find(hash, key)?)?;
        if slot.is_expired(now) {
            return None;
        }
        let bytes = slot.bytes(hash, key)?.to_vec();
        Some(GrantRecord { bytes, expires_at: Timestamp::from_unix(slot.expires_at) })
    }

    pub(super) fn insert(&mut self, hash: u64, key: &GrantKey, record: &GrantRecord, now: Timestamp) -> bool {
        if let Some(slot) = self.find(hash, key).and_then(|at| self.slots.get_mut(at)) {
            let free = slot.is_expired(now);
            if free {
                slot.fill(key, record);
            }
            return free;
        }
        self.sweep(now);
        if self.len.saturating_add(1).saturating_mul(4) > self.slots.len().saturating_mul(3) {
            self.resize(self.slots.len().saturating_add(self.slots.len() / 4).saturating_add(LEAST));
        }
        let mut slot = Slot { hash, ..Slot::default() };
        slot.fill(key, record);
        self.place(slot);
        self.len = self.len.saturating_add(1);
        true
    }

    pub(super) fn swap(
        &mut self,
        hash: u64,
        key: &GrantKey,
        expected: &[u8],
        record: &GrantRecord,
        now: Timestamp,
    ) -> bool {
        let Some(slot) = self.find(hash, key).and_then(|at| self.slots.get_mut(at)) else { return false };
        let same = !slot.is_expired(now) && slot.bytes(hash, key) == Some(expected);
        if same {
            slot.fill(key, record);
        }
        same
    }

    /// The slot where the search for a hash begins. Greater hashes have later homes, so that records
    /// keep their order when the table is resized, and any number of slots will do.
    fn home(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.slots.len() as u128) >> 64) as usize
    }

    fn after(&self, at: usize) -> usize {
        let next = at.saturating_add(1);
        if next < self.slots.len() { next } else { 0 }
    }

    /// How many slots `to` lies behind `from`, past the end and around.
    fn distance(&self, from: usize, to: usize) -> usize {
        if to >= from { to - from } else { (self.slots.len() - from).saturating_add(to) }
    }

    fn find(&self, hash: u64, key: &GrantKey) -> Option<usize> {
        let mut at = self.home(hash);
        loop {
            // There is always a free slot, where the search ends.
            let slot = self.slots.get(at).filter(|slot| slot.record.is_some())?;
            if slot.bytes(hash, key).is_some() {
                return Some(at);
            }
            at = self.after(at);
        }
    }

    /// Puts a slot whose key is not there yet into the first free place.
    fn place(&mut self, slot: Slot) {
        let mut at = self.home(slot.hash);
        while let Some(taken) = self.slots.get_mut(at) {
            if taken.record.is_none() {
                *taken = slot;
                return;
            }
            at = self.after(at);
        }
    }

    fn resize(&mut self, slots: usize) {
        let slots = slots.max(LEAST);
        if slots == self.slots.len() {
            return;
        }
        let fresh = (0..slots).map(|_| Slot::default()).collect();
        let old = std::mem::replace(&mut self.slots, fresh);
        self.swept = 0;
        for slot in old {
            if slot.record.is_some() {
                self.place(slot);
            }
        }
    }

    /// Clears expired records away from the next few slots.
    fn sweep(&mut self, now: Timestamp) {
        for _ in 0..SWEPT {
            if self.slots.get(self.swept).is_some_and(|slot| slot.is_expired(now)) {
                // What comes into its place is looked at next.
                self.remove(self.swept);
            } else {
                self.swept = self.after(self.swept);
            }
        }
        if self.len < self.slots.len() / 4 {
            self.resize(self.len.saturating_mul(2));
        }
    }

    /// Frees a slot, and moves up those behind it that a search would no longer reach.
    fn remove(&mut self, at: usize) {
        let (mut gap, mut at) = (at, at);
        loop {
            at = self.after(at);
            let Some(slot) = self.slots.get(at).filter(|slot| slot.record.is_some()) else { break };
            if self.distance(self.home(slot.hash), at) >= self.distance(gap, at) {
                self.slots.swap(gap, at);
                gap = at;
            }
        }
        if let Some(slot) = self.slots.get_mut(gap) {
            *slot = Slot::default();
            self.len = self.len.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests;
