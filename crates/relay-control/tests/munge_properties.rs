//! The munger on random calls: layers that switch, temporal layers that come and go, loss, reordering, late repairs.

mod camera;

use std::collections::{BTreeMap, BTreeSet};

use camera::{Packet, Plan, TICKS, arrivals};
use proptest::prelude::*;
use relay_control::codec::Codec;
use relay_control::munge::{Incoming, Munger, Out};

/// What became of one incoming packet of a stretch (from one switch to the next).
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Sent(Out),
    /// Left out; the number is taken back.
    Skipped,
    /// Left out too late; the number is lost.
    Hole(u64),
}

/// One stretch: the fates by incoming number, with the packets themselves.
type Stretch = BTreeMap<u64, (Packet, Fate)>;

/// Runs a plan as a relay would: follows the wanted layer at its keyframes, drops temporal layers frame by frame.
fn run(plan: &Plan) -> Vec<Stretch> {
    let mut munger = Munger::new(Codec::Vp8, 90_000, plan.first_seq);
    let mut stretches: Vec<Stretch> = Vec::new();
    for packet in arrivals(plan) {
        let incoming = Incoming { seq: packet.seq, ts: packet.ts, mark: &packet.mark };
        let now = packet.arrives_at;
        if packet.mark.keyframe && munger.source() != Some(packet.layer) && plan.wanted(packet.frame) == packet.layer {
            let offset = plan.reports.then(|| plan.ts_offset(munger.source().unwrap_or(packet.layer), packet.layer));
            munger.switch(now, packet.layer, &incoming, offset);
            stretches.push(Stretch::new());
        }
        let Some(stretch) = stretches.last_mut() else {
            continue;
        };
        if munger.source() != Some(packet.layer) {
            continue;
        }
        let fate = if packet.mark.temporal > plan.max_temporal(packet.frame) {
            let hole = munger.skip(&incoming);
            // A second copy of a skipped packet, or one from before the switch, is refused without a trace.
            Some(hole.map_or(Fate::Skipped, |out| Fate::Hole(out.seq)))
        } else {
            munger.rewrite(now, &incoming).map(Fate::Sent)
        };
        if let Some(fate) = fate
            && !stretch.contains_key(&packet.seq)
            && stretch.keys().next().is_none_or(|first| packet.seq > *first)
        {
            stretch.insert(packet.seq, (packet, fate));
        }
    }
    stretches
}

fn sent(stretch: &Stretch) -> impl Iterator<Item = (&Packet, Out)> {
    stretch.values().filter_map(|(packet, fate)| match fate {
        Fate::Sent(out) => Some((packet, *out)),
        _ => None,
    })
}

/// Outgoing numbers are unique, rise with the incoming ones and with the stretches, and every gap is exactly the
/// incoming packets that never came or were dropped too late.
fn check_numbers(stretches: &[Stretch]) -> Result<(), TestCaseError> {
    let mut used = BTreeSet::new();
    let mut floor = None;
    for stretch in stretches {
        let mut before: Option<(u64, u64)> = None;
        let mut removed = 0;
        for (&seq, (_, fate)) in stretch {
            let out = match fate {
                Fate::Skipped => {
                    removed += 1;
                    continue;
                }
                Fate::Hole(out) => *out,
                Fate::Sent(out) => out.seq,
            };
            prop_assert!(used.insert(out), "{out} twice");
            prop_assert!(floor.is_none_or(|floor| out > floor), "{out} reaches back over a switch");
            if let Some((seq_before, out_before)) = before {
                prop_assert_eq!(out - out_before, seq - seq_before - removed, "at {}", seq);
            }
            before = Some((seq, out));
            removed = 0;
        }
        floor = used.last().copied().or(floor);
    }
    Ok(())
}

