//! AES counter mode with an 80-bit HMAC-SHA1 tag, RFC 3711 sections 4.1.1 and 4.2.1.

use aws_lc_rs::cipher::EncryptingKey;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

use super::kdf::{SessionKeys, apply_key_stream, counter_mode};
use super::{RTCP_CLEAR_LEN, RTCP_ENCRYPTED, RTCP_INDEX_LEN, SrtpError};

pub(super) const TAG_LEN: usize = 10;

/// One AES-CM session key, its salt and its authentication key.
pub(super) struct CmKey {
    cipher: EncryptingKey,
    auth: hmac::Key,
    salt: [u8; 14],
}

impl CmKey {
    pub(super) fn new(keys: &SessionKeys) -> Self {
        CmKey {
            cipher: counter_mode(keys.cipher()),
            auth: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &keys.auth),
            salt: keys.salt,
        }
    }

    /// RFC 3711 4.1.1: IV = salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16.
    fn iv(&self, ssrc: u32, index: u64) -> [u8; 16] {
        let mut iv = [0; 16];
        iv[4..8].copy_from_slice(&ssrc.to_be_bytes());
        iv[8..14].copy_from_slice(&index.to_be_bytes()[2..]);
        for (octet, salt) in iv.iter_mut().zip(self.salt) {
            *octet ^= salt;
        }
        iv
    }

    fn tag(&self, covered: &[u8], suffix: &[u8]) -> [u8; TAG_LEN] {
        let mut context = hmac::Context::with_key(&self.auth);
        context.update(covered);
        context.update(suffix);
        let mut tag = [0; TAG_LEN];
        tag.copy_from_slice(&context.sign().as_ref()[..TAG_LEN]);
        tag
    }

    /// `packet` is header, plaintext and `TAG_LEN` octets of room.
    pub(super) fn seal_rtp(&self, packet: &mut [u8], header_len: usize, ssrc: u32, index: u64) -> Option<()> {
        let (covered, room) = packet.split_at_mut_checked(packet.len().checked_sub(TAG_LEN)?)?;
        apply_key_stream(&self.cipher, self.iv(ssrc, index), covered.get_mut(header_len..)?);
        room.copy_from_slice(&self.tag(covered, &roll_over_counter(index)));
        Some(())
    }

    /// `packet` is header, ciphertext and tag. It stays as it was when the tag is wrong.
    pub(super) fn open_rtp(
        &self,
        packet: &mut [u8],
        header_len: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<(), SrtpError> {
        let (covered, tag) = packet.split_last_chunk_mut::<TAG_LEN>().ok_or(SrtpError::TooShort)?;
        self.check(covered, &roll_over_counter(index), tag)?;
        let payload = covered.get_mut(header_len..).ok_or(SrtpError::TooShort)?;
        apply_key_stream(&self.cipher, self.iv(ssrc, index), payload);
        Ok(())
    }

    /// `packet` is plaintext, then room for the index word and the tag.
    pub(super) fn seal_rtcp(&self, packet: &mut [u8], ssrc: u32, index: u32) -> Option<()> {
        let (rest, tag) = packet.split_last_chunk_mut::<TAG_LEN>()?;
        let (clear, word) = rest.split_last_chunk_mut::<RTCP_INDEX_LEN>()?;
        apply_key_stream(&self.cipher, self.iv(ssrc, u64::from(index)), clear.get_mut(RTCP_CLEAR_LEN..)?);
        *word = (index | RTCP_ENCRYPTED).to_be_bytes();
        *tag = self.tag(clear, word);
        Some(())
    }

    /// `packet` is ciphertext, without index word and tag. It stays as it was when the tag is wrong.
    pub(super) fn open_rtcp(&self, packet: &mut [u8], tag: &[u8], ssrc: u32, index: u32) -> Result<(), SrtpError> {
        self.check(packet, &(index | RTCP_ENCRYPTED).to_be_bytes(), tag)?;
        let body = packet.get_mut(RTCP_CLEAR_LEN..).ok_or(SrtpError::TooShort)?;
        apply_key_stream(&self.cipher, self.iv(ssrc, u64::from(index)), body);
        Ok(())
    }

    fn check(&self, covered: &[u8], suffix: &[u8], tag: &[u8]) -> Result<(), SrtpError> {
        verify_slices_are_equal(&self.tag(covered, suffix), tag).map_err(|_| SrtpError::AuthenticationFailed)
    }
}

/// RFC 3711 4.2: the roll-over counter is authenticated although it is not sent.
fn roll_over_counter(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}
