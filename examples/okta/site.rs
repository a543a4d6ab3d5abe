//! The site: the issuer's paths, which are the library's to answer, and the two forms of the pages that it
//! asks for. What is decided here is who a browser's user is, and nothing about any client.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode};
use chancery::host::{Attempt, Clock as _, SystemClock, Throttle as _};
use chancery::model::{Org, User};
use chancery::types::{ClientId, Lifetime, Timestamp};
use chancery::{
    Answer, Call, ConsentDecision, ConsentPrompt, FailureThrottle, Fault, Form, Issuer, Login, LoginPrompt,
    Reply,
};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::ambient::Time;
use crate::pages::{self, OPTIONAL, Page, Problem, SignIn};
use crate::passwords::Passwords;
use crate::preview;
use crate::session::{Sessions, Visit};

/// How long a sign-in waits for its turn: checking a password keeps a core busy.
const TURN: Duration = Duration::from_secs(10);

/// The longest form that is moved into a URL.
const LONGEST_MOVED: usize = 8 * 1024;

/// Everything that answers requests.
pub(crate) struct Site {
    issuer: Issuer,
    sessions: Sessions,
    passwords: Passwords,
    throttle: FailureThrottle,
    turns: Semaphore,
    time: Time,
    /// Whether `/preview` is there.
    preview: bool,
    /// The path of the base URL: empty, or without a slash at the end.
    base: String,
}

/// One request to a page.
struct Asked<'a> {
    visit: Visit,
    form: Form<'a>,
    peer: &'a str,
    now: Timestamp,
}

impl Asked<'_> {
    fn interaction(&self) -> &str {
        self.form.get("interaction").unwrap_or("")
    }
}

/// Whose password it was.
enum Checked {
    User(Arc<User>),
    Not(Problem),
}

impl Site {
    pub(crate) fn new(issuer: Issuer, passwords: Passwords, time: Time, preview: bool) -> Self {
        let org = issuer.org();
        Self {
            sessions: Sessions::new(org.base()),
            base: org.base().path().to_owned(),
            passwords,
            // By user and peer: a stranger's guesses lock nobody out elsewhere.
            throttle: FailureThrottle::new(10, Lifetime::seconds(60)),
            turns: Semaphore::new(std::thread::available_parallelism().map_or(1, |cores| cores.get())),
            time,
            preview,
            issuer,
        }
    }

    /// The most that is read of a body.
    pub(crate) fn body_limit(&self) -> usize {
        self.issuer.limits().body
    }

    /// Answers a request.
    pub(crate) async fn answer(self: &Arc<Self>, head: &Parts, body: &[u8], peer: &str) -> Response<Body> {
        let now = self.time.now();
        let answer = match self.sessions.visit(&head.headers, now) {
            Ok(visit) => self.route(head, body, peer, visit, now).await,
            Err(fault) => Err(fault),
        };
        answer.unwrap_or_else(|_| show(pages::problem(500, "server_error", "Internal error.")))
    }

    async fn route(
        self: &Arc<Self>,
        head: &Parts,
        body: &[u8],
        peer: &str,
        visit: Visit,
        now: Timestamp,
    ) -> Result<Response<Body>, Fault> {
        let page = head.uri.path().strip_prefix(self.base.as_str());
        if let Some(page) = page.filter(|page| self.preview && page.starts_with("/preview")) {
            return Ok(preview::answer(&self.issuer, page, head, body).await);
        }
        let form = match (page, &head.method) {
            (Some("/signin" | "/consent"), &Method::POST) => Form::parse(body),
            (Some("/signin"), &Method::GET) => Form::parse(head.uri.query().unwrap_or("").as_bytes()),
            (Some(path @ ("/signin" | "/consent")), _) => return Ok(not_allowed(path)),
            _ => return self.library(head, body, peer, visit, now).await,
        };
        let Ok(form) = form else {
            return Ok(show(pages::problem(400, "invalid_request", "The form cannot be read.")));
        };
        let asked = Asked { visit, form, peer, now };
        match page {
            _ if head.method == Method::GET => self.again(asked, None).await,
            // Nothing of a form counts that this browser was not shown.
            _ if !asked.visit.showed(asked.form.get("csrf")) => self.again(asked, Some(Problem::Stale)).await,
            Some("/signin") => self.sign_in(asked).await,
            _ => self.consent(asked).await,
        }
    }

