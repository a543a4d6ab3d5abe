//! Modules use only what stands before them: the arrows of ARCHITECTURE.md.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Module → what it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("expr", &["types"]),
    ("jose", &["types"]),
    ("verify", &["types", "jose"]),
    ("model", &["types", "expr", "jose"]),
    ("analyse", &["types", "expr", "jose", "model"]),
    ("error", &["types"]),
    ("wire", &["types", "jose", "error"]),
    ("flow", &["types", "expr", "jose", "model", "error", "wire"]),
    ("host", &["types", "jose", "model", "error", "wire"]),
    ("adapters", &["types", "jose", "model", "error", "host"]),
    ("issuer", &["types", "jose", "model", "error", "wire", "flow", "host", "adapters"]),
    ("testing", &["types", "expr", "jose", "model", "error", "wire", "flow", "host", "adapters", "issuer"]),
];

#[test]
fn arrows() {
    let mut wrong = Vec::new();
    let mut modules = BTreeSet::new();
    visit(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut |path, text| {
        let relative = path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src/")).unwrap();
        let module = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if matches!(module, "lib" | "manual") {
            return;
        }
        modules.insert(module.to_owned());
        let allowed = ARROWS.iter().find(|(name, _)| *name == module);
        let Some((_, allowed)) = allowed else {
            return wrong.push(format!("{module}: not in the list"));
        };
        // Unit tests may use anything.
        let code = text.split("#[cfg(test)]").next().unwrap();
        if relative.file_name().is_some_and(|name| name.to_str().unwrap().ends_with("tests.rs")) {
            return;
        }
        let code: String =
            code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for used in code.split("crate::").skip(1) {
            let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let is_module = name.chars().next().is_some_and(char::is_lowercase);
            if is_module && name != module && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{}: uses {name}", relative.display()));
            }
        }
        let pure = ["types", "expr", "jose", "model", "analyse", "error", "wire", "flow", "verify"];
        if pure.contains(&module) && code.contains(".await") {
            wrong.push(format!("{}: awaits", relative.display()));
        }
    });
    let listed: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(modules, listed, "modules and list");
}

/// Hands out every source file below a folder.
pub(crate) fn visit(folder: &Path, each: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, each);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            each(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}
