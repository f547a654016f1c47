//! What costs nothing must cost nothing; what leaves together must be one run.

use crate::world::{Camera, MS, SECOND, Sent, World};
use relay::{Kind, TxArena};

#[test]
fn idle_transports_ask_for_one_turn_a_second() {
    let mut world = World::new(1);
    for _ in 0..100 {
        world.join(1);
    }
    world.run(2 * SECOND);
    let (mut turns, end) = (0, world.now + 10 * SECOND);
    while world.relay.next_timeout() < end {
        let now = world.relay.next_timeout();
        world.relay.tick(now);
        turns += 1;
    }
    // All transports may share a turn or each have its own, but never more than one a second.
    assert!((10..=1100).contains(&turns), "{turns}");
}

#[test]
fn an_empty_relay_never_wakes() {
    let world = World::new(2);
    assert_eq!(world.relay.next_timeout(), u64::MAX);
}

#[test]
fn packets_of_one_frame_leave_as_a_run_of_equal_length() {
    let mut world = World::new(3);
    let (sender, receiver) = (world.join(1), world.join(1));
    world.publish_video(sender, 5, &[]);
    world.subscribe(receiver, 7, 5, Kind::Video);
    let mut camera = Camera::plain(sender, 5);
    for _ in 0..1000 {
        camera.work(&mut world);
        world.run(MS);
    }
    let got = world.peers[receiver].stream(70);
    for frame in got.chunk_by(|a, b| a.header.timestamp == b.header.timestamp) {
        let (last, others) = frame.split_last().expect("never empty");
        assert_eq!(frame.len(), 3);
        assert!(others.iter().all(|packet| packet.wire_len == others[0].wire_len), "equal lengths");
        assert!(last.wire_len <= others[0].wire_len, "the last may be shorter");
    }
}

#[test]
fn a_small_arena_is_filled_again_and_again_in_the_same_order() {
    let mut world = World::new(4);
    let sender = world.join(1);
    world.publish_video(sender, 5, &[]);
    for id in 0..5 {
        let receiver = world.join(1);
        world.subscribe(receiver, 7 + id, 5, Kind::Video);
    }
    let mut camera = Camera::plain(sender, 5);
    for _ in 0..300 {
        camera.work(&mut world);
        world.run(MS);
    }
    world.network.delay = 0;
    let (mut arena, mut sizes) = (TxArena::new(0, 1), Vec::new());
    for packet in 0..3u64 {
        let bytes = world.peers[sender].rtp(&Sent {
            ssrc: 1005,
            pt: 96,
            index: 20_000 + packet,
            ts: 1 << 30,
            marker: packet == 2,
            body: &[0x10, 1, 2, 3],
            ..Sent::default()
        });
        let mut received = relay::RxPacket::empty();
        received.buf[..bytes.len()].copy_from_slice(&bytes);
        (received.len, received.path) = (bytes.len() as u16, world.peers[sender].path);
        world.relay.receive(world.now, std::slice::from_mut(&mut received));
    }
    loop {
        arena.clear();
        let more = world.relay.flush(world.now, &mut arena);
        sizes.extend(arena.packets.iter().map(|packet| packet.path));
        if !more {
            break;
        }
    }
    assert_eq!(sizes.len(), 15);
    assert_eq!(sizes.chunk_by(|a, b| a == b).count(), 5, "packets of one path are adjacent");
}
