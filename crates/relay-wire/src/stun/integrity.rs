//! MESSAGE-INTEGRITY with short-term credentials (RFC 8489, 14.5) and FINGERPRINT (14.7).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

use super::{FINGERPRINT_XOR, HEADER_LEN, INTEGRITY_LEN};

/// An ICE password, ready to sign and verify with.
pub struct IntegrityKey(hmac::Key);

impl IntegrityKey {
    /// `pwd` is the ICE password as it stands in the session description.
    pub fn new(pwd: &str) -> Self {
        IntegrityKey(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, pwd.as_bytes()))
    }

    /// HMAC of the message before offset `at`, with the length field as if MESSAGE-INTEGRITY at `at` were its end.
    pub(super) fn sign(&self, message: &[u8], at: usize) -> Option<[u8; INTEGRITY_LEN]> {
        let (header, attributes) = message.get(..at)?.split_first_chunk::<HEADER_LEN>()?;
        let length = u16::try_from(attributes.len() + 4 + INTEGRITY_LEN).ok()?;
        let mut header = *header;
        header[2..4].copy_from_slice(&length.to_be_bytes());
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&header);
        context.update(attributes);
        context.sign().as_ref().first_chunk().copied()
    }

    pub(super) fn verifies(&self, message: &[u8], at: usize) -> bool {
        let Some(expected) = self.sign(message, at) else {
            return false;
        };
        let Some(value) = message.get(at + 4..at + 4 + INTEGRITY_LEN) else {
            return false;
        };
        verify_slices_are_equal(&expected, value).is_ok()
    }
}

impl std::fmt::Debug for IntegrityKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IntegrityKey")
    }
}

/// The value of FINGERPRINT for everything before it.
pub(super) fn fingerprint(before: &[u8]) -> u32 {
    crc32fast::hash(before) ^ FINGERPRINT_XOR
}
