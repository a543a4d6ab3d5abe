//! Clients: their ids, how they authenticate, where they may send browsers, who is assigned.

mod uris;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::ids::{self, made_up};
use super::people::{Directory, GroupRef, each_once};
use crate::jose::{Algorithm, JwkSet};
use crate::model::check::{ConfigErrors, Findings, Path, Shown};
use crate::model::client::{AuthMethod, Client, SecretPlace};
use crate::model::listed::Listed;
use crate::model::policy::ALL_CLIENTS;
use crate::model::registered::{AssignedUser, ClientAuth, ClientKind, RefreshRotation, RegisteredClient};
use crate::types::{BaseUri, ClientId, Configured, GrantType, Lifetime, ScopeName, SecretHash, UserId};

/// The clients, and the app ids that policies may call them by.
pub(super) struct Clients {
    pub(super) by_id: Configured<ClientId, Arc<RegisteredClient>>,
    by_app: HashMap<String, ClientId>,
    /// Apps that are no OAuth clients.
    others: HashSet<String>,
}

pub(super) fn clients(
    declared: Vec<Listed<Client>>,
    others: Vec<String>,
    base: &BaseUri,
    directory: &Directory,
    out: &mut Findings,
) -> Clients {
    let mut clients = Clients {
        by_id: Configured::default(),
        by_app: HashMap::new(),
        others: others.into_iter().collect(),
    };
    let at = Path::ROOT.key("apps");
    for Listed { at: place, item } in declared {
        let client_at = at.index(place);
        let client = RegisteredClient { at: place, ..compile(item, base, directory, &client_at, out) };
        clients.add(client, &client_at, out);
    }
    clients.refuse_ambiguous_ids(&at, out);
    clients
}

impl Client {
    /// Checks and compiles one client of the organisation under `base` ([`Org::base`](crate::model::Org::base)), for
    /// a host that keeps its clients itself. Users and groups it names are ids that nothing checks; warnings are
    /// not told.
    ///
    /// # Errors
    /// [`ConfigErrors`]: every mistake at once.
    pub fn register(self, base: &BaseUri) -> Result<RegisteredClient, ConfigErrors> {
        let mut out = Findings::default();
        let directory = super::people::directory(Vec::new(), Vec::new(), true, &mut out);
        let compiled = compile(self, base, &directory, &Path::ROOT, &mut out);
        out.finish(compiled).map(|(client, _)| client)
    }
}

impl Clients {
    /// A client by its id or its app's.
    pub(super) fn find(
        &self,
        text: &str,
        outside: bool,
        at: &Path<'_>,
        out: &mut Findings,
    ) -> Option<ClientId> {
        if let Some((id, _)) = self.by_id.get_key_value(text) {
            return Some(id.clone());
        }
        if let Some(id) = self.by_app.get(text) {
            return Some(id.clone());
        }
        if self.others.contains(text) || outside && !text.is_empty() {
            return Some(ClientId::from(text));
        }
        let mut called = self.by_id.values().filter(|client| client.label == text);
        if let (Some(client), None) = (called.next(), called.next()) {
            let message = format!("`{}` is a label; clients are named by their id here", Shown(text));
            out.mistake_near(at, message, client.id.as_str());
            return None;
        }
        let known = self.by_id.keys().map(ClientId::as_str).chain(self.by_app.keys().map(String::as_str));
        out.unknown(at, "client", text, known.chain([ALL_CLIENTS]));
        None
    }

    /// Where ACTIVE clients send browsers.
    pub(super) fn redirect_uris(&self) -> impl Iterator<Item = &str> {
        let active = self.by_id.values().filter(|client| client.active);
        active.flat_map(|client| client.redirect_uris.iter().map(String::as_str))
    }

    /// Scopes of the org server that any client was granted.
    pub(super) fn org_scopes(&self) -> Vec<&ScopeName> {
        let mut scopes: Vec<_> = self.by_id.values().flat_map(|client| &client.org_scopes).collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }

    fn add(&mut self, client: RegisteredClient, at: &Path<'_>, out: &mut Findings) {
        let app = client.app_id.to_string();
        if app != client.id.as_str() && self.by_app.insert(app, client.id.clone()).is_some() {
            let message = format!("`{}` is the id of another app already", Shown(&client.app_id));
            out.mistake(&at.key("id"), message);
        }
        if self.by_id.contains_key(&client.id) {
            let (credentials, own) = (at.key("credentials"), "oauthClient");
            let message = format!("`{}` is the id of another client already", Shown(client.id.as_str()));
            out.mistake(&credentials.key(own).key("client_id"), message);
            return;
        }
        self.by_id.insert(client.id.clone(), Arc::new(client));
    }

