//! A subscriber that repairs its stream with NACK and RTX and then checks it as a decoder would.

use super::{Got, MS, TWCC, Vp8, World};
use relay::Micros;
use relay_control::sequence::Unwrapper;
use relay_control::twcc::FeedbackBuilder;
use relay_wire::rtcp::write;
use std::collections::BTreeMap;

/// One received VP8 stream.
pub struct Viewer {
    pub peer: usize,
    pub ssrc: u32,
    unwrapper: Unwrapper,
    /// Packets by full sequence number; repaired ones in their place.
    pub packets: BTreeMap<u64, Got>,
    pub repaired: usize,
    pub repairs: bool,
    feedback: FeedbackBuilder,
    asked: Micros,
}

impl Viewer {
    pub fn new(peer: usize, subscription: u32) -> Viewer {
        Viewer {
            peer,
            ssrc: subscription * 10,
            unwrapper: Unwrapper::new(),
            packets: BTreeMap::new(),
            repaired: 0,
            repairs: true,
            feedback: FeedbackBuilder::new(),
            asked: 0,
        }
    }

    /// Takes what came, asks for what is missing, reports arrivals.
    pub fn work(&mut self, world: &mut World) {
        // A number used twice is a nonce used twice: the peer's replay window would refuse the packet.
        assert_eq!(world.peers[self.peer].refused, 0);
        for got in world.peers[self.peer].stream(self.ssrc) {
            self.report_arrival(&got);
            self.take(got);
        }
        for got in world.peers[self.peer].stream(self.ssrc + 1) {
            self.report_arrival(&got);
            let Some((&original, _)) = got.payload().split_first_chunk::<2>() else { continue };
            let seq = self.unwrapper.unwrap(u16::from_be_bytes(original));
            if !self.packets.contains_key(&seq) {
                self.repaired += 1;
                self.packets.insert(seq, Got { plain: without_original_number(&got), ..got });
            }
        }
        let mut rtcp = Vec::new();
        self.feedback.poll(world.now, 1, self.ssrc, &mut rtcp);
        if self.repairs && world.now >= self.asked + 20 * MS {
            self.asked = world.now;
            let missing = self.missing();
            if !missing.is_empty() {
                write::nack(&mut rtcp, 1, self.ssrc, &missing);
            }
        }
        if !rtcp.is_empty() {
            let bytes = world.peers[self.peer].rtcp(|out| out.extend(&rtcp));
            world.send(self.peer, bytes);
        }
    }

    /// Takes one packet of its SSRC.
    pub fn take(&mut self, got: Got) {
        let seq = self.unwrapper.unwrap(got.header.sequence);
        let repaired = self.packets.insert(seq, got);
        // Its repair may have overtaken it.
        assert!(repaired.is_none_or(|repaired| repaired.header.ssrc != self.ssrc), "number {seq} used twice");
    }

    fn report_arrival(&mut self, got: &Got) {
        if let Some(&number) = got.ext(TWCC).and_then(|data| data.first_chunk::<2>()) {
            self.feedback.on_packet(got.at, u16::from_be_bytes(number), got.wire_len);
        }
    }

    fn missing(&self) -> Vec<u16> {
        let (Some((&first, _)), Some((&last, _))) = (self.packets.first_key_value(), self.packets.last_key_value())
        else {
            return Vec::new();
        };
        let from = first.max(last.saturating_sub(200));
        (from..last).filter(|seq| !self.packets.contains_key(seq)).map(|seq| seq as u16).collect()
    }

    /// Checks the stream like a decoder; returns the decodable frames as (layer, publisher's frame number).
    pub fn decode(&self) -> Vec<(u8, u32)> {
        let mut frames: Vec<(u8, u32)> = Vec::new();
        let mut last: Option<(u32, Vp8, bool)> = None;
        let (mut expected, mut filled) = (None, 0);
        for (&seq, got) in &self.packets {
            // After a hole nothing decodes before the next keyframe.
            if expected.replace(seq + 1).is_some_and(|expected| expected != seq) {
                last = None;
            }
            if got.payload().is_empty() {
                filled += 1;
                continue;
            }
            let thinned = std::mem::take(&mut filled);
            let vp8 = Vp8::read(got.payload());
            let ts = got.header.timestamp;
            match last {
                None if !vp8.keyframe => {
                    assert!(!frames.is_empty(), "begins with a keyframe");
                    continue;
                }
                None => {}
                Some((before_ts, before, ended)) if before_ts == ts => {
                    assert!(!ended, "a packet after the marker at {seq}");
                    assert_eq!(vp8.picture_id, before.picture_id, "one picture id in a frame at {seq}");
                    assert_eq!((vp8.layer, vp8.frame), (before.layer, before.frame), "one frame in a frame at {seq}");
                }
                Some((before_ts, before, ended)) => {
                    // At a change of layer the old layer's last packets may still be under repair: nobody needs them.
                    assert!(ended || vp8.keyframe, "the frame before {seq} is complete");
                    assert!(vp8.start, "a frame begins at its start at {seq}");
                    assert!((ts.wrapping_sub(before_ts) as i32) > 0, "time goes on at {seq}");
                    // A frame that is left out after a later one went out keeps its picture id, too.
                    let step = vp8.picture_id.wrapping_sub(before.picture_id) & 0x7fff;
                    assert!((1..=1 + thinned).contains(&step), "picture ids go on at {seq}: {step}");
                    assert!(vp8.layer == before.layer || vp8.keyframe, "a layer begins with a keyframe at {seq}");
                }
            }
            if last.is_none_or(|(before_ts, _, _)| before_ts != ts) {
                frames.push((vp8.layer, vp8.frame));
            }
            last = Some((ts, vp8, got.header.marker));
        }
        frames
    }

    /// Numbers that are missing before packets older than `age`.
    pub fn holes(&self, now: Micros, age: Micros) -> usize {
        let mut holes = 0;
        let mut before = None;
        for (&seq, got) in &self.packets {
            if got.at + age < now {
                holes += before.map_or(0, |before| seq - before - 1) as usize;
            }
            before = Some(seq);
        }
        holes
    }
}

/// The original packet out of an RTX packet (RFC 4588, 4).
fn without_original_number(got: &Got) -> Vec<u8> {
    let mut plain = got.plain.clone();
    plain.drain(got.header.header_len..got.header.header_len + 2);
    plain
}
