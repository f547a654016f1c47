//! The token bucket and the schedule of probes.

use proptest::prelude::*;
use relay_control::Micros;
use relay_control::estimate::Probe;
use relay_control::pace::Pacer;

const SECOND: Micros = 1_000_000;
const MS: Micros = 1_000;

/// Bytes that leave within `duration` when there is always more, flushed every `tick`.
fn drain(pacer: &mut Pacer, from: Micros, duration: Micros, tick: Micros) -> usize {
    let mut total = 0;
    for now in (from..from + duration).step_by(tick as usize) {
        let allowed = pacer.allowance(now);
        pacer.spent(allowed);
        total += allowed;
    }
    total
}

#[test]
fn lasting_rate_is_two_and_a_half_times_the_estimate() {
    for (estimate_bps, tick) in [(100_000, MS), (1_000_000, MS), (1_000_000, 7 * MS), (30_000_000, 100)] {
        let mut pacer = Pacer::new(0, estimate_bps);
        drain(&mut pacer, 0, SECOND, tick);
        let bytes = drain(&mut pacer, SECOND, 10 * SECOND, tick) as u64;
        let expected = estimate_bps * 10 / 8 * 5 / 2;
        assert!(bytes.abs_diff(expected) * 100 <= expected * 3, "{estimate_bps} every {tick}: {bytes} of {expected}");
    }
}

#[test]
fn a_frame_leaves_at_once_and_a_flood_does_not() {
    let mut pacer = Pacer::new(0, 1_000_000);
    // 40 ms of 2.5 Mbit/s.
    assert_eq!(pacer.allowance(0), 12_500);
    pacer.spent(12_500);
    assert_eq!(pacer.allowance(0), 0);
    // Idle time does not add up beyond the bucket.
    assert_eq!(pacer.allowance(60 * SECOND), 12_500);
}

#[test]
fn what_does_not_ask_delays_what_asks() {
    let mut pacer = Pacer::new(0, 1_000_000);
    assert_eq!(pacer.next_wake(0), None);
    pacer.spent(12_500 + 3_125);
    assert_eq!(pacer.allowance(0), 0);
    // 3125 bytes of debt at 2.5 Mbit/s.
    let wake = pacer.next_wake(0).expect("in debt");
    assert!((10 * MS..=10 * MS + 2).contains(&wake), "{wake}");
    assert_eq!(pacer.allowance(wake - 3), 0);
    assert!(pacer.allowance(wake) > 0);
}

#[test]
fn a_debt_is_bounded() {
    let mut pacer = Pacer::new(0, 1_000_000);
    pacer.spent(usize::MAX);
    assert!(pacer.next_wake(0).expect("in debt") <= 200 * MS);
}

#[test]
fn a_lower_rate_takes_effect_at_once() {
    let mut pacer = Pacer::new(0, 10_000_000);
    pacer.set_rate(0, 1_000_000);
    assert_eq!(pacer.allowance(0), 12_500);
}

#[test]
fn a_probe_goes_out_at_its_rate_and_ends() {
    let probe = Probe { cluster: 3, bitrate_bps: 4_000_000, bytes: 12_500 };
    let mut pacer = Pacer::new(0, 1_000_000);
    pacer.start_probe(SECOND, probe);
    assert_eq!(pacer.cluster(), 3);
    let (mut now, mut total, mut steps) = (SECOND, 0, 0);
    while pacer.cluster() != 0 {
        let due = pacer.padding(now);
        pacer.spent(due);
        total += due;
        steps += u32::from(due > 0);
        // After the last step only the overdrawn bucket may ask for a flush.
        now = pacer.next_wake(now).unwrap_or(now + 1);
        assert!(now < 2 * SECOND, "never ends");
    }
    assert_eq!((total, steps), (12_500, 5));
    assert_eq!(pacer.padding(now), 0);
}

#[test]
fn media_counts_towards_the_probe() {
    let mut pacer = Pacer::new(0, 1_000_000);
    pacer.start_probe(0, Probe { cluster: 1, bitrate_bps: 4_000_000, bytes: 12_500 });
    pacer.spent(2_000);
    assert_eq!(pacer.padding(0), 500);
    pacer.spent(500);
    assert_eq!(pacer.padding(0), 0);
    pacer.spent(10_000);
    assert_eq!(pacer.cluster(), 0);
}

#[test]
fn a_probe_without_padding_source_is_given_up() {
    let mut pacer = Pacer::new(0, 1_000_000);
    pacer.start_probe(0, Probe { cluster: 1, bitrate_bps: 4_000_000, bytes: 12_500 });
    assert!(pacer.padding(200 * MS) > 0);
    assert_eq!(pacer.padding(201 * MS), 0);
    assert_eq!(pacer.cluster(), 0);
}

proptest! {
    /// However flushed and whatever overdrawn, the long-term rate holds.
    #[test]
    fn never_faster_than_the_rate(
        bps in 10_000..50_000_000u64,
        steps in prop::collection::vec((0..20_000u64, 0..20_000usize), 1..200),
    ) {
        let mut pacer = Pacer::new(0, bps);
        let (mut now, mut sent) = (0, 0u64);
        for (pause, waiting) in steps {
            now += pause;
            let allowed = pacer.allowance(now).min(waiting);
            pacer.spent(allowed);
            sent += allowed as u64;
        }
        let rate = bps * 5 / 2 + 1;
        let earned = rate * now / 8_000_000 + (rate / 25 / 8).max(2_400) + 1_200 + 1;
        prop_assert!(sent <= earned, "{} of {}", sent, earned);
    }
}

#[test]
fn a_hurry_is_twenty_megabits_for_so_many_bytes_and_a_mebibyte_in_all() {
    let mut pacer = Pacer::new(0, 1_000_000);
    let ordinary = drain(&mut Pacer::new(0, 1_000_000), 0, 100 * MS, MS);
    pacer.hurry(0, 256 << 10);
    let hurried = drain(&mut pacer, 0, 100 * MS, MS);
    assert!(ordinary < 50_000 && (200_000..280_000).contains(&hurried), "{ordinary} {hurried}");
    let mut total = hurried;
    for round in 1..100 {
        pacer.hurry(round * 100 * MS, 256 << 10);
        pacer.hurry(round * 100 * MS, 256 << 10);
        total += drain(&mut pacer, round * 100 * MS, 100 * MS, MS);
    }
    // Ten seconds of 2.5 Mbit/s, and the mebibyte.
    assert!((3_000_000..4_300_000).contains(&total), "{total}");
    // A faster path is not slowed down.
    let mut fast = Pacer::new(0, 30_000_000);
    let before = drain(&mut fast, 0, SECOND, MS);
    fast.hurry(SECOND, 256 << 10);
    assert!(drain(&mut fast, SECOND, SECOND, MS) * 10 > before * 9);
}