    /// An app id that is another client's id would let a policy mean either.
    fn refuse_ambiguous_ids(&self, at: &Path<'_>, out: &mut Findings) {
        let mut both: Vec<_> =
            self.by_app.keys().filter(|app| self.by_id.contains_key(app.as_str())).collect();
        both.sort_unstable();
        for app in both {
            out.mistake(at, format!("`{}` is the id of one app and the client id of another", Shown(app)));
        }
    }
}

fn compile(
    client: Client,
    base: &BaseUri,
    directory: &Directory,
    at: &Path<'_>,
    out: &mut Findings,
) -> RegisteredClient {
    let (credentials_at, settings_at) = (at.key("credentials"), at.key("settings"));
    let (own_at, client_at) = (credentials_at.key("oauthClient"), settings_at.key("oauthClient"));
    let id_at = own_at.key("client_id");
    let id = id(&client, &id_at, at, out);
    if directory.is_a_user(id.as_str()) {
        // A machine's `sub` is its client id: it must never be read as a person's.
        let message = format!("`{}` is the id or login of a user", Shown(id.as_str()));
        out.mistake(&id_at, message);
    }
    check_app_id(&client, &at.key("id"), out);
    let kind = kind(&client);
    let method = client.method.unwrap_or(match kind {
        ClientKind::Browser => AuthMethod::None,
        _ => AuthMethod::SecretBasic,
    });
    check_grants(&client, kind, method, &client_at.key("grant_types"), out);
    uris::check(&client, &client_at, out);
    let pkce_required = pkce(&client, kind, method, &own_at.key("pkce_required"), out);
    let refresh = rotation(&client, kind, &client_at.key("refresh_token"), out);
    let org_scopes = org_scopes(&client.org_scopes, &at.key("grants"), out);
    let assigned_users = users(&client, directory, &at.key("users"), out);
    let (everyone, assigned_groups) = groups(&client.groups, directory, &at.key("groups"), out);
    let auth = auth(&client, method, id.as_str(), base, at, out);
    let app_id = client.app_id.unwrap_or_else(|| id.to_string());
    RegisteredClient {
        label: client.label.unwrap_or_else(|| app_id.clone()),
        at: 0,
        app_id: Arc::from(app_id),
        id,
        kind,
        active: !client.inactive,
        auth,
        grants: client.grants,
        response_types: client.response_types,
        redirect_uris: client.redirect_uris,
        post_logout_redirect_uris: client.post_logout_redirect_uris,
        wildcard_redirect: client.wildcard_redirect,
        pkce_required,
        consent_required: client.consent_required,
        refresh,
        issuer_mode: client.issuer_mode,
        require_assertion_jti: client.require_assertion_jti,
        profile: client.profile,
        org_scopes,
        assigned_users,
        assigned_groups,
        assigned_everyone: everyone || client.implicit_assignment,
        unsupported: client.unsupported.first().copied(),
    }
}

/// The client id; the app's where there is none; one that is made up where there is neither.
/// Source: `ApplicationCredentialsOAuthClient` of Okta's management API.
fn id(client: &Client, id_at: &Path<'_>, at: &Path<'_>, out: &mut Findings) -> ClientId {
    let (id, at) = match (&client.id, &client.app_id) {
        (Some(id), _) => (id.clone(), *id_at),
        (None, Some(app)) => (app.clone(), at.key("id")),
        (None, None) => {
            let id = made_up("0oa", &[client.label.as_deref().unwrap_or("")]);
            out.warn(at, format!("has neither `id` nor `client_id`: its client id is `{id}`"));
            return ClientId::from(id);
        }
    };
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"$-_.+!*'(),".contains(&b);
    if id == ALL_CLIENTS {
        out.mistake(&at, format!("`{ALL_CLIENTS}` is what policies call all clients"));
    } else if !id.bytes().all(allowed) {
        out.mistake(
            &at,
            format!("`{}` has characters other than letters, digits and $-_.+!*'(),", Shown(&id)),
        );
    } else if id.is_empty() || id.len() > 100 {
        out.mistake(&at, format!("has {} characters, 1 to 100 are allowed", id.len()));
    } else if id.len() < 6 {
        out.warn(&at, format!("`{id}` is shorter than the 6 characters that Okta asks for"));
    }
    ClientId::from(id)
}

