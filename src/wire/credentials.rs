//! How a request says which client sends it (RFC 6749 §2.3, RFC 7523 §2.2).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::form::{Form, decode};
use crate::error::{AssertionRefusal, Refusal};

/// The credentials of one request, not checked yet.
#[derive(Clone)]
#[non_exhaustive]
pub enum Credentials<'a> {
    /// Client id and secret in the Authorization header.
    Basic {
        /// The client id.
        client_id: Cow<'a, str>,
        /// The secret.
        secret: Cow<'a, str>,
    },
    /// Client id and secret in the form.
    Post {
        /// The client id.
        client_id: Cow<'a, str>,
        /// The secret.
        secret: Cow<'a, str>,
    },
    /// A signed assertion in the form.
    Assertion(Assertion<'a>),
    /// A client id alone: a public client.
    Public {
        /// The client id.
        client_id: Cow<'a, str>,
    },
}

/// A client assertion, not checked yet.
#[derive(Clone)]
pub struct Assertion<'a> {
    /// The compact JWS.
    pub token: Cow<'a, str>,
    /// The `client_id` beside it, which must then name the same client.
    pub client_id: Option<Cow<'a, str>>,
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl<'a> Credentials<'a> {
    /// Finds the credentials of a request in its Authorization headers and its form.
    ///
    /// # Errors
    /// [`Refusal::MissingCredentials`], [`Refusal::MalformedBasic`],
    /// [`Refusal::MultipleCredentials`] for more than one kind, [`Refusal::ContradictingClient`]
    /// for a `client_id` that is not the one in the header, and [`AssertionRefusal::Type`].
    pub fn parse(authorization: &[&'a [u8]], form: &Form<'a>) -> Result<Self, Refusal> {
        let has_assertion = form.has("client_assertion") || form.has("client_assertion_type");
        let kinds = authorization.len() + usize::from(form.has("client_secret")) + usize::from(has_assertion);
        if kinds > 1 {
            return Err(Refusal::MultipleCredentials);
        }
        let client_id = form.take("client_id");
        if let Some(header) = authorization.first() {
            let (id, secret) = basic(header).ok_or(Refusal::MalformedBasic)?;
            if client_id.is_some_and(|stated| stated != id) {
                return Err(Refusal::ContradictingClient);
            }
            return Ok(Self::Basic { client_id: Cow::Owned(id), secret: Cow::Owned(secret) });
        }
        if has_assertion {
            if form.get("client_assertion_type") != Some(JWT_BEARER) {
                return Err(AssertionRefusal::Type.into());
            }
            let token = form.take("client_assertion").ok_or(AssertionRefusal::Malformed)?;
            return Ok(Self::Assertion(Assertion { token, client_id }));
        }
        let client_id = client_id.ok_or(Refusal::MissingCredentials)?;
        if !form.has("client_secret") {
            return Ok(Self::Public { client_id });
        }
        let secret = form.take("client_secret").ok_or(Refusal::MissingCredentials)?;
        Ok(Self::Post { client_id, secret })
    }
}

/// The client id that stands in the Authorization header by itself: `Basic base64(form-encoded id)`. Against
/// RFC 7617, and what Okta's own library for browsers revokes tokens with; it proves as much as a public
/// client's id in the form does.
pub(crate) fn lone_client_id(header: &[u8]) -> Option<String> {
    let text = basic_text(header)?;
    let id = Some(&*text).filter(|text| !text.is_empty() && !text.contains(':'))?;
    Some(decode(id)?.into_owned())
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, id) = match self {
            Self::Basic { client_id, .. } => ("Basic", &**client_id),
            Self::Post { client_id, .. } => ("Post", &**client_id),
            Self::Assertion(_) => ("Assertion", "…"),
            Self::Public { client_id } => ("Public", &**client_id),
        };
        f.debug_struct(kind).field("client_id", &id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Assertion<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Assertion(…)")
    }
}

