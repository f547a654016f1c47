//! Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): both of its ends.

mod feedback;
mod send_log;

use crate::time::Micros;

pub use feedback::FeedbackBuilder;
pub use send_log::SendLog;

/// What the far end says about one packet that we sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketResult {
    /// Unwrapped transport-wide sequence number.
    pub sequence: u64,
    /// When it left, our clock.
    pub sent: Micros,
    /// Bytes on the wire, as given to [`SendLog::on_sent`].
    pub size: u16,
    /// Probe cluster that it belonged to; 0 = none.
    pub cluster: u16,
    /// When it arrived by the receiver's clock, whose zero is arbitrary; `None` = reported as not received.
    pub arrived: Option<Micros>,
}
