//! The munger on streams written down by hand: sequence, timestamps, picture ids.

use relay_control::Micros;
use relay_control::codec::{Codec, Mark};
use relay_control::munge::{Incoming, Munger, Out};

const FRAME: Micros = 33_333;
const TICKS: u64 = 3_000;

/// A VP8 packet that is a whole frame.
fn frame(picture_id: u16, temporal: u8, tl0: u8) -> Mark {
    Mark {
        frame_start: true,
        frame_end: true,
        temporal,
        picture_id: Some(picture_id),
        picture_id_wide: true,
        tl0: Some(tl0),
        ..Mark::default()
    }
}

fn plain() -> Mark {
    Mark { frame_start: true, frame_end: true, ..Mark::default() }
}

/// A munger that has begun with packet `seq` of layer 0 at time 0 and timestamp 0, as number 100.
fn begun(codec: Codec, seq: u64, mark: &Mark) -> Munger {
    let mut munger = Munger::new(codec, 90_000, 100);
    let first = Incoming { seq, ts: 0, mark };
    munger.switch(0, 0, &first, None);
    assert_eq!(munger.rewrite(0, &first).map(|out| out.seq), Some(100));
    munger
}

fn seq(munger: &mut Munger, seq: u64) -> Option<u64> {
    munger.rewrite(0, &Incoming { seq, ts: 0, mark: &plain() }).map(|out| out.seq)
}

fn skip(munger: &mut Munger, seq: u64) -> Option<u64> {
    munger.skip(&Incoming { seq, ts: 0, mark: &plain() }).map(|hole| hole.seq)
}

/// What happens to one packet of a table below.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Forward it: the outgoing number.
    Send(u64, Option<u64>),
    /// Leave it out: the hole that it leaves.
    Skip(u64, Option<u64>),
    /// Make a padding packet.
    Pad(Option<u64>),
}
use Step::{Pad, Send, Skip};

/// What a munger that has sent packet 10 as number 100 does next.
const NUMBERS: [(&str, &[Step]); 10] = [
    ("in order", &[Send(11, Some(101)), Send(12, Some(102))]),
    ("loss leaves a hole that its packet fills", &[Send(13, Some(103)), Send(12, Some(102)), Send(11, Some(101))]),
    (
        "duplicates are refused",
        &[Send(12, Some(102)), Send(12, None), Send(11, Some(101)), Send(11, None), Send(10, None)],
    ),
    ("older than the switch is refused", &[Send(9, None), Send(11, Some(101)), Send(9, None)]),
    (
        "a skipped one leaves no hole",
        &[Skip(11, None), Send(12, Some(101)), Skip(13, None), Skip(14, None), Send(15, Some(102))],
    ),
    ("a skipped one is not sent later", &[Skip(11, None), Send(11, None), Send(12, Some(101))]),
    (
        "late between skipped ones",
        &[Skip(11, None), Send(13, Some(102)), Skip(14, None), Send(15, Some(103)), Send(12, Some(101))],
    ),
    (
        "skipped too late",
        &[Send(12, Some(102)), Skip(11, Some(101)), Skip(11, None), Send(11, None), Send(13, Some(103))],
    ),
    ("skipped late, nothing sent since", &[Skip(12, None), Skip(11, None), Send(13, Some(101))]),
    (
        "padding",
        &[
            Pad(Some(101)),
            Send(11, Some(102)),
            Pad(Some(103)),
            Pad(Some(104)),
            Send(13, Some(106)),
            Send(12, Some(105)),
        ],
    ),
];

#[test]
fn numbers() {
    for (name, steps) in NUMBERS {
        let mut munger = begun(Codec::H264, 10, &plain());
        for step in steps {
            match *step {
                Send(packet, expected) => {
                    assert_eq!(seq(&mut munger, packet), expected, "{name}: {step:?}")
                }
                Skip(packet, expected) => {
                    assert_eq!(skip(&mut munger, packet), expected, "{name}: {step:?}")
                }
                Pad(expected) => assert_eq!(munger.padding().map(|out| out.seq), expected, "{name}: {step:?}"),
            }
        }
    }
}

