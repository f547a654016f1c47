//! What was ended or paused is not forwarded, whatever a rogue publisher goes on sending.

use crate::world::{Camera, MS, SECOND, Viewer, World};
use relay::{Command, CommandError, DropReason, Event, Kind};

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
    }
}

/// Packets that reach the viewer within a second after `end`, not counting those already under way.
fn after(seed: u64, end: impl FnOnce(&mut World)) -> (usize, World) {
    let (mut world, mut camera, mut viewer) = call(seed);
    play(&mut world, &mut camera, &mut viewer, SECOND);
    assert!(!viewer.packets.is_empty());
    end(&mut world);
    world.run(2 * MS);
    viewer.work(&mut world);
    let before = viewer.packets.len();
    play(&mut world, &mut camera, &mut viewer, SECOND);
    (viewer.packets.len() - before, world)
}

#[test]
fn nothing_passes_after_an_end() {
    let ends = [
        Command::CloseTransport { transport: 0 },
        Command::CloseTransport { transport: 1 },
        Command::Unpublish { track: 5 },
        Command::Unsubscribe { subscription: 7 },
        Command::PauseTrack { track: 5, paused: true },
    ];
    for (seed, end) in ends.into_iter().enumerate() {
        let name = format!("{end:?}");
        let (packets, _) = after(seed as u64, |world| world.command(end));
        assert_eq!(packets, 0, "{name}");
    }
}

#[test]
fn a_closed_transport_is_told_and_forgotten() {
    let (_, mut world) = after(10, |world| world.command(Command::CloseTransport { transport: 0 }));
    assert!(world.events.contains(&Event::Closed { transport: 0, reason: "closed" }));
    assert!(world.drops(DropReason::UnvalidatedPath) > 50, "its media comes from nowhere now");
    let stats = world.relay.stats(world.now);
    assert_eq!((stats.transports.len(), stats.tracks.len(), stats.subscriptions.len()), (1, 0, 0));
    let gone = world.relay.command(world.now, Command::Unpublish { track: 5 });
    assert_eq!(gone, Err(CommandError::UnknownTrack));
    // The credentials are free again.
    world.peers.clear();
    world.add(3);
}

#[test]
fn an_unsubscribed_stream_says_goodbye() {
    let (_, world) = after(11, |world| world.command(Command::Unsubscribe { subscription: 7 }));
    let goodbyes = world.peers[1].rtcp.iter().flat_map(|datagram| relay_wire::rtcp::parse(datagram).flatten());
    let said = goodbyes.filter_map(|packet| match packet {
        relay_wire::rtcp::Packet::Bye { ssrcs } => Some(ssrcs.collect::<Vec<_>>()),
        _ => None,
    });
    assert_eq!(said.collect::<Vec<_>>(), [[70]]);
}

#[test]
fn a_resumed_track_goes_on_with_a_keyframe_and_without_a_hole() {
    let (mut world, mut camera, mut viewer) = call(12);
    play(&mut world, &mut camera, &mut viewer, SECOND);
    world.command(Command::PauseTrack { track: 5, paused: true });
    play(&mut world, &mut camera, &mut viewer, SECOND);
    assert!(world.drops(DropReason::RtpTrackPaused) > 50);
    world.command(Command::PauseTrack { track: 5, paused: false });
    play(&mut world, &mut camera, &mut viewer, SECOND);
    let frames = viewer.decode();
    assert!(frames.len() > 50);
    assert_eq!(viewer.holes(world.now, 50 * MS), 0);
    assert!(camera.layers[0].plis >= 1);
}

#[test]
fn ids_and_ssrcs_are_not_used_twice() {
    let (mut world, _, _) = call(13);
    let now = world.now;
    let taken = crate::world::subscription(1, 7, 5, Kind::Video);
    assert_eq!(world.relay.command(now, Command::Subscribe(taken.clone())), Err(CommandError::DuplicateId));
    let other = relay::Subscribe { subscription: 8, ..taken };
    assert_eq!(world.relay.command(now, Command::Subscribe(other.clone())), Err(CommandError::SsrcInUse));
    world.command(Command::Unsubscribe { subscription: 7 });
    assert_eq!(world.relay.command(now, Command::Subscribe(other)), Err(CommandError::SsrcInUse));
    let again = Command::AddTransport { transport: 0, room: 1, ufrag: "fresh".into(), pwd: "p".repeat(22) };
    assert_eq!(world.relay.command(now, again), Err(CommandError::DuplicateId));
    let again = Command::AddTransport { transport: 9, room: 1, ufrag: "ufrag0".into(), pwd: "p".repeat(22) };
    assert_eq!(world.relay.command(now, again), Err(CommandError::BadCredentials));
}
