//! Packet headers and the control packets a receiver writes (draft section 3).

use crate::bytes::u32_at;
use crate::seq::Seq;

pub(crate) const HEADER_BYTES: usize = 16;
/// Largest payload of a data packet: a 1500-byte IP packet without its headers and ours.
pub(crate) const MAX_PAYLOAD_BYTES: usize = 1456;
/// Most loss list words in one NAK.
const MAX_LOSS_WORDS: usize = MAX_PAYLOAD_BYTES / 4;
const CONTROL_BIT: u32 = 0x8000_0000;

/// Control packet types.
pub(crate) mod kind {
    pub(crate) const HANDSHAKE: u16 = 0;
    pub(crate) const KEEPALIVE: u16 = 1;
    pub(crate) const ACK: u16 = 2;
    pub(crate) const NAK: u16 = 3;
    pub(crate) const SHUTDOWN: u16 = 5;
    pub(crate) const ACKACK: u16 = 6;
    pub(crate) const DROP_REQUEST: u16 = 7;
    pub(crate) const USER_DEFINED: u16 = 0x7fff;
}

/// Which key a data packet is encrypted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyFlag {
    Clear,
    Even,
    Odd,
    Reserved,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    Data { seq: Seq, key: KeyFlag },
    Control { kind: u16, subtype: u16, info: u32 },
}

/// Header, destination socket id. `None`: shorter than a header.
pub(crate) fn parse_header(packet: &[u8]) -> Option<(Header, u32)> {
    let first = u32_at(packet, 0)?;
    let second = u32_at(packet, 4)?;
    let destination = u32_at(packet, 12)?;
    let header = if first & CONTROL_BIT != 0 {
        Header::Control { kind: (first >> 16) as u16 & 0x7fff, subtype: first as u16, info: second }
    } else {
        let key = match second >> 27 & 3 {
            0 => KeyFlag::Clear,
            1 => KeyFlag::Even,
            2 => KeyFlag::Odd,
            _ => KeyFlag::Reserved,
        };
        Header::Data { seq: Seq::new(first), key }
    };
    Some((header, destination))
}

/// A control packet; `body` in 32-bit words' worth of bytes. The reference implementation never sends an empty body.
pub(crate) fn control(kind: u16, subtype: u16, info: u32, timestamp_us: u32, destination: u32, body: &[u8]) -> Vec<u8> {
    let mut packet = Vec::with_capacity(HEADER_BYTES + body.len().max(4));
    packet.extend_from_slice(&(CONTROL_BIT | u32::from(kind) << 16 | u32::from(subtype)).to_be_bytes());
    packet.extend_from_slice(&info.to_be_bytes());
    packet.extend_from_slice(&timestamp_us.to_be_bytes());
    packet.extend_from_slice(&destination.to_be_bytes());
    packet.extend_from_slice(if body.is_empty() { &[0; 4] } else { body });
    packet
}

/// Body of a NAK (draft appendix A): single numbers, or a range as two of them, the first with its top bit set. As many
/// as fit one packet; the rest is asked for next time.
pub(crate) fn loss_list(ranges: impl Iterator<Item = (Seq, Seq)>) -> Vec<u8> {
    let mut body = Vec::new();
    for (first, last) in ranges {
        if body.len() / 4 + 2 > MAX_LOSS_WORDS {
            break;
        }
        if first == last {
            body.extend_from_slice(&first.raw().to_be_bytes());
        } else {
            body.extend_from_slice(&(first.raw() | CONTROL_BIT).to_be_bytes());
            body.extend_from_slice(&last.raw().to_be_bytes());
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        assert_eq!(parse_header(&[0; 15]), None);
        let data = [0, 0, 0, 9, 0b1101_0000, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5];
        assert_eq!(parse_header(&data), Some((Header::Data { seq: Seq::new(9), key: KeyFlag::Odd }, 5)));
        let ack = control(kind::ACK, 0, 77, 1, 5, &[]);
        assert_eq!(parse_header(&ack), Some((Header::Control { kind: kind::ACK, subtype: 0, info: 77 }, 5)));
        assert_eq!(ack.len(), HEADER_BYTES + 4);
    }

    #[test]
    fn a_loss_list_fits_one_packet() {
        let one = |first: u32, last: u32| (Seq::new(first), Seq::new(last));
        assert_eq!(loss_list([one(3, 3)].into_iter()), [0, 0, 0, 3]);
        assert_eq!(loss_list([one(3, 5)].into_iter()), [0x80, 0, 0, 3, 0, 0, 0, 5]);
        let many = loss_list((0..5000).map(|at| one(at * 10, at * 10 + 1)));
        assert!(many.len() <= MAX_PAYLOAD_BYTES);
    }
}
