//! Browsers, and who is signed in at them. A cookie holds a random id and nothing else; what it stands
//! for is kept here, in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chancery::host::{Entropy as _, SystemEntropy};
use chancery::types::{BaseUri, Lifetime, Timestamp, UserId};
use chancery::{Browser, Fault, Login};
use ring::digest::{SHA256, digest};

/// How long a browser without a sign-in is remembered; as long as the issuer's requests wait.
const VISIT: Lifetime = Lifetime::minutes(60);

/// How long a sign-in lasts.
const SESSION: Lifetime = Lifetime::minutes(12 * 60);

/// The most that each of the two tables holds. Visitors cost nothing to make, so they have a table of
/// their own: filling it ends nobody's session.
const MOST: usize = 20_000;

/// One browser as it is at this request.
pub(crate) struct Visit {
    /// What the cookie holds; `None` as long as the browser was not given one.
    cookie: Option<String>,
    state: State,
}

#[derive(Clone)]
struct State {
    /// Names the browser to the issuer. Not what the cookie holds, which changes at sign-in: requests that
    /// wait go on, and who knew the cookie before does not know it after.
    browser: String,
    csrf: String,
    login: Option<Login>,
    ends: Timestamp,
}

impl Visit {
    /// The browser, as the issuer wants to know it, and the address it is at.
    pub(crate) fn browser<'a>(&'a self, peer: &'a str) -> Browser<'a> {
        let browser = Browser::new(&self.state.browser).peer(peer);
        match &self.state.login {
            Some(login) => browser.signed_in(login),
            None => browser,
        }
    }

    /// Who is signed in.
    pub(crate) fn user(&self) -> Option<&UserId> {
        self.state.login.as_ref().map(Login::user)
    }

    /// Whether it came without a cookie that is known.
    pub(crate) fn is_new(&self) -> bool {
        self.cookie.is_none()
    }

    /// What this browser's forms send along.
    pub(crate) fn csrf(&self) -> &str {
        &self.state.csrf
    }

    /// Whether a form is one that this browser was shown.
    pub(crate) fn showed(&self, csrf: Option<&str>) -> bool {
        self.cookie.is_some() && csrf.is_some_and(|csrf| same(csrf.as_bytes(), self.state.csrf.as_bytes()))
    }
}

/// Whether two secrets are equal, in a time that does not tell how much of them is.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    // Of hashes, so that lengths do not tell either.
    let (a, b) = (digest(&SHA256, a), digest(&SHA256, b));
    let differ = a.as_ref().iter().zip(b.as_ref()).fold(0, |differ, (a, b)| differ | (a ^ b));
    std::hint::black_box(differ) == 0
}

/// All browsers.
pub(crate) struct Sessions {
    cookie: Cookie,
    entropy: SystemEntropy,
    visitors: Mutex<Table>,
    signed_in: Mutex<Table>,
}

impl Sessions {
    /// For an issuer at this URL.
    pub(crate) fn new(base: &BaseUri) -> Self {
        Self {
            cookie: Cookie::under(base),
            // Always the system's: `--seed` is for tokens, and a session must never be foretold.
            entropy: SystemEntropy::default(),
            visitors: Mutex::default(),
            signed_in: Mutex::default(),
        }
    }

    /// The browser that sent these headers. One that is not known is new, and forgotten again unless
    /// [`Sessions::remember`] is called.
    pub(crate) fn visit(&self, headers: &HeaderMap, now: Timestamp) -> Result<Visit, Fault> {
        if let Some(cookie) = self.cookie.read(headers) {
            let known =
                [&self.signed_in, &self.visitors].into_iter().find_map(|table| lock(table).get(cookie, now));
            if let Some(state) = known {
                return Ok(Visit { cookie: Some(cookie.to_owned()), state });
            }
        }
        let state =
            State { browser: self.random()?, csrf: self.random()?, login: None, ends: now.plus(VISIT) };
        Ok(Visit { cookie: None, state })
    }

    /// Gives the browser a cookie if it has none: the header that sets it.
    pub(crate) fn remember(&self, visit: &mut Visit, now: Timestamp) -> Result<Option<String>, Fault> {
        if visit.cookie.is_some() {
            return Ok(None);
        }
        let id = self.random()?;
        lock(&self.visitors).put(&id, visit.state.clone(), now);
        let header = self.cookie.set(&id);
        visit.cookie = Some(id);
        Ok(Some(header))
    }

