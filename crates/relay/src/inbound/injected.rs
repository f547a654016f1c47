//! What comes from another process of this machine: RTP and RTCP in the clear. That process handles what strangers
//! send, so nothing here is trusted more than it is from a peer.

use super::demux::MAX_DATAGRAM;
use super::route::route;
use crate::packet::RxPacket;
use crate::relay::Relay;
use crate::timing::LOUDNESS;
use crate::transport::{Role, Transport, Upstream};
use relay_control::time::Micros;
use relay_wire::drops::DropReason;
use relay_wire::rtcp::{self, Packet};
use relay_wire::rtp::{self, Header};

impl Relay {
    /// Takes one datagram: packets, each behind its length. An error says why the rest of it went no further.
    pub(crate) fn accept_injected(&mut self, now: Micros, id: u32, datagram: &[u8]) -> Result<(), DropReason> {
        let index = *self.ids.transports.get(&id).ok_or(DropReason::TransportClosed)?;
        if self.transports.get(index).is_none_or(|transport| transport.local.is_none()) {
            return Err(DropReason::TransportClosed);
        }
        let mut packet = self.scratch.injected.take().unwrap_or_else(RxPacket::empty);
        let mut rest = datagram;
        let outcome = loop {
            let Some((len, after)) = rest.split_first_chunk::<2>() else {
                break if rest.is_empty() { Ok(()) } else { Err(DropReason::InjectMalformed) };
            };
            let Some((bytes, after)) = after.split_at_checked(usize::from(u16::from_be_bytes(*len))) else {
                break Err(DropReason::InjectMalformed);
            };
            rest = after;
            self.received_packets += 1;
            if let Err(reason) = self.on_injected(now, index, bytes, &mut packet) {
                self.drops.count(reason);
            }
        };
        self.scratch.injected = Some(packet);
        outcome
    }

    fn on_injected(
        &mut self,
        now: Micros,
        index: usize,
        bytes: &[u8],
        packet: &mut RxPacket,
    ) -> Result<(), DropReason> {
        if bytes.is_empty() {
            return Err(DropReason::Empty);
        }
        if bytes.len() > MAX_DATAGRAM {
            return Err(DropReason::Oversize);
        }
        let transport = self.transports.get_mut(index).ok_or(DropReason::TransportClosed)?;
        if !transport.up.rate.take(now, bytes.len()) {
            return Err(DropReason::PublisherTooFast);
        }
        if !rtp::is_rtcp(bytes) {
            packet.buf[..bytes.len()].copy_from_slice(bytes);
            packet.len = bytes.len() as u16;
            return self.on_injected_rtp(now, index, packet);
        }
        for packet in rtcp::parse(bytes) {
            match packet.map_err(|_| DropReason::RtcpMalformed)? {
                Packet::SenderReport { ssrc, ntp, rtp, .. } => self.on_sender_clock(now, index, ssrc, ntp, rtp),
                Packet::Pli { media, .. } => self.on_keyframe_request(now, index, media, None),
                Packet::Fir { entries, .. } => {
                    for entry in entries {
                        self.on_keyframe_request(now, index, entry.ssrc, Some(entry.sequence));
                    }
                }
                // Between processes nothing is lost that could be sent again, and no bandwidth is to be found out.
                _ => {}
            }
        }
        Ok(())
    }

    fn on_injected_rtp(&mut self, now: Micros, index: usize, packet: &mut RxPacket) -> Result<(), DropReason> {
        let len = usize::from(packet.len);
        let header = Header::parse(&packet.buf[..len]).map_err(|_| DropReason::RtpMalformed)?;
        let payload = header.payload_range(&packet.buf[..len]).map_err(|_| DropReason::RtpMalformed)?;
        let transport = self.transports.get_mut(index).ok_or(DropReason::TransportClosed)?;
        let stream = transport.up.injected_stream(now, header.ssrc)?;
        transport.up.count(now, len);
        self.timers.at_most(index, now + LOUDNESS);
        let role = match transport.up.streams[stream].role {
            Role::Unrouted => {
                let plain = &packet.buf[..len];
                let role = route(now, transport, &self.tracks, &header, plain);
                let role = role.ok_or_else(|| self.unrouted(index, header.payload_type))?;
                self.bind(index, stream, role);
                role
            }
            known => known,
        };
        match self.interpret(role, &header, &packet.buf[..len], payload)? {
            Some(arrived) => self.keep(now, index, &header, packet, arrived),
            None => Ok(()),
        }
    }

    /// Why a packet has no place.
    fn unrouted(&self, index: usize, payload_type: u8) -> DropReason {
        let own = self.transports.get(index).map_or(&[][..], |transport: &Transport| &transport.tracks);
        let mut tracks = own.iter().filter_map(|&track| self.tracks.get(track));
        if tracks.any(|track| track.payload(payload_type).is_some()) {
            DropReason::RtpUnknownSsrc
        } else {
            DropReason::RtpUnknownPayload
        }
    }
}

impl Upstream {
    /// The index of the stream with this SSRC, made if it is new.
    fn injected_stream(&mut self, now: Micros, ssrc: u32) -> Result<usize, DropReason> {
        if let Some(known) = self.streams.iter().position(|stream| stream.ssrc == ssrc) {
            self.streams[known].last = now;
            return Ok(known);
        }
        self.add_stream(now, ssrc, relay_wire::srtp::StreamState::new())
    }
}