/// Policies may call a client by its app's id. Where that is the client id too, it was checked as such.
fn check_app_id(client: &Client, at: &Path<'_>, out: &mut Findings) {
    let (Some(app), Some(_)) = (&client.app_id, &client.id) else { return };
    if app == ALL_CLIENTS {
        out.mistake(at, format!("`{ALL_CLIENTS}` is what policies call all clients"));
    } else {
        ids::check(app, at, out);
    }
}

fn kind(client: &Client) -> ClientKind {
    let machine = client.grants == [GrantType::ClientCredentials];
    client.kind.unwrap_or(if machine { ClientKind::Service } else { ClientKind::Web })
}

fn check_grants(client: &Client, kind: ClientKind, method: AuthMethod, at: &Path<'_>, out: &mut Findings) {
    let machine = client.grants.contains(&GrantType::ClientCredentials);
    if client.grants.is_empty() {
        out.warn(at, "lists no grant type: the client gets no tokens");
    } else if machine && method == AuthMethod::None {
        out.mistake(
            at,
            "`client_credentials` needs a client that authenticates, this one's method is `none`",
        );
    } else if machine && matches!(kind, ClientKind::Browser | ClientKind::Native) {
        out.warn(at, "`client_credentials` is for clients of type `service` and `web`");
    }
}

/// Public clients have nothing else that ties a code to them.
fn pkce(client: &Client, kind: ClientKind, method: AuthMethod, at: &Path<'_>, out: &mut Findings) -> bool {
    if method == AuthMethod::None && client.pkce_required == Some(false) {
        out.mistake(at, "must be true: the client's `token_endpoint_auth_method` is `none`");
    }
    let usual = method == AuthMethod::None || matches!(kind, ClientKind::Browser | ClientKind::Native);
    client.pkce_required.unwrap_or(usual)
}

fn rotation(client: &Client, kind: ClientKind, at: &Path<'_>, out: &mut Findings) -> RefreshRotation {
    let leeway = match client.leeway {
        None => 30,
        Some(seconds) => match u32::try_from(seconds).ok().filter(|seconds| *seconds <= 60) {
            Some(seconds) => seconds,
            None => {
                out.mistake(&at.key("leeway"), "must be 0 to 60 seconds");
                0
            }
        },
    };
    if client.rotate.unwrap_or(kind == ClientKind::Browser) {
        RefreshRotation::Rotate { leeway: Lifetime::seconds(leeway) }
    } else {
        RefreshRotation::Static
    }
}

fn org_scopes(names: &[String], at: &Path<'_>, out: &mut Findings) -> Vec<ScopeName> {
    let mut scopes = Vec::with_capacity(names.len());
    for (i, name) in names.iter().enumerate() {
        match ScopeName::parse(name) {
            Ok(scope) => scopes.push(scope),
            Err(error) => out.mistake(&at.index(i), format!("`{}` is no scope: {error}", Shown(name))),
        }
    }
    each_once(scopes)
}

fn users(client: &Client, directory: &Directory, at: &Path<'_>, out: &mut Findings) -> Vec<AssignedUser> {
    let mut seen: HashSet<UserId> = HashSet::with_capacity(client.users.len());
    let mut assigned = Vec::with_capacity(client.users.len());
    for Listed { at: place, item } in &client.users {
        let user_at = at.index(*place);
        let Some(id) = directory.user(&item.user, &user_at.key("id"), out) else { continue };
        if !seen.insert(id.clone()) {
            out.mistake(&user_at.key("id"), format!("`{}` is assigned twice", Shown(id.as_str())));
            continue;
        }
        let login = directory.users.get(&id).map(|user| user.login());
        let mut profile = item.profile.clone();
        if let Some(name) = item.user_name.as_deref().or(login) {
            profile.insert("userName".to_owned(), Value::from(name));
        }
        assigned.push(AssignedUser { id, profile });
    }
    assigned.sort_by(|a, b| a.id.cmp(&b.id));
    assigned
}

fn groups(
    names: &[String],
    directory: &Directory,
    at: &Path<'_>,
    out: &mut Findings,
) -> (bool, Vec<crate::types::GroupId>) {
    let (mut everyone, mut groups) = (false, Vec::with_capacity(names.len()));
    for (i, name) in names.iter().enumerate() {
        match directory.group(name, &at.index(i), out) {
            Some(GroupRef::Everyone) => everyone = true,
            Some(GroupRef::Group(id)) => groups.push(id),
            None => {}
        }
    }
    (everyone, each_once(groups))
}

