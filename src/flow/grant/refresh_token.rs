//! Refresh tokens: used, and with most clients replaced at each use (RFC 6749 §6, RFC 9700 §4.14).

use crate::error::Refusal;
use crate::flow::grant_token::{GrantToken, Salt};
use crate::flow::record::{Grant, Refresh, Replaced, Stage};
use crate::flow::{AccessRequest, Asked, Authenticated, Served};
use crate::model::{Person, RefreshRotation, RegisteredClient, ServerKind, User};
use crate::types::{GrantType, Lifetime, ScopeName, ScopeSet, Timestamp};
use crate::wire::Form;

/// What a refresh token is worth.
pub(crate) enum Use {
    /// Tokens.
    Valid(Chain),
    /// Nothing, and the grant ends: the token was replaced before, so two hold it.
    Reused,
}

/// Where in its chain the token stands.
pub(crate) enum Chain {
    /// It is the last one.
    Current,
    /// It was replaced so lately that the answer may have got lost: its successor is answered again.
    Replaced(Salt),
}

/// As many lately replaced tokens are remembered; a client has no reason to go through more within the
/// minute that the leeway can last.
const MOST_REPLACED: usize = 8;

/// The refresh token of a token request.
pub(crate) fn token(form: &Form<'_>) -> Result<GrantToken, Refusal> {
    let text = form.get("refresh_token").ok_or(Refusal::MissingParameter { name: "refresh_token" })?;
    GrantToken::parse(text).ok_or(Refusal::InvalidRefreshToken)
}

/// Judges a refresh token by the grant that it names. An error changes nothing.
pub(crate) fn judge(
    client: Authenticated<'_>,
    served: Served<'_>,
    grant: &Grant,
    token: &GrantToken,
    now: Timestamp,
) -> Result<Use, Refusal> {
    super::check_holder(client, served, grant)?;
    let Stage::Issued { spent, refresh: Some(refresh) } = &grant.stage else {
        return Err(Refusal::InvalidRefreshToken);
    };
    if refresh.ends() <= now || spent.is_some_and(|code| code.matches(token)) {
        return Err(Refusal::InvalidRefreshToken);
    }
    if refresh.current.matches(token) {
        return Ok(Use::Valid(Chain::Current));
    }
    let leeway = match client.client().refresh {
        RefreshRotation::Rotate { leeway } => leeway,
        RefreshRotation::Static => Lifetime::seconds(0),
    };
    match refresh.replaced.iter().find(|replaced| replaced.token.matches(token)) {
        Some(replaced) if replaced.valid_until <= now => Err(Refusal::InvalidRefreshToken),
        Some(replaced) if replaced.is_within(leeway, now) => Ok(Use::Valid(Chain::Replaced(replaced.salt))),
        _ => Ok(Use::Reused),
    }
}

impl Replaced {
    /// Either way round: another node's clock may be a little behind.
    fn is_within(&self, leeway: Lifetime, now: Timestamp) -> bool {
        self.at.as_unix().abs_diff(now.as_unix()) < u64::from(leeway.as_seconds())
    }
}

/// What the client gets, and the grant after that.
pub(crate) fn rotate(
    client: Authenticated<'_>,
    grant: &Grant,
    token: &GrantToken,
    chain: &Chain,
    salt: &Salt,
    now: Timestamp,
    window: Lifetime,
) -> (GrantToken, Grant) {
    let mut next = grant.clone();
    let Stage::Issued { refresh: Some(refresh), .. } = &mut next.stage else { return (token.clone(), next) };
    let answer = match (chain, client.client().refresh) {
        (Chain::Replaced(salt), _) => return (token.successor(salt), next),
        (Chain::Current, RefreshRotation::Static) => token.clone(),
        (Chain::Current, RefreshRotation::Rotate { leeway }) => refresh.replace(token, salt, leeway, now),
    };
    refresh.idle_until = now.plus(window);
    (answer, next)
}

impl Refresh {
    fn replace(&mut self, token: &GrantToken, salt: &Salt, leeway: Lifetime, now: Timestamp) -> GrantToken {
        let next = token.successor(salt);
        let replaced = Replaced { token: self.current, salt: *salt, at: now, valid_until: self.ends() };
        self.replaced.retain(|earlier| earlier.is_within(leeway, now));
        if self.replaced.len() >= MOST_REPLACED {
            self.replaced.remove(0);
        }
        // Without a leeway nobody needs the successor again; a token that is not remembered is reuse.
        if leeway > Lifetime::seconds(0) {
            self.replaced.push(replaced);
        }
        self.current = next.hash();
        next
    }
}

/// What a refresh asks the policies, which are asked again for it, as at sign-in.
pub(crate) fn request<'a>(
    client: Authenticated<'a>,
    served: Served<'a>,
    grant: &Grant,
    user: &'a User,
    grants: &'a [GrantType],
    form: &Form<'_>,
) -> Result<AccessRequest<'a>, Refusal> {
    let scopes = scopes(client.client(), grant, served, form)?;
    let asked = match served.server.kind {
        ServerKind::Org => Asked::Org(ScopeSet::of_distinct(scopes)),
        ServerKind::Custom => {
            let index = |scope: ScopeName| Some(served.server.scopes.get(scope.as_str())?.0);
            Asked::Named(scopes.into_iter().filter_map(index).collect())
        }
    };
    super::check_audience(grant, form)?;
    let audience = served.server.audiences.iter().find(|audience| ***audience == *grant.audience);
    let audience = audience.ok_or(Refusal::UnknownAudience)?;
    let person = Some(Person { id: user.id(), groups: user.groups() });
    Ok(AccessRequest { served, client: client.client(), person, grants, asked, audience })
}

/// The scopes that are asked for: those of the grant, or fewer.
fn scopes(
    client: &RegisteredClient,
    grant: &Grant,
    served: Served<'_>,
    form: &Form<'_>,
) -> Result<Vec<ScopeName>, Refusal> {
    let parameter = form.get("scope").unwrap_or("");
    let asked = ScopeSet::names(parameter).map_err(|_| Refusal::MalformedScope)?;
    let granted = |name: &str| grant.scopes.iter().find(|scope| scope.as_str() == name);
    let more: Vec<String> =
        asked.iter().filter(|name| granted(name).is_none()).map(|name| (*name).to_owned()).collect();
    if !more.is_empty() {
        return Err(Refusal::RefreshScopesDenied { scopes: more });
    }
    let mut scopes: Vec<ScopeName> = match asked.is_empty() {
        true => grant.scopes.clone(),
        false => asked.into_iter().filter_map(granted).cloned().collect(),
    };
    // A scope that was lost since is not granted any more, and nobody need fail for it.
    scopes.retain(|scope| served.still_has(client, scope));
    if scopes.is_empty() { Err(Refusal::InvalidRefreshToken) } else { Ok(scopes) }
}

/// When a refresh token ends, if it can be used at this server now. To look is not to use: one that was
/// replaced is just worthless.
pub(crate) fn is_live(
    client: &RegisteredClient,
    served: Served<'_>,
    grant: &Grant,
    token: &GrantToken,
    now: Timestamp,
) -> Option<Timestamp> {
    let Stage::Issued { refresh: Some(refresh), .. } = &grant.stage else { return None };
    let live = refresh.current.matches(token)
        && refresh.ends() > now
        && grant.server == served.server.id
        && client.grants.contains(&GrantType::RefreshToken);
    live.then(|| refresh.ends())
}
