//! Signing out.

use chancery::testing::block_on;
use chancery::{Answer, Browser, Call, Login};

use super::world::{World, page};

fn logout(world: &World, query: &str, session: Option<&Login>) -> Answer {
    let target = format!("/oauth2/default/v1/logout?{query}");
    let browser = Browser::new("b");
    let browser = session.map_or(browser, |login| browser.signed_in(login));
    block_on(world.issuer.answer(Call::new("GET", &target), &browser))
}

/// lo-001, lo-002
#[test]
fn a_hint_and_a_registered_address() {
    let world = World::new();
    let tokens = world.tokens("web", &[]);
    let hint = tokens["id_token"].as_str().unwrap();
    for (session, later) in [(Some(world.login("00ualice")), 0), (None, 0), (None, 90 * 86_400)] {
        world.at(later);
        for (uri, location) in [
            ("https%3A%2F%2Fweb.test%2Fout&state=a%20b", "https://web.test/out?state=a%20b"),
            ("https%3A%2F%2Fweb.test%2Fout", "https://web.test/out"),
            ("https%3A%2F%2Fweb.test%2Fbye%3Fx%3D1&state=s", "https://web.test/bye?x=1&state=s"),
        ] {
            let query = format!("id_token_hint={hint}&post_logout_redirect_uri={uri}");
            let Answer::EndSession(end) = logout(&world, &query, session.as_ref()) else { panic!("{uri}") };
            assert_eq!((end.user().as_str(), end.client().as_str()), ("00ualice", "web-client"));
            let reply = end.into_reply().unwrap();
            assert_eq!((reply.status(), reply.header("Location")), (302, Some(location)));
        }
    }
    let Answer::EndSession(end) = logout(&world, &format!("id_token_hint={hint}"), None) else { panic!() };
    assert!(end.into_reply().is_none(), "the host says that it is over");
}

/// lo-003: nothing is trusted of a request whose hint is none.
#[test]
fn bad_hints_and_addresses() {
    let world = World::new();
    let tokens = world.tokens("web", &[]);
    let (hint, access) = (tokens["id_token"].as_str().unwrap(), tokens["access_token"].as_str().unwrap());
    let out = "post_logout_redirect_uri=https%3A%2F%2Fweb.test%2Fout";
    for query in [
        String::new(),
        out.to_owned(),
        format!("id_token_hint=garbage&{out}"),
        format!("id_token_hint={access}&{out}"),
        format!("id_token_hint={hint}x&{out}"),
        format!("id_token_hint={hint}&post_logout_redirect_uri=https%3A%2F%2Fevil.test"),
        format!("id_token_hint={hint}&post_logout_redirect_uri=https%3A%2F%2Fweb.test%2Fout%3F"),
        format!("id_token_hint={hint}&id_token_hint={hint}&{out}"),
    ] {
        assert_eq!(page(logout(&world, &query, None)).status(), 400, "{query}");
    }
    let bob = world.login("00ubob");
    let query = format!("id_token_hint={hint}&{out}");
    assert_eq!(page(logout(&world, &query, Some(&bob))).status(), 400, "another user's session");
}
