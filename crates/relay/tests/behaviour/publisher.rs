//! What a publisher is told about what it sends, and how its streams are recognised.

use crate::world::{Camera, MID, MS, SECOND, Sent, TWCC, Viewer, World, ext, opus, vp8};
use relay::{Command, Encoding, Kind, Publish};
use relay_wire::rtcp::{self, Packet};

/// Every RTCP packet of a kind that the peer got.
fn told<T>(world: &World, peer: usize, mut pick: impl FnMut(Packet<'_>) -> Option<T>) -> Vec<T> {
    let datagrams = world.peers[peer].rtcp.iter();
    datagrams.flat_map(|datagram| rtcp::parse(datagram).flatten().filter_map(&mut pick).collect::<Vec<_>>()).collect()
}

#[test]
fn arrival_times_and_loss_are_reported() {
    let mut world = World::new(1);
    let speaker = world.join(1);
    world.publish_audio(speaker, 5);
    for n in (0..200u64).filter(|n| n % 4 != 3) {
        let elements = [ext(MID, b"a5"), ext(TWCC, &(n as u16).to_be_bytes())];
        let bytes = world.peers[speaker].rtp(&Sent { ext: &elements, ..Sent::opus(n, &[1; 50]) });
        world.send(speaker, bytes);
        world.run(20 * MS);
    }
    world.run(SECOND);
    let arrivals = told(&world, speaker, |packet| match packet {
        Packet::TransportFeedback(feedback) => Some(feedback.iter().collect::<Vec<_>>()),
        _ => None,
    });
    let arrived: Vec<u16> =
        arrivals.iter().flatten().filter(|(_, delta)| delta.is_some()).map(|(number, _)| *number).collect();
    assert_eq!(arrived, (0..200u16).filter(|n| n % 4 != 3).collect::<Vec<_>>());
    let shares = told(&world, speaker, |packet| match packet {
        Packet::ReceiverReport { reports, .. } => reports.last().map(|block| (block.ssrc, block.fraction_lost)),
        _ => None,
    });
    assert!(shares.iter().filter(|(ssrc, lost)| *ssrc == 99 && (58..=70).contains(lost)).count() >= 2, "{shares:?}");
    assert!(world.relay.stats(world.now).tracks[0].nacks_sent >= 40);
}

#[test]
fn an_encoder_without_mid_is_known_by_its_payload_type_or_ssrc() {
    let mut world = World::new(2);
    let (encoder, viewer) = (world.join(1), world.join(1));
    let publish = |track, kind, payloads, encodings| Publish {
        transport: 0,
        track,
        kind,
        mid: String::new(),
        payloads,
        extensions: vec![],
        encodings,
    };
    world.command(Command::Publish(publish(5, Kind::Audio, vec![opus()], vec![])));
    let signalled = Encoding { ssrc: Some(4242), ..Encoding::default() };
    world.command(Command::Publish(publish(6, Kind::Audio, vec![opus()], vec![signalled])));
    world.command(Command::Publish(publish(8, Kind::Video, vec![vp8()], vec![])));
    world.subscribe(viewer, 7, 6, Kind::Audio);
    world.subscribe(viewer, 9, 8, Kind::Video);
    world.run(20 * MS);
    let keyframe =
        crate::world::Vp8 { start: true, keyframe: true, picture_id: 1, tl0: 1, temporal: 0, layer: 0, frame: 1 };
    let body = keyframe.write(640, 360, 100);
    for n in 0..10u64 {
        let audio = world.peers[encoder].rtp(&Sent { ssrc: 4242, ..Sent::opus(n, &[1; 50]) });
        let ambiguous = world.peers[encoder].rtp(&Sent { ssrc: 77, ..Sent::opus(n, &[1; 50]) });
        let sent =
            Sent { ssrc: 88, pt: crate::world::VP8_PT, index: n, ts: 3000 * n as u32, body: &body, ..Sent::default() };
        let video = world.peers[encoder].rtp(&sent);
        [audio, ambiguous, video].into_iter().for_each(|bytes| world.send(encoder, bytes));
        world.run(20 * MS);
    }
    assert_eq!(world.peers[viewer].stream(70).len(), 10);
    assert_eq!(world.peers[viewer].stream(90).len(), 10, "the very first keyframe is not lost");
    assert_eq!(world.drops(relay::DropReason::RtpUnknownSsrc), 10, "two tracks share that payload type");
}

#[test]
fn a_publisher_that_starts_anew_with_another_ssrc_goes_on_at_a_keyframe() {
    let mut world = World::new(3);
    let (sender, receiver) = (world.join(1), world.join(1));
    world.publish_video(sender, 5, &[]);
    world.subscribe(receiver, 7, 5, Kind::Video);
    let (mut camera, mut viewer) = (Camera::plain(sender, 5), Viewer::new(receiver, 7));
    for step in 0..4000 {
        if step == 1500 {
            camera = Camera::plain(sender, 5);
            camera.layers[0].ssrc = 777_777;
            world.run(400 * MS);
        }
        camera.work(&mut world);
        world.run(MS);
        viewer.work(&mut world);
    }
    let frames = viewer.decode();
    assert!(frames.len() > 100, "{}", frames.len());
    assert_eq!(viewer.holes(world.now, 100 * MS), 0);
}

#[test]
fn a_still_screen_keeps_its_viewers_and_wins_new_ones() {
    let mut world = World::new(4);
    let (sender, receiver, late) = (world.join(1), world.join(1), world.join(1));
    world.publish_video(sender, 5, &[]);
    world.subscribe(receiver, 7, 5, Kind::Video);
    let (mut camera, mut viewer) = (Camera::plain(sender, 5), Viewer::new(receiver, 7));
    let mut second = Viewer::new(late, 8);
    for step in 0..12_000u64 {
        // After two seconds the picture stands still: a frame every three seconds, or when somebody asks.
        if step < 2000 || step % 3000 < 2 || !world.peers[sender].rtcp.is_empty() {
            camera.work(&mut world);
        }
        if step == 5500 {
            world.subscribe(late, 8, 5, Kind::Video);
        }
        if step == 6500 {
            assert!(!second.packets.is_empty(), "a keyframe was asked for although the screen stood still");
        }
        world.run(MS);
        viewer.work(&mut world);
        second.work(&mut world);
    }
    let before_the_late_one = camera.layers[0].plis;
    assert!(before_the_late_one <= 4, "{before_the_late_one} requests: silence is no reason to ask");
    viewer.decode();
    second.decode();
}
