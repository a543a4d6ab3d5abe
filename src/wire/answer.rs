//! Answers of the authorization endpoint on their way to the client: in the query or the fragment of
//! its redirect URI, by a form, or by a message to the window that waits for it.

use url::Url;

use super::form::{decode, push_encoded};
use super::html::{escaped, page, script_source};
use super::reply::Reply;
use crate::error::{Error, WireBody};
use crate::types::ResponseMode;

/// Where an answer goes, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReturnAddress {
    /// As the request had it; one that the client registered.
    pub(crate) redirect_uri: String,
    pub(crate) mode: ResponseMode,
    /// The request's, to be returned as it is.
    pub(crate) state: Option<String>,
    /// In every answer, so that a client of several issuers cannot mix them up (RFC 9207).
    pub(crate) issuer: String,
}

/// What only answers may say: a redirect URI that was registered with one of these in its query is
/// called without it.
const ANSWERS: &[&str] = &[
    "access_token",
    "code",
    "error",
    "error_description",
    "error_uri",
    "expires_in",
    "id_token",
    "iss",
    "scope",
    "state",
    "token_type",
];

const SUBMIT: &str = "document.forms[0].submit();";

/// A frame tells the page around it; any other window the one that opened it.
const POST_MESSAGE: &str = "\
var fields = document.forms[0].elements, data = {}, i;
for (i = 0; i < fields.length; i++) { data[fields[i].name] = fields[i].value; }
var target = window.parent !== window ? window.parent : window.opener;
if (target) { target.postMessage(data, document.body.firstElementChild.getAttribute('data-origin')); }
";

impl ReturnAddress {
    /// Sends these parameters, and `state` and `iss` with them.
    pub(crate) fn send(&self, parameters: &[(&str, &str)]) -> Reply {
        let own = [("state", self.state.as_deref()), ("iss", Some(self.issuer.as_str()))];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let all: Vec<(&str, &str)> = parameters.iter().copied().chain(own).collect();
        match (self.mode, web_origin(&self.redirect_uri)) {
            (ResponseMode::FormPost, _) => self.form(&all),
            (ResponseMode::OktaPostMessage, Some(origin)) => message(&origin, &all),
            (ResponseMode::Query, _) => self.redirect(&all, '?'),
            _ => self.redirect(&all, '#'),
        }
    }

    /// Sends an error.
    pub(crate) fn refuse(&self, error: &Error) -> Reply {
        match error.wire().body {
            WireBody::OAuth { error, description } => {
                self.send(&[("error", error), ("error_description", &description)])
            }
            WireBody::Management { summary, .. } => {
                self.send(&[("error", "invalid_request"), ("error_description", &summary)])
            }
        }
    }

    fn redirect(&self, parameters: &[(&str, &str)], mark: char) -> Reply {
        Reply::redirect(with_parameters(self.target(), parameters, mark))
    }

    /// OAuth 2.0 Form Post Response Mode §2. The button is for browsers that run no scripts.
    fn form(&self, parameters: &[(&str, &str)]) -> Reply {
        let target = self.target();
        let body = format!(
            "<form method=\"post\" action=\"{}\">\n{}<button type=\"submit\">Continue</button>\n</form>\n\
             <script>{SUBMIT}</script>\n",
            escaped(&target),
            inputs(parameters),
        );
        page(200, "Continue", &body, &policy(SUBMIT, &ancestors(&target)))
    }

    /// The redirect URI without what an answer says.
    fn target(&self) -> String {
        let uri = &self.redirect_uri;
        let Some((before, query)) = uri.split_once('?') else { return uri.clone() };
        let is_answer = |pair: &&str| {
            let name = pair.split('=').next().unwrap_or("");
            decode(name).is_none_or(|name| ANSWERS.contains(&&*name))
        };
        if !query.split('&').any(|pair| is_answer(&pair)) {
            return uri.clone();
        }
        let kept: Vec<&str> = query.split('&').filter(|pair| !is_answer(pair)).collect();
        if kept.is_empty() { before.to_owned() } else { format!("{before}?{}", kept.join("&")) }
    }
}

/// A URI with parameters behind its query, or in its fragment.
fn with_parameters(mut location: String, parameters: &[(&str, &str)], mark: char) -> String {
    if mark == '#' {
        location.push('#');
    } else if !location.contains('?') {
        location.push('?');
    } else if !location.ends_with(['?', '&']) {
        location.push('&');
    }
    for (place, (name, value)) in parameters.iter().enumerate() {
        if place > 0 {
            location.push('&');
        }
        location.push_str(name);
        location.push('=');
        push_encoded(&mut location, value);
    }
    location
}

impl Reply {
    /// To where the client wants its user after signing out, a URI that it registered.
    pub(crate) fn signed_out(uri: &str, state: Option<&str>) -> Self {
        Self::redirect(match state {
            None => uri.to_owned(),
            Some(state) => with_parameters(uri.to_owned(), &[("state", state)], '?'),
        })
    }
}

/// To the one origin that may read it, whoever opened the window.
fn message(origin: &str, parameters: &[(&str, &str)]) -> Reply {
    let body = format!(
        "<form data-origin=\"{}\">\n{}</form>\n<p>You can close this window.</p>\n\
         <script>{POST_MESSAGE}</script>\n",
        escaped(origin),
        inputs(parameters),
    );
    page(200, "Done", &body, &policy(POST_MESSAGE, &ancestors(origin)))
}

/// The one script, and who may frame the page. No `form-action`: browsers hold redirects that follow a
/// form against it too, and where the client sends its user next is not for this page to know.
fn policy(script: &str, ancestors: &str) -> String {
    format!("script-src {}; frame-ancestors {ancestors}", script_source(script))
}

