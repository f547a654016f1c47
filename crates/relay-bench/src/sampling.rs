//! What a subscriber that really receives finds in its packets.

use crate::media::{self, TRANSPORT_CC};
use crate::scenario::Scenario;
use relay_wire::rtcp::{self, Packet};
use relay_wire::rtp::{Header, extensions};
use relay_wire::srtp::{Opener, StreamState};
use std::collections::BTreeMap;

/// One received SSRC.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    state: StreamState,
    first: Option<u64>,
    pub(crate) highest: u64,
    received: u64,
    /// Middle of the NTP time of the last sender report, and when it came, µs.
    pub(crate) last_sr: Option<(u32, u64)>,
}

impl Stream {
    /// Sequence numbers that never came.
    fn missing(&self) -> u64 {
        self.first.map_or(0, |first| (self.highest + 1 - first).saturating_sub(self.received))
    }
}

/// One RTP packet that was opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) transport_sequence: Option<u16>,
    /// When the generator made it, µs; none: padding, or sent again.
    pub(crate) sent_us: Option<u64>,
}

/// All streams of one subscriber.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    pub(crate) by_ssrc: BTreeMap<u32, Stream>,
    /// Datagrams that could not be opened.
    pub(crate) broken: u64,
}

impl Streams {
    /// Opens one RTP packet.
    pub(crate) fn rtp(&mut self, opener: &Opener, scenario: &Scenario, datagram: &mut [u8]) -> Option<Arrival> {
        let opened = self.open(opener, scenario, datagram);
        if opened.is_none() {
            self.broken += 1;
        }
        opened
    }

    fn open(&mut self, opener: &Opener, scenario: &Scenario, datagram: &mut [u8]) -> Option<Arrival> {
        let header = Header::parse(datagram).ok()?;
        let stream = self.by_ssrc.entry(header.ssrc).or_default();
        let (plain_len, index) = opener.open_rtp(&mut stream.state, datagram, header.header_len).ok()?;
        stream.first = Some(stream.first.map_or(index, |first| first.min(index)));
        stream.highest = stream.highest.max(index);
        stream.received += 1;
        let plain = &datagram[..plain_len];
        let transport_sequence = extensions(&header, plain)
            .find(|(id, data)| *id == TRANSPORT_CC && data.len() == 2)
            .map(|(_, data)| u16::from_be_bytes([data[0], data[1]]));
        let body = header.payload_range(plain).ok().map(|range| &plain[range])?;
        let sent_us = media::sent_at_us(scenario, body);
        let is_media = header.payload_type == media::payload(scenario).pt;
        Some(Arrival { transport_sequence, sent_us: sent_us.filter(|_| is_media) })
    }

    /// Opens one compound RTCP packet and remembers sender reports.
    pub(crate) fn rtcp(&mut self, opener: &mut Opener, datagram: &mut [u8], now_us: u64) {
        let Ok(len) = opener.open_rtcp(datagram) else {
            self.broken += 1;
            return;
        };
        for packet in rtcp::parse(&datagram[..len]) {
            if let Ok(Packet::SenderReport { ssrc, ntp, .. }) = packet {
                self.by_ssrc.entry(ssrc).or_default().last_sr = Some(((ntp >> 16) as u32, now_us));
            }
        }
    }

    /// Sequence numbers that never came, over all streams.
    pub(crate) fn missing(&self) -> u64 {
        self.by_ssrc.values().map(Stream::missing).sum()
    }
}
