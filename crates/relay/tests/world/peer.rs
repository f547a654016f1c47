//! A client: one address, ICE credentials, and SRTP both ways.

use super::{PROFILE, address, key};
use relay::{Micros, Path};
use relay_wire::rtp::{Header, HeaderFields, extensions, is_rtcp, write_header};
use relay_wire::srtp::{Opener, Sealer, StreamState};
use relay_wire::stun::{IntegrityKey, RequestFields, write_request};
use std::collections::HashMap;

/// One RTP packet as this peer decrypted it.
#[derive(Debug, Clone)]
pub struct Got {
    pub at: Micros,
    pub header: Header,
    pub plain: Vec<u8>,
    pub wire_len: usize,
}

impl Got {
    pub fn payload(&self) -> &[u8] {
        &self.plain[self.header.payload_range(&self.plain).expect("good padding")]
    }

    pub fn ext(&self, id: u8) -> Option<&[u8]> {
        extensions(&self.header, &self.plain).find(|(found, _)| *found == id).map(|(_, data)| data)
    }
}

/// One RTP packet to send.
#[derive(Clone, Copy, Default)]
pub struct Sent<'a> {
    pub ssrc: u32,
    pub pt: u8,
    /// The full sequence number.
    pub index: u64,
    pub ts: u32,
    pub marker: bool,
    pub ext: &'a [(u8, Vec<u8>)],
    pub body: &'a [u8],
}

impl<'a> Sent<'a> {
    /// Opus number `index` of a speaker, 20 ms each.
    pub fn opus(index: u64, body: &'a [u8]) -> Sent<'a> {
        Sent { ssrc: 99, pt: super::OPUS_PT, index, ts: 960 * index as u32, body, ..Sent::default() }
    }
}

/// One element of a header to send.
pub fn ext(id: u8, data: &[u8]) -> (u8, Vec<u8>) {
    (id, data.to_vec())
}

/// A scripted client.
pub struct Peer {
    pub id: u32,
    pub path: Path,
    pub ufrag: String,
    pub pwd: String,
    pub sealer: Sealer,
    opener: Opener,
    streams: HashMap<u32, StreamState>,
    checks: u8,
    pub rtp: Vec<Got>,
    pub rtcp: Vec<Vec<u8>>,
    /// STUN and DTLS datagrams.
    pub other: Vec<Vec<u8>>,
    pub refused: usize,
}

impl Peer {
    pub fn new(id: u32) -> Peer {
        Peer {
            id,
            path: address(id as u8 + 1, 5000),
            ufrag: format!("ufrag{id}"),
            pwd: format!("password-of-transport-{id:08}"),
            sealer: Sealer::new(PROFILE, &key(2 * id)),
            opener: Opener::new(PROFILE, &key(2 * id + 1)),
            streams: HashMap::new(),
            checks: 0,
            rtp: Vec::new(),
            rtcp: Vec::new(),
            other: Vec::new(),
            refused: 0,
        }
    }

    /// A binding request with the present credentials.
    pub fn binding(&mut self, nominates: bool) -> (Path, Vec<u8>) {
        self.checks = self.checks.wrapping_add(1);
        let fields = RequestFields {
            transaction: [self.checks; 12],
            receiver_ufrag: &self.ufrag,
            sender_ufrag: "peer",
            priority: 1000,
            controlling: true,
            tie_breaker: 7,
            use_candidate: nominates,
        };
        let mut out = vec![0; 256];
        let len = write_request(&mut out, &fields, &IntegrityKey::new(&self.pwd));
        out.truncate(len);
        (self.path, out)
    }

    /// An SRTP packet.
    pub fn rtp(&self, sent: &Sent<'_>) -> Vec<u8> {
        let fields = HeaderFields {
            marker: sent.marker,
            payload_type: sent.pt,
            sequence: sent.index as u16,
            timestamp: sent.ts,
            ssrc: sent.ssrc,
            has_padding: false,
        };
        let mut out = vec![0; 1500];
        let head = write_header(&mut out, &fields, sent.ext.iter().map(|(id, data)| (*id, &data[..])));
        out[head..head + sent.body.len()].copy_from_slice(sent.body);
        let len = self.sealer.seal_rtp(&mut out, head, sent.body.len(), sent.ssrc, sent.index);
        out.truncate(len);
        out
    }

    /// An SRTCP datagram around what `write` appends to an empty receiver report.
    pub fn rtcp(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        relay_wire::rtcp::write::rr(&mut out, 1, &[]);
        write(&mut out);
        let plain_len = out.len();
        out.resize(plain_len + 64, 0);
        let len = self.sealer.seal_rtcp(&mut out, plain_len);
        out.truncate(len);
        out
    }

    /// Decrypts what the relay sent.
    pub fn take(&mut self, now: Micros, datagram: &[u8]) {
        let mut bytes = datagram.to_vec();
        if !(128..=191).contains(&bytes[0]) {
            self.other.push(bytes);
        } else if is_rtcp(&bytes) {
            match self.opener.open_rtcp(&mut bytes) {
                Ok(len) => self.rtcp.push(bytes[..len].to_vec()),
                Err(_) => self.refused += 1,
            }
        } else {
            let header = Header::parse(&bytes).expect("the relay sends RTP");
            let state = self.streams.entry(header.ssrc).or_default();
            match self.opener.open_rtp(state, &mut bytes, header.header_len) {
                Ok((len, _)) => {
                    let plain = bytes[..len].to_vec();
                    self.rtp.push(Got { at: now, header, plain, wire_len: datagram.len() });
                }
                Err(_) => self.refused += 1,
            }
        }
    }

    /// Takes the packets of one SSRC out of the inbox.
    pub fn stream(&mut self, ssrc: u32) -> Vec<Got> {
        let (found, rest) = self.rtp.drain(..).partition(|got| got.header.ssrc == ssrc);
        self.rtp = rest;
        found
    }
}
