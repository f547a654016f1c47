//! Both ends of transport-wide feedback, joined by the bytes on the wire.

use std::collections::BTreeMap;

use proptest::prelude::*;
use relay_control::Micros;
use relay_control::twcc::{FeedbackBuilder, PacketResult, SendLog};
use relay_wire::rtcp::{self, Packet};

const MS: Micros = 1_000;
const SECOND: Micros = 1_000_000;

/// Everything that is due by `now`, one datagram each.
fn drain(builder: &mut FeedbackBuilder, now: Micros) -> Vec<Vec<u8>> {
    let mut datagrams = Vec::new();
    loop {
        let mut datagram = Vec::new();
        if !builder.poll(now, 1, 2, &mut datagram) {
            assert!(datagram.is_empty());
            return datagrams;
        }
        assert!(datagram.len() <= 1150, "{} bytes", datagram.len());
        datagrams.push(datagram);
        assert!(datagrams.len() < 100, "never ends");
    }
}

/// (sequence, absolute arrival in µs) of each status, and the feedback count.
fn statuses(datagram: &[u8]) -> (u8, Vec<(u16, Option<i64>)>) {
    let mut packets = rtcp::parse(datagram);
    let Some(Ok(Packet::TransportFeedback(feedback))) = packets.next() else { panic!("no feedback") };
    assert!(packets.next().is_none());
    assert_eq!((feedback.sender, feedback.media), (1, 2));
    let reference = i64::from(feedback.reference_time_64ms) * 64_000;
    let list = feedback.iter().map(|(sequence, ticks)| (sequence, ticks.map(|ticks| reference + ticks * 250)));
    (feedback.feedback_count, list.collect())
}

/// Arrivals in ms by sequence number, polled at 10 s: what is reported, in ms.
fn reported(arrivals: &[(u16, Micros)]) -> Vec<(u16, Option<i64>)> {
    let mut builder = FeedbackBuilder::new();
    for (sequence, at_ms) in arrivals {
        builder.on_packet(at_ms * MS, *sequence, 1000);
    }
    let datagrams = drain(&mut builder, 100 * SECOND);
    let all = datagrams.iter().flat_map(|datagram| statuses(datagram).1);
    all.map(|(sequence, at)| (sequence, at.map(|us| us / 1000))).collect()
}

type Table<'a> = [(&'a str, &'a [(u16, Micros)], &'a [(u16, Option<i64>)])];

#[test]
fn reports_what_arrived() {
    let table: &Table = &[
        ("in order", &[(7, 1000), (8, 1010)], &[(7, Some(1000)), (8, Some(1010))]),
        ("a gap is a loss", &[(1, 1000), (3, 1001)], &[(1, Some(1000)), (2, None), (3, Some(1001))]),
        ("reordered", &[(1, 1000), (3, 1001), (2, 1009)], &[(1, Some(1000)), (2, Some(1009)), (3, Some(1001))]),
        ("over the wrap", &[(65535, 1000), (1, 1002)], &[(65535, Some(1000)), (0, None), (1, Some(1002))]),
        ("a duplicate keeps its first time", &[(5, 1000), (5, 1020)], &[(5, Some(1000))]),
        ("large deltas", &[(1, 1000), (2, 9000), (3, 9100)], &[(1, Some(1000)), (2, Some(9000)), (3, Some(9100))]),
        ("beyond 16 bits of delta", &[(1, 1000), (2, 19000)], &[(1, Some(1000)), (2, Some(19000))]),
        ("before the first one", &[(5, 1000), (4, 1001)], &[(4, Some(1001)), (5, Some(1000))]),
    ];
    for (name, arrivals, expected) in table {
        assert_eq!(&reported(arrivals), expected, "{name}");
    }
}

#[test]
fn feedback_comes_every_50_to_100_ms_by_rate() {
    for (bps, interval_ms) in [(50_000, 100..=100), (150_000, 70..=75), (1_000_000, 50..=50), (20_000_000, 50..=50)] {
        let mut builder = FeedbackBuilder::new();
        let mut at = Vec::new();
        let mut sequence = 0;
        let gap = 1200 * 8 * SECOND / bps;
        for now in (0..4 * SECOND).step_by(250) {
            if now / gap > sequence {
                sequence += 1;
                builder.on_packet(now, sequence as u16, 1200);
            }
            if !drain(&mut builder, now).is_empty() {
                at.push(now);
            }
        }
        let first_after_warm_up = at.iter().position(|at| *at > SECOND).expect("feedback");
        let last = at.windows(2).skip(first_after_warm_up).map(|pair| (pair[1] - pair[0]) / MS);
        let (least, greatest) = last.fold((u64::MAX, 0), |(a, b), gap| (a.min(gap), b.max(gap)));
        assert!(least >= *interval_ms.start(), "{bps}: {least}");
        assert!(greatest <= interval_ms.end() + gap / MS + 1, "{bps}: {greatest}");
    }
}