    /// The paths of the authorization servers.
    async fn library(
        &self,
        head: &Parts,
        body: &[u8],
        peer: &str,
        visit: Visit,
        now: Timestamp,
    ) -> Result<Response<Body>, Fault> {
        if let Some(location) = without_cookies(head, body, &visit, &self.base) {
            let mut response = bare(StatusCode::SEE_OTHER);
            response.headers_mut().insert(LOCATION, location);
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            return Ok(response);
        }
        let target = head.uri.path_and_query().map_or("", |target| target.as_str());
        let mut call = Call::new(head.method.as_str(), target).body(body).peer(peer);
        for (name, value) in &head.headers {
            call = call.header(name.as_str(), value);
        }
        let answer = self.issuer.answer(call, &visit.browser(peer)).await;
        self.show(answer, visit, None, now)
    }

    /// The page that the browser waits at.
    async fn again(&self, asked: Asked<'_>, problem: Option<Problem>) -> Result<Response<Body>, Fault> {
        let answer = self.issuer.interaction(asked.interaction(), &asked.visit.browser(asked.peer)).await;
        self.show(answer, asked.visit, problem, asked.now)
    }

    async fn sign_in(self: &Arc<Self>, mut asked: Asked<'_>) -> Result<Response<Body>, Fault> {
        let (interaction, browser) = (asked.interaction().to_owned(), asked.visit.browser(asked.peer));
        if asked.form.get("cancel").is_some() {
            let answer = self.issuer.cancel(&interaction, &browser).await;
            return self.show(answer, asked.visit, None, asked.now);
        }
        // Before the password: whether anybody waits for it.
        let waiting = self.issuer.interaction(&interaction, &browser).await;
        let client = match &waiting {
            Answer::Login(prompt) => (prompt.client_id().clone(), prompt.client_label().to_owned()),
            // Back from the consent page, to be somebody else.
            Answer::Consent(prompt) => (prompt.client_id().clone(), prompt.client_label().to_owned()),
            _ => return self.show(waiting, asked.visit, None, asked.now),
        };
        let identifier = asked.form.get("identifier").unwrap_or("").trim();
        let password = asked.form.get("password").unwrap_or("");
        match self.check(identifier, password, asked.peer).await? {
            Checked::User(user) => {
                let login = Login::new(user.id().clone(), asked.now)
                    .amr("pwd")
                    .acr("urn:okta:loa:1fa:pwd")
                    .session_id(self.sessions.public_id()?);
                let cookie = self.sessions.sign_in(&mut asked.visit, login.clone(), asked.now)?;
                let answer = self.issuer.login(&interaction, &asked.visit.browser(asked.peer), login).await;
                Ok(with_cookie(self.show(answer, asked.visit, None, asked.now)?, Some(cookie)))
            }
            Checked::Not(problem) => {
                let (id, label) = &client;
                let shown = SignIn { client: label, identifier, anew: false, problem: Some(problem) };
                let page = self.form(id, &interaction, &asked.visit, |form| pages::sign_in(form, &shown));
                let mut response = show(page);
                if let Problem::Throttled { seconds } = problem {
                    response.headers_mut().insert(RETRY_AFTER, seconds.into());
                }
                Ok(response)
            }
        }
    }

    async fn consent(&self, asked: Asked<'_>) -> Result<Response<Body>, Fault> {
        let (interaction, browser) = (asked.interaction(), asked.visit.browser(asked.peer));
        let shown = match self.issuer.interaction(interaction, &browser).await {
            Answer::Consent(prompt) => prompt,
            other => return self.show(other, asked.visit, None, asked.now),
        };
        // What is to be asked now need not be what the page asked.
        if asked.form.get("deny").is_none() && asked.form.get("asked") != Some(&*pages::asked(&shown)) {
            let answer = Answer::Consent(shown);
            return self.show(answer, asked.visit, Some(Problem::Stale), asked.now);
        }
        let decision = if asked.form.get("deny").is_some() {
            ConsentDecision::Deny
        } else if asked.form.get("allow").is_some() {
            let optional = shown.scopes().iter().map(|scope| scope.name());
            let ticked = |name: &&str| asked.form.get(&format!("{OPTIONAL}{name}")).is_some();
            ConsentDecision::Allow { optional: optional.filter(ticked).map(str::to_owned).collect() }
        } else {
            return Ok(show(pages::problem(400, "invalid_request", "The form says neither yes nor no.")));
        };
        let answer = self.issuer.consent(interaction, &browser, decision).await;
        self.show(answer, asked.visit, None, asked.now)
    }

