//! Any answer of a hook is applied as a whole, refuses, or counts for nothing; what is the issuer's own
//! stays as it was.
#![no_main]

use chancery::testing::{HookOutcome, hook_outcome};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

const OWN: [&str; 12] =
    ["iss", "ver", "jti", "exp", "iat", "cid", "uid", "scp", "cnf", "nonce", "auth_time", "amr"];

fuzz_target!(|data: &[u8]| {
    // The first byte chooses the settings, so that one corpus serves all.
    let Some((first, body)) = data.split_first() else { return };
    let may_patch: &[&str] = if first & 1 == 0 { &[] } else { &["sub", "aud", "groups"] };
    let status = if first & 2 == 0 { 200 } else { 204 };
    let lifetime = json!({ "lifetime": { "expiration": 3600 } });
    let before = json!({ "data": {
        "access": { "claims": { "iss": "i", "aud": "a", "jti": "AT.x", "cid": "c", "uid": "u", "sub": "s", "ver": 1, "x": { "y": [1, 2] } },
            "token": lifetime },
        "identity": { "claims": { "iss": "i", "aud": "c", "jti": "ID.x", "sub": "u", "amr": ["pwd"], "list": ["a", "b", "c"] }, "token": lifetime }
    } });
    let Ok(HookOutcome::Tokens(after)) = hook_outcome(&before, status, body, may_patch) else { return };
    for token in ["access", "identity"] {
        let own = OWN.iter().chain(if may_patch.is_empty() || token == "identity" {
            &["sub", "aud"][..]
        } else {
            &[]
        });
        for claim in own {
            let pointer = format!("/data/{token}/claims/{claim}");
            assert_eq!(before.pointer(&pointer), after.pointer(&pointer), "{pointer}");
        }
        let seconds =
            after.pointer(&format!("/data/{token}/token/lifetime/expiration")).and_then(|s| s.as_u64());
        assert!(seconds.is_some_and(|seconds| (300..=86_400).contains(&seconds)));
    }
    for claim in ["sub", "aud"] {
        let value = after.pointer(&format!("/data/access/claims/{claim}")).and_then(|value| value.as_str());
        assert!(value.is_some_and(|text| !text.is_empty()), "{claim}");
    }
    assert!(after["data"]["access"]["claims"].to_string().len() <= 11 * 1024);
});
