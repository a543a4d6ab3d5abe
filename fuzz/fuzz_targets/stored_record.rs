//! A store that answers other bytes than were written: no panic, no answer but a fault or a refusal, unless
//! the bytes are those of a record that knows the token, its client and its user.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chancery::Answer;
use chancery_fuzz::read::{Sent, claims};
use chancery_fuzz::{BROWSER, PAST, Store, planted};
use libfuzzer_sys::fuzz_target;
use ring::digest;
use serde_json::Value as Json;

fuzz_target!(|data: &[u8]| {
    // A byte for the flow and for which of the records that it reads are other ones.
    let Some((first, bytes)) = data.split_first() else { return };
    let (flow, place) = (usize::from(*first) % planted::FLOWS, usize::from(*first) / planted::FLOWS);
    let store = Store::of(&PAST.records);
    store.plant(place, bytes);
    let (answer, token) = planted::run(flow, &store);
    let found = store.found();
    if place >= found.len() {
        return;
    }
    let holds = |part: &[u8]| !part.is_empty() && bytes.windows(part.len()).any(|window| window == part);
    let reply = match &answer {
        Answer::Reply(reply) => reply,
        Answer::Error(page) => return assert!(page.status() <= 500 || page.status() == 503, "{page:?}"),
        // The page of a request that the browser began, or of one that begins now.
        Answer::Login(_) | Answer::Consent(_) => {
            return assert!(place > 0 || flow == 26 || holds(&browser()));
        }
        other => panic!("{other:?}"),
    };
    assert!(reply.status() <= 500 || reply.status() == 503, "{}", reply.status());
    if flow >= 20 && flow < 27 {
        let sent = Sent::of(reply).expect("an answer for a client");
        assert!(sent.is_to_a_client(), "sent elsewhere: {reply:?}");
        assert!(place > 0 || flow == 26 || holds(&browser()), "another browser's: {reply:?}");
        return;
    }
    let json: Json = serde_json::from_str(reply.body()).unwrap_or_default();
    let (client, user) = match flow {
        0..8 if reply.status() == 200 => {
            let access = claims(json["access_token"].as_str().expect("a token"));
            (access["cid"].clone(), access["uid"].clone())
        }
        8..16 if json["active"] == true => (json["client_id"].clone(), json["uid"].clone()),
        16..20 if reply.status() == 200 => (claims(&token)["cid"].clone(), json["sub"].clone()),
        _ => return,
    };
    if place > 0 {
        // A consent: it is the one that the grant rests on.
        return assert!(holds(&found[place][2..10]), "another consent");
    }
    for name in [client, user] {
        assert!(holds(name.as_str().unwrap_or("").as_bytes()), "{name} is not in the record");
    }
    if flow < 12 {
        assert!(holds(&known_by(&token)), "the record does not know the token");
    }
});

/// What a record keeps of a code or a refresh token.
fn known_by(token: &str) -> Vec<u8> {
    let bytes = URL_SAFE_NO_PAD.decode(token).expect("base64url");
    digest::digest(&digest::SHA256, &[b"chancery token", &bytes[..]].concat()).as_ref()[..16].to_vec()
}

fn browser() -> Vec<u8> {
    digest::digest(&digest::SHA256, format!("chancery browser{BROWSER}").as_bytes()).as_ref().to_vec()
}