    /// Whether this is the user's password.
    async fn check(self: &Arc<Self>, identifier: &str, password: &str, peer: &str) -> Result<Checked, Fault> {
        let user = find(&self.issuer.org(), identifier);
        // The same for all spellings of a name, whether there is such a user or not.
        let counted = identifier.split('@').next().unwrap_or("").to_ascii_lowercase();
        // Guesses are counted in real time, whatever time the issuer lives in.
        let attempt = || {
            let now = Timestamp::from_unix(SystemClock.unix_millis().div_euclid(1000));
            Attempt::new(&counted, Some(peer), now)
        };
        let Ok(Ok(_turn)) = timeout(TURN, self.turns.acquire()).await else {
            return Ok(Checked::Not(Problem::Busy));
        };
        // Asked when it is this one's turn: guesses that were sent at once are counted one by one.
        if let Some(seconds) = self.throttle.admit(attempt()).await? {
            return Ok(Checked::Not(Problem::Throttled { seconds }));
        }
        let (site, password) = (self.clone(), password.to_owned());
        let login = user.as_ref().filter(|user| user.is_active()).map(|user| user.login().to_owned());
        let fits = spawn_blocking(move || site.passwords.fit(login.as_deref(), &password)).await;
        match (user, fits) {
            (Some(user), Ok(true)) => Ok(Checked::User(user)),
            (_, Ok(_)) => {
                self.throttle.failed(attempt()).await?;
                Ok(Checked::Not(Problem::Wrong))
            }
            (_, Err(_)) => Err(Fault::internal("a password could not be checked")),
        }
    }

    /// Sends what the issuer wants, or shows it.
    fn show(
        &self,
        answer: Answer,
        mut visit: Visit,
        problem: Option<Problem>,
        now: Timestamp,
    ) -> Result<Response<Body>, Fault> {
        let page = match answer {
            Answer::Reply(reply) => return Ok(send(reply, None)),
            Answer::Error(error) => return Ok(show(pages::error(&error))),
            Answer::EndSession(end) => {
                let cookie = Some(self.sessions.sign_out(&visit));
                return Ok(match end.into_reply() {
                    Some(reply) => send(reply, cookie),
                    None => with_cookie(show(pages::signed_out()), cookie),
                });
            }
            Answer::Login(prompt) => {
                let cookie = self.sessions.remember(&mut visit, now)?;
                return Ok(with_cookie(show(self.sign_in_page(&prompt, &visit, problem)), cookie));
            }
            Answer::Consent(prompt) => {
                let cookie = self.sessions.remember(&mut visit, now)?;
                return Ok(with_cookie(show(self.consent_page(&prompt, &visit, problem)), cookie));
            }
            _ => pages::problem(500, "server_error", "Internal error."),
        };
        Ok(show(page))
    }

    fn sign_in_page(&self, prompt: &LoginPrompt, visit: &Visit, problem: Option<Problem>) -> Page {
        let org = self.issuer.org();
        let hinted = prompt.hinted_user().or_else(|| visit.user()).and_then(|user| org.user(user.as_str()));
        let expected = match prompt.hinted_user() {
            Some(_) => None,
            None => prompt.login_hint(),
        };
        let shown = SignIn {
            client: prompt.client_label(),
            identifier: expected.or_else(|| hinted.map(|user| user.login())).unwrap_or(""),
            anew: prompt.must_authenticate() && visit.user().is_some(),
            problem,
        };
        self.form(prompt.client_id(), prompt.interaction(), visit, |form| pages::sign_in(form, &shown))
    }

