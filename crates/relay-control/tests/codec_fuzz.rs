//! Payloads are foreign bytes: whatever they hold, marking and patching them ends without a panic and within bounds.

use relay_control::codec::{Codec, mark};
use relay_control::munge::patch_descriptor;

const CODECS: [Codec; 5] = [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1, Codec::Opus];
const ROUNDS: u32 = 100_000;

/// One good packet of each shape, to mutate: most random bytes would stop at the first check.
const SEEDS: [&[u8]; 9] = [
    &[0x90, 0xf0, 0xff, 0xfe, 200, 0xa5, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x42, 0xe0, 0x01],
    &[0x90, 0x80, 0x05, 0x11, 0x22],
    &[0x8a, 0x05, 0x30, 0x01, 0x40, 0x00, 0xb4, 0x02, 0x80, 0x01, 0x68, 0x82, 0x49],
    &[0x88, 0x05, 0x82, 0x49, 0x83, 0x42, 0x20, 0x4f, 0xf0, 0x2c, 0xf0],
    &[0xf8, 0x05, 0x22, 0x03, 0x04, 1],
    &[0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01, 0x10, 0, 0, 3, 0, 0x10, 0, 0, 3, 3, 0x20],
    &[0x78, 0, 4, 0x67, 0x42, 0xc0, 0x1e, 0, 2, 0x68, 0xce, 0, 2, 0x65, 0x88],
    &[0x7c, 0x85, 0x88, 1, 2],
    &[0x28, 13, 0x0a, 0x0b, 0, 0, 0, 0x42, 0xab, 0xbf, 0xc3, 0x77, 0xff, 0xe6, 0x01, 0x30, 1, 2],
];

/// SplitMix64: a seed reproduces a run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}

fn mutate(random: &mut Random, payload: &mut Vec<u8>) {
    for _ in 0..random.below(6) {
        let at = random.below(payload.len() + 1);
        match random.below(4) {
            0 if at < payload.len() => payload[at] ^= 1 << random.below(8),
            1 if at < payload.len() => payload[at] = random.below(256) as u8,
            2 => payload.truncate(at),
            _ => payload.insert(at, [0, 0xff, 0x80, random.below(256) as u8][random.below(4)]),
        }
    }
}

#[test]
fn mutated_payloads_do_no_harm() {
    let mut random = Random(1);
    let mut payload = Vec::new();
    let (mut keyframes, mut sizes) = (0, 0);
    for _ in 0..ROUNDS {
        payload.clear();
        payload.extend_from_slice(SEEDS[random.below(SEEDS.len())]);
        mutate(&mut random, &mut payload);
        let codec = CODECS[random.below(CODECS.len())];
        let before = mark(codec, &payload, false);
        keyframes += u32::from(before.keyframe);
        sizes += u32::from(before.resolution.is_some());
        assert!(before.temporal < 8 && before.spatial < 8);
        assert!(before.picture_id.is_none_or(|id| id < if before.picture_id_wide { 1 << 15 } else { 1 << 7 }));
        let len = payload.len();
        patch_descriptor(codec, &mut payload, Some(random.below(1 << 15) as u16), Some(random.below(256) as u8));
        assert_eq!(payload.len(), len);
        let after = mark(codec, &payload, false);
        assert_eq!(
            (after.keyframe, after.temporal, after.picture_id_wide, after.resolution),
            (before.keyframe, before.temporal, before.picture_id_wide, before.resolution),
            "{codec:?} {payload:x?}"
        );
    }
    // The mutants still reach the deep parsers.
    assert!(keyframes > ROUNDS / 100 && sizes > ROUNDS / 100, "{keyframes} {sizes}");
}
