//! The smallest embedding: an organisation in code, one token, verified. `cargo run --example mint`

use chancery::host::{Clock as _, SystemClock};
use chancery::jose::{Algorithm, PrivateKey};
use chancery::model::{AccessPolicy, AuthMethod, AuthorizationServer, Claim, Client, Org, Rule, Scope};
use chancery::testing::block_on;
use chancery::types::{GrantType, Timestamp};
use chancery::{Issuer, LocalKeys, TokenRequest, Verifier};
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let machines = Rule::new("machines").grant(GrantType::ClientCredentials).scope("orders:read");
    let server = AuthorizationServer::new("default")
        .audience("api://orders")
        .signing(Algorithm::Es256)
        .scope(Scope::new("orders:read"))
        .claim(Claim::access("team", "app.profile.team"))
        .policy(AccessPolicy::for_all_clients("services").rule(machines));
    let client = Client::service("0oabilling")
        .auth(AuthMethod::SecretPost)
        .secret("correct-horse-battery-staple")
        .profile(json!({ "team": "billing" }));
    let org = Org::builder("https://id.example.com").server(server).client(client).build()?;
    let issuer = Issuer::new(org, LocalKeys::new(PrivateKey::generate(Algorithm::Es256)?));

    let form = "grant_type=client_credentials&scope=orders:read\
                &client_id=0oabilling&client_secret=correct-horse-battery-staple";
    let response = block_on(issuer.token("default", &TokenRequest::parse(None, form.as_bytes())?))?;

    let (keys, _) = block_on(issuer.keys("default"))?;
    let verifier = Verifier::new("https://id.example.com/oauth2/default", "api://orders", keys);
    let now = Timestamp::from_unix(SystemClock.unix_millis() / 1000);
    let claims = verifier.require_scope("orders:read").verify(response.access_token(), now)?;
    println!("{}\n{:#?}", response.access_token(), claims.as_map());
    Ok(())
}
