//! Authentic packets with contents no sane peer sends: nothing panics, nothing stops.

use crate::world::{Camera, MID, MS, RID, SECOND, Sent, TWCC, VP8_PT, VP8_RTX_PT, Viewer, World, ext};
use relay::{Event, Kind};

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn bytes(&mut self, max_len: u64) -> Vec<u8> {
        (0..self.below(max_len)).map(|_| self.below(256) as u8).collect()
    }
}

#[test]
fn random_contents_of_authentic_packets_are_survived() {
    let mut world = World::new(1);
    let (rogue, sender, receiver) = (world.join(1), world.join(1), world.join(1));
    world.publish_video(rogue, 4, &["q", "h"]);
    world.publish_video(sender, 5, &[]);
    world.subscribe(receiver, 6, 4, Kind::Video);
    world.subscribe(receiver, 7, 5, Kind::Video);
    let (mut camera, mut viewer) = (Camera::plain(sender, 5), Viewer::new(receiver, 7));
    let mut dice = Dice(0x1234_5678_9abc_def1);
    for round in 0..5000u64 {
        let ssrc = 500 + dice.below(6) as u32;
        let pt = [VP8_PT, VP8_RTX_PT, 50][dice.below(3) as usize];
        let elements =
            [ext(MID, b"v4"), ext(RID, [b"q", b"h", b"x"][dice.below(3) as usize]), ext(TWCC, &dice.bytes(3))];
        let (body, ts) = (dice.bytes(60), dice.below(1 << 32) as u32);
        // The index moves in leaps, but never back: each packet opens.
        let index = round * 7 + dice.below(7);
        let sent = Sent { ssrc, pt, index, ts, marker: dice.below(2) == 0, ext: &elements, body: &body };
        let bytes = world.peers[rogue].rtp(&sent);
        world.send(rogue, bytes);
        let noise = dice.bytes(200);
        let kind = 192 + dice.below(16) as u8;
        let who = [rogue, receiver][dice.below(2) as usize];
        let bytes = world.peers[who].rtcp(|out| {
            let words = noise.len() / 4;
            out.extend([0x80 | (noise.len() as u8 & 0x1f), kind, 0, words as u8]);
            out.extend(&noise[..words * 4]);
        });
        world.send(who, bytes);
        camera.work(&mut world);
        world.run(MS);
        viewer.work(&mut world);
    }
    assert!(!world.events.iter().any(|event| matches!(event, Event::Closed { .. })));
    let before = viewer.packets.len();
    for _ in 0..SECOND / MS {
        camera.work(&mut world);
        world.run(MS);
        viewer.work(&mut world);
    }
    assert!(viewer.packets.len() > before + 80, "the others' call goes on");
    viewer.decode();
}
