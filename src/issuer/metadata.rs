//! Discovery and keys.

use super::Issuer;
use crate::error::Error;
use crate::flow::Served;
use crate::jose::JwkSet;
use crate::types::Lifetime;
use crate::wire::{Described, DocumentKind, discovery_document};

impl Issuer {
    /// The public keys of a custom authorization server as a JWK Set (RFC 7517 §5), and how long it
    /// may be cached.
    ///
    /// # Errors
    /// [`Refusal::UnknownServer`](crate::Refusal::UnknownServer), for an inactive server too, and [`Error::Fault`] when the key
    /// store fails.
    pub async fn keys(&self, server: &str) -> Result<(JwkSet, Lifetime), Error> {
        let org = self.org();
        self.keys_at(Self::published(&org, server)?).await
    }

    pub(super) async fn keys_at(&self, served: Served<'_>) -> Result<(JwkSet, Lifetime), Error> {
        let server = served.server;
        let keys = self.bounded(self.0.keys.keys(server.custom_id(), server.algorithm())).await?;
        let set = JwkSet::new(keys.published.iter().cloned()).map_err(crate::error::Fault::internal)?;
        Ok((set, keys.max_age))
    }

    pub(super) fn discovery_at(
        &self,
        served: Served<'_>,
        kind: DocumentKind,
        pages: bool,
    ) -> Result<serde_json::Value, Error> {
        let server = served.server;
        let scopes = server.scopes().filter(|scope| scope.is_published()).map(|scope| scope.name().as_str());
        let described = Described {
            issuer: served.issuer.as_str(),
            endpoints: &served.endpoint_base(),
            algorithm: server.algorithm().as_str(),
            scopes,
            pages,
        };
        Ok(discovery_document(kind, described))
    }
}
