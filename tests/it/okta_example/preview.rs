//! The page `/preview`: there when it is asked for, and for nobody who is led here by another name.

use serde_json::{Value, json};

use super::Running;

fn ask(running: &Running, method: &str, path: &str, headers: &str, body: &str) -> (u16, String, String) {
    let host =
        if headers.contains("Host:") { String::new() } else { format!("Host: {}\r\n", running.address) };
    let length = body.len();
    let text = running.exchange(
        format!("{method} {path} HTTP/1.1\r\n{host}{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}")
            .as_bytes(),
    );
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text:?}"));
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_ascii_lowercase(), body.to_owned())
}

const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn it_is_there_on_this_machine_or_when_asked_for() {
    let key = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keys/rsa-2048.pem");
    let everywhere = ["--listen", "0.0.0.0:0", "--base-url", "http://localhost:8080", "--key", key];
    let running = Running::start(&everywhere);
    for path in ["/preview", "/preview.js", "/preview.json", "/preview.css"] {
        assert_eq!(ask(&running, "GET", path, "", "").0, 404, "{path}");
    }
    let asked = Running::start(&[&everywhere[..], &["--preview"]].concat());
    assert_eq!(ask(&asked, "GET", "/preview", "", "").0, 403, "it is there, under its own name");
    let running = Running::start(&[]);
    for (path, kind) in
        [("/preview", "text/html"), ("/preview.js", "text/javascript"), ("/preview.css", "text/css")]
    {
        let (status, head, _) = ask(&running, "GET", path, "", "");
        assert_eq!(status, 200, "{path}");
        assert!(head.contains(&format!("content-type: {kind}; charset=utf-8")), "{head}");
        let policy = "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
        assert!(head.contains(policy) && head.contains("x-content-type-options: nosniff"), "{head}");
    }
    // Nothing that the policy would stop stands in the page.
    let page = ask(&running, "GET", "/preview", "", "").2;
    assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("onclick"), "{page}");
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(ask(&running, "GET", "/preview/more", "", "").0, 404);
    assert_eq!(ask(&running, "DELETE", "/preview.json", "", "").0, 405);
}

#[test]
fn it_tells_what_a_request_would_yield() {
    let running = Running::start(&["--preview"]);
    let (_, _, choices) = ask(&running, "GET", "/preview.json", "", "");
    let choices: Value = serde_json::from_str(&choices).unwrap();
    assert!(choices["clients"].as_array().unwrap().iter().any(|client| client["id"] == "0oademoweb"));
    let request = json!({"server": "default", "client": "0oademoservice", "grant": "client_credentials", "scope": "api.read"});
    let (status, _, preview) = ask(&running, "POST", "/preview.json", JSON, &request.to_string());
    let preview: Value = serde_json::from_str(&preview).unwrap();
    assert_eq!((status, &preview["accessToken"]["tenant_id"]), (200, &json!("tenant-123")));
    assert!(preview["text"].as_str().unwrap().starts_with("granted\n"));
    assert!(!preview.to_string().contains("eyJ"));
    let (status, _, wrong) = ask(
        &running,
        "POST",
        "/preview.json",
        JSON,
        r#"{"client": "nobody", "grant": "client_credentials"}"#,
    );
    assert_eq!((status, wrong.as_str()), (400, r#"{"error":"no client `nobody`"}"#));
}

/// A page of another site can neither ask nor read.
#[test]
fn it_is_for_this_site_alone() {
    let running = Running::start(&["--preview"]);
    let port = running.address.rsplit_once(':').unwrap().1;
    for host in ["evil.test", &format!("evil.test:{port}"), "127.0.0.1.evil.test", ""] {
        let header = format!("Host: {host}\r\n");
        for path in ["/preview", "/preview.json"] {
            assert_ne!(ask(&running, "GET", path, &header, "").0, 200, "{host}");
        }
    }
    assert_eq!(ask(&running, "GET", "/preview", &format!("Host: localhost:{port}\r\n"), "").0, 200);
    // What a form or a `no-cors` fetch may send is not read.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let header = format!("Content-Type: {kind}\r\n");
        let body = r#"{"client": "0oademoservice", "grant": "client_credentials"}"#;
        assert_eq!(ask(&running, "POST", "/preview.json", &header, body).0, 415, "{kind}");
    }
}
