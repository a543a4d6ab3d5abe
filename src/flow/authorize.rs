//! A request to the authorization endpoint, judged in the order that keeps a browser from ever being
//! sent to a place that the client did not register.
//!
//! ```text
//! AuthorizeRequest ─Recipient::of─▶ Recipient ─Checked::new─▶ Checked ─step─▶ sign in first, or go on
//!                        │                         │             └─permit─▶ AccessRequest ─decide─▶ Granted
//!                an error page             an answer to the client
//! ```

mod scopes;
mod session;

use std::sync::Arc;

use crate::error::Refusal;
use crate::flow::{AccessRequest, Asked, Served, access, pkce, redirect};
use crate::model::{ClientKind, Person, RegisteredClient, UnsupportedSetting, User};
use crate::types::{GrantType, Prompt, ResponseMode, ResponseType, ResponseTypes, ScopeSet, UserId};
use crate::wire::{AuthorizeRequest, ReturnAddress, web_origin};

pub(super) use scopes::asked as scopes_with_user;
pub(crate) use session::{Acr, Step};

/// The longest value of a parameter, in bytes. `state` and `nonce` come back as they were sent.
const MAX_LENGTH: usize = 4096;

/// A client that may be answered, and where. Only [`Recipient::of`] makes one: until there is one,
/// errors are for a page.
pub(crate) struct Recipient<'a> {
    served: Served<'a>,
    client: &'a RegisteredClient,
    /// As far as they can be told.
    types: Option<ResponseTypes>,
    address: ReturnAddress,
}

/// The client that a request names, not looked up yet.
pub(crate) fn client_id<'r>(request: &'r AuthorizeRequest<'_>) -> Result<&'r str, Refusal> {
    once(request, "client_id")?;
    request.get("client_id").ok_or(Refusal::InvalidClientId)
}

impl<'a> Recipient<'a> {
    /// Finds where the answer goes. `client` is what the directory has under the request's client id.
    pub(crate) fn of(
        client: Option<&'a RegisteredClient>,
        served: Served<'a>,
        request: &AuthorizeRequest<'_>,
    ) -> Result<Self, Refusal> {
        let client = client.filter(|client| client.active).ok_or(Refusal::InvalidClientId)?;
        if client.kind == ClientKind::Service {
            return Err(Refusal::ServiceClient);
        }
        once(request, "redirect_uri")?;
        let redirect_uri = request.get("redirect_uri").ok_or(Refusal::MissingRedirectUri)?;
        if !redirect::is_registered(client, redirect_uri) {
            return Err(Refusal::UnregisteredRedirectUri);
        }
        let types = sole(request, "response_type").and_then(ResponseTypes::parse);
        let address = ReturnAddress {
            redirect_uri: redirect_uri.to_owned(),
            mode: mode(request, redirect_uri),
            state: state(request).map(str::to_owned),
            issuer: served.issuer.to_string(),
        };
        Ok(Self { served, client, types, address })
    }

    pub(crate) fn address(&self) -> &ReturnAddress {
        &self.address
    }

    pub(crate) fn client(&self) -> &'a RegisteredClient {
        self.client
    }

    pub(crate) fn served(&self) -> Served<'a> {
        self.served
    }
}

/// Errors travel as the answer would; one that is asked for in a way that cannot be, as usual.
fn mode(request: &AuthorizeRequest<'_>, redirect_uri: &str) -> ResponseMode {
    let tokens = asks_for_tokens(request);
    let usual = if tokens { ResponseMode::Fragment } else { ResponseMode::Query };
    match sole(request, "response_mode").and_then(ResponseMode::parse) {
        Some(ResponseMode::Query) | None => usual,
        Some(ResponseMode::OktaPostMessage) if web_origin(redirect_uri).is_none() => usual,
        Some(mode) => mode,
    }
}

/// Also by a response type that does not exist.
fn asks_for_tokens(request: &AuthorizeRequest<'_>) -> bool {
    let words = request.get("response_type").unwrap_or("").split(' ');
    words
        .filter_map(ResponseType::parse)
        .any(|word| matches!(word, ResponseType::Token | ResponseType::IdToken))
}

fn state<'r>(request: &'r AuthorizeRequest<'_>) -> Option<&'r str> {
    sole(request, "state").filter(|state| state.len() <= MAX_LENGTH && !state.contains(char::is_control))
}

/// The value of a parameter that was sent once.
fn sole<'r>(request: &'r AuthorizeRequest<'_>, name: &str) -> Option<&'r str> {
    request.get(name).filter(|_| !request.is_repeated(name))
}

fn once(request: &AuthorizeRequest<'_>, name: &str) -> Result<(), Refusal> {
    match request.is_repeated(name) {
        true => Err(Refusal::DuplicateParameters { names: vec![name.to_owned()] }),
        false => Ok(()),
    }
}

