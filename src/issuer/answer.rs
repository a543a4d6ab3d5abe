//! What the issuer wants of a host that has pages: answers that are not for the client alone.

use std::sync::Arc;

use super::logout::EndSession;
use crate::error::{Error, Refusal, Wire, WireBody};
use crate::flow::Login;
use crate::model::{RegisteredClient, User};
use crate::types::{ClientId, UserId};
use crate::wire::{Reply, escaped, page};

/// What the host knows of the browser that sent a request.
///
/// ```
/// use chancery::{Browser, Login};
/// use chancery::types::Timestamp;
///
/// let session = Login::new("00u1alice", Timestamp::from_unix(1_767_225_600)).amr("pwd");
/// let browser = Browser::new("kJ3vXw0bQ5mB9Zr1tYc7Ag").signed_in(&session);
/// ```
#[derive(Clone, Copy)]
pub struct Browser<'a> {
    pub(super) id: &'a str,
    pub(super) session: Option<&'a Login>,
    pub(super) peer: Option<&'a str>,
}

impl<'a> Browser<'a> {
    /// A browser by an unguessable value that the host put into its cookie, from its first request on.
    /// What a browser began, only the same browser can go on with.
    pub fn new(id: &'a str) -> Self {
        Self { id, session: None, peer: None }
    }

    /// With the sign-in that the browser's session holds.
    #[must_use]
    pub fn signed_in(mut self, login: &'a Login) -> Self {
        self.session = Some(login);
        self
    }

    /// With its IP address, behind whatever proxies the host trusts: token policies may ask for it, and
    /// hooks are told.
    #[must_use]
    pub fn peer(mut self, peer: &'a str) -> Self {
        self.peer = Some(peer);
        self
    }
}

impl std::fmt::Debug for Browser<'_> {
    /// Without the id: it is a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").field("session", &self.session).finish_non_exhaustive()
    }
}

/// What a host with pages does next.
#[derive(Debug)]
#[non_exhaustive]
pub enum Answer {
    /// Send this.
    Reply(Reply),
    /// Show the sign-in page; then call [`Issuer::login`](crate::Issuer::login).
    Login(LoginPrompt),
    /// Show the consent page; then call [`Issuer::consent`](crate::Issuer::consent).
    Consent(ConsentPrompt),
    /// End the browser's session, as the user wants.
    EndSession(EndSession),
    /// Show an error page. Never send the browser anywhere: nobody vouched for the place.
    Error(ErrorPage),
}

/// What the sign-in page needs to know.
#[derive(Debug, Clone)]
pub struct LoginPrompt {
    pub(super) interaction: String,
    pub(super) client: ClientId,
    pub(super) label: String,
    pub(super) redirect_uri: String,
    pub(super) login_hint: Option<String>,
    pub(super) hinted_user: Option<UserId>,
    pub(super) acr: Option<&'static str>,
    pub(super) display: Option<String>,
    pub(super) ui_locales: Option<String>,
    pub(super) anew: bool,
}

impl LoginPrompt {
    /// The name of the request that waits: 43 characters of base64url, safe in a path or a hidden field.
    /// It is good for an hour, in this browser.
    pub fn interaction(&self) -> &str {
        &self.interaction
    }

    /// The client that wants to know who the user is.
    pub fn client_id(&self) -> &ClientId {
        &self.client
    }

    /// What administrators call the client.
    pub fn client_label(&self) -> &str {
        &self.label
    }

    /// Where the browser goes when the request is answered: one of the client's registered redirect URIs, as
    /// it was asked for. Its host tells users where they will end.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Whom the client expects, as it would be typed (`login_hint`). Anybody can have written it:
    /// escape it.
    pub fn login_hint(&self) -> Option<&str> {
        self.login_hint.as_deref()
    }

    /// Whom the client expects, by an ID token that proves it knows the user. Nobody else's sign-in will
    /// do.
    pub fn hinted_user(&self) -> Option<&UserId> {
        self.hinted_user.as_ref()
    }

    /// The authentication context to reach, one of Okta's values of `acr_values`. A sign-in that does not
    /// reach it is refused.
    pub fn acr(&self) -> Option<&str> {
        self.acr
    }

    /// `display`, as the client sent it (OpenID Connect Core §3.1.2.1).
    pub fn display(&self) -> Option<&str> {
        self.display.as_deref()
    }

    /// `ui_locales`, as the client sent it: language tags, in order of preference.
    pub fn ui_locales(&self) -> Option<&str> {
        self.ui_locales.as_deref()
    }

