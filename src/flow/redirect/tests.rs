use proptest::prelude::*;

use super::*;
use crate::model::Client;
use crate::types::BaseUri;

fn register(client: Client, uris: &[&str]) -> RegisteredClient {
    let client = uris.iter().fold(client, |client, uri| client.redirect_uri(*uri));
    client.register(&BaseUri::parse("https://as.test").unwrap()).unwrap()
}

fn web(uris: &[&str]) -> RegisteredClient {
    register(Client::web("web1234").secret("web-secret-0123456789abcdef"), uris)
}

fn native(uris: &[&str]) -> RegisteredClient {
    register(Client::native("native1"), uris)
}

/// `wildcard_redirect` has no builder: it is Okta's setting, read from Okta's JSON.
fn wildcard(uri: &str) -> RegisteredClient {
    let mut client = web(&[]);
    client.wildcard_redirect = true;
    client.redirect_uris.push(uri.to_owned());
    client
}

fn refuses<'a>(client: &RegisteredClient, requested: impl IntoIterator<Item = &'a str>) {
    for requested in requested {
        assert!(!is_registered(client, requested), "{requested:?}");
    }
}

#[test]
fn a074_other_places_are_refused() {
    let client = web(&["https://web.test/cb"]);
    assert!(is_registered(&client, "https://web.test/cb"));
    refuses(
        &client,
        [
            "https://evil.test/cb",
            "https://web.test.evil.test/cb",
            "https://web.testevil.test/cb",
            "https://web.test@evil.test/cb",
            "https://evil.test#https://web.test/cb",
            "//web.test/cb",
            "/cb",
            "",
            "null",
        ],
    );
}

#[test]
fn a076_nothing_is_normalised() {
    refuses(
        &web(&["https://web.test/cb"]),
        [
            "https://web.test:443/cb",
            "https://WEB.TEST/cb",
            "HTTPS://web.test/cb",
            "https://web.test./cb",
            "http://web.test/cb",
            "https://web.test:8443/cb",
            "https://web.test/cb/",
            "https://web.test/CB",
            "https://web.test/./cb",
            "https://web.test/%63b",
        ],
    );
}

#[test]
fn a077_queries_and_fragments_count() {
    let client = web(&["https://web.test/cb", "https://web.test/q?foo=bar&baz=1"]);
    assert!(is_registered(&client, "https://web.test/q?foo=bar&baz=1"));
    refuses(
        &client,
        [
            "https://web.test/cb?x=1",
            "https://web.test/cb?",
            "https://web.test/cb#",
            "https://web.test/cb#x",
            "https://web.test/q",
            "https://web.test/q?baz=1&foo=bar",
            "https://web.test/q?foo=bar&baz=1&baz=1",
            "https://web.test/q?foo=b%61r&baz=1",
            "https://web.test/q?foo=bar&baz=1#",
        ],
    );
}

#[test]
fn a078_native_apps_may_add_a_port() {
    let client = native(&["http://127.0.0.1/cb", "http://[::1]/cb"]);
    for good in [
        "http://127.0.0.1/cb",
        "http://127.0.0.1:1/cb",
        "http://127.0.0.1:1024/cb",
        "http://127.0.0.1:65535/cb",
        "http://[::1]:1024/cb",
    ] {
        assert!(is_registered(&client, good), "{good}");
    }
    refuses(
        &client,
        [
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:65536/cb",
            "http://127.0.0.1:01024/cb",
            "http://127.0.0.1:+80/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1: 80/cb",
            "http://127.0.0.1:80:81/cb",
            "http://127.0.0.1:80@evil.test/cb",
            "https://127.0.0.1:1024/cb",
            "http://127.0.0.1:1024/cb?x=1",
            "http://127.0.0.1:1024/CB",
            "http://localhost:1024/cb",
            "http://127.0.0.2:1024/cb",
            "http://[::1]1024/cb",
        ],
    );
    // No other client may.
    refuses(&web(&["http://127.0.0.1/cb"]), ["http://127.0.0.1:1024/cb"]);
    // And none may change a port that it registered, or extend the address into another.
    refuses(
        &native(&["http://127.0.0.1:8080/cb", "http://127.0.0.1"]),
        ["http://127.0.0.1:8081/cb", "http://127.0.0.1:80:8080/cb", "http://127.0.0.1:80.evil.test"],
    );
}

#[test]
fn a081_an_app_s_own_scheme_is_exact() {
    let client = native(&["com.example.app:/cb"]);
    assert!(is_registered(&client, "com.example.app:/cb"));
    refuses(
        &client,
        [
            "com.example.app://cb",
            "com.example.app:/cb/../x",
            "COM.EXAMPLE.APP:/cb",
            "com.example.app.evil:/cb",
            "com.example.app:/cb?x",
            "com.example.app:8080:/cb",
        ],
    );
}

#[test]
fn a087_unicode_is_never_folded() {
    refuses(
        &web(&["https://web.test/cb"]),
        [
            "https://w\u{435}b.test/cb",
            "https://xn--wb-qla.test/cb",
            "https://web\u{ff0e}test/cb",
            "https://web.test\u{3002}evil.test/cb",
            "https://we\tb.test/cb",
            "https://web.test/cb\n",
            " https://web.test/cb",
            "https://web.test/cb\u{0}",
        ],
    );
}

