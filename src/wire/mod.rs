//! RFC messages as bytes and as values. Decides nothing.

mod answer;
mod authorize;
mod credentials;
mod form;
mod hook;
mod html;
mod metadata;
mod reply;
mod route;
mod token;

pub use credentials::{Assertion, Credentials};
pub use form::Form;
pub(crate) use hook::{HookClient, HookPayload, HookToken};
pub use hook::{HookRequest, HookResponse};
pub use reply::{Call, Reply};
pub use token::{TokenRequest, TokenResponse};

pub(crate) use answer::{ReturnAddress, web_origin};
pub(crate) use authorize::AuthorizeRequest;
pub(crate) use credentials::lone_client_id;
pub(crate) use html::{escaped, page};
pub(crate) use metadata::{Described, DocumentKind, discovery_document};
pub(crate) use route::{Endpoint, Route, ServerPath};
