//! Media from another process: who comes later begins at once, from what is kept.

use crate::world::{Feed, MS, SECOND, Viewer, Vp8, World, published};
use relay::{Command, CommandError, DropReason, Encoding, Event, Kind, LayerReason, Publish, RelayConfig, Want};
use relay_wire::rtcp::{self, Packet, write};

/// Lets time pass for a feed and its viewers.
fn run(world: &mut World, feed: &mut Feed, viewers: &mut [&mut Viewer], duration: u64) {
    for _ in 0..duration / MS {
        feed.work(world);
        world.run(MS);
        viewers.iter_mut().for_each(|viewer| viewer.work(world));
    }
}

fn frames(viewer: &Viewer) -> Vec<u32> {
    viewer.decode().into_iter().map(|(_, frame)| frame).collect()
}

/// (timestamp, publisher's frame) in the order of the numbers.
fn timestamps(viewer: &Viewer) -> Vec<u32> {
    let mut all: Vec<u32> = viewer.packets.values().map(|got| got.header.timestamp).collect();
    all.dedup();
    all
}

fn want(world: &mut World, subscription: u32, tile: (u16, u16)) {
    let (width, height) = tile;
    world.command(Command::SetWants(vec![Want { subscription, width, height, priority: 100, max_temporal: 3 }]));
}

fn pli(world: &mut World, viewer: &Viewer) {
    let ssrc = viewer.ssrc;
    let bytes = world.peers[viewer.peer].rtcp(|out| write::pli(out, 1, ssrc));
    world.send(viewer.peer, bytes);
}

#[test]
fn who_joins_in_mid_group_gets_the_keyframe_and_all_after_it_at_once() {
    let mut world = World::new(1);
    let mut feed = Feed::new(&mut world, 100, 5);
    feed.run(&mut world, 2 * SECOND);
    let (peer, plis) = (world.join(1), feed.plis.len());
    let mut viewer = Viewer::new(peer, 7);
    world.subscribe(peer, 7, 5, Kind::Video);
    let (joined, edge) = (world.now, feed.frame);
    run(&mut world, &mut feed, &mut [&mut viewer], 100 * MS);
    let seen = frames(&viewer);
    assert_eq!(seen[..edge as usize], (0..edge).collect::<Vec<_>>(), "the group up to the live edge");
    let first = viewer.packets.values().next().expect("something came").at;
    let last = viewer.packets.values().nth(3 * edge as usize - 1).expect("the whole group").at;
    assert!(first < joined + 40 * MS && last < joined + 60 * MS, "{first} {last} {joined}");
    assert_eq!(feed.plis.len(), plis, "nobody had to be asked");
    run(&mut world, &mut feed, &mut [&mut viewer], 2 * SECOND);
    assert_eq!(frames(&viewer), (0..feed.frame).collect::<Vec<_>>(), "nothing missing, nothing doubled");
    assert_eq!((viewer.holes(world.now, 0), viewer.repaired), (0, 0));
    let steps: Vec<u32> = timestamps(&viewer).windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    let (replayed, live) = steps.split_at(edge as usize - 1);
    assert!(replayed.iter().all(|step| *step == 9), "{replayed:?}");
    assert!(live[1..].iter().all(|step| *step == 33 * 90), "{live:?}");
    assert!(world.events.contains(&Event::Layer {
        subscription: 7,
        layer: Some(0),
        temporal: 3,
        reason: LayerReason::Fits
    }));
}

