//! Calls in, replies out: everything about HTTP but the sockets.

use super::{Issuer, deadline};
use crate::error::{Error, Refusal, WireBody};
use crate::flow::Served;
use crate::model::Org;
use crate::types::GrantType;
use crate::wire::{
    Call, Credentials, DocumentKind, Endpoint, Form, Reply, Route, ServerPath, TokenRequest, lone_client_id,
};

impl Issuer {
    /// Answers any request to a path of the organisation's authorization servers.
    ///
    /// Never fails: what goes wrong becomes the answer that Okta gives. A panic in a host's part is a
    /// 500 for this request and nothing else.
    ///
    /// People cannot sign in through it: that takes pages, and [`Issuer::answer`].
    pub async fn respond(&self, call: Call<'_>) -> Reply {
        self.reply(call, false).await
    }

    /// `pages`: whether the host has some, so that what needs them is worth telling of.
    pub(super) async fn reply(&self, call: Call<'_>, pages: bool) -> Reply {
        let org = self.org();
        let origin = Origin::of(&call, &org);
        let reply = match deadline::contain(self.route(&org, &call, &origin, pages)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => self.refuse(&call, &org, &error),
            Err(fault) => self.refuse(&call, &org, &Error::Fault(fault)),
        };
        origin.mark(reply)
    }

    async fn route(
        &self,
        org: &Org,
        call: &Call<'_>,
        origin: &Origin<'_>,
        pages: bool,
    ) -> Result<Reply, Error> {
        let route = Route::parse(call.path, org.base_path()).ok_or(Refusal::UnknownPath)?;
        let served = match &route.server {
            ServerPath::Org => Self::served_org(org)?,
            ServerPath::Custom(segment) if route.endpoint.is_public() => Self::published(org, segment)?,
            ServerPath::Custom(segment) => Self::served(org, segment)?,
        };
        let served = served.under_host(call.values("host").next());
        match route.endpoint {
            // A host that does not say which browser it is has no pages to show.
            Endpoint::Authorize | Endpoint::Logout => Err(Refusal::UnknownPath.into()),
            Endpoint::Token => self.token_endpoint(org, served, call, origin).await,
            Endpoint::Introspect => {
                let Some(request) = self.posted(call)? else { return Ok(preflight(POST)) };
                let answer = self.introspect_at(org, served, &request).await?;
                Ok(Reply::json(200, answer.to_string()))
            }
            Endpoint::Revoke => {
                let Some(form) = self.posted_form(call)? else { return Ok(preflight(POST)) };
                let request = revocation(call, form)?;
                self.revoke_at(org, served, &request).await?;
                Ok(Reply::empty(200).with("Cache-Control", "no-store").with("Pragma", "no-cache"))
            }
            Endpoint::Userinfo => self.userinfo_endpoint(org, served, call).await,
            Endpoint::Keys => {
                self.get(call)?;
                let (keys, max_age) = self.keys_at(served).await?;
                let cache = format!("max-age={}, must-revalidate", max_age.as_seconds());
                Ok(public(call, keys.to_json(), cache))
            }
            Endpoint::OpenidConfiguration => {
                self.discovery(org, served, call, DocumentKind::Openid, pages).await
            }
            Endpoint::OauthMetadata => self.discovery(org, served, call, DocumentKind::Oauth, pages).await,
        }
    }

    async fn token_endpoint(
        &self,
        org: &Org,
        served: Served<'_>,
        call: &Call<'_>,
        origin: &Origin<'_>,
    ) -> Result<Reply, Error> {
        if call.method == "POST" && matches!(origin, Origin::Untrusted) {
            return Err(Refusal::UntrustedOrigin.into());
        }
        let Some(form) = self.posted_form(call)? else { return Ok(preflight(POST)) };
        // A machine's credentials have no business in a browser, so they are not asked for either.
        let grant = GrantType::ClientCredentials;
        if matches!(origin, Origin::Trusted(_)) && form.get("grant_type") == Some(grant.as_str()) {
            return Err(Refusal::GrantNotForBrowsers { grant }.into());
        }
        let response = self.token_at(org, served, &request(call, form)?).await?;
        Ok(Reply::json(200, response.to_json()))
    }

