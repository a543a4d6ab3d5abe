//! The pages, over HTTP: what they send, who gets through them, and who does not.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::visitor::{Answer, Visitor, form};
use super::{DEMO, File, Running};

const AUTHORIZE: &str = "/oauth2/default/v1/authorize";
const TOKEN: &str = "/oauth2/default/v1/token";
const CALLBACK: &str = "http://localhost:3000/callback";
const SPA_CALLBACK: &str = "http://localhost:5173/callback";
const ADA: (&str, &str) = ("ada@example.com", "analytical-engine");
const GRACE: (&str, &str) = ("grace@example.com", "nanosecond-of-wire");
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A request of the demo web app, which asks for no consent.
fn web(changes: &[(&str, &str)]) -> String {
    request("0oademoweb", CALLBACK, "openid profile email offline_access", changes)
}

/// A request of the demo single-page app, which does; `api.write` is optional.
fn spa(changes: &[(&str, &str)]) -> String {
    request("0oademospa", SPA_CALLBACK, "openid api.read api.write", changes)
}

fn request(client: &str, redirect_uri: &str, scope: &str, changes: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("client_id", client),
        ("redirect_uri", redirect_uri),
        ("response_type", "code"),
        ("scope", scope),
        ("state", "s 1"),
        ("nonce", "n1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    format!("{AUTHORIZE}?{}", form(&fields))
}

fn redeem(running: &Running, code: &str) -> Value {
    let basic = STANDARD.encode("0oademoweb:demo-web-app-secret");
    let headers =
        format!("content-type: application/x-www-form-urlencoded\r\nauthorization: Basic {basic}\r\n");
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    Visitor::new(running).send("POST", TOKEN, &headers, &form(&fields)).json()
}

/// The scopes of an access token of the single-page app.
fn scopes(running: &Running, code: &str) -> Vec<String> {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", SPA_CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", "0oademospa"),
    ];
    let answer = Visitor::new(running).post(TOKEN, &fields).json();
    answer["scope"].as_str().unwrap_or_else(|| panic!("{answer}")).split(' ').map(str::to_owned).collect()
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn is_page(answer: &Answer, status: u16, title: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.body.contains(&format!("<title>{title}</title>")), "{}", answer.body);
}

/// A331: what every page sends, whatever it says.
fn is_guarded(answer: &Answer) {
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let body = &answer.body;
    let style = body.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let hash = STANDARD.encode(digest(&SHA256, style.as_bytes()));
    let form_action = if body.contains("<form") { "'self' https: http:" } else { "'none'" };
    assert_eq!(
        answer.header("content-security-policy").unwrap(),
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; form-action {form_action}; base-uri 'none'; \
             frame-ancestors 'none'"
        )
    );
    for none in ["<script", "<a ", " style=", " onload", "javascript:", "http-equiv"] {
        assert!(!body.contains(none), "{none} in {body}");
    }
    assert!(body.contains("<html lang=\"en\">") && body.matches("<h1>").count() == 1);
    assert_eq!((answer.header("location"), answer.header("refresh")), (None, None));
}

