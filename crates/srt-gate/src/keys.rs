//! Keying material messages and payload decryption (draft sections 3.2.2 and 6): PBKDF2-HMAC-SHA1 makes a wrapping key of
//! the passphrase, AES key wrap (RFC 3394) protects the stream keys, AES-CTR the payloads.

use crate::bytes::{array_at, u16_at};
use crate::seq::Seq;
use crate::wire::KeyFlag;
use aws_lc_rs::cipher::{AES_128, AES_192, AES_256, Algorithm, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::pbkdf2;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

pub(crate) const SALT_BYTES: usize = 16;
const FIXED_BYTES: usize = 16;
const WRAP_OVERHEAD_BYTES: usize = 8;
pub(crate) const ITERATIONS: NonZeroU32 = NonZeroU32::new(2048).unwrap();
const AES_CTR: u8 = 2;
const ENCAPSULATED_SRT: u8 = 2;
const VERSION_AND_TYPE: u8 = 0x12;
const SIGNATURE: u16 = 0x2029;
/// RFC 3394, 2.2.3.1.
const WRAP_CHECK: [u8; 8] = [0xa6; 8];

/// Why keying material was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// Not a keying material message, or one that contradicts itself.
    Malformed,
    /// A cipher that is not AES-CTR.
    Unsupported,
    /// The passphrase does not open it.
    WrongPassphrase,
}

/// A keying material message, taken apart.
struct Material<'a> {
    even: bool,
    odd: bool,
    key_bytes: usize,
    salt: [u8; SALT_BYTES],
    wrapped: &'a [u8],
}

fn parse(message: &[u8]) -> Result<Material<'_>, KeyError> {
    let fixed: [u8; FIXED_BYTES] = array_at(message, 0).ok_or(KeyError::Malformed)?;
    if fixed[0] != VERSION_AND_TYPE || u16_at(message, 1) != Some(SIGNATURE) {
        return Err(KeyError::Malformed);
    }
    if fixed[8] != AES_CTR || fixed[9] != 0 || fixed[10] != ENCAPSULATED_SRT {
        return Err(KeyError::Unsupported);
    }
    let (even, odd) = (fixed[3] & 1 != 0, fixed[3] & 2 != 0);
    let keys = usize::from(even) + usize::from(odd);
    let key_bytes = usize::from(fixed[15]) * 4;
    let salt = array_at(message, FIXED_BYTES).ok_or(KeyError::Malformed)?;
    let wrapped = message.get(FIXED_BYTES + SALT_BYTES..).ok_or(KeyError::Malformed)?;
    let right = keys > 0
        && usize::from(fixed[14]) * 4 == SALT_BYTES
        && matches!(key_bytes, 16 | 24 | 32)
        && wrapped.len() == keys * key_bytes + WRAP_OVERHEAD_BYTES;
    if right { Ok(Material { even, odd, key_bytes, salt, wrapped }) } else { Err(KeyError::Malformed) }
}

fn aes(key: &[u8]) -> Option<UnboundCipherKey> {
    let algorithm: &'static Algorithm = match key.len() {
        16 => &AES_128,
        24 => &AES_192,
        32 => &AES_256,
        _ => return None,
    };
    UnboundCipherKey::new(algorithm, key).ok()
}

/// RFC 3394, 2.2.2: the wrapped keys, or `None` when the check value is wrong.
fn unwrap(wrapping_key: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = DecryptingKey::ecb(aes(wrapping_key)?).ok()?;
    let mut check: [u8; 8] = array_at(wrapped, 0)?;
    let mut registers = Zeroizing::new(wrapped.get(8..)?.to_vec());
    let count = registers.len() / 8;
    let mut block = Zeroizing::new([0u8; 16]);
    for round in (0..6).rev() {
        for (index, register) in registers.chunks_exact_mut(8).enumerate().rev() {
            let step = (count * round + index + 1) as u64;
            let (left, right) = block.split_at_mut(8);
            left.copy_from_slice(&(u64::from_be_bytes(check) ^ step).to_be_bytes());
            right.copy_from_slice(register);
            cipher.decrypt(block.as_mut_slice(), DecryptionContext::None).ok()?;
            check = array_at(block.as_slice(), 0)?;
            register.copy_from_slice(block.get(8..)?);
        }
    }
    verify_slices_are_equal(&check, &WRAP_CHECK).ok()?;
    Some(registers)
}

/// A stream key with its salt.
struct StreamKey {
    key: DecryptingKey,
    salt: [u8; SALT_BYTES],
}

impl StreamKey {
    fn new(key: &[u8], salt: [u8; SALT_BYTES]) -> Option<StreamKey> {
        Some(StreamKey { key: DecryptingKey::ctr(aes(key)?).ok()?, salt })
    }

    fn decrypt(&self, seq: Seq, payload: &mut [u8]) -> bool {
        let iv = counter_block(self.salt, seq);
        self.key.decrypt(payload, DecryptionContext::Iv128(iv.into())).is_ok()
    }
}