    async fn userinfo_endpoint(
        &self,
        org: &Org,
        served: Served<'_>,
        call: &Call<'_>,
    ) -> Result<Reply, Error> {
        match call.method {
            "GET" | "POST" => {}
            "OPTIONS" => return Ok(preflight(GET_POST)),
            _ => return Err(Refusal::MethodNotAllowed { allow: GET_POST }.into()),
        }
        let answer = match bearer(call) {
            Ok(token) => self.userinfo_at(org, served, token).await,
            Err(refusal) => Err(refusal.into()),
        };
        match answer {
            Ok(claims) => Ok(Reply::json(200, claims)),
            Err(Error::Refused(refusal)) => Ok(challenge(served, org, &refusal)),
            Err(fault) => Err(fault),
        }
    }

    /// A client's request to an endpoint that takes forms; `None` where a browser only asks whether it
    /// may send one.
    fn posted<'a>(&self, call: &Call<'a>) -> Result<Option<TokenRequest<'a>>, Refusal> {
        let Some(form) = self.posted_form(call)? else { return Ok(None) };
        request(call, form).map(Some)
    }

    fn posted_form<'a>(&self, call: &Call<'a>) -> Result<Option<Form<'a>>, Refusal> {
        match call.method {
            "POST" => self.form(call).map(Some),
            "OPTIONS" => Ok(None),
            _ => Err(Refusal::MethodNotAllowed { allow: POST }),
        }
    }

    /// The form of a POST: its size, nothing in the query that belongs into it, its content type and
    /// its encoding.
    pub(super) fn form<'a>(&self, call: &Call<'a>) -> Result<Form<'a>, Refusal> {
        self.is_small(call)?;
        if let Some(query) = call.query {
            let credentials = ["client_id", "client_secret", "client_assertion", "client_assertion_type"];
            if credentials.iter().any(|name| Form::one_of(query, name).is_some()) {
                return Err(Refusal::CredentialsInQuery);
            }
        }
        self.is_form(call)?;
        Form::parse(call.body)
    }

    fn is_small(&self, call: &Call<'_>) -> Result<(), Refusal> {
        let limit = self.0.limits.body;
        if call.body.len() > limit { Err(Refusal::BodyTooLarge { limit }) } else { Ok(()) }
    }

    /// Whether the body is not too large and says that it is a form.
    pub(super) fn is_form(&self, call: &Call<'_>) -> Result<(), Refusal> {
        self.is_small(call)?;
        let mut types = call.values("content-type");
        match (types.next(), types.next()) {
            (Some(content_type), None) if is_form(content_type) => Ok(()),
            _ => Err(Refusal::NotAForm),
        }
    }

    async fn discovery(
        &self,
        org: &Org,
        served: Served<'_>,
        call: &Call<'_>,
        kind: DocumentKind,
        pages: bool,
    ) -> Result<Reply, Error> {
        self.get(call)?;
        if let Some(query) = call.query
            && let Some(id) = Form::one_of(query, "client_id").filter(|id| !id.is_empty())
            && self.client(org, &id).await?.is_none()
        {
            return Err(Refusal::UnknownClientInQuery.into());
        }
        let document = self.discovery_at(served, kind, pages)?;
        Ok(public(call, document.to_string(), "max-age=86400, must-revalidate".to_owned()))
    }

    fn get(&self, call: &Call<'_>) -> Result<(), Refusal> {
        match call.method {
            "GET" | "HEAD" | "OPTIONS" => Ok(()),
            _ => Err(Refusal::MethodNotAllowed { allow: "GET, HEAD, OPTIONS" }),
        }
    }

    fn refuse(&self, call: &Call<'_>, org: &Org, error: &Error) -> Reply {
        let reply = Reply::error(error, &self.error_id());
        // RFC 6749 §5.2. Only to who used the header: browsers open a password box at this one.
        let challenge = reply.status() == 401 && call.values("authorization").next().is_some();
        if challenge {
            reply.with("WWW-Authenticate", format!("Basic realm=\"{}\"", org.base()))
        } else {
            reply
        }
    }
}

/// `application/x-www-form-urlencoded`, with no charset but UTF-8.
fn is_form(content_type: &[u8]) -> bool {
    const FORM: &str = "application/x-www-form-urlencoded";
    if content_type == FORM.as_bytes() {
        return true;
    }
    let Ok(text) = std::str::from_utf8(content_type) else { return false };
    let mut parts = text.split(';').map(str::trim);
    let form = parts.next().is_some_and(|t| t.eq_ignore_ascii_case(FORM));
    let mut parameters = parts.filter(|parameter| !parameter.is_empty());
    form && parameters.all(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        !name.trim().eq_ignore_ascii_case("charset")
            || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    })
}

fn request<'a>(call: &Call<'a>, form: Form<'a>) -> Result<TokenRequest<'a>, Refusal> {
    let authorization: Vec<&[u8]> = call.values("authorization").collect();
    let credentials = Credentials::parse(&authorization, &form)?;
    Ok(TokenRequest { credentials, form, peer: call.peer })
}

