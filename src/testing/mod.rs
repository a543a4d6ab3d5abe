//! For tests and small programs.

mod block_on;

pub use block_on::block_on;
