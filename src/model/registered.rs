//! A client whose registration was checked: what the token endpoint knows of an OAuth client.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::server::IssuerMode;
use super::user::User;
use crate::jose::{Algorithm, PublicKey};
use crate::types::{
    ClientId, GrantType, GroupId, Lifetime, ResponseType, ScopeName, Secret, SecretHash, UserId,
};

/// A registered client (RFC 6749 §2): an app of Okta's, checked, its secrets hashed.
#[derive(Debug, Clone)]
pub struct RegisteredClient {
    pub(crate) id: ClientId,
    /// Okta's app id; the same as the client id unless the configuration says otherwise.
    pub(crate) app_id: Arc<str>,
    pub(crate) label: String,
    /// The place among the apps, as it was written.
    pub(crate) at: usize,
    pub(crate) kind: ClientKind,
    pub(crate) active: bool,
    pub(crate) auth: ClientAuth,
    pub(crate) grants: Vec<GrantType>,
    pub(crate) response_types: Vec<ResponseType>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) post_logout_redirect_uris: Vec<String>,
    /// Whether a registered redirect URI may hold one `*` (`wildcard_redirect: SUBDOMAIN`).
    pub(crate) wildcard_redirect: bool,
    pub(crate) pkce_required: bool,
    /// `consent_method: REQUIRED`.
    pub(crate) consent_required: bool,
    pub(crate) refresh: RefreshRotation,
    /// Under which host the issuer of org-server ID tokens stands (`issuer_mode`).
    pub(crate) issuer_mode: IssuerMode,
    /// Assertions without `jti` are refused.
    pub(crate) require_assertion_jti: bool,
    /// The app's `profile` object, `app.profile` in expressions.
    pub(crate) profile: Option<Value>,
    /// Scopes of the org authorization server that the app may have (`grants`).
    pub(crate) org_scopes: Vec<ScopeName>,
    /// Sorted by id.
    pub(crate) assigned_users: Vec<AssignedUser>,
    /// Never holds Everyone: see `assigned_everyone`.
    pub(crate) assigned_groups: Vec<GroupId>,
    /// Every user is assigned: by the group Everyone, or without assignment.
    pub(crate) assigned_everyone: bool,
    /// A setting that would narrow access and is not supported: every request is refused with it.
    pub(crate) unsupported: Option<UnsupportedSetting>,
}

/// A user's assignment to an app (Okta's AppUser).
#[derive(Debug, Clone)]
pub(crate) struct AssignedUser {
    pub(crate) id: UserId,
    /// `appuser` in expressions; holds `userName`.
    pub(crate) profile: Map<String, Value>,
}

/// How a client proves who it is (`token_endpoint_auth_method`), with what is needed to check it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ClientAuth {
    /// `client_secret_basic`: the secret in an Authorization header (RFC 6749 §2.3.1).
    SecretBasic(Vec<SecretHash>),
    /// `client_secret_post`: the secret in the form.
    SecretPost(Vec<SecretHash>),
    /// `client_secret_jwt`: an assertion under an HMAC, so the secret itself is needed.
    SecretJwt {
        /// The live secrets.
        secrets: Vec<Secret>,
        /// `token_endpoint_auth_signing_alg`; any HMAC when absent.
        algorithm: Option<Algorithm>,
    },
    /// `private_key_jwt`: an assertion signed by one of the client's keys (RFC 7523 §2.2).
    PrivateKeyJwt {
        /// The client's active signing keys.
        keys: Vec<PublicKey>,
        /// `token_endpoint_auth_signing_alg`; what the keys allow when absent.
        algorithm: Option<Algorithm>,
    },
    /// `none`: a public client.
    None,
}

impl ClientAuth {
    /// The name of the method, as metadata and registrations write it.
    pub fn method(&self) -> &'static str {
        match self {
            Self::SecretBasic(_) => "client_secret_basic",
            Self::SecretPost(_) => "client_secret_post",
            Self::SecretJwt { .. } => "client_secret_jwt",
            Self::PrivateKeyJwt { .. } => "private_key_jwt",
            Self::None => "none",
        }
    }
}