/// All packets of a frame share timestamp, picture id and TL0PICIDX; timestamps rise strictly from frame to frame, and
/// picture ids by at least one and at most the number of frames that the camera made.
fn check_frames(stretches: &[Stretch]) -> Result<(), TestCaseError> {
    let mut before: Option<(u64, Out)> = None;
    for (packet, out) in stretches.iter().flat_map(sent) {
        if let Some((frame, newest)) = before {
            let ticks = out.ts.wrapping_sub(newest.ts) as i32;
            let pictures = picture(&out).wrapping_sub(picture(&newest)) & 0x7fff;
            let base_layers = out.tl0.unwrap_or(0).wrapping_sub(newest.tl0.unwrap_or(0));
            let same = packet.frame == frame && ticks == 0;
            if same {
                prop_assert_eq!((pictures, base_layers), (0, 0), "inside frame {}", frame);
            } else {
                prop_assert!(ticks > 0, "frame {}: {} ticks", packet.frame, ticks);
                let made = packet.frame.saturating_sub(frame).max(1);
                prop_assert!(
                    (1..=made).contains(&u64::from(pictures)),
                    "frame {}: {} pictures",
                    packet.frame,
                    pictures
                );
            }
        }
        before = Some((packet.frame, out));
    }
    Ok(())
}

/// Without loss and reordering the receiver sees an unbroken stream.
fn check_unbroken(stretches: &[Stretch]) -> Result<(), TestCaseError> {
    let all: Vec<(&Packet, Out)> = stretches.iter().flat_map(sent).collect();
    for pair in all.windows(2) {
        let [(_, before), (packet, out)] = pair else {
            continue;
        };
        prop_assert_eq!(out.seq, before.seq + 1);
        let step = u16::from(packet.mark.frame_start);
        prop_assert_eq!(picture(out), (picture(before) + step) & 0x7fff);
        let base = u8::from(packet.mark.frame_start && packet.mark.temporal == 0);
        prop_assert_eq!(out.tl0, before.tl0.map(|tl0| tl0.wrapping_add(base)));
    }
    Ok(())
}

/// With sender reports the offset is exact: no frame is off by more than the squeeze after a switch.
fn check_lip_sync(plan: &Plan, stretches: &[Stretch]) -> Result<(), TestCaseError> {
    let Some(first) = stretches.first().and_then(|stretch| stretch.values().next()) else {
        return Ok(());
    };
    let base = plan.ts_base(first.0.layer);
    for (packet, out) in stretches.iter().flat_map(sent) {
        let error = out.ts.wrapping_sub(base.wrapping_add((packet.frame * TICKS) as u32)) as i32;
        prop_assert!((0..=3 * TICKS as i32).contains(&error), "frame {}: {} ticks off", packet.frame, error);
    }
    Ok(())
}

fn picture(out: &Out) -> u16 {
    out.picture_id.unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_perfect_network_gives_an_unbroken_stream(seed: u64, reports: bool) {
        let plan = Plan { reports, ..Plan::perfect(seed) };
        let stretches = run(&plan);
        check_numbers(&stretches)?;
        check_frames(&stretches)?;
        check_unbroken(&stretches)?;
        if reports {
            check_lip_sync(&plan, &stretches)?;
        }
    }

    #[test]
    fn loss_and_reordering_break_no_rule(
        seed: u64,
        reports: bool,
        loss_percent in 0u64..30,
        late_percent in 0u64..30,
        reach in 1u64..120,
    ) {
        let plan = Plan { reports, loss_percent, late_percent, reach, ..Plan::perfect(seed) };
        let stretches = run(&plan);
        check_numbers(&stretches)?;
        check_frames(&stretches)?;
    }
}

#[test]
fn the_random_calls_are_worth_their_name() {
    let plan = Plan { loss_percent: 5, late_percent: 10, reach: 50, ..Plan::perfect(1) };
    let stretches = run(&plan);
    let count =
        |wanted: fn(&Fate) -> bool| stretches.iter().flat_map(Stretch::values).filter(|(_, fate)| wanted(fate)).count();
    assert!(stretches.len() > 5);
    assert!(count(|fate| matches!(fate, Fate::Sent(_))) > 300);
    assert!(count(|fate| *fate == Fate::Skipped) > 300);
    assert!(count(|fate| matches!(fate, Fate::Hole(_))) > 20);
}
