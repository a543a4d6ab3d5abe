//! What things cost in memory: evaluating an expression nothing, where the value can borrow; deciding
//! nothing for explanations that nobody asks for.
#![allow(unsafe_code, reason = "an allocator cannot be written without")]
#![allow(clippy::expect_used, reason = "tests may fail loudly")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use chancery::expr::{App, Compiler, Group, Inputs, Session, User};
use chancery::jose::{Algorithm, PrivateKey};
use chancery::model::{AccessPolicy, AuthMethod, AuthorizationServer, Client, Org, Rule, RuleRequest, Scope};
use chancery::testing::block_on;
use chancery::types::{ClientId, GrantType};
use chancery::{Call, Issuer, LocalKeys};
use serde_json::json;

/// Counts the allocations of each thread.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: hands everything to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is the one that is needed.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is the one that is needed.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn evaluations_that_borrow_allocate_nothing() {
    let profile = json!({"department": "eng", "login": "ada@example.com", "tags": ["a", "b"], "n": 7, "deep": {"x": {"y": [1]}}});
    let app = json!({"label": "Orders"});
    let groups: Vec<Group> = (0..100).map(|n| Group::new(format!("00g{n}"), format!("role_{n}"))).collect();
    let claims = json!({"sub": "ada"});
    let inputs = Inputs::default()
        .with_user(User::default().with_id("00u1").with_profile(profile.as_object().expect("an object")))
        .with_groups(&groups)
        .with_app(App::default().with_client_id("0oa1").with_profile(&app))
        .with_session(Session::default().with_amr(&["pwd"]))
        .with_scopes(&["openid", "profile"])
        .with_token_claims(claims.as_object().expect("an object"));
    for expression in [
        "'text'",
        "{1, 'a', {2}}",
        "user.department",
        "user.profile.login",
        "user['department']",
        "user.id",
        "user.getInternalProperty('id')",
        "user.tags",
        "user.tags[1]",
        "user.deep.x.y[0]",
        "user.groups",
        "user.groups[7].id",
        "app.profile.label",
        "app.clientId",
        "access.scope",
        "session.amr",
        "token.claims.sub",
        "user.missing ?: user.department",
        "user.department == 'eng' ? user.login : 'none'",
        "user.n * 2 + 1 > 14 && !(user.n == 8) || user.department matches 'x.*'",
        "user.login.substringBefore('@')",
        "user.login.substringAfter('@').substring(0, 7)",
        "String.substringBefore(user.login, '@')",
        "user.login.contains('@') && String.startsWith(user.login, 'ada') && user.login.length() == 15",
        "user.tags.contains('b') && Arrays.contains(user.tags, 'a') && user.tags.size() == 2",
        "user.groups.any(g => g.startsWith('role_99'))",
        "user.groups.find(g => g == 'role_50')",
        "user.groups.all(g => g.contains('role'))",
        "isMemberOfGroupName('role_9') && isMemberOfGroup('00g5') && isMemberOfGroupNameContains('ole')",
        "user.login.toLowerCase()",
        "user.groups.filter(g => g == 'nobody')",
        "'a,b'.split('x').first()",
        "Convert.toInt('12') + '12'.toInteger()",
    ] {
        let program = Compiler::new().compile(expression).expect(expression);
        // A pattern's first match fills caches of the `regex` crate.
        let warm = program.evaluate(&inputs).expect(expression).to_json();
        let before = COUNT.get();
        let value = program.evaluate(&inputs);
        let count = COUNT.get() - before;
        assert_eq!(value.expect(expression).to_json(), warm);
        let wanted = usize::from(expression.contains("split"));
        assert_eq!(count, wanted, "{expression}");
    }
}

/// And little where it cannot.
#[test]
fn evaluations_that_make_something_allocate_that() {
    let groups: Vec<Group> = (0..10).map(|n| Group::new(format!("00g{n}"), format!("role_{n}"))).collect();
    let inputs = Inputs::default().with_groups(&groups);
    for (expression, wanted) in [
        ("'a' + 'b' + 'c'", 2), // the text, and room for the rest of it
        ("user.groups.filter(g => g.startsWith('role_'))", 1),
        ("user.groups.map(g => g.id)", 1),
        ("'A'.toLowerCase()", 1),
    ] {
        let program = Compiler::new().compile(expression).expect(expression);
        let before = COUNT.get();
        let value = program.evaluate(&inputs);
        let count = COUNT.get() - before;
        assert!(value.is_ok() && count <= wanted, "{expression}: {count}");
    }
}

/// A decision that nobody asks about keeps no trace: it costs the same however many rules did not match.
#[test]
fn decisions_allocate_nothing_for_a_trace() {
    let (few, many) = (costs_of_requests(1), costs_of_requests(300));
    assert_eq!(few, many, "(decision, granted, refused)");
    // The scopes in the server's numbers.
    assert_eq!(few.0, 1);
}

/// Allocations for a decision, for a request that is granted, and for one that no rule matches.
fn costs_of_requests(rules: usize) -> (usize, usize, usize) {
    let mut policy = AccessPolicy::for_all_clients("machines");
    for rule in 0..rules {
        policy = policy.rule(Rule::new(format!("r{rule}")).grant(GrantType::ClientCredentials).scope("b"));
    }
    policy = policy.rule(Rule::new("last").grant(GrantType::ClientCredentials).scope("a"));
    let server = AuthorizationServer::new("default")
        .audience("api://default")
        .signing(Algorithm::EdDsa)
        .scope(Scope::new("a"))
        .scope(Scope::new("b"))
        .scope(Scope::new("c"))
        .policy(policy);
    let client = Client::service("0oa1").secret("a-secret-that-is-long-enough").auth(AuthMethod::SecretPost);
    let org = Org::builder("https://id.example.com").server(server).client(client).build().expect("an org");
    let keys = LocalKeys::new(PrivateKey::generate(Algorithm::EdDsa).expect("a key"));
    let issuer = Issuer::new(org, keys).with_clock(Noon);

    let respond = |scope: &str, status: u16| {
        let body = format!(
            "grant_type=client_credentials&client_id=0oa1&client_secret=a-secret-that-is-long-enough&scope={scope}"
        );
        let ask = || {
            let call = Call::new("POST", "/oauth2/default/v1/token")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(&body);
            assert_eq!(block_on(issuer.respond(call)).status(), status);
        };
        // The first request fills what is kept.
        ask();
        counted(ask)
    };
    let org = issuer.org();
    let server = org.server("default").expect("a server");
    let client = ClientId::from("0oa1");
    let request =
        RuleRequest { client: &client, user: None, grant: GrantType::ClientCredentials, scopes: &["a"] };
    let decision = counted(|| assert!(server.matching_rule(&request).is_some()));
    (decision, respond("a", 200), respond("c", 401))
}

fn counted(run: impl FnOnce()) -> usize {
    let before = COUNT.get();
    run();
    COUNT.get() - before
}

/// Always the same time, so that no token is longer than another.
struct Noon;

impl chancery::host::Clock for Noon {
    fn unix_millis(&self) -> i64 {
        1_767_268_800_000
    }
}
