//! What holds for one caller at a time.

use std::pin::pin;
use std::task::{Context, Waker};

use super::{Check, Checked, Trial};
use crate::host::{GrantKey, GrantStore};
use crate::types::Timestamp;

pub(super) fn checks<S: GrantStore>() -> Vec<Check<S>> {
    vec![
        ("a key without a record has none, and nothing to swap", absent),
        ("a record is answered as it was inserted", round_trip),
        ("an insertion under a taken key changes nothing", taken),
        ("a record is there until one second before it expires", until_expiry),
        ("a record is absent from the second in which it expires", from_expiry),
        ("an expired record makes room for a new one", room),
        ("a record that is expired when it is inserted is absent", born_expired),
        ("a swap replaces bytes and expiry", swapped),
        ("a swap that expects other bytes changes nothing", expected),
        ("a swap compares with what is there now, not with what was once", now_and_once),
        ("a swap may keep the bytes and change the expiry", prolonged),
        ("a swap may end a record", ended),
        ("an empty record is a record", empty),
        ("bytes may be any", any_bytes),
        ("a record of a million bytes is stored and compared whole", large),
        ("keys that differ in anything are independent", keys),
        ("of many keys each has its own record", many),
        ("clearing expired records away leaves the others", cleared),
        ("a record may live until the year 9999", far),
        ("a call that is dropped has happened wholly or not at all", dropped),
    ]
}

fn absent<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let key = t.key("");
    t.lacks(key, 0)?;
    t.swaps_not(key, b"", &t.record("new", 100), 0)?;
    t.swaps_not(key, b"old", &t.record("new", 100), 0)?;
    t.lacks(key, 0)
}

fn round_trip<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let (key, record) = (t.key(""), t.record("bytes", 100));
    t.inserts(key, &record, 0)?;
    t.holds(key, &record, 0)?;
    t.holds(key, &record, 0)
}

fn taken<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let (key, first) = (t.key(""), t.record("first", 100));
    t.inserts(key, &first, 0)?;
    for again in [t.record("second", 150), t.record("first", 150), t.record("", 50), first.clone()] {
        t.inserts_not(key, &again, 0)?;
        t.holds(key, &first, 0)?;
    }
    Ok(())
}

fn until_expiry<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let (key, first, second) = (t.key(""), t.record("first", 100), t.record("second", 110));
    t.inserts(key, &first, 0)?;
    t.holds(key, &first, 99)?;
    t.inserts_not(key, &second, 99)?;
    t.swaps(key, b"first", &second, 99)?;
    t.holds(key, &second, 109)
}

fn from_expiry<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    for (name, later) in [("at once", 100), ("after", 101), ("long after", 190)] {
        let (key, record) = (t.key(name), t.record("first", 100));
        t.inserts(key, &record, 0)?;
        t.lacks(key, later)?;
        t.swaps_not(key, b"first", &t.record("second", 199), later)?;
        t.lacks(key, later)?;
    }
    Ok(())
}

fn room<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let (key, first, second) = (t.key(""), t.record("first", 100), t.record("second", 120));
    t.inserts(key, &first, 0)?;
    t.inserts(key, &second, 100)?;
    t.holds(key, &second, 100)?;
    t.inserts_not(key, &first, 119)?;
    t.inserts(key, &t.record("", 130), 125)
}

fn born_expired<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let key = t.key("");
    for expires in [10, 9] {
        t.inserts(key, &t.record("dead", expires), 10)?;
        t.lacks(key, 10)?;
    }
    t.inserts(key, &t.record("alive", 100), 10)
}

fn swapped<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let (key, mut known) = (t.key(""), t.record("first", 10));
    t.inserts(key, &known, 0)?;
    for (bytes, expires) in [("second, longer", 100), ("3rd", 50), ("4th", 60), ("", 70), ("sixth", 80)] {
        let next = t.record(bytes, expires);
        t.swaps(key, &known.bytes, &next, 5)?;
        t.holds(key, &next, 5)?;
        known = next;
    }
    t.holds(key, &known, 79)?;
    t.lacks(key, 80)
}

fn expected<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let known: &[u8] = b"A record\xff\x00";
    let (key, record) = (t.key(""), t.record(known, 100));
    t.inserts(key, &record, 0)?;
    let others: [&[u8]; 9] = [
        b"",
        b"A record\xff",
        b"A record\xff\x00\x00",
        b"a record\xff\x00",
        b"A record\xff\x01",
        b"A record\xfe\x00",
        b" A record\xff\x00",
        b"A record\xff\x00 ",
        b"A record",
    ];
    for other in others {
        t.swaps_not(key, other, &t.record("new", 150), 0)?;
        t.holds(key, &record, 0)?;
    }
    t.swaps(key, known, &t.record("new", 150), 0)
}

fn now_and_once<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let (key, a, b) = (t.key(""), t.record("a", 100), t.record("b", 100));
    t.inserts(key, &a, 0)?;
    t.swaps(key, b"a", &b, 0)?;
    t.swaps_not(key, b"a", &b, 0)?;
    t.swaps_not(key, b"a", &t.record("c", 100), 0)?;
    t.holds(key, &b, 0)?;
    t.swaps(key, b"b", &a, 0)?;
    t.swaps(key, b"a", &b, 0)
}

fn prolonged<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let (key, longer) = (t.key(""), t.record("same", 100));
    t.inserts(key, &t.record("same", 10), 0)?;
    t.swaps(key, b"same", &longer, 9)?;
    t.holds(key, &longer, 99)?;
    t.swaps(key, b"same", &longer, 99)?;
    t.lacks(key, 100)
}

