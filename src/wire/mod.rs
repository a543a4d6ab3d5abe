//! RFC messages as bytes and as values. Decides nothing.

mod credentials;
mod form;
mod metadata;
mod reply;
mod route;
mod token;

pub use credentials::{Assertion, Credentials};
pub use form::Form;
pub use reply::{Call, Reply};
pub use token::{TokenRequest, TokenResponse};

pub(crate) use metadata::{DocumentKind, discovery_document};
pub(crate) use route::{Endpoint, Route, ServerPath};
