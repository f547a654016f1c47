//! Reading a STUN message.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::integrity::fingerprint;
use super::{
    HEADER_LEN, INTEGRITY_LEN, Incoming, IntegrityKey, MAGIC_COOKIE, MAX_ATTRIBUTES, MAX_LEN, Request, StunError,
    attribute, message,
};
use crate::bytes::{array_at, u8_at, u16_at, u32_at};

/// True when the datagram looks like STUN: RFC 7983's range of the first octet, and the cookie.
pub fn is_stun(b: &[u8]) -> bool {
    b.len() >= HEADER_LEN && b[0] < 4 && u32_at(b, 4) == Some(MAGIC_COOKIE)
}

/// Reads one datagram that is exactly one STUN message.
pub fn parse(b: &[u8]) -> Result<Incoming<'_>, StunError> {
    let attributes = Attributes::read(b)?;
    match u16_at(b, 0).ok_or(StunError::NotStun)? {
        message::REQUEST => request(b, &attributes).map(Incoming::Request),
        message::SUCCESS | message::ERROR => Ok(Incoming::Response),
        message::INDICATION => Ok(Incoming::Indication),
        _ => Err(StunError::UnknownMethod),
    }
}

/// The address in a success response, if the response is authentic: what a client learns about itself.
pub fn mapped_address(b: &[u8], key: &IntegrityKey) -> Option<SocketAddr> {
    let attributes = Attributes::read(b).ok()?;
    let authentic = attributes.integrity_at.is_some_and(|at| key.verifies(b, at));
    if u16_at(b, 0)? != message::SUCCESS || !authentic {
        return None;
    }
    let value = attributes.first(attribute::XOR_MAPPED_ADDRESS)?;
    let port = u16_at(value, 2)? ^ (MAGIC_COOKIE >> 16) as u16;
    let mask: [u8; 16] = array_at(b, 4)?;
    let ip = match (u8_at(value, 1)?, value.len()) {
        (1, 8) => IpAddr::V4(Ipv4Addr::from(u32_at(value, 4)? ^ MAGIC_COOKIE)),
        (2, 20) => IpAddr::V6(Ipv6Addr::from(u128::from_be_bytes(array_at(value, 4)?) ^ u128::from_be_bytes(mask))),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn request<'a>(b: &'a [u8], attributes: &Attributes<'a>) -> Result<Request<'a>, StunError> {
    let username = attributes.first(attribute::USERNAME).ok_or(StunError::BadUsername)?;
    let username = std::str::from_utf8(username).map_err(|_| StunError::BadUsername)?;
    let (local_ufrag, remote_ufrag) = username.split_once(':').ok_or(StunError::BadUsername)?;
    let priority = match attributes.first(attribute::PRIORITY) {
        Some(value) => u32::from_be_bytes(value.try_into().map_err(|_| StunError::BadAttribute)?),
        None => 0,
    };
    Ok(Request {
        transaction: array_at(b, 8).ok_or(StunError::NotStun)?,
        local_ufrag,
        remote_ufrag,
        use_candidate: attributes.first(attribute::USE_CANDIDATE).is_some(),
        controlled: attributes.first(attribute::ICE_CONTROLLED).is_some(),
        controlling: attributes.first(attribute::ICE_CONTROLLING).is_some(),
        priority,
        unknown_attribute: attributes.unknown(),
        integrity_at: attributes.integrity_at,
    })
}

/// The attributes that count: those before MESSAGE-INTEGRITY, since later ones are not protected (RFC 8489, 14.5).
struct Attributes<'a> {
    found: [(u16, &'a [u8]); MAX_ATTRIBUTES],
    count: usize,
    integrity_at: Option<usize>,
}

impl<'a> Attributes<'a> {
    fn read(b: &'a [u8]) -> Result<Self, StunError> {
        if !is_stun(b) {
            return Err(StunError::NotStun);
        }
        if b.len() > MAX_LEN {
            return Err(StunError::TooLong);
        }
        let length = u16_at(b, 2).ok_or(StunError::NotStun)?;
        if !length.is_multiple_of(4) || usize::from(length) != b.len() - HEADER_LEN {
            return Err(StunError::LengthMismatch);
        }
        let mut attributes = Attributes { found: [(0, &[]); MAX_ATTRIBUTES], count: 0, integrity_at: None };
        let mut at = HEADER_LEN;
        for _ in 0..=MAX_ATTRIBUTES {
            let (kind, value) = attribute_at(b, at).ok_or(StunError::TruncatedAttribute)?;
            let next = at + 4 + value.len().next_multiple_of(4);
            if kind == attribute::FINGERPRINT {
                return attributes.finish(b, at, value);
            }
            attributes.take(kind, value, at)?;
            at = next;
            if at >= b.len() {
                return Err(StunError::BadFingerprint);
            }
        }
        Err(StunError::TooManyAttributes)
    }

    fn take(&mut self, kind: u16, value: &'a [u8], at: usize) -> Result<(), StunError> {
        if self.integrity_at.is_some() {
            return Ok(());
        }
        if kind == attribute::MESSAGE_INTEGRITY {
            if value.len() != INTEGRITY_LEN {
                return Err(StunError::BadAttribute);
            }
            self.integrity_at = Some(at);
            return Ok(());
        }
        let slot = self.found.get_mut(self.count).ok_or(StunError::TooManyAttributes)?;
        *slot = (kind, value);
        self.count += 1;
        Ok(())
    }

    fn finish(self, b: &[u8], at: usize, value: &[u8]) -> Result<Self, StunError> {
        let is_last = at + 4 + value.len() == b.len();
        let expected = b.get(..at).map(fingerprint);
        let found = value.try_into().ok().map(u32::from_be_bytes);
        if is_last && found.is_some() && found == expected { Ok(self) } else { Err(StunError::BadFingerprint) }
    }

    fn all(&self) -> &[(u16, &'a [u8])] {
        &self.found[..self.count]
    }

    /// RFC 8489 section 14: of a repeated attribute only the first counts.
    fn first(&self, kind: u16) -> Option<&'a [u8]> {
        self.all().iter().find(|(found, _)| *found == kind).map(|(_, value)| *value)
    }

    fn unknown(&self) -> Option<u16> {
        const KNOWN: [u16; 3] = [attribute::USERNAME, attribute::PRIORITY, attribute::USE_CANDIDATE];
        self.all().iter().map(|(kind, _)| *kind).find(|kind| *kind < attribute::FIRST_OPTIONAL && !KNOWN.contains(kind))
    }
}

/// Type and unpadded value. `None` when the value or its padding reaches past the end.
fn attribute_at(b: &[u8], at: usize) -> Option<(u16, &[u8])> {
    let kind = u16_at(b, at)?;
    let len = usize::from(u16_at(b, at + 2)?);
    let padded = b.get(at + 4..)?.get(..len.next_multiple_of(4))?;
    Some((kind, padded.get(..len)?))
}