#[test]
fn a_decoder_that_lost_its_reference_is_answered_from_what_is_kept_and_the_request_passed_on() {
    let (mut world, mut feed, mut viewer) = watching(2, 4 * SECOND);
    let edge = feed.frame;
    for _ in 0..20 {
        pli(&mut world, &viewer);
        run(&mut world, &mut feed, &mut [&mut viewer], 10 * MS);
    }
    run(&mut world, &mut feed, &mut [&mut viewer], 500 * MS);
    let seen = frames(&viewer);
    let again: Vec<usize> = (1..seen.len()).filter(|&at| seen[at] != seen[at - 1] + 1).collect();
    assert_eq!(again.len(), 1, "once in 500 ms: {seen:?}");
    let restart = again[0];
    assert!((edge..edge + 3).contains(&(seen[restart - 1] + 1)), "at once");
    assert_eq!(seen[restart..], (100..feed.frame).collect::<Vec<_>>(), "from the newest keyframe to the live edge");
    assert!((1..=2).contains(&feed.plis.len()), "{:?}", feed.plis);
    run(&mut world, &mut feed, &mut [&mut viewer], SECOND);
    assert_eq!((frames(&viewer).last(), viewer.holes(world.now, 0)), (Some(&(feed.frame - 1)), 0));
    assert!(feed.plis.windows(2).all(|pair| pair[1] - pair[0] >= 500 * MS), "{:?}", feed.plis);
}

#[test]
fn what_was_hidden_is_shown_from_what_is_kept_and_its_clock_goes_on() {
    let (mut world, mut feed, mut viewer) = watching(3, SECOND);
    want(&mut world, 7, (0, 0));
    run(&mut world, &mut feed, &mut [&mut viewer], 5 * SECOND);
    let hidden = viewer.packets.len();
    want(&mut world, 7, (640, 360));
    let (shown, edge) = (world.now, feed.frame);
    run(&mut world, &mut feed, &mut [&mut viewer], 500 * MS);
    let (_, first) = viewer.packets.iter().nth(hidden).expect("shown again");
    assert!(first.at < shown + 40 * MS);
    let seen = frames(&viewer);
    let restart = seen.windows(2).position(|pair| pair[1] != pair[0] + 1).expect("a leap") + 1;
    assert_eq!(seen[restart..], (100..feed.frame).collect::<Vec<_>>());
    // The live edge is where it would be had nothing been hidden: the replayed frames are squeezed in before it.
    let of = |frame: u32| timestamps(&viewer)[seen.iter().position(|other| *other == frame).expect("seen")];
    assert_eq!(of(edge + 5).wrapping_sub(of(20)), (edge + 5 - 20) * 33 * 90);
}

#[test]
fn a_group_that_is_too_big_gives_its_keyframe_only_and_says_that_it_waits() {
    let mut world = World::new(4);
    let mut feed = Feed::new(&mut world, 100, 5);
    (feed.group, feed.packets_per_frame, feed.packet_len) = (300, 20, 1200);
    feed.run(&mut world, 8 * SECOND);
    let peer = world.join(1);
    let mut viewer = Viewer::new(peer, 7);
    world.subscribe(peer, 7, 5, Kind::Video);
    run(&mut world, &mut feed, &mut [&mut viewer], 300 * MS);
    assert_eq!((frames(&viewer), viewer.packets.len()), (vec![0], 20));
    let waiting = Event::Layer { subscription: 7, layer: None, temporal: 0, reason: LayerReason::WaitingKeyframe };
    let told: Vec<_> = world.events.iter().filter(|event| matches!(event, Event::Layer { .. })).collect();
    assert_eq!(told.last(), Some(&&waiting));
    assert!(!feed.plis.is_empty(), "a keyframe is asked for");
    run(&mut world, &mut feed, &mut [&mut viewer], 300 * MS);
    pli(&mut world, &viewer);
    run(&mut world, &mut feed, &mut [&mut viewer], 300 * MS);
    assert_eq!((frames(&viewer), viewer.packets.len()), (vec![0, 0], 40), "the picture once more");
    run(&mut world, &mut feed, &mut [&mut viewer], 3 * SECOND);
    assert_eq!(frames(&viewer)[2..], (300..feed.frame).collect::<Vec<_>>());
    assert_eq!(viewer.holes(world.now, 0), 0);
}

