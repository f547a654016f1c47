//! One publisher: a frame at a time.

use crate::filter::drop_rtp;
use crate::media;
use crate::peer::Peer;
use crate::scenario::Scenario;
use relay_wire::rtcp::{Packet, parse};
use relay_wire::rtp::is_rtcp;
use std::io;

/// Frames from one keyframe to the next.
const KEYFRAME_EVERY: u64 = 90;

/// Sends one track.
pub(crate) struct Publisher {
    pub(crate) peer: Peer,
    ssrc: u32,
    frame: u64,
    sent: u64,
    wants_key: bool,
    buffer: Vec<u8>,
}

impl Publisher {
    pub(crate) fn new(peer: Peer, ssrc: u32) -> io::Result<Publisher> {
        drop_rtp(&peer.socket)?;
        Ok(Publisher { peer, ssrc, frame: 0, sent: 0, wants_key: false, buffer: vec![0; 1500] })
    }

    /// Reads what the relay tells; a request makes the next frame a keyframe.
    pub(crate) fn drain(&mut self) {
        let mut buffer = [0; 2048];
        while let Ok(len) = self.peer.socket.recv(&mut buffer) {
            let Some(plain_len) = self.open_rtcp(&mut buffer[..len]) else { continue };
            let is_request = |packet| matches!(packet, Ok(Packet::Pli { .. } | Packet::Fir { .. }));
            self.wants_key |= parse(&buffer[..plain_len]).any(is_request);
        }
    }

    fn open_rtcp(&mut self, datagram: &mut [u8]) -> Option<usize> {
        if !is_rtcp(datagram) {
            return None;
        }
        self.peer.opener.open_rtcp(datagram).ok()
    }

    /// Sends the next frame; returns its number of packets.
    pub(crate) fn send_frame(
        &mut self,
        scenario: &Scenario,
        is_key: bool,
        now_us: impl Fn() -> u64,
    ) -> io::Result<u64> {
        let frame_us = now_us();
        let is_key = std::mem::take(&mut self.wants_key) || is_key || self.frame.is_multiple_of(KEYFRAME_EVERY);
        for part in 0..scenario.packets_per_frame {
            let packet = media::Packet {
                ssrc: self.ssrc,
                sequence: self.sent as u16,
                transport_sequence: self.sent as u16,
                frame: self.frame,
                is_key,
                part,
                frame_us,
                now_us: now_us(),
            };
            let header_len = media::write(&mut self.buffer, scenario, &packet);
            let plain_len = scenario.packet_len - header_len;
            let sealer = &self.peer.sealer;
            let len = sealer.seal_rtp(&mut self.buffer, header_len, plain_len, self.ssrc, self.sent);
            self.peer.socket.send(&self.buffer[..len])?;
            self.sent += 1;
        }
        self.frame += 1;
        Ok(scenario.packets_per_frame as u64)
    }
}