#[test]
fn a_person_signs_in_and_out() {
    let running = Running::start(&[]);
    let mut ada = Visitor::new(&running);
    let page = ada.get(&web(&[]));
    is_page(&page, 200, "Sign in");
    is_guarded(&page);
    assert!(page.body.contains("<strong>Demo web app</strong>"));
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    assert_eq!(ada.cookie().len(), 43, "256 bits");

    // A wrong password: the same request waits on, and nobody is signed in.
    let again = ada.sign_in(&page, ADA.0, "wrong");
    is_page(&again, 403, "Error: Sign in");
    is_guarded(&again);
    assert_eq!(again.hidden("interaction"), page.hidden("interaction"));
    assert!(again.body.contains("role=\"alert\"") && again.body.contains("aria-describedby=\"problem\""));
    assert!(again.body.contains("value=\"ada@example.com\"") && !again.body.contains("wrong\""));

    let before = ada.twin();
    let back = ada.sign_in(&again, ADA.0, ADA.1);
    assert_eq!((back.status, back.header("cache-control")), (302, Some("no-store")));
    let (place, parameters) = back.sent_to();
    assert_eq!((place.as_str(), parameters["state"].as_str()), (CALLBACK, "s 1"));
    let tokens = redeem(&running, &parameters["code"]);
    let id = claims(&tokens["id_token"]);
    assert_eq!((&id["sub"], &id["nonce"], &id["amr"]), (&json!("00udemoada"), &json!("n1"), &json!(["pwd"])));

    // The cookie is another one; who planted the first has nothing.
    let mut planted = before;
    assert_ne!(planted.cookie(), ada.cookie());
    let (_, refused) = planted.get(&web(&[("prompt", "none")])).sent_to();
    assert_eq!(refused["error"], "login_required");
    let (_, silent) = ada.get(&web(&[("prompt", "none")])).sent_to();
    assert_eq!(claims(&redeem(&running, &silent["code"])["id_token"])["auth_time"], id["auth_time"]);

    // prompt=login shows the page whoever is signed in, and says who that is.
    let page = ada.get(&web(&[("prompt", "login")]));
    is_page(&page, 200, "Sign in");
    assert!(page.body.contains("value=\"ada@example.com\"") && page.body.contains("Confirm that it is you"));

    // The code does not come twice from one page.
    let twice = ada.sign_in(&again, ADA.0, ADA.1);
    assert!(twice.status == 403 || twice.status == 400, "{}", twice.status);
    assert_eq!(twice.header("location"), None);

    let logout = |more: &[(&str, &str)]| {
        let hint = [("id_token_hint", tokens["id_token"].as_str().unwrap())];
        format!("/oauth2/default/v1/logout?{}", form(&[&hint, more].concat()))
    };
    let mut other = ada.twin();
    let refused = ada.get(&logout(&[("post_logout_redirect_uri", "http://evil.test/")]));
    is_page(&refused, 400, "Error");
    is_guarded(&refused);
    assert!(!refused.body.contains("evil.test"));
    let bye = ada.get(&logout(&[("post_logout_redirect_uri", "http://localhost:3000/"), ("state", "x")]));
    assert_eq!(bye.header("location"), Some("http://localhost:3000/?state=x"));
    assert!(bye.header("set-cookie").unwrap().contains("Max-Age=0") && ada.cookies.is_empty());
    let (_, refused) = other.get(&web(&[("prompt", "none")])).sent_to();
    assert_eq!(refused["error"], "login_required", "the session is gone, not the cookie alone");
    let page = ada.get(&logout(&[]));
    is_page(&page, 200, "Signed out");
    is_guarded(&page);
}

#[test]
fn a_person_gives_up() {
    let running = Running::start(&[]);
    let mut ada = Visitor::new(&running);
    let page = ada.get(&web(&[]));
    let (interaction, csrf) = (page.hidden("interaction"), page.hidden("csrf"));
    let fields = [("interaction", &*interaction), ("csrf", &csrf), ("cancel", "yes")];
    let (place, parameters) = ada.post("/signin", &fields).sent_to();
    assert_eq!((place.as_str(), parameters["error"].as_str()), (CALLBACK, "access_denied"));
    is_page(&ada.get(&format!("/signin?interaction={interaction}")), 400, "Error");
}

/// The page can be had again by its name, in its browser only.
#[test]
fn pages_belong_to_a_browser() {
    let running = Running::start(&[]);
    let (mut ada, mut stranger) = (Visitor::new(&running), Visitor::new(&running));
    let page = ada.get(&web(&[]));
    let again = format!("/signin?interaction={}", page.hidden("interaction"));
    is_page(&ada.get(&again), 200, "Sign in");
    let refused = stranger.get(&again);
    is_page(&refused, 400, "Error");
    is_guarded(&refused);
    stranger.get(&web(&[]));
    is_page(&stranger.get(&again), 400, "Error");
    for (target, allow) in [("/signin", "GET, POST"), ("/consent", "POST")] {
        let refused = ada.send("DELETE", target, "", "");
        assert_eq!((refused.status, refused.header("allow")), (405, Some(allow)));
    }
    assert_eq!(ada.get("/consent").status, 405);
}