#[test]
fn nothing_before_the_first_switch_and_no_padding_inside_a_frame() {
    let mut munger = Munger::new(Codec::Vp8, 90_000, 0xffff);
    assert_eq!((seq(&mut munger, 1), skip(&mut munger, 2), munger.padding()), (None, None, None));
    assert_eq!((munger.source(), munger.last()), (None, None));
    let open = Mark { frame_start: true, ..Mark::default() };
    let first = Incoming { seq: 3, ts: 9, mark: &open };
    munger.switch(0, 2, &first, None);
    assert_eq!(munger.rewrite(0, &first).map(|out| out.seq), Some(0x7fff));
    assert_eq!((munger.source(), munger.padding()), (Some(2), None));
    let last = munger.rewrite(0, &Incoming { seq: 4, ts: 9, mark: &Mark { frame_end: true, ..Mark::default() } });
    assert_eq!(munger.last(), last);
    assert_eq!(munger.padding(), Some(Out { seq: 0x8001, ts: 9, picture_id: None, tl0: None }));
}

#[test]
fn wraps_are_invisible() {
    let mut munger = Munger::new(Codec::Vp8, 90_000, 0x7ff0);
    let first = frame(0x7ff0, 0, 250);
    munger.switch(0, 0, &Incoming { seq: 65_530, ts: u64::from(u32::MAX), mark: &first }, None);
    for step in 0..70_000u64 {
        let mark = frame(((0x7ff0 + step) & 0x7fff) as u16, 0, (250 + step) as u8);
        let packet = Incoming { seq: 65_530 + step, ts: u64::from(u32::MAX) + step * TICKS, mark: &mark };
        let out = munger.rewrite(step * FRAME, &packet);
        let expected = Out { seq: 0x7ff0 + step, ts: packet.ts as u32, picture_id: mark.picture_id, tl0: mark.tl0 };
        assert_eq!(out, Some(expected), "step {step}");
    }
}

#[test]
fn a_publisher_that_starts_anew_goes_on_at_the_next_number() {
    let table = [("far ahead", 1_000_000, 0), ("far behind", 10, 1)];
    for (name, restart, refused) in table {
        let mut munger = begun(Codec::Vp8, 20_000, &frame(7, 0, 7));
        for step in 0..refused {
            let mark = frame(99, 0, 200);
            assert_eq!(munger.rewrite(FRAME, &Incoming { seq: restart + step, ts: 5, mark: &mark }), None, "{name}");
        }
        let mark = frame(300, 0, 90);
        let packet = Incoming { seq: restart + refused, ts: 3_000_000_000, mark: &mark };
        let expected = Out { seq: 101, ts: 2_999, picture_id: Some(8), tl0: Some(8) };
        assert_eq!(munger.rewrite(FRAME, &packet), Some(expected), "{name}");
        assert_eq!(munger.rewrite(FRAME, &packet), None, "{name}: twice");
    }
}

#[test]
fn old_packets_in_a_row_are_no_restart() {
    let mut munger = begun(Codec::H264, 10_000, &plain());
    for step in 0..3_000 {
        seq(&mut munger, 10_001 + step);
    }
    for old in [9_998, 9_999, 10_000, 10_001, 11_000, 11_001] {
        assert_eq!(seq(&mut munger, old), None, "{old}");
    }
    assert_eq!(seq(&mut munger, 13_001), Some(3_101));
}

#[test]
fn a_leap_of_the_source_clock_is_smoothed() {
    let mut munger = begun(Codec::H264, 10, &plain());
    let at = |munger: &mut Munger, now, seq, ts| {
        munger.rewrite(now, &Incoming { seq, ts, mark: &plain() }).map(|out| (out.seq, out.ts))
    };
    assert_eq!(at(&mut munger, FRAME, 11, TICKS), Some((101, 3_000)));
    assert_eq!(at(&mut munger, 2 * FRAME, 13, 4_000_000_000), Some((103, 5_999)), "leap with a loss");
    assert_eq!(at(&mut munger, 2 * FRAME, 12, 2 * TICKS), None, "its time is no longer known");
    assert_eq!(at(&mut munger, 3 * FRAME, 14, 4_000_003_000), Some((104, 8_999)));
    let pause = 60_000_000;
    assert_eq!(at(&mut munger, pause, 15, 4_005_400_000), Some((105, 5_405_999)), "the wall clock explains it");
    assert_eq!(at(&mut munger, 2 * pause, 16, 4_005_403_000), Some((106, 5_408_999)), "delayed, not leapt");
}

