//! The grant types: each turns its request into an [`AccessRequest`](super::AccessRequest).

pub(crate) mod client_credentials;
