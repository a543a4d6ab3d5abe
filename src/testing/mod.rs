//! For tests and small programs.

mod block_on;
mod hook_answer;

pub use block_on::block_on;
pub use hook_answer::{HookOutcome, hook_outcome};
