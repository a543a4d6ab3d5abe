//! Requests to the authorization endpoint (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).

use std::borrow::Cow;

use super::form::Form;
use crate::error::Refusal;

/// A request to the authorization endpoint, parsed and not judged.
///
/// Repeated parameters are kept as a fact: which of them may be told to the client by redirect depends
/// on the others.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizeRequest<'a> {
    form: Form<'a>,
    repeated: Vec<String>,
}

/// The parameters that the endpoint reads. A pending request is kept as these, and nothing else of it.
///
/// Not among them: `id_token_hint`, which is verified once, and what is refused or ignored whenever it
/// is sent.
const KEPT: &[&str] = &[
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "acr_values",
    "code_challenge",
    "code_challenge_method",
    "login_hint",
    "display",
    "ui_locales",
    "audience",
    "resource",
];

/// The one parameter that may be sent more than once (RFC 8707 §2).
const REPEATABLE: &[&str] = &["resource"];

impl<'a> AuthorizeRequest<'a> {
    /// Reads a query string or a form body. `None` for what is not percent-encoded UTF-8.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, Refusal> {
        Form::read(text).map(Self::of)
    }

    fn of(form: Form<'a>) -> Self {
        Self { repeated: form.repeated(REPEATABLE), form }
    }

    /// The value of a parameter. One without a value counts as absent (RFC 6749 §3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.form.get(name)
    }

    /// Every value of a parameter.
    pub(crate) fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.form.all(name)
    }

    /// Whether the parameter was sent, with or without a value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.form.has(name)
    }

    /// The parameters that were sent more than once and may not be.
    pub(crate) fn repeated(&self) -> &[String] {
        &self.repeated
    }

    /// Whether this one was.
    pub(crate) fn is_repeated(&self, name: &str) -> bool {
        self.repeated.iter().any(|known| known == name)
    }

    /// What is to be kept of the request while its user signs in.
    pub(crate) fn kept(&self) -> Vec<(&str, &str)> {
        self.form.iter().filter(|(name, value)| KEPT.contains(name) && !value.is_empty()).collect()
    }

    /// A request that was kept.
    pub(crate) fn restored(parameters: Vec<(&'a str, &'a str)>) -> Self {
        let borrowed = |(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value));
        Self::of(Form::of(parameters.into_iter().map(borrowed).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_facts() {
        let request =
            AuthorizeRequest::parse(b"scope=a&state=s&scope=b&resource=x&resource=y&audience=&audience=z")
                .unwrap();
        assert_eq!(request.repeated(), ["scope", "audience"]);
        assert!(request.is_repeated("scope") && !request.is_repeated("resource"));
        assert_eq!(request.all("resource").collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn a_kept_request_is_the_same_request() {
        let text = b"client_id=c&state=a%26b&resource=x&resource=y&id_token_hint=h&idp=i&prompt=";
        let request = AuthorizeRequest::parse(text).unwrap();
        let kept = AuthorizeRequest::restored(request.kept());
        assert_eq!(kept.kept(), [("client_id", "c"), ("state", "a&b"), ("resource", "x"), ("resource", "y")]);
    }
}
