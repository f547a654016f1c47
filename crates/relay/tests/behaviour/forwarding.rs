//! Sound and picture reach who subscribed, and nobody else.

use crate::world::{Camera, LEVEL, MID, MS, OPUS_PT, SECOND, Sent, TWCC, Viewer, World, ext};
use relay::{Command, Event, IceState, Kind};

#[test]
fn a_joining_peer_is_answered_and_told() {
    let mut world = World::new(1);
    let peer = world.join(1);
    assert_eq!(world.peers[peer].other.len(), 1, "one STUN answer");
    let connected = |event: &Event| matches!(event, Event::Ice { transport: 0, state: IceState::Connected, .. });
    assert_eq!(world.events.iter().filter(|event| connected(event)).count(), 1);
}

#[test]
fn audio_is_forwarded_with_the_subscribers_names() {
    let mut world = World::new(2);
    let (speaker, listener) = (world.join(1), world.join(1));
    world.publish_audio(speaker, 5);
    world.subscribe(listener, 7, 5, Kind::Audio);
    world.run(20 * MS);
    for n in 0..50u64 {
        let elements = [ext(MID, b"a5"), ext(LEVEL, &[0x80 | 20]), ext(TWCC, &[0, n as u8])];
        let body = [n as u8; 80];
        let bytes = world.peers[speaker].rtp(&Sent {
            ssrc: 99,
            pt: OPUS_PT,
            index: 65_500 + n,
            ts: 960 * n as u32,
            marker: n == 0,
            ext: &elements,
            body: &body,
        });
        world.send(speaker, bytes);
        world.run(20 * MS);
    }
    let got = world.peers[listener].stream(70);
    assert_eq!(got.len(), 50);
    for (n, pair) in got.windows(2).enumerate() {
        assert_eq!(pair[1].header.sequence, pair[0].header.sequence.wrapping_add(1), "packet {n}");
        assert_eq!(pair[1].header.timestamp.wrapping_sub(pair[0].header.timestamp), 960);
    }
    assert_eq!(got[3].payload(), [3; 80]);
    assert_eq!(got[3].ext(MID), Some(&b"7"[..]));
    assert_eq!(got[3].ext(LEVEL), Some(&[0x80 | 20][..]));
    assert!(got[0].header.marker && !got[1].header.marker);
    assert!(world.events.contains(&Event::Receiving { track: 5, receiving: true }));
    assert!(world.events.contains(&Event::Loudest { room: 1, tracks: vec![5] }));
}

#[test]
fn video_begins_with_a_keyframe_and_goes_on() {
    let mut world = World::new(3);
    let (sender, receiver) = (world.join(1), world.join(1));
    world.publish_video(sender, 5, &[]);
    let (mut camera, mut viewer) = (Camera::plain(sender, 5), Viewer::new(receiver, 7));
    for step in 0..3000 {
        if step == 500 {
            world.subscribe(receiver, 7, 5, Kind::Video);
        }
        camera.work(&mut world);
        world.run(MS);
        viewer.work(&mut world);
    }
    let frames = viewer.decode();
    assert!(frames.len() > 70, "{} frames", frames.len());
    assert!(frames.windows(2).all(|pair| pair[1].1 == pair[0].1 + 1), "no frame is missing");
    assert_eq!(viewer.holes(world.now, 0), 0);
    assert_eq!(camera.layers[0].plis, 1);
    let got = viewer.packets.values().next().expect("a packet");
    assert_eq!(got.ext(MID), Some(&b"7"[..]));
}

#[test]
fn rooms_do_not_mix_and_only_subscribers_get_media() {
    let mut world = World::new(4);
    let peers: Vec<usize> = (0..4).map(|n| world.join(n / 2)).collect();
    world.publish_video(peers[0], 5, &[]);
    world.publish_video(peers[2], 6, &[]);
    world.subscribe(peers[1], 7, 5, Kind::Video);
    world.subscribe(peers[3], 8, 6, Kind::Video);
    let (mut a, mut b) = (Camera::plain(peers[0], 5), Camera::plain(peers[2], 6));
    for _ in 0..500 {
        a.work(&mut world);
        b.work(&mut world);
        world.run(MS);
    }
    assert!(world.peers[1].rtp.iter().all(|got| got.header.ssrc / 10 == 7));
    assert!(world.peers[3].rtp.iter().all(|got| got.header.ssrc / 10 == 8));
    assert!(!world.peers[1].rtp.is_empty() && !world.peers[3].rtp.is_empty());
    assert!(world.peers[0].rtp.is_empty() && world.peers[2].rtp.is_empty());
    assert_eq!(world.strays, 0);
}

#[test]
fn sender_reports_carry_the_publishers_clock() {
    let mut world = World::new(5);
    let (sender, receiver) = (world.join(1), world.join(1));
    world.publish_video(sender, 5, &[]);
    world.subscribe(receiver, 7, 5, Kind::Video);
    let (mut camera, mut viewer) = (Camera::plain(sender, 5), Viewer::new(receiver, 7));
    for _ in 0..3 * SECOND / MS {
        camera.work(&mut world);
        world.run(MS);
        viewer.work(&mut world);
    }
    let newest = viewer.packets.values().last().expect("video");
    let report = world.peers[receiver].rtcp.iter().rev().find_map(|datagram| {
        relay_wire::rtcp::parse(datagram).flatten().find_map(|packet| match packet {
            relay_wire::rtcp::Packet::SenderReport { ssrc: 70, ntp, rtp, .. } => Some((ntp, rtp)),
            _ => None,
        })
    });
    let (ntp, rtp) = report.expect("a sender report");
    // The relay's wall clock began at zero with the world's.
    let reported_us = (ntp >> 32) * SECOND + (((ntp & 0xffff_ffff) * SECOND) >> 32);
    let age = (newest.at - reported_us) as i64 * 9 / 100;
    let difference = newest.header.timestamp.wrapping_sub(rtp) as i32;
    // Two milliseconds of network lie between camera and viewer.
    assert!((i64::from(difference) - age).abs() <= 4 * 90, "{difference} {age}");
    world.command(Command::Unsubscribe { subscription: 7 });
}