fn inputs(parameters: &[(&str, &str)]) -> String {
    let input = |(name, value): &(&str, &str)| {
        format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", escaped(name), escaped(value))
    };
    parameters.iter().map(input).collect()
}

/// Scheme, host and port of a URI of the web, as browsers write them; `None` for an app's own scheme.
pub(crate) fn web_origin(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(url.origin().ascii_serialization())
}

/// Pages of the client may frame the page: that is how it renews its tokens in the background. Policies
/// have no word for an IPv6 address.
fn ancestors(uri: &str) -> String {
    match web_origin(uri) {
        Some(origin) if !origin.contains('[') => origin,
        _ => "'none'".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Fault, Refusal};

    fn address(redirect_uri: &str, mode: ResponseMode) -> ReturnAddress {
        ReturnAddress {
            redirect_uri: redirect_uri.to_owned(),
            mode,
            state: Some("a b&c=\"é".to_owned()),
            issuer: "https://id.example/oauth2/default".to_owned(),
        }
    }

    fn location(redirect_uri: &str, mode: ResponseMode) -> String {
        let reply = address(redirect_uri, mode).send(&[("code", "x")]);
        assert_eq!((reply.status(), reply.body()), (302, ""));
        assert_eq!(reply.header("Cache-Control"), Some("no-store"));
        assert_eq!(reply.header("Referrer-Policy"), Some("no-referrer"));
        reply.header("Location").unwrap().to_owned()
    }

    const TAIL: &str = "code=x&state=a%20b%26c%3D%22%C3%A9&iss=https%3A%2F%2Fid.example%2Foauth2%2Fdefault";

    /// A101: each parameter once, in its channel only.
    #[test]
    fn a101_parameters_are_appended_once() {
        for (uri, before) in [
            ("https://app/cb", "https://app/cb?"),
            ("https://app/cb?x=1", "https://app/cb?x=1&"),
            ("https://app/cb?", "https://app/cb?"),
            ("https://app/cb?x=1&", "https://app/cb?x=1&"),
            ("https://app/cb?iss=evil&x=1&%63ode=y", "https://app/cb?x=1&"),
            ("https://app/cb?state=evil", "https://app/cb?"),
            ("com.example.app:/cb", "com.example.app:/cb?"),
        ] {
            assert_eq!(location(uri, ResponseMode::Query), format!("{before}{TAIL}"), "{uri}");
        }
        for (uri, before) in [
            ("https://app/cb", "https://app/cb#"),
            ("https://app/cb?x=1", "https://app/cb?x=1#"),
            ("https://app/cb?iss=evil", "https://app/cb#"),
            ("com.example.app:/cb", "com.example.app:/cb#"),
        ] {
            assert_eq!(location(uri, ResponseMode::Fragment), format!("{before}{TAIL}"), "{uri}");
        }
    }

    /// az-027
    #[test]
    fn a_form_posts_itself() {
        let reply =
            address("https://app.example/cb?x=1&iss=evil", ResponseMode::FormPost).send(&[("code", "x")]);
        assert_eq!(reply.status(), 200);
        assert_eq!(reply.header("Content-Type"), Some("text/html;charset=UTF-8"));
        assert_eq!(reply.header("Cache-Control"), Some("no-store"));
        let body = reply.body();
        for part in [
            "<form method=\"post\" action=\"https://app.example/cb?x=1\">",
            "<input type=\"hidden\" name=\"code\" value=\"x\">",
            "<input type=\"hidden\" name=\"state\" value=\"a b&amp;c=&quot;é\">",
            "<input type=\"hidden\" name=\"iss\" value=\"https://id.example/oauth2/default\">",
            "<button type=\"submit\">",
        ] {
            assert!(body.contains(part), "{part} in {body}");
        }
        assert_eq!(body.matches("name=\"iss\"").count(), 1);
        let policy = reply.header("Content-Security-Policy").unwrap();
        assert_eq!(
            policy,
            format!(
                "default-src 'none'; base-uri 'none'; script-src {}; frame-ancestors https://app.example",
                script_source(SUBMIT)
            )
        );
    }

    #[test]
    fn policies_name_what_they_can() {
        for (uri, frames) in [
            ("https://App.example:443/cb", "https://app.example"),
            ("http://127.0.0.1:8080/cb", "http://127.0.0.1:8080"),
            ("http://[::1]:8080/cb", "'none'"),
            ("com.example.app:/cb", "'none'"),
        ] {
            assert_eq!(ancestors(uri), frames, "{uri}");
        }
    }

    #[test]
    fn messages_are_for_one_origin() {
        let reply =
            address("https://app.example/cb", ResponseMode::OktaPostMessage).send(&[("id_token", "t")]);
        let body = reply.body();
        assert!(body.contains("<form data-origin=\"https://app.example\">"), "{body}");
        assert!(!body.contains("'*'") && !body.contains("\"*\""));
        assert!(body.contains(&format!("<script>{POST_MESSAGE}</script>")));
        assert!(reply.header("Content-Security-Policy").unwrap().contains(&script_source(POST_MESSAGE)));
        // What came with the request stands in no script.
        assert_eq!(body.matches("<script").count(), 1);
    }

    #[test]
    fn errors_travel_the_same_way() {
        let address = address("https://app/cb", ResponseMode::Query);
        let location = |error: Error| address.refuse(&error).header("Location").unwrap().to_owned();
        assert!(location(Refusal::InvalidState.into()).starts_with(
            "https://app/cb?error=invalid_request&error_description=The%20authentication%20request%20has"
        ));
        assert!(location(Fault::unavailable("x").into()).contains("error=temporarily_unavailable&"));
        assert!(location(Fault::internal("x").into()).contains("error=server_error&"));
    }
}
