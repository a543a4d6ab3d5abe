//! Hooks over real connections, as the example `token_hook` calls them: what is hostile counts as a
//! failure, in time, and in little memory.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::stand::{Hook, Stand, claims, org};
use over_http::OverHttp;

#[path = "../../../examples/token_hook/over_http.rs"]
mod over_http;

const DEADLINE: Duration = Duration::from_millis(600);
const GOOD: &str = r#"{"commands":[{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/applied","value":1}]}]}"#;

fn with_length(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Asks a hook that talks so for a machine's token: whether its change was applied, and how long it took.
fn applied(talk: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> (bool, Duration) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/t", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !request.ends_with(b"}") {
            let read = stream.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..read]);
        }
        talk(&mut stream);
    });
    let mut file = org(json!({}), json!({ "privateTarget": true }));
    file["inlineHooks"][0]["channel"]["config"]["uri"] = json!(url);
    let stand = Stand::new(&file, Hook::Faults);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test measures real time")]
    let started = Instant::now();
    let reply = runtime.block_on(async {
        let issuer = stand.issuer.clone().with_token_hook(OverHttp { deadline: DEADLINE }).with_timer(Never);
        stand.machine_at(&issuer).await
    });
    (claims(&reply, "access_token").get("applied").is_some(), started.elapsed())
}

/// The issuer's own deadline is not what is tested here.
struct Never;

impl chancery::host::Timer for Never {
    fn sleep(&self, _: Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

fn sends(text: impl Into<String>) -> impl Fn(&mut TcpStream) + Send + Sync + 'static {
    let text = text.into();
    move |stream| drop(stream.write_all(text.as_bytes()))
}

#[test]
fn answers_over_http_count() {
    assert!(applied(sends(with_length("200 OK", GOOD))).0);
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{GOOD}\r\n0\r\n\r\n",
        GOOD.len()
    );
    assert!(applied(sends(chunked)).0);
    // Nobody asks for a content type.
    assert!(applied(sends(format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{GOOD}"))).0);
}

#[test]
fn a265_redirects_are_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let location = format!("Location: http://{}/\r\n", elsewhere.local_addr().unwrap());
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let head = format!("HTTP/1.1 {status}\r\n{location}Content-Length: {}\r\n\r\n{GOOD}", GOOD.len());
        assert!(!applied(sends(head)).0, "{status}");
    }
    assert!(elsewhere.accept().is_err());
}

/// A266: the deadline is for the whole call, however it is spent.
#[test]
fn a266_slow_hooks_are_cut_off() {
    let late = |stream: &mut TcpStream| {
        thread::sleep(DEADLINE + Duration::from_millis(100));
        drop(stream.write_all(with_length("200 OK", GOOD).as_bytes()));
    };
    let drips = |stream: &mut TcpStream| {
        for byte in with_length("200 OK", GOOD).bytes() {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    };
    let heads = |stream: &mut TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X-More: x\r\n").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    };
    let silent = |_: &mut TcpStream| thread::sleep(DEADLINE * 3);
    type Talk = Box<dyn Fn(&mut TcpStream) + Send + Sync>;
    let talks: [Talk; 4] = [Box::new(late), Box::new(drips), Box::new(heads), Box::new(silent)];
    for talk in talks {
        let (applied, took) = applied(talk);
        assert!(!applied && took < DEADLINE + Duration::from_millis(900), "{took:?}");
    }
    let in_time = |stream: &mut TcpStream| {
        thread::sleep(DEADLINE / 3);
        drop(stream.write_all(with_length("200 OK", GOOD).as_bytes()));
    };
    assert!(applied(in_time).0);
}

/// A268: what is too much, cut short, or lies about itself.
#[test]
fn a268_answers_that_lie() {
    let padded = |bytes: usize| format!("{GOOD}{}", " ".repeat(bytes - GOOD.len()));
    assert!(applied(sends(with_length("200 OK", &padded(256 * 1024)))).0);
    let endless = |stream: &mut TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        while stream.write_all(chunk.as_bytes()).is_ok() {}
    };
    assert!(!applied(endless).0);
    // Read as it is: nobody unpacks it.
    let packed =
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x08\x08\x08".to_owned();
    for answer in [
        with_length("200 OK", &padded(256 * 1024 + 1)),
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{GOOD}", GOOD.len() + 1),
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{GOOD}", GOOD.len() - 1),
        format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{GOOD}"),
        with_length("200 OK", "<html>"),
        with_length("500 Oops", GOOD),
        with_length("204 No Content", ""),
        "nonsense".to_owned(),
        String::new(),
        packed,
    ] {
        assert!(!applied(sends(answer.clone())).0, "{answer:.80}");
    }
}

/// A name that leads into a private network is not called unless that is meant.
#[test]
fn a263_names_are_looked_at_where_they_lead() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let asked = |private| runtime.block_on(over_http::connect("localhost", port, private)).is_ok();
    assert!(!asked(false) && listener.accept().is_err());
    assert!(asked(true) && listener.accept().is_ok());
}
