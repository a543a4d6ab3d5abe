//! The example's sessions over time, and how many there can be: what would take hours over HTTP.

#[path = "../../../examples/okta/session.rs"]
mod session;

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use chancery::Login;
use chancery::types::{BaseUri, Lifetime, Timestamp};

use session::{Sessions, Visit};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn sessions() -> Sessions {
    Sessions::new(&BaseUri::parse("https://id.example.com").unwrap())
}

/// The headers of a browser that was sent this.
fn with(set_cookie: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(COOKIE, set_cookie.split(';').next().unwrap().parse().unwrap());
    headers
}

fn visitor(sessions: &Sessions) -> (Visit, HeaderMap) {
    let mut visit = sessions.visit(&HeaderMap::new(), NOW).unwrap();
    assert!(visit.is_new());
    let cookie = sessions.remember(&mut visit, NOW).unwrap().unwrap();
    assert_eq!(sessions.remember(&mut visit, NOW).unwrap(), None, "one cookie is enough");
    (visit, with(&cookie))
}

fn signed_in(sessions: &Sessions, user: &str) -> HeaderMap {
    let (mut visit, _) = visitor(sessions);
    with(&sessions.sign_in(&mut visit, Login::new(user, NOW), NOW).unwrap())
}

#[test]
fn they_end() {
    let sessions = sessions();
    let (_, visitor) = visitor(&sessions);
    let ada = signed_in(&sessions, "00uada");
    let after = |minutes| NOW.plus(Lifetime::minutes(minutes));
    for (headers, last) in [(&visitor, 59), (&ada, 719)] {
        assert!(!sessions.visit(headers, after(last)).unwrap().is_new());
        assert!(sessions.visit(headers, after(last + 1)).unwrap().is_new());
    }
    let visit = sessions.visit(&ada, NOW).unwrap();
    assert_eq!(visit.user().unwrap().as_str(), "00uada");
    assert!(sessions.sign_out(&visit).contains("Max-Age=0"));
    assert!(sessions.visit(&ada, NOW).unwrap().is_new());
}

#[test]
fn signing_in_renews_what_the_browser_holds() {
    let sessions = sessions();
    let (mut visit, before) = visitor(&sessions);
    let csrf = visit.csrf().to_owned();
    assert!(visit.showed(Some(&csrf)) && !visit.showed(None));
    let after = with(&sessions.sign_in(&mut visit, Login::new("00uada", NOW), NOW).unwrap());
    assert_ne!(before, after);
    assert!(!visit.showed(Some(&csrf)) && visit.showed(Some(visit.csrf())));
    assert!(sessions.visit(&before, NOW).unwrap().is_new());
    // To the issuer it is the same browser, so that the request that waits goes on.
    let again = sessions.visit(&after, NOW).unwrap();
    assert!(format!("{:?}", again.browser("192.0.2.7")).contains("00uada"));
    assert!(again.user().is_some() && again.showed(Some(visit.csrf())));
    assert_ne!(sessions.public_id().unwrap(), sessions.public_id().unwrap());
}

/// Whoever makes visitors by the thousand ends other visits at most, and no session.
#[test]
fn there_are_so_many_and_no_more() {
    let sessions = sessions();
    let ada = signed_in(&sessions, "00uada");
    let visitors: Vec<HeaderMap> = (0..20_001).map(|_| visitor(&sessions).1).collect();
    assert!(sessions.visit(&ada, NOW).unwrap().user().is_some());
    assert!(!sessions.visit(visitors.last().unwrap(), NOW).unwrap().is_new());
    let kept = visitors.iter().filter(|headers| !sessions.visit(headers, NOW).unwrap().is_new());
    assert_eq!(kept.count(), 10_001, "half of them made room");
}
