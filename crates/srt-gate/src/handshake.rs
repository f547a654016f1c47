//! Handshake packets, version 5 (draft section 3.2.1): what a caller asks and what a listener answers.

use crate::bytes::{array_at, u16_at, u32_at};
use crate::reject::Reject;
use crate::seq::Seq;
use crate::stream_id::MAX_STREAM_ID_BYTES;
use crate::wire::{HEADER_BYTES, MAX_PAYLOAD_BYTES};
use std::time::Duration;

pub(crate) const FIXED_BYTES: usize = 48;
pub(crate) const INDUCTION: u32 = 1;
pub(crate) const CONCLUSION: u32 = 0xffff_ffff;
/// "SRT" in the extension field of the induction's answer.
pub(crate) const MAGIC: u16 = 0x4a17;
pub(crate) const OUR_VERSION: u32 = 0x0001_0500;
pub(crate) const MIN_VERSION: u32 = 0x0001_0300;
pub(crate) const MTU_BYTES: u32 = 1500;

pub(crate) mod extension {
    pub(crate) const HANDSHAKE_REQUEST: u16 = 1;
    pub(crate) const HANDSHAKE_RESPONSE: u16 = 2;
    pub(crate) const KEY_REQUEST: u16 = 3;
    pub(crate) const KEY_RESPONSE: u16 = 4;
    pub(crate) const STREAM_ID: u16 = 5;
    pub(crate) const CONGESTION: u16 = 6;
    pub(crate) const FILTER: u16 = 7;
    pub(crate) const GROUP: u16 = 8;
}

pub(crate) mod flag {
    /// Times packets both ways, encrypts, drops what is too late, reports losses periodically, marks what is sent again.
    pub(crate) const OURS: u32 = 0x3f;
    pub(crate) const RETRANSMITTED: u32 = 0x20;
    pub(crate) const STREAM: u32 = 0x40;
}

/// The body of a handshake packet up to its extensions.
#[derive(Clone, Debug)]
pub(crate) struct Shake {
    pub(crate) version: u32,
    pub(crate) first_seq: Seq,
    pub(crate) mtu_bytes: u32,
    pub(crate) window: u32,
    pub(crate) kind: u32,
    pub(crate) socket_id: u32,
    pub(crate) cookie: u32,
    pub(crate) peer_ip: [u8; 16],
}

impl Shake {
    /// `packet`: with its header. `None`: too short.
    pub(crate) fn parse(packet: &[u8]) -> Option<Shake> {
        let body = packet.get(HEADER_BYTES..)?;
        Some(Shake {
            version: u32_at(body, 0)?,
            first_seq: Seq::new(u32_at(body, 8)?),
            mtu_bytes: u32_at(body, 12)?,
            window: u32_at(body, 16)?,
            kind: u32_at(body, 20)?,
            socket_id: u32_at(body, 24)?,
            cookie: u32_at(body, 28)?,
            peer_ip: array_at(body, 32)?,
        })
    }

    pub(crate) fn is_induction(&self) -> bool {
        self.kind == INDUCTION
    }

    pub(crate) fn is_conclusion(&self) -> bool {
        self.kind == CONCLUSION && self.version == 5
    }

    pub(crate) fn write(&self, encryption_and_extension: u32) -> Vec<u8> {
        let mut body = Vec::with_capacity(FIXED_BYTES + 128);
        let words = [
            self.version,
            encryption_and_extension,
            self.first_seq.raw(),
            self.mtu_bytes,
            self.window,
            self.kind,
            self.socket_id,
            self.cookie,
        ];
        for word in words {
            body.extend_from_slice(&word.to_be_bytes());
        }
        body.extend_from_slice(&self.peer_ip);
        body
    }

    /// Answer to an induction: the same with our version, the magic and a cookie.
    pub(crate) fn induction_answer(&self, cookie: u32) -> Vec<u8> {
        Shake { version: 5, cookie, ..self.clone() }.write(u32::from(MAGIC))
    }

    pub(crate) fn rejection(&self, reject: Reject) -> Vec<u8> {
        Shake { version: 5, kind: reject.handshake_type(), ..self.clone() }.write(0)
    }
}

/// What a caller asks for in its conclusion.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) stream_id: String,
    /// Keying material message; empty: the caller does not encrypt.
    pub(crate) key_material: Vec<u8>,
    /// How long the caller wants the receiver to wait for what is lost.
    pub(crate) sender_latency: Duration,
    receiver_latency_ms: u16,
}

