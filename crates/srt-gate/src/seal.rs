//! The sending side's keys: a stream key made here, wrapped by the passphrase for the peer (draft sections 3.2.2 and 6).

use crate::keys::{ITERATIONS, SALT_BYTES, counter_block};
use crate::seq::Seq;
use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::key_wrap::{AES_128 as WRAP_128, AesKek, KeyWrap};
use aws_lc_rs::{pbkdf2, rand};
use zeroize::Zeroizing;

const KEY_BYTES: usize = 16;
const WRAPPED_BYTES: usize = KEY_BYTES + 8;
/// Version and type, signature, "the even key"; AES-CTR, SRT inside; 16 octets of salt and of key.
const FIXED: [u8; 16] = [0x12, 0x20, 0x29, 1, 0, 0, 0, 0, 2, 0, 2, 0, 0, 0, 4, 4];

/// Encrypts the payloads of one connection with its even key.
pub(crate) struct Sealer {
    key: EncryptingKey,
    salt: [u8; SALT_BYTES],
    message: Vec<u8>,
}

impl Sealer {
    /// A new key. `None`: the system has no randomness.
    pub(crate) fn new(passphrase: &str) -> Option<Sealer> {
        let mut salt = [0; SALT_BYTES];
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        rand::fill(&mut salt).ok()?;
        rand::fill(key.as_mut_slice()).ok()?;
        let mut wrapping = Zeroizing::new([0; KEY_BYTES]);
        let passphrase = passphrase.as_bytes();
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA1, ITERATIONS, &salt[8..], passphrase, wrapping.as_mut_slice());
        let mut wrapped = [0; WRAPPED_BYTES];
        AesKek::new(&WRAP_128, wrapping.as_slice()).ok()?.wrap(key.as_slice(), &mut wrapped).ok()?;
        let message = [&FIXED[..], &salt, &wrapped].concat();
        let key = EncryptingKey::ctr(UnboundCipherKey::new(&AES_128, key.as_slice()).ok()?).ok()?;
        Some(Sealer { key, salt, message })
    }

    /// Keying material for the handshake; a peer that could open it answers with the same.
    pub(crate) fn message(&self) -> &[u8] {
        &self.message
    }

    /// Encrypts in place. False: it did not work, and the payload must not be sent.
    pub(crate) fn seal(&self, seq: Seq, payload: &mut [u8]) -> bool {
        let iv = counter_block(self.salt, seq);
        self.key.less_safe_encrypt(payload, EncryptionContext::Iv128(iv.into())).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Cipher;
    use crate::wire::KeyFlag;

    #[test]
    fn what_is_sealed_opens_with_the_passphrase_and_no_other() {
        let sealer = Sealer::new("a good passphrase").unwrap();
        let cipher = Cipher::open("a good passphrase", sealer.message()).unwrap();
        assert!(Cipher::open("another passphrase", sealer.message()).is_err());
        let mut payload = *b"forty-two bytes of media, or nearly so many";
        let (seq, clear) = (Seq::new(0x7fff_ffff), payload);
        assert!(sealer.seal(seq, &mut payload));
        assert_ne!(payload, clear);
        assert!(cipher.decrypt(KeyFlag::Even, seq, &mut payload));
        assert_eq!(payload, clear);
    }
}
