//! The example `okta` as a process: flags, exit statuses, the ready line, the end, and what its HTTP
//! makes of requests that are none. Its pages are a module of their own.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "helpers of tests: Clippy only spares the tests themselves"
)]

mod pages;
mod preview;
mod sessions;
mod visitor;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

const DEMO: &str = include_str!("../../examples/okta/demo.json");

/// `cargo test` builds it beside this test.
fn example() -> Command {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let path = profile.join("examples").join(format!("okta{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{} is missing: cargo build --example okta", path.display());
    Command::new(path)
}

fn run(flags: &[&str]) -> Output {
    let mut example = example();
    // The usual port may be somebody else's.
    if !flags.contains(&"--listen") {
        example.args(["--listen", "127.0.0.1:0"]);
    }
    example.args(flags).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Exit status 2, nothing on standard output, and these mistakes, one a line.
fn refuses(flags: &[&str], mistakes: &[&str]) {
    // Whoever runs the tests may have an example running, on the port that is used unless another is named.
    let port: &[&str] = if flags.contains(&"--listen") { &[] } else { &["--listen", "127.0.0.1:0"] };
    let output = run(&[port, flags].concat());
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{flags:?}: {errors}");
    assert_eq!(text(&output.stdout), "", "{flags:?}");
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines.len(), mistakes.len(), "{flags:?}: {errors}");
    for (line, mistake) in lines.iter().zip(mistakes) {
        assert!(line.starts_with(mistake), "{flags:?}: {line:?} is not {mistake:?}");
    }
}

/// A file that is gone with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str, content: &str) -> Self {
        let path = std::env::temp_dir().join(format!("chancery-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path)
    }

    fn name(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A running issuer, killed with the test.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
    address: String,
}

impl Running {
    fn start(flags: &[&str]) -> Self {
        let mut command = example();
        if !flags.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.args(flags);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("ready http://").unwrap_or_else(|| panic!("{line:?}"));
        Self { child, out, address: address.to_owned() }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// Everything that comes back until the server closes the connection.
    fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // The server may have closed before all of it was sent.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, path: &str) -> String {
        self.exchange(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes())
    }

    fn post(&self, path: &str, form: &str) -> String {
        self.exchange(post(path, form, "Connection: close\r\n").as_bytes())
    }

    /// What follows the ready line, up to and with the line that ends like this.
    fn greeting(&mut self, end: &str) -> String {
        let mut read = String::new();
        while !read.trim_end().ends_with(end) {
            assert_ne!(self.out.read_line(&mut read).unwrap(), 0, "{read}");
        }
        read
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Its exit status and what it said on standard error.
    fn wait(mut self) -> (Option<i32>, String) {
        let start = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < Duration::from_secs(30), "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (self.child.wait().unwrap().code(), errors)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn post(path: &str, form: &str, headers: &str) -> String {
    let length = form.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\n{headers}\r\n{form}"
    )
}

const TOKEN: &str = "/oauth2/default/v1/token";
const FORM: &str =
    "client_id=0oademoservice&client_secret=demo-service-secret&grant_type=client_credentials&scope=api.read";

#[test]
fn wrong_flags() {
    refuses(&["--verbose"], &["--verbose: unknown flag"]);
    refuses(&["serve"], &["serve: unknown flag"]);
    refuses(&["--listen"], &["--listen: a value is missing"]);
    refuses(&["--listen", "here"], &["--listen: `here` is no address"]);
    refuses(&["--seed", "-1"], &["--seed: `-1` is no number"]);
    refuses(&["--now", "yesterday"], &["--now: `yesterday` is no RFC 3339 time"]);
    refuses(&["--seed", "1", "--seed", "1"], &["--seed: given more than once"]);
    let (now, then) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    refuses(&["--now", now, "--frozen", then], &["--frozen: contradicts --now"]);
    refuses(&["--base-url", "http://id.example.com"], &["baseUrl: "]);
}

#[test]
fn flags_that_are_not_built_yet_say_so() {
    refuses(&["--control"], &["--control: the control plane is not built yet"]);
    for store in ["redb:/tmp/x.redb", "redis://127.0.0.1", "postgres://127.0.0.1/x"] {
        refuses(&["--store", store], &[&format!("--store: the store `{store}` is not built yet")]);
    }
    refuses(&["--store", "floppy"], &["--store: unknown store `floppy`"]);
}

#[test]
fn every_mistake_of_flags_file_and_keys_at_once() {
    let org = File::new(
        "mistakes.json",
        r#"{ "authorizationServers": [ { "name": "default", "audiences": ["api://default"], "status": "ASLEEP",
            "claims": [ { "name": "dept", "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": "user." } ],
            "chancery": { "singing": {} } } ] }"#,
    );
    let output = run(&["--seed", "x", "--config", org.name(), "--key", "/nonexistent.pem"]);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert_eq!(text(&output.stdout), "");
    for part in [
        "--seed: ",
        "authorizationServers[0].status: unknown value `ASLEEP`",
        "authorizationServers[0].claims[0].value: ",
        "authorizationServers[0].chancery.singing: unknown setting `singing`, did you mean `signing`?",
        "--key: /nonexistent.pem: ",
    ] {
        assert!(errors.lines().any(|line| line.starts_with(part)), "{part:?} is not in\n{errors}");
    }
}