#[test]
fn another_process_takes_over_at_once_and_the_viewer_sees_one_stream() {
    let (mut world, mut feed, mut viewer) = watching(5, 2 * SECOND);
    let last = feed.frame - 1;
    feed.replace(&mut world);
    // Nobody begins with what the one before left behind.
    let early = world.join(1);
    world.subscribe(early, 9, 5, Kind::Video);
    world.run(20 * MS);
    assert!(world.peers[early].stream(90).is_empty());
    let now = world.now;
    let first = feed.frame;
    run(&mut world, &mut feed, &mut [&mut viewer], SECOND);
    let seen = frames(&viewer);
    let place = seen.iter().position(|frame| *frame == first).expect("the new one is seen");
    assert_eq!(seen[place - 1], last);
    assert_eq!(seen[place..], (first..feed.frame).collect::<Vec<_>>());
    let (_, got) = viewer.packets.iter().nth(3 * place).expect("its first packet");
    assert!(got.at <= now + 50 * MS, "no silence is waited for: {} {now}", got.at);
    assert_eq!(viewer.holes(world.now, 0), 0);
    let stamps = timestamps(&viewer);
    assert!((25 * 90..80 * 90).contains(&stamps[place].wrapping_sub(stamps[place - 1])), "time goes on by the clock");
    // Who joins now begins in the new stream.
    let peer = world.join(1);
    let mut late = Viewer::new(peer, 8);
    world.subscribe(peer, 8, 5, Kind::Video);
    run(&mut world, &mut feed, &mut [&mut viewer, &mut late], 200 * MS);
    assert_eq!(frames(&late), (first..feed.frame).collect::<Vec<_>>());
}

#[test]
fn sender_reports_carry_the_sources_clock_also_after_a_replay() {
    let (mut world, mut feed, mut viewer) = watching(6, SECOND);
    run(&mut world, &mut feed, &mut [&mut viewer], 3 * SECOND);
    let before = sender_reports(&world, &viewer).len();
    assert!(before >= 3, "{before}");
    // A replay moves the clock: that is told at once, in the middle of the second between two reports.
    while world.now % SECOND != 500 * MS {
        run(&mut world, &mut feed, &mut [&mut viewer], MS);
    }
    let before = sender_reports(&world, &viewer).len();
    pli(&mut world, &viewer);
    run(&mut world, &mut feed, &mut [&mut viewer], 100 * MS);
    let reports = sender_reports(&world, &viewer);
    assert_eq!(reports.len(), before + 1);
    // What a receiver does: the report says when a timestamp was now. A frame leaves as it is taken.
    assert_true_clock(&world, &viewer);
}

#[test]
fn no_clock_is_told_while_catching_up() {
    let mut world = World::new(14);
    let mut feed = Feed::new(&mut world, 100, 5);
    feed.group = 300;
    let mut viewer = slow_viewer(&mut world, &mut feed);
    run(&mut world, &mut feed, &mut [&mut viewer], 500 * MS);
    assert!(viewer.packets.len() > 100 && sender_reports(&world, &viewer).is_empty());
    run(&mut world, &mut feed, &mut [&mut viewer], 3 * SECOND);
    assert_eq!(frames(&viewer), (0..feed.frame).collect::<Vec<_>>());
    assert_true_clock(&world, &viewer);
}

#[test]
fn a_lossy_path_repairs_replayed_packets_too() {
    for seed in 0..4 {
        let mut world = World::new(10 + seed);
        world.network.delay = 10 * MS;
        let mut feed = Feed::new(&mut world, 100, 5);
        feed.group = 60;
        feed.run(&mut world, 3800 * MS);
        let peer = world.join(1);
        run(&mut world, &mut feed, &mut [], 50 * MS);
        world.network.loss_down = 50;
        let mut viewer = Viewer::new(peer, 7);
        world.subscribe(peer, 7, 5, Kind::Video);
        let mut viewers = [&mut viewer];
        run(&mut world, &mut feed, &mut viewers, 2 * SECOND);
        world.network.loss_down = 0;
        run(&mut world, &mut feed, &mut viewers, 500 * MS);
        assert!(viewer.repaired > 10, "seed {seed}: {}", viewer.repaired);
        // Losses at the very beginning are unknown to the receiver; all that it missed it has, with the right bytes.
        let seen = frames(&viewer);
        let newest = *seen.last().expect("frames");
        assert!(newest + 2 >= feed.frame, "seed {seed}: {newest} of {}", feed.frame);
        assert_eq!(seen[seen.len() - 60..], (newest - 59..=newest).collect::<Vec<_>>(), "seed {seed}");
        assert_eq!(viewer.holes(world.now, 500 * MS), 0, "seed {seed}");
    }
}

