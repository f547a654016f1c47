//! A tap that does not read, and one whose process is gone, cost nobody else anything.

use crate::injected_nonsense::Dice;
use crate::world::{Camera, MS, OPUS_PT, SECOND, Sent, Tap, Vp8, World};
use relay::{Command, DropReason, Kind, Want};

const TAP: u32 = 200;

/// A camera and a microphone, tapped.
struct Tapped {
    world: World,
    camera: Camera,
    tap: Tap,
    heard: u64,
}

impl Tapped {
    fn new(seed: u64) -> Tapped {
        let mut world = World::new(seed);
        let sender = world.join(1);
        world.publish_video(sender, 5, &[]);
        world.publish_audio(sender, 6);
        let tap = Tap::new(&mut world, TAP);
        tap.subscribe(&mut world, 7, 5, Kind::Video);
        tap.subscribe(&mut world, 8, 6, Kind::Audio);
        Tapped { world, camera: Camera::plain(sender, 5), tap, heard: 0 }
    }

    fn play(&mut self, duration: u64) {
        for step in 0..duration / MS {
            self.camera.work(&mut self.world);
            if step % 20 == 0 {
                let elements = [crate::world::ext(crate::world::MID, b"a6")];
                let sent = Sent { ext: &elements, pt: OPUS_PT, ..Sent::opus(self.heard, &[5; 60]) };
                let bytes = self.world.peers[self.camera.peer].rtp(&sent);
                self.world.send(self.camera.peer, bytes);
                self.heard += 1;
            }
            self.world.run(MS);
            self.tap.work(&mut self.world);
        }
    }

    /// The socket has room again.
    fn drain(&mut self) {
        self.world.full.remove(&TAP);
        self.world.relay.local_writable(self.world.now, TAP);
    }

    /// The first video packet after `count` of them.
    fn first_after(&self, count: usize) -> Vp8 {
        let got = self.tap.streams[&70].packets.values().nth(count).expect("more video");
        Vp8::read(got.payload())
    }
}

#[test]
fn video_goes_on_at_a_keyframe_and_sound_as_soon_as_there_is_room() {
    let mut tapped = Tapped::new(1);
    tapped.play(2 * SECOND);
    let (video, plis) = (tapped.tap.count(7), tapped.camera.layers[0].plis);
    tapped.world.full.insert(TAP);
    tapped.play(50 * MS);
    // Room for small packets, not yet for a whole buffer's quarter.
    tapped.world.full.remove(&TAP);
    let sound = tapped.tap.count(8);
    tapped.play(3 * SECOND);
    assert!(tapped.tap.count(8) >= sound + 149, "sound goes on");
    assert_eq!(tapped.tap.count(7), video, "no half pictures");
    assert_eq!(tapped.camera.layers[0].plis, plis, "no keyframe is asked for that could not be taken");
    assert!(tapped.world.drops(DropReason::TapFull) > 3 * 90);
    let drained = tapped.world.now;
    tapped.drain();
    tapped.play(SECOND);
    assert_eq!(tapped.camera.layers[0].plis, plis + 1);
    assert!(tapped.first_after(video).keyframe);
    let numbers: Vec<u64> = tapped.tap.streams[&70].packets.keys().copied().skip(video - 1).take(2).collect();
    assert_eq!(numbers[1], numbers[0] + 2, "one number is left out: the reader knows that something is missing");
    let at = tapped.tap.streams[&70].packets.values().nth(video).expect("more video").at;
    assert!(at < drained + 100 * MS, "{at} {drained}");
    assert!(tapped.tap.decode(7).len() > 60 + 25, "every frame decodes");
}

