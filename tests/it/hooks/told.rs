//! A hook that fails is told to the host's log, whatever becomes of the token.

use chancery::host::Outcome;
use serde_json::json;

use super::stand::{HOOK_SECRET, Hook, SECRET, Stand, org};
use crate::events::Kept;

#[test]
fn a267_failures_are_told() {
    for (on_failure, status) in [("open", 200), ("closed", 503)] {
        for behaves in [
            Hook::Faults,
            Hook::Hangs,
            Hook::Panics,
            Hook::Answers(500, HOOK_SECRET.as_bytes().to_vec()),
            Hook::Answers(200, format!("{{\"commands\": \"{SECRET}\"").into_bytes()),
        ] {
            let mut stand = Stand::new(&org(json!({}), json!({ "onFailure": on_failure })), behaves);
            let kept = Kept::default();
            stand.issuer = stand.issuer.clone().with_events(kept.clone());
            assert_eq!(stand.machine().status(), status);
            let events = kept.events();
            let failed = events.first().unwrap();
            assert_eq!((failed.okta_type(), failed.outcome()), ("inline_hook.executed", Outcome::Failure));
            assert_eq!(failed.client.as_ref().map(|client| client.as_str()), Some("0oaS"));
            assert_eq!(failed.peer.as_deref(), Some("10.0.0.7"));
            let shown = failed.to_string();
            assert!(shown.contains("the hook `cal1`"), "{shown}");
            assert!(!shown.contains(SECRET) && !shown.contains(HOOK_SECRET), "{shown}");
            assert_eq!(events.len(), if status == 200 { 2 } else { 1 });
        }
    }
}