#[test]
fn what_has_gone_is_refused_by_name_and_nothing_else_is_sent() {
    let (mut world, mut feed, mut viewer) = watching(7, SECOND);
    let (&old, _) = viewer.packets.first_key_value().expect("a first packet");
    feed.group = 20;
    run(&mut world, &mut feed, &mut [&mut viewer], 20 * SECOND);
    let before = world.drops(DropReason::NackTooOld);
    let bytes = world.peers[viewer.peer].rtcp(|out| {
        write::nack(out, 1, 70, &[old as u16]);
    });
    world.send(viewer.peer, bytes);
    run(&mut world, &mut feed, &mut [&mut viewer], 100 * MS);
    assert_eq!((world.drops(DropReason::NackTooOld), viewer.repaired), (before + 1, 0));
}

#[test]
fn nothing_of_a_pause_is_ever_seen() {
    let (mut world, mut feed, mut viewer) = watching(8, SECOND);
    world.command(Command::PauseTrack { track: 5, paused: true });
    let paused = feed.frame;
    run(&mut world, &mut feed, &mut [&mut viewer], 4 * SECOND);
    world.command(Command::PauseTrack { track: 5, paused: false });
    let on = feed.frame;
    run(&mut world, &mut feed, &mut [&mut viewer], 4 * SECOND);
    let seen = frames(&viewer);
    assert!(!seen.iter().any(|frame| (paused..on).contains(frame)), "{seen:?}");
    assert_eq!(seen.last(), Some(&(feed.frame - 1)));
    assert!(!feed.plis.is_empty(), "a keyframe is asked for");
}

#[test]
fn a_start_on_an_unknown_path_waits_for_no_estimate() {
    let mut world = World::with(RelayConfig { seed: 9, ..RelayConfig::default() });
    let mut feed = Feed::new(&mut world, 100, 5);
    // 4 Mbit/s against a first guess of 1 Mbit/s.
    feed.packets_per_frame = 16;
    feed.run(&mut world, 2 * SECOND);
    let peer = world.join(1);
    let mut viewer = Viewer::new(peer, 7);
    world.subscribe(peer, 7, 5, Kind::Video);
    let joined = world.now;
    run(&mut world, &mut feed, &mut [&mut viewer], 5 * SECOND);
    let at = |packet: usize| viewer.packets.values().nth(packet).expect("so many").at - joined;
    assert!(at(0) < 20 * MS && at(200) < 150 * MS, "{} {}", at(0), at(200));
    assert_eq!(frames(&viewer).last(), Some(&(feed.frame - 1)));
    let behind = viewer.packets.values().filter(|got| got.at > joined + 2 * SECOND);
    assert!(behind.count() > 16 * 30 * 5 / 2, "never stops again");
}

#[test]
fn a_narrow_path_gets_the_newest_group_and_never_the_whole_past() {
    let mut world = World::new(11);
    let mut feed = Feed::new(&mut world, 100, 5);
    feed.packets_per_frame = 4;
    feed.group = 60;
    feed.run(&mut world, 1900 * MS);
    let peer = world.join(1);
    world.network.bottleneck = Some((peer, 1_500_000));
    let mut viewer = Viewer::new(peer, 7);
    world.subscribe(peer, 7, 5, Kind::Video);
    run(&mut world, &mut feed, &mut [&mut viewer], 12 * SECOND);
    let seen = frames(&viewer);
    assert!(seen.windows(2).all(|pair| pair[1] > pair[0] || feed.keyframes.contains(&pair[1])), "{seen:?}");
    assert!(feed.frame - seen[seen.len() - 1] < 60, "not far behind: {:?} of {}", seen.last(), feed.frame);
}

