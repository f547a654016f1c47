//! AES-GCM protection, RFC 7714: the clear header is associated data, the tag follows the ciphertext.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::kdf::SessionKeys;
use super::{Profile, RTCP_CLEAR_LEN, RTCP_ENCRYPTED, RTCP_INDEX_LEN, SrtpError};

pub(super) const TAG_LEN: usize = 16;

/// One AES-GCM session key with its salt. The key schedule is made once.
pub(super) struct GcmKey {
    key: LessSafeKey,
    salt: [u8; NONCE_LEN],
}

impl GcmKey {
    pub(super) fn new(profile: Profile, keys: &SessionKeys) -> Self {
        let algorithm = if profile == Profile::AeadAes256Gcm { &AES_256_GCM } else { &AES_128_GCM };
        let key = UnboundKey::new(algorithm, keys.cipher()).expect("the profile fixes the key length");
        let mut salt = [0; NONCE_LEN];
        salt.copy_from_slice(&keys.salt[..NONCE_LEN]);
        GcmKey { key: LessSafeKey::new(key), salt }
    }

    /// RFC 7714 8.1: two zero octets, SSRC, roll-over counter, sequence number; XOR salt.
    fn rtp_nonce(&self, ssrc: u32, index: u64) -> Nonce {
        self.nonce(ssrc, index)
    }

    /// RFC 7714 9.1: two zero octets, SSRC, two zero octets, SRTCP index; XOR salt.
    fn rtcp_nonce(&self, ssrc: u32, index: u32) -> Nonce {
        self.nonce(ssrc, u64::from(index))
    }

    fn nonce(&self, ssrc: u32, low_48: u64) -> Nonce {
        let mut iv = [0; NONCE_LEN];
        iv[2..6].copy_from_slice(&ssrc.to_be_bytes());
        iv[6..].copy_from_slice(&low_48.to_be_bytes()[2..]);
        for (octet, salt) in iv.iter_mut().zip(self.salt) {
            *octet ^= salt;
        }
        Nonce::assume_unique_for_key(iv)
    }

    /// `packet` is header, plaintext and `TAG_LEN` octets of room.
    pub(super) fn seal_rtp(&self, packet: &mut [u8], header_len: usize, ssrc: u32, index: u64) -> Option<()> {
        let (header, rest) = packet.split_at_mut_checked(header_len)?;
        let (payload, room) = rest.split_at_mut_checked(rest.len().checked_sub(TAG_LEN)?)?;
        let nonce = self.rtp_nonce(ssrc, index);
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::from(&*header), payload).ok()?;
        room.copy_from_slice(tag.as_ref());
        Some(())
    }

    /// `packet` is header, ciphertext and tag. On failure its bytes are lost.
    pub(super) fn open_rtp(
        &self,
        packet: &mut [u8],
        header_len: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<(), SrtpError> {
        let (header, rest) = packet.split_at_mut_checked(header_len).ok_or(SrtpError::TooShort)?;
        let nonce = self.rtp_nonce(ssrc, index);
        self.key
            .open_in_place(nonce, Aad::from(&*header), rest)
            .map(|_| ())
            .map_err(|_| SrtpError::AuthenticationFailed)
    }

    /// `packet` is plaintext, then room for the tag and the index word.
    pub(super) fn seal_rtcp(&self, packet: &mut [u8], ssrc: u32, index: u32) -> Option<()> {
        let (head, rest) = packet.split_first_chunk_mut::<RTCP_CLEAR_LEN>()?;
        let (body, trailer) = rest.split_at_mut_checked(rest.len().checked_sub(TAG_LEN + RTCP_INDEX_LEN)?)?;
        let word = (index | RTCP_ENCRYPTED).to_be_bytes();
        let nonce = self.rtcp_nonce(ssrc, index);
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::from(rtcp_aad(head, word)), body).ok()?;
        trailer[..TAG_LEN].copy_from_slice(tag.as_ref());
        trailer[TAG_LEN..].copy_from_slice(&word);
        Some(())
    }

    /// `packet` is ciphertext and tag, without the index word. On failure its bytes are lost.
    pub(super) fn open_rtcp(&self, packet: &mut [u8], ssrc: u32, index: u32) -> Result<(), SrtpError> {
        let (head, rest) = packet.split_first_chunk_mut::<RTCP_CLEAR_LEN>().ok_or(SrtpError::TooShort)?;
        let aad = rtcp_aad(head, (index | RTCP_ENCRYPTED).to_be_bytes());
        self.key
            .open_in_place(self.rtcp_nonce(ssrc, index), Aad::from(aad), rest)
            .map(|_| ())
            .map_err(|_| SrtpError::AuthenticationFailed)
    }
}

