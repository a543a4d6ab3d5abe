//! Every flow that reads the store, with the requests of the past.

use chancery::testing::block_on;
use chancery::{Answer, Browser, Call, ConsentDecision};

use crate::{BROWSER, PAST, Store, authorize_target, issuer, login, post, redemption, refresh, send};

/// How many there are.
pub const FLOWS: usize = 28;

/// Runs one; says what was answered, and the code or token that was presented.
pub fn run(flow: usize, store: &Store) -> (Answer, String) {
    let issuer = issuer(store);
    let session = login();
    let browser = Browser::new(BROWSER);
    let [page, consent] = &PAST.waiting;
    let (client, tokens) = &PAST.tokens[flow % 4];
    let token = |name: &str| tokens[name].as_str().unwrap_or_default().to_owned();
    let asked = |endpoint, token: String| {
        let reply = send(&issuer, "rs", endpoint, &[("token", token.clone())]);
        (Answer::Reply(reply), token)
    };
    let waits = |answer| (answer, String::new());
    match flow {
        0..4 => {
            let (client, code) = &PAST.codes[flow];
            (Answer::Reply(send(&issuer, client, "token", &redemption(client, code))), code.clone())
        }
        4..8 => {
            let token = token("refresh_token");
            (Answer::Reply(send(&issuer, client, "token", &refresh(&token))), token)
        }
        8..12 => asked("introspect", token("refresh_token")),
        12..16 => asked("introspect", token("access_token")),
        16..20 => {
            let token = token("access_token");
            (Answer::Reply(post(&issuer, "userinfo", format!("Bearer {token}").as_bytes(), b"")), token)
        }
        20 => waits(block_on(issuer.interaction(page, &browser))),
        21 => waits(block_on(issuer.login(page, &browser, session))),
        22 => waits(block_on(issuer.cancel(page, &browser))),
        23 => waits(block_on(issuer.interaction(consent, &browser.signed_in(&session)))),
        24 => {
            waits(block_on(issuer.consent(consent, &browser.signed_in(&session), ConsentDecision::AllowAll)))
        }
        25 => {
            let decision = ConsentDecision::Allow { optional: vec!["extra".to_owned()] };
            waits(block_on(issuer.consent(consent, &browser, decision)))
        }
        26 => {
            let target = authorize_target("asks", &[]);
            waits(block_on(issuer.answer(Call::new("GET", &target), &browser.signed_in(&session))))
        }
        _ => {
            let token = token("refresh_token");
            (Answer::Reply(send(&issuer, client, "revoke", &[("token", token.clone())])), token)
        }
    }
}
