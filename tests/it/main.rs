//! The integration tests: one binary, one module an area.

mod model;
mod okta_example;
