//! RTP packets (RFC 3550) and their header extensions (RFC 8285).

mod extensions;
mod header;
mod writer;

pub use extensions::{Extensions, extensions};
pub use header::{ExtensionBlock, Header};
pub use writer::{HeaderFields, write_header};

/// True when the datagram is RTCP, given that it is RTP or RTCP: packet types 192 to 223 (RFC 5761, section 4).
pub fn is_rtcp(b: &[u8]) -> bool {
    b.get(1).is_some_and(|kind| (192..=223).contains(kind))
}

/// Why an RTP packet was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RtpError {
    /// Shorter than its header says.
    TooShort,
    /// Not version 2.
    BadVersion,
    /// More padding than payload, or a padding length of zero.
    BadPadding,
}

impl RtpError {
    /// A stable code for statistics and logs.
    pub const fn code(self) -> &'static str {
        match self {
            RtpError::TooShort => "rtp-too-short",
            RtpError::BadVersion => "rtp-bad-version",
            RtpError::BadPadding => "rtp-bad-padding",
        }
    }
}

impl std::fmt::Display for RtpError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for RtpError {}

const FIXED_LEN: usize = 12;
/// Profile of one-byte extension elements (RFC 8285, 4.2).
const ONE_BYTE_PROFILE: u16 = 0xbede;
/// Profile of two-byte extension elements, with four bits for the application (RFC 8285, 4.3).
const TWO_BYTE_PROFILE: u16 = 0x1000;
