// Where the links of the README lead in this documentation: the first definition of a link counts. Elsewhere those at
// the end of the README do, which lead to files.
//! [sign_in]: manual::sign_in
//! [sessions]: manual::sessions
//! [organisation]: manual::organisation
//! [analysis]: manual::analysis
//! [customization]: manual::customization
//! [expressions]: manual::expressions
//! [expressions-speed]: manual::expressions#speed
//! [differences]: manual::differences
//! [explain]: manual::explain
//! [events]: manual::events
//! [refresh_tokens]: manual::refresh_tokens
//! [KeyStore]: host::KeyStore
//! [GrantStore]: host::GrantStore
//! [Directory]: host::Directory
//! [TokenHook]: host::TokenHook
//! [Events]: host::Events
//! [Throttle]: host::Throttle
//! [Timer]: host::Timer
//! [Clock]: host::Clock
//! [Entropy]: host::Entropy
//! [`LocalKeys`]: LocalKeys
//! [`MemoryGrants`]: MemoryGrants
//! [`HookRecorder`]: HookRecorder
//! [`RecordedHooks`]: RecordedHooks
//! [`FailureThrottle`]: FailureThrottle
//!
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod adapters;
pub mod analyse;
mod error;
pub mod expr;
mod flow;
pub mod host;
mod issuer;
pub mod jose;
pub mod manual;
pub mod model;
pub mod testing;
pub mod types;
pub mod verify;
mod wire;

/// Why a request is answered as it is: what a [`Trace`](explain::Trace) consists of. The manual page
/// [`explain`](crate::manual::explain) shows how to read one.
pub mod explain {
    pub use crate::flow::trace::{
        Asking, ChangeOp, ChangedBy, ClaimChange, ClaimOrigin, ClaimStep, ClaimVerdict, RefreshVerdict,
        RefusalTrace, ScopeStep, ScopeVerdict, TokenPolicyStep, TokenPolicyVerdict, TokenTrace, Trace,
    };
    pub use crate::model::{
        AskedOfPolicies, Listed, NamedGroup, PolicyStep, PolicyTrace, PolicyVerdict, RuleStep, RuleVerdict,
    };
}

// The names that every user meets; the rest is under its module.
#[cfg(feature = "tracing")]
pub use adapters::TracingEvents;
pub use adapters::{BadRecording, FailureThrottle, HookRecorder, LocalKeys, MemoryGrants, RecordedHooks};
pub use error::{AssertionRefusal, Error, Fault, FaultKind, Refusal, Wire, WireBody};
pub use flow::preview::Preview;
pub use flow::{AssertionRules, BadHookAnswer, ConsentDecision, Login};
pub use issuer::{
    Answer, Browser, ConsentPrompt, ConsentScope, EndSession, ErrorPage, Issuer, Limits, LoginPrompt,
    PreviewError, PreviewRequest,
};
pub use verify::Verifier;
pub use wire::{Assertion, Call, Credentials, Form, Reply, TokenRequest, TokenResponse};
