//! The manual's page shows traces of one organisation: each must be what the issuer says.

use std::path::Path;

use chancery::testing::block_on;
use chancery::{Issuer, PreviewRequest};
use serde_json::Value;

use crate::scripted::{TestClock, issuer};

/// Writes the traces into the page: `CHANCERY_WRITE_MANUAL=1 cargo test --test it explain::manual`.
#[test]
fn traces_on_the_page_are_what_the_issuer_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual/explain.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (org, _) = page.split_once("```json\n").unwrap().1.split_once("```\n").unwrap();
    let issuer = issuer(&serde_json::from_str(org).unwrap(), &TestClock::new());
    let mut written = String::new();
    let mut request = None;
    let mut traces = 0;
    for (place, block) in page.split("```").enumerate() {
        if place % 2 == 0 {
            written.push_str(block);
            continue;
        }
        written.push_str("```");
        if let Some(text) = block.strip_prefix("json\n").filter(|text| *text != org) {
            request = Some(text);
        }
        match request.take_if(|_| block.starts_with("text\n")) {
            Some(request) => {
                written.push_str(&format!("text\n{}", trace(&issuer, request)));
                traces += 1;
            }
            None => written.push_str(block),
        }
        written.push_str("```");
    }
    assert_eq!(traces, 6);
    if std::env::var_os("CHANCERY_WRITE_MANUAL").is_some() {
        std::fs::write(&path, &written).unwrap();
        return;
    }
    assert!(
        written == page,
        "src/manual/explain.md is out of date: run with CHANCERY_WRITE_MANUAL=1\n{written}"
    );
}

fn trace(issuer: &Issuer, request: &str) -> String {
    let trace = block_on(issuer.explain(&PreviewRequest::from_json(request).unwrap())).unwrap();
    // The JSON holds as much: whoever reads it needs no text.
    let json = serde_json::to_value(&trace).unwrap();
    let refusal = &json["refusal"];
    assert_eq!(refusal.is_null(), trace.refusal.is_none());
    assert!(refusal.is_null() || refusal["advice"].as_array().is_some_and(|advice| !advice.is_empty()));
    assert!(json["scopes"].as_array().is_some_and(|scopes| !scopes.is_empty()));
    assert_ne!(json["request"]["client"], Value::Null);
    trace.to_string()
}