#[test]
fn az_034_az_035_a_star_fills_part_of_one_label() {
    let whole = wildcard("https://*.example.com/cb");
    for good in ["https://b1.example.com/cb", "https://pr-12.example.com/cb", "https://xn--a.example.com/cb"]
    {
        assert!(is_registered(&whole, good), "{good}");
    }
    refuses(
        &whole,
        [
            "https://.example.com/cb",
            "https://*.example.com/cb",
            "https://a.b.example.com/cb",
            "https://example.com/cb",
            "http://b1.example.com/cb",
            "https://b1.example.com/cb/",
            "https://b1.example.com/cb?x",
            "https://evil.test/.example.com/cb",
            "https://evil.test#.example.com/cb",
            "https://evil.test?.example.com/cb",
            "https://evil.test\\.example.com/cb",
            "https://u@b1.example.com/cb",
            "https://b1:1.example.com/cb",
            "https://-b1.example.com/cb",
            "https://b1-.example.com/cb",
            "https://B1.example.com/cb",
            "https://b\u{435}.example.com/cb",
            "https://b1.example.com.evil.test/cb",
        ],
    );
    assert!(is_registered(&whole, &format!("https://{}.example.com/cb", "a".repeat(63))));
    assert!(!is_registered(&whole, &format!("https://{}.example.com/cb", "a".repeat(64))));
    let inside = wildcard("https://redirect-*-domain.example.com/cb");
    assert!(is_registered(&inside, "https://redirect-x-domain.example.com/cb"));
    refuses(
        &inside,
        [
            "https://redirect--domain.example.com/cb",
            "https://redirect-domain.example.com/cb",
            "https://redirect-x.y-domain.example.com/cb",
            "https://redirect-/x-domain.example.com/cb",
        ],
    );
    let mut without = wildcard("https://*.example.com/cb");
    without.wildcard_redirect = false;
    refuses(&without, ["https://b1.example.com/cb", "https://*.example.com/cb"]);
}

/// The rules once more, by regular expressions instead of prefixes and suffixes.
fn reference(client: &RegisteredClient, requested: &str) -> bool {
    let matches =
        |pattern: &str| regex::Regex::new(&format!("\\A(?:{pattern})\\z")).unwrap().is_match(requested);
    client.redirect_uris.iter().any(|registered| {
        let exact = regex::escape(registered);
        if registered.contains('*') {
            let pattern = exact.replace(r"\*", "[a-z0-9-]+");
            let found = regex::Regex::new(&format!("\\A{pattern}\\z")).unwrap();
            // The registered label may begin or end with a hyphen of its own; the filling may not add one.
            let label = |uri: &str| uri.split(['/', '.']).nth(2).unwrap().to_owned();
            let own = label(registered);
            return client.wildcard_redirect && found.is_match(requested) && {
                let filled = label(requested);
                filled.len() <= 63
                    && (own.starts_with('-') || !filled.starts_with('-'))
                    && (own.ends_with('-') || !filled.ends_with('-'))
            };
        }
        let loopback = regex::Regex::new(r"^(http://(?:127\.0\.0\.1|\[::1\]))((?:[/?].*)?)$").unwrap();
        if let Some(parts) = loopback.captures(registered)
            && client.kind == ClientKind::Native
        {
            let port = "(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?";
            return matches(&format!("{}{port}{}", regex::escape(&parts[1]), regex::escape(&parts[2])));
        }
        matches(&exact)
    })
}

/// Texts near to what is registered: pieces of it, put together anew.
fn near() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "https://",
        "http://",
        "127.0.0.1",
        "[::1]",
        ":",
        "1024",
        "0",
        "65535",
        "65536",
        "/cb",
        "/",
        "?",
        "x=1",
        "#",
        ".",
        "a",
        "-",
        "b1",
        ".example.com",
        "example.com",
        "web.test",
        "@",
        "*",
        "\\",
        "%2e",
        "A",
        "é",
        " ",
        "com.example.app:",
        "redirect-",
        "-domain",
    ]);
    prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn agrees_with_the_reference(requested in near()) {
        let mut mixed = wildcard("https://*.example.com/cb");
        mixed.redirect_uris.extend(["https://redirect-*-domain.example.com/cb", "https://web.test/cb"].map(Into::into));
        let native =
            native(&["http://127.0.0.1/cb", "http://[::1]/cb?x=1", "http://127.0.0.1", "com.example.app:/cb"]);
        for client in [mixed, native] {
            prop_assert_eq!(is_registered(&client, &requested), reference(&client, &requested), "{}", requested);
        }
    }

    #[test]
    fn ports_agree_with_the_reference(port in "[0-9:+ /]{0,6}", ipv6 in any::<bool>()) {
        let client = native(&["http://127.0.0.1/cb", "http://[::1]/cb"]);
        let requested = format!("http://{}:{port}/cb", if ipv6 { "[::1]" } else { "127.0.0.1" });
        prop_assert_eq!(is_registered(&client, &requested), reference(&client, &requested));
    }

    #[test]
    fn fillings_agree_with_the_reference(filling in "[a-z0-9.*/A-]{0,5}") {
        for registered in ["https://*.example.com/cb", "https://a-*.example.com/cb", "https://*b.example.com/cb"] {
            let requested = registered.replace('*', &filling);
            let client = wildcard(registered);
            prop_assert_eq!(is_registered(&client, &requested), reference(&client, &requested), "{}", requested);
        }
    }
}