#[test]
fn forms_of_strangers_do_not_count() {
    let running = Running::start(&[]);
    let (mut ada, mut grace) = (Visitor::new(&running), Visitor::new(&running));
    let page = ada.get(&web(&[]));
    let theirs = grace.get(&web(&[]));
    let (interaction, csrf) = (page.hidden("interaction"), page.hidden("csrf"));
    assert_ne!(csrf, theirs.hidden("csrf"));
    let long = format!("{csrf}A");
    for wrong in ["", "x", &*long, &csrf[1..], &theirs.hidden("csrf")] {
        let fields =
            [("interaction", &*interaction), ("csrf", wrong), ("identifier", ADA.0), ("password", ADA.1)];
        for fields in [&fields[..], &fields[2..]] {
            let refused = ada.post("/signin", fields);
            assert!([400, 403].contains(&refused.status), "{wrong}: {}", refused.status);
            assert_eq!((refused.header("location"), refused.header("set-cookie")), (None, None), "{wrong}");
        }
    }
    // Another browser with everything that this page held.
    let fields =
        [("interaction", &*interaction), ("csrf", &csrf), ("identifier", ADA.0), ("password", ADA.1)];
    for mut stranger in [Visitor::new(&running), grace] {
        let refused = stranger.post("/signin", &fields);
        assert_eq!((refused.status, refused.header("location")), (400, None));
    }
    // Their own form, with the name of the request that waits for ada.
    let mut eve = Visitor::new(&running);
    let own = eve.get(&web(&[])).hidden("csrf");
    let fields = [("interaction", &*interaction), ("csrf", &own), ("identifier", ADA.0), ("password", ADA.1)];
    assert_eq!(eve.post("/signin", &fields).status, 400);
    // Two cookies of one name: one of them was planted.
    let mut both = ada.twin();
    both.cookies.insert(" chancery".to_owned(), "x".to_owned());
    let name = both.cookies.keys().last().unwrap().clone();
    let planted = format!("cookie: {name}=planted\r\ncontent-type: application/x-www-form-urlencoded\r\n");
    assert_eq!(both.send("POST", "/signin", &planted, &form(&fields)).status, 400);
    // After all that, the form still works for her.
    assert_eq!(ada.sign_in(&page, ADA.0, ADA.1).status, 302);
}

/// A097: only what was asked for and shown is granted, once, and only by the form that showed it.
#[test]
fn a097_consent_is_not_spliced() {
    let running = Running::start(&[]);
    let mut ada = Visitor::new(&running);
    let page = ada.get(&spa(&[("scope", "openid api.read")]));
    let page = ada.sign_in(&page, ADA.0, ADA.1);
    is_page(&page, 200, "Allow access?");
    is_guarded(&page);
    assert!(page.body.contains("Read from the API") && !page.body.contains("Write to the API"));
    assert!(page.body.contains("name=\"allow\"") && page.body.contains("name=\"deny\""));
    assert!(page.body.contains("Ada Lovelace (ada@example.com)"));

    // Without the token, with another's, with another request's name, and with neither answer.
    let mut another = Visitor::new(&running);
    let theirs = another.get(&spa(&[]));
    let theirs = another.sign_in(&theirs, ADA.0, ADA.1);
    let (interaction, csrf) = (page.hidden("interaction"), page.hidden("csrf"));
    for (interaction, csrf) in [
        (interaction.as_str(), ""),
        (&interaction, &*theirs.hidden("csrf")),
        (&theirs.hidden("interaction"), &csrf),
        ("", &csrf),
    ] {
        let fields = [("interaction", interaction), ("csrf", csrf), ("allow", "yes")];
        let refused = ada.post("/consent", &fields);
        assert!([400, 403].contains(&refused.status), "{}", refused.status);
        assert_eq!(refused.header("location"), None);
        is_guarded(&refused);
    }
    assert_eq!(ada.consent(&page, &[]).status, 400);

    // With more scopes than were shown.
    let more = [("allow", "yes"), ("scope", "openid api.read api.write"), ("optional:api.write", "yes")];
    let (place, parameters) = ada.consent(&page, &more).sent_to();
    assert_eq!(place, SPA_CALLBACK);
    let twice = ada.consent(&page, &more);
    assert_eq!((twice.status, twice.header("location")), (400, None), "no second code");
    assert_eq!(scopes(&running, &parameters["code"]), ["openid", "api.read"]);
}

