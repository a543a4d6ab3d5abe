//! A request and its answer as plain values, whatever HTTP stack carries them.

use crate::error::{Error, Fault, FaultKind, Refusal, Wire, WireBody};

/// One HTTP request as the issuer needs it, borrowed from whatever the host holds.
///
/// ```
/// use chancery::Call;
/// let call = Call::new("POST", "/oauth2/default/v1/token")
///     .header("Content-Type", b"application/x-www-form-urlencoded")
///     .body(b"grant_type=client_credentials")
///     .peer("192.0.2.7");
/// ```
#[derive(Clone)]
pub struct Call<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: Vec<(&'a str, &'a [u8])>,
    pub(crate) body: &'a [u8],
    pub(crate) peer: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// A request line: the method, and the path with its query as sent (`/oauth2/…?…`).
    pub fn new(method: &'a str, target: &'a str) -> Self {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        Self { method, path, query, headers: Vec::new(), body: &[], peer: None }
    }

    /// Adds a header; names are compared without case, and a repeated one counts as repeated.
    #[must_use]
    pub fn header(mut self, name: &'a str, value: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.headers.push((name, value.as_ref()));
        self
    }

    /// Sets the body. The host should stop reading past [`Limits::body`](crate::Limits::body).
    #[must_use]
    pub fn body(mut self, body: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.body = body.as_ref();
        self
    }

    /// Names the peer, as throttling sees it: its IP address, behind whatever proxies the host trusts.
    #[must_use]
    pub fn peer(mut self, peer: &'a str) -> Self {
        self.peer = Some(peer);
        self
    }

    pub(crate) fn values(&self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }
}

impl std::fmt::Debug for Call<'_> {
    /// Without headers, query and body: they hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("method", &self.method).field("path", &self.path).finish_non_exhaustive()
    }
}

/// The answer: a status, headers and a body for the host to send as they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Reply {
    /// An answer of the host's own, without headers: for tests of an adapter, or to send its pages the same way.
    ///
    /// ```
    /// use chancery::Reply;
    /// let reply = Reply::new(404).with_header("Cache-Control", "no-store").with_body("There is nothing here.");
    /// assert_eq!(reply.header("cache-control"), Some("no-store"));
    /// ```
    pub fn new(status: u16) -> Self {
        Self::empty(status)
    }

    /// Adds a header. It is sent as it is: control characters are for the caller to keep out.
    #[must_use]
    pub fn with_header(self, name: &'static str, value: impl Into<String>) -> Self {
        self.with(name, value)
    }

    /// Sets the body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Header names and values.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// A header's value; names are compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The body.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The body, taken.
    pub fn into_body(self) -> String {
        self.body
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    /// A JSON answer that nobody may keep: tokens and errors (RFC 6749 §5.1).
    pub(crate) fn json(status: u16, body: String) -> Self {
        Self::cached_json(status, body, "no-store".to_owned()).with("Pragma", "no-cache")
    }

    /// A JSON answer with a cache rule of its own.
    pub(crate) fn cached_json(status: u16, body: String, cache: String) -> Self {
        let mut headers = Vec::with_capacity(8);
        headers.push(("Content-Type", "application/json;charset=UTF-8".to_owned()));
        headers.push(("Cache-Control", cache));
        headers.push(("X-Content-Type-Options", "nosniff".to_owned()));
        Self { status, headers, body }
    }

    /// Sends the browser elsewhere; nobody may keep the answer, nor tell the next site where it came from.
    pub(crate) fn redirect(location: String) -> Self {
        Self::private(302, String::new()).with("Location", location)
    }

    /// A page that nobody may keep.
    pub(crate) fn html(status: u16, body: String) -> Self {
        Self::private(status, body)
            .with("Content-Type", "text/html;charset=UTF-8")
            .with("X-Content-Type-Options", "nosniff")
    }

    fn private(status: u16, body: String) -> Self {
        Self { body, ..Self::empty(status) }
            .with("Cache-Control", "no-store")
            .with("Pragma", "no-cache")
            .with("Referrer-Policy", "no-referrer")
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The answer to a request that yields nothing. `error_id` fills the member of that name in
    /// the errors that have Okta's management shape.
    pub(crate) fn error(error: &Error, error_id: &str) -> Self {
        match error {
            Error::Refused(refusal) => Self::refusal(refusal, error_id),
            Error::Fault(fault) => Self::fault(fault),
        }
    }

    fn refusal(refusal: &Refusal, error_id: &str) -> Self {
        let Wire { status, body } = refusal.wire();
        let reply = Self::json(status, error_body(&body, error_id));
        match refusal {
            Refusal::MethodNotAllowed { allow } => reply.with("Allow", *allow),
            Refusal::Throttled { retry_after } => reply.with("Retry-After", retry_after.to_string()),
            _ => reply,
        }
    }

    fn fault(fault: &Fault) -> Self {
        let Wire { status, body } = fault.kind().wire();
        let reply = Self::json(status, error_body(&body, ""));
        match fault.kind() {
            FaultKind::Unavailable => reply.with("Retry-After", "1"),
            FaultKind::Internal => reply,
        }
    }
}

fn error_body(body: &WireBody, error_id: &str) -> String {
    match body {
        WireBody::OAuth { error, description } => {
            serde_json::json!({"error": error, "error_description": description})
        }
        WireBody::Management { code, summary } => serde_json::json!({
            "errorCode": code, "errorSummary": summary, "errorLink": code,
            "errorId": error_id, "errorCauses": [],
        }),
    }
    .to_string()
}

impl std::fmt::Debug for Reply {
    /// Without the body: it can hold a token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).finish_non_exhaustive()
    }
}
