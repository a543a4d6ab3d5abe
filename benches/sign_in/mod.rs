//! An organisation with a user and an app, and the way from the authorization endpoint to tokens.

#![allow(dead_code, reason = "each bench uses some of it")]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use chancery::jose::{Algorithm, PrivateKey};
use chancery::model::{
    AccessPolicy, AuthorizationServer, Claim, Client, Org, RefreshRotation, Rule, Scope, User,
};
use chancery::types::{GrantType, Lifetime, Timestamp};
use chancery::{Answer, Browser, Call, Error, Issuer, Login, Reply, TokenRequest, TokenResponse};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const RSA: &str = include_str!("../../tests/data/keys/rsa-2048.pem");
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CLIENT: &str = "client_id=0oa1benchclient&client_secret=a-secret-of-a-sensible-length-0123456789";

pub(crate) fn key(algorithm: Algorithm) -> Outcome<PrivateKey> {
    Ok(match algorithm {
        Algorithm::Rs256 => PrivateKey::from_pem(RSA)?,
        other => PrivateKey::generate(other)?,
    })
}

/// 100 rules of which the last matches; three claims of the user, and a refresh token that rotates.
pub(crate) fn org(algorithm: Algorithm) -> Outcome<Org> {
    let mut server = AuthorizationServer::new("default").audience("api://default").signing(algorithm);
    let mut policy = AccessPolicy::for_all_clients("bench");
    for i in 0..99 {
        server = server.scope(Scope::new(format!("scope.{i}")));
        policy = policy.rule(
            Rule::new(format!("rule {i}")).grant(GrantType::AuthorizationCode).scope(format!("scope.{i}")),
        );
    }
    policy = policy.rule(Rule::new("people").grant(GrantType::AuthorizationCode).any_scope());
    for (name, value) in [
        ("department", "user.department"),
        ("region", "String.toLowerCase(user.region)"),
        ("title", "user.title + ', ' + user.department"),
    ] {
        server = server.claim(Claim::access(name, value));
    }
    let client = Client::web("0oa1benchclient")
        .auth(chancery::model::AuthMethod::SecretPost)
        .secret("a-secret-of-a-sensible-length-0123456789")
        .redirect_uri("https://app.example.com/cb")
        .grant(GrantType::RefreshToken)
        .refresh_rotation(RefreshRotation::Rotate { leeway: Lifetime::seconds(0) })
        .assign_user("00u1bench");
    let user = User::new("00u1bench", "ada@example.com")
        .with_attribute("firstName", "Ada")
        .with_attribute("lastName", "Lovelace")
        .with_attribute("email", "ada@example.com")
        .with_attribute("department", "Engines")
        .with_attribute("region", "EU-WEST")
        .with_attribute("title", "Analyst");
    Ok(Org::builder("https://id.example.com")
        .server(server.policy(policy))
        .client(client)
        .user(user)
        .build()?)
}

pub(crate) fn login() -> Login {
    Login::new("00u1bench", Timestamp::from_unix(1_767_225_600)).amr("pwd").session_id("s1")
}

/// The authorization endpoint, for a browser that is signed in: a code.
pub(crate) fn authorize(issuer: &Issuer, login: &Login) -> Outcome<String> {
    let target = format!(
        "/oauth2/default/v1/authorize?client_id=0oa1benchclient&response_type=code&state=s1&nonce=n1\
         &redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&scope=openid%20profile%20offline_access\
         &code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    let browser = Browser::new("a-cookie-s-value").signed_in(login);
    let Answer::Reply(reply) = ready(issuer.answer(Call::new("GET", &target), &browser)) else {
        return Err("a page".into());
    };
    let location = reply.header("Location").ok_or("no redirect")?;
    let code = location.split(['?', '&']).find_map(|pair| pair.strip_prefix("code="));
    Ok(code.ok_or("no code")?.to_owned())
}

pub(crate) fn code_form(code: &str) -> String {
    format!(
        "grant_type=authorization_code&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&code={code}\
         &code_verifier={VERIFIER}&{CLIENT}"
    )
}

pub(crate) fn refresh_form(token: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={token}&{CLIENT}")
}

pub(crate) fn token(issuer: &Issuer, form: &str) -> Outcome<TokenResponse> {
    let request = TokenRequest::parse(None, form.as_bytes()).map_err(Error::from)?;
    Ok(ready(issuer.token("default", &request))?)
}

pub(crate) fn respond(issuer: &Issuer, form: &str) -> Reply {
    let call = Call::new("POST", "/oauth2/default/v1/token").header("content-type", FORM).body(form);
    ready(issuer.respond(call))
}

/// Nothing here waits for anything, so one look at the future is enough.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing to wait for"),
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
pub(crate) fn time(mut run: impl FnMut()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

pub(crate) fn median<T: Copy + PartialOrd>(values: &mut [T]) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values[values.len() / 2]
}
