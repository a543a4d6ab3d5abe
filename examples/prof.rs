//! scratch
use chancery::jose::{Algorithm, PrivateKey};
use chancery::model::*;
use chancery::testing::block_on;
use chancery::types::GrantType;
use chancery::{Call, Issuer, LocalKeys};
struct FakeKeys(LocalKeys);
impl chancery::host::KeyStore for FakeKeys {
    async fn keys(
        &self,
        s: Option<&chancery::types::ServerId>,
        a: Algorithm,
    ) -> Result<chancery::host::ServerKeys, chancery::Fault> {
        chancery::host::KeyStore::keys(&self.0, s, a).await
    }
    async fn sign(&self, _: &chancery::types::KeyId, _: &[u8]) -> Result<Vec<u8>, chancery::Fault> {
        Ok(vec![0; 64])
    }
}
fn main() {
    let algorithm = Algorithm::Es256;
    let mut server = AuthorizationServer::new("default").audience("api://default").signing(algorithm);
    let mut policy = AccessPolicy::for_all_clients("bench");
    for i in 0..100 {
        server = server.scope(Scope::new(format!("scope.{i}")));
        policy = policy.rule(
            Rule::new(format!("rule {i}")).grant(GrantType::ClientCredentials).scope(format!("scope.{i}")),
        );
    }
    for (name, value) in [
        ("tenant_id", "app.profile.tenant"),
        ("environment", "String.toLowerCase(app.profile.environment)"),
        ("label", "app.profile.label + '/' + app.clientId"),
        ("tier", "app.profile.tier == 'gold' ? 'priority' : 'standard'"),
        ("scopes", "Arrays.toCsvString(access.scope)"),
        ("region", "'eu-west-1'"),
        ("plan", "'enterprise'"),
        ("version", "'2026-01'"),
        ("contact", "'platform@example.com'"),
    ] {
        server = server.claim(Claim::access(name, value));
    }
    let client = Client::service("0oa1benchclient").auth(AuthMethod::SecretPost).secret("a-secret-of-a-sensible-length-0123456789")
        .profile(serde_json::json!({"tenant": "tenant-123", "environment": "PRODUCTION", "label": "billing", "tier": "gold"}));
    let org =
        Org::builder("https://id.example.com").server(server.policy(policy)).client(client).build().unwrap();
    let issuer = Issuer::new(org, FakeKeys(LocalKeys::new(PrivateKey::generate(algorithm).unwrap())));
    let n: u32 = std::env::args().nth(1).unwrap().parse().unwrap();
    let start = std::time::Instant::now();
    for _ in 0..n {
        let call = Call::new("POST", "/oauth2/default/v1/token").header("content-type", "application/x-www-form-urlencoded").body("grant_type=client_credentials&scope=scope.50&client_id=0oa1benchclient&client_secret=a-secret-of-a-sensible-length-0123456789");
        let r = block_on(issuer.respond(call));
        assert_eq!(r.status(), 200);
    }
    println!("{:?} each", start.elapsed() / n);
}
