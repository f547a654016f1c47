//! The process behind an injector handles what strangers send, and may be taken over by them.

use crate::world::{Camera, Feed, MS, SECOND, Viewer, World, framed, rtp};
use relay::{Command, DropReason, Event, Kind};

pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// A good datagram with some bytes changed, cut off or doubled.
pub fn mutated(dice: &mut Dice, good: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..=dice.below(4) {
        let len = bytes.len() as u64;
        match dice.below(6) {
            0 if len > 0 => bytes.truncate(dice.below(len) as usize),
            1 => bytes.extend_from_slice(&good[..dice.below(good.len() as u64) as usize]),
            // The first octets of a packet say most about it.
            2 if len > 16 => bytes[dice.below(16) as usize] = dice.below(256) as u8,
            _ if len > 0 => {
                let at = dice.below(len) as usize;
                bytes[at] ^= 1 << dice.below(8);
            }
            _ => {}
        }
    }
    bytes
}

#[test]
fn a_hundred_thousand_mutated_datagrams_harm_nobody() {
    let mut world = World::new(1);
    let (sender, receiver) = (world.join(1), world.join(1));
    world.publish_video(sender, 6, &[]);
    world.subscribe(receiver, 8, 6, Kind::Video);
    let (mut camera, mut viewer) = (Camera::plain(sender, 6), Viewer::new(receiver, 8));
    let mut feed = Feed::new(&mut world, 100, 5);
    feed.packet_len = 40;
    world.subscribe(receiver, 7, 5, Kind::Video);
    let mut dice = Dice(0x1234_5678_9abc_def1);
    for round in 0..100_000u64 {
        let mut good = feed.next_frame(world.now);
        good.extend(framed(&[0x80, 200, 0, 6, 0, 0, 0x1b, 0x5d, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 0, 0, 0, 1]));
        let bytes = mutated(&mut dice, &good);
        world.relay.receive_injected(world.now, 100, &bytes);
        if round % 1000 == 500 {
            world.command(Command::Inject { transport: 100 });
        }
        if round % 50 == 0 {
            camera.work(&mut world);
            world.run(MS);
            viewer.work(&mut world);
            feed.work(&mut world);
        }
    }
    assert!(!world.events.iter().any(|event| matches!(event, Event::Closed { .. })));
    let seen = viewer.decode();
    assert!(seen.len() > 50 && seen.windows(2).all(|pair| pair[1].1 == pair[0].1 + 1), "the others' call goes on");
    assert!(world.drops(DropReason::InjectMalformed) > 10_000);
    // And the feed itself, once its process makes sense again.
    feed.replace(&mut world);
    // The measured rate of the flood has to be forgotten, too.
    feed.run(&mut world, 8 * SECOND);
    let peer = world.join(1);
    let mut late = Viewer::new(peer, 9);
    world.subscribe(peer, 9, 5, Kind::Video);
    for _ in 0..1000 {
        feed.work(&mut world);
        world.run(MS);
        late.work(&mut world);
    }
    let seen: Vec<u32> = late.decode().into_iter().map(|(_, frame)| frame).collect();
    let newest = feed.keyframes.last().copied().unwrap_or_default();
    assert_eq!(seen, (newest..feed.frame).collect::<Vec<_>>());
}

#[test]
fn what_goes_no_further_has_a_name() {
    let mut world = World::new(2);
    let feed = Feed::new(&mut world, 100, 5);
    let peer = world.join(1);
    let good = rtp(feed.ssrc, 96, 1, 1, true, &[0x10, 1, 2, 3]);
    let table = [
        (100, vec![0], DropReason::InjectMalformed),
        (100, vec![0, 5, 0x80], DropReason::InjectMalformed),
        (100, [framed(&good), vec![1]].concat(), DropReason::InjectMalformed),
        (100, framed(&[]), DropReason::Empty),
        (100, framed(&[0x80; 1501]), DropReason::Oversize),
        (100, framed(&[0x80; 11]), DropReason::RtpMalformed),
        (100, framed(&[0x81, 200, 0, 40]), DropReason::RtcpMalformed),
        (100, framed(&rtp(1, 50, 1, 1, true, &[1])), DropReason::RtpUnknownPayload),
        (100, framed(&rtp(77, 96, 1, 1, true, &[1])), DropReason::RtpUnknownSsrc),
        (999, framed(&good), DropReason::TransportClosed),
        (peer as u32, framed(&good), DropReason::TransportClosed),
    ];
    for (transport, datagram, reason) in table {
        let before = world.drops(reason);
        world.relay.receive_injected(world.now, transport, &datagram);
        assert_eq!(world.drops(reason), before + 1, "{} of {datagram:02x?}", reason.name());
    }
    assert_eq!(world.relay.stats(world.now).tracks[0].received_packets, 1, "the good one before the bad end");
}

#[test]
fn one_process_cannot_flood_the_others() {
    let mut world = World::new(3);
    let feed = Feed::new(&mut world, 100, 5);
    let packet = framed(&rtp(feed.ssrc, 96, 1, 1, true, &[7; 1000]));
    for _ in 0..20_000 {
        world.relay.receive_injected(world.now, 100, &packet);
    }
    // A second of 50 Mbit/s at once, and nothing more within the same moment.
    let refused = world.drops(DropReason::PublisherTooFast);
    assert!((13_000..14_500).contains(&refused), "{refused}");
}
