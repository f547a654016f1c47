//! Transport-wide feedback: packing and reading arrival times.

mod common;

use common::unhex;
use proptest::prelude::*;
use relay_wire::rtcp::{MAX_TWCC_STATUSES, Packet, RtcpError, TwccFeedback, TwccReport, parse, write};

/// Sequence numbers and arrivals.
type Statuses<'a> = &'a [(u16, Option<i64>)];

fn report(base: u16, arrivals: &[Option<i64>]) -> TwccReport<'_> {
    TwccReport { sender: 1, media: 2, base, reference_time_64ms: 3, feedback_count: 4, arrivals }
}

fn feedback(packet: &[u8]) -> TwccFeedback<'_> {
    match parse(packet).next() {
        Some(Ok(Packet::TransportFeedback(feedback))) => feedback,
        other => panic!("{other:?}"),
    }
}

fn information(fci: &str) -> Vec<u8> {
    let fci = unhex(fci);
    [&[0x8f, 205, 0, (2 + fci.len() / 4) as u8, 0, 0, 0, 1, 0, 0, 0, 2][..], &fci].concat()
}

/// Each chunk kind of the draft, with its deltas; `fci` begins at the base sequence number.
#[test]
fn reads_every_chunk_kind() {
    let cases: [(&str, Statuses<'_>); 6] = [
        // Run length: 3 small.
        ("000a0003 00000304 2003 010203 000000", &[(10, Some(1)), (11, Some(3)), (12, Some(6))]),
        // Run length: 2 lost, then run of 1 large, -1.
        ("ffff0003 00000304 0002 4001 ffff 0000", &[(65535, None), (0, None), (1, Some(-1))]),
        // One-bit vector, 3 of 14 symbols count.
        ("00000003 00000304 a800 0a14", &[(0, Some(10)), (1, None), (2, Some(30))]),
        // Two-bit vector: small, lost, large, lost (draft 3.1.4).
        ("00000004 00000304 d200 01 0100 000000", &[(0, Some(1)), (1, None), (2, Some(257)), (3, None)]),
        // Nothing.
        ("00050000 00000304", &[]),
        // A second chunk after a full one.
        (
            "0000000f 00000304 8000 2001 07 000000",
            &[
                (0, None),
                (1, None),
                (2, None),
                (3, None),
                (4, None),
                (5, None),
                (6, None),
                (7, None),
                (8, None),
                (9, None),
                (10, None),
                (11, None),
                (12, None),
                (13, None),
                (14, Some(7)),
            ],
        ),
    ];
    for (fci, expected) in cases {
        let packet = information(fci);
        let feedback = feedback(&packet);
        assert_eq!((feedback.reference_time_64ms, feedback.feedback_count), (3, 4));
        assert_eq!(feedback.iter().collect::<Vec<_>>(), expected, "{fci}");
        assert_eq!(feedback.iter().len(), expected.len());
    }
}

#[test]
fn the_reference_time_is_signed() {
    for (fci, expected) in
        [("00000000 80000000", -0x80_0000), ("00000000 7fffff00", 0x7f_ffff), ("00000000 ffffff00", -1)]
    {
        assert_eq!(feedback(&information(fci)).reference_time_64ms, expected);
    }
}

#[test]
fn refuses_what_contradicts_itself() {
    let cases = [
        ("0000", RtcpError::Malformed),
        ("00000001 00000304", RtcpError::Malformed),
        ("00000001 00000304 00000001", RtcpError::Malformed),
        ("00000001 00000304 60010000", RtcpError::Malformed),
        ("00000001 00000304 f0000000", RtcpError::Malformed),
        ("00000003 00000304 2003 0102", RtcpError::Malformed),
        ("00002001 00000304 3fff0000", RtcpError::TooManyStatuses),
        ("0000ffff 00000304 1fff1fff", RtcpError::TooManyStatuses),
    ];
    for (fci, error) in cases {
        let fci = if fci.len() == 4 { format!("{fci}0000") } else { fci.to_owned() };
        assert_eq!(parse(&information(&fci)).collect::<Vec<_>>(), [Err(error)], "{fci}");
    }
}

#[test]
fn packs_as_tightly_as_the_draft_allows() {
    let small = |count: usize| (0..count as i64).map(Some).collect::<Vec<_>>();
    let large = |count: i64| (0..count).map(|n| Some(n * 1000 + 1000)).collect::<Vec<_>>();
    let cases: [(&str, Vec<Option<i64>>, usize); 8] = [
        ("a run just short of a vector", [small(13), vec![None]].concat(), 2 + 13),
        ("one run", small(100), 2 + 100),
        ("one run to the end", small(3), 2 + 3),
        ("one run of large", large(20), 2 + 40),
        ("one bit each", [small(5), vec![None, None], vec![Some(9)]].concat(), 2 + 6),
        ("two bits each", [small(2), vec![None], vec![Some(5000)]].concat(), 2 + 4),
        ("lost only", vec![None; 3000], 2),
        ("a long run of lost between", [small(1), vec![None; 300], vec![Some(3)]].concat(), 2 + 2 + 2 + 2),
    ];
    for (name, arrivals, least) in cases {
        let mut out = Vec::new();
        assert_eq!(write::twcc(&mut out, &report(0, &arrivals)), arrivals.len());
        assert_eq!(out.len(), (20 + least).next_multiple_of(4), "{name}");
        assert!(feedback(&out).iter().map(|(_, arrival)| arrival).eq(arrivals.iter().copied()), "{name}");
    }
}

#[test]
fn what_no_delta_can_say_is_left_for_the_next_packet() {
    let cases: [(&[Option<i64>], usize); 8] = [
        (&[], 0),
        (&[Some(0x7fff)], 1),
        (&[Some(0x8000)], 0),
        (&[Some(-0x8000)], 1),
        (&[Some(-0x8001)], 0),
        (&[Some(5), None, Some(0x8005)], 2),
        (&[Some(5), Some(i64::MIN)], 1),
        (&[Some(-5), Some(i64::MAX)], 1),
    ];
    for (arrivals, covered) in cases {
        let mut out = vec![9];
        assert_eq!(write::twcc(&mut out, &report(0, arrivals)), covered, "{arrivals:?}");
        if covered == 0 {
            assert_eq!(out, [9], "nothing is appended");
        } else {
            assert_eq!(feedback(&out[1..]).iter().len(), covered);
        }
    }
}

#[test]
fn a_packet_stays_below_its_bound_and_the_rest_follows() {
    let arrivals: Vec<_> = (0..20_000).map(|n| (n % 3 != 0).then_some(n * 300 % 30_000)).collect();
    let mut at = 0;
    while at < arrivals.len() {
        let mut out = Vec::new();
        let covered = write::twcc(&mut out, &report(at as u16, &arrivals[at..]));
        let last = at + covered == arrivals.len();
        assert!((covered > 300 || last) && out.len() <= 1004, "{covered} in {}", out.len());
        assert!(feedback(&out).iter().map(|(_, arrival)| arrival).eq(arrivals[at..at + covered].iter().copied()));
        at += covered;
    }
    let lost = vec![None; 50_000];
    assert!(write::twcc(&mut Vec::new(), &report(0, &lost)) <= usize::from(MAX_TWCC_STATUSES));
}

/// Delta since the packet before, or lost.
fn step() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![
        4 => (0i64..=255).prop_map(Some),
        1 => (-0x8000i64..=0x7fff).prop_map(Some),
        1 => Just(None),
    ]
}