/// Counter block: the first 14 octets of the salt, the packet number over octets 10 to 13, then a 16-bit counter.
pub(crate) fn counter_block(salt: [u8; SALT_BYTES], seq: Seq) -> [u8; 16] {
    let mut iv = salt;
    [iv[14], iv[15]] = [0, 0];
    for (octet, number) in iv[10..14].iter_mut().zip(seq.raw().to_be_bytes()) {
        *octet ^= number;
    }
    iv
}

/// The keys of one connection and the passphrase that opens the next ones.
pub struct Cipher {
    passphrase: Zeroizing<Vec<u8>>,
    /// Of the last message, so that its repetition costs nothing.
    last: Vec<u8>,
    wrapping: Option<([u8; SALT_BYTES], Zeroizing<Vec<u8>>)>,
    even: Option<StreamKey>,
    odd: Option<StreamKey>,
}

impl Cipher {
    /// Opens the keying material of a handshake.
    pub fn open(passphrase: &str, message: &[u8]) -> Result<Cipher, KeyError> {
        let passphrase = Zeroizing::new(passphrase.as_bytes().to_vec());
        let mut cipher = Cipher { passphrase, last: Vec::new(), wrapping: None, even: None, odd: None };
        cipher.refresh(message)?;
        Ok(cipher)
    }

    /// Takes the keys of a refresh message. On an error the old ones stay.
    pub fn refresh(&mut self, message: &[u8]) -> Result<(), KeyError> {
        if !self.last.is_empty() && self.last == message {
            return Ok(());
        }
        let material = parse(message)?;
        let wrapping = self.wrapping_key(&material);
        let keys = unwrap(&wrapping, material.wrapped).ok_or(KeyError::WrongPassphrase)?;
        let mut keys = keys.chunks_exact(material.key_bytes);
        let mut next = |wanted: bool| match wanted {
            true => keys.next().and_then(|key| StreamKey::new(key, material.salt)).map(Some).ok_or(KeyError::Malformed),
            false => Ok(None),
        };
        let (even, odd) = (next(material.even)?, next(material.odd)?);
        self.even = even.or(self.even.take());
        self.odd = odd.or(self.odd.take());
        self.last = message.to_vec();
        self.wrapping = Some((material.salt, wrapping));
        Ok(())
    }

    /// The salt of the wrapping key is the last 8 octets of the message's.
    fn wrapping_key(&self, material: &Material<'_>) -> Zeroizing<Vec<u8>> {
        if let Some((salt, key)) = &self.wrapping
            && *salt == material.salt
            && key.len() == material.key_bytes
        {
            return key.clone();
        }
        let mut key = Zeroizing::new(vec![0; material.key_bytes]);
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA1, ITERATIONS, &material.salt[8..], &self.passphrase, &mut key);
        key
    }

    /// Decrypts in place. False: not encrypted, or with a key that is not known.
    pub(crate) fn decrypt(&self, flag: KeyFlag, seq: Seq, payload: &mut [u8]) -> bool {
        let key = match flag {
            KeyFlag::Even => &self.even,
            KeyFlag::Odd => &self.odd,
            KeyFlag::Clear | KeyFlag::Reserved => &None,
        };
        key.as_ref().is_some_and(|key| key.decrypt(seq, payload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    /// RFC 3394, sections 4.1, 4.3 and 4.5.
    #[test]
    fn key_wrap_vectors() {
        let vectors = [
            ("000102030405060708090a0b0c0d0e0f", "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5", 16),
            (
                "000102030405060708090a0b0c0d0e0f1011121314151617",
                "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d",
                16,
            ),
            (
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7",
                16,
            ),
        ];
        for (key, wrapped, bytes) in vectors {
            let opened = unwrap(&hex(key), &hex(wrapped)).unwrap();
            assert_eq!(opened.as_slice(), &hex("00112233445566778899aabbccddeeff")[..bytes]);
            let mut broken = hex(wrapped);
            broken[9] ^= 1;
            assert!(unwrap(&hex(key), &broken).is_none());
        }
    }

    #[test]
    fn bad_messages_are_told_apart() {
        assert_eq!(Cipher::open("passphrase", &[]).err(), Some(KeyError::Malformed));
        let mut message = vec![0; FIXED_BYTES + SALT_BYTES + 24];
        message[..4].copy_from_slice(&[0x12, 0x20, 0x29, 1]);
        message[8..16].copy_from_slice(&[4, 1, 2, 0, 0, 0, 4, 4]);
        assert_eq!(Cipher::open("passphrase", &message).err(), Some(KeyError::Unsupported));
        message[8..10].copy_from_slice(&[2, 0]);
        assert_eq!(Cipher::open("passphrase", &message).err(), Some(KeyError::WrongPassphrase));
        message[15] = 5;
        assert_eq!(Cipher::open("passphrase", &message).err(), Some(KeyError::Malformed));
    }
}
