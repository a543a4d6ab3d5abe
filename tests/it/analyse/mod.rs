//! The analysis of organisations: against brute force, and finding by finding.

mod brute;
mod command;
mod differences;
mod findings;
mod shadows;
