//! SRTP and SRTCP: RFC 3711 (AES-CM with HMAC-SHA1) and RFC 7714 (AES-GCM).
//!
//! [`Opener`] and [`Sealer`] hold the session keys of one direction of one transport, precomputed. What
//! belongs to one stream (roll-over counter, replay window) is the caller's [`StreamState`], found by the
//! caller's index, never searched.

mod cm;
mod gcm;
mod kdf;
mod opener;
mod profile;
mod replay;
mod sealer;

pub use opener::Opener;
pub use profile::{MasterKey, Profile};
pub use replay::{REPLAY_WINDOW, StreamState};
pub use sealer::Sealer;

/// Why a protected packet was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SrtpError {
    /// Key or salt has the wrong length for the profile.
    BadKeyLength,
    /// Shorter than a header and a tag.
    TooShort,
    /// Seen before, or older than the replay window.
    Replayed,
    /// The authentication tag is wrong. The packet's bytes are no longer usable.
    AuthenticationFailed,
    /// SRTCP that says it is not encrypted; WebRTC always encrypts (RFC 8827, 6.5).
    NotEncrypted,
    /// All 2^48 packet indices of this key are used.
    IndexExhausted,
    /// More SRTCP senders than one transport may have.
    TooManySenders,
}

impl SrtpError {
    /// A stable code for statistics and logs.
    pub const fn code(self) -> &'static str {
        match self {
            SrtpError::BadKeyLength => "srtp-bad-key-length",
            SrtpError::TooShort => "srtp-too-short",
            SrtpError::Replayed => "srtp-replayed",
            SrtpError::AuthenticationFailed => "srtp-authentication-failed",
            SrtpError::NotEncrypted => "srtp-not-encrypted",
            SrtpError::IndexExhausted => "srtp-index-exhausted",
            SrtpError::TooManySenders => "srtp-too-many-senders",
        }
    }
}

impl std::fmt::Display for SrtpError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for SrtpError {}

/// The session keys of both packet kinds, whatever the profile.
enum Cipher {
    Gcm { rtp: gcm::GcmKey, rtcp: gcm::GcmKey },
    Cm { rtp: Box<cm::CmKey>, rtcp: Box<cm::CmKey> },
}

impl Cipher {
    fn new(profile: Profile, master: &MasterKey) -> Self {
        let rtp = kdf::derive(profile, master, kdf::Kind::Rtp);
        let rtcp = kdf::derive(profile, master, kdf::Kind::Rtcp);
        match profile {
            Profile::AeadAes128Gcm | Profile::AeadAes256Gcm => {
                Cipher::Gcm { rtp: gcm::GcmKey::new(profile, &rtp), rtcp: gcm::GcmKey::new(profile, &rtcp) }
            }
            Profile::Aes128CmSha1_80 => {
                Cipher::Cm { rtp: Box::new(cm::CmKey::new(&rtp)), rtcp: Box::new(cm::CmKey::new(&rtcp)) }
            }
        }
    }

    const fn tag_len(&self) -> usize {
        match self {
            Cipher::Gcm { .. } => gcm::TAG_LEN,
            Cipher::Cm { .. } => cm::TAG_LEN,
        }
    }
}

/// Header of the shortest RTP packet, octets.
const MIN_RTP_HEADER: usize = 12;
/// First header and sender SSRC of a compound RTCP packet: never encrypted.
const RTCP_CLEAR_LEN: usize = 8;
/// The encrypted flag and the 31-bit SRTCP index.
const RTCP_INDEX_LEN: usize = 4;
const RTCP_ENCRYPTED: u32 = 1 << 31;

#[cfg(test)]
mod testing {
    /// Octets written as hexadecimal digits.
    pub(super) fn unhex(digits: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        (0..digits.len()).step_by(2).map(digit).collect()
    }
}
