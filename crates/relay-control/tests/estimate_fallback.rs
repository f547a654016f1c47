//! The estimate where the peer gives no transport-wide feedback.

use relay_control::Micros;
use relay_control::estimate::{Config, Estimator};
use relay_control::twcc::PacketResult;

const SECOND: Micros = 1_000_000;

fn estimator() -> Estimator {
    Estimator::new(0, Config::default())
}

/// Sends at `bps` with a receiver report of `fraction` each second.
fn reports(estimator: &mut Estimator, from_s: u64, seconds: u64, bps: usize, fraction: u8) {
    for tick in from_s * 100..(from_s + seconds) * 100 {
        let now = tick * SECOND / 100;
        estimator.on_sent(now, bps / 800);
        if tick.is_multiple_of(100) {
            estimator.on_loss_report(now, fraction);
        }
        estimator.poll(now);
    }
}

#[test]
fn remb_is_the_estimate_both_ways() {
    let mut estimator = estimator();
    for (second, remb) in [2_000_000, 400_000, 5_000_000].into_iter().enumerate() {
        let now = second as u64 * SECOND;
        estimator.on_remb(now, remb);
        assert_eq!(estimator.poll(now), Some(remb));
        assert_eq!(estimator.bps(), remb);
    }
}

#[test]
fn remb_stays_within_the_bounds() {
    let mut estimator = estimator();
    estimator.on_remb(0, u64::MAX);
    assert_eq!(estimator.bps(), Config::default().max_bps);
    estimator.on_remb(0, 0);
    assert_eq!(estimator.bps(), Config::default().min_bps);
}

#[test]
fn remb_does_not_raise_a_path_that_loses() {
    let mut estimator = estimator();
    estimator.on_loss_report(SECOND, 80);
    estimator.on_remb(SECOND, 3_000_000);
    assert_eq!(estimator.bps(), 1_000_000);
}

#[test]
fn with_feedback_remb_only_bounds_and_expires() {
    let mut estimator = estimator();
    let packet = PacketResult { sequence: 0, sent: 0, size: 1000, cluster: 0, arrived: Some(0) };
    estimator.on_results(SECOND, &[packet]);
    estimator.on_remb(SECOND, 4_000_000);
    assert_eq!(estimator.bps(), 1_000_000);
    estimator.on_remb(SECOND, 300_000);
    assert_eq!(estimator.bps(), 300_000);
    estimator.poll(12 * SECOND);
    assert_eq!(estimator.bps(), 1_000_000);
}

#[test]
fn receiver_reports_without_loss_let_the_rate_grow_up_to_what_was_tried() {
    let mut estimator = estimator();
    reports(&mut estimator, 0, 20, 1_000_000, 0);
    assert!((1_450_000..=1_510_000).contains(&estimator.bps()), "{}", estimator.bps());
}

#[test]
fn receiver_reports_with_some_loss_hold_the_rate() {
    let mut estimator = estimator();
    reports(&mut estimator, 0, 20, 1_000_000, 15);
    assert_eq!(estimator.bps(), 1_000_000);
}

#[test]
fn receiver_reports_with_heavy_loss_lower_the_rate() {
    let mut estimator = estimator();
    reports(&mut estimator, 0, 6, 1_000_000, 102);
    // Five reports of 40 %, each takes a fifth.
    assert!((300_000..=340_000).contains(&estimator.bps()), "{}", estimator.bps());
}

#[test]
fn tells_changes_of_more_than_three_percent_once() {
    let mut estimator = estimator();
    assert_eq!(estimator.poll(0), None);
    estimator.on_remb(0, 980_000);
    assert_eq!(estimator.poll(0), None);
    estimator.on_remb(0, 960_000);
    assert_eq!(estimator.poll(0), Some(960_000));
    assert_eq!(estimator.poll(0), None);
}

#[test]
fn a_probe_that_is_never_sent_is_given_up_and_tried_less_often() {
    let mut estimator = estimator();
    let asked: Vec<Micros> =
        (0..6000).map(|tick| tick * 10_000).filter(|now| estimator.probe(*now, 10_000_000).is_some()).collect();
    let pauses: Vec<u64> = asked.windows(2).map(|pair| (pair[1] - pair[0]) / SECOND).collect();
    assert_eq!(pauses, [3, 5, 7, 10, 15, 15]);
}

#[test]
fn an_estimator_is_small() {
    assert!(size_of::<Estimator>() <= 1280, "{}", size_of::<Estimator>());
}

#[test]
fn nonsense_times_do_not_panic() {
    let mut estimator = estimator();
    let instants = [0, 1, u64::MAX / 4, 5, 1 << 40];
    for sent in instants {
        for arrived in instants {
            let packet = PacketResult { sequence: 0, sent, size: u16::MAX, cluster: 1, arrived: Some(arrived) };
            estimator.probe(sent, u64::MAX);
            estimator.on_results(arrived, &[packet; 3]);
            estimator.on_results(sent, &[PacketResult { cluster: 0, ..packet }; 30]);
            estimator.poll(sent);
            assert!(estimator.bps() >= Config::default().min_bps);
        }
    }
}

/// Sends a packet every 20 ms for five seconds after one that was reported, and nothing comes back.
fn after_silence(numbered: bool) -> u64 {
    let mut estimator = estimator();
    let packet = PacketResult { sequence: 0, sent: 0, size: 1000, cluster: 0, arrived: Some(0) };
    estimator.on_results(0, &[packet]);
    for tick in 1..250 {
        let now = tick * SECOND / 50;
        if numbered {
            estimator.on_sent(now, 150);
        } else {
            estimator.on_sent_unnumbered(now, 150);
        }
        estimator.poll(now);
    }
    estimator.bps()
}

#[test]
fn only_what_somebody_would_report_on_can_be_missed() {
    assert_eq!(after_silence(false), 1_000_000);
    assert!(after_silence(true) < 200_000);
}

#[test]
fn a_guess_is_a_guess_until_something_contradicts_it() {
    let mut fine = estimator();
    reports(&mut fine, 0, 10, 500_000, 0);
    assert!(!fine.limit_seen());
    reports(&mut fine, 10, 3, 500_000, 60);
    assert!(fine.limit_seen(), "losses");
    let mut told = estimator();
    told.on_remb(0, 5_000_000);
    assert!(told.limit_seen(), "the receiver's word");
}