#[test]
fn silence_sends_nothing() {
    let mut builder = FeedbackBuilder::new();
    assert_eq!(builder.next_due(), None);
    builder.on_packet(SECOND, 1, 100);
    let due = builder.next_due().expect("one packet waits");
    assert!(drain(&mut builder, due - 1).is_empty());
    assert_eq!(drain(&mut builder, due).len(), 1);
    assert_eq!(builder.next_due(), None);
    assert!(drain(&mut builder, due + 60 * SECOND).is_empty());
}

#[test]
fn a_packet_late_by_a_whole_report_gets_its_own() {
    let mut builder = FeedbackBuilder::new();
    builder.on_packet(1000 * MS, 10, 100);
    builder.on_packet(1000 * MS, 13, 100);
    drain(&mut builder, 1200 * MS);
    for sequence in [12, 14, 11] {
        builder.on_packet(1210 * MS, sequence, 100);
    }
    let datagrams = drain(&mut builder, 1400 * MS);
    let lists: Vec<_> = datagrams.iter().map(|datagram| statuses(datagram)).collect();
    let at = Some(1_210_000);
    assert_eq!(lists, [(1, vec![(11, at), (12, at)]), (2, vec![(14, at)])]);
}

#[test]
fn the_feedback_count_wraps() {
    let mut builder = FeedbackBuilder::new();
    for round in 0..600u64 {
        builder.on_packet(round * SECOND, round as u16, 100);
        let datagrams = drain(&mut builder, round * SECOND + 200 * MS);
        assert_eq!(statuses(&datagrams[0]).0, round as u8);
    }
}

#[test]
fn a_jump_in_the_numbers_stays_bounded() {
    let mut builder = FeedbackBuilder::new();
    for step in 0..50u64 {
        builder.on_packet(step * 10 * MS, (step * 30_000) as u16, 1200);
        builder.on_packet(step * 10 * MS, (step * 30_000 + 2) as u16, 1200);
        for datagram in drain(&mut builder, step * 10 * MS + 5 * MS) {
            assert!(statuses(&datagram).1.iter().any(|status| status.1.is_some()));
        }
    }
    assert!(drain(&mut builder, SECOND).len() < 20);
}

#[test]
fn reference_time_wraps_at_24_bits_on_both_sides() {
    let wrap = (1u64 << 24) * 64 * MS;
    let (mut builder, mut log, mut results) = (FeedbackBuilder::new(), SendLog::new(), Vec::new());
    for step in 0..20u64 {
        let now = wrap - SECOND + step * 100 * MS;
        let sequence = log.on_sent(now, 1000, 0);
        builder.on_packet(now, sequence, 1000);
        hear(&mut log, now + 99 * MS, &drain(&mut builder, now + 99 * MS), &mut results);
    }
    assert!(results.len() >= 18);
    let gaps: Vec<_> = results.windows(2).map(|pair| pair[1].arrived.unwrap() - pair[0].arrived.unwrap()).collect();
    assert!(gaps.iter().all(|gap| *gap == 100 * MS), "{gaps:?}");
}

fn hear(log: &mut SendLog, now: Micros, datagrams: &[Vec<u8>], results: &mut Vec<PacketResult>) {
    for datagram in datagrams {
        for packet in rtcp::parse(datagram) {
            let Ok(Packet::TransportFeedback(feedback)) = packet else { panic!("{packet:?}") };
            log.on_feedback(now, &feedback, results);
        }
    }
}

#[test]
fn results_carry_what_was_sent() {
    let (mut builder, mut log, mut results) = (FeedbackBuilder::new(), SendLog::new(), Vec::new());
    for (sequence, size, cluster) in [(0, 100, 0), (1, 200, 7), (2, 300, 7)] {
        assert_eq!(log.on_sent(SECOND + sequence * MS, size, cluster), sequence as u16);
    }
    assert_eq!(log.in_flight_bytes(), 600);
    builder.on_packet(5 * SECOND, 0, 100);
    builder.on_packet(5 * SECOND + 4 * MS, 2, 300);
    let datagrams = drain(&mut builder, 6 * SECOND);
    hear(&mut log, 2 * SECOND, &datagrams, &mut results);
    let told: Vec<_> = results.iter().map(|r| (r.sequence, r.sent, r.size, r.cluster, r.arrived.is_some())).collect();
    assert_eq!(told, [(0, SECOND, 100, 0, true), (1, SECOND + MS, 200, 7, false), (2, SECOND + 2 * MS, 300, 7, true)]);
    assert_eq!(results[2].arrived.unwrap() - results[0].arrived.unwrap(), 4 * MS);
    assert_eq!(log.in_flight_bytes(), 0);

    results.clear();
    hear(&mut log, 2 * SECOND, &datagrams, &mut results);
    assert_eq!(results, [], "told twice");
}

