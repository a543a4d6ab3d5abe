//! The async shell: loads what the pure steps need, calls them in order, stores, signs, answers.
//! It decides nothing itself.

mod answer;
mod authorize;
mod client;
mod consents;
mod customize;
mod deadline;
mod events;
mod grants;
mod hand_over;
mod http;
mod inspect;
mod interactions;
mod issue;
mod logout;
mod metadata;
mod preview;
mod token;

pub use answer::{Answer, Browser, ConsentPrompt, ConsentScope, ErrorPage, LoginPrompt};
pub use logout::EndSession;
pub use preview::{PreviewError, PreviewRequest};

use self::events::Listening;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::adapters::MemoryGrants;
use crate::error::{Error, Fault, Refusal};
use crate::flow::{AssertionRules, Served};
use crate::host::erased::{Boxed, ErasedDirectory, ErasedGrants, ErasedHook, ErasedKeys, ErasedThrottle};
use crate::host::{
    Clock, Directory, Entropy, Events, GrantStore, KeyStore, SystemClock, SystemEntropy, Throttle, Timer,
    TokenHook,
};
use crate::model::{Org, RegisteredClient};
use crate::types::ClientId;
use crate::wire::{Call, ServerPath};

/// Issues the tokens of one organisation. Cheap to clone; all clones are the same issuer. A process
/// can hold as many as it has organisations, and they share nothing unless the host makes them.
///
/// ```
/// use chancery::jose::{Algorithm, PrivateKey};
/// use chancery::model::{AccessPolicy, AuthorizationServer, Client, Org, Rule, Scope};
/// use chancery::types::GrantType;
/// use chancery::{Issuer, LocalKeys};
///
/// let org = Org::builder("https://id.example.com")
///     .server(AuthorizationServer::new("default").audience("api://orders")
///         .signing(Algorithm::Es256)
///         .scope(Scope::new("orders:read"))
///         .policy(AccessPolicy::for_all_clients("everybody").rule(
///             Rule::new("machines").grant(GrantType::ClientCredentials).any_scope())))
///     .client(Client::service("0oa1orders").secret("correct-horse-battery-staple-42"))
///     .build()?;
/// let issuer = Issuer::new(org, LocalKeys::new(PrivateKey::generate(Algorithm::Es256)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Issuer(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    org: Arc<RwLock<Arc<Org>>>,
    keys: Arc<dyn ErasedKeys>,
    grants: Arc<dyn ErasedGrants>,
    /// `None`: the clients and users of the organisation itself.
    directory: Option<Arc<dyn ErasedDirectory>>,
    throttle: Option<Arc<dyn ErasedThrottle>>,
    token_hook: Option<Arc<dyn ErasedHook>>,
    events: Option<Arc<Listening>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    timer: Option<Arc<dyn Timer>>,
    limits: Limits,
    assertion_rules: AssertionRules,
}

/// Bounds on one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The largest body that is read, in bytes; 64 kB.
    pub body: usize,
    /// How long one call of a host part may take, where there is a [`Timer`]; 2 seconds.
    pub host_call: Duration,
    /// How long a token inline hook may take to answer, where there is a [`Timer`]; 3 seconds.
    pub hook: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 64 * 1024, host_call: Duration::from_secs(2), hook: Duration::from_secs(3) }
    }
}

