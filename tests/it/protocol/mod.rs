//! What Okta documents, as scripted cases under the ids of the project's catalogue.

mod keys;

use crate::scripted::{coverage, run};

macro_rules! files {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            run("protocol", concat!(stringify!($name), ".json"));
        })*
    };
}

files! { access_token authorize client_auth client_credentials consent decisions discovery endpoint keys_issuer_cloud management policy }

#[test]
fn every_row_is_covered_or_waits() {
    coverage::check("protocol");
}