/// A097: the answer is to the page that was read, not to what is to be asked by the time it arrives.
#[test]
fn a097_a_consent_page_out_of_date_does_not_count() {
    let running = Running::start(&[]);
    let mut ada = Visitor::new(&running);
    let page = ada.get(&spa(&[("scope", "openid api.read api.write")]));
    let page = ada.sign_in(&page, ADA.0, ADA.1);
    is_page(&page, 200, "Allow access?");
    // In another tab she consents to one of the two, so this page would ask for the other one alone.
    let other = ada.get(&spa(&[("scope", "openid api.read")]));
    assert_eq!(ada.consent(&other, &[("allow", "yes")]).status, 302);
    let again = ada.consent(&page, &[("allow", "yes"), ("optional:api.write", "yes")]);
    is_page(&again, 403, "Allow access?");
    is_guarded(&again);
    assert!(!again.body.contains("Read from the API") && again.body.contains("Write to the API"));
    let more = [("allow", "yes"), ("optional:api.write", "yes")];
    let (_, parameters) = ada.consent(&again, &more).sent_to();
    assert_eq!(scopes(&running, &parameters["code"]), ["openid", "api.read", "api.write"]);
}

/// Where the browser is counts for what is issued to it directly, too.
#[test]
fn token_policies_know_where_browsers_are() {
    let mut org: Value = serde_json::from_str(DEMO).unwrap();
    org["baseUrl"] = Value::Null;
    let app = &mut org["apps"][1]["settings"]["oauthClient"];
    app["response_types"] = json!(["id_token"]);
    app["grant_types"] = json!(["implicit"]);
    let server = &mut org["authorizationServers"][0];
    server["policies"][1]["rules"][0]["conditions"]["grantTypes"]["include"] = json!(["implicit"]);
    server["chancery"]["tokenPolicies"] = json!([{"name": "Not from here",
        "conditions": {"network": {"include": ["127.0.0.1", "::1"]}}, "actions": [{"deny": {"reason": "r"}}]}]);
    let file = File::new("network.json", &org.to_string());
    let running = Running::start(&["--config", file.name()]);
    let mut ada = Visitor::new(&running);
    let target = web(&[("response_type", "id_token"), ("scope", "openid")]);
    let page = ada.get(&target);
    for answer in [ada.sign_in(&page, ADA.0, ADA.1), ada.get(&target)] {
        let location = answer.header("location").unwrap();
        assert!(location.contains("#error=access_denied") && !location.contains("id_token="), "{location}");
    }
}

#[test]
fn optional_scopes_are_given_by_hand() {
    for (more, expected) in
        [(None, "openid api.read"), (Some(("optional:api.write", "yes")), "openid api.read api.write")]
    {
        let running = Running::start(&[]);
        let mut ada = Visitor::new(&running);
        let page = ada.get(&spa(&[]));
        let page = ada.sign_in(&page, ADA.0, ADA.1);
        assert!(page.body.contains("type=\"checkbox\"") && !page.body.contains(" checked"));
        let fields: Vec<_> = [("allow", "yes")].into_iter().chain(more).collect();
        let (_, parameters) = ada.consent(&page, &fields).sent_to();
        assert_eq!(scopes(&running, &parameters["code"]).join(" "), expected);
        // Remembered, and asked again on demand, with what was given.
        assert_eq!(ada.get(&spa(&[])).status, 302);
        let page = ada.get(&spa(&[("prompt", "consent")]));
        is_page(&page, 200, "Allow access?");
        assert_eq!(page.body.contains(" checked"), more.is_some());
        let (place, parameters) = ada.consent(&page, &[("allow", "yes"), ("deny", "yes")]).sent_to();
        assert_eq!((place.as_str(), parameters["error"].as_str()), (SPA_CALLBACK, "access_denied"));
    }
}

/// A083: where a redirect URI is not the client's own, nothing leads there.
#[test]
fn a083_nobody_is_sent_to_strangers() {
    let running = Running::start(&[]);
    let mut ada = Visitor::new(&running);
    let evil = "https://evil.test/cb";
    let bad_scope = [("redirect_uri", evil), ("scope", "nothing"), ("prompt", "none")];
    for target in [
        web(&[("redirect_uri", evil)]),
        web(&[("client_id", "unknown"), ("redirect_uri", evil)]),
        web(&bad_scope),
        format!("{}&redirect_uri={evil}", web(&[])),
        format!("{}&client_id=0oademospa", web(&[])),
        web(&[("redirect_uri", "http://localhost:3000/callback/../evil")]),
        format!("/signin?interaction=x&redirect_uri={evil}&fromURI={evil}"),
    ] {
        let refused = ada.get(&target);
        assert_eq!(refused.status / 100, 4, "{target}");
        is_guarded(&refused);
        assert!(!refused.body.contains("evil"), "{target}: {}", refused.body);
        assert_eq!(refused.header("set-cookie"), None, "an error is no reason to remember a browser");
    }
    // Nor do the forms know of any place.
    let page = ada.get(&web(&[]));
    let (interaction, csrf) = (page.hidden("interaction"), page.hidden("csrf"));
    let fields = [
        ("interaction", &*interaction),
        ("csrf", &csrf),
        ("identifier", ADA.0),
        ("password", ADA.1),
        ("redirect_uri", evil),
    ];
    assert_eq!(ada.post("/signin", &fields).sent_to().0, CALLBACK);
}

