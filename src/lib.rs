#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod adapters;
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

// The names that every user meets; the rest is under its module.
pub use adapters::{BadRecording, FailureThrottle, HookRecorder, LocalKeys, MemoryGrants, RecordedHooks};
pub use error::{AssertionRefusal, Error, Fault, FaultKind, Refusal, Wire, WireBody};
pub use flow::{AssertionRules, BadHookAnswer, ConsentDecision, Login};
pub use issuer::{
    Answer, Browser, ConsentPrompt, ConsentScope, EndSession, ErrorPage, Issuer, Limits, LoginPrompt,
};
pub use verify::Verifier;
pub use wire::{Assertion, Call, Credentials, Form, Reply, TokenRequest, TokenResponse};