/// What using a refresh token does to it (`settings.oauthClient.refresh_token`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshRotation {
    /// It stays the same.
    Static,
    /// Each use yields a new one; the used one works a little longer, for answers that got lost.
    Rotate {
        /// How much longer: 0 to 60 seconds.
        leeway: Lifetime,
    },
}

/// `application_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientKind {
    /// A machine.
    Service,
    /// A web application with a server of its own.
    Web,
    /// A single-page application.
    Browser,
    /// A mobile or desktop application.
    Native,
}

/// Settings of a client that would narrow access and that this crate does not honour yet. A client
/// with one of them is refused, never served as if the setting were absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnsupportedSetting {
    /// `dpop_bound_access_tokens: true`.
    DpopBoundTokens,
    /// `network` with a connection other than `ANYWHERE`.
    NetworkZones,
    /// `jwks_uri`: keys that would have to be fetched.
    JwksUri,
    /// `id_token_encrypted_response_alg`.
    TokenEncryption,
    /// `request_object_signing_alg`.
    SignedRequestObjects,
}

impl UnsupportedSetting {
    /// The setting's name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DpopBoundTokens => "dpop_bound_access_tokens",
            Self::NetworkZones => "network",
            Self::JwksUri => "jwks_uri",
            Self::TokenEncryption => "id_token_encrypted_response_alg",
            Self::SignedRequestObjects => "request_object_signing_alg",
        }
    }
}

impl RegisteredClient {
    /// The client id, the `cid` claim.
    pub fn id(&self) -> &ClientId {
        &self.id
    }

    /// Okta's app id, `app.id` in expressions.
    pub fn app_id(&self) -> &str {
        &self.app_id
    }

    /// The app's label.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What kind of program it is.
    pub fn kind(&self) -> ClientKind {
        self.kind
    }

    /// Whether it may do anything at all.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// How it authenticates.
    pub fn auth(&self) -> &ClientAuth {
        &self.auth
    }

    /// The grant types it may use.
    pub fn grants(&self) -> &[GrantType] {
        &self.grants
    }

    /// Where a browser may be sent back to.
    pub fn redirect_uris(&self) -> &[String] {
        &self.redirect_uris
    }

    /// What it may ask the authorization endpoint for.
    pub fn response_types(&self) -> &[ResponseType] {
        &self.response_types
    }

    /// Where a browser may be sent to after signing out.
    pub fn post_logout_redirect_uris(&self) -> &[String] {
        &self.post_logout_redirect_uris
    }

    /// Whether the code flow needs PKCE (RFC 7636).
    pub fn requires_pkce(&self) -> bool {
        self.pkce_required
    }

    /// Whether users are asked for their consent.
    pub fn requires_consent(&self) -> bool {
        self.consent_required
    }

    /// Whether a registered redirect URI may hold a `*` for the lowest label of its host.
    pub fn allows_wildcard_redirect(&self) -> bool {
        self.wildcard_redirect
    }

    /// Under which host the issuer of its ID tokens from the org server stands.
    pub fn issuer_mode(&self) -> IssuerMode {
        self.issuer_mode
    }

    /// The user's profile in the app, `appuser` in expressions, if the app is assigned to the user:
    /// by name, through a group, or to everyone. It holds `userName`, which is the login unless the
    /// assignment says otherwise.
    pub fn app_user(&self, user: &User) -> Option<Cow<'_, Map<String, Value>>> {
        if let Ok(place) = self.assigned_users.binary_search_by(|assigned| assigned.id.cmp(user.id())) {
            return self.assigned_users.get(place).map(|assigned| Cow::Borrowed(&assigned.profile));
        }
        let through_group =
            self.assigned_everyone || user.groups().iter().any(|group| self.assigned_groups.contains(group));
        through_group.then(|| {
            let name = ("userName".to_owned(), Value::from(user.login()));
            Cow::Owned(Map::from_iter([name]))
        })
    }

    /// What using a refresh token does to it.
    pub fn refresh_rotation(&self) -> RefreshRotation {
        self.refresh
    }

    /// The setting that makes every request of the client be refused.
    pub fn unsupported(&self) -> Option<UnsupportedSetting> {
        self.unsupported
    }

    /// Scopes of the org authorization server that were granted to the app.
    pub fn org_scopes(&self) -> &[ScopeName] {
        &self.org_scopes
    }
}
