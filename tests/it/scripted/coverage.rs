//! Every row of the areas that a folder is about has a case or a test, or waits with a reason.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::{cases, read};

/// `rows.json` lists the ids. Those of cases count up to a slash; a project's own start with `own-`.
/// `coverage.json` names the tests of those that are written in Rust (`in_code`), what is left of
/// covered rows (`partly`), and why others wait (`waiting`).
pub(crate) fn check(folder: &str) {
    let texts = |value: &Value| -> BTreeSet<String> { value.as_object().unwrap().keys().cloned().collect() };
    let rows: BTreeSet<String> = serde_json::from_value(read(&format!("{folder}/rows.json"))).unwrap();
    let coverage = read(&format!("{folder}/coverage.json"));
    let (in_code, partly, waiting) =
        (texts(&coverage["in_code"]), texts(&coverage["partly"]), texts(&coverage["waiting"]));
    let mut whole = BTreeSet::new();
    let mut scripted = BTreeSet::new();
    for (file, case) in cases(folder) {
        let id = case["id"].as_str().unwrap();
        assert!(whole.insert(id.to_owned()), "{file}: {id} is there twice");
        if !id.starts_with("own-") {
            scripted.insert(id.split('/').next().unwrap().to_owned());
        }
    }
    let covered: BTreeSet<String> = scripted.union(&in_code).cloned().collect();
    let both: Vec<_> = covered.intersection(&waiting).collect();
    assert!(both.is_empty(), "covered and waiting: {both:?}");
    let all: BTreeSet<String> = covered.union(&waiting).cloned().collect();
    let (missing, unknown): (Vec<_>, Vec<_>) =
        (rows.difference(&all).collect(), all.difference(&rows).collect());
    assert!(missing.is_empty() && unknown.is_empty(), "no case: {missing:?}; no such row: {unknown:?}");
    let stray: Vec<_> = partly.difference(&covered).collect();
    assert!(stray.is_empty(), "partly covered, but by nothing: {stray:?}");
    for (id, place) in coverage["in_code"].as_object().unwrap() {
        for place in place.as_str().unwrap().split("; ") {
            let (file, test) = place.split_once(": ").unwrap_or_else(|| panic!("{id}: {place}"));
            let root = env!("CARGO_MANIFEST_DIR");
            let file = if ["src/", "benches/", "fuzz/"].iter().any(|folder| file.starts_with(folder)) {
                format!("{root}/{file}")
            } else {
                format!("{root}/tests/it/{file}")
            };
            let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{id}: {file}: {error}"));
            assert!(text.contains(&format!("fn {test}(")), "{id}: {place} is no test");
        }
    }
}
