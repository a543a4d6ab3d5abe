//! Any text compiles or is refused with errors that point into it; what compiles prints to the same program.
#![no_main]

use chancery::expr::{Compiler, Dialect, Usage};
use libfuzzer_sys::fuzz_target;

const USAGES: [Usage; 8] = [
    Usage::Any,
    Usage::Claim,
    Usage::Mapping,
    Usage::GroupRule,
    Usage::Saml,
    Usage::IdpUsername,
    Usage::AppSignInPolicy,
    Usage::TokenPolicy,
];
const DIALECTS: [Dialect; 4] = [Dialect::Superset, Dialect::Classic, Dialect::IdentityEngine, Dialect::Seed];

fuzz_target!(|data: &[u8]| {
    // The first byte chooses the settings, so that one corpus serves all.
    let Some((first, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let compiler =
        Compiler::new().usage(USAGES[usize::from(first & 7)]).dialect(DIALECTS[usize::from(first >> 3 & 3)]);
    match compiler.compile(text) {
        Ok(program) => {
            let printed = program.to_string();
            // Printing may add parentheses and so pass the length of a claim.
            if let Ok(again) = Compiler::new().compile(&printed) {
                assert_eq!(printed, again.to_string(), "printing is stable: {text}");
            } else {
                assert!(Compiler::new().compile(text).is_err(), "the printed program compiles: {printed}");
            }
        }
        Err(errors) => {
            for error in errors.iter() {
                let span = error.span();
                assert!(span.start <= span.end, "{error:?}");
                assert!(error.expression().get(span).is_some() || error.expression().is_empty(), "{error:?}");
                assert!(!error.to_string().is_empty());
            }
        }
    }
});
