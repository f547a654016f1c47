//! Writing a STUN message. Every function returns the message's length, or 0 when `out` is too small; no
//! answer is longer than 80 octets, no request longer than 60 plus its user name.

use std::net::{IpAddr, SocketAddr};

use super::integrity::fingerprint;
use super::{HEADER_LEN, IntegrityKey, MAGIC_COOKIE, attribute, message};

/// Answers a verified request: `mapped` is where it came from.
pub fn write_success(out: &mut [u8], transaction: &[u8; 12], mapped: SocketAddr, key: &IntegrityKey) -> usize {
    let mut writer = Writer::new(out, message::SUCCESS, transaction);
    writer.xor_mapped_address(mapped, transaction);
    writer.finish(key)
}

/// Refuses a verified request with `code`, 300 to 699: 487 for a role conflict, 400 for a bad request.
pub fn write_error(out: &mut [u8], transaction: &[u8; 12], code: u16, key: &IntegrityKey) -> usize {
    let mut writer = Writer::new(out, message::ERROR, transaction);
    writer.error_code(code);
    writer.finish(key)
}

/// Refuses a verified request with 420 and the attribute that was not understood (RFC 8489, 6.3.1).
pub fn write_unknown_attribute(out: &mut [u8], transaction: &[u8; 12], unknown: u16, key: &IntegrityKey) -> usize {
    let mut writer = Writer::new(out, message::ERROR, transaction);
    writer.error_code(420);
    writer.attribute(attribute::UNKNOWN_ATTRIBUTES, &unknown.to_be_bytes());
    writer.finish(key)
}

/// What a client puts into a binding request.
#[derive(Debug, Clone, Copy)]
pub struct RequestFields<'a> {
    /// Transaction id.
    pub transaction: [u8; 12],
    /// The receiver's user name fragment.
    pub receiver_ufrag: &'a str,
    /// The sender's user name fragment.
    pub sender_ufrag: &'a str,
    /// Candidate priority.
    pub priority: u32,
    /// True writes ICE-CONTROLLING, false ICE-CONTROLLED.
    pub controlling: bool,
    /// Decides role conflicts.
    pub tie_breaker: u64,
    /// Nominate this path.
    pub use_candidate: bool,
}

/// A client's binding request, for load generators and tests. `key` is made from the receiver's password.
pub fn write_request(out: &mut [u8], fields: &RequestFields<'_>, key: &IntegrityKey) -> usize {
    let mut writer = Writer::new(out, message::REQUEST, &fields.transaction);
    let parts = [fields.receiver_ufrag.as_bytes(), b":", fields.sender_ufrag.as_bytes()];
    writer.attribute_of(attribute::USERNAME, &parts);
    writer.attribute(attribute::PRIORITY, &fields.priority.to_be_bytes());
    let role = if fields.controlling { attribute::ICE_CONTROLLING } else { attribute::ICE_CONTROLLED };
    writer.attribute(role, &fields.tie_breaker.to_be_bytes());
    if fields.use_candidate {
        writer.attribute(attribute::USE_CANDIDATE, &[]);
    }
    writer.finish(key)
}

/// Appends to a slice; remembers when something did not fit.
struct Writer<'a> {
    out: &'a mut [u8],
    len: usize,
    fits: bool,
}

impl<'a> Writer<'a> {
    fn new(out: &'a mut [u8], kind: u16, transaction: &[u8; 12]) -> Self {
        let mut writer = Writer { out, len: 0, fits: true };
        writer.put(&kind.to_be_bytes());
        writer.put(&[0, 0]);
        writer.put(&MAGIC_COOKIE.to_be_bytes());
        writer.put(transaction);
        writer
    }

    fn put(&mut self, bytes: &[u8]) {
        match self.out.get_mut(self.len..self.len + bytes.len()) {
            Some(room) if self.fits => {
                room.copy_from_slice(bytes);
                self.len += bytes.len();
            }
            _ => self.fits = false,
        }
    }

    fn attribute(&mut self, kind: u16, value: &[u8]) {
        self.attribute_of(kind, &[value]);
    }

    fn attribute_of(&mut self, kind: u16, parts: &[&[u8]]) {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        let Ok(len_field) = u16::try_from(len) else {
            self.fits = false;
            return;
        };
        self.put(&kind.to_be_bytes());
        self.put(&len_field.to_be_bytes());
        parts.iter().for_each(|part| self.put(part));
        self.put(&[0; 3][..len.next_multiple_of(4) - len]);
    }

    fn error_code(&mut self, code: u16) {
        // The reason phrase is for people and may be empty (RFC 8489, 14.8); short answers cannot amplify.
        self.attribute(attribute::ERROR_CODE, &[0, 0, (code / 100) as u8, (code % 100) as u8]);
    }

    fn xor_mapped_address(&mut self, address: SocketAddr, transaction: &[u8; 12]) {
        let port = (address.port() ^ (MAGIC_COOKIE >> 16) as u16).to_be_bytes();
        match address.ip().to_canonical() {
            IpAddr::V4(ip) => {
                let ip = (u32::from(ip) ^ MAGIC_COOKIE).to_be_bytes();
                self.attribute_of(attribute::XOR_MAPPED_ADDRESS, &[&[0, 1], &port, &ip]);
            }
            IpAddr::V6(ip) => {
                let mut mask = [0; 16];
                mask[..4].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
                mask[4..].copy_from_slice(transaction);
                let ip = (u128::from(ip) ^ u128::from_be_bytes(mask)).to_be_bytes();
                self.attribute_of(attribute::XOR_MAPPED_ADDRESS, &[&[0, 2], &port, &ip]);
            }
        }
    }

    /// Appends MESSAGE-INTEGRITY and FINGERPRINT, and sets the length field.
    fn finish(mut self, key: &IntegrityKey) -> usize {
        let Some(hmac) = key.sign(&self.out[..self.len], self.len) else {
            return 0;
        };
        self.attribute(attribute::MESSAGE_INTEGRITY, &hmac);
        let fingerprint_at = self.len;
        self.attribute(attribute::FINGERPRINT, &[0; 4]);
        let Ok(length) = u16::try_from(self.len.saturating_sub(HEADER_LEN)) else {
            return 0;
        };
        if !self.fits {
            return 0;
        }
        self.out[2..4].copy_from_slice(&length.to_be_bytes());
        let crc = fingerprint(&self.out[..fingerprint_at]).to_be_bytes();
        self.out[fingerprint_at + 4..self.len].copy_from_slice(&crc);
        self.len
    }
}
