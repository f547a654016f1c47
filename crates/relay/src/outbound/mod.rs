//! What leaves: one file per cause.

mod fanout;
mod forward;
mod outflow;
mod padding;
mod reports;
mod resend;
mod writer;

pub(crate) use fanout::Fanout;