    /// Signs in, under a new id: whoever may have planted the old one has nothing. The header that sets it.
    pub(crate) fn sign_in(&self, visit: &mut Visit, login: Login, now: Timestamp) -> Result<String, Fault> {
        let id = self.random()?;
        self.forget(visit);
        visit.state = State {
            csrf: self.random()?,
            login: Some(login),
            ends: now.plus(SESSION),
            ..visit.state.clone()
        };
        lock(&self.signed_in).put(&id, visit.state.clone(), now);
        let header = self.cookie.set(&id);
        visit.cookie = Some(id);
        Ok(header)
    }

    /// Signs out: the header that takes the cookie away.
    pub(crate) fn sign_out(&self, visit: &Visit) -> String {
        self.forget(visit);
        self.cookie.clear()
    }

    fn forget(&self, visit: &Visit) {
        if let Some(cookie) = &visit.cookie {
            lock(&self.signed_in).remove(cookie);
            lock(&self.visitors).remove(cookie);
        }
    }

    /// A name for a session that may stand in tokens.
    pub(crate) fn public_id(&self) -> Result<String, Fault> {
        Ok(format!("102{}", self.random()?))
    }

    fn random(&self) -> Result<String, Fault> {
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes)?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// Browsers by the hashes of their ids: neither a look into memory nor the time of a look-up gives an id
/// away.
#[derive(Default)]
struct Table(HashMap<[u8; 32], State>);

impl Table {
    fn get(&self, id: &str, now: Timestamp) -> Option<State> {
        self.0.get(&key(id)).filter(|state| state.ends > now).cloned()
    }

    fn remove(&mut self, id: &str) {
        self.0.remove(&key(id));
    }

    fn put(&mut self, id: &str, state: State, now: Timestamp) {
        if self.0.len() >= MOST {
            self.0.retain(|_, state| state.ends > now);
        }
        if self.0.len() >= MOST {
            // Half of them at once, so that this is seldom.
            let mut ends: Vec<Timestamp> = self.0.values().map(|state| state.ends).collect();
            let (_, middle, _) = ends.select_nth_unstable(MOST / 2);
            let (middle, mut spare) = (*middle, MOST / 2);
            self.0.retain(|_, state| {
                let goes = state.ends <= middle && spare > 0;
                spare -= usize::from(goes);
                !goes
            });
        }
        self.0.insert(key(id), state);
    }
}

fn key(id: &str) -> [u8; 32] {
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(digest(&SHA256, id.as_bytes()).as_ref()) {
        *to = *from;
    }
    key
}

fn lock(table: &Mutex<Table>) -> std::sync::MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The cookie's name and where it is sent.
struct Cookie {
    name: String,
    attributes: String,
}

impl Cookie {
    fn under(base: &BaseUri) -> Self {
        let path = if base.path().is_empty() { "/" } else { base.path() };
        let attributes = format!("Path={path}; HttpOnly; SameSite=Lax");
        match base.origin().strip_prefix("https://") {
            // The prefixes are promises that browsers enforce: no other host, no other scheme sets it.
            Some(_) if path == "/" => {
                Self { name: "__Host-chancery".to_owned(), attributes: format!("{attributes}; Secure") }
            }
            Some(_) => {
                Self { name: "__Secure-chancery".to_owned(), attributes: format!("{attributes}; Secure") }
            }
            None => {
                // Cookies do not tell ports apart, and laptops run several servers.
                let port = base.origin().rsplit_once(':').map_or("", |(_, port)| port);
                let port = if port.bytes().all(|byte| byte.is_ascii_digit()) { port } else { "" };
                Self { name: format!("chancery{port}"), attributes }
            }
        }
    }

    fn set(&self, id: &str) -> String {
        format!("{}={id}; {}", self.name, self.attributes)
    }

    fn clear(&self) -> String {
        format!("{}=; {}; Max-Age=0", self.name, self.attributes)
    }

    /// Its value. Of two, one was planted, and nobody can tell which: neither counts.
    fn read<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let pairs = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
        let mut values = pairs
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter_map(|(name, value)| (name == self.name).then_some(value));
        match (values.next(), values.next()) {
            (Some(value), None) => Some(value),
            _ => None,
        }
    }
}