/// The timestamps of three frames of a layer whose clock reads `ts` and differs by `offset`, after a first layer's frame
/// at 90 000 (arrived at one second).
fn after_switch(now: Micros, ts: u32, offset: Option<u32>) -> [i64; 3] {
    let mut munger = begun(Codec::H264, 10, &plain());
    munger.rewrite(1_000_000, &Incoming { seq: 11, ts: 90_000, mark: &plain() });
    munger.switch(now, 1, &Incoming { seq: 500, ts: u64::from(ts), mark: &plain() }, offset);
    [0, 1, 2].map(|step| {
        let ts = ts.wrapping_add(step * TICKS as u32);
        let packet = Incoming { seq: 500 + u64::from(step), ts: u64::from(ts), mark: &plain() };
        let out = munger.rewrite(now + u64::from(step) * FRAME, &packet).unwrap_or_default();
        assert_eq!(out.seq, 102 + u64::from(step));
        i64::from(out.ts) - 90_000
    })
}

#[test]
fn timestamps_go_on_over_a_switch() {
    let far = 0xffff_ff00u32;
    let table = [
        ("by the wall clock", 1_033_333, far, None, [2_999, 5_999, 8_999]),
        ("by the wall clock, in the same instant", 1_000_000, far, None, [90, 3_000, 6_000]),
        ("by the reports", 1_020_000, far, Some(93_000u32.wrapping_sub(far)), [3_000, 6_000, 9_000]),
        (
            "by the reports, the frame sent already",
            1_020_000,
            far,
            Some(90_000u32.wrapping_sub(far)),
            [90, 3_000, 6_000],
        ),
        ("by the reports, two frames behind", 1_020_000, far, Some(84_000u32.wrapping_sub(far)), [90, 840, 1_590]),
        ("reports that cannot be", 1_033_333, far, Some(5), [2_999, 5_999, 8_999]),
    ];
    for (name, now, ts, offset, expected) in table {
        assert_eq!(after_switch(now, ts, offset), expected, "{name}");
    }
}

#[test]
fn a_squeezed_source_returns_to_its_true_offset() {
    let mut munger = begun(Codec::H264, 10, &plain());
    munger.switch(1_000, 1, &Incoming { seq: 50, ts: 1_000_000, mark: &plain() }, Some(0u32.wrapping_sub(1_009_000)));
    let mut before = 0;
    for step in 0..300u64 {
        let packet = Incoming { seq: 50 + step, ts: 1_000_000 + step * TICKS, mark: &plain() };
        let out = munger.rewrite(step * FRAME, &packet).unwrap_or_default();
        assert!(out.ts > before, "step {step}");
        before = out.ts;
        if step >= 5 {
            assert_eq!(i64::from(out.ts), step as i64 * 3_000 - 9_000, "step {step}");
        }
    }
    assert_eq!(munger.ts_offset(), 0u32.wrapping_sub(1_009_000));
}

#[test]
fn picture_ids_step_by_one_over_dropped_temporal_layers() {
    let mut munger = begun(Codec::Vp8, 10, &frame(100, 0, 5));
    // T0 T2 T1 T2 repeated; the T2 frames have two packets each and are left out.
    let mut expected_id = 101;
    let mut seq = 11;
    for step in 1..400u16 {
        let (temporal, tl0) = ([0, 2, 1, 2][usize::from(step % 4)], 5 + (step / 4) as u8);
        let mark = frame((100 + step) & 0x7fff, temporal, tl0);
        let packet = |seq| Incoming { seq, ts: u64::from(step) * TICKS, mark: &mark };
        if temporal == 2 {
            assert_eq!((munger.skip(&packet(seq)), munger.skip(&packet(seq + 1))), (None, None));
            seq += 2;
            continue;
        }
        let out = munger.rewrite(u64::from(step) * FRAME, &packet(seq)).unwrap_or_default();
        assert_eq!((out.picture_id, out.tl0), (Some(expected_id), Some(tl0)), "step {step}");
        expected_id += 1;
        seq += 1;
    }
    assert_eq!(munger.last().map(|out| out.seq), Some(299));
}

#[test]
fn vp9_keeps_the_gaps_that_its_references_count_by() {
    let mut munger = begun(Codec::Vp9, 10, &frame(100, 0, 5));
    assert_eq!(munger.skip(&Incoming { seq: 11, ts: TICKS, mark: &frame(101, 1, 5) }), None);
    let third = frame(102, 0, 6);
    let out = munger.rewrite(2 * FRAME, &Incoming { seq: 12, ts: 2 * TICKS, mark: &third });
    assert_eq!(out.map(|out| (out.seq, out.picture_id, out.tl0)), Some((101, Some(102), Some(6))));
    let other = frame(9_000, 0, 77);
    let first = Incoming { seq: 800, ts: 5, mark: &other };
    munger.switch(3 * FRAME, 1, &first, None);
    let out = munger.rewrite(3 * FRAME, &first);
    assert_eq!(out.map(|out| (out.seq, out.picture_id, out.tl0)), Some((102, Some(103), Some(7))));
}

