//! What a request would yield, and why, without anybody sending it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{Issuer, deadline};
use crate::error::Fault;
use crate::flow::preview::{Preview, Scenario};
use crate::flow::trace::Trace;
use crate::flow::{Login, Served};
use crate::model::{Org, Server, User};
use crate::types::{ClientId, GrantType, GroupId, ResponseTypes, Timestamp, UserId};

/// A request that is only asked about: any client, any user, any time.
///
/// ```
/// use chancery::PreviewRequest;
/// use chancery::types::GrantType;
///
/// let request = PreviewRequest::new("default", "0oa1orders", GrantType::AuthorizationCode)
///     .user("00u1ada")
///     .scope("openid orders:read")
///     .in_group("Internal Employees");
/// ```
#[derive(Debug, Clone)]
pub struct PreviewRequest {
    server: Option<String>,
    client: ClientId,
    grant: GrantType,
    user: Option<UserId>,
    scope: Option<String>,
    audience: Option<String>,
    response_type: Option<ResponseTypes>,
    login: Option<Login>,
    nonce: Option<String>,
    peer: Option<String>,
    at: Option<Timestamp>,
    /// Groups by id or name, each with whether the user is in it.
    groups: Vec<(String, bool)>,
    /// Policies and rules by id, each with whether it is tried.
    switches: Vec<(String, bool)>,
    attributes: BTreeMap<String, Value>,
}

/// Why a preview was not made. A request that is refused does have one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreviewError {
    /// No authorization server of that id or name.
    #[error("no authorization server `{0}`")]
    UnknownServer(String),
    /// No such client.
    #[error("no client `{0}`")]
    UnknownClient(ClientId),
    /// No such user.
    #[error("no user `{0}`")]
    UnknownUser(UserId),
    /// The grant type is for users, and none is named.
    #[error("the grant type `{0}` needs a user")]
    NoUser(GrantType),
    /// No such group, or several of that name.
    #[error("no group `{0}`, or more than one of that name")]
    UnknownGroup(String),
    /// No policy and no rule has this id.
    #[error("no policy and no rule `{0}`")]
    UnknownRule(String),
    /// The request is not what [`PreviewRequest::from_json`] reads.
    #[error("malformed preview request: {0}")]
    Malformed(String),
    /// A host part failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl PreviewRequest {
    /// A request by this client at the custom authorization server of this id or name.
    pub fn new(server: impl Into<String>, client: impl Into<ClientId>, grant: GrantType) -> Self {
        Self { server: Some(server.into()), ..Self::at_org(client, grant) }
    }

    /// A request by this client at the org authorization server.
    pub fn at_org(client: impl Into<ClientId>, grant: GrantType) -> Self {
        Self {
            server: None,
            client: client.into(),
            grant,
            user: None,
            scope: None,
            audience: None,
            response_type: None,
            login: None,
            nonce: None,
            peer: None,
            at: None,
            groups: Vec::new(),
            switches: Vec::new(),
            attributes: BTreeMap::new(),
        }
    }

    /// The user; client credentials have none, whoever is named here.
    #[must_use]
    pub fn user(mut self, user: impl Into<UserId>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// The `scope` parameter: names with spaces between them.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// The `audience` parameter; the server's first audience without it.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// The `response_type`: `code` unless set, for the grant type `implicit` `id_token token`.
    #[must_use]
    pub fn response_type(mut self, types: ResponseTypes) -> Self {
        self.response_type = Some(types);
        self
    }

    /// How the user signed in: at the time of the request, and no more is known of it, unless set.
    #[must_use]
    pub fn login(mut self, login: Login) -> Self {
        self.login = Some(login);
        self
    }

    /// The `nonce` parameter.
    #[must_use]
    pub fn nonce(mut self, nonce: impl Into<String>) -> Self {
        self.nonce = Some(nonce.into());
        self
    }

    /// Where the request comes from, as the host would name it in [`Call::peer`](crate::Call::peer).
    #[must_use]
    pub fn peer(mut self, peer: impl Into<String>) -> Self {
        self.peer = Some(peer.into());
        self
    }

    /// The time of the request; now unless set.
    #[must_use]
    pub fn at(mut self, time: Timestamp) -> Self {
        self.at = Some(time);
        self
    }

    /// What if the user were in this group, by id or name?
    #[must_use]
    pub fn in_group(mut self, group: impl Into<String>) -> Self {
        self.groups.push((group.into(), true));
        self
    }

    /// What if the user were not in this group, by id or name?
    #[must_use]
    pub fn not_in_group(mut self, group: impl Into<String>) -> Self {
        self.groups.push((group.into(), false));
        self
    }

    /// What if this rule or policy, by id, were ACTIVE? With a rule, its policy is.
    #[must_use]
    pub fn with_rule(mut self, id: impl Into<String>) -> Self {
        self.switches.push((id.into(), true));
        self
    }

    /// What if this rule or policy, by id, were INACTIVE?
    #[must_use]
    pub fn without_rule(mut self, id: impl Into<String>) -> Self {
        self.switches.push((id.into(), false));
        self
    }

    /// What if this attribute of the user's profile had this value? Null: what if it had none?
    #[must_use]
    pub fn with_attribute(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }
}

