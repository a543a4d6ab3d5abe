//! What hostile or unlucky requests and hosts must not achieve, under the ids of the project's
//! catalogue of attacks.

mod authorize;
mod changes;
mod fuzzed;
mod grants;
mod hmac;
mod hosts;
mod limits;
mod metadata;
mod replay;
mod secrets;

use crate::scripted::{coverage, run};

#[test]
fn requests() {
    run("attacks", "requests.json");
}

#[test]
fn clients() {
    run("attacks", "clients.json");
}

#[test]
fn authorize_requests() {
    run("attacks", "authorize.json");
}

#[test]
fn every_row_is_covered_or_waits() {
    coverage::check("attacks");
}
