//! The claim-expression language.
#![allow(dead_code, reason = "the evaluator calls these modules")]

#[cfg(feature = "countries")]
mod country;
#[cfg(feature = "timezones")]
mod time;