/// A preview request as JSON. Unknown members are mistakes: a question that is misread has a wrong answer.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Written {
    server: Option<String>,
    client: String,
    grant: String,
    user: Option<String>,
    scope: Option<String>,
    audience: Option<String>,
    response_type: Option<String>,
    nonce: Option<String>,
    peer: Option<String>,
    at: Option<i64>,
    #[serde(default)]
    what_if: WhatIf,
}

#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct WhatIf {
    #[serde(default)]
    groups: BTreeMap<String, bool>,
    #[serde(default)]
    rules: BTreeMap<String, bool>,
    #[serde(default)]
    profile: BTreeMap<String, Value>,
}

impl PreviewRequest {
    /// Reads a request from JSON, as a page that asks for previews sends it: `server` (absent is the org
    /// authorization server), `client`, `grant`, `user`, `scope`, `audience`, `responseType`, `nonce`, `peer`, `at`
    /// (seconds since 1970) and `whatIf`: `groups` and `rules`, each name or id with true or false, and
    /// `profile`.
    ///
    /// ```
    /// # use chancery::PreviewRequest;
    /// PreviewRequest::from_json(r#"{"server": "default", "client": "0oa1web", "grant": "authorization_code",
    ///     "user": "00u1ada", "scope": "openid", "whatIf": {"groups": {"Contractors": false}}}"#)?;
    /// # Ok::<(), chancery::PreviewError>(())
    /// ```
    ///
    /// # Errors
    /// [`PreviewError::Malformed`].
    pub fn from_json(text: &str) -> Result<Self, PreviewError> {
        let malformed = |what: String| PreviewError::Malformed(what);
        let written: Written = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        let grant = GrantType::parse_configured(&written.grant);
        let grant = grant.ok_or_else(|| malformed(format!("unknown grant type `{}`", written.grant)))?;
        let types = match &written.response_type {
            None => None,
            Some(text) => {
                let types = ResponseTypes::parse(text);
                Some(types.ok_or_else(|| malformed(format!("unknown response type `{text}`")))?)
            }
        };
        Ok(Self {
            server: written.server,
            client: written.client.into(),
            grant,
            user: written.user.map(UserId::from),
            scope: written.scope,
            audience: written.audience,
            response_type: types,
            login: None,
            nonce: written.nonce,
            peer: written.peer,
            at: written.at.map(Timestamp::from_unix),
            groups: written.what_if.groups.into_iter().collect(),
            switches: written.what_if.rules.into_iter().collect(),
            attributes: written.what_if.profile,
        })
    }
}

impl Issuer {
    /// What a request would yield: the claims of its tokens as JSON, and why. Nothing is signed and
    /// nothing stored; hooks are not called.
    ///
    /// Whether the user consented is not looked up: scopes that the user would be asked about are
    /// granted, and the trace says so.
    ///
    /// # Errors
    /// [`PreviewError`] where the request names what there is not, or a host part fails. A request that
    /// would be refused has a preview, whose trace says why.
    pub async fn preview(&self, request: &PreviewRequest) -> Result<Preview, PreviewError> {
        deadline::contain(self.previewed(request)).await?
    }

