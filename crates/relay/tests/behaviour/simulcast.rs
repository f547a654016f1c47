//! Layers: chosen by tile and bandwidth, switched at keyframes, one continuous stream for the receiver.

use crate::world::{Camera, MS, SECOND, Sent, Viewer, Vp8, World};
use relay::{Command, Event, Kind, LayerReason, RelayConfig, Want};
use relay_wire::rtcp;

struct Call {
    world: World,
    camera: Camera,
    viewer: Viewer,
}

impl Call {
    fn new(seed: u64) -> Call {
        Call::with(World::new(seed))
    }

    fn with(mut world: World) -> Call {
        let (sender, receiver) = (world.join(1), world.join(1));
        world.publish_video(sender, 5, &["q", "h", "f"]);
        world.subscribe(receiver, 7, 5, Kind::Video);
        Call { world, camera: Camera::simulcast(sender, 5), viewer: Viewer::new(receiver, 7) }
    }

    fn play(&mut self, duration: u64) {
        for _ in 0..duration / MS {
            self.camera.work(&mut self.world);
            self.world.run(MS);
            self.viewer.work(&mut self.world);
            if self.world.now % (2 * SECOND) < MS {
                self.world.check(self.camera.peer, true);
                self.world.check(self.viewer.peer, true);
            }
        }
    }

    fn want(&mut self, width: u16, height: u16) {
        let want = Want { subscription: 7, width, height, priority: 100, max_temporal: 3 };
        self.world.command(Command::SetWants(vec![want]));
    }

    fn told(&self) -> Option<(Option<u8>, LayerReason)> {
        self.world.events.iter().rev().find_map(|event| match event {
            Event::Layer { subscription: 7, layer, reason, .. } => Some((*layer, *reason)),
            _ => None,
        })
    }

    fn last_layer(&self) -> Option<u8> {
        self.viewer.decode().last().map(|(layer, _)| *layer)
    }
}

#[test]
fn the_layer_follows_the_tile_and_the_stream_stays_whole() {
    let mut call = Call::new(1);
    call.play(3 * SECOND);
    assert_eq!(call.last_layer(), Some(2));
    assert_eq!(call.told(), Some((Some(2), LayerReason::Fits)));
    for (size, layer) in [((320, 180), 0), ((1280, 720), 2), ((640, 360), 1), ((1920, 1080), 2), ((300, 170), 0)] {
        call.want(size.0, size.1);
        call.play(2 * SECOND);
        assert_eq!(call.last_layer(), Some(layer), "{size:?}");
    }
    assert_eq!(call.told(), Some((Some(0), LayerReason::Tile)));
    assert_eq!(call.viewer.holes(call.world.now, 100 * MS), 0);
    let frames = call.viewer.decode();
    assert!(frames.len() > 12 * 30, "{} frames in 13 s", frames.len());
}

#[test]
fn switching_stays_whole_under_loss() {
    for seed in 0..SEEDS {
        let mut call = Call::new(seed);
        call.play(500 * MS);
        (call.world.network.loss_up, call.world.network.loss_down) = (30, 30);
        for round in 0..10 {
            let (width, height) = [(320, 180), (1280, 720), (640, 360)][round % 3];
            call.want(width, height);
            call.play(2 * SECOND);
        }
        (call.world.network.loss_up, call.world.network.loss_down) = (0, 0);
        call.play(SECOND);
        let frames = call.viewer.decode();
        let layers: std::collections::HashSet<u8> = frames.iter().map(|(layer, _)| *layer).collect();
        assert_eq!(layers.len(), 3, "seed {seed}");
        // What was lost of the old layer just before a switch is the only thing not repaired.
        assert!(frames.len() > 600, "seed {seed}: {} of 630 frames decode", frames.len());
    }
}

#[test]
fn hidden_gets_nothing_and_returns_with_a_keyframe() {
    let mut call = Call::new(3);
    call.play(2 * SECOND);
    call.want(0, 0);
    call.play(100 * MS);
    let before = call.viewer.packets.len();
    call.play(2 * SECOND);
    assert_eq!(call.viewer.packets.len(), before);
    assert_eq!(call.told(), Some((None, LayerReason::Hidden)));
    call.want(640, 360);
    call.play(SECOND);
    assert_eq!(call.last_layer(), Some(1));
    assert_eq!(call.viewer.holes(call.world.now, 100 * MS), 0);
}

#[test]
fn a_layer_that_dies_is_replaced_by_another() {
    let mut call = Call::new(4);
    call.play(2 * SECOND);
    call.camera.layers[2].on = false;
    call.play(3 * SECOND);
    assert_eq!(call.last_layer(), Some(1));
    call.camera.layers[1].on = false;
    call.play(3 * SECOND);
    assert_eq!(call.last_layer(), Some(0));
    call.camera.layers[2].on = true;
    call.play(4 * SECOND);
    assert_eq!(call.last_layer(), Some(2));
}

