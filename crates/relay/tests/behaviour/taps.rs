//! A process on this machine is a subscriber like any other, without keys, paths and estimates.

use crate::injected_nonsense::{Dice, mutated};
use crate::world::{
    Camera, Feed, MID, MS, OPUS_PT, SECOND, Sent, TWCC, Tap, VP8_PT, Viewer, World, ext, extensions, framed,
};
use relay::{Codec, Command, DropReason, Encoding, Event, Kind, LayerReason, Payload, Publish, RelayConfig, Want};
use relay_wire::rtcp::{self, Packet, write};

const TAP: u32 = 200;

/// A camera in three layers, tapped.
struct Tapped {
    world: World,
    camera: Camera,
    tap: Tap,
}

impl Tapped {
    fn new(seed: u64) -> Tapped {
        // An estimate that would allow a peer the lowest layer only.
        let mut world = World::with(RelayConfig { seed, start_bitrate_bps: 300_000, ..RelayConfig::default() });
        let sender = world.join(1);
        world.publish_video(sender, 5, &["q", "h", "f"]);
        let tap = Tap::new(&mut world, TAP);
        tap.subscribe(&mut world, 7, 5, Kind::Video);
        Tapped { world, camera: Camera::simulcast(sender, 5), tap }
    }

    fn play(&mut self, viewers: &mut [&mut Viewer], duration: u64) {
        for _ in 0..duration / MS {
            self.camera.work(&mut self.world);
            self.world.run(MS);
            self.tap.work(&mut self.world);
            viewers.iter_mut().for_each(|viewer| viewer.work(&mut self.world));
        }
    }

    fn want(&mut self, width: u16, height: u16, max_temporal: u8) {
        self.world.command(Command::SetWants(vec![Want {
            subscription: 7,
            width,
            height,
            priority: 100,
            max_temporal,
        }]));
    }

    fn last_layer(&self) -> Option<u8> {
        self.tap.decode(7).last().map(|(layer, _)| *layer)
    }
}

#[test]
fn the_best_layer_at_once_whatever_peers_are_thought_to_carry() {
    let mut tapped = Tapped::new(1);
    tapped.play(&mut [], 600 * MS);
    assert_eq!(tapped.last_layer(), Some(2));
    tapped.play(&mut [], 2 * SECOND);
    let frames = tapped.tap.decode(7);
    assert!(frames.len() > 60, "{}", frames.len());
    assert_eq!(tapped.tap.streams[&70].holes(tapped.world.now, 0), 0);
    let got = tapped.tap.streams[&70].packets.values().last().expect("video");
    let header = &got.header;
    assert_eq!(
        (header.header_len, header.payload_type, header.has_padding),
        (12, VP8_PT, false),
        "as it was asked for"
    );
    let fits = Event::Layer { subscription: 7, layer: Some(2), temporal: 3, reason: LayerReason::Fits };
    assert!(tapped.world.events.contains(&fits), "{:?}", tapped.world.events);
    let estimates = |event: &Event| matches!(event, Event::Estimate { transport: TAP, .. });
    assert!(!tapped.world.events.iter().any(estimates));
    let stats = tapped.world.relay.stats(tapped.world.now);
    let tap = stats.transports.iter().find(|stats| stats.transport == TAP).expect("its counters");
    assert_eq!((tap.estimate_bps, tap.protocol.name()), (0, "local"));
    assert_eq!(tap.sent_packets, tapped.tap.count(7) as u64);
}

#[test]
fn a_layer_that_dies_is_replaced_and_comes_back() {
    let mut tapped = Tapped::new(2);
    tapped.play(&mut [], 2 * SECOND);
    tapped.camera.layers[2].on = false;
    tapped.play(&mut [], 2 * SECOND);
    assert_eq!(tapped.last_layer(), Some(1));
    tapped.camera.layers[2].on = true;
    tapped.play(&mut [], 700 * MS);
    assert_eq!(tapped.last_layer(), Some(2));
    assert_eq!(tapped.tap.streams[&70].holes(tapped.world.now, 0), 0);
}