fn auth(
    client: &Client,
    method: AuthMethod,
    id: &str,
    base: &BaseUri,
    at: &Path<'_>,
    out: &mut Findings,
) -> ClientAuth {
    let algorithm = client.assertion_algorithm;
    check_algorithm(algorithm, method, at, out);
    check_secrets(client, method, at, out);
    check_keys(client, method, at, out);
    // An unknown place in the file must not change the hash, so secrets are counted as they are live.
    let hashes = || {
        let hash = |(i, declared): (usize, &crate::model::client::DeclaredSecret)| {
            SecretHash::for_owner(&declared.secret, &format!("{base}|{id}|{i}"))
        };
        client.secrets.iter().enumerate().map(hash).collect()
    };
    match method {
        AuthMethod::SecretBasic => ClientAuth::SecretBasic(hashes()),
        AuthMethod::SecretPost => ClientAuth::SecretPost(hashes()),
        AuthMethod::SecretJwt => {
            let secrets = client.secrets.iter().map(|declared| declared.secret.clone()).collect();
            ClientAuth::SecretJwt { secrets, algorithm }
        }
        AuthMethod::PrivateKeyJwt => ClientAuth::PrivateKeyJwt { keys: client.keys.clone(), algorithm },
        AuthMethod::None => ClientAuth::None,
    }
}

fn check_algorithm(algorithm: Option<Algorithm>, method: AuthMethod, at: &Path<'_>, out: &mut Findings) {
    let Some(algorithm) = algorithm else { return };
    let fits = match method {
        AuthMethod::SecretJwt => algorithm.is_hmac(),
        AuthMethod::PrivateKeyJwt => !algorithm.is_hmac(),
        // The others make no assertions.
        _ => true,
    };
    if !fits {
        let (settings, client) = (at.key("settings"), "oauthClient");
        let message = format!("`{algorithm}` does not go with the client's `token_endpoint_auth_method`");
        out.mistake(&settings.key(client).key("token_endpoint_auth_signing_alg"), message);
    }
}

/// Source: limits of `client_secret` and of client assertions in Okta's OpenID Connect reference.
fn check_secrets(client: &Client, method: AuthMethod, at: &Path<'_>, out: &mut Findings) {
    let credentials_at = at.key("credentials");
    let own_at = credentials_at.key("oauthClient");
    let (lists, own_lists) = (credentials_at.key("secrets"), at.key("secrets"));
    let needs = matches!(method, AuthMethod::SecretBasic | AuthMethod::SecretPost | AuthMethod::SecretJwt);
    if needs && client.secrets.is_empty() {
        out.warn(&own_at.key("client_secret"), "is missing: the client cannot authenticate");
    }
    for (i, declared) in client.secrets.iter().enumerate() {
        let element = match declared.place {
            SecretPlace::OAuthClient => own_at,
            SecretPlace::Credentials(place) => lists.index(place),
            SecretPlace::App(place) => own_lists.index(place),
        };
        let secret_at = element.key("client_secret");
        if i == 2 {
            let message = format!("{} secrets are live, at most 2 may be", client.secrets.len());
            out.mistake(&secret_at, message);
        }
        match declared.secret.expose().chars().count() {
            0 => out.mistake(&secret_at, "is empty"),
            1..14 => out
                .warn(&secret_at, "is shorter than the 14 characters that Okta asks for: it can be guessed"),
            14..32 if method == AuthMethod::SecretJwt => {
                out.warn(&secret_at, "is shorter than 32 characters: assertions under it are refused");
            }
            101.. => out.warn(&secret_at, "is longer than the 100 characters that Okta allows"),
            _ => {}
        }
    }
}

fn check_keys(client: &Client, method: AuthMethod, at: &Path<'_>, out: &mut Findings) {
    let (settings, own) = (at.key("settings"), "oauthClient");
    let client_at = settings.key(own);
    let jwks_at = client_at.key("jwks");
    if method == AuthMethod::PrivateKeyJwt && client.keys.is_empty() && client.unsupported.is_empty() {
        out.warn(&jwks_at, "holds no live key: the client cannot authenticate");
    }
    if client.keys.len() > JwkSet::MAX_KEYS {
        let message = format!("{} keys are live, at most {} may be", client.keys.len(), JwkSet::MAX_KEYS);
        out.mistake(&jwks_at, message);
    }
    let mut ids = HashSet::new();
    for id in client.keys.iter().filter_map(|key| key.key_id()) {
        if !ids.insert(id) {
            out.mistake(&jwks_at, format!("`{}` is the `kid` of two live keys", Shown(id.as_str())));
        }
    }
}
