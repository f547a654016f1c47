//! Loss on either side is repaired; storms are not passed on.

use crate::world::{Camera, MS, SECOND, Viewer, World};
use relay::{DropReason, Kind};
use relay_wire::rtcp::write;

fn call(seed: u64) -> (World, Camera, Viewer) {
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
        if world.now % (2 * SECOND) < MS {
            world.check(camera.peer, true);
            world.check(viewer.peer, true);
        }
    }
}

#[test]
fn five_percent_loss_both_ways_is_repaired() {
    for seed in 0..4 {
        let (mut world, mut camera, mut viewer) = call(seed);
        world.network.delay = 10 * MS;
        // The keyframes of the beginning end the search for what was lost before them.
        play(&mut world, &mut camera, &mut viewer, SECOND);
        (world.network.loss_up, world.network.loss_down) = (50, 50);
        play(&mut world, &mut camera, &mut viewer, 10 * SECOND);
        (world.network.loss_up, world.network.loss_down) = (0, 0);
        play(&mut world, &mut camera, &mut viewer, 500 * MS);
        let frames = viewer.decode();
        assert!(world.network.lost > 50, "seed {seed}: {} lost", world.network.lost);
        assert!(camera.layers[0].nacks > 10 && viewer.repaired > 10, "seed {seed}");
        assert_eq!(viewer.holes(world.now, 500 * MS), 0, "seed {seed}");
        let skipped: Vec<_> = frames.windows(2).filter(|pair| pair[1].1 != pair[0].1 + 1).collect();
        assert!(skipped.is_empty(), "seed {seed}: {skipped:?}");
    }
}

#[test]
fn a_storm_of_keyframe_requests_becomes_two_a_second() {
    let (mut world, mut camera, mut viewer) = call(1);
    play(&mut world, &mut camera, &mut viewer, SECOND);
    let before = camera.layers[0].plis;
    for _ in 0..3000 {
        camera.work(&mut world);
        for _ in 0..10 {
            let bytes = world.peers[viewer.peer].rtcp(|out| write::pli(out, 1, 70));
            world.send(viewer.peer, bytes);
        }
        world.run(MS);
        viewer.work(&mut world);
    }
    let asked = camera.layers[0].plis - before;
    assert!((4..=7).contains(&asked), "{asked} requests in 3 s");
    assert!(viewer.decode().len() > 110);
}

#[test]
fn a_storm_of_nacks_gets_each_packet_once_a_round_trip_within_a_budget() {
    let (mut world, mut camera, mut viewer) = call(2);
    play(&mut world, &mut camera, &mut viewer, SECOND);
    let newest = viewer.packets.values().last().expect("video").header.sequence;
    let all: Vec<u16> = (0..80).map(|back| newest.wrapping_sub(79 - back)).collect();
    world.peers[viewer.peer].rtp.clear();
    for _ in 0..100 {
        let bytes = world.peers[viewer.peer].rtcp(|out| {
            write::nack(out, 1, 70, &all);
        });
        world.send(viewer.peer, bytes);
        world.run(MS);
    }
    let answers = world.peers[viewer.peer].stream(71).len();
    assert!((20..=400).contains(&answers), "{answers} answers to 8000 requests");
    assert!(world.drops(DropReason::NackThrottled) > 5000);
}

#[test]
fn what_nobody_keeps_any_more_is_not_resent() {
    let (mut world, mut camera, mut viewer) = call(3);
    play(&mut world, &mut camera, &mut viewer, SECOND);
    let first = viewer.packets.values().next().expect("video").header.sequence;
    play(&mut world, &mut camera, &mut viewer, 10 * SECOND);
    let bytes = world.peers[viewer.peer].rtcp(|out| {
        write::nack(out, 1, 70, &[first]);
    });
    world.send(viewer.peer, bytes);
    world.run(10 * MS);
    assert_eq!(world.drops(DropReason::NackTooOld), 1);
    assert!(world.peers[viewer.peer].stream(71).is_empty());
}

#[test]
fn without_rtx_a_packet_is_resent_as_it_was() {
    let mut world = World::new(4);
    let (sender, receiver) = (world.join(1), world.join(1));
    world.publish_video(sender, 5, &[]);
    let wanted = crate::world::subscription(receiver, 7, 5, Kind::Video);
    world.command(relay::Command::Subscribe(relay::Subscribe { rtx_ssrc: None, ..wanted }));
    let mut camera = Camera::plain(sender, 5);
    for _ in 0..200 {
        camera.work(&mut world);
        world.run(MS);
    }
    let got = world.peers[receiver].stream(70);
    let again = got[5].header.sequence;
    let bytes = world.peers[receiver].rtcp(|out| {
        write::nack(out, 1, 70, &[again]);
    });
    world.send(receiver, bytes);
    world.run(2 * MS);
    // The peer's own replay window refuses it: it is the very same packet.
    assert_eq!(world.peers[receiver].refused, 1);
    assert!(got[5].ext(crate::world::TWCC).is_none());
}
