//! The integration tests: one binary, one module an area.

mod arrows;
mod attacks;
mod expr;
mod model;
mod okta_example;
mod policy;
mod protocol;
mod scripted;