impl Issuer {
    /// An issuer for an organisation that signs with these keys: grants in memory, the clients and
    /// users of the organisation itself, the system's clock and randomness, no throttle.
    pub fn new(org: Org, keys: impl KeyStore) -> Self {
        Self(Arc::new(Parts {
            org: Arc::new(RwLock::new(Arc::new(org))),
            keys: Arc::new(keys),
            grants: Arc::new(MemoryGrants::default()),
            directory: None,
            throttle: None,
            token_hook: None,
            events: None,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy::default()),
            timer: None,
            limits: Limits::default(),
            assertion_rules: AssertionRules::default(),
        }))
    }

    fn with(self, change: impl FnOnce(&mut Parts)) -> Self {
        let mut parts = Arc::unwrap_or_clone(self.0);
        change(&mut parts);
        Self(Arc::new(parts))
    }

    /// Keeps grants elsewhere; needed as soon as two processes serve one organisation.
    #[must_use]
    pub fn with_grants(self, grants: impl GrantStore) -> Self {
        self.with(|parts| parts.grants = Arc::new(grants))
    }

    /// Looks clients, users and groups up in a directory instead of the organisation's own lists.
    #[must_use]
    pub fn with_directory(self, directory: impl Directory) -> Self {
        self.with(|parts| parts.directory = Some(Arc::new(directory)))
    }

    /// Limits attempts to authenticate.
    #[must_use]
    pub fn with_throttle(self, throttle: impl Throttle) -> Self {
        self.with(|parts| parts.throttle = Some(Arc::new(throttle)))
    }

    /// Calls token inline hooks. Without it, what a rule with a hook decides is refused.
    #[must_use]
    pub fn with_token_hook(self, hook: impl TokenHook) -> Self {
        self.with(|parts| parts.token_hook = Some(Arc::new(hook)))
    }

    /// Tells what happens: what is issued, refused, revoked, and what looks like an attack.
    #[must_use]
    pub fn with_events(self, events: impl Events) -> Self {
        self.with(|parts| parts.events = Some(Arc::new(Listening::new(events))))
    }

    /// Takes the time from elsewhere.
    #[must_use]
    pub fn with_clock(self, clock: impl Clock) -> Self {
        self.with(|parts| parts.clock = Arc::new(clock))
    }

    /// Takes randomness from elsewhere. Token ids, and all that must not be guessed, come from it.
    #[must_use]
    pub fn with_entropy(self, entropy: impl Entropy) -> Self {
        self.with(|parts| parts.entropy = Arc::new(entropy))
    }

    /// Bounds every call of a host part by [`Limits::host_call`].
    #[must_use]
    pub fn with_timer(self, timer: impl Timer) -> Self {
        self.with(|parts| parts.timer = Some(Arc::new(timer)))
    }

    /// Sets the bounds on requests.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        self.with(|parts| parts.limits = limits)
    }

    /// Sets how strictly client assertions are read.
    #[must_use]
    pub fn with_assertion_rules(self, rules: AssertionRules) -> Self {
        self.with(|parts| parts.assertion_rules = rules)
    }

    /// The organisation as it is now.
    pub fn org(&self) -> Arc<Org> {
        self.0.org.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another organisation in place of this one, for all clones at once. Requests in hand end
    /// with the one they began with; grants and keys stay.
    pub fn replace_org(&self, org: Org) {
        *self.0.org.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(org);
    }

    /// The bounds on requests, for the host that reads bodies.
    pub fn limits(&self) -> Limits {
        self.0.limits
    }

    fn now_millis(&self) -> i64 {
        self.0.clock.unix_millis()
    }

    /// The server of a path segment, under its configured issuer.
    fn served<'a>(org: &'a Org, segment: &str) -> Result<Served<'a>, Error> {
        match org.server(segment) {
            Some(server) => Ok(Served::new(server)),
            None => Err(Refusal::UnknownServer { id: segment.to_owned() }.into()),
        }
    }

    /// The same, for what anybody may ask. Whoever asks about an inactive server is told that there is
    /// none, under the name that was asked for.
    fn published<'a>(org: &'a Org, segment: &str) -> Result<Served<'a>, Error> {
        match Self::served(org, segment) {
            Ok(served) if !served.server.is_active() => {
                Err(Refusal::UnknownServer { id: segment.to_owned() }.into())
            }
            found => found,
        }
    }

    /// The server of a path that only browsers are sent to.
    fn at<'a>(org: &'a Org, server: &ServerPath<'_>, call: &Call<'_>) -> Result<Served<'a>, Error> {
        let served = match server {
            ServerPath::Org => Self::served_org(org)?,
            ServerPath::Custom(segment) => Self::published(org, segment)?,
        };
        Ok(served.under_host(call.values("host").next()))
    }

    fn served_org(org: &Org) -> Result<Served<'_>, Error> {
        Ok(Served::new(org.org_server().ok_or_else(|| Fault::internal("no org server"))?))
    }

    async fn client(&self, org: &Org, id: &str) -> Result<Option<Arc<RegisteredClient>>, Fault> {
        match &self.0.directory {
            None => Ok(org.client(id).cloned()),
            Some(directory) => {
                let id = ClientId::new(id);
                let found = self.bounded(directory.client(&id)).await?;
                // A directory that folds case, or worse, must not turn one client into another.
                Ok(found.filter(|client| *client.id() == id))
            }
        }
    }

    /// Waits for a host part, no longer than it may take.
    async fn bounded<T>(&self, call: Boxed<'_, T>) -> Result<T, Fault> {
        match &self.0.timer {
            None => call.await,
            Some(timer) => deadline::race(call, timer.sleep(self.0.limits.host_call)).await,
        }
    }
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer").field("base", &self.org().base).finish_non_exhaustive()
    }
}
