//! The organisation: the file of `--config`, or the demo.

use std::net::SocketAddr;

use chancery::model::{CompileOptions, Document, Org};

use crate::flags::Flags;

const DEMO: &str = include_str!("demo.json");

/// Reads and compiles it under the base URL that the flags, the file or the listen address give.
///
/// # Errors
/// Every mistake, each with its path in the file.
pub(crate) fn read(flags: &Flags, address: SocketAddr) -> Result<(Org, Document), Vec<String>> {
    let document = match &flags.config {
        None => parse(DEMO.as_bytes()),
        Some(file) => std::fs::read(file).map_err(|error| error.to_string()).and_then(|text| parse(&text)),
    };
    let named = |mistake| vec![format!("--config: {}: {mistake}", shown(flags))];
    let document = document.map_err(named)?;
    // The demo's own is there to make it a whole file; it has no say in where this process listens.
    let in_file =
        flags.config.is_some() && document.as_json().get("baseUrl").is_some_and(|url| !url.is_null());
    let options = match &flags.base_url {
        Some(url) => CompileOptions::new().base_url(url),
        None if in_file => CompileOptions::new(),
        None => CompileOptions::new().base_url(format!("http://{address}")),
    };
    let compiled = document.compile_with(&options);
    match compiled {
        Ok(org) => Ok((org, document)),
        Err(errors) => Err(errors.mistakes().iter().map(ToString::to_string).collect()),
    }
}

fn parse(text: &[u8]) -> Result<Document, String> {
    Document::parse(text).map_err(|error| error.to_string())
}

fn shown(flags: &Flags) -> String {
    flags.config.as_ref().map_or_else(|| "the demo".to_owned(), |file| file.display().to_string())
}