#[test]
fn a_thin_downlink_gets_a_thin_layer_and_is_told_why() {
    let config =
        RelayConfig { seed: 5, start_bitrate_bps: 600_000, max_bitrate_bps: 700_000, ..RelayConfig::default() };
    let mut call = Call::with(World::with(config));
    call.play(4 * SECOND);
    // The layers are about 250, 490 and 1200 kbit/s.
    assert!(call.viewer.decode().iter().skip(60).all(|(layer, _)| *layer < 2));
    assert!(matches!(call.told(), Some((Some(0 | 1), LayerReason::Bandwidth))), "{:?}", call.told());
}

#[test]
fn the_estimate_grows_by_probing_and_the_layer_with_it() {
    let config = RelayConfig { seed: 6, start_bitrate_bps: 400_000, ..RelayConfig::default() };
    let mut call = Call::with(World::with(config));
    call.play(15 * SECOND);
    assert_eq!(call.last_layer(), Some(2));
    let estimates = call.world.events.iter().filter(|event| matches!(event, Event::Estimate { transport: 1, .. }));
    assert!(estimates.count() > 0);
    assert_eq!(call.viewer.holes(call.world.now, 100 * MS), 0);
}

#[test]
fn temporal_layers_are_thinned_without_holes() {
    let mut call = Call::new(7);
    call.camera.temporal = true;
    call.play(2 * SECOND);
    let want = Want { subscription: 7, width: 1280, height: 720, priority: 100, max_temporal: 0 };
    call.world.command(Command::SetWants(vec![want]));
    call.play(100 * MS);
    let before = call.viewer.decode().len();
    call.play(2 * SECOND);
    let frames = call.viewer.decode().len() - before;
    assert!((28..=32).contains(&frames), "{frames} frames in 2 s of half the rate");
    assert_eq!(call.viewer.holes(call.world.now, 100 * MS), 0);
    call.want(1280, 720);
    call.play(2 * SECOND);
    assert!(call.viewer.decode().len() - before > frames + 55);
}

#[test]
fn a_slow_downlink_keeps_sound_whole_and_the_queue_short() {
    let mut call = Call::new(8);
    let speaker = call.world.join(1);
    call.world.publish_audio(speaker, 6);
    call.world.subscribe(call.viewer.peer, 9, 6, Kind::Audio);
    call.play(3 * SECOND);
    call.world.network.bottleneck = Some((call.viewer.peer, 600_000));
    let (mut late, mut heard) = (0, 0);
    for n in 0..1000u64 {
        let stamp = call.world.now.to_be_bytes();
        let bytes = call.world.peers[speaker].rtp(&Sent::opus(n, &[&stamp[..], &[0; 72]].concat()));
        call.world.send(speaker, bytes);
        call.play(20 * MS);
        for got in call.world.peers[call.viewer.peer].stream(90) {
            let sent = u64::from_be_bytes(*got.payload().first_chunk().expect("a stamp"));
            if n > 400 {
                heard += 1;
                late += u64::from(got.at - sent > 250 * MS);
            }
        }
    }
    assert!(heard >= 585, "{heard} of 599 packets in the last 12 s");
    assert!(late < 60, "{late} late packets");
    let newest = call.viewer.packets.values().rev().find(|got| !got.payload().is_empty()).expect("video");
    assert_eq!(Vp8::read(newest.payload()).layer, 0);
    assert!(newest.at + SECOND > call.world.now, "the picture goes on");
    assert!(matches!(call.told(), Some((Some(0), LayerReason::Bandwidth))), "{:?}", call.told());
}

#[test]
fn a_downlink_that_collapses_drops_what_waits_and_goes_on_at_a_keyframe() {
    let config = RelayConfig { seed: 9, start_bitrate_bps: 5_000_000, ..RelayConfig::default() };
    let mut call = Call::with(World::with(config));
    call.play(2 * SECOND);
    // The receiver itself says that it can take next to nothing, in the middle of a picture.
    for _ in 0..100 {
        let bytes = call.world.peers[call.viewer.peer].rtcp(|out| rtcp::write::remb(out, 1, 60_000, &[70]));
        call.world.send(call.viewer.peer, bytes);
        call.play(20 * MS);
    }
    let before = call.viewer.packets.len();
    call.play(4 * SECOND);
    assert!(matches!(call.told(), Some((_, LayerReason::Bandwidth))), "{:?}", call.told());
    let bits = call.viewer.packets.values().skip(before).map(|got| got.wire_len * 8).sum::<usize>();
    assert!(bits < 4 * 200_000, "{bits} bits in 4 s");
    call.viewer.decode();
}

#[test]
fn switching_stays_whole_when_datagrams_overtake_each_other() {
    for seed in 0..SEEDS {
        let mut call = Call::new(seed);
        call.camera.temporal = seed % 2 == 0;
        call.play(500 * MS);
        call.world.network.jitter = 40 * MS;
        for round in 0..10 {
            let (width, height) = [(320, 180), (1280, 720), (640, 360)][round % 3];
            let want = Want { subscription: 7, width, height, priority: 100, max_temporal: (round % 2) as u8 * 3 };
            call.world.command(Command::SetWants(vec![want]));
            call.play(SECOND);
        }
        call.world.network.jitter = 0;
        call.play(SECOND);
        let frames = call.viewer.decode();
        assert!(frames.len() > 230, "seed {seed}: {} frames decode", frames.len());
    }
}

const SEEDS: u64 = 20;
