//! Requests and answers, read with other libraries than the one under test.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chancery::Reply;
use serde_json::Value as Json;
use url::{Url, form_urlencoded};

use crate::ORG;

/// What the client is told in the query and the fragment of a redirect.
pub fn sent(location: &str) -> BTreeMap<String, String> {
    let url = Url::parse(location).unwrap_or_else(|error| panic!("{location}: {error}"));
    let fragment = form_urlencoded::parse(url.fragment().unwrap_or("").as_bytes());
    url.query_pairs().chain(fragment).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

pub fn encoded<T: AsRef<str>>(pairs: &[(&str, T)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The values of one parameter.
pub fn values(form: &[u8], name: &str) -> Vec<String> {
    form_urlencoded::parse(form)
        .filter(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
        .collect()
}

pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// The settings of an app that are OAuth's.
pub fn app(client_id: &str) -> Option<(&'static Json, &'static Json)> {
    let apps = ORG["apps"].as_array()?;
    let app = apps.iter().find(|app| app["credentials"]["oauthClient"]["client_id"] == client_id)?;
    Some((&app["credentials"]["oauthClient"], &app["settings"]["oauthClient"]))
}

/// The client whose credentials a request holds; a public client is whoever says so.
pub fn proven(header: &[u8], body: &[u8]) -> Option<String> {
    let pair = match header.split_at_checked(6) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(b"basic ") => {
            let text = String::from_utf8(STANDARD.decode(rest.trim_ascii()).ok()?).ok()?;
            let (id, secret) = text.split_once(':')?;
            let decode = |text: &str| {
                form_urlencoded::parse(text.as_bytes()).next().map(|(text, _)| text.into_owned())
            };
            Some((decode(id)?, Some(decode(secret)?)))
        }
        _ => None,
    };
    let one = |name| values(body, name).into_iter().next();
    let (id, secret) = match pair {
        Some(pair) => pair,
        None => (one("client_id")?, one("client_secret")),
    };
    let expected = app(&id)?.0["client_secret"].as_str().map(str::to_owned);
    (expected == secret).then_some(id)
}

/// Whether a browser that is sent to `requested` ends at a place that `registered` means. Browsers read URLs as
/// the WHATWG's standard says; the library only compares texts.
pub fn is_meant(registered: &str, requested: &str, native: bool, wildcards: bool) -> bool {
    if registered == requested {
        return true;
    }
    let Ok(to) = Url::parse(requested) else { return false };
    let star = registered.replacen('*', "star", 1);
    let Ok(from) = Url::parse(&star) else { return false };
    let rest = |url: &Url| {
        (
            url.scheme().to_owned(),
            url.username().to_owned(),
            url.password().is_some(),
            url.path().to_owned(),
            url.query().map(str::to_owned),
            url.fragment().map(str::to_owned),
        )
    };
    if rest(&to) != rest(&from) {
        return false;
    }
    let (Some(to_host), Some(from_host)) = (to.host_str(), from.host_str()) else { return false };
    if registered.contains('*') {
        let (Some((label, domain)), Some((wild, fixed))) =
            (to_host.split_once('.'), from_host.split_once('.'))
        else {
            return false;
        };
        let (head, tail) = wild.split_once("star").unwrap_or((wild, ""));
        return wildcards
            && to.port() == from.port()
            && domain == fixed
            && label.starts_with(head)
            && label.ends_with(tail);
    }
    let loopback = matches!(from_host, "127.0.0.1" | "[::1]");
    native && loopback && to_host == from_host && from.port().is_none()
}

/// Whether the URI is one that the client registered.
pub fn is_registered(client_id: &str, requested: &str) -> bool {
    let Some((_, settings)) = app(client_id) else { return false };
    let native = settings["application_type"] == "native";
    let wildcards = settings["wildcard_redirect"] == "SUBDOMAIN";
    let registered = settings["redirect_uris"].as_array().into_iter().flatten().filter_map(Json::as_str);
    registered.into_iter().any(|registered| is_meant(registered, requested, native, wildcards))
}

/// The value of the first attribute of this name in a page.
pub fn attribute(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    Some(entities.iter().fold(value.to_owned(), |text, (entity, is)| text.replace(entity, is)))
}

/// An answer for a client, on its way through the browser.
pub struct Sent {
    /// A URI, or for a message the origin that may read it.
    to: String,
    is_message: bool,
    pub parameters: BTreeMap<String, String>,
}

impl Sent {
    /// What a reply of the authorization endpoint sends; `None` if it sends nothing anywhere.
    pub fn of(reply: &Reply) -> Option<Self> {
        if let Some(location) = reply.header("Location") {
            let to = location.split(['?', '#']).next().unwrap_or("").to_owned();
            return Some(Self { to, is_message: false, parameters: sent(location) });
        }
        let (form, origin) = (attribute(reply.body(), "action"), attribute(reply.body(), "data-origin"));
        let is_message = form.is_none();
        let to = form.or(origin)?.split('?').next().unwrap_or("").to_owned();
        let inputs = reply.body().split("<input").skip(1);
        let pair = |input: &str| Some((attribute(input, "name")?, attribute(input, "value")?));
        Some(Self { to, is_message, parameters: inputs.filter_map(pair).collect() })
    }

    /// Whether it goes to this URI and nowhere else.
    pub fn is_to(&self, uri: &str) -> bool {
        match self.is_message {
            true => Url::parse(uri).is_ok_and(|uri| uri.origin().ascii_serialization() == self.to),
            false => uri.split('?').next() == Some(&self.to),
        }
    }

    /// Whether it goes to a place that some client of the organisation may name.
    pub fn is_to_a_client(&self) -> bool {
        let apps = ORG["apps"].as_array().into_iter().flatten();
        apps.filter_map(|app| app["credentials"]["oauthClient"]["client_id"].as_str()).any(|client| {
            let queries = ["", "?x=1", "?code=x&y=1"].into_iter();
            let whole = |query: &str| {
                if self.is_message { format!("{}/cb{query}", self.to) } else { format!("{}{query}", self.to) }
            };
            queries.map(whole).any(|uri| is_registered(client, &uri))
        })
    }

    /// Whether it gives access to something.
    pub fn gives(&self) -> bool {
        ["code", "access_token", "id_token"].iter().any(|name| self.parameters.contains_key(*name))
    }

    /// What holds for every answer: an error or what was asked for, and no fault.
    pub fn check(&self) {
        let error = self.parameters.get("error");
        assert!(error.is_some() != self.gives(), "{:?}", self.parameters);
        assert!(
            !matches!(error.map(String::as_str), Some("server_error" | "temporarily_unavailable")),
            "a fault"
        );
    }
}

/// The claims of a signed token, whoever signed it.
pub fn claims(token: &str) -> Json {
    let payload = token.split('.').nth(1).unwrap_or_else(|| panic!("no token: {token}"));
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON")
}