#[test]
fn what_is_wanted_is_sent_and_no_more() {
    let mut tapped = Tapped::new(3);
    tapped.camera.temporal = true;
    tapped.play(&mut [], 2 * SECOND);
    tapped.want(640, 360, 3);
    tapped.play(&mut [], SECOND);
    assert_eq!(tapped.last_layer(), Some(1));
    tapped.want(640, 360, 0);
    tapped.play(&mut [], 100 * MS);
    let before = tapped.tap.decode(7).len();
    tapped.play(&mut [], 2 * SECOND);
    let thin = tapped.tap.decode(7).len() - before;
    assert!((28..=32).contains(&thin), "{thin} frames in 2 s of half the rate");
    tapped.want(0, 0, 3);
    tapped.play(&mut [], 100 * MS);
    let before = tapped.tap.count(7);
    tapped.play(&mut [], SECOND);
    assert_eq!(tapped.tap.count(7), before);
    tapped.want(1280, 720, 3);
    tapped.play(&mut [], SECOND);
    assert_eq!(tapped.last_layer(), Some(2));
    tapped.world.command(Command::PauseTrack { track: 5, paused: true });
    tapped.play(&mut [], 100 * MS);
    let before = tapped.tap.count(7);
    tapped.play(&mut [], SECOND);
    assert_eq!(tapped.tap.count(7), before);
    tapped.world.command(Command::PauseTrack { track: 5, paused: false });
    tapped.play(&mut [], 2 * SECOND);
    assert!(tapped.tap.count(7) > before + 100);
    assert_eq!(tapped.tap.streams[&70].holes(tapped.world.now, 0), 0);
}

#[test]
fn the_clock_is_the_one_that_viewers_are_told() {
    let mut tapped = Tapped::new(4);
    let watching = tapped.world.join(1);
    tapped.world.subscribe(watching, 8, 5, Kind::Video);
    let mut viewer = Viewer::new(watching, 8);
    tapped.play(&mut [&mut viewer], 5 * SECOND);
    let reports = tapped.tap.reports(7);
    assert!((4..=9).contains(&reports.len()), "once a second, and when it begins or changes: {}", reports.len());
    let first = tapped.tap.streams[&70].packets.values().next().expect("video").at;
    assert!(seconds(reports[0].0) * 1e6 < (first + 1100 * MS) as f64, "soon after the begin");
    let of_viewer = tapped.world.peers[watching].rtcp.iter().flat_map(|datagram| rtcp::parse(datagram).flatten());
    let told = of_viewer.filter_map(|packet| match packet {
        Packet::SenderReport { ssrc: 80, ntp, rtp, .. } => Some((ntp, rtp)),
        _ => None,
    });
    let told = told.last().expect("a report to the viewer");
    // The same frame for both: what the reports make of its timestamps is one moment.
    let frame_of = |viewer: &Viewer, frame: u32| {
        let mut packets = viewer.packets.values().filter(|got| !got.payload().is_empty());
        packets.find(|got| crate::world::Vp8::read(got.payload()).frame == frame).map(|got| got.header.timestamp)
    };
    let newest = viewer.decode().last().expect("frames").1 - 2;
    let by_tap = moment(*reports.last().expect("reports"), frame_of(&tapped.tap.streams[&70], newest).expect("it too"));
    let by_viewer = moment(told, frame_of(&viewer, newest).expect("seen"));
    assert!((by_tap - by_viewer).abs() < 0.002, "{by_tap} {by_viewer}");
    assert!((by_tap - tapped.world.now as f64 / 1e6).abs() < 0.2, "{by_tap}");
}

fn seconds(ntp: u64) -> f64 {
    ntp as f64 / (1u64 << 32) as f64
}

/// When a timestamp was, by a report, s.
fn moment((ntp, rtp): (u64, u32), timestamp: u32) -> f64 {
    seconds(ntp) + f64::from(timestamp.wrapping_sub(rtp) as i32) / 90_000.0
}

#[test]
fn a_request_for_a_keyframe_is_passed_on_as_a_viewers_is() {
    let mut tapped = Tapped::new(5);
    tapped.play(&mut [], 3 * SECOND);
    let (before, lower) = (tapped.camera.layers[2].plis, tapped.camera.layers[0].plis + tapped.camera.layers[1].plis);
    for round in 0..20 {
        tapped.tap.send(&mut tapped.world, |out| match round % 2 {
            0 => write::pli(out, 1, 70),
            _ => drop(write::nack(out, 1, 70, &[1, 2, 3])),
        });
        tapped.tap.send(&mut tapped.world, |out| write::pli(out, 1, 99));
        tapped.play(&mut [], 100 * MS);
    }
    let asked = tapped.camera.layers[2].plis - before;
    assert!((3..=5).contains(&asked), "at most one in 500 ms: {asked}");
    assert_eq!(tapped.camera.layers[0].plis + tapped.camera.layers[1].plis, lower, "no other layer is asked");
    let stats = tapped.world.relay.stats(tapped.world.now);
    let counted = stats.subscriptions.iter().find(|stats| stats.subscription == 7).expect("its counters");
    assert_eq!((counted.keyframe_requests_received, counted.resent_packets), (10, 0));
}