/// A request to revoke, by a client of whichever kind; a public one may name itself in the header.
fn revocation<'a>(call: &Call<'a>, form: Form<'a>) -> Result<TokenRequest<'a>, Refusal> {
    match request(call, form.clone()) {
        Err(Refusal::MalformedBasic) => {
            let id = call.values("authorization").next().and_then(lone_client_id);
            let client_id = id.ok_or(Refusal::MalformedBasic)?;
            if form.get("client_id").is_some_and(|stated| stated != client_id) {
                return Err(Refusal::ContradictingClient);
            }
            let credentials = Credentials::Public { client_id: client_id.into() };
            Ok(TokenRequest { credentials, form, peer: call.peer })
        }
        read => read,
    }
}

const POST: &str = "POST, OPTIONS";
const GET_POST: &str = "GET, POST, OPTIONS";

/// The access token of a request to a protected resource: in the Authorization header and nowhere else
/// (RFC 6750 §2.1).
fn bearer<'a>(call: &Call<'a>) -> Result<&'a str, Refusal> {
    if call.query.is_some_and(|query| Form::one_of(query, "access_token").is_some()) {
        return Err(Refusal::AccessTokenInQuery);
    }
    let body = std::str::from_utf8(call.body).unwrap_or("");
    let mut headers = call.values("authorization");
    let header = headers.next().ok_or(Refusal::MissingAccessToken)?;
    if headers.next().is_some() || Form::one_of(body, "access_token").is_some() {
        return Err(Refusal::SeveralAccessTokens);
    }
    let (scheme, token) = header.split_at_checked(7).ok_or(Refusal::MissingAccessToken)?;
    if !scheme.eq_ignore_ascii_case(b"bearer ") {
        return Err(Refusal::MissingAccessToken);
    }
    std::str::from_utf8(token).map_err(|_| Refusal::InvalidAccessToken)
}

/// A protected resource's no (RFC 6750 §3). Who sent no token at all is told no error in the header.
fn challenge(served: Served<'_>, org: &Org, refusal: &Refusal) -> Reply {
    let base = served.endpoint_base();
    let mut header = format!(
        "Bearer authorization_uri=\"{base}/v1/authorize\", realm=\"{}\", scope=\"openid\"",
        org.base()
    );
    if let WireBody::OAuth { error, description } = refusal.wire().body
        && *refusal != Refusal::MissingAccessToken
    {
        // The wire's texts hold no quotes (RFC 6749 §5.2).
        header.push_str(&format!(
            ", error=\"{error}\", error_description=\"{}\"",
            description.trim_end_matches('.')
        ));
    }
    let reply = Reply::error(&Error::Refused(refusal.clone()), "").with("WWW-Authenticate", header);
    if *refusal == Refusal::InsufficientScope { reply.with("Expires", "0") } else { reply }
}

/// A document for everybody, every web page included.
fn public(call: &Call<'_>, body: String, cache: String) -> Reply {
    if call.method == "OPTIONS" {
        return preflight("GET, HEAD, OPTIONS").with("Access-Control-Allow-Origin", "*");
    }
    let body = if call.method == "HEAD" { String::new() } else { body };
    Reply::cached_json(200, body, cache).with("Access-Control-Allow-Origin", "*")
}

fn preflight(methods: &'static str) -> Reply {
    Reply::empty(204)
        .with("Access-Control-Allow-Methods", methods)
        .with("Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP, X-Okta-User-Agent-Extended")
        .with("Access-Control-Max-Age", "3600")
}

/// Which web page a browser says the request comes from.
enum Origin<'a> {
    /// No browser.
    None,
    /// One that the organisation trusts.
    Trusted(&'a str),
    Untrusted,
}

impl<'a> Origin<'a> {
    fn of(call: &Call<'a>, org: &Org) -> Self {
        let mut origins = call.values("origin").map(std::str::from_utf8);
        match (origins.next(), origins.next()) {
            (None, _) => Self::None,
            (Some(Ok(origin)), None) if org.trusts_origin(origin) => Self::Trusted(origin),
            // Two of them: no browser says so, and nobody knows which one counts.
            _ => Self::Untrusted,
        }
    }

    fn mark(&self, reply: Reply) -> Reply {
        match self {
            Self::Trusted(origin) if reply.header("Access-Control-Allow-Origin").is_none() => {
                reply.with("Access-Control-Allow-Origin", *origin).with("Vary", "Origin")
            }
            _ => reply,
        }
    }
}
