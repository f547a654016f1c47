//! A publisher of VP8, with or without simulcast: 30 frames a second, keyframes on request, answers to NACK.

use super::{MID, MS, REPAIRED_RID, RID, SECOND, Sent, TWCC, VP8_PT, VP8_RTX_PT, Vp8, World, ext};
use relay::Micros;
use relay_wire::rtcp::{self, Packet};
use std::collections::HashMap;

/// One encoding.
pub struct Layer {
    pub rid: Option<&'static str>,
    pub ssrc: u32,
    pub size: (u16, u16),
    pub packets_per_frame: usize,
    pub on: bool,
    seq: u64,
    rtx_seq: u64,
    ts0: u32,
    keyframe_due: bool,
    pub keyframes: usize,
    pub plis: usize,
    pub nacks: usize,
    sent: HashMap<u16, (u32, bool, Vec<u8>)>,
    tl0: u8,
}

impl Layer {
    pub fn new(rid: Option<&'static str>, ssrc: u32, size: (u16, u16), packets_per_frame: usize) -> Layer {
        Layer {
            rid,
            ssrc,
            size,
            packets_per_frame,
            on: true,
            seq: u64::from(ssrc % 30_000) + 65_000 % 30_000,
            rtx_seq: 5,
            ts0: ssrc.wrapping_mul(2_654_435_761),
            keyframe_due: true,
            keyframes: 0,
            plis: 0,
            nacks: 0,
            sent: HashMap::new(),
            tl0: 0,
        }
    }
}

/// A camera of one peer.
pub struct Camera {
    pub peer: usize,
    pub mid: String,
    pub layers: Vec<Layer>,
    pub temporal: bool,
    pub packet_len: usize,
    frame: u32,
    next: Micros,
    twcc: u16,
    last_report: Micros,
}

impl Camera {
    pub fn new(peer: usize, mid: &str, layers: Vec<Layer>) -> Camera {
        Camera {
            peer,
            mid: mid.into(),
            layers,
            temporal: false,
            packet_len: 1000,
            frame: 0,
            next: 0,
            twcc: 0,
            last_report: 0,
        }
    }

    /// One layer without rid.
    pub fn plain(peer: usize, track: u32) -> Camera {
        Camera::new(peer, &format!("v{track}"), vec![Layer::new(None, 1000 + track, (640, 360), 3)])
    }

    /// Three simulcast layers: q, h, f.
    pub fn simulcast(peer: usize, track: u32) -> Camera {
        let layers = vec![
            Layer::new(Some("q"), 2000 + track, (320, 180), 1),
            Layer::new(Some("h"), 3000 + track, (640, 360), 2),
            Layer::new(Some("f"), 4000 + track, (1280, 720), 5),
        ];
        Camera::new(peer, &format!("v{track}"), layers)
    }

    /// Does what is due now: reads feedback, sends a frame every 33 ms and a sender report a second.
    pub fn work(&mut self, world: &mut World) {
        self.read_feedback(world);
        if world.now < self.next {
            return;
        }
        self.next = world.now + 33 * MS;
        self.frame += 1;
        for index in 0..self.layers.len() {
            if self.layers[index].on {
                self.send_frame(world, index);
            }
        }
        if world.now >= self.last_report + SECOND {
            self.last_report = world.now;
            self.send_reports(world);
        }
    }

    fn send_frame(&mut self, world: &mut World, index: usize) {
        let layer = &mut self.layers[index];
        let keyframe = std::mem::take(&mut layer.keyframe_due);
        layer.keyframes += usize::from(keyframe);
        let temporal = if self.temporal && !keyframe { (self.frame % 2) as u8 } else { 0 };
        layer.tl0 = layer.tl0.wrapping_add(u8::from(temporal == 0));
        let ts = layer.ts0.wrapping_add((world.now * 9 / 100) as u32);
        for packet in 0..layer.packets_per_frame {
            let vp8 = Vp8 {
                start: packet == 0,
                keyframe: keyframe && packet == 0,
                picture_id: (self.frame & 0x7fff) as u16,
                tl0: layer.tl0,
                temporal,
                layer: index as u8,
                frame: self.frame,
            };
            // Packets of one frame differ by an octet, as browsers cut them.
            let len = self.packet_len - packet % 2;
            let mut body = vp8.write(layer.size.0, layer.size.1, len);
            if !keyframe {
                body[6] |= 1;
            }
            let marker = packet + 1 == layer.packets_per_frame;
            layer.sent.insert(layer.seq as u16, (ts, marker, body.clone()));
            let mut elements = vec![ext(MID, self.mid.as_bytes()), ext(TWCC, &self.twcc.to_be_bytes())];
            elements.extend(layer.rid.map(|rid| ext(RID, rid.as_bytes())));
            self.twcc = self.twcc.wrapping_add(1);
            let bytes = world.peers[self.peer].rtp(&Sent {
                ssrc: layer.ssrc,
                pt: VP8_PT,
                index: layer.seq,
                ts,
                marker,
                ext: &elements,
                body: &body,
            });
            layer.seq += 1;
            world.send(self.peer, bytes);
        }
    }

    fn send_reports(&mut self, world: &mut World) {
        for layer in &self.layers {
            let rtp = layer.ts0.wrapping_add((world.now * 9 / 100) as u32);
            let ntp = ((world.now / SECOND + 500) << 32) | (((world.now % SECOND) << 32) / SECOND);
            let info = rtcp::write::SenderInfo { ssrc: layer.ssrc, ntp, rtp, packets: 1, octets: 1 };
            let bytes = world.peers[self.peer].rtcp(|out| rtcp::write::sr(out, &info, &[]));
            world.send(self.peer, bytes);
        }
    }

    fn read_feedback(&mut self, world: &mut World) {
        for datagram in std::mem::take(&mut world.peers[self.peer].rtcp) {
            for packet in rtcp::parse(&datagram) {
                match packet.expect("the relay sends RTCP") {
                    Packet::Pli { media, .. } => {
                        if let Some(layer) = self.layers.iter_mut().find(|layer| layer.ssrc == media) {
                            layer.plis += 1;
                            layer.keyframe_due = true;
                        }
                    }
                    Packet::Nack { media, lost, .. } => {
                        let lost: Vec<u16> = lost.collect();
                        self.repair(world, media, &lost);
                    }
                    _ => {}
                }
            }
        }
    }

    fn repair(&mut self, world: &mut World, media: u32, lost: &[u16]) {
        let Some(layer) = self.layers.iter_mut().find(|layer| layer.ssrc == media) else { return };
        layer.nacks += lost.len();
        for seq in lost {
            let Some((ts, marker, body)) = layer.sent.get(seq).cloned() else { continue };
            let mut payload = seq.to_be_bytes().to_vec();
            payload.extend(body);
            let mut elements = vec![ext(MID, self.mid.as_bytes()), ext(TWCC, &self.twcc.to_be_bytes())];
            elements.extend(layer.rid.map(|rid| ext(REPAIRED_RID, rid.as_bytes())));
            self.twcc = self.twcc.wrapping_add(1);
            let ssrc = layer.ssrc + 100_000;
            let bytes = world.peers[self.peer].rtp(&Sent {
                ssrc,
                pt: VP8_RTX_PT,
                index: layer.rtx_seq,
                ts,
                marker,
                ext: &elements,
                body: &payload,
            });
            layer.rtx_seq += 1;
            world.send(self.peer, bytes);
        }
    }
}