/// `Basic base64(form-encoded id ":" form-encoded secret)`, RFC 6749 §2.3.1. Strict base64, so that
/// one pair of credentials has one spelling.
fn basic(header: &[u8]) -> Option<(String, String)> {
    let text = basic_text(header)?;
    let (id, secret) = text.split_once(':')?;
    let (id, secret) = (decode(id)?, decode(secret)?);
    if id.is_empty() || secret.is_empty() {
        return None;
    }
    Some((id.into_owned(), secret.into_owned()))
}

fn basic_text(header: &[u8]) -> Option<String> {
    let (scheme, rest) = header.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    String::from_utf8(STANDARD.decode(rest).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Vec<u8> {
        format!("Basic {}", STANDARD.encode(text)).into_bytes()
    }

    #[test]
    fn basic_is_form_decoded_once() {
        assert_eq!(basic(&header("web:s%3A%2B%25%26%3D+%C3%A9")), Some(("web".into(), "s:+%&= é".into())));
        assert_eq!(basic(&header("web:%252B")), Some(("web".into(), "%2B".into())));
        assert_eq!(basic(b"bAsIc d2ViOng="), Some(("web".into(), "x".into())));
    }

    #[test]
    fn malformed_basic_is_nobody() {
        let mut bad = vec![
            b"Basic".to_vec(),
            b"Basic ".to_vec(),
            b"Basic !!!".to_vec(),
            b"Basic d2ViOng=!".to_vec(),
            b"Basic d2Vi Ong=".to_vec(),
            b"Basic  d2ViOng=".to_vec(),
            b"Basic d2ViOng".to_vec(),
            b"Bearer d2ViOng=".to_vec(),
            b"Basic _-__".to_vec(),
        ];
        for text in ["no-colon", ":secret", "id:", "a:b%zz", "a:b%00", "a\0:b"] {
            bad.push(header(text));
        }
        bad.push([b"Basic ".to_vec(), STANDARD.encode(b"a:\xff").into_bytes()].concat());
        for bad in bad {
            assert_eq!(basic(&bad), None, "{}", String::from_utf8_lossy(&bad));
        }
    }

    #[test]
    fn a_client_id_alone() {
        assert_eq!(lone_client_id(&header("spa%2D1")).as_deref(), Some("spa-1"));
        for bad in ["", "spa:", "spa:secret", ":", "a%zz", "a%00"] {
            assert_eq!(lone_client_id(&header(bad)), None, "{bad}");
        }
    }

    #[test]
    fn one_kind_of_credentials() {
        let basic = header("web:secret");
        let one: &[&[u8]] = &[&basic];
        let parse = |headers: &[&[u8]], body: &'static str| {
            Credentials::parse(headers, &Form::parse(body.as_bytes()).unwrap()).map(|c| format!("{c:?}"))
        };
        assert_eq!(parse(one, "client_id=web").unwrap(), "Basic { client_id: \"web\", .. }");
        assert_eq!(parse(one, "client_id=web2"), Err(Refusal::ContradictingClient));
        assert_eq!(parse(one, "client_secret=x"), Err(Refusal::MultipleCredentials));
        assert_eq!(parse(one, "client_assertion=x"), Err(Refusal::MultipleCredentials));
        assert_eq!(parse(&[&basic, &basic], ""), Err(Refusal::MultipleCredentials));
        assert_eq!(parse(&[], "client_secret=x&client_assertion=y"), Err(Refusal::MultipleCredentials));
        assert_eq!(parse(&[], ""), Err(Refusal::MissingCredentials));
        assert_eq!(parse(&[], "client_id=web&client_secret="), Err(Refusal::MissingCredentials));
        assert_eq!(parse(&[], "client_assertion=x"), Err(AssertionRefusal::Type.into()));
        assert_eq!(parse(&[], "client_id=spa").unwrap(), "Public { client_id: \"spa\", .. }");
    }
}
