//! A344: whole flows with secrets that would be known again anywhere, and a look into everything that is
//! told or printed meanwhile.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chancery::testing::block_on;
use chancery::{Answer, Browser, Call, ConsentDecision, Issuer};
use serde_json::{Value, json};

use super::Kept;
use crate::sign_in::world::{CHALLENGE, VERIFIER, World, json_of, location, sent};

const BROWSER: &str = "the-browser-s-cookie";

/// What was printed, and the secrets that must not be in it.
#[derive(Default)]
struct Watch {
    printed: Vec<String>,
    secrets: Vec<String>,
}

impl Watch {
    fn shows(&mut self, thing: impl std::fmt::Debug) {
        self.printed.push(format!("{thing:?} {thing:#?}"));
    }

    fn secret(&mut self, secret: &str) {
        assert!(secret.len() >= 16, "too short to be looked for");
        self.secrets.push(secret.to_owned());
    }

    /// A secret in any spelling: as it is, its parts, base64, hex.
    fn check(&self) {
        let mut spellings: Vec<String> = Vec::new();
        for secret in &self.secrets {
            spellings.push(secret.clone());
            // A piece as long as what a log may keep of a token, and one more.
            spellings.push(secret[secret.len() / 2..secret.len() / 2 + 7].to_owned());
            spellings.push(STANDARD.encode(secret).trim_end_matches('=').to_owned());
            spellings.push(URL_SAFE_NO_PAD.encode(secret));
            spellings.push(secret.bytes().map(|byte| format!("{byte:02x}")).collect());
            // A signed token's parts.
            spellings.extend(secret.split('.').skip(1).filter(|part| part.len() > 20).map(str::to_owned));
        }
        for printed in &self.printed {
            for spelling in &spellings {
                assert!(!printed.contains(spelling.as_str()), "`{spelling}` in {printed}");
            }
        }
    }
}

/// A344, A345: no secret of a whole sign-in is in an event or in what can be printed of it.
#[test]
fn a344_flows_tell_no_secret() {
    let kept = Kept::default();
    let world = World::with(|issuer| issuer.with_events(kept.clone()));
    let mut watch = Watch::default();
    watch.secret("secret-of-the-asks-client");
    watch.secret("secret-of-the-web-client");
    watch.secret(VERIFIER);
    watch.secret(BROWSER);

    let login = world.login("00ualice");
    let browser = Browser::new(BROWSER);
    let answer = world.authorize("asks", &[("scope", "openid offline_access api:write")], None);
    watch.shows(&answer);
    let Answer::Login(prompt) = answer else { panic!("nobody is signed in") };
    let answer = block_on(world.issuer.login(prompt.interaction(), &browser, login.clone()));
    watch.shows(&answer);
    let Answer::Consent(consent) = answer else { panic!("the app asks for consent") };
    let reply = sent(block_on(world.issuer.consent(
        consent.interaction(),
        &browser.signed_in(&login),
        ConsentDecision::AllowAll,
    )));
    watch.shows(&reply);
    watch.shows(browser);
    watch.shows(&world.issuer);
    let code = location(&reply)["code"].clone();
    watch.secret(&code);

    let body = format!(
        "grant_type=authorization_code&code={code}&code_verifier={VERIFIER}&client_secret=secret-of-the-asks-client"
    );
    watch.shows(Call::new("POST", "/oauth2/default/v1/token").body(&body));
    let reply = world.redeem("asks", &code);
    watch.shows(&reply);
    let tokens = json_of(&reply);
    let text = |tokens: &Value, name: &str| tokens[name].as_str().unwrap().to_owned();
    for name in ["access_token", "id_token", "refresh_token"] {
        watch.secret(&text(&tokens, name));
    }
    let again = json_of(&world.refresh("asks", &text(&tokens, "refresh_token")));
    watch.secret(&text(&again, "refresh_token"));
    world.introspect("rs", &text(&again, "access_token"));
    world.userinfo(&text(&again, "access_token"));
    // What goes wrong is told too, and holds what was sent.
    world.at(10);
    world.refresh("asks", &text(&tokens, "refresh_token"));
    world.redeem("asks", &code);
    world.redeem_with("web", &world.code("web", &[]), &[("code_verifier", VERIFIER), ("code", &code)]);
    world.revoke("asks", &text(&again, "refresh_token"));
    for scope in [&code, &text(&tokens, "access_token")] {
        world.authorize("web", &[("id_token_hint", scope)], Some(&login));
    }
    world.authorize("web", &[("request", &code), ("code_challenge", CHALLENGE)], Some(&login));

    let events = kept.events();
    assert!(events.len() > 12, "{events:?}");
    for event in &events {
        watch.shows(event);
        watch.shows(&event.action);
        watch.printed.push(event.to_string());
        watch.printed.push(serde_json::to_string(event).unwrap());
    }
    // They do tell who it was.
    assert!(watch.printed.iter().any(|printed| printed.contains("00ualice")));
    watch.check();
}

/// A344: traces and previews neither.
#[test]
fn a344_traces_hold_no_secret() {
    let world = World::new();
    let mut watch = Watch::default();
    for app in ["web", "web2", "asks", "brief", "rs"] {
        watch.secret(&format!("secret-of-the-{app}-client"));
    }
    let requests = [
        json!({"server": "default", "client": "web-client", "grant": "authorization_code", "user": "00ualice",
               "scope": "openid profile email offline_access api:read"}),
        json!({"server": "default", "client": "rs-client", "grant": "client_credentials", "scope": "api:write"}),
        json!({"client": "web-client", "grant": "authorization_code", "user": "00ubob", "scope": "openid groups"}),
    ];
    for request in requests {
        let request = chancery::PreviewRequest::from_json(&request.to_string()).unwrap();
        let preview = block_on(Issuer::preview(&world.issuer, &request)).unwrap();
        watch.printed.push(preview.trace.to_string());
        watch.printed.push(serde_json::to_string(&preview).unwrap());
        watch.shows(&preview);
        watch.shows(&request);
    }
    watch.check();
}

/// A349: a million made-up clients make up nothing that is kept.
#[test]
fn a349_made_up_clients_are_no_labels() {
    let kept = Kept::default();
    let world = World::with(|issuer| issuer.with_events(kept.clone()));
    for n in 0..crate::scripted::rounds(2_000) {
        let body = format!("grant_type=client_credentials&client_id=made-up-{n}&client_secret=x&scope=s{n}");
        let call = Call::new("POST", "/oauth2/default/v1/token")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(&body);
        world.send(call);
    }
    let told = kept.take();
    let labels = |name: &str| -> std::collections::BTreeSet<String> {
        told.iter().filter_map(|event| Some(event.get(name)?.to_string())).collect()
    };
    for name in ["client", "server", "user", "policy", "rule", "grant", "reason", "eventType", "result"] {
        assert!(labels(name).len() <= 1, "{name}: {:?}", labels(name));
    }
}
