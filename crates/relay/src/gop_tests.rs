use super::*;
use crate::ring::{Element, MAX_ELEMENTS};
use relay_control::codec::{Codec, Mark};

fn entry(seq: u64, ts: u64, keyframe: bool, marker: bool) -> Entry {
    Entry {
        seq,
        ts,
        track: 1,
        payload_start: 12,
        payload_len: 1000,
        layer: 0,
        epoch: 0,
        payload_type: 102,
        codec: Codec::H264,
        marker,
        pad: 0,
        element_count: 0,
        elements: [Element::default(); MAX_ELEMENTS],
        mark: Mark { keyframe, ..Mark::default() },
    }
}

/// Frames of two packets; a keyframe each `every`.
fn feed(gop: &mut Gop, frames: std::ops::Range<u64>, every: u64) {
    for frame in frames {
        for part in 0..2 {
            let seq = 2 * frame + part;
            let bytes = [seq as u8; 1500];
            gop.insert(frame, &entry(seq, frame * 3000, frame % every == 0 && part == 0, part == 1), &bytes);
        }
    }
}

#[test]
fn a_run_begins_at_the_newest_keyframe_and_a_tail_stays() {
    let mut gop = Gop::default();
    feed(&mut gop, 0..605, 300);
    let run = gop.run().unwrap();
    assert_eq!((run.begin, run.picture_end, run.complete, gop.end()), (1200, Some(1202), true, 1210));
    assert_eq!((gop.get(1200 - TAIL).is_some(), gop.get(1199 - TAIL).is_some()), (true, false));
    assert_eq!((gop.frames_behind(1200), gop.frames_behind(1209), gop.edge_ts()), (4, 0, 604 * 3000));
    let (entry, bytes) = gop.get(1203).unwrap();
    assert_eq!((entry.seq, bytes.len(), bytes[0]), (1203, 1012, 1203u16 as u8));
}

#[test]
fn a_group_that_outgrows_the_bound_keeps_its_keyframe_and_the_newest_packets() {
    let mut gop = Gop::default();
    feed(&mut gop, 0..10_000, u64::MAX);
    let run = gop.run().unwrap();
    assert_eq!((run.begin, run.picture_end, run.complete), (0, Some(2), false));
    assert_eq!((gop.get(0).unwrap().0.seq, gop.get(1).unwrap().0.seq), (0, 1));
    assert!(gop.get(2).is_none() && gop.get(gop.end() - 1000).is_some());
    assert!(gop.bytes <= MAX_BYTES && gop.packets.len() <= MAX_PACKETS);
    let sum: usize = gop.packets.iter().chain(&gop.picture).map(Kept::cost).sum();
    assert_eq!(gop.bytes, sum);
    feed(&mut gop, 10_000..10_001, 1);
    assert_eq!(gop.run().map(|run| (run.begin, run.complete)), Some((20_000, true)));
    assert!(gop.packets.len() as u64 <= TAIL + 2);
}

#[test]
fn a_picture_that_outgrows_the_bound_is_no_beginning() {
    let mut gop = Gop::default();
    for seq in 0..6000 {
        gop.insert(0, &entry(seq, 7, seq == 0, false), &[0; 1500]);
    }
    assert_eq!(gop.run(), None);
    let sum: usize = gop.packets.iter().map(Kept::cost).sum();
    assert!(gop.bytes == sum && gop.packets.len() as u64 <= TAIL && gop.picture.is_empty());
}

#[test]
fn a_hole_in_the_picture_ends_the_run_and_one_behind_it_marks_it() {
    let table = [(1, None), (2, Some(false)), (100, Some(false))];
    for (hole, expected) in table {
        let mut gop = Gop::default();
        for seq in (0..120).filter(|seq| *seq != hole) {
            gop.insert(0, &entry(seq, seq / 2, seq == 0, seq % 2 == 1), &[0; 1500]);
        }
        assert_eq!(gop.run().map(|run| run.complete), expected, "hole at {hole}");
    }
}

#[test]
fn another_stream_forgets_the_packets_and_counts_on() {
    let mut gop = Gop::default();
    feed(&mut gop, 0..10, 5);
    let mut other = entry(70_000, 5, false, true);
    other.epoch = 1;
    assert_eq!(gop.insert(0, &other, &[0; 1500]), 20);
    assert_eq!((gop.run(), gop.get(19).is_none(), gop.end()), (None, true, 21));
    assert_eq!((gop.widen(20), gop.widen(19)), (20, 19));
}