    /// Why a request is answered as it is: the trace of [`Issuer::preview`].
    ///
    /// # Errors
    /// As [`Issuer::preview`].
    pub async fn explain(&self, request: &PreviewRequest) -> Result<Trace, PreviewError> {
        Ok(self.preview(request).await?.trace)
    }

    async fn previewed(&self, request: &PreviewRequest) -> Result<Preview, PreviewError> {
        let org = self.org();
        let server = match &request.server {
            None => org.org_server(),
            Some(segment) => org.server(segment),
        };
        let name = || request.server.clone().unwrap_or_default();
        let server = Arc::clone(server.ok_or_else(|| PreviewError::UnknownServer(name()))?);
        let server = match request.switches.as_slice() {
            [] => server,
            switches => Arc::new(Server::switched(&server, switches).map_err(PreviewError::UnknownRule)?),
        };
        let client = self.client(&org, request.client.as_str()).await?;
        let client = client.ok_or_else(|| PreviewError::UnknownClient(request.client.clone()))?;
        let user = match (&request.user, request.grant) {
            (_, GrantType::ClientCredentials) => None,
            (None, grant) => return Err(PreviewError::NoUser(grant)),
            (Some(id), _) => {
                let user = self.user(&org, id).await?;
                let user = user.ok_or_else(|| PreviewError::UnknownUser(id.clone()))?;
                Some(self.supposed(&org, request, &user)?)
            }
        };
        let groups = match &user {
            Some(user) => self.groups(&org, user).await?,
            None => Vec::new(),
        };
        let now_millis = match request.at {
            Some(at) => at.as_unix().saturating_mul(1000),
            None => self.now_millis(),
        };
        let now = Timestamp::from_unix(now_millis.div_euclid(1000));
        let id = user.as_ref().map_or("", |user| user.id().as_str());
        let login = request.login.clone().unwrap_or_else(|| Login::new(id, now));
        let usual = if request.grant == GrantType::Implicit { "id_token token" } else { "code" };
        let types = request.response_type.or_else(|| ResponseTypes::parse(usual));
        let scenario = Scenario {
            org: &org,
            served: Served::new(&server),
            client: &client,
            user: user.as_ref(),
            groups: &groups,
            grant: request.grant,
            types: types.ok_or_else(|| Fault::internal("the usual response type is none"))?,
            scope: request.scope.as_deref(),
            audience: request.audience.as_deref(),
            login: &login,
            nonce: request.nonce.as_deref(),
            peer: request.peer.as_deref(),
            now_millis,
        };
        Ok(Preview::of(&scenario))
    }

    /// The user as the request supposes it to be.
    fn supposed(&self, org: &Org, request: &PreviewRequest, user: &User) -> Result<User, PreviewError> {
        let mut user = user.clone();
        for (name, value) in &request.attributes {
            match value {
                Value::Null => drop(user.profile.remove(name)),
                value => drop(user.profile.insert(name.clone(), value.clone())),
            }
        }
        for (name, member) in &request.groups {
            let group = self.group_named(org, name)?;
            user.groups.retain(|known| *known != group);
            if *member && group != *org.everyone() {
                user.groups.push(group);
            }
        }
        Ok(user)
    }

    fn group_named(&self, org: &Org, text: &str) -> Result<GroupId, PreviewError> {
        if let Some(group) = org.group(text) {
            return Ok(GroupId::from(group.id()));
        }
        let mut called_so = org.groups().filter(|group| group.name() == text);
        match (called_so.next(), called_so.next()) {
            (Some(group), None) => Ok(GroupId::from(group.id())),
            // The directory knows groups that the organisation does not list.
            (None, _) if self.0.directory.is_some() => Ok(GroupId::from(text)),
            _ => Err(PreviewError::UnknownGroup(text.to_owned())),
        }
    }
}