fn ended<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let key = t.key("");
    t.inserts(key, &t.record("alive", 100), 0)?;
    t.swaps(key, b"alive", &t.record("dead", 5), 5)?;
    t.lacks(key, 5)?;
    t.swaps_not(key, b"dead", &t.record("alive", 100), 5)?;
    t.swaps_not(key, b"alive", &t.record("alive", 100), 5)?;
    t.inserts(key, &t.record("again", 100), 5)
}

fn empty<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let (key, mark) = (t.key(""), t.record("", 100));
    t.inserts(key, &mark, 0)?;
    t.holds(key, &mark, 0)?;
    t.inserts_not(key, &mark, 0)?;
    t.swaps_not(key, b"\x00", &t.record("new", 100), 0)?;
    t.swaps(key, b"", &t.record("new", 100), 0)?;
    t.swaps_not(key, b"", &mark, 0)
}

fn any_bytes<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let all: Vec<u8> = (0..=u8::MAX).collect();
    let texts: [&[u8]; 6] = [&all, b"\x00", b"\x00\x00", b"\xff\xfe", b"'\"\\;--\r\n", b"\xc3\x28"];
    for (nth, bytes) in texts.into_iter().enumerate() {
        let (key, record) = (t.key(nth), t.record(bytes, 100));
        t.inserts(key, &record, 0)?;
        t.holds(key, &record, 0)?;
        let reversed = t.record(bytes.iter().rev().copied().collect::<Vec<_>>(), 100);
        t.swaps(key, bytes, &reversed, 0)?;
        t.holds(key, &reversed, 0)?;
    }
    Ok(())
}

fn large<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let made = |last: u8| {
        let mut bytes: Vec<u8> = (0..999_999_u32).map(|i| (i % 251) as u8).collect();
        bytes.push(last);
        t.record(bytes, 100)
    };
    let (key, first, second) = (t.key(""), made(1), made(2));
    t.inserts(key, &first, 0)?;
    t.holds(key, &first, 0)?;
    t.swaps_not(key, &second.bytes, &second, 0)?;
    t.swaps(key, &first.bytes, &second, 0)?;
    t.holds(key, &second, 0)?;
    t.swaps(key, &second.bytes, &t.record("small", 100), 0)?;
    t.holds(key, &t.record("small", 100), 0)
}

fn keys<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let base = *t.key("").as_bytes();
    let mut names = Vec::new();
    // One bit, letter case, ends that C strings and SQL's CHAR drop.
    for place in 0..base.len() {
        for byte in [0, 1, b' ', b'a', b'A', 0x80, 0xff] {
            let mut name = base;
            if let Some(there) = name.get_mut(place) {
                *there = byte;
            }
            names.push(name);
        }
    }
    names.extend([base, base.map(|byte| !byte)]);
    names.sort_unstable();
    names.dedup();
    for (nth, name) in names.iter().enumerate() {
        t.inserts(GrantKey::of_bytes(*name), &t.record(nth.to_string(), 100), 0)?;
    }
    for (nth, name) in names.iter().enumerate() {
        let key = GrantKey::of_bytes(*name);
        t.holds(key, &t.record(nth.to_string(), 100), 0)?;
        t.swaps(key, nth.to_string().as_bytes(), &t.record(format!("{nth} again"), 100), 0)?;
    }
    for (nth, name) in names.iter().enumerate() {
        t.holds(GrantKey::of_bytes(*name), &t.record(format!("{nth} again"), 100), 0)?;
    }
    Ok(())
}

fn many<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    for i in 0..2_000 {
        t.inserts(t.key(i), &t.record(i.to_string(), 100), 0)?;
    }
    for i in (0..2_000).step_by(3) {
        t.swaps(t.key(i), i.to_string().as_bytes(), &t.record("swapped", 100), 0)?;
    }
    for i in 0..2_000 {
        let bytes = if i % 3 == 0 { "swapped".to_owned() } else { i.to_string() };
        t.holds(t.key(i), &t.record(bytes, 100), 0)?;
    }
    Ok(())
}

fn cleared<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let (long, kept) = (t.key("long"), t.record("kept", 100));
    t.inserts(long, &kept, 0)?;
    for i in 0..2_000 {
        t.inserts(t.key(i), &t.record("", 10 + i % 30), 0)?;
    }
    for i in 0..2_000 {
        let now = 40 + i / 50;
        t.inserts(t.key(i), &t.record("", now + 1), now)?;
        if i % 100 == 0 {
            t.holds(long, &kept, now)?;
            t.inserts_not(long, &kept, now)?;
        }
    }
    t.holds(long, &kept, 99)?;
    t.lacks(long, 100)
}

fn far<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let (key, mut record) = (t.key(""), t.record("old", 0));
    record.expires_at = Timestamp::from_unix(253_402_300_799);
    t.inserts(key, &record, 0)?;
    t.holds(key, &record, 0)?;
    // Not left behind for ever.
    t.swaps(key, b"old", &t.record("new", 100), 0)
}

fn dropped<S: GrantStore>(t: &Trial<'_, S>) -> Checked {
    let mut context = Context::from_waker(Waker::noop());
    for i in 0..20 {
        let (key, first, second) = (t.key(i), t.record("first", 100), t.record("second", 110));
        drop(pin!(t.store.insert(key, first.clone(), t.at(0))).poll(&mut context));
        if t.get(key, 0)?.is_some_and(|found| found != first) {
            return t.fails("`insert` has left something else");
        }
        t.insert(key, &first, 0)?;
        drop(pin!(t.store.swap(&key, b"first", second.clone(), t.at(0))).poll(&mut context));
        match t.get(key, 0)? {
            Some(found) if found == first || found == second => {}
            _ => return t.fails("`swap` has left something else"),
        }
    }
    Ok(())
}