#[test]
fn commands_that_fit_no_injector_are_refused() {
    let mut world = World::new(12);
    let feed = Feed::new(&mut world, 100, 5);
    let (peer, now) = (world.join(1), world.now);
    let (ufrag, pwd) = ("other".to_string(), "x".repeat(24));
    let layers = vec![Encoding::default(), Encoding::default()];
    let table = [
        (Command::RestartIce { transport: 100, ufrag, pwd }, CommandError::WrongTransport),
        (Command::Inject { transport: peer as u32 }, CommandError::WrongTransport),
        (Command::Inject { transport: 999 }, CommandError::UnknownTransport),
        (Command::AddInjector { transport: 100, room: 1 }, CommandError::DuplicateId),
        (Command::Publish(Publish { encodings: layers, ..published(100, 6) }), CommandError::BadParameters),
    ];
    for (command, error) in table {
        assert_eq!(world.relay.command(now, command), Err(error));
    }
    world.command(Command::CloseTransport { transport: feed.transport });
    assert!(world.events.is_empty() || world.events.iter().all(|event| !matches!(event, Event::Receiving { .. })));
}

/// A feed in its first group, and somebody who watches it.
fn watching(seed: u64, duration: u64) -> (World, Feed, Viewer) {
    let mut world = World::new(seed);
    let mut feed = Feed::new(&mut world, 100, 5);
    let peer = world.join(1);
    let mut viewer = Viewer::new(peer, 7);
    world.subscribe(peer, 7, 5, Kind::Video);
    run(&mut world, &mut feed, &mut [&mut viewer], duration);
    feed.plis.clear();
    (world, feed, viewer)
}

/// 90 frames of 3 KB are waiting for it, and 2.5 Mbit/s is the pace of an estimate of 1 Mbit/s.
fn slow_viewer(world: &mut World, feed: &mut Feed) -> Viewer {
    feed.run(world, 3 * SECOND);
    let peer = world.join(1);
    let bytes = world.peers[peer].rtcp(|out| write::remb(out, 1, 1_000_000, &[]));
    world.subscribe(peer, 7, 5, Kind::Video);
    want(world, 7, (0, 0));
    world.send(peer, bytes);
    feed.run(world, 50 * MS);
    want(world, 7, (640, 360));
    Viewer::new(peer, 7)
}

/// By the last report the newest frame was taken when it left.
fn assert_true_clock(world: &World, viewer: &Viewer) {
    let (ntp, rtp) = *sender_reports(world, viewer).last().expect("a report");
    let (_, newest) = viewer.packets.last_key_value().expect("a newest packet");
    let behind = i64::from(newest.header.timestamp.wrapping_sub(rtp) as i32);
    let real = ((relay_ntp(newest.at).wrapping_sub(ntp) as i64) * 90_000) >> 32;
    assert!((behind - real).abs() <= 2 * 90, "{behind} ticks by the report, {real} by the clock");
}

/// The (NTP, RTP) pairs that the viewer was told.
fn sender_reports(world: &World, viewer: &Viewer) -> Vec<(u64, u32)> {
    let packets = world.peers[viewer.peer].rtcp.iter().flat_map(|datagram| rtcp::parse(datagram).flatten());
    let reports = packets.filter_map(|packet| match packet {
        Packet::SenderReport { ssrc, ntp, rtp, .. } if ssrc == viewer.ssrc => Some((ntp, rtp)),
        _ => None,
    });
    reports.collect()
}

/// The relay's clock: its anchor is zero in a test.
fn relay_ntp(now: u64) -> u64 {
    ((now / SECOND) << 32) | (((now % SECOND) << 32) / SECOND)
}

