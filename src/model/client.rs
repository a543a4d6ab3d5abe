//! A client as it is declared.

use serde_json::{Map, Value};

use super::listed::{Listed, push};
use super::registered::{ClientKind, RefreshRotation, UnsupportedSetting};
use super::server::IssuerMode;
use crate::jose::{Algorithm, PublicKey};
use crate::types::{GrantType, ResponseType, Secret};

/// An OAuth client: what Okta calls an OIDC app.
///
/// ```
/// # use chancery::model::Client;
/// let billing = Client::service("0oabilling").secret("correct-horse-battery-staple");
/// let shop = Client::browser("0oashop").redirect_uri("https://shop.example.com/cb");
/// ```
///
/// Source: `OpenIdConnectApplication` of Okta's management API.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// Okta's app id.
    pub(crate) app_id: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) kind: Option<ClientKind>,
    pub(crate) inactive: bool,
    pub(crate) method: Option<AuthMethod>,
    pub(crate) assertion_algorithm: Option<Algorithm>,
    pub(crate) require_assertion_jti: bool,
    /// The live ones.
    pub(crate) secrets: Vec<DeclaredSecret>,
    /// The live ones.
    pub(crate) keys: Vec<PublicKey>,
    pub(crate) grants: Vec<GrantType>,
    pub(crate) response_types: Vec<ResponseType>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) post_logout_redirect_uris: Vec<String>,
    pub(crate) wildcard_redirect: bool,
    pub(crate) pkce_required: Option<bool>,
    pub(crate) consent_required: bool,
    pub(crate) rotate: Option<bool>,
    /// Seconds, not yet checked.
    pub(crate) leeway: Option<i64>,
    pub(crate) issuer_mode: IssuerMode,
    pub(crate) profile: Option<Value>,
    pub(crate) org_scopes: Vec<String>,
    pub(crate) users: Vec<Listed<Assignment>>,
    pub(crate) groups: Vec<String>,
    /// Every user is assigned.
    pub(crate) implicit_assignment: bool,
    pub(crate) unsupported: Vec<UnsupportedSetting>,
}

/// A live secret and where it was written, for the warnings about it.
#[derive(Debug, Clone)]
pub(crate) struct DeclaredSecret {
    pub(crate) secret: Secret,
    pub(crate) place: SecretPlace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretPlace {
    /// `credentials.oauthClient.client_secret`.
    OAuthClient,
    /// `credentials.secrets[…]`.
    Credentials(usize),
    /// `secrets[…]` of the app.
    App(usize),
}

/// A user's assignment to the app.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    pub(crate) user: String,
    /// `credentials.userName`; the login where absent.
    pub(crate) user_name: Option<String>,
    pub(crate) profile: Map<String, Value>,
}

/// How a client proves who it is (`token_endpoint_auth_method`, RFC 7591 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthMethod {
    /// `client_secret_basic`: the secret in an Authorization header.
    SecretBasic,
    /// `client_secret_post`: the secret in the form.
    SecretPost,
    /// `client_secret_jwt`: an assertion under an HMAC of the secret.
    SecretJwt,
    /// `private_key_jwt`: an assertion signed by one of the client's keys.
    PrivateKeyJwt,
    /// `none`: a public client, which has PKCE instead.
    None,
}

impl Client {
    /// A machine that asks for itself: `client_credentials` with a secret, unless set otherwise.
    pub fn service(id: impl Into<String>) -> Self {
        Self::new(id, ClientKind::Service).grant(GrantType::ClientCredentials)
    }

    /// A web application with a server of its own: the code flow with a secret, unless set otherwise.
    pub fn web(id: impl Into<String>) -> Self {
        Self::new(id, ClientKind::Web).with_code()
    }

    /// A single-page application: public, the code flow with PKCE.
    pub fn browser(id: impl Into<String>) -> Self {
        Self::new(id, ClientKind::Browser).with_code().auth(AuthMethod::None)
    }

    /// A mobile or desktop application: public, the code flow with PKCE.
    pub fn native(id: impl Into<String>) -> Self {
        Self::new(id, ClientKind::Native).with_code().auth(AuthMethod::None)
    }

    fn new(id: impl Into<String>, kind: ClientKind) -> Self {
        Self { id: Some(id.into()), kind: Some(kind), ..Self::default() }
    }