#[test]
fn a_file_that_is_none() {
    refuses(&["--config", "/nonexistent.json"], &["--config: /nonexistent.json: "]);
    for content in ["", "[]", "{} {}", r#"{"users": [], "users": []}"#] {
        let file = File::new("none.json", content);
        refuses(&["--config", file.name()], &[&format!("--config: {}: ", file.name())]);
    }
    let file = File::new("none.pem", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n");
    refuses(&["--key", file.name()], &[&format!("--key: {}: ", file.name())]);
}

#[test]
fn a_port_that_is_taken() {
    let running = Running::start(&[]);
    refuses(&["--listen", &running.address], &[&format!("--listen: {}: ", running.address)]);
}

#[test]
fn the_built_in_key_stays_on_this_machine() {
    let base = ["--base-url", "https://id.example.com"];
    for listen in ["0.0.0.0:0", "[::]:0"] {
        let output = run(&[&["--listen", listen], &base[..]].concat());
        let errors = text(&output.stderr);
        // A machine without IPv6 cannot listen there at all.
        assert!(errors.contains("name one of your own with --key") || listen.starts_with('['), "{errors}");
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()));
    }
}

#[test]
fn help_is_no_mistake() {
    let output = run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = text(&output.stdout);
    for flag in ["--config", "--listen", "--base-url", "--store", "--key", "--now", "--frozen", "--seed"] {
        assert!(help.contains(flag), "{flag}");
    }
}

#[test]
fn the_demo_says_that_its_key_is_public_and_how_to_ask() {
    let mut running = Running::start(&["--base-url", "https://id.example.com"]);
    let curl = running.greeting("v1/keys'");
    let first = curl.find("curl").unwrap();
    let example = curl.get(first..).unwrap();
    assert!(
        example
            .starts_with("curl --request POST \\\n  --url 'https://id.example.com/oauth2/default/v1/token'")
    );
    assert!(example.contains("--data 'grant_type=client_credentials'"));
    running.stop();
    let (_, errors) = running.wait();
    assert!(errors.contains("BUILT-IN KEY, WHICH IS PUBLIC"), "{errors}");
}

