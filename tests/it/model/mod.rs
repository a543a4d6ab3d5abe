//! The organisation: reading it, declaring it, checking it.

mod builder;
mod cases;
mod document;
mod hostile;
mod large;
mod meaning;
mod round_trip;
