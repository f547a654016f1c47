//! A process on this machine that is sent subscriptions in the clear.

use super::{Got, OPUS_PT, Viewer, World, framed, opus, subscription};
use relay::{Command, Extension, Kind, Payload, Subscribe};
use relay_wire::rtcp::{self, Packet};
use relay_wire::rtp::{Header, is_rtcp};
use std::collections::BTreeMap;

/// A local transport and what it got.
pub struct Tap {
    pub transport: u32,
    /// By SSRC.
    pub streams: BTreeMap<u32, Viewer>,
    pub rtcp: Vec<Vec<u8>>,
}

impl Tap {
    /// A transport with a socket.
    pub fn new(world: &mut World, transport: u32) -> Tap {
        world.command(Command::AddInjector { transport, room: 1 });
        world.command(Command::Inject { transport });
        Tap { transport, streams: BTreeMap::new(), rtcp: Vec::new() }
    }

    /// Subscription `id` with SSRC `id * 10`, as a recorder asks: no retransmissions, no extensions.
    pub fn subscribe(&self, world: &mut World, id: u32, track: u32, kind: Kind) {
        world.command(Command::Subscribe(self.wanted(id, track, kind, vec![])));
    }

    /// The same with extensions.
    pub fn wanted(&self, id: u32, track: u32, kind: Kind, extensions: Vec<Extension>) -> Subscribe {
        let payloads = match kind {
            Kind::Video => vec![(super::VP8_PT, Payload { rtx_pt: None, ..super::vp8() })],
            Kind::Audio => vec![(OPUS_PT, opus())],
        };
        let wanted = subscription(self.transport as usize, id, track, kind);
        Subscribe { rtx_ssrc: None, payloads, extensions, mid: String::new(), ..wanted }
    }

    /// Takes what came.
    pub fn work(&mut self, world: &mut World) {
        for (_, packet) in world.local.extract_if(.., |(transport, _)| *transport == self.transport) {
            if is_rtcp(&packet) {
                self.rtcp.push(packet);
                continue;
            }
            let header = Header::parse(&packet).expect("the relay sends RTP");
            let stream = self.streams.entry(header.ssrc);
            let stream = stream.or_insert_with(|| Viewer::new(0, header.ssrc / 10));
            stream.take(Got { at: world.now, header, wire_len: packet.len(), plain: packet });
        }
    }

    /// Decodable frames of a video subscription as (layer, publisher's frame number).
    pub fn decode(&self, subscription: u32) -> Vec<(u8, u32)> {
        self.streams.get(&(subscription * 10)).map_or_else(Vec::new, Viewer::decode)
    }

    /// Packets of a subscription so far.
    pub fn count(&self, subscription: u32) -> usize {
        self.streams.get(&(subscription * 10)).map_or(0, |stream| stream.packets.len())
    }

    /// Writes one RTCP packet, as it is.
    pub fn send(&self, world: &mut World, write: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = Vec::new();
        rtcp::write::rr(&mut bytes, 1, &[]);
        write(&mut bytes);
        world.relay.receive_injected(world.now, self.transport, &framed(&bytes));
    }

    /// The (NTP, RTP) pairs told about a subscription.
    pub fn reports(&self, subscription: u32) -> Vec<(u64, u32)> {
        let packets = self.rtcp.iter().flat_map(|datagram| rtcp::parse(datagram).flatten());
        let reports = packets.filter_map(|packet| match packet {
            Packet::SenderReport { ssrc, ntp, rtp, .. } if ssrc == subscription * 10 => Some((ntp, rtp)),
            _ => None,
        });
        reports.collect()
    }
}