/// RFC 7714 9.2: the clear head and the word of encrypted flag and index.
fn rtcp_aad(head: &[u8; RTCP_CLEAR_LEN], word: [u8; RTCP_INDEX_LEN]) -> [u8; RTCP_CLEAR_LEN + RTCP_INDEX_LEN] {
    let mut aad = [0; RTCP_CLEAR_LEN + RTCP_INDEX_LEN];
    aad[..RTCP_CLEAR_LEN].copy_from_slice(head);
    aad[RTCP_CLEAR_LEN..].copy_from_slice(&word);
    aad
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::srtp::testing::unhex;

    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const SALT: &str = "517569642070726f2071756f";
    const RTP: &str = "8040f17b8041f8d35501a0b2\
        47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
    const RTCP: &str = "81c8000d4d6172734e5450314e545032525450200000042a0000e930\
        4c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";

    fn key(profile: Profile) -> GcmKey {
        let cipher = &unhex(KEY)[..profile.key_len()];
        GcmKey::new(profile, &SessionKeys::from_session(cipher, &[], &unhex(SALT)))
    }

    /// RFC 7714 sections 16.1.1, 16.1.2, 16.2.1 and 16.2.2.
    #[test]
    fn protects_the_rtp_packet_of_rfc_7714_16() {
        let vectors = [
            (
                Profile::AeadAes128Gcm,
                "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f\
                 42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
            ),
            (
                Profile::AeadAes256Gcm,
                "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3\
                 b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
            ),
        ];
        for (profile, protected) in vectors {
            let key = key(profile);
            let mut packet = unhex(RTP);
            packet.extend([0; TAG_LEN]);
            key.seal_rtp(&mut packet, 12, 0x5501_a0b2, 0xf17b).unwrap();
            assert_eq!(packet, unhex(protected), "{profile:?}");
            key.open_rtp(&mut packet, 12, 0x5501_a0b2, 0xf17b).unwrap();
            assert_eq!(packet[..packet.len() - TAG_LEN], unhex(RTP)[..], "{profile:?}");
        }
    }

    /// RFC 7714 sections 17.1 and 17.2.
    #[test]
    fn protects_the_rtcp_packet_of_rfc_7714_17() {
        let vectors = [
            (
                Profile::AeadAes128Gcm,
                "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1\
                 730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4",
            ),
            (
                Profile::AeadAes256Gcm,
                "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1\
                 110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4",
            ),
        ];
        for (profile, protected) in vectors {
            let key = key(profile);
            let mut packet = unhex(RTCP);
            packet.extend([0; TAG_LEN + RTCP_INDEX_LEN]);
            key.seal_rtcp(&mut packet, 0x4d61_7273, 0x5d4).unwrap();
            assert_eq!(packet, unhex(protected), "{profile:?}");
            let end = packet.len() - RTCP_INDEX_LEN;
            key.open_rtcp(&mut packet[..end], 0x4d61_7273, 0x5d4).unwrap();
            assert_eq!(packet[..end - TAG_LEN], unhex(RTCP)[..], "{profile:?}");
        }
    }
}
