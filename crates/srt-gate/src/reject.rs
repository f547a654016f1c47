//! Why a caller is turned away, as it reads it in the handshake type of the answer.

/// Reason of a refusal. The numbers are those of the protocol's reference implementation: below 1000 its own, from 1000
/// on those of access control, which follow HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reject {
    /// Handshake that contradicts itself.
    Rogue,
    /// The listener has no room.
    Backlog,
    /// Peer too old.
    Version,
    /// Wrong passphrase.
    BadSecret,
    /// No encryption at all.
    Unsecure,
    /// File mode instead of live mode.
    MessageApi,
    /// Congestion controller that is not "live".
    Congestion,
    /// Packet filter (forward error correction) wanted.
    Filter,
    /// Bonded connection wanted.
    Group,
    /// Nobody decided in time.
    Timeout,
    /// Cipher mode that is not AES-CTR.
    Crypto,
    /// No usable stream id.
    BadRequest,
    /// The key has ended.
    Unauthorized,
    /// Too many publishers.
    Overload,
    /// The source is switched off.
    Forbidden,
    /// No such source.
    NotFound,
    /// The caller wants to read, not to publish.
    BadMode,
    /// Somebody publishes to that source already.
    Conflict,
}

impl Reject {
    /// Handshake type: 1000 and the reason.
    pub const fn handshake_type(self) -> u32 {
        1000 + match self {
            Reject::Rogue => 4,
            Reject::Backlog => 5,
            Reject::Version => 8,
            Reject::BadSecret => 10,
            Reject::Unsecure => 11,
            Reject::MessageApi => 12,
            Reject::Congestion => 13,
            Reject::Filter => 14,
            Reject::Group => 15,
            Reject::Timeout => 16,
            Reject::Crypto => 17,
            Reject::BadRequest => 1400,
            Reject::Unauthorized => 1401,
            Reject::Overload => 1402,
            Reject::Forbidden => 1403,
            Reject::NotFound => 1404,
            Reject::BadMode => 1405,
            Reject::Conflict => 1409,
        }
    }
}
