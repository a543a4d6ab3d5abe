//! Why a request was not answered with a token: refusals, which are the request's fault and told to
//! the client, and faults, which are ours or the host's and told to the log.
//!
//! [`Refusal::wire`] is the only table from reasons to what goes over the wire, so that nobody
//! invents a code where a request is judged.

mod refusal;
mod wire;

use std::fmt;

pub use refusal::{AssertionRefusal, Refusal};
pub(crate) use wire::SERVED_GRANTS;
pub use wire::{Wire, WireBody};

/// What can come of a request besides its answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request's fault; the client is told.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// Ours or the host's; the client only learns that it happened.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Trouble of the issuer or of a host trait. The source is for the log and never sent.
#[derive(Debug, thiserror::Error)]
#[error("{kind}: {source}")]
pub struct Fault {
    kind: FaultKind,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// What kind of trouble, which fixes the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// A directory, store, key store or throttle failed or timed out: 503 `temporarily_unavailable`.
    Unavailable,
    /// Anything else: 500 `server_error`.
    Internal,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable => "a part of the host did not answer",
            Self::Internal => "internal error",
        })
    }
}

impl Fault {
    /// A host part that failed; the client may try again.
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind: FaultKind::Unavailable, source: source.into() }
    }

    /// Any other trouble.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind: FaultKind::Internal, source: source.into() }
    }

    /// What kind of trouble.
    pub fn kind(&self) -> FaultKind {
        self.kind
    }
}

impl FaultKind {
    /// What is told of it, in Okta's words.
    pub(crate) fn wire(self) -> Wire {
        let (status, error, description) = match self {
            Self::Unavailable => (
                503,
                "temporarily_unavailable",
                "The authorization server is currently unable to handle the request due to a temporary \
                 overloading or maintenance of the server.",
            ),
            Self::Internal => {
                (500, "server_error", "The authorization server encountered an unexpected error.")
            }
        };
        Wire { status, body: WireBody::OAuth { error, description: description.to_owned() } }
    }
}

impl Error {
    /// What is told of it.
    pub(crate) fn wire(&self) -> Wire {
        match self {
            Self::Refused(refusal) => refusal.wire(),
            Self::Fault(fault) => fault.kind().wire(),
        }
    }
}
