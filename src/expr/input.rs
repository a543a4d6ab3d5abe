//! What a program may read: everything is borrowed, and nothing else exists for an expression.

use serde_json::{Map, Value as Json};

use super::group::Groups;

/// The values that an evaluation sees. `Default` knows nothing: a user without attributes who is in no group.
///
/// ```
/// use chancery::expr::{Compiler, Inputs, User};
///
/// let profile = serde_json::json!({ "department": "Engineering" });
/// let inputs = Inputs::default().with_user(User::default().with_profile(profile.as_object().unwrap()));
/// let program = Compiler::new().compile("user.department")?;
/// assert_eq!(program.evaluate(&inputs)?.as_str(), Some("Engineering"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    pub(super) user: Option<User<'a>>,
    pub(super) groups: Groups<'a>,
    pub(super) app: App<'a>,
    pub(super) app_user: AppUser<'a>,
    pub(super) session: Session<'a>,
    pub(super) scopes: Option<Texts<'a>>,
    pub(super) org: Option<&'a Json>,
    pub(super) idp_user: Option<&'a Json>,
    pub(super) source: Option<&'a Json>,
    pub(super) device: Option<&'a Json>,
    pub(super) security: Option<&'a Json>,
    pub(super) login: Option<&'a Json>,
    pub(super) access_request: Option<&'a Json>,
    pub(super) password: Option<&'a Json>,
    pub(super) event: Option<&'a Json>,
    pub(super) variables: Option<&'a Map<String, Json>>,
    pub(super) token_claims: Option<&'a Map<String, Json>>,
    pub(super) relations: Option<&'a Json>,
    pub(super) directory_users: &'a [Json],
    pub(super) workday_users: &'a [Json],
    pub(super) now: Option<i64>,
    pub(super) flow: Flow,
}

/// Written by hand because "no user" must be said, not forgotten.
impl Default for Inputs<'_> {
    fn default() -> Self {
        Inputs {
            user: Some(User::default()),
            groups: Groups::Owned(&[]),
            app: App::default(),
            app_user: AppUser::Unknown,
            session: Session::default(),
            scopes: None,
            org: None,
            idp_user: None,
            source: None,
            device: None,
            security: None,
            login: None,
            access_request: None,
            password: None,
            event: None,
            variables: None,
            token_claims: None,
            relations: None,
            directory_users: &[],
            workday_users: &[],
            now: None,
            flow: Flow::default(),
        }
    }
}

/// The user's profile in the app that the token is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum AppUser<'a> {
    /// There is one, without attributes.
    Unknown,
    /// There is none: the client credentials flow.
    Nobody,
    Known(&'a Map<String, Json>),
}

