//! People sign in, and what their clients are given is used, refreshed, looked at and ended.

mod codes;
mod inspected;
mod logout;
mod races;
mod refreshed;
mod seed;
mod stores;
pub(crate) mod world;
