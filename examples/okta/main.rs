//! A local issuer that behaves like Okta: `cargo run --release --example okta -- --help`.
//!
//! An example of embedding the library in a server. What is here is HTTP, flags, pages, sessions and
//! passwords, and a demo organisation; every decision about a client's request is the library's.

mod ambient;
mod curl;
mod flags;
mod keys;
mod org;
#[path = "../token_hook/over_http.rs"]
mod over_http;
mod pages;
mod passwords;
mod preview;
mod server;
mod session;
mod site;

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

use chancery::host::Timer;
use chancery::model::Org;
use chancery::types::Lifetime;
use chancery::{FailureThrottle, Issuer, LocalKeys};
use tokio::net::TcpSocket;

use crate::ambient::Time;
use crate::flags::Flags;
use crate::keys::Signing;
use crate::over_http::OverHttp;
use crate::passwords::Passwords;
use crate::site::Site;

#[tokio::main]
async fn main() -> ExitCode {
    let mut mistakes = Vec::new();
    let flags = Flags::parse(std::env::args_os().skip(1), &mut mistakes);
    if flags.help && mistakes.is_empty() {
        print!("{}", flags::USAGE);
        return ExitCode::SUCCESS;
    }
    match run(&flags, mistakes).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(mistakes) => {
            for mistake in mistakes {
                eprintln!("{mistake}");
            }
            ExitCode::from(2)
        }
    }
}

/// Serves until the process is told to stop.
///
/// # Errors
/// Every mistake of the flags and of the file; nothing has listened then.
async fn run(flags: &Flags, mistakes: Vec<String>) -> Result<(), Vec<String>> {
    let ready = prepare(flags, mistakes)?;
    let (base, address) = (ready.org.base().to_string(), ready.address);
    let time = Time::of(flags.clock);
    // Whoever is on this machine may see what the file says anyway.
    let preview = flags.preview || address.ip().is_loopback();
    let site = Site::new(issuer(ready.org, ready.keys, flags, &time), ready.passwords, time, preview);
    let stop = stop_signal().map_err(|error| vec![format!("signals: {error}")])?;
    let listener =
        ready.socket.listen(1024).map_err(|error| vec![format!("--listen: {address}: {error}")])?;

    let mut greeting = format!("ready http://{address}\n");
    if flags.config.is_none() {
        greeting.push_str(&curl::lines(&base));
    }
    let mut out = std::io::stdout();
    // Whoever started this may have stopped reading, which is no reason not to serve.
    let _ = out.write_all(greeting.as_bytes()).and_then(|()| out.flush());
    server::serve(listener, site, stop).await;
    Ok(())
}

/// All that could be wrong, looked at.
struct Prepared {
    org: Org,
    keys: LocalKeys,
    passwords: Passwords,
    /// Bound, so that the port is known, and not listening yet.
    socket: TcpSocket,
    address: SocketAddr,
}

fn prepare(flags: &Flags, mut mistakes: Vec<String>) -> Result<Prepared, Vec<String>> {
    let listen = flags.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)));
    let bound = bind(listen).map_err(|error| vec![format!("--listen: {listen}: {error}")]);
    let address = bound.as_ref().map_or(listen, |(_, address)| *address);
    let org = org::read(flags, address);
    let keys = keys::read_all(&flags.keys);
    let keys = keys.and_then(|own| keys::for_servers(own, org.as_ref().ok().map(|(org, _)| org), address));
    match (bound, org, keys) {
        (Ok((socket, address)), Ok((org, document)), Ok(Signing { keys, mut notes }))
            if mistakes.is_empty() =>
        {
            let passwords = Passwords::read(document.as_json(), &mut notes);
            let passwords = passwords.map_err(|fault| vec![format!("passwords: {fault}")])?;
            for warning in org.warnings() {
                eprintln!("warning: {warning}");
            }
            for hook in org.hooks().filter(|hook| hook.url().starts_with("https:")) {
                let name = hook.name();
                eprintln!("warning: the hook {name:?} is never reached: hooks are called without TLS here");
            }
            for note in notes {
                eprintln!("{note}");
            }
            Ok(Prepared { org, keys, passwords, socket, address })
        }
        (bound, org, keys) => {
            // Whose address was not understood is not told about another one.
            let bound =
                bound.err().filter(|_| !mistakes.iter().any(|mistake| mistake.starts_with("--listen")));
            let found = [bound, org.err(), keys.err()];
            mistakes.extend(found.into_iter().flatten().flatten());
            Err(mistakes)
        }
    }
}

fn bind(listen: SocketAddr) -> std::io::Result<(TcpSocket, SocketAddr)> {
    let socket = if listen.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Elsewhere the option would let another process take the port over.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(listen)?;
    let address = socket.local_addr()?;
    Ok((socket, address))
}

fn issuer(org: Org, keys: LocalKeys, flags: &Flags, time: &Time) -> Issuer {
    // Room for test suites, which fail on purpose, and all from one address.
    let throttle = FailureThrottle::new(200, Lifetime::seconds(60));
    let issuer =
        Issuer::new(org, keys).with_clock(time.clone()).with_throttle(throttle).with_timer(TokioTimer);
    let deadline = issuer.limits().hook;
    let issuer = issuer.with_token_hook(OverHttp { deadline });
    match flags.seed {
        None => issuer,
        Some(seed) => {
            eprintln!("warning: --seed: the ids of tokens can be foretold");
            issuer.with_entropy(ambient::Seeded::new(seed))
        }
    }
}

/// The library's deadlines, kept by tokio.
struct TokioTimer;

impl Timer for TokioTimer {
    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(span))
    }
}

/// Ready when the process is told to stop.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ready when the process is told to stop.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
