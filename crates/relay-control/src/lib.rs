//! The relay's algorithms over time, one per file: sans-IO, without a clock and without an allocation per packet.
//!
//! Every function that depends on time takes `now` ([`Micros`]). Foreign bytes never make anything here panic.
#![forbid(unsafe_code)]

pub mod allocate;
pub mod codec;
pub mod estimate;
pub mod history;
pub mod keyframe;
pub mod loudest;
pub mod munge;
pub mod nack;
pub mod pace;
pub mod reports;
pub mod sequence;
pub mod time;
pub mod twcc;

pub use time::Micros;
