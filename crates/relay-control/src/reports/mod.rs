//! Reception and sending statistics (RFC 3550 section 6.4), and the clocks that sender reports tell.

mod clock;
mod receiver;
mod sender;

pub use clock::{NtpMap, ts_offset};
pub use receiver::ReceiverStats;
pub use sender::SenderStats;
