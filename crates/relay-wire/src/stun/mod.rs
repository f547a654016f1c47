//! STUN as ICE uses it: binding requests in, success and error responses out (RFC 8489, RFC 8445).
//!
//! Bounded: at most [`MAX_LEN`] octets and [`MAX_ATTRIBUTES`] attributes. A message without a correct
//! FINGERPRINT is refused, since ICE requires it (RFC 8445, 7.1.1 and 11).

mod integrity;
mod parse;
mod write;

pub use integrity::IntegrityKey;
pub use parse::{is_stun, mapped_address, parse};
pub use write::{RequestFields, write_error, write_request, write_success, write_unknown_attribute};

/// Longest message read or written, octets.
pub const MAX_LEN: usize = 1500;
/// Most attributes in one message.
pub const MAX_ATTRIBUTES: usize = 32;

/// A message from the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// A binding request; not yet verified.
    Request(Request<'a>),
    /// A success or error response to a binding request.
    Response,
    /// A binding indication (keep-alive); nothing is answered.
    Indication,
}

/// A binding request. Believe it only after [`Request::verify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// Transaction id, echoed in the answer.
    pub transaction: [u8; 12],
    /// The receiver's user name fragment: before the colon of USERNAME.
    pub local_ufrag: &'a str,
    /// The sender's user name fragment: after the colon.
    pub remote_ufrag: &'a str,
    /// The sender nominates this path (RFC 8445, 7.1.1).
    pub use_candidate: bool,
    /// The sender claims ICE-CONTROLLED. Towards an ICE-lite agent that is a role conflict (487).
    pub controlled: bool,
    /// The sender claims ICE-CONTROLLING.
    pub controlling: bool,
    /// Candidate priority; 0 when the attribute is missing.
    pub priority: u32,
    /// First attribute that must be understood and is not: answer 420 after verifying (RFC 8489, 6.3.1).
    pub unknown_attribute: Option<u16>,
    /// Offset of MESSAGE-INTEGRITY, if there is one.
    integrity_at: Option<usize>,
}

impl Request<'_> {
    /// True when MESSAGE-INTEGRITY of `datagram`, which this was parsed from, was made with `key`. Constant time.
    pub fn verify(&self, datagram: &[u8], key: &IntegrityKey) -> bool {
        self.integrity_at.is_some_and(|at| key.verifies(datagram, at))
    }
}

/// Why a message was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StunError {
    /// Not a STUN message: too short, wrong first bits or cookie.
    NotStun,
    /// Longer than [`MAX_LEN`].
    TooLong,
    /// The length field does not say how long the datagram is.
    LengthMismatch,
    /// An attribute reaches past the end.
    TruncatedAttribute,
    /// More than [`MAX_ATTRIBUTES`].
    TooManyAttributes,
    /// An attribute has a length its type never has.
    BadAttribute,
    /// FINGERPRINT is missing, wrong, or not last.
    BadFingerprint,
    /// A method other than binding.
    UnknownMethod,
    /// USERNAME is missing or is not two fragments with a colon.
    BadUsername,
}

impl StunError {
    /// A stable code for statistics and logs.
    pub const fn code(self) -> &'static str {
        match self {
            StunError::NotStun => "stun-not-stun",
            StunError::TooLong => "stun-too-long",
            StunError::LengthMismatch => "stun-length-mismatch",
            StunError::TruncatedAttribute => "stun-truncated-attribute",
            StunError::TooManyAttributes => "stun-too-many-attributes",
            StunError::BadAttribute => "stun-bad-attribute",
            StunError::BadFingerprint => "stun-bad-fingerprint",
            StunError::UnknownMethod => "stun-unknown-method",
            StunError::BadUsername => "stun-bad-username",
        }
    }
}

impl std::fmt::Display for StunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for StunError {}

const HEADER_LEN: usize = 20;
const MAGIC_COOKIE: u32 = 0x2112_a442;
/// CRC-32 of FINGERPRINT is XORed with "STUN" (RFC 8489, 14.7).
const FINGERPRINT_XOR: u32 = 0x5354_554e;
const INTEGRITY_LEN: usize = 20;

/// Message types: method binding with its four classes (RFC 8489, section 5).
mod message {
    pub(super) const REQUEST: u16 = 0x0001;
    pub(super) const INDICATION: u16 = 0x0011;
    pub(super) const SUCCESS: u16 = 0x0101;
    pub(super) const ERROR: u16 = 0x0111;
}

/// Attribute types (RFC 8489, 18.3; RFC 8445, 16.1).
mod attribute {
    pub(super) const USERNAME: u16 = 0x0006;
    pub(super) const MESSAGE_INTEGRITY: u16 = 0x0008;
    pub(super) const ERROR_CODE: u16 = 0x0009;
    pub(super) const UNKNOWN_ATTRIBUTES: u16 = 0x000a;
    pub(super) const XOR_MAPPED_ADDRESS: u16 = 0x0020;
    pub(super) const PRIORITY: u16 = 0x0024;
    pub(super) const USE_CANDIDATE: u16 = 0x0025;
    pub(super) const FINGERPRINT: u16 = 0x8028;
    pub(super) const ICE_CONTROLLED: u16 = 0x8029;
    pub(super) const ICE_CONTROLLING: u16 = 0x802a;
    /// Attributes below this must be understood.
    pub(super) const FIRST_OPTIONAL: u16 = 0x8000;
}
