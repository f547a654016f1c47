//! The sending half: encrypt in place and append the tag.

use super::{Cipher, MIN_RTP_HEADER, MasterKey, Profile, RTCP_CLEAR_LEN, RTCP_INDEX_LEN};
use crate::bytes::u32_at;

/// Protects what is sent to one peer.
pub struct Sealer {
    cipher: Cipher,
    next_rtcp_index: u32,
}

impl Sealer {
    /// Derives the session keys and sets their ciphers up, once for each transport.
    pub fn new(profile: Profile, master: &MasterKey) -> Self {
        Sealer { cipher: Cipher::new(profile, master), next_rtcp_index: 1 }
    }

    /// Octets that [`Sealer::seal_rtp`] appends.
    pub const fn rtp_overhead(&self) -> usize {
        self.cipher.tag_len()
    }

    /// Octets that [`Sealer::seal_rtcp`] appends.
    pub const fn rtcp_overhead(&self) -> usize {
        self.cipher.tag_len() + RTCP_INDEX_LEN
    }

    /// Protects the RTP packet in `out[..header_len + plain_len]` in place and appends the tag.
    ///
    /// `index` is roll-over counter << 16 | sequence number. The caller never uses a pair of `ssrc` and
    /// `index` twice with this sealer: in AES-GCM that would reveal the authentication key. Returns the
    /// protected length, or 0 when `out` has no room for it or `index` has more than 48 bits.
    pub fn seal_rtp(&self, out: &mut [u8], header_len: usize, plain_len: usize, ssrc: u32, index: u64) -> usize {
        let total = header_len.saturating_add(plain_len).saturating_add(self.rtp_overhead());
        if header_len < MIN_RTP_HEADER || index >> 48 != 0 {
            return 0;
        }
        let Some(packet) = out.get_mut(..total) else {
            return 0;
        };
        let sealed = match &self.cipher {
            Cipher::Gcm { rtp, .. } => rtp.seal_rtp(packet, header_len, ssrc, index),
            Cipher::Cm { rtp, .. } => rtp.seal_rtp(packet, header_len, ssrc, index),
        };
        sealed.map_or(0, |()| total)
    }

    /// Protects the compound RTCP packet in `out[..plain_len]` in place and appends tag and index.
    ///
    /// Returns the protected length, or 0 when `out` has no room for it, when `plain_len` is below 8, or when
    /// all 2^31 indices are used (at one packet a millisecond: after 24 days).
    pub fn seal_rtcp(&mut self, out: &mut [u8], plain_len: usize) -> usize {
        let total = plain_len.saturating_add(self.rtcp_overhead());
        let index = self.next_rtcp_index;
        if plain_len < RTCP_CLEAR_LEN || index >> 31 != 0 {
            return 0;
        }
        let Some(packet) = out.get_mut(..total) else {
            return 0;
        };
        let Some(ssrc) = u32_at(packet, 4) else {
            return 0;
        };
        self.next_rtcp_index += 1;
        let sealed = match &self.cipher {
            Cipher::Gcm { rtcp, .. } => rtcp.seal_rtcp(packet, ssrc, index),
            Cipher::Cm { rtcp, .. } => rtcp.seal_rtcp(packet, ssrc, index),
        };
        sealed.map_or(0, |()| total)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}