#[test]
fn nothing_that_was_sent_becomes_html() {
    let hostile = "\"><img src=x onerror=alert(1)>'&";
    let mut org: Value = serde_json::from_str(DEMO).unwrap();
    org["apps"][2]["label"] = json!(hostile);
    org["authorizationServers"][0]["scopes"][0]["displayName"] = json!(hostile);
    org["authorizationServers"][0]["scopes"][0]["description"] = json!(hostile);
    org["users"][0]["profile"]["firstName"] = json!(hostile);
    org["baseUrl"] = Value::Null;
    let file = File::new("hostile.json", &org.to_string());
    let running = Running::start(&["--config", file.name()]);
    let mut ada = Visitor::new(&running);
    let page = ada.get(&spa(&[("login_hint", hostile)]));
    let wrong = ada.sign_in(&page, hostile, hostile);
    let consent = ada.sign_in(&page, ADA.0, ADA.1);
    is_page(&consent, 200, "Allow access?");
    for page in [page, wrong, consent] {
        is_guarded(&page);
        assert!(
            !page.body.contains("<img") && page.body.contains("&quot;&gt;&lt;img src=x"),
            "{}",
            page.body
        );
    }
}

/// Behind TLS the cookie is for this host alone; under a path, for this path alone.
#[test]
fn cookies_keep_to_their_place() {
    for (base, path, name, attributes) in [
        ("https://id.example.com", "", "__Host-chancery", "Path=/; HttpOnly; SameSite=Lax; Secure"),
        ("https://id.example.com/a", "/a", "__Secure-chancery", "Path=/a; HttpOnly; SameSite=Lax; Secure"),
        ("http://localhost:4000/b", "/b", "chancery4000", "Path=/b; HttpOnly; SameSite=Lax"),
    ] {
        let running = Running::start(&["--base-url", base]);
        let mut ada = Visitor::new(&running);
        ada.base = path.to_owned();
        let page = ada.get(&format!("{path}{}", web(&[])));
        let cookie = page.header("set-cookie").unwrap();
        let (pair, rest) = cookie.split_once("; ").unwrap();
        assert_eq!((pair.split('=').next().unwrap(), rest), (name, attributes));
        assert!(page.body.contains(&format!("action=\"{path}/signin\"")));
        let (_, parameters) = ada.sign_in(&page, ADA.0, ADA.1).sent_to();
        assert_eq!(parameters["iss"], format!("{base}/oauth2/default"));
    }
}

/// Guesses from one place are slowed down, for one user.
#[test]
fn guesses_are_counted() {
    let running = Running::start(&[]);
    let mut eve = Visitor::new(&running);
    let page = eve.get(&web(&[]));
    for _ in 0..10 {
        assert_eq!(eve.sign_in(&page, "Ada", "guess").status, 403);
    }
    let slow = eve.sign_in(&page, ADA.0, ADA.1);
    assert_eq!(slow.status, 429);
    assert!((1..=60).contains(&slow.header("retry-after").unwrap().parse::<u32>().unwrap()));
    is_guarded(&slow);
    assert_eq!(eve.sign_in(&page, GRACE.0, GRACE.1).status, 302);
}

