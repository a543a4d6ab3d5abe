//! Host traits, implemented: keys and grants in this process's memory, and a throttle.

mod failure_throttle;
mod local_keys;
mod memory_grants;
mod recorded_hooks;
#[cfg(feature = "tracing")]
mod tracing_events;

pub use failure_throttle::FailureThrottle;
pub use local_keys::LocalKeys;
pub use memory_grants::MemoryGrants;
pub use recorded_hooks::{BadRecording, HookRecorder, RecordedHooks};
#[cfg(feature = "tracing")]
pub use tracing_events::TracingEvents;
