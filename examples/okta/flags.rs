//! The command line.

use std::ffi::OsString;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;

use chancery::types::Timestamp;

pub(crate) const USAGE: &str = "\
A local issuer that behaves like Okta.

usage: cargo run --release --example okta -- [flags]

  --config ORG.json          the organisation; without it, a built-in demo
  --listen ADDRESS:PORT      where to listen, 127.0.0.1:8080; port 0 picks a free one
  --base-url URL             the URL that issuers and endpoints hang under; else the file's
                             `baseUrl`, else http:// and the listen address
  --store memory             where grants are kept
  --key FILE.pem             a private key; repeat it for more. The first of an algorithm signs
  --now RFC3339              start the clock at this time
  --frozen RFC3339           stop the clock at this time
  --seed N                   draw token ids from this number instead of from the system; never in
                             production: they can be foretold
  --preview                  serve /preview also beyond this machine; it shows everybody's claims to
                             whoever reaches it
  --help                     this text
";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) config: Option<PathBuf>,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) base_url: Option<String>,
    pub(crate) keys: Vec<PathBuf>,
    pub(crate) clock: Option<ClockFlag>,
    pub(crate) seed: Option<u64>,
    pub(crate) preview: bool,
    pub(crate) help: bool,
}

/// A clock other than the system's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClockFlag {
    /// Runs from this time on.
    From(Timestamp),
    /// Stands still.
    Frozen(Timestamp),
}

impl Flags {
    /// Reads the arguments after the program's name. Every mistake is added to `mistakes` with the
    /// flag it is about; the rest is read all the same, so that its mistakes come to light too.
    pub(crate) fn parse(args: impl IntoIterator<Item = OsString>, mistakes: &mut Vec<String>) -> Self {
        let mut flags = Self::default();
        let mut seen: Vec<String> = Vec::new();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let name = arg.to_string_lossy().into_owned();
            if name != "--key" && seen.contains(&name) {
                mistakes.push(format!("{name}: given more than once"));
            }
            if let Err(mistake) = flags.read(&name, &mut args) {
                mistakes.push(format!("{name}: {mistake}"));
            }
            seen.push(name);
        }
        if ["--now", "--frozen"].iter().all(|name| seen.iter().any(|seen| seen == name)) {
            mistakes.push("--frozen: contradicts --now".to_owned());
        }
        flags
    }

    fn read(&mut self, name: &str, args: &mut impl Iterator<Item = OsString>) -> Result<(), String> {
        let mut value = || args.next().ok_or_else(|| "a value is missing".to_owned());
        match name {
            "--config" => self.config = Some(value()?.into()),
            "--listen" => self.listen = Some(address(&text(value()?)?)?),
            "--base-url" => self.base_url = Some(text(value()?)?),
            "--store" => store(&text(value()?)?)?,
            "--key" => self.keys.push(value()?.into()),
            "--now" => self.clock = Some(ClockFlag::From(time(&text(value()?)?)?)),
            "--frozen" => self.clock = Some(ClockFlag::Frozen(time(&text(value()?)?)?)),
            "--seed" => {
                let text = text(value()?)?;
                let seed =
                    text.parse().map_err(|_| format!("`{text}` is no number from 0 to {}", u64::MAX))?;
                self.seed = Some(seed);
            }
            "--control" => return Err("the control plane is not built yet".to_owned()),
            "--preview" => self.preview = true,
            "--help" => self.help = true,
            _ => return Err("unknown flag; --help lists them".to_owned()),
        }
        Ok(())
    }
}

fn text(value: OsString) -> Result<String, String> {
    value.into_string().map_err(|_| "the value is not UTF-8".to_owned())
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    found.ok_or_else(|| format!("`{text}` is no address and port of this machine, such as 127.0.0.1:8080"))
}

fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text)
        .ok_or_else(|| format!("`{text}` is no RFC 3339 time, such as 2026-01-01T00:00:00Z"))
}

fn store(text: &str) -> Result<(), String> {
    match text.split_once(':').map_or(text, |(kind, _)| kind) {
        "memory" if text == "memory" => Ok(()),
        "redb" | "redis" | "postgres" => Err(format!("the store `{text}` is not built yet")),
        _ => Err(format!("unknown store `{text}`")),
    }
}
