//! The grant types: each turns its request into an [`AccessRequest`](super::AccessRequest), or finds
//! what a sign-in granted before.

pub(crate) mod authorization_code;
pub(crate) mod client_credentials;
pub(crate) mod refresh_token;

use super::record::Grant;
use super::{Authenticated, Served};
use crate::error::Refusal;

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