#[test]
fn who_is_still_catching_up_goes_on_with_a_newer_keyframe() {
    let mut world = World::new(13);
    let mut feed = Feed::new(&mut world, 100, 5);
    let mut viewer = slow_viewer(&mut world, &mut feed);
    run(&mut world, &mut feed, &mut [&mut viewer], 2 * SECOND);
    let seen = frames(&viewer);
    let leap = seen.windows(2).position(|pair| pair[1] != pair[0] + 1).expect("a leap") + 1;
    assert_eq!(seen[..leap], (0..leap as u32).collect::<Vec<_>>());
    assert!((10..95).contains(&leap), "{leap}");
    assert_eq!(seen[leap..], (100..feed.frame).collect::<Vec<_>>());
    assert_eq!(viewer.packets.len(), 3 * seen.len(), "whole frames only");
    assert_eq!(viewer.holes(world.now, 0), 0);
}

#[test]
fn whatever_happens_the_stream_is_one_that_decodes() {
    for seed in 1..=12u64 {
        let (mut world, mut feed, mut viewer) = watching(20 + seed, 500 * MS);
        let mut dice = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        feed.group = 40 + 10 * seed as u32;
        for _ in 0..200 {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            match dice % 12 {
                0 => want(&mut world, 7, (0, 0)),
                1..=3 => want(&mut world, 7, (640, 360)),
                4..=6 => pli(&mut world, &viewer),
                7 => feed.replace(&mut world),
                8 => world.command(Command::PauseTrack { track: 5, paused: true }),
                9 | 10 => world.command(Command::PauseTrack { track: 5, paused: false }),
                // What the sender had no room for.
                _ => drop(feed.next_frame(world.now)),
            }
            run(&mut world, &mut feed, &mut [&mut viewer], (dice >> 32) % 150 * MS);
        }
        let before = frames(&viewer).len();
        world.command(Command::PauseTrack { track: 5, paused: false });
        want(&mut world, 7, (640, 360));
        run(&mut world, &mut feed, &mut [&mut viewer], 8 * SECOND);
        assert!(frames(&viewer).len() > before + 60, "seed {seed}");
        assert_eq!(frames(&viewer).last(), Some(&(feed.frame - 1)), "seed {seed}");
    }
}

#[test]
fn a_start_needs_no_packet_of_the_source() {
    let (mut world, mut feed, _) = watching(40, SECOND);
    let peer = world.join(1);
    let mut viewer = Viewer::new(peer, 8);
    world.subscribe(peer, 8, 5, Kind::Video);
    // A camera that sends a picture in a long while.
    for _ in 0..60 {
        world.run(MS);
        viewer.work(&mut world);
    }
    assert_eq!(frames(&viewer), (0..feed.frame).collect::<Vec<_>>());
    run(&mut world, &mut feed, &mut [&mut viewer], SECOND);
    assert_eq!(frames(&viewer), (0..feed.frame).collect::<Vec<_>>());
}

#[test]
fn a_second_request_waits_until_half_a_second_after_the_first_answer() {
    let (mut world, mut feed, mut viewer) = watching(41, SECOND);
    let sent = viewer.packets.len();
    pli(&mut world, &viewer);
    run(&mut world, &mut feed, &mut [&mut viewer], 350 * MS);
    pli(&mut world, &viewer);
    run(&mut world, &mut feed, &mut [&mut viewer], SECOND);
    let starts: Vec<_> =
        viewer.packets.values().skip(sent).filter(|got| Vp8::read(got.payload()).keyframe).map(|got| got.at).collect();
    assert_eq!(starts.len(), 2);
    assert!((500 * MS..600 * MS).contains(&(starts[1] - starts[0])), "{starts:?}");
}

#[test]
fn a_keyframe_wanted_of_a_stream_that_has_not_begun_costs_no_turns() {
    let (mut world, mut feed, viewer) = watching(42, SECOND);
    feed.replace(&mut world);
    pli(&mut world, &viewer);
    world.run(100 * MS);
    let (mut turns, end) = (0, world.now + SECOND);
    while world.relay.next_timeout() < end {
        let now = world.relay.next_timeout();
        world.relay.tick(now);
        turns += 1;
    }
    assert!(turns < 30, "{turns}");
}