#[test]
fn a_tap_that_is_always_too_slow_costs_a_keyframe_in_half_a_second_at_most() {
    let mut tapped = Tapped::new(2);
    tapped.play(2 * SECOND);
    let plis = tapped.camera.layers[0].plis;
    for _ in 0..500 {
        tapped.world.full.insert(TAP);
        tapped.play(15 * MS);
        tapped.drain();
        tapped.play(5 * MS);
    }
    let asked = tapped.camera.layers[0].plis - plis;
    assert!((5..=20).contains(&asked), "{asked} in 10 s");
    tapped.play(2 * SECOND);
    let newest = tapped.tap.streams[&70].packets.values().last().expect("video").at;
    assert!(newest + 50 * MS > tapped.world.now, "and it goes on");
    tapped.tap.decode(7);
}

#[test]
fn without_a_socket_everything_is_dropped_by_name_and_another_one_goes_on() {
    let mut tapped = Tapped::new(3);
    tapped.play(2 * SECOND);
    let (video, sound, reports) = (tapped.tap.count(7), tapped.tap.count(8), tapped.tap.reports(7).len());
    let plis = tapped.camera.layers[0].plis;
    tapped.world.relay.local_closed(TAP);
    tapped.play(2 * SECOND);
    assert_eq!((tapped.tap.count(7), tapped.tap.count(8)), (video, sound));
    assert!(tapped.world.drops(DropReason::TapClosed) > 250);
    assert_eq!(tapped.camera.layers[0].plis, plis);
    tapped.world.command(Command::Inject { transport: TAP });
    tapped.play(SECOND);
    assert!(tapped.first_after(video).keyframe);
    assert!(tapped.tap.count(7) > video + 70 && tapped.tap.count(8) > sound + 45);
    assert!(tapped.tap.reports(7).len() > reports);
    assert_eq!(tapped.camera.layers[0].plis, plis + 1);
    tapped.tap.decode(7);
}

#[test]
fn a_socket_that_comes_after_the_subscriptions_finds_them() {
    let mut world = World::new(4);
    let sender = world.join(1);
    world.publish_video(sender, 5, &[]);
    world.command(Command::AddInjector { transport: TAP, room: 1 });
    let tap = Tap { transport: TAP, streams: std::collections::BTreeMap::new(), rtcp: vec![] };
    tap.subscribe(&mut world, 7, 5, Kind::Video);
    let mut tapped = Tapped { world, camera: Camera::plain(sender, 5), tap, heard: 0 };
    tapped.play(SECOND);
    assert_eq!(tapped.tap.count(7), 0);
    tapped.world.command(Command::Inject { transport: TAP });
    tapped.play(SECOND);
    assert!(tapped.tap.decode(7).len() > 25);
}

#[test]
fn whatever_happens_what_comes_is_a_stream_that_decodes() {
    for seed in 1..=10u64 {
        let mut tapped = Tapped::new(10 + seed);
        tapped.play(500 * MS);
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        tapped.world.network.loss_up = 10;
        let shown = Want { subscription: 7, width: 640, height: 360, priority: 100, max_temporal: 3 };
        for _ in 0..150 {
            match dice.below(10) {
                0 => drop(tapped.world.full.insert(TAP)),
                1..=3 => tapped.drain(),
                4 => tapped.world.relay.local_closed(TAP),
                5 => tapped.world.command(Command::Inject { transport: TAP }),
                6 => tapped.world.command(Command::SetWants(vec![Want { width: 0, height: 0, ..shown }])),
                7 => tapped.world.command(Command::SetWants(vec![shown])),
                8 => tapped.world.command(Command::PauseTrack { track: 5, paused: dice.below(2) == 0 }),
                _ => tapped.tap.send(&mut tapped.world, |out| relay_wire::rtcp::write::pli(out, 1, 70)),
            }
            tapped.play(dice.below(150) * MS);
        }
        let before = tapped.tap.decode(7).len();
        tapped.world.command(Command::PauseTrack { track: 5, paused: false });
        tapped.world.command(Command::SetWants(vec![shown]));
        tapped.world.full.remove(&TAP);
        tapped.world.command(Command::Inject { transport: TAP });
        tapped.play(3 * SECOND);
        assert!(tapped.tap.decode(7).len() > before + 60, "seed {seed}");
    }
}
