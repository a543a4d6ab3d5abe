//! One success each, under any concurrency.

use std::collections::BTreeSet;
use std::sync::Barrier;

use serde_json::Value;

use super::world::{World, json_of, outcome};
use crate::scripted::rounds;

/// The outcomes of the same request from many threads at once.
fn at_once<T: Send>(threads: usize, run: impl Fn() -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(threads);
    std::thread::scope(|scope| {
        let one = || {
            barrier.wait();
            run()
        };
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        all.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn refresh_token(tokens: &Value) -> &str {
    tokens["refresh_token"].as_str().unwrap()
}

/// A002
#[test]
fn a002_a_code_is_redeemed_once() {
    let world = World::new();
    for _ in 0..rounds(20) {
        let code = world.code("web", &[]);
        let replies = at_once(64, || world.redeem("web", &code));
        let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status() == 200);
        assert_eq!(won.len(), 1);
        assert!(lost.iter().all(|reply| outcome(reply) == "400 invalid_grant"));
        let tokens = json_of(won[0]);
        assert!(!world.is_active(&tokens["access_token"]) && !world.is_active(&tokens["refresh_token"]));
    }
}

/// A111
#[test]
fn a111_a_refresh_token_rotates_once() {
    let world = World::new();
    for _ in 0..rounds(20) {
        let tokens = world.tokens("spa", &[]);
        let replies = at_once(64, || world.refresh("spa", refresh_token(&tokens)));
        let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status() == 200);
        assert_eq!(won.len(), 1);
        assert!(lost.iter().all(|reply| outcome(reply) == "400 invalid_grant"));
        assert_eq!(outcome(&world.refresh("spa", refresh_token(&json_of(won[0])))), "400 invalid_grant");
    }
}

/// A112
#[test]
fn a112_inside_the_leeway_all_get_one_successor() {
    let world = World::new();
    for _ in 0..rounds(20) {
        let tokens = world.tokens("web", &[]);
        let replies = at_once(64, || json_of(&world.refresh("web", refresh_token(&tokens))));
        let successors: BTreeSet<&str> = replies.iter().map(refresh_token).collect();
        assert_eq!(successors.len(), 1);
        let accesses: BTreeSet<&str> =
            replies.iter().map(|tokens| tokens["access_token"].as_str().unwrap()).collect();
        assert_eq!(accesses.len(), 64);
        assert!(replies.iter().all(|tokens| world.is_active(&tokens["access_token"])));
    }
}

/// Nobody loses because others are quick: static tokens are used by all at once.
#[test]
fn static_tokens_are_for_all() {
    let world = World::new();
    let tokens = world.tokens("web2", &[]);
    let replies = at_once(64, || json_of(&world.refresh("web2", refresh_token(&tokens))));
    assert!(replies.iter().all(|reply| refresh_token(reply) == refresh_token(&tokens)));
}

/// Whoever wins, nothing is alive after a revocation.
#[test]
fn a304_revocation_is_final() {
    let world = World::new();
    for _ in 0..rounds(20) {
        let tokens = world.tokens("web", &[]);
        let turn = std::sync::atomic::AtomicUsize::new(0);
        let replies = at_once(8, || match turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => world.revoke("web", refresh_token(&tokens)),
            _ => world.refresh("web", refresh_token(&tokens)),
        });
        for reply in replies.iter().filter(|reply| !reply.body().is_empty() && reply.status() == 200) {
            let tokens = json_of(reply);
            assert!(!world.is_active(&tokens["access_token"]) && !world.is_active(&tokens["refresh_token"]));
        }
    }
}
