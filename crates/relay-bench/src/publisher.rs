//! One publisher: a frame at a time.

use crate::filter::drop_all;
use crate::media::{self, Packet};
use crate::peer::Peer;
use crate::scenario::Scenario;
use std::io;

/// Sends one track.
pub(crate) struct Publisher {
    pub(crate) peer: Peer,
    ssrc: u32,
    frame: u64,
    sent: u64,
    buffer: Vec<u8>,
}

impl Publisher {
    pub(crate) fn new(peer: Peer, ssrc: u32) -> io::Result<Publisher> {
        // What the relay asks of a publisher is of no interest here: keyframes come anyway and nothing is lost.
        drop_all(&peer.socket)?;
        Ok(Publisher { peer, ssrc, frame: 0, sent: 0, buffer: vec![0; 1500] })
    }

    /// Sends the next frame; returns its number of packets.
    pub(crate) fn send_frame(&mut self, scenario: &Scenario, now_us: impl Fn() -> u64) -> io::Result<u64> {
        for part in 0..scenario.packets_per_frame {
            let packet = Packet {
                ssrc: self.ssrc,
                sequence: self.sent as u16,
                transport_sequence: self.sent as u16,
                frame: self.frame,
                part,
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