/// A form that another site sends for a client comes without the cookie; the session outlives it.
#[test]
fn a_form_from_elsewhere_does_not_sign_anybody_out() {
    let running = Running::start(&[]);
    let mut ada = Visitor::new(&running);
    let page = ada.get(&web(&[]));
    ada.sign_in(&page, ADA.0, ADA.1);
    let target = web(&[]);
    let fields = target.split_once('?').unwrap().1;
    let form_type = "content-type: application/x-www-form-urlencoded\r\n";
    let elsewhere = format!("{form_type}sec-fetch-site: cross-site\r\nsec-fetch-mode: navigate\r\n");
    let moved = Visitor::new(&running).send("POST", AUTHORIZE, &elsewhere, fields);
    assert_eq!((moved.status, moved.header("location")), (303, Some(target.as_str())));
    assert_eq!(moved.header("set-cookie"), None);
    assert!(ada.get(&target).sent_to().1.contains_key("code"));
    for bad in ["a=b\r\nx", "a=b#c", "a b"] {
        assert_ne!(Visitor::new(&running).send("POST", AUTHORIZE, &elsewhere, bad).status, 303, "{bad:?}");
    }
    // Only this site's own paths: a location that begins with two slashes is somebody else's.
    for path in ["//evil.test/v1/authorize", "//evil.test/oauth2/default/v1/authorize", "/evil/v1/logout"] {
        let refused = Visitor::new(&running).send("POST", path, &elsewhere, "a=b");
        assert_eq!((refused.status, refused.header("location")), (404, None), "{path}");
    }
    // With the cookie there is no need.
    assert!(ada.send("POST", AUTHORIZE, &elsewhere, fields).sent_to().1.contains_key("code"));
}

/// The issuer's clock is the sessions' clock.
#[test]
fn sessions_live_in_the_issuer_s_time() {
    let running = Running::start(&["--frozen", "2030-01-01T00:00:00Z"]);
    let mut ada = Visitor::new(&running);
    let page = ada.get(&web(&[]));
    let (_, parameters) = ada.sign_in(&page, ADA.0, ADA.1).sent_to();
    let id = claims(&redeem(&running, &parameters["code"])["id_token"]);
    assert_eq!((&id["auth_time"], &id["iat"]), (&json!(1_893_456_000), &json!(1_893_456_000)));
    assert!(ada.get(&web(&[("prompt", "none")])).sent_to().1.contains_key("code"));
}

/// Passwords as they are and as hashes in Okta's import format; who cannot be checked cannot sign in.
#[test]
fn passwords_come_in_several_forms() {
    let sha = |text: &[u8], algorithm| STANDARD.encode(digest(algorithm, text));
    let pbkdf2 = |algorithm, length: usize| {
        let mut hash = vec![0; length];
        let rounds = std::num::NonZeroU32::new(4096).unwrap();
        ring::pbkdf2::derive(algorithm, rounds, b"salty-salt", b"secret", &mut hash);
        STANDARD.encode(hash)
    };
    let salt = STANDARD.encode("salty-salt");
    let sha512 = &ring::digest::SHA512;
    let users = [
        ("plain", json!({"value": "secret"})),
        (
            "pbkdf2",
            json!({"hash": {"algorithm": "PBKDF2", "digestAlgorithm": "SHA256_HMAC", "iterationCount": 4096,
                   "keySize": 32, "salt": salt, "value": pbkdf2(ring::pbkdf2::PBKDF2_HMAC_SHA256, 32)}}),
        ),
        (
            "pbkdf2-512",
            json!({"hash": {"algorithm": "PBKDF2", "digestAlgorithm": "SHA512_HMAC", "iterationCount": 4096,
                   "keySize": 64, "salt": salt, "value": pbkdf2(ring::pbkdf2::PBKDF2_HMAC_SHA512, 64)}}),
        ),
        (
            "sha-256",
            json!({"hash": {"algorithm": "SHA-256", "salt": salt, "saltOrder": "PREFIX",
                   "value": sha(b"salty-saltsecret", &SHA256)}}),
        ),
        (
            "sha-512",
            json!({"hash": {"algorithm": "SHA-512", "salt": salt, "saltOrder": "POSTFIX",
                   "value": sha(b"secretsalty-salt", sha512)}}),
        ),
        ("suspended", json!({"value": "secret"})),
        ("bcrypt", json!({"hash": {"algorithm": "BCRYPT", "workFactor": 10, "salt": "x", "value": "y"}})),
        ("none", Value::Null),
    ];
    let mut org: Value = serde_json::from_str(DEMO).unwrap();
    org["users"] = users
        .iter()
        .map(|(name, password)| {
            let status = if *name == "suspended" { "SUSPENDED" } else { "ACTIVE" };
            let profile = json!({"login": format!("{name}@Example.com"), "email": "x@example.com"});
            json!({"id": format!("00u{name}"), "status": status, "profile": profile,
                   "credentials": {"password": password}})
        })
        .collect();
    org["groups"][0]["users"] = users.iter().map(|(name, _)| format!("00u{name}")).collect();
    org["groups"][1]["users"] = json!([]);
    org["groups"][2]["users"] = json!([]);
    org["baseUrl"] = Value::Null;
    let file = File::new("passwords.json", &org.to_string());
    let mut running = Running::start(&["--config", file.name()]);
    for (name, _) in &users {
        let can = !["suspended", "bcrypt", "none"].contains(name);
        for identifier in [format!("{name}@Example.com"), format!(" {name}@example.COM"), name.to_uppercase()]
        {
            let mut visitor = Visitor::new(&running);
            let page = visitor.get(&web(&[]));
            assert_eq!(visitor.sign_in(&page, &identifier, "Secret").status, 403, "{identifier}");
            let status = visitor.sign_in(&page, &identifier, "secret").status;
            assert_eq!(status, if can { 302 } else { 403 }, "{identifier}");
        }
    }
    let mut visitor = Visitor::new(&running);
    let page = visitor.get(&web(&[]));
    for (identifier, password) in [("", ""), ("nobody", ""), ("none", ""), ("x@example.com", "secret")] {
        assert_eq!(visitor.sign_in(&page, identifier, password).status, 403, "{identifier}");
    }
    running.stop();
    let (_, errors) = running.wait();
    assert!(errors.contains("users[6].credentials.password.hash: `BCRYPT` is no algorithm"), "{errors}");
    assert!(!errors.contains("secret"), "{errors}");
}