#[test]
fn two_taps_and_three_viewers_do_not_disturb_each_other() {
    let mut tapped = Tapped::new(6);
    let mut viewers: Vec<Viewer> = (0..3)
        .map(|n| {
            let peer = tapped.world.join(1);
            tapped.world.subscribe(peer, 10 + n, 5, Kind::Video);
            Viewer::new(peer, 10 + n)
        })
        .collect();
    let mut other = Tap::new(&mut tapped.world, TAP + 1);
    other.subscribe(&mut tapped.world, 8, 5, Kind::Video);
    tapped.world.network.loss_up = 20;
    for round in 0..4 {
        let mut all: Vec<&mut Viewer> = viewers.iter_mut().collect();
        tapped.play(&mut all, SECOND);
        other.work(&mut tapped.world);
        if round == 1 {
            tapped.world.full.insert(TAP + 1);
        }
    }
    tapped.world.network.loss_up = 0;
    tapped.play(&mut viewers.iter_mut().collect::<Vec<_>>(), 500 * MS);
    for viewer in &viewers {
        assert!(viewer.decode().len() > 115, "{}", viewer.decode().len());
        assert_eq!(viewer.holes(tapped.world.now, 100 * MS), 0);
    }
    assert!(tapped.tap.decode(7).len() > 115);
    assert_eq!(tapped.tap.streams[&70].holes(tapped.world.now, 100 * MS), 0, "what was repaired has come, too");
    assert!((40..80).contains(&other.decode(8).len()), "{}", other.decode(8).len());
}

#[test]
fn redundant_audio_is_taken_off_and_extensions_are_those_asked_for() {
    let mut world = World::new(7);
    let (speaker, tap) = (world.join(1), Tap::new(&mut world, TAP));
    let red = Payload { pt: 63, codec: Codec::Red, ..crate::world::opus() };
    world.command(Command::Publish(Publish {
        transport: speaker as u32,
        track: 5,
        kind: Kind::Audio,
        mid: "a5".into(),
        payloads: vec![red, crate::world::opus()],
        extensions: extensions(),
        encodings: vec![Encoding::default()],
    }));
    tap.subscribe(&mut world, 7, 5, Kind::Audio);
    let named = crate::world::extensions();
    let asks = Command::Subscribe(relay::Subscribe { mid: "m".into(), ..tap.wanted(8, 5, Kind::Audio, named) });
    world.command(asks);
    world.run(20 * MS);
    for n in 0..10u64 {
        // One redundant block of two octets before a primary of three (RFC 2198, 3).
        let body = [0x80 | OPUS_PT, 0, 0, 2, OPUS_PT, 9, 9, 1, 2, n as u8];
        let elements = [ext(MID, b"a5"), ext(TWCC, &[0, n as u8])];
        let sent =
            Sent { ssrc: 99, pt: 63, index: n, ts: 960 * n as u32, ext: &elements, body: &body, ..Sent::default() };
        let bytes = world.peers[speaker].rtp(&sent);
        world.send(speaker, bytes);
        world.run(20 * MS);
    }
    let mut tap = tap;
    tap.work(&mut world);
    assert_eq!((tap.count(7), tap.count(8)), (10, 10));
    for (n, got) in tap.streams[&70].packets.values().enumerate() {
        assert_eq!((got.header.payload_type, got.payload()), (OPUS_PT, &[1, 2, n as u8][..]));
        assert_eq!(got.header.header_len, 12);
    }
    let named = tap.streams[&80].packets.values().next().expect("a packet");
    assert_eq!((named.ext(MID), named.ext(TWCC)), (Some(&b"m"[..]), None), "nothing is measured");
}

