//! The integration tests: one binary, one module an area.

#[cfg(test)]
mod model;
