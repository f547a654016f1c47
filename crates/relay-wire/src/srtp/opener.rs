//! The receiving half: authenticate, decrypt in place, refuse replays.

use super::{
    Cipher, MIN_RTP_HEADER, MasterKey, Profile, RTCP_CLEAR_LEN, RTCP_ENCRYPTED, RTCP_INDEX_LEN, SrtpError, StreamState,
    cm,
};
use crate::bytes::{u16_at, u32_at};

/// Removes the protection from what one peer sends.
pub struct Opener {
    cipher: Cipher,
    rtcp_senders: RtcpSenders,
}

impl Opener {
    /// Derives the session keys and sets their ciphers up, once for each transport.
    pub fn new(profile: Profile, master: &MasterKey) -> Self {
        Opener { cipher: Cipher::new(profile, master), rtcp_senders: RtcpSenders::default() }
    }

    /// Authenticates and decrypts one RTP packet in place.
    ///
    /// `buf` is exactly the datagram, `header_len` the octets before the payload (`rtp::Header::header_len`),
    /// `state` belongs to the packet's SSRC. Returns the length of header and payload, and the 48-bit packet
    /// index; `state` changes only then. After [`SrtpError::AuthenticationFailed`] the payload bytes are
    /// unspecified.
    pub fn open_rtp(
        &self,
        state: &mut StreamState,
        buf: &mut [u8],
        header_len: usize,
    ) -> Result<(usize, u64), SrtpError> {
        let plain_len = buf.len().checked_sub(self.cipher.tag_len()).ok_or(SrtpError::TooShort)?;
        if header_len < MIN_RTP_HEADER || plain_len < header_len {
            return Err(SrtpError::TooShort);
        }
        let sequence = u16_at(buf, 2).ok_or(SrtpError::TooShort)?;
        let ssrc = u32_at(buf, 8).ok_or(SrtpError::TooShort)?;
        let index = state.estimate(sequence)?;
        match &self.cipher {
            Cipher::Gcm { rtp, .. } => rtp.open_rtp(buf, header_len, ssrc, index)?,
            Cipher::Cm { rtp, .. } => rtp.open_rtp(buf, header_len, ssrc, index)?,
        }
        state.accept(index);
        Ok((plain_len, index))
    }

    /// Authenticates and decrypts one compound RTCP packet in place; `buf` is exactly the datagram.
    ///
    /// Returns the length of the compound packet. Replays are refused per sender SSRC, for at most
    /// [`Opener::MAX_RTCP_SENDERS`] senders.
    pub fn open_rtcp(&mut self, buf: &mut [u8]) -> Result<usize, SrtpError> {
        let overhead = self.cipher.tag_len() + RTCP_INDEX_LEN;
        let plain_len = buf.len().checked_sub(overhead).ok_or(SrtpError::TooShort)?;
        if plain_len < RTCP_CLEAR_LEN {
            return Err(SrtpError::TooShort);
        }
        let ssrc = u32_at(buf, 4).ok_or(SrtpError::TooShort)?;
        // RFC 7714 9.2 puts the index word last, RFC 3711 3.4 before the tag.
        let word_at = match &self.cipher {
            Cipher::Gcm { .. } => buf.len() - RTCP_INDEX_LEN,
            Cipher::Cm { .. } => plain_len,
        };
        let word = u32_at(buf, word_at).ok_or(SrtpError::TooShort)?;
        if word & RTCP_ENCRYPTED == 0 {
            return Err(SrtpError::NotEncrypted);
        }
        let index = word & !RTCP_ENCRYPTED;
        let sender = self.rtcp_senders.check(ssrc, index)?;
        match &self.cipher {
            Cipher::Gcm { rtcp, .. } => {
                let (sealed, _) = buf.split_at_mut(word_at);
                rtcp.open_rtcp(sealed, ssrc, index)?;
            }
            Cipher::Cm { rtcp, .. } => {
                let (sealed, trailer) = buf.split_at_mut(plain_len);
                let tag = trailer.last_chunk::<{ cm::TAG_LEN }>().ok_or(SrtpError::TooShort)?;
                rtcp.open_rtcp(sealed, tag, ssrc, index)?;
            }
        }
        self.rtcp_senders.accept(sender, ssrc, index);
        Ok(plain_len)
    }

    /// SRTCP sender SSRCs remembered for one peer, never forgotten: forgetting would let old packets in
    /// again. A day of screen shares uses a few hundred.
    pub const MAX_RTCP_SENDERS: usize = 1024;
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opener")
    }
}

/// SRTCP replay windows, most used first.
#[derive(Default)]
struct RtcpSenders(Vec<RtcpSender>);

struct RtcpSender {
    ssrc: u32,
    highest: u32,
    /// Bit `n` is set when `highest - n` was seen.
    seen: u64,
}

impl RtcpSenders {
    /// Where `ssrc` is remembered, or `None` for a new sender, if `index` is new.
    fn check(&self, ssrc: u32, index: u32) -> Result<Option<usize>, SrtpError> {
        let Some(at) = self.0.iter().position(|sender| sender.ssrc == ssrc) else {
            let full = self.0.len() >= Opener::MAX_RTCP_SENDERS;
            return if full { Err(SrtpError::TooManySenders) } else { Ok(None) };
        };
        let sender = &self.0[at];
        let replayed = sender.highest.checked_sub(index).is_some_and(|age| age >= 64 || sender.seen >> age & 1 != 0);
        if replayed { Err(SrtpError::Replayed) } else { Ok(Some(at)) }
    }

    fn accept(&mut self, at: Option<usize>, ssrc: u32, index: u32) {
        let Some(at) = at else {
            self.0.push(RtcpSender { ssrc, highest: index, seen: 1 });
            return;
        };
        let sender = &mut self.0[at];
        if let Some(age) = sender.highest.checked_sub(index) {
            sender.seen |= 1 << age;
        } else {
            sender.seen = sender.seen.checked_shl(index - sender.highest).unwrap_or(0) | 1;
            sender.highest = index;
        }
        if at > 0 {
            self.0.swap(at, at - 1);
        }
    }
}