#[test]
fn a_kept_stream_tapped_in_mid_group_begins_with_its_keyframe() {
    let mut world = World::new(8);
    let mut feed = Feed::new(&mut world, 100, 5);
    // 8 Mbit/s: more than a socket takes at once.
    (feed.packets_per_frame, feed.packet_len) = (30, 1100);
    feed.run(&mut world, 2 * SECOND);
    let (mut tap, plis) = (Tap::new(&mut world, TAP), feed.plis.len());
    tap.subscribe(&mut world, 7, 5, Kind::Video);
    let (mut most, edge) = (0, feed.frame);
    for _ in 0..2000 {
        feed.work(&mut world);
        world.run(MS);
        most = most.max(world.local.iter().map(|(_, packet)| packet.len()).sum());
        tap.work(&mut world);
    }
    assert!(most < 160_000, "{most} bytes at once");
    let frames: Vec<u32> = tap.decode(7).into_iter().map(|(_, frame)| frame).collect();
    assert_eq!(frames, (0..feed.frame).collect::<Vec<_>>(), "from the keyframe, nothing missing, nothing doubled");
    assert_eq!((feed.plis.len(), tap.streams[&70].holes(world.now, 0)), (plis, 0), "nobody had to be asked");
    let at_edge = tap.streams[&70].packets.values().nth(30 * edge as usize).expect("so many").at;
    assert!(at_edge < 5 * SECOND, "the live edge is reached: {at_edge}");
    // A lost reference is answered from what is kept.
    let begun = tap.count(7);
    tap.send(&mut world, |out| write::pli(out, 1, 70));
    feed.run(&mut world, 20 * MS);
    tap.work(&mut world);
    let again =
        tap.streams[&70].packets.values().skip(begun).find(|got| crate::world::Vp8::read(got.payload()).keyframe);
    assert!(again.is_some());
}

#[test]
fn ends_are_told_and_nothing_comes_after_them() {
    let mut tapped = Tapped::new(9);
    tapped.play(&mut [], SECOND);
    tapped.world.command(Command::Unsubscribe { subscription: 7 });
    tapped.play(&mut [], 5 * MS);
    let bye = |packet: Packet<'_>| matches!(packet, Packet::Bye { .. });
    assert!(rtcp::parse(tapped.tap.rtcp.last().expect("a last word")).flatten().any(bye));
    let before = tapped.tap.count(7);
    tapped.play(&mut [], SECOND);
    assert_eq!(tapped.tap.count(7), before);
    tapped.tap.subscribe(&mut tapped.world, 8, 5, Kind::Video);
    tapped.play(&mut [], SECOND);
    assert!(tapped.tap.count(8) > 50);
    let count = tapped.tap.rtcp.len();
    tapped.world.command(Command::Unpublish { track: 5 });
    tapped.play(&mut [], 5 * MS);
    assert!(tapped.tap.rtcp.len() > count);
    tapped.world.command(Command::CloseTransport { transport: TAP });
    tapped.world.run(SECOND);
    assert!(tapped.world.events.contains(&Event::Closed { transport: TAP, reason: "closed" }));
    assert!(tapped.world.local.is_empty());
    assert_eq!(tapped.world.drops(DropReason::TapFull), 0);
}

#[test]
fn nonsense_from_a_tap_harms_nobody() {
    let mut tapped = Tapped::new(10);
    let watching = tapped.world.join(1);
    tapped.world.subscribe(watching, 8, 5, Kind::Video);
    let mut viewer = Viewer::new(watching, 8);
    tapped.play(&mut [&mut viewer], 2 * SECOND);
    let mut good = Vec::new();
    write::rr(&mut good, 1, &[]);
    write::pli(&mut good, 1, 70);
    write::nack(&mut good, 1, 70, &[7, 9]);
    write::remb(&mut good, 1, 1, &[70]);
    write::bye(&mut good, &[70]);
    let (good, mut dice) = (framed(&good), Dice(0x1234_5678_9abc_def1));
    for round in 0..50_000 {
        let bytes = mutated(&mut dice, &good);
        tapped.world.relay.receive_injected(tapped.world.now, TAP, &bytes);
        if round % 50 == 0 {
            tapped.play(&mut [&mut viewer], MS);
        }
    }
    tapped.play(&mut [&mut viewer], SECOND);
    assert!(tapped.world.drops(DropReason::InjectMalformed) > 1000);
    assert_eq!(viewer.holes(tapped.world.now, 100 * MS), 0);
    assert!(viewer.decode().len() > 110, "{}", viewer.decode().len());
    assert!(tapped.tap.decode(7).len() > 110);
    assert!(tapped.camera.layers[2].plis <= 10, "{}", tapped.camera.layers[2].plis);
}
