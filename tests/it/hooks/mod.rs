//! Token inline hooks and token policies.

mod answers;
mod calls;
mod http;
mod stand;
mod told;
