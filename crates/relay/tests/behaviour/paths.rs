//! ICE: nomination, change of address, restart, silence.

use crate::world::{Camera, MS, SECOND, Sent, World, address};
use relay::{Command, Event, IceState, Kind, Link, Path, Protocol};

fn ice_states(world: &World, peer: u32) -> Vec<IceState> {
    let state = |event: &Event| match event {
        Event::Ice { transport, state, .. } if *transport == peer => Some(*state),
        _ => None,
    };
    world.events.iter().filter_map(state).collect()
}

fn speak(world: &mut World, speaker: usize, from: u64, count: u64) {
    for n in from..from + count {
        let bytes = world.peers[speaker].rtp(&Sent::opus(n, &[1; 50]));
        world.send(speaker, bytes);
        world.run(20 * MS);
    }
}

fn pair(seed: u64) -> (World, usize, usize) {
    let mut world = World::new(seed);
    let (speaker, listener) = (world.join(1), world.join(1));
    world.publish_audio(speaker, 5);
    world.subscribe(listener, 7, 5, Kind::Audio);
    world.run(20 * MS);
    (world, speaker, listener)
}

#[test]
fn a_nomination_from_a_new_address_moves_the_media_at_once() {
    let (mut world, speaker, listener) = pair(1);
    speak(&mut world, speaker, 0, 5);
    world.peers[listener].path = address(99, 7777);
    world.check(listener, true);
    speak(&mut world, speaker, 5, 5);
    assert_eq!(world.peers[listener].stream(70).len(), 10);
    assert_eq!(ice_states(&world, 1), [IceState::Connected, IceState::Connected]);
    assert_eq!(world.strays, 0);
}

#[test]
fn a_rebound_address_without_nomination_takes_over_after_a_second_of_silence() {
    let (mut world, speaker, listener) = pair(2);
    let old = world.peers[listener].path;
    world.peers[listener].path = address(99, 7777);
    world.check(listener, false);
    speak(&mut world, speaker, 0, 5);
    assert_eq!(world.peers[listener].stream(70).len(), 0, "the old path may be alive");
    assert!(world.strays >= 5);
    world.run(SECOND);
    world.peers[listener].path = address(99, 7778);
    world.check(listener, false);
    speak(&mut world, speaker, 5, 5);
    assert_eq!(world.peers[listener].stream(70).len(), 5);
    assert_ne!(world.peers[listener].path, old);
}

#[test]
fn media_from_the_old_address_is_still_taken_after_a_move() {
    let (mut world, speaker, listener) = pair(3);
    let old = world.peers[speaker].path;
    speak(&mut world, speaker, 0, 3);
    world.peers[speaker].path = address(98, 1);
    world.check(speaker, true);
    let late = world.peers[speaker].rtp(&Sent::opus(3, &[1; 50]));
    world.inject(old, &late);
    speak(&mut world, speaker, 4, 3);
    assert_eq!(world.peers[listener].stream(70).len(), 7);
}

