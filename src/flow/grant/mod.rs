//! The grant types: each turns its request into an [`AccessRequest`](super::AccessRequest), or finds
//! what a sign-in granted before.

pub(crate) mod authorization_code;
pub(crate) mod client_credentials;
pub(crate) mod refresh_token;

use super::record::Grant;
use super::{Authenticated, Served};
use crate::error::Refusal;
use crate::wire::Form;

/// Whether this client may use a secret of this grant at this server.
fn check_holder(client: Authenticated<'_>, served: Served<'_>, grant: &Grant) -> Result<(), Refusal> {
    if grant.client != client.client().id {
        return Err(Refusal::IssuedToAnotherClient);
    }
    if grant.server != served.server.id {
        return Err(Refusal::IssuedByAnotherServer);
    }
    Ok(())
}

/// A grant is for one audience, whatever a later request names (RFC 8707 §2.2).
fn check_audience(grant: &Grant, form: &Form<'_>) -> Result<(), Refusal> {
    let mut named = form.all("audience").chain(form.all("resource"));
    if named.any(|audience| audience != grant.audience) { Err(Refusal::UnknownAudience) } else { Ok(()) }
}
