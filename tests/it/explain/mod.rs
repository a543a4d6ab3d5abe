//! Traces and previews.

mod manual;
mod previews;
mod what_if;
