//! The code of a sign-in, redeemed (RFC 6749 §4.1.3, RFC 7636 §4.6).

use crate::error::Refusal;
use crate::flow::grant_token::GrantToken;
use crate::flow::record::{Grant, Refresh, Stage};
use crate::flow::{Authenticated, Served, pkce};
use crate::model::RegisteredClient;
use crate::types::{GrantType, ScopeName, Timestamp};
use crate::wire::Form;

/// What a code is worth.
#[derive(Debug)]
pub(crate) enum Redemption {
    /// Tokens, with this nonce in the ID token.
    Valid { nonce: Option<String> },
    /// Nothing, and the grant ends: whoever presented the code should not have it.
    Ends(Refusal),
}

/// The code of a token request.
pub(crate) fn code(form: &Form<'_>) -> Result<GrantToken, Refusal> {
    let text = form.get("code").ok_or(Refusal::MissingParameter { name: "code" })?;
    GrantToken::parse(text).ok_or(Refusal::InvalidCode)
}

/// Judges a code by the grant that it names. An error changes nothing: the code can still be redeemed.
pub(crate) fn redeem(
    client: Authenticated<'_>,
    served: Served<'_>,
    grant: &Grant,
    token: &GrantToken,
    form: &Form<'_>,
    now: Timestamp,
) -> Result<Redemption, Refusal> {
    super::check_holder(client, served, grant)?;
    let code = match &grant.stage {
        Stage::Code(code) if code.code.matches(token) => code,
        // RFC 6749 §4.1.2: a code that comes again may have been stolen before it came first.
        Stage::Issued { spent: Some(spent), .. } if spent.matches(token) => {
            return Ok(Redemption::Ends(Refusal::InvalidCode));
        }
        Stage::Code(_) | Stage::Issued { .. } | Stage::Revoked => return Err(Refusal::InvalidCode),
    };
    if code.expires_at <= now {
        return Err(Refusal::InvalidCode);
    }
    let redirect_uri = form.get("redirect_uri").ok_or(Refusal::MissingParameter { name: "redirect_uri" })?;
    if redirect_uri != code.redirect_uri {
        return Err(Refusal::RedirectUriMismatch);
    }
    super::check_audience(grant, form)?;
    match (&code.challenge, form.get("code_verifier")) {
        (None, None) => {}
        // A challenge that was stripped from the authorization request on its way.
        (None, Some(_)) => return Err(Refusal::VerifierWithoutChallenge),
        (Some(challenge), Some(verifier)) if pkce::verifies(verifier, challenge) => {}
        (Some(_), _) => return Ok(Redemption::Ends(Refusal::PkceMismatch)),
    }
    Ok(Redemption::Valid { nonce: code.nonce.clone() })
}

/// The first refresh token, if the grant comes with one: `offline_access` was granted, and the client
/// may refresh.
pub(crate) fn refresh_token(client: Authenticated<'_>, grant: &Grant) -> bool {
    has_refresh_token(client.client(), grant.scopes.iter())
}

pub(in crate::flow) fn has_refresh_token<'s>(
    client: &RegisteredClient,
    mut scopes: impl Iterator<Item = &'s ScopeName>,
) -> bool {
    scopes.any(|scope| scope.as_str() == "offline_access") && client.grants.contains(&GrantType::RefreshToken)
}

/// The grant after its code was redeemed.
pub(crate) fn redeemed(
    grant: &Grant,
    code: &GrantToken,
    refresh: Option<&GrantToken>,
    now: Timestamp,
) -> Grant {
    let refresh = refresh.map(|token| Refresh::begin(token, grant.lifetimes, now));
    Grant { stage: Stage::Issued { spent: Some(code.hash()), refresh }, ..grant.clone() }
}