/// A request that is right in itself, whoever the user is. Only [`Checked::new`] makes one.
pub(crate) struct Checked<'a> {
    served: Served<'a>,
    client: &'a RegisteredClient,
    types: ResponseTypes,
    prompt: Option<Prompt>,
    max_age: Option<u32>,
    acr: Option<Acr>,
    hinted: Option<UserId>,
    nonce: Option<String>,
    challenge: Option<[u8; 32]>,
    asked: Asked,
    audience: &'a Arc<str>,
    page: ForThePage,
}

/// What only the sign-in page makes something of.
#[derive(Debug, Clone, Default)]
pub(crate) struct ForThePage {
    pub(crate) login_hint: Option<String>,
    pub(crate) display: Option<String>,
    pub(crate) ui_locales: Option<String>,
}

impl<'a> Checked<'a> {
    /// Checks everything that needs no user. `hinted` is whom a verified `id_token_hint` is about.
    pub(crate) fn new(
        recipient: &Recipient<'a>,
        request: &AuthorizeRequest<'_>,
        hinted: Option<UserId>,
    ) -> Result<Self, Refusal> {
        let Recipient { served, client, .. } = *recipient;
        supported(served, client)?;
        if !request.repeated().is_empty() {
            return Err(Refusal::DuplicateParameters { names: request.repeated().to_vec() });
        }
        if recipient.address.state.is_none() {
            return Err(Refusal::InvalidState);
        }
        // Nothing is fetched, and what a request object says is not said at all.
        if request.has("request") {
            return Err(Refusal::RequestNotSupported);
        }
        if request.has("request_uri") {
            return Err(Refusal::RequestUriNotSupported);
        }
        let types = response_types(recipient, request)?;
        let prompt = prompt(request, types)?;
        response_mode(recipient, request, types)?;
        let nonce = text(request, "nonce")?;
        if nonce.as_ref().is_some_and(|nonce| nonce.contains(char::is_control)) {
            return Err(Refusal::InvalidParameter { name: "nonce" });
        }
        if types.has_tokens() && nonce.is_none() {
            return Err(Refusal::MissingNonce);
        }
        let challenge = challenge(client, request, types)?;
        let max_age = max_age(request, prompt)?;
        let acr = text(request, "acr_values")?.and_then(|values| Acr::wanted(&values));
        let page = ForThePage {
            login_hint: text(request, "login_hint")?,
            display: text(request, "display")?,
            ui_locales: text(request, "ui_locales")?,
        };
        let audience = access::audience(served, request.all("audience"), request.all("resource"))?;
        let asked = scopes::asked(served, client, request.get("scope"), types)?;
        Ok(Self {
            served,
            client,
            types,
            prompt,
            max_age,
            acr,
            hinted,
            nonce,
            challenge,
            asked,
            audience,
            page,
        })
    }

    pub(crate) fn served(&self) -> Served<'a> {
        self.served
    }
    pub(crate) fn client(&self) -> &'a RegisteredClient {
        self.client
    }
    pub(crate) fn types(&self) -> ResponseTypes {
        self.types
    }
    pub(crate) fn prompt(&self) -> Option<Prompt> {
        self.prompt
    }
    pub(crate) fn acr(&self) -> Option<Acr> {
        self.acr
    }
    pub(crate) fn hinted(&self) -> Option<&UserId> {
        self.hinted.as_ref()
    }
    pub(crate) fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }
    pub(crate) fn challenge(&self) -> Option<[u8; 32]> {
        self.challenge
    }
    pub(crate) fn page(&self) -> &ForThePage {
        &self.page
    }

    /// The grant type that policies are asked about.
    pub(crate) fn grant(&self) -> GrantType {
        match self.types.has(ResponseType::Code) {
            true => GrantType::AuthorizationCode,
            false => GrantType::Implicit,
        }
    }

    /// Access for this user, to be decided by the policies.
    pub(crate) fn permit(&self, user: &'a User) -> Result<AccessRequest<'a>, Refusal> {
        if self.client.app_user(user).is_none() {
            return Err(Refusal::UserNotAssigned);
        }
        let grants: &[GrantType] = match self.grant() {
            GrantType::AuthorizationCode => &[GrantType::AuthorizationCode],
            _ => &[GrantType::Implicit],
        };
        Ok(AccessRequest {
            served: self.served,
            client: self.client,
            person: Some(Person { id: user.id(), groups: user.groups() }),
            grants,
            asked: self.asked.clone(),
            audience: self.audience,
        })
    }

    /// Whether what was granted in the end is still what was asked for.
    pub(crate) fn suffices(&self, scopes: &ScopeSet) -> Result<(), Refusal> {
        if scopes.is_empty() {
            return Err(Refusal::NoScopeAllowed);
        }
        if self.types.has(ResponseType::IdToken) && !scopes.contains("openid") {
            return Err(Refusal::OpenidScopeRequired);
        }
        Ok(())
    }
}