/// What the demo prints is run as it stands, with the code that a person gets at the printed address.
#[cfg(unix)]
#[test]
fn the_printed_lines_work() {
    let has = |tool: &str| std::process::Command::new(tool).arg("--version").output().is_ok();
    if !has("bash") || !has("curl") {
        // CI has both, and says so: there it is no reason.
        assert!(std::env::var_os("CHANCERY_MUST_PASTE").is_none(), "bash or curl is missing");
        eprintln!("skipped: without bash and curl nobody can paste the lines");
        return;
    }
    let mut running = Running::start(&[]);
    let lines = running.greeting("asks for consent.");
    let base = format!("http://{}", running.address);
    let url = lines.lines().find_map(|line| line.strip_prefix("# http")).unwrap();
    let target = format!("http{url}").split_off(base.len());
    let mut ada = Visitor::new(&running);
    let page = ada.get(&target);
    let (place, parameters) = ada.sign_in(&page, ADA.0, ADA.1).sent_to();
    assert_eq!(place, CALLBACK);
    let script = lines.replace("PASTE_THE_CODE_HERE", &parameters["code"]);
    let output = std::process::Command::new("bash").args(["-euc", &script]).output().unwrap();
    let printed = super::text(&output.stdout);
    assert!(output.status.success(), "{printed}\n{}", super::text(&output.stderr));
    // Answers stand next to one another as curl leaves them.
    let printed = printed.replace("}{", "}\n{").replace("}http", "}\nhttp");
    let answers = printed.lines().filter(|line| line.starts_with('{'));
    let answers: Vec<Value> =
        answers.map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let [machine, metadata, keys, tokens, userinfo, active, refreshed] = answers.as_slice() else {
        panic!("{answers:#?}")
    };
    assert_eq!(machine["scope"], "api.read api.write");
    assert_eq!(metadata["issuer"], format!("{base}/oauth2/default"));
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    assert_eq!(claims(&tokens["id_token"])["nonce"], "demo-nonce");
    assert_eq!(userinfo["email"], ADA.0);
    assert_eq!(active["active"], true);
    assert_ne!(refreshed["access_token"], tokens["access_token"]);
    let bye = printed.lines().find_map(|line| line.strip_prefix(&base)).unwrap();
    assert_eq!(ada.get(bye).header("location"), Some("http://localhost:3000/"));
    // All of it was taken back.
    let token = tokens["access_token"].as_str().unwrap();
    let bearer = format!("authorization: Bearer {token}\r\n");
    assert_eq!(ada.send("GET", "/oauth2/default/v1/userinfo", &bearer, "").status, 401);
}