#[test]
fn a_late_packet_gets_the_picture_id_of_its_own_place() {
    let mut munger = begun(Codec::Vp8, 10, &frame(100, 0, 5));
    let (second, third, fourth) = (frame(101, 0, 6), frame(102, 1, 6), frame(103, 0, 7));
    assert_eq!(munger.skip(&Incoming { seq: 12, ts: 2 * TICKS, mark: &third }), None);
    let out = munger.rewrite(0, &Incoming { seq: 13, ts: 3 * TICKS, mark: &fourth }).unwrap_or_default();
    assert_eq!((out.seq, out.picture_id), (102, Some(102)));
    let late = munger.rewrite(0, &Incoming { seq: 11, ts: TICKS, mark: &second }).unwrap_or_default();
    assert_eq!((late.seq, late.ts, late.picture_id, late.tl0), (101, 3_000, Some(101), Some(6)));
}

#[test]
fn narrow_picture_ids_stay_narrow_over_a_switch() {
    let narrow = |id| Mark { picture_id_wide: false, tl0: None, ..frame(id, 0, 0) };
    let mut munger = begun(Codec::Vp8, 10, &narrow(126));
    for (seq, id, expected) in [(11, 127, 127), (12, 0, 0), (13, 1, 1)] {
        let out = munger.rewrite(0, &Incoming { seq, ts: 0, mark: &narrow(id) }).unwrap_or_default();
        assert_eq!((out.picture_id, out.tl0), (Some(expected), None));
    }
    let (first, second) = (narrow(50), narrow(51));
    munger.switch(FRAME, 1, &Incoming { seq: 7, ts: 0, mark: &first }, None);
    for (seq, mark, expected) in [(7, &first, 2), (8, &second, 3)] {
        let out = munger.rewrite(FRAME, &Incoming { seq, ts: 0, mark }).unwrap_or_default();
        assert_eq!(out.picture_id, Some(expected));
    }
}

#[test]
fn a_late_packet_that_is_the_newest_sent_counts_as_such() {
    let mut munger = begun(Codec::Vp8, 10, &frame(100, 0, 5));
    let (late, skipped, key) = (frame(101, 0, 6), frame(102, 2, 6), frame(40, 0, 90));
    assert_eq!(munger.skip(&Incoming { seq: 12, ts: 2 * TICKS, mark: &skipped }), None);
    let out = munger.rewrite(2 * FRAME, &Incoming { seq: 11, ts: TICKS, mark: &late });
    assert_eq!((out, munger.last().map(|out| out.seq)), (munger.last(), Some(101)));
    let first = Incoming { seq: 900, ts: 7, mark: &key };
    munger.switch(3 * FRAME, 1, &first, None);
    let expected = Out { seq: 102, ts: 5_999, picture_id: Some(102), tl0: Some(7) };
    assert_eq!(munger.rewrite(3 * FRAME, &first), Some(expected));
}

#[test]
fn numbers_stay_unique_however_much_padding_passes() {
    let mut munger = begun(Codec::H264, 10, &plain());
    assert_eq!(seq(&mut munger, 12), Some(102));
    for number in 103..200_000 {
        assert_eq!(munger.padding().map(|out| out.seq), Some(number));
    }
    assert_eq!(seq(&mut munger, 11), Some(101));
    assert_eq!(seq(&mut munger, 13), Some(200_000));
}

#[test]
fn a_base_layer_frame_left_out_closes_its_gap_too() {
    let mut munger = begun(Codec::Vp8, 10, &frame(100, 0, 5));
    assert_eq!(munger.skip(&Incoming { seq: 11, ts: TICKS, mark: &frame(101, 0, 6) }), None);
    let next = frame(102, 0, 7);
    let out = munger.rewrite(2 * FRAME, &Incoming { seq: 12, ts: 2 * TICKS, mark: &next });
    assert_eq!(out.map(|out| (out.seq, out.picture_id, out.tl0)), Some((101, Some(101), Some(6))));
}