pub(super) fn supported(served: Served<'_>, client: &RegisteredClient) -> Result<(), Refusal> {
    if let Some(setting) = served.server.unsupported {
        return Err(Refusal::UnsupportedSetting { setting });
    }
    match client.unsupported {
        Some(UnsupportedSetting::NetworkZones) => Err(Refusal::OutsideNetworkZone),
        Some(setting) => Err(Refusal::UnsupportedSetting { setting: setting.as_str() }),
        None => Ok(()),
    }
}

/// The response type, if the client is registered for each of its words and for the grant type that
/// each needs.
fn response_types(
    recipient: &Recipient<'_>,
    request: &AuthorizeRequest<'_>,
) -> Result<ResponseTypes, Refusal> {
    let client = recipient.client;
    if request.get("response_type").is_none() {
        return Err(Refusal::MissingParameter { name: "response_type" });
    }
    let unsupported = || Refusal::UnsupportedResponseType { configured: client.response_types.clone() };
    let types = recipient.types.ok_or_else(unsupported)?;
    registered_for(client, types)?;
    Ok(types)
}

/// Whether the client may ask for these, by response type and by grant type.
pub(super) fn registered_for(client: &RegisteredClient, types: ResponseTypes) -> Result<(), Refusal> {
    let unsupported = || Refusal::UnsupportedResponseType { configured: client.response_types.clone() };
    if !types.iter().all(|word| client.response_types.contains(&word)) {
        return Err(unsupported());
    }
    let needed = |word| match word {
        ResponseType::Code => Some(GrantType::AuthorizationCode),
        ResponseType::Token | ResponseType::IdToken => Some(GrantType::Implicit),
        ResponseType::None => None,
    };
    match types.iter().filter_map(needed).find(|grant| !client.grants.contains(grant)) {
        Some(grant) => Err(Refusal::UnauthorizedClient { grant, configured: client.grants.clone() }),
        None => Ok(()),
    }
}

fn prompt(request: &AuthorizeRequest<'_>, types: ResponseTypes) -> Result<Option<Prompt>, Refusal> {
    let prompt =
        request.get("prompt").map(|text| Prompt::parse(text).ok_or(Refusal::InvalidPrompt)).transpose()?;
    match (prompt, types.has(ResponseType::None)) {
        (Some(Prompt::EnrollAuthenticator), true) => Err(Refusal::EnrollmentNotSupported),
        (Some(Prompt::EnrollAuthenticator), false) => Err(Refusal::EnrollmentNeedsNone),
        (_, true) => Err(Refusal::NoneNeedsEnrollment),
        (prompt, false) => Ok(prompt),
    }
}

fn response_mode(
    recipient: &Recipient<'_>,
    request: &AuthorizeRequest<'_>,
    types: ResponseTypes,
) -> Result<(), Refusal> {
    let Some(text) = request.get("response_mode") else { return Ok(()) };
    match ResponseMode::parse(text) {
        Some(ResponseMode::Query) if types.has_tokens() => Err(Refusal::TokensInQuery),
        // No page of an app's own scheme waits for a message.
        Some(mode) if mode == recipient.address.mode => Ok(()),
        _ => Err(Refusal::UnsupportedResponseMode),
    }
}

/// PKCE (RFC 7636 §4.3): S256 alone. A public client must, and so must one that is set to.
fn challenge(
    client: &RegisteredClient,
    request: &AuthorizeRequest<'_>,
    types: ResponseTypes,
) -> Result<Option<[u8; 32]>, Refusal> {
    let Some(text) = request.get("code_challenge") else {
        let needs_one = types.has(ResponseType::Code) && client.pkce_required;
        let has_method = request.has("code_challenge_method") || request.has("code_challenge");
        return if needs_one || has_method { Err(Refusal::MissingChallenge) } else { Ok(None) };
    };
    // No method means `plain` (RFC 7636 §4.3).
    if request.get("code_challenge_method") != Some("S256") {
        return Err(Refusal::UnsupportedChallengeMethod);
    }
    pkce::challenge(text).map(Some).ok_or(Refusal::MalformedChallenge)
}

/// Seconds. An empty value is refused too: whoever sends it means to demand something.
fn max_age(request: &AuthorizeRequest<'_>, prompt: Option<Prompt>) -> Result<Option<u32>, Refusal> {
    if !request.has("max_age") {
        return Ok(None);
    }
    let text = request.get("max_age").unwrap_or("");
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|seconds| digits && *seconds <= i32::MAX as u32);
    match (seconds.ok_or(Refusal::InvalidMaxAge)?, prompt) {
        (0, Some(Prompt::None)) => Err(Refusal::PromptNoneWithMaxAgeZero),
        (seconds, _) => Ok(Some(seconds)),
    }
}

fn text(request: &AuthorizeRequest<'_>, name: &'static str) -> Result<Option<String>, Refusal> {
    match request.get(name) {
        Some(text) if text.len() > MAX_LENGTH => Err(Refusal::InvalidParameter { name }),
        found => Ok(found.map(str::to_owned)),
    }
}
