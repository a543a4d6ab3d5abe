//! The whole sequence, as a reader meets it: a user wants a resource, signs in and consents, the client
//! gets tokens, the resource server checks them by itself or by asking, and grants or denies.

use chancery::jose::JwkSet;
use chancery::testing::block_on;
use chancery::types::Timestamp;
use chancery::{Answer, Browser, Call, ConsentDecision, Login, Verifier};
use serde_json::json;

use super::world::{World, claims, json_of, location, sent};

#[test]
fn from_the_first_request_to_the_resource() {
    let world = World::new();
    let issuer = &world.issuer;

    // The user opens the client; the client sends the browser to the authorization server.
    let scope = ("scope", "openid profile offline_access api:read api:write");
    let Answer::Login(prompt) = world.authorize("asks", &[scope], None) else {
        panic!("nobody is signed in")
    };
    assert_eq!((prompt.client_label(), prompt.redirect_uri()), ("Asking app", "https://asks.test/cb"));

    // The host's page asks for the password and the host checks it.
    let browser = Browser::new("the-browser-s-cookie");
    let login = Login::new("00ualice", Timestamp::from_unix(world.clock.now())).amr("pwd");
    let Answer::Consent(prompt) = block_on(issuer.login(prompt.interaction(), &browser, login.clone()))
    else {
        panic!("the app asks for consent")
    };
    let asked: Vec<_> = prompt.scopes().iter().map(|scope| (scope.name(), scope.display_name())).collect();
    assert_eq!(asked, [("api:write", "Write")]);
    assert_eq!(prompt.redirect_uri(), "https://asks.test/cb");

    // The user consents; the browser goes back to the client with a code.
    let browser = browser.signed_in(&login);
    let reply = sent(block_on(issuer.consent(prompt.interaction(), &browser, ConsentDecision::AllowAll)));
    let answer = location(&reply);
    assert!(reply.header("Location").unwrap().starts_with("https://asks.test/cb?"));
    assert_eq!(answer["state"], "s1");
    assert_eq!(answer["iss"], "https://as.test/oauth2/default");

    // The client exchanges the code for tokens.
    let tokens = json_of(&world.redeem("asks", &answer["code"]));
    assert_eq!(claims(&tokens["id_token"])["sub"], "00ualice");
    let access_token = tokens["access_token"].as_str().unwrap();

    // The resource server checks the token by itself: it fetches the keys once.
    let keys = world.send(Call::new("GET", "/oauth2/default/v1/keys"));
    let keys = JwkSet::parse(keys.body().as_bytes()).unwrap();
    let verifier = Verifier::new("https://as.test/oauth2/default", "api://default", keys);
    let now = Timestamp::from_unix(world.clock.now());
    let writes = verifier.clone().require_scope("api:write");
    assert_eq!(writes.verify(access_token, now).unwrap().user_id(), Some("00ualice"));
    assert!(verifier.require_scope("api:admin").verify(access_token, now).is_err(), "not granted");

    // Or by asking the authorization server.
    assert_eq!(
        world.introspect("rs", access_token)["scope"],
        "openid profile offline_access api:read api:write"
    );

    // Another resource server is not meant, and refuses it.
    let elsewhere = json_of(&world.post("other", "introspect", "rs", &[("token", access_token)]));
    assert_eq!(elsewhere, json!({"active": false}));

    // An hour later the client refreshes without the user.
    world.at(3600);
    assert!(!world.is_active(&tokens["access_token"]));
    let next = json_of(&world.refresh("asks", tokens["refresh_token"].as_str().unwrap()));
    assert!(world.is_active(&next["access_token"]));

    // The user takes the consent back, and all of it ends.
    block_on(issuer.revoke_consent("default", &"asks-client".into(), &"00ualice".into())).unwrap();
    assert!(!world.is_active(&next["access_token"]) && !world.is_active(&next["refresh_token"]));
}
