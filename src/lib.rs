//! An embeddable OAuth 2.0 and OpenID Connect token issuer that behaves like Okta.
#![forbid(unsafe_code)]
pub mod expr;
pub mod manual;
