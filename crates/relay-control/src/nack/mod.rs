//! Asking a publisher for lost packets (RFC 4585 section 6.2.1), and guarding the answers to subscribers.

mod generator;
mod guard;

pub use generator::{Arrival, NackGenerator};
pub use guard::{Refusal, ResendGuard};