#[test]
fn a_restart_keeps_the_old_path_until_the_new_credentials_nominate() {
    let (mut world, speaker, listener) = pair(4);
    let (ufrag, pwd) = ("restarted".to_string(), "another-password-of-22-octets".to_string());
    world.command(Command::RestartIce { transport: 1, ufrag: ufrag.clone(), pwd: pwd.clone() });
    world.check(listener, true);
    speak(&mut world, speaker, 0, 5);
    assert_eq!(world.peers[listener].stream(70).len(), 5, "the old path is in use");
    let old = (world.peers[listener].ufrag.clone(), world.peers[listener].pwd.clone());
    (world.peers[listener].ufrag, world.peers[listener].pwd) = (ufrag, pwd);
    world.peers[listener].path = address(97, 4);
    world.check(listener, false);
    world.check(listener, true);
    speak(&mut world, speaker, 5, 5);
    assert_eq!(world.peers[listener].stream(70).len(), 5, "the new path is in use");
    world.peers[listener].other.clear();
    (world.peers[listener].ufrag, world.peers[listener].pwd) = old;
    world.check(listener, true);
    world.run(10 * MS);
    assert!(world.peers[listener].other.is_empty(), "the old credentials are void");
    let stats = world.relay.stats(world.now);
    assert_eq!(stats.transports.iter().map(|found| found.ice_restarts).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn silence_is_told_after_five_seconds_and_ends_sending_after_thirty() {
    let (mut world, speaker, listener) = pair(5);
    for step in 0..40 {
        // The speaker keeps checking, the listener does not.
        if step % 2 == 0 {
            world.check(speaker, true);
        }
        speak(&mut world, speaker, step * 50, 50);
    }
    assert_eq!(ice_states(&world, 1), [IceState::Connected, IceState::Disconnected, IceState::Failed]);
    let got = world.peers[listener].stream(70);
    let last = got.last().expect("audio until consent ran out").at;
    assert!((29 * SECOND..=32 * SECOND).contains(&(last - SECOND)), "{last}");
    assert_eq!(ice_states(&world, 0), [IceState::Connected]);
    world.check(listener, true);
    speak(&mut world, speaker, 3000, 5);
    assert_eq!(world.peers[listener].stream(70).len(), 5, "a new nomination revives it");
}

#[test]
fn a_tcp_path_ends_with_its_connection() {
    let (mut world, speaker, listener) = pair(6);
    let tcp = Path { remote: ([192, 0, 2, 50], 3000).into(), link: Link::Tcp(12) };
    world.peers[listener].path = tcp;
    world.check(listener, true);
    speak(&mut world, speaker, 0, 5);
    assert_eq!(world.peers[listener].stream(70).len(), 5);
    let by_tcp = |event: &Event| matches!(event, Event::Ice { protocol: Protocol::Tcp, .. });
    assert!(world.events.iter().any(by_tcp));
    world.relay.tcp_closed(world.now, 12);
    speak(&mut world, speaker, 5, 5);
    assert_eq!(world.peers[listener].stream(70).len(), 0);
    assert_eq!(ice_states(&world, 1).last(), Some(&IceState::Disconnected));
}

#[test]
fn at_most_eight_paths_are_kept_and_the_selected_one_is_among_them() {
    let (mut world, speaker, listener) = pair(7);
    let home = world.peers[listener].path;
    for port in 0..40 {
        world.peers[listener].path = address(96, 1000 + port);
        world.check(listener, false);
        world.inject(address(96, 1000 + port), &[22; 10]);
    }
    world.peers[listener].path = home;
    speak(&mut world, speaker, 0, 5);
    assert_eq!(world.peers[listener].stream(70).len(), 5);
    world.inject(address(96, 1000), &[22; 10]);
    assert_eq!(world.drops(relay::DropReason::DtlsUnvalidatedPath), 1, "the first one has made room");
}

#[test]
fn a_role_conflict_is_told_and_validates_nothing() {
    let mut world = World::new(8);
    let peer = world.add(1);
    let path = world.peers[peer].path;
    let mut out = [0; 256];
    let fields = relay_wire::stun::RequestFields {
        transaction: [1; 12],
        receiver_ufrag: "ufrag0",
        sender_ufrag: "peer",
        priority: 1,
        controlling: false,
        tie_breaker: 1,
        use_candidate: false,
    };
    let key = relay_wire::stun::IntegrityKey::new("password-of-transport-00000000");
    let len = relay_wire::stun::write_request(&mut out, &fields, &key);
    world.inject(path, &out[..len]);
    world.run(5 * MS);
    assert_eq!(&world.peers[peer].other[0][..2], [1, 0x11], "an error response");
    world.inject(path, &[22; 10]);
    assert_eq!(world.drops(relay::DropReason::DtlsUnvalidatedPath), 1);
}

#[test]
fn a_peer_without_keys_is_sent_nothing() {
    let mut world = World::new(9);
    let (sender, receiver) = (world.join(1), world.add(1));
    world.check(receiver, true);
    world.publish_video(sender, 5, &[]);
    world.subscribe(receiver, 7, 5, Kind::Video);
    let mut camera = Camera::plain(sender, 5);
    for _ in 0..500 {
        camera.work(&mut world);
        world.run(MS);
    }
    assert!(world.peers[receiver].rtp.is_empty());
    assert_eq!(world.peers[receiver].refused, 0);
}

#[test]
fn a_forged_address_does_not_take_the_path_of_a_live_peer() {
    let (mut world, speaker, listener) = pair(10);
    let own = world.peers[speaker].path;
    world.peers[speaker].path = world.peers[listener].path;
    world.check(speaker, true);
    assert_eq!(world.drops(relay::DropReason::StunPathTaken), 1);
    world.peers[speaker].path = own;
    speak(&mut world, speaker, 0, 5);
    assert_eq!(world.peers[listener].stream(70).len(), 5);
}

#[test]
fn an_encoder_that_never_checks_again_lives_as_long_as_it_sends() {
    let (mut world, speaker, listener) = pair(11);
    for step in 0..40 {
        if step % 2 == 0 {
            world.check(listener, true);
        }
        speak(&mut world, speaker, step * 50, 50);
    }
    assert_eq!(world.peers[listener].stream(70).len(), 2000);
    assert_eq!(ice_states(&world, 0), [IceState::Connected]);
    world.check(listener, true);
    world.run(7 * SECOND);
    speak(&mut world, speaker, 2000, 80);
    let expected = [IceState::Connected, IceState::Disconnected, IceState::Connected];
    assert_eq!(ice_states(&world, 0), expected, "and is told when it pauses");
}