#[test]
fn the_issuer_comes_from_the_configuration() {
    let running = Running::start(&["--base-url", "https://id.example.com/a"]);
    let path = "/a/oauth2/default/.well-known/openid-configuration";
    for (target, host) in [
        (path.to_owned(), "evil.test"),
        (format!("http://evil.test{path}"), "evil.test"),
        (path.to_owned(), "id.example.com"),
    ] {
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Host: evil.test\r\n\
             Forwarded: host=evil.test\r\nConnection: close\r\n\r\n"
        );
        let answer = running.exchange(request.as_bytes());
        assert!(answer.contains(r#""issuer":"https://id.example.com/a/oauth2/default""#), "{answer}");
        assert!(!answer.contains("evil.test"), "{answer}");
    }
}

#[test]
fn a_frozen_clock_and_a_seed_repeat_a_token() {
    let flags = ["--frozen", "2026-01-01T00:00:00Z", "--seed", "7", "--base-url", "https://id.example.com"];
    let tokens: Vec<String> = (0..2)
        .map(|_| {
            let answer = Running::start(&flags).post(TOKEN, FORM);
            let (_, body) = answer.split_once("\r\n\r\n").unwrap();
            let answer: serde_json::Value = serde_json::from_str(body).unwrap();
            answer["access_token"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(tokens[0], tokens[1]);
}

#[cfg(unix)]
#[test]
fn signals_finish_the_requests_in_hand() {
    for name in ["-TERM", "-INT"] {
        let running = Running::start(&[]);
        let mut idle = running.connect();
        let mut busy = running.connect();
        let request = post(TOKEN, FORM, "Expect: 100-continue\r\n");
        let (head, body) = request.split_at(request.len() - FORM.len());
        busy.write_all(head.as_bytes()).unwrap();
        let mut go_on = [0; 25];
        busy.read_exact(&mut go_on).unwrap();
        assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n", "the request is in hand");
        running.signal(name);
        let start = Instant::now();
        while TcpStream::connect(&running.address).is_ok() {
            assert!(start.elapsed() < Duration::from_secs(5), "it still listens");
            std::thread::sleep(Duration::from_millis(10));
        }
        busy.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        busy.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert_eq!(idle.read(&mut [0]).unwrap(), 0, "an idle connection is closed");
        let (status, errors) = running.wait();
        assert_eq!(status, Some(0), "{errors}");
    }
}

/// A317: a body past the limit is refused and not read to its end.
#[test]
fn bodies_past_the_limit() {
    let running = Running::start(&[]);
    let head =
        format!("POST {TOKEN} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n");

    // Announced as too large: refused although none of it comes, and nobody is told to go on.
    for expect in ["", "Expect: 100-continue\r\n"] {
        let start = Instant::now();
        let request = format!("{head}Content-Length: 9999999999\r\n{expect}\r\n");
        let answer = running.exchange(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    // Not announced: refused as soon as it is too large, however much more would come.
    let mut stream = running.connect();
    stream.set_write_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes()).unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let mut sent = 0;
    while sent < 1 << 30 && stream.write_all(chunk.as_bytes()).is_ok() {
        sent += 0x10000;
    }
    assert!(sent < 100 << 20, "{sent} bytes were read");

    let many: String = (0..1_000_000).map(|i| format!("p{i}=&")).collect();
    let long = format!("{}=1", "k".repeat(1_000_000));
    for form in [many, long] {
        let answer = running.post(TOKEN, &form);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413 "), "{answer}");
    }
    assert!(running.post(TOKEN, FORM).starts_with("HTTP/1.1 200 OK\r\n"));
}

/// A337: what is not one request by RFC 9112 is never taken for one, nor for two.
#[test]
fn malformed_http() {
    let running = Running::start(&[]);
    let form = "application/x-www-form-urlencoded";
    let length = FORM.len();
    // What a smuggler hopes to see answered.
    let second = "GET /oauth2/default/v1/keys HTTP/1.1\r\nHost: x\r\n\r\n";
    for (what, request) in [
        (
            "Content-Length and Transfer-Encoding",
            format!(
                "POST {TOKEN} HTTP/1.1\r\nHost: x\r\nContent-Type: {form}\r\nContent-Length: {length}\r\n\
                 Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{second}"
            ),
        ),
        (
            "an unknown transfer coding",
            format!(
                "POST {TOKEN} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{second}"
            ),
        ),
        (
            "chunked is not the last coding",
            format!(
                "POST {TOKEN} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n{second}"
            ),
        ),
        (
            "a folded header",
            format!(
                "POST {TOKEN} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{second}"
            ),
        ),
        (
            "a space before the colon",
            format!("POST {TOKEN} HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello{second}"),
        ),
        (
            "two lengths",
            format!(
                "POST {TOKEN} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 0\r\n\r\nhello{second}"
            ),
        ),
        (
            "a signed length",
            format!("POST {TOKEN} HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello{second}"),
        ),
        (
            "a chunk size that is none",
            format!(
                "POST {TOKEN} HTTP/1.1\r\nHost: x\r\nContent-Type: {form}\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n{second}"
            ),
        ),
        ("no version", "GET /oauth2/default/v1/keys\r\n\r\n".to_owned()),
        ("a head without end", format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(100_000))),
    ] {
        let answer = running.exchange(request.as_bytes());
        assert!(answer.matches("HTTP/1.1 ").count() <= 1, "{what}: {answer}");
        assert!(!answer.contains("\"keys\""), "{what}: {answer}");
        assert!(!answer.contains("access_token"), "{what}: {answer}");
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{what}: {answer}");
    }
    assert!(running.get("/oauth2/default/v1/keys").starts_with("HTTP/1.1 200 OK\r\n"));
}

/// A client that does not send its request is let go, and holds nobody up meanwhile.
#[test]
fn a_slow_client() {
    let running = Running::start(&[]);
    let mut slow_head = running.connect();
    slow_head.write_all(b"GET /oauth2/default/v1/keys HTTP/1.1\r\nHost").unwrap();
    let mut slow_body = running.connect();
    slow_body
        .write_all(format!("POST {TOKEN} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc").as_bytes())
        .unwrap();
    assert!(running.post(TOKEN, FORM).starts_with("HTTP/1.1 200 OK\r\n"));
    for stream in [&mut slow_head, &mut slow_body] {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
}