#[rustfmt::skip]
impl<'a> Inputs<'a> {
    /// The user whom the expression is about.
    #[must_use]
    pub fn with_user(mut self, user: User<'a>) -> Self { self.user = Some(user); self }

    /// There is no user and no app user, as in the client credentials flow: `user` and `appuser` are null, and group
    /// functions fail.
    #[must_use]
    pub fn without_user(mut self) -> Self { self.user = None; self.app_user = AppUser::Nobody; self }

    /// The groups the user is in, in the order in which expressions see them.
    #[must_use]
    pub fn with_groups(mut self, groups: impl Into<Groups<'a>>) -> Self { self.groups = groups.into(); self }

    /// The app that the token is for.
    #[must_use]
    pub fn with_app(mut self, app: App<'a>) -> Self { self.app = app; self }

    /// `appuser`: the user's profile in the app.
    #[must_use]
    pub fn with_app_user(mut self, profile: &'a Map<String, Json>) -> Self { self.app_user = AppUser::Known(profile); self }

    /// `appuser` is null.
    #[must_use]
    pub fn without_app_user(mut self) -> Self { self.app_user = AppUser::Nobody; self }

    /// `session.id` and `session.amr`.
    #[must_use]
    pub fn with_session(mut self, session: Session<'a>) -> Self { self.session = session; self }

    /// `access.scope`: the scopes granted.
    #[must_use]
    pub fn with_scopes(mut self, scopes: impl Into<Texts<'a>>) -> Self { self.scopes = Some(scopes.into()); self }

    /// `org`: an object with `name` and `subDomain`.
    #[must_use]
    pub fn with_org(mut self, org: &'a Json) -> Self { self.org = Some(org); self }

    /// `idpuser`: the user as an identity provider sent it.
    #[must_use]
    pub fn with_idp_user(mut self, user: &'a Json) -> Self { self.idp_user = Some(user); self }

    /// `source`: the user in the app that an import or a mapping reads.
    #[must_use]
    pub fn with_source(mut self, source: &'a Json) -> Self { self.source = Some(source); self }

    /// `device`.
    #[must_use]
    pub fn with_device(mut self, device: &'a Json) -> Self { self.device = Some(device); self }

    /// `security`: risk level and behaviours.
    #[must_use]
    pub fn with_security(mut self, security: &'a Json) -> Self { self.security = Some(security); self }

    /// `login`: the identifier that was typed.
    #[must_use]
    pub fn with_login(mut self, login: &'a Json) -> Self { self.login = Some(login); self }

    /// `accessRequest`.
    #[must_use]
    pub fn with_access_request(mut self, request: &'a Json) -> Self { self.access_request = Some(request); self }

    /// `password`: the password that a password rule judges.
    #[must_use]
    pub fn with_password(mut self, password: &'a Json) -> Self { self.password = Some(password); self }

    /// `event`: what an event hook filters.
    #[must_use]
    pub fn with_event(mut self, event: &'a Json) -> Self { self.event = Some(event); self }

    /// Names that stand for themselves, and explicit app references; the compiler must be told their names.
    #[must_use]
    pub fn with_variables(mut self, variables: &'a Map<String, Json>) -> Self { self.variables = Some(variables); self }

    /// `token.claims`: the claims that are in the token so far.
    #[must_use]
    pub fn with_token_claims(mut self, claims: &'a Map<String, Json>) -> Self { self.token_claims = Some(claims); self }

    /// Other users related to this one:
    ///
    /// ```json
    /// { "linked": { "manager": { "id": "00u2", "profile": {} } },
    ///   "manager": { "active_directory": { "user": { "profile": {} }, "appusers": { "google": {} } } },
    ///   "assistant": {} }
    /// ```
    #[must_use]
    pub fn with_relations(mut self, relations: &'a Json) -> Self { self.relations = Some(relations); self }

    /// The user's Active Directory assignments.
    #[must_use]
    pub fn with_directory_users(mut self, users: &'a [Json]) -> Self { self.directory_users = users; self }

    /// The user's Workday assignments.
    #[must_use]
    pub fn with_workday_users(mut self, users: &'a [Json]) -> Self { self.workday_users = users; self }

    /// The time that `Time.now()` answers, in milliseconds since 1970.
    #[must_use]
    pub fn with_now(mut self, unix_milliseconds: i64) -> Self { self.now = Some(unix_milliseconds); self }

    /// The flow that a token is made in; it decides what limits the group functions accept.
    #[must_use]
    pub fn with_flow(mut self, flow: Flow) -> Self { self.flow = flow; self }
}

/// `user`: the profile, and what Okta keeps beside it.
#[derive(Clone, Copy, Debug, Default)]
pub struct User<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) status: Option<&'a str>,
    pub(super) created: Option<&'a str>,
    pub(super) last_updated: Option<&'a str>,
    pub(super) password_changed: Option<&'a str>,
    pub(super) last_login: Option<&'a str>,
    pub(super) realm_id: Option<&'a str>,
    pub(super) profile: Option<&'a Map<String, Json>>,
}

#[rustfmt::skip]
impl<'a> User<'a> {
    /// The attributes: `user.x` and `user.profile.x`.
    #[must_use]
    pub fn with_profile(mut self, profile: &'a Map<String, Json>) -> Self { self.profile = Some(profile); self }

    /// `user.id` and `user.getInternalProperty("id")`.
    #[must_use]
    pub fn with_id(mut self, id: &'a str) -> Self { self.id = Some(id); self }

    /// `user.status` and `user.getInternalProperty("status")`: `ACTIVE`, `SUSPENDED`, …
    #[must_use]
    pub fn with_status(mut self, status: &'a str) -> Self { self.status = Some(status); self }

    /// `user.created`, as ISO 8601 text.
    #[must_use]
    pub fn with_created(mut self, time: &'a str) -> Self { self.created = Some(time); self }

    /// `user.lastUpdated`, as ISO 8601 text.
    #[must_use]
    pub fn with_last_updated(mut self, time: &'a str) -> Self { self.last_updated = Some(time); self }

    /// `user.passwordChanged`, as ISO 8601 text.
    #[must_use]
    pub fn with_password_changed(mut self, time: &'a str) -> Self { self.password_changed = Some(time); self }

    /// `user.lastLogin`, as ISO 8601 text.
    #[must_use]
    pub fn with_last_login(mut self, time: &'a str) -> Self { self.last_login = Some(time); self }

    /// `user.realmId`.
    #[must_use]
    pub fn with_realm_id(mut self, id: &'a str) -> Self { self.realm_id = Some(id); self }
}

/// `app`: in a claim `id`, `clientId` and `profile`; in a mapping also the app's settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct App<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) client_id: Option<&'a str>,
    pub(super) profile: Option<&'a Json>,
    pub(super) settings: Option<&'a Map<String, Json>>,
}

#[rustfmt::skip]
impl<'a> App<'a> {
    /// `app.id`.
    #[must_use]
    pub fn with_id(mut self, id: &'a str) -> Self { self.id = Some(id); self }

    /// `app.clientId`.
    #[must_use]
    pub fn with_client_id(mut self, id: &'a str) -> Self { self.client_id = Some(id); self }

    /// `app.profile`: whatever JSON an administrator has put there.
    #[must_use]
    pub fn with_profile(mut self, profile: &'a Json) -> Self { self.profile = Some(profile); self }

    /// Settings of the app instance, `app.domain` for one; never visible to claims.
    #[must_use]
    pub fn with_settings(mut self, settings: &'a Map<String, Json>) -> Self { self.settings = Some(settings); self }
}

/// `session`: its id and how the user authenticated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) amr: Option<Texts<'a>>,
}

#[rustfmt::skip]
impl<'a> Session<'a> {
    /// `session.id`.
    #[must_use]
    pub fn with_id(mut self, id: &'a str) -> Self { self.id = Some(id); self }

    /// `session.amr`: method references of RFC 8176.
    #[must_use]
    pub fn with_amr(mut self, amr: impl Into<Texts<'a>>) -> Self { self.amr = Some(amr.into()); self }
}

/// The flow that a token is made in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flow {
    /// Any other, or not known: group functions take limits up to 100.
    #[default]
    Other,
    /// The implicit flow.
    Implicit,
    /// Authorization code, with PKCE or without, and refreshes of its tokens: group functions take any limit.
    AuthorizationCode,
    /// Client credentials: there is no user.
    ClientCredentials,
}

/// A borrowed list of texts, of either string type.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Texts<'a> {
    /// Borrowed texts.
    Borrowed(&'a [&'a str]),
    /// A borrowed list of owned texts.
    Owned(&'a [String]),
}

impl<'a> From<&'a [&'a str]> for Texts<'a> {
    fn from(texts: &'a [&'a str]) -> Self {
        Texts::Borrowed(texts)
    }
}

impl<'a, const N: usize> From<&'a [&'a str; N]> for Texts<'a> {
    fn from(texts: &'a [&'a str; N]) -> Self {
        Texts::Borrowed(texts)
    }
}

impl<'a> From<&'a Vec<&'a str>> for Texts<'a> {
    fn from(texts: &'a Vec<&'a str>) -> Self {
        Texts::Borrowed(texts)
    }
}

impl<'a> From<&'a [String]> for Texts<'a> {
    fn from(texts: &'a [String]) -> Self {
        Texts::Owned(texts)
    }
}

impl<'a> From<&'a Vec<String>> for Texts<'a> {
    fn from(texts: &'a Vec<String>) -> Self {
        Texts::Owned(texts)
    }
}
