//! RTCP: RFC 3550, RFC 4585 (NACK, PLI), RFC 5104 (FIR), RFC 3611 (XR), draft-alvestrand-rmcat-remb (REMB) and
//! draft-holmer-rmcat-transport-wide-cc-extensions-01 (TWCC).

mod compound;
mod feedback;
mod items;
mod parse;
mod twcc;
pub mod write;
mod write_twcc;
mod xr;

pub use compound::{Compound, MAX_PACKETS, parse};
pub use feedback::{FirEntries, FirEntry, NackIter};
pub use items::{ReportBlock, Reports, SdesCnames, Ssrcs};
pub use twcc::{MAX_TWCC_STATUSES, TwccFeedback, TwccIter};
pub use write_twcc::{MAX_FEEDBACK_LEN, TwccReport};
pub use xr::{DlrrEntries, DlrrEntry, XrBlock, XrBlocks};

/// One packet of a compound. Everything borrowed lies in the datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet<'a> {
    /// What a sender has sent, and how it receives (RFC 3550, 6.4.1).
    SenderReport {
        /// The sender.
        ssrc: u32,
        /// NTP time, 32.32 fixed point seconds since 1900.
        ntp: u64,
        /// The same instant in the stream's timestamp.
        rtp: u32,
        /// Packets sent.
        packets: u32,
        /// Payload octets sent.
        octets: u32,
        /// How it receives others.
        reports: Reports<'a>,
    },
    /// How a participant receives others (RFC 3550, 6.4.2).
    ReceiverReport {
        /// The reporter.
        ssrc: u32,
        /// One block for each source.
        reports: Reports<'a>,
    },
    /// Canonical names (RFC 3550, 6.5).
    Sdes(SdesCnames<'a>),
    /// Sources that leave (RFC 3550, 6.6).
    Bye {
        /// Who leaves.
        ssrcs: Ssrcs<'a>,
    },
    /// Sequence numbers that did not arrive (RFC 4585, 6.2.1).
    Nack {
        /// Who asks.
        sender: u32,
        /// Whose packets.
        media: u32,
        /// Which.
        lost: NackIter<'a>,
    },
    /// A keyframe is needed (RFC 4585, 6.3.1).
    Pli {
        /// Who asks.
        sender: u32,
        /// Of whom.
        media: u32,
    },
    /// A keyframe is demanded (RFC 5104, 4.3.1).
    Fir {
        /// Who asks.
        sender: u32,
        /// Of whom, with a number that repeats for the same demand.
        entries: FirEntries<'a>,
    },
    /// The receiver's estimate of the path's bandwidth.
    Remb {
        /// Who estimates.
        sender: u32,
        /// Total for all `ssrcs`.
        bitrate_bps: u64,
        /// The streams meant.
        ssrcs: Ssrcs<'a>,
    },
    /// Arrival times of packets numbered across the transport.
    TransportFeedback(TwccFeedback<'a>),
    /// Extended reports (RFC 3611).
    Xr {
        /// The reporter.
        ssrc: u32,
        /// Its blocks.
        blocks: XrBlocks<'a>,
    },
    /// Application-defined (RFC 3550, 6.7).
    App {
        /// Who sent it.
        ssrc: u32,
    },
    /// A well-formed packet of a kind not known here.
    Unknown {
        /// Packet type.
        pt: u8,
        /// Feedback message type, or count.
        fmt: u8,
    },
}

/// Why a compound packet, or the rest of it, was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RtcpError {
    /// A packet reaches past the end.
    Truncated,
    /// Not version 2.
    BadVersion,
    /// A padding length that is zero or longer than the packet.
    BadPadding,
    /// More than [`MAX_PACKETS`] in one compound.
    TooManyPackets,
    /// A packet whose contents contradict its length or type.
    Malformed,
    /// Transport feedback on more than [`MAX_TWCC_STATUSES`] packets.
    TooManyStatuses,
}

impl RtcpError {
    /// A stable code for statistics and logs.
    pub const fn code(self) -> &'static str {
        match self {
            RtcpError::Truncated => "rtcp-truncated",
            RtcpError::BadVersion => "rtcp-bad-version",
            RtcpError::BadPadding => "rtcp-bad-padding",
            RtcpError::TooManyPackets => "rtcp-too-many-packets",
            RtcpError::Malformed => "rtcp-malformed",
            RtcpError::TooManyStatuses => "rtcp-too-many-statuses",
        }
    }
}

impl std::fmt::Display for RtcpError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for RtcpError {}

/// Packet types (RFC 3550, 12.1; RFC 4585, 6.1; RFC 3611, 2).
mod kind {
    pub(super) const SENDER_REPORT: u8 = 200;
    pub(super) const RECEIVER_REPORT: u8 = 201;
    pub(super) const SDES: u8 = 202;
    pub(super) const BYE: u8 = 203;
    pub(super) const APP: u8 = 204;
    pub(super) const TRANSPORT_FEEDBACK: u8 = 205;
    pub(super) const PAYLOAD_FEEDBACK: u8 = 206;
    pub(super) const XR: u8 = 207;
}

/// Feedback message types of the two feedback packet types.
mod fmt {
    pub(super) const NACK: u8 = 1;
    pub(super) const TWCC: u8 = 15;
    pub(super) const PLI: u8 = 1;
    pub(super) const FIR: u8 = 4;
    pub(super) const APPLICATION: u8 = 15;
}

const REMB_NAME: &[u8; 4] = b"REMB";
const SDES_CNAME: u8 = 1;
const REPORT_LEN: usize = 24;
