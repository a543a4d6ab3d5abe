//! The expression language, from outside.

mod agreement;
mod generate;
mod manual;
mod reference;