    /// Whether the user must prove anew who they are, whatever session there is: a sign-in from before
    /// this request will not do.
    pub fn must_authenticate(&self) -> bool {
        self.anew
    }
}

/// What the consent page needs to know.
#[derive(Debug, Clone)]
pub struct ConsentPrompt {
    pub(super) interaction: String,
    pub(super) client: ClientId,
    pub(super) label: String,
    pub(super) redirect_uri: String,
    pub(super) user: Arc<User>,
    pub(super) scopes: Vec<ConsentScope>,
}

impl ConsentPrompt {
    /// The name of the request that waits, as [`LoginPrompt::interaction`].
    pub fn interaction(&self) -> &str {
        &self.interaction
    }

    /// The client that asks.
    pub fn client_id(&self) -> &ClientId {
        &self.client
    }

    /// What administrators call the client.
    pub fn client_label(&self) -> &str {
        &self.label
    }

    /// Where the browser goes when the user answered, as [`LoginPrompt::redirect_uri`].
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Who is asked.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// What the user is asked for, in the order of the request. Never empty.
    pub fn scopes(&self) -> &[ConsentScope] {
        &self.scopes
    }
}

/// One scope on the consent page.
#[derive(Debug, Clone)]
pub struct ConsentScope {
    pub(super) name: String,
    pub(super) display_name: Option<Arc<str>>,
    pub(super) description: Option<Arc<str>>,
    pub(super) optional: bool,
    pub(super) granted: bool,
}

impl ConsentScope {
    /// The scope's name, for [`ConsentDecision::Allow`](crate::ConsentDecision).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What to call it: its display name, or its name.
    pub fn display_name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.name)
    }

    /// What to say of it.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Whether the user may leave it out.
    pub fn is_optional(&self) -> bool {
        self.optional
    }

    /// Whether the user granted it before.
    pub fn is_granted(&self) -> bool {
        self.granted
    }
}

/// What an error page says. The host shows it in its own design, or sends [`ErrorPage::into_reply`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorPage {
    status: u16,
    error: &'static str,
    description: String,
    allow: Option<&'static str>,
}

impl ErrorPage {
    pub(super) fn of(error: &Error) -> Self {
        let Wire { status, body } = error.wire();
        let (code, description) = match body {
            WireBody::OAuth { error, description } => (error, description),
            WireBody::Management { code, summary } => (code, summary),
        };
        let allow = match error {
            Error::Refused(Refusal::MethodNotAllowed { allow }) => Some(*allow),
            _ => None,
        };
        Self { status, error: code, description, allow }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The error's code, RFC 6749's or Okta's.
    pub fn error(&self) -> &str {
        self.error
    }

    /// Okta's sentence: printable ASCII, 256 characters at most. Escape it: it can hold what somebody
    /// sent.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// A plain page that links nowhere and that no other page can frame.
    pub fn into_reply(self) -> Reply {
        let body = format!(
            "<h1>This request cannot be answered</h1>\n<p>{}</p>\n<p><code>{}</code></p>\n",
            escaped(&self.description),
            escaped(self.error),
        );
        let reply = page(self.status, "Error", &body, "form-action 'none'; frame-ancestors 'none'")
            .with("X-Frame-Options", "DENY");
        match self.allow {
            Some(allow) => reply.with("Allow", allow),
            None => reply,
        }
    }
}

/// What both pages say of the client.
pub(super) fn named(client: &RegisteredClient) -> (ClientId, String) {
    (client.id().clone(), client.label().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_page_links_nowhere_and_shows_nothing_as_html() {
        let error = Refusal::UnknownServer { id: "<a href=//evil>'\"&".to_owned() }.into();
        let page = ErrorPage::of(&error);
        assert_eq!((page.status(), page.error()), (404, "E0000007"));
        let reply = page.into_reply();
        assert!(!reply.body().contains("<a") && !reply.body().contains("href=//evil>'"));
        assert!(reply.body().contains("&lt;a href=//evil&gt;"));
        for (name, value) in [
            ("Content-Type", "text/html;charset=UTF-8"),
            (
                "Content-Security-Policy",
                "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            ),
            ("X-Frame-Options", "DENY"),
            ("Cache-Control", "no-store"),
        ] {
            assert_eq!(reply.header(name), Some(value));
        }
        assert_eq!((reply.header("Location"), reply.header("Refresh")), (None, None));
    }

    #[test]
    fn debug_shows_no_cookie() {
        assert_eq!(format!("{:?}", Browser::new("hush")), "Browser { session: None, .. }");
    }
}
