//! Datagrams that no friend sends: none of them is answered, none closes anything.

use crate::world::{Camera, MS, OPUS_PT, SECOND, Sent, Viewer, World, address};
use relay::{DropReason, Event, IceState, Kind, Path};

fn live_call(seed: u64) -> (World, Camera, Viewer) {
    let mut world = World::new(seed);
    let (sender, receiver) = (world.join(1), world.join(1));
    world.publish_video(sender, 5, &[]);
    world.subscribe(receiver, 7, 5, Kind::Video);
    (world, Camera::plain(sender, 5), Viewer::new(receiver, 7))
}

fn play(world: &mut World, camera: &mut Camera, viewer: &mut Viewer, duration: u64) {
    for _ in 0..duration / MS {
        camera.work(world);
        world.run(MS);
        viewer.work(world);
    }
}

fn every_odd_datagram(world: &mut World, path: Path) {
    let lengths = [0, 1, 2, 7, 8, 11, 12, 13, 19, 20, 28, 100, 1200, 1472, 1500, 1501, 1535, 1536, 1537, 1600];
    for len in lengths {
        for first in 0..=255u8 {
            for second in [0u8, 96, 0xc8, 0xcd, 0xff] {
                let mut bytes = vec![0xa5; len];
                bytes.iter_mut().take(1).for_each(|byte| *byte = first);
                bytes.iter_mut().skip(1).take(1).for_each(|byte| *byte = second);
                world.inject(path, &bytes);
            }
        }
    }
}

#[test]
fn no_datagram_from_a_stranger_or_a_peer_closes_anything() {
    let (mut world, mut camera, mut viewer) = live_call(1);
    play(&mut world, &mut camera, &mut viewer, SECOND);
    every_odd_datagram(&mut world, address(200, 9));
    let own = world.peers[camera.peer].path;
    every_odd_datagram(&mut world, own);
    let own = world.peers[viewer.peer].path;
    every_odd_datagram(&mut world, own);
    let told = |event: &Event| matches!(event, Event::Closed { .. } | Event::Ice { state: IceState::Failed, .. });
    assert!(!world.events.iter().any(told));
    assert_eq!(world.strays, 0, "a stranger is never answered");
    let before = viewer.decode().len();
    play(&mut world, &mut camera, &mut viewer, SECOND);
    assert!(viewer.decode().len() >= before + 29, "the call goes on");
    let named = [
        DropReason::Empty,
        DropReason::Oversize,
        DropReason::UnknownFirstByte,
        DropReason::UnvalidatedPath,
        DropReason::DtlsUnvalidatedPath,
        DropReason::StunMalformed,
        DropReason::RtpAuthFailed,
        DropReason::RtcpAuthFailed,
    ];
    for reason in named {
        assert!(world.drops(reason) > 0, "{}", reason.name());
    }
}

#[test]
fn a_strangers_flood_does_not_touch_the_retransmission_ring() {
    let (mut world, mut camera, mut viewer) = live_call(2);
    world.network.loss_down = 50;
    let stranger = address(201, 9);
    for _ in 0..2000 {
        camera.work(&mut world);
        for _ in 0..10 {
            world.inject(stranger, &[0x80; 1200]);
        }
        world.run(MS);
        viewer.work(&mut world);
    }
    play(&mut world, &mut camera, &mut viewer, 300 * MS);
    assert!(viewer.repaired > 5);
    assert_eq!(viewer.holes(world.now, 300 * MS), 0);
    viewer.decode();
}

#[test]
fn checks_without_our_credentials_are_never_answered() {
    let mut world = World::new(3);
    let peer = world.add(1);
    world.peers[peer].ufrag = "nobody".into();
    world.check(peer, true);
    assert_eq!(world.drops(DropReason::StunUnknownUfrag), 1);
    world.peers[peer].ufrag = "ufrag0".into();
    world.peers[peer].pwd = "some-other-password-of-22-octets".into();
    for _ in 0..500 {
        world.check(peer, true);
    }
    world.run(10 * MS);
    assert!(world.peers[peer].other.is_empty());
    assert!(world.drops(DropReason::StunBadIntegrity) >= 50);
    assert!(world.drops(DropReason::StunRateLimited) >= 300, "guessing is slowed down");
    world.run(2 * SECOND);
    world.peers[peer].pwd = "password-of-transport-00000000".into();
    world.check(peer, true);
    world.run(10 * MS);
    assert_eq!(world.peers[peer].other.len(), 1);
}