/// Runs of like steps, as networks make them.
fn steps() -> impl Strategy<Value = Vec<Option<i64>>> {
    prop::collection::vec((step(), 1usize..30), 1..20)
        .prop_map(|runs| runs.into_iter().flat_map(|(step, times)| std::iter::repeat_n(step, times)).collect())
}

proptest! {
    #[test]
    fn arrivals_read_back(
        base: u16, reference in -0x80_0000i32..=0x7f_ffff, feedback_count: u8,
        steps in prop_oneof![steps(), prop::collection::vec(step(), 1..300)],
    ) {
        let mut time = 0;
        let arrivals: Vec<_> = steps.iter().map(|step| step.map(|delta| { time += delta; time })).collect();
        let report = TwccReport {
            sender: 7, media: 8, base, reference_time_64ms: reference, feedback_count, arrivals: &arrivals,
        };
        let mut out = Vec::new();
        let covered = write::twcc(&mut out, &report);
        prop_assert!(covered == arrivals.len() || out.len() > 900);
        let read = feedback(&out);
        prop_assert_eq!((read.sender, read.media, read.base, usize::from(read.count)), (7, 8, base, covered));
        prop_assert_eq!((read.reference_time_64ms, read.feedback_count), (reference, feedback_count));
        let sequences = (0..covered).map(|n| base.wrapping_add(n as u16));
        prop_assert!(read.iter().eq(sequences.zip(arrivals[..covered].iter().copied())));
    }
}
