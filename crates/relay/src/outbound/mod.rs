//! What leaves: one file per cause.

mod fanout;
mod follow;
mod forward;
mod outflow;
mod padding;
mod reports;
mod resend;
mod writer;

pub(crate) use fanout::Fanout;