#[test]
fn reports_about_packets_never_sent_are_passed_over() {
    let (mut builder, mut log, mut results) = (FeedbackBuilder::new(), SendLog::new(), Vec::new());
    builder.on_packet(SECOND, 40, 100);
    let datagrams = drain(&mut builder, 2 * SECOND);
    hear(&mut log, SECOND, &datagrams, &mut results);
    log.on_sent(SECOND, 100, 0);
    hear(&mut log, SECOND, &datagrams, &mut results);
    assert_eq!(results, []);
    assert_eq!(log.in_flight_bytes(), 100);
}

proptest! {
    /// Any order, loss and duplication: each packet is told at most once as received, and every received one is.
    #[test]
    fn every_arrival_is_told_exactly_once(
        start in any::<u16>(),
        fates in prop::collection::vec((0..4u8, 0..40_000u64), 1..800),
    ) {
        let (mut builder, mut log, mut results) = (FeedbackBuilder::new(), SendLog::new(), Vec::new());
        for _ in 0..start {
            log.on_sent(0, 0, 0);
        }
        let mut arrivals = BTreeMap::new();
        for (index, (fate, delay)) in fates.iter().enumerate() {
            let sent = SECOND + index as u64 * 2 * MS;
            let sequence = log.on_sent(sent, 1000, 0);
            // One in four is lost, one in four is late by up to 40 ms: by less than a report.
            match fate {
                0 => {}
                1 => { arrivals.insert((sent + delay, index), sequence); }
                _ => { arrivals.insert((sent, index), sequence); }
            }
        }
        for ((at, _), sequence) in &arrivals {
            hear(&mut log, *at + SECOND, &drain(&mut builder, *at), &mut results);
            builder.on_packet(*at, *sequence, 1000);
            builder.on_packet(*at, *sequence, 1000);
        }
        hear(&mut log, 100 * SECOND, &drain(&mut builder, 100 * SECOND), &mut results);
        let mut received: Vec<_> = results.iter().filter(|r| r.arrived.is_some()).map(|r| r.sequence).collect();
        received.sort_unstable();
        let before = received.len();
        received.dedup();
        prop_assert_eq!(before, received.len(), "told twice");
        // Only more than eight late packets in one report interval may go untold.
        prop_assert!(received.len() + fates.len() / 20 >= arrivals.len(), "{} of {}", received.len(), arrivals.len());
    }

    /// Arrival times survive the wire to a quarter of a millisecond, however long the run.
    #[test]
    fn times_do_not_drift(gaps in prop::collection::vec(0..30_000u64, 2..300)) {
        let (mut builder, mut log, mut results) = (FeedbackBuilder::new(), SendLog::new(), Vec::new());
        let (mut now, mut times) = (SECOND, Vec::new());
        for gap in gaps {
            now += gap;
            times.push(now);
            let sequence = log.on_sent(now, 500, 0);
            builder.on_packet(now, sequence, 500);
            hear(&mut log, now, &drain(&mut builder, now), &mut results);
        }
        hear(&mut log, now + SECOND, &drain(&mut builder, now + SECOND), &mut results);
        prop_assert_eq!(results.len(), times.len());
        for (result, time) in results.iter().zip(&times) {
            let measured = result.arrived.unwrap() - results[0].arrived.unwrap();
            prop_assert!(measured.abs_diff(time - times[0]) <= 250);
        }
    }
}

#[test]
fn an_idle_log_costs_nothing_and_a_busy_one_stays_bounded() {
    let mut log = SendLog::new();
    assert_eq!(log.capacity(), 0);
    log.on_sent(0, 100, 0);
    assert_eq!(log.capacity(), 128);
    for packet in 0..100_000u64 {
        log.on_sent(packet * 100, 1200, 0);
    }
    assert_eq!(log.capacity(), 8192);
}

#[test]
fn a_slow_stream_without_feedback_does_not_grow_the_log() {
    let mut log = SendLog::new();
    for packet in 0..10_000u64 {
        log.on_sent(packet * 30 * MS, 100, 0);
    }
    assert_eq!(log.capacity(), 128);
}
