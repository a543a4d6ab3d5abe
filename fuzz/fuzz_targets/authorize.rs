//! Any request to the authorization endpoint: a browser goes nowhere but to a URI that the client registered, a
//! code or a token goes only there and only with a sign-in, and nothing is a fault.
#![no_main]

use chancery::testing::block_on;
use chancery::{Answer, Browser, Call, ConsentDecision};
use chancery_fuzz::read::{Sent, is_registered, values};
use chancery_fuzz::{BROWSER, PAST, Store, issuer, login};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // The first byte chooses the settings, so that one corpus serves all.
    let Some((first, query)) = data.split_first() else { return };
    let (signed_in, posted, goes_on) = (first & 1 != 0, first & 2 != 0, first & 4 != 0);
    let server = if first & 8 == 0 { "default" } else { "other" };
    let mut target = format!("/oauth2/{server}/v1/authorize");
    let mut call_body: &[u8] = b"";
    if posted {
        call_body = query;
    } else {
        let Ok(query) = std::str::from_utf8(query) else { return };
        target = format!("{target}?{query}");
    }
    let mut call = Call::new(if posted { "POST" } else { "GET" }, &target);
    if posted {
        call = call.header("Content-Type", b"application/x-www-form-urlencoded").body(call_body);
    }

    let issuer = issuer(&Store::of(&PAST.records));
    let session = login();
    let anonymous = Browser::new(BROWSER);
    let browser = if signed_in { anonymous.signed_in(&session) } else { anonymous };
    let mut answer = block_on(issuer.answer(call, &browser));
    check(&answer, query, signed_in);
    if goes_on {
        // What a host does with its pages.
        if let Answer::Login(prompt) = &answer {
            answer = block_on(issuer.login(prompt.interaction(), &anonymous, session.clone()));
            check(&answer, query, true);
        }
        if let Answer::Consent(prompt) = &answer {
            let handle = prompt.interaction();
            let browser = anonymous.signed_in(&session);
            check(&block_on(issuer.consent(handle, &browser, ConsentDecision::AllowAll)), query, true);
            let again = block_on(issuer.consent(handle, &browser, ConsentDecision::AllowAll));
            assert!(matches!(again, Answer::Error(_)), "answered twice: {again:?}");
        }
    }
});

fn check(answer: &Answer, query: &[u8], signed_in: bool) {
    let reply = match answer {
        Answer::Reply(reply) => reply,
        Answer::Error(page) => return assert!((400..500).contains(&page.status()), "{page:?}"),
        Answer::Login(prompt) => return assert_eq!(prompt.interaction().len(), 43),
        Answer::Consent(prompt) => return assert!(signed_in && !prompt.scopes().is_empty()),
        other => panic!("{other:?}"),
    };
    assert!(reply.status() < 400, "{}", reply.status());
    let sent = Sent::of(reply).expect("an answer for the client");
    sent.check();
    let (clients, uris) = (values(query, "client_id"), values(query, "redirect_uri"));
    let ([client], [uri]) = (&clients[..], &uris[..]) else { panic!("sent for {clients:?} to {uris:?}") };
    assert!(is_registered(client, uri), "{uri} is not registered");
    assert!(sent.is_to(uri), "sent elsewhere than to {uri}: {reply:?}");
    assert!(signed_in || !sent.gives(), "without a sign-in: {reply:?}");
}