impl Request {
    /// The extensions of a conclusion.
    pub(crate) fn parse(packet: &[u8]) -> Result<Request, Reject> {
        let mut rest = packet.get(HEADER_BYTES + FIXED_BYTES..).unwrap_or_default();
        let mut request = None;
        let (mut stream_id, mut key_material) = (String::new(), Vec::new());
        while !rest.is_empty() {
            let kind = u16_at(rest, 0).ok_or(Reject::Rogue)?;
            let bytes = usize::from(u16_at(rest, 2).ok_or(Reject::Rogue)?) * 4;
            let content = rest.get(4..4 + bytes).ok_or(Reject::Rogue)?;
            match kind {
                extension::HANDSHAKE_REQUEST => request = Some(parse_request(content)?),
                extension::KEY_REQUEST => key_material = content.to_vec(),
                extension::STREAM_ID => stream_id = parse_text(content).ok_or(Reject::BadRequest)?,
                extension::CONGESTION if parse_text(content).as_deref() != Some("live") => {
                    return Err(Reject::Congestion);
                }
                extension::FILTER => return Err(Reject::Filter),
                extension::GROUP => return Err(Reject::Group),
                _ => {}
            }
            rest = rest.get(4 + bytes..).unwrap_or_default();
        }
        let (receiver_ms, sender_ms) = request.ok_or(Reject::Rogue)?;
        let sender_latency = Duration::from_millis(u64::from(sender_ms));
        Ok(Request { stream_id, key_material, sender_latency, receiver_latency_ms: receiver_ms })
    }

    /// Answer to a conclusion: the connection stands.
    pub(crate) fn answer(&self, shake: &Shake, our_socket_id: u32, latency: Duration, window: u32) -> Vec<u8> {
        const HANDSHAKE_AND_KEY: u32 = 3;
        let mtu_bytes = shake.mtu_bytes.min(MTU_BYTES);
        let reply = Shake { version: 5, socket_id: our_socket_id, mtu_bytes, window, ..shake.clone() };
        let mut body = reply.write(HANDSHAKE_AND_KEY);
        body.extend_from_slice(&extension::HANDSHAKE_RESPONSE.to_be_bytes());
        body.extend_from_slice(&3u16.to_be_bytes());
        body.extend_from_slice(&OUR_VERSION.to_be_bytes());
        body.extend_from_slice(&flag::OURS.to_be_bytes());
        let latency_ms = u16::try_from(latency.as_millis()).unwrap_or(u16::MAX);
        body.extend_from_slice(&latency_ms.to_be_bytes());
        body.extend_from_slice(&self.receiver_latency_ms.to_be_bytes());
        body.extend_from_slice(&extension::KEY_RESPONSE.to_be_bytes());
        body.extend_from_slice(&((self.key_material.len() / 4) as u16).to_be_bytes());
        body.extend_from_slice(&self.key_material);
        body
    }
}

/// Receiver and sender latency, ms.
fn parse_request(content: &[u8]) -> Result<(u16, u16), Reject> {
    let version = u32_at(content, 0).ok_or(Reject::Rogue)?;
    let flags = u32_at(content, 4).ok_or(Reject::Rogue)?;
    if version < MIN_VERSION || flags & flag::RETRANSMITTED == 0 {
        return Err(Reject::Version);
    }
    if flags & flag::STREAM != 0 {
        return Err(Reject::MessageApi);
    }
    Ok((u16_at(content, 8).ok_or(Reject::Rogue)?, u16_at(content, 10).ok_or(Reject::Rogue)?))
}

/// Text travels in words whose octets are turned around; zeros fill the last one.
fn parse_text(content: &[u8]) -> Option<String> {
    if content.len() > MAX_STREAM_ID_BYTES.min(MAX_PAYLOAD_BYTES) {
        return None;
    }
    let mut text: Vec<u8> = content.chunks_exact(4).flat_map(|word| word.iter().rev().copied()).collect();
    text.truncate(text.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1));
    String::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_turned_around_by_words() {
        assert_eq!(parse_text(b"tseg\0\0er").as_deref(), Some("gestre"));
        assert_eq!(parse_text(&[0; 516]), None);
        assert_eq!(parse_text(&[0xff; 4]), None);
    }

    #[test]
    fn extensions_must_end_where_the_packet_ends() {
        let mut packet = vec![0; HEADER_BYTES + FIXED_BYTES];
        assert_eq!(Request::parse(&packet).err(), Some(Reject::Rogue));
        packet.extend_from_slice(&[0, 1, 0, 3, 0, 1, 5, 0, 0, 0, 0, 0x3f, 0, 120, 0, 80]);
        let request = Request::parse(&packet).unwrap();
        assert_eq!((request.sender_latency, request.receiver_latency_ms), (Duration::from_millis(80), 120));
        packet.extend_from_slice(&[0, 5, 0, 2, 0]);
        assert_eq!(Request::parse(&packet).err(), Some(Reject::Rogue));
    }

    #[test]
    fn what_is_not_live_mode_is_refused() {
        let with = |flags: u8, more: &[u8]| {
            let mut packet = vec![0; HEADER_BYTES + FIXED_BYTES];
            packet.extend_from_slice(&[0, 1, 0, 3, 0, 1, 5, 0, 0, 0, 0, flags, 0, 120, 0, 80]);
            packet.extend_from_slice(more);
            Request::parse(&packet).err()
        };
        assert_eq!(with(0x7f, &[]), Some(Reject::MessageApi));
        assert_eq!(with(0x1f, &[]), Some(Reject::Version));
        assert_eq!(with(0x3f, b"\0\x06\0\x01elif"), Some(Reject::Congestion));
        assert_eq!(with(0x3f, b"\0\x06\0\x01evil"), None);
        assert_eq!(with(0x3f, b"\0\x07\0\x01cef\0"), Some(Reject::Filter));
        assert_eq!(with(0x3f, &[0, 8, 0, 0]), Some(Reject::Group));
    }
}
