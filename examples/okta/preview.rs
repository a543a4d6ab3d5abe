//! The page `/preview`: what a request would yield, and why. For whoever runs the issuer: it shows
//! everybody's claims to whoever reaches it, so it is there on this machine's own addresses, and elsewhere with
//! `--preview` only.

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use chancery::model::{Org, ServerKind};
use chancery::{Issuer, PreviewRequest};
use serde_json::{Value, json};

use crate::site::bare;

const PAGE: &str = include_str!("preview/page.html");
const SCRIPT: &str = include_str!("preview/preview.js");
const STYLE: &str = concat!(include_str!("style.css"), include_str!("preview/preview.css"));

/// Everything from this site, nothing written into the page, and nothing sent anywhere else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Answers a request under `/preview`; `page` is the path behind the base URL's.
pub(crate) async fn answer(issuer: &Issuer, page: &str, head: &Parts, body: &[u8]) -> Response<Body> {
    if !is_ours(&issuer.org(), &head.headers) {
        return send(StatusCode::FORBIDDEN, "text/plain", "Ask under the issuer's own name.".to_owned());
    }
    match (page, &head.method) {
        ("/preview", &Method::GET) => send(StatusCode::OK, "text/html; charset=utf-8", PAGE.to_owned()),
        ("/preview.js", &Method::GET) => {
            send(StatusCode::OK, "text/javascript; charset=utf-8", SCRIPT.to_owned())
        }
        ("/preview.css", &Method::GET) => send(StatusCode::OK, "text/css; charset=utf-8", STYLE.to_owned()),
        ("/preview.json", &Method::GET) => send_json(StatusCode::OK, &choices(&issuer.org())),
        ("/preview.json", &Method::POST) => previewed(issuer, &head.headers, body).await,
        ("/preview" | "/preview.js" | "/preview.css" | "/preview.json", _) => {
            bare(StatusCode::METHOD_NOT_ALLOWED)
        }
        _ => bare(StatusCode::NOT_FOUND),
    }
}

async fn previewed(issuer: &Issuer, headers: &HeaderMap, body: &[u8]) -> Response<Body> {
    // What another site's page can send without asking first is never this type.
    let is_json =
        headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let Ok(text) = std::str::from_utf8(body) else { return bare(StatusCode::BAD_REQUEST) };
    if !is_json {
        return bare(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let preview = match PreviewRequest::from_json(text) {
        Ok(request) => issuer.preview(&request).await,
        Err(error) => Err(error),
    };
    match preview {
        Ok(preview) => {
            let mut answer = json!(preview);
            if let Some(members) = answer.as_object_mut() {
                members.insert("text".to_owned(), preview.trace.to_string().into());
            }
            send_json(StatusCode::OK, &answer)
        }
        Err(error) => send_json(StatusCode::BAD_REQUEST, &json!({ "error": error.to_string() })),
    }
}

/// Whether the request names the host of the base URL, or this machine: a name that somebody else made
/// lead here is not ours.
fn is_ours(org: &Org, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let own = org.base().origin();
    let own = own.split("://").nth(1).unwrap_or("");
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    host.eq_ignore_ascii_case(own) || matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// What there is to choose from.
fn choices(org: &Org) -> Value {
    let servers = org.servers().map(|server| {
        let scopes = server.scopes().map(|scope| scope.name().as_str());
        json!({
            "id": if server.kind() == ServerKind::Org { Value::Null } else { server.id().as_str().into() },
            "name": server.name(),
            "audiences": server.audiences().collect::<Vec<_>>(),
            "scopes": scopes.collect::<Vec<_>>(),
        })
    });
    let mut clients: Vec<_> = org.clients().collect();
    clients.sort_by(|a, b| a.label().cmp(b.label()));
    let clients = clients.into_iter().map(
        |client| json!({ "id": client.id().as_str(), "label": client.label(), "grants": client.grants() }),
    );
    let mut users: Vec<_> = org.users().collect();
    users.sort_by(|a, b| a.login().cmp(b.login()));
    let users = users
        .into_iter()
        .map(|user| json!({ "id": user.id().as_str(), "login": user.login(), "groups": user.groups() }));
    let mut groups: Vec<_> = org.groups().filter(|group| group.id() != org.everyone().as_str()).collect();
    groups.sort_by(|a, b| a.name().cmp(b.name()));
    let groups = groups.into_iter().map(|group| json!({ "id": group.id(), "name": group.name() }));
    json!({
        "servers": servers.collect::<Vec<_>>(),
        "clients": clients.collect::<Vec<_>>(),
        "users": users.collect::<Vec<_>>(),
        "groups": groups.collect::<Vec<_>>(),
    })
}

fn send_json(status: StatusCode, json: &Value) -> Response<Body> {
    send(status, "application/json", json.to_string())
}

fn send(status: StatusCode, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers: [(HeaderName, &'static str); 5] = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