    fn consent_page(&self, prompt: &ConsentPrompt, visit: &Visit, problem: Option<Problem>) -> Page {
        let stale = problem.is_some();
        self.form(prompt.client_id(), prompt.interaction(), visit, |form| pages::consent(form, prompt, stale))
    }

    fn form(
        &self,
        client: &ClientId,
        interaction: &str,
        visit: &Visit,
        page: impl FnOnce(&pages::Form<'_>) -> Page,
    ) -> Page {
        let org = self.issuer.org();
        let mut leads_to = vec!["https:".to_owned()];
        for uri in org.client(client.as_str()).map_or(&[][..], |client| client.redirect_uris()) {
            let scheme = uri.split(':').next().unwrap_or("");
            let scheme = format!("{scheme}:");
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.:".contains(&byte);
            if scheme.bytes().all(plain) && !leads_to.contains(&scheme) {
                leads_to.push(scheme);
            }
        }
        let leads_to: Vec<&str> = leads_to.iter().map(String::as_str).collect();
        page(&pages::Form { base: &self.base, interaction, csrf: visit.csrf(), leads_to: &leads_to })
    }
}

/// The user of this name, as Okta finds users: in any case, and without what follows the `@` where that
/// names but one.
fn find(org: &Org, identifier: &str) -> Option<Arc<User>> {
    let by = |same: &dyn Fn(&str) -> bool| {
        let mut found = org.users().filter(|user| same(user.login()));
        found.next().filter(|_| found.next().is_none()).cloned()
    };
    let short =
        |login: &str| login.split('@').next().is_some_and(|name| name.eq_ignore_ascii_case(identifier));
    by(&|login| login == identifier)
        .or_else(|| by(&|login| login.eq_ignore_ascii_case(identifier)))
        .or_else(|| by(&short))
}

/// Where to go instead with a form that another site's page sent: browsers send no `SameSite=Lax` cookie
/// along with those, and to answer would take the cookie that there is away. The same as a GET has it.
fn without_cookies(head: &Parts, body: &[u8], visit: &Visit, base: &str) -> Option<HeaderValue> {
    let header = |name| head.headers.get(name).map_or(&b""[..], HeaderValue::as_bytes);
    let path = head.uri.path();
    let moved = head.method == Method::POST
        && visit.is_new()
        && header("sec-fetch-site") == b"cross-site"
        && header("sec-fetch-mode") == b"navigate"
        && header("content-type").starts_with(b"application/x-www-form-urlencoded")
        // Of this site: a path may begin with two slashes, and as a location would lead elsewhere.
        && path.strip_prefix(base).is_some_and(|path| path.starts_with("/oauth2/"))
        && (path.ends_with("/v1/authorize") || path.ends_with("/v1/logout"))
        && head.uri.query().is_none()
        && body.len() <= LONGEST_MOVED
        && body.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'#');
    let query = std::str::from_utf8(body).ok().filter(|_| moved)?;
    HeaderValue::from_str(&format!("{path}?{query}")).ok()
}

fn show(page: Page) -> Response<Body> {
    let mut response = Response::builder().status(page.status);
    for (name, value) in page.headers() {
        response = response.header(name, value);
    }
    response.body(Body::from(page.into_body())).unwrap_or_else(|_| bare(StatusCode::INTERNAL_SERVER_ERROR))
}

fn send(reply: Reply, cookie: Option<String>) -> Response<Body> {
    let mut response = Response::builder().status(reply.status());
    for (name, value) in reply.headers() {
        response = response.header(name, value);
    }
    let response = response.body(Body::from(reply.into_body()));
    with_cookie(response.unwrap_or_else(|_| bare(StatusCode::INTERNAL_SERVER_ERROR)), cookie)
}

fn with_cookie(mut response: Response<Body>, cookie: Option<String>) -> Response<Body> {
    if let Some(Ok(cookie)) = cookie.map(HeaderValue::try_from) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn not_allowed(path: &str) -> Response<Body> {
    let mut response =
        show(pages::problem(405, "invalid_request", "This is not how this page is asked for."));
    let allow = if path == "/signin" { "GET, POST" } else { "POST" };
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    response
}

pub(crate) fn bare(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
