//! What evaluating an expression costs in memory: nothing, where the value can borrow.
#![allow(unsafe_code, reason = "an allocator cannot be written without")]
#![allow(clippy::expect_used, reason = "tests may fail loudly")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use chancery::expr::{App, Compiler, Group, Inputs, Session, User};
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