#[test]
fn dtls_passes_only_from_a_validated_path_and_within_its_budget() {
    let mut world = World::new(4);
    let peer = world.add(1);
    let path = world.peers[peer].path;
    world.inject(path, &[22; 200]);
    assert_eq!(world.drops(DropReason::DtlsUnvalidatedPath), 1);
    world.check(peer, false);
    world.inject(path, &[22; 200]);
    world.inject(address(77, 1), &[22; 200]);
    assert_eq!(world.drops(DropReason::DtlsUnvalidatedPath), 2);
    let dtls = |world: &World| world.events.iter().filter(|event| matches!(event, Event::Dtls { .. })).count();
    assert_eq!(dtls(&world), 1);
    for _ in 0..200 {
        world.inject(path, &[22; 1000]);
    }
    assert_eq!(dtls(&world), 1 + 65, "64 KiB in all");
    assert_eq!(world.drops(DropReason::DtlsQueueFull), 135);
    world.run(11 * SECOND);
    world.inject(path, &[22; 1000]);
    assert_eq!(dtls(&world), 67, "a later try has a budget of its own");
}

#[test]
fn what_was_sent_once_is_refused_the_second_time() {
    let mut world = World::new(5);
    let (speaker, listener) = (world.join(1), world.join(1));
    world.publish_audio(speaker, 5);
    world.subscribe(listener, 7, 5, Kind::Audio);
    world.run(20 * MS);
    let captured: Vec<Vec<u8>> =
        (0..100u64).map(|n| world.peers[speaker].rtp(&Sent::opus(n, &[n as u8; 50]))).collect();
    let path = world.peers[speaker].path;
    for round in 0..3 {
        for bytes in &captured {
            world.inject(path, bytes);
        }
        assert_eq!(world.drops(DropReason::RtpReplay), 100 * round);
    }
    let mut forged = captured[99].clone();
    forged[40] ^= 1;
    forged[3] = 200;
    world.inject(path, &forged);
    assert_eq!(world.drops(DropReason::RtpAuthFailed), 1);
    // The same bytes under a new name are authentic for nobody.
    forged = captured[99].clone();
    forged[11] ^= 1;
    world.inject(path, &forged);
    assert_eq!(world.drops(DropReason::RtpAuthFailed), 2);
    world.run(10 * MS);
    assert_eq!(world.peers[listener].stream(70).len(), 100);
}

#[test]
fn one_peer_cannot_use_more_streams_than_the_table_holds() {
    let mut world = World::new(6);
    let speaker = world.join(1);
    let path = world.peers[speaker].path;
    for ssrc in 0..80 {
        let bytes =
            world.peers[speaker].rtp(&Sent { ssrc, pt: 50, index: 1, ts: 0, body: &[0; 20], ..Sent::default() });
        world.inject(path, &bytes);
    }
    assert_eq!(world.drops(DropReason::RtpUnknownSsrc), 64);
    assert_eq!(world.drops(DropReason::SsrcTableFull), 16);
}

#[test]
fn a_publisher_that_floods_is_cut_down_and_others_go_on() {
    let (mut world, mut camera, mut viewer) = live_call(7);
    let rogue = world.join(1);
    world.publish_audio(rogue, 6);
    let mut index = 0;
    for _ in 0..2000 {
        camera.work(&mut world);
        for _ in 0..20 {
            let bytes = world.peers[rogue].rtp(&Sent {
                ssrc: 99,
                pt: OPUS_PT,
                index,
                ts: index as u32,
                body: &[1; 1200],
                ..Sent::default()
            });
            index += 1;
            world.send(rogue, bytes);
        }
        world.run(MS);
        viewer.work(&mut world);
    }
    assert!(world.drops(DropReason::PublisherTooFast) > 10_000);
    assert!(viewer.decode().len() > 55);
}
