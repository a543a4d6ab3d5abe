//! Writes the starting inputs of the fuzz targets: the project's own cases.
//!
//! `cargo run --bin seeds -- CORPUS [CASES.jsonl]`; without a case file a few expressions are built in.

use std::{fs, io, path::Path};

use serde_json::Value as Json;

const ANSWERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/hooks/answers.json");
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/expressions.jsonl");

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let corpus = arguments.next().unwrap_or_else(|| "fuzz/corpus".to_owned());
    let cases = fs::read_to_string(arguments.next().unwrap_or_else(|| CASES.to_owned()))?;
    let (parse, eval) = (Path::new(&corpus).join("expr_parse"), Path::new(&corpus).join("expr_eval"));
    fs::create_dir_all(&parse)?;
    fs::create_dir_all(&eval)?;
    let mut count = 0;
    for row in cases.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok()) {
        let (Some(id), Some(text)) = (row["id"].as_str(), row["expr"].as_str()) else { continue };
        fs::write(parse.join(id), format!("\0{text}"))?;
        fs::write(eval.join(id), format!("{}\n{text}", row["context"]))?;
        count += 1;
    }
    let hooks = Path::new(&corpus).join("hook_patch");
    fs::create_dir_all(&hooks)?;
    let answers: Json = serde_json::from_str(&fs::read_to_string(ANSWERS)?)?;
    for (place, case) in answers.as_array().into_iter().flatten().enumerate() {
        let body = case["body"].as_str().map_or_else(|| case["answer"].to_string(), str::to_owned);
        fs::write(hooks.join(place.to_string()), format!("\x01{body}"))?;
        count += 1;
    }
    println!("{count} seeds in {corpus}");
    Ok(())
}