    fn with_code(mut self) -> Self {
        self.response_types.push(ResponseType::Code);
        self.grant(GrantType::AuthorizationCode)
    }

    /// What administrators call it; the id unless set.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Okta's app id, `app.id` in expressions; the client id unless set.
    #[must_use]
    pub fn app_id(mut self, id: impl Into<String>) -> Self {
        self.app_id = Some(id.into());
        self
    }

    /// How it authenticates; only this way is accepted.
    #[must_use]
    pub fn auth(mut self, method: AuthMethod) -> Self {
        self.method = Some(method);
        self
    }

    /// Adds a live secret. Two may be live, so that one can be replaced.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        let place = match self.secrets.len() {
            0 => SecretPlace::OAuthClient,
            listed => SecretPlace::App(listed),
        };
        self.secrets.push(DeclaredSecret { secret: Secret::new(secret), place });
        self
    }

    /// Adds a key that signs the client's assertions, and makes that its way to authenticate.
    #[must_use]
    pub fn key(mut self, key: PublicKey) -> Self {
        self.keys.push(key);
        self.auth(AuthMethod::PrivateKeyJwt)
    }

    /// The only algorithm its assertions may have; whatever secret or keys allow unless set.
    #[must_use]
    pub fn assertion_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.assertion_algorithm = Some(algorithm);
        self
    }

    /// Refuses assertions without `jti`, which could be sent again until they expire. Okta accepts
    /// them.
    #[must_use]
    pub fn require_assertion_jti(mut self) -> Self {
        self.require_assertion_jti = true;
        self
    }

    /// Adds a grant type.
    #[must_use]
    pub fn grant(mut self, grant: GrantType) -> Self {
        if !self.grants.contains(&grant) {
            self.grants.push(grant);
        }
        self
    }

    /// Adds what it may ask the authorization endpoint for. Tokens straight from there need the grant
    /// type `implicit` besides.
    #[must_use]
    pub fn response_type(mut self, word: ResponseType) -> Self {
        if !self.response_types.contains(&word) {
            self.response_types.push(word);
        }
        self
    }

    /// Adds a place that a browser may be sent back to.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Adds a place that a browser may be sent to after signing out.
    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uris.push(uri.into());
        self
    }

    /// Whether the code flow needs PKCE. Public clients always do.
    #[must_use]
    pub fn pkce_required(mut self, required: bool) -> Self {
        self.pkce_required = Some(required);
        self
    }

    /// Asks users for their consent (`consent_method: REQUIRED`).
    #[must_use]
    pub fn consent_required(mut self) -> Self {
        self.consent_required = true;
        self
    }

    /// What using a refresh token does to it. Unless set, the tokens of single-page applications rotate with
    /// a leeway of 30 seconds, and others stay.
    #[must_use]
    pub fn refresh_rotation(mut self, rotation: RefreshRotation) -> Self {
        match rotation {
            RefreshRotation::Static => self.rotate = Some(false),
            RefreshRotation::Rotate { leeway } => {
                self.rotate = Some(true);
                self.leeway = Some(leeway.as_seconds().into());
            }
        }
        self
    }

    /// The app's `profile`, `app.profile` in expressions.
    #[must_use]
    pub fn profile(mut self, profile: impl Into<Value>) -> Self {
        self.profile = Some(profile.into());
        self
    }

    /// Grants a scope of the org authorization server.
    #[must_use]
    pub fn org_scope(mut self, scope: impl Into<String>) -> Self {
        self.org_scopes.push(scope.into());
        self
    }

    /// Assigns a user, by id, known to the app by their login.
    #[must_use]
    pub fn assign_user(mut self, id: impl Into<String>) -> Self {
        let assignment = Assignment { user: id.into(), user_name: None, profile: Map::new() };
        push(&mut self.users, assignment);
        self
    }

    /// Assigns the members of a group, by id or name.
    #[must_use]
    pub fn assign_group(mut self, group: impl Into<String>) -> Self {
        self.groups.push(group.into());
        self
    }

    /// Assigns every user there is and will be (`implicitAssignment`).
    #[must_use]
    pub fn assign_everyone(mut self) -> Self {
        self.implicit_assignment = true;
        self
    }

    /// Keeps the client without letting it do anything.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.inactive = true;
        self
    }
}
