//! A token inline hook over HTTP: a service that adds a claim, and an issuer that asks it before it signs.
//! `cargo run --example token_hook`

mod over_http;

use std::time::Duration;

use axum::Router;
use axum::routing::post;
use chancery::jose::{Algorithm, PrivateKey};
use chancery::model::{AccessPolicy, AuthMethod, AuthorizationServer, Client, Hook, Org, Rule, Scope};
use chancery::types::GrantType;
use chancery::{Issuer, LocalKeys, TokenRequest};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::over_http::OverHttp;

/// The hook: machines get the plan of their client.
async fn hook(payload: String) -> String {
    let payload: Value = serde_json::from_str(&payload).unwrap_or_default();
    println!("the hook is asked: {payload:#}");
    json!({ "commands": [{ "type": "com.okta.access.patch", "value": [
        { "op": "add", "path": "/claims/plan", "value": "gold" },
        { "op": "replace", "path": "/token/lifetime/expiration", "value": 600 }] }] })
    .to_string()
}

/// Serves the hook, one connection after the other.
async fn serve(listener: TcpListener) {
    let router = Router::new().route("/tokens", post(hook));
    while let Ok((stream, _)) = listener.accept().await {
        let service = TowerToHyperService::new(router.clone());
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/tokens", listener.local_addr()?);
    tokio::spawn(serve(listener));

    let rule =
        Rule::new("machines").grant(GrantType::ClientCredentials).scope("orders:read").inline_hook("cal1");
    let server = AuthorizationServer::new("default")
        .audience("api://orders")
        .signing(Algorithm::Es256)
        .scope(Scope::new("orders:read"))
        .policy(AccessPolicy::for_all_clients("services").rule(rule));
    let client =
        Client::service("0oabilling").auth(AuthMethod::SecretPost).secret("correct-horse-battery-staple");
    // On this machine, and without TLS: both only because it says so.
    let hook = Hook::new("cal1", url).auth_header("Authorization", "a-secret-of-the-hook").private_target();
    let org = Org::builder("https://id.example.com").server(server).client(client).hook(hook).build()?;
    let issuer = Issuer::new(org, LocalKeys::new(PrivateKey::generate(Algorithm::Es256)?))
        .with_token_hook(OverHttp { deadline: Duration::from_secs(3) });

    let form = "grant_type=client_credentials&scope=orders:read\
                &client_id=0oabilling&client_secret=correct-horse-battery-staple";
    let response = issuer.token("default", &TokenRequest::parse(None, form.as_bytes())?).await?;
    println!("the token lives {} s: {}", response.expires_in().as_seconds(), response.access_token());
    Ok(())
}
