//! Tables of NAL units; the parameter sets come from real encodings of the named size.

use super::*;

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap_or(0)).collect()
}

/// Writes bits, to make what encoders rarely do.
#[derive(Default)]
struct Writer(Vec<bool>);

impl Writer {
    fn number(&mut self, value: u32, width: u32) -> &mut Self {
        self.0.extend((0..width).rev().map(|bit| value >> bit & 1 == 1));
        self
    }

    fn golomb(&mut self, values: &[u32]) -> &mut Self {
        for value in values {
            let width = 32 - (value + 1).leading_zeros();
            self.number(0, width - 1).number(value + 1, width);
        }
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let byte = |bits: &[bool]| bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | u8::from(*bit) << (7 - at));
        self.0.chunks(8).map(byte).collect()
    }
}

/// 40 × 30 macroblocks, cropped by 1 + 2 units across and 3 + 4 down, progressive.
fn finish(writer: &mut Writer) -> Vec<u8> {
    writer.golomb(&[3]).number(0, 1).golomb(&[39, 29]).number(0b111, 3).golomb(&[1, 2, 3, 4]).number(1, 1).bytes()
}

#[test]
fn reads_the_size_of_real_parameter_sets() {
    let table = [
        ("6742c01ed900a02ff97011000003000100000300320f162e48", (640, 360)),
        ("6764001facd9405005bb011000000300100000030320f1831960", (1280, 720)),
        ("67640028acd940780227e5c044000003000400000300c83c60c658", (1920, 1080)),
        ("67640028acd94078044fde0220000003002000000643e2c5b2c0", (1920, 1080)),
        ("677a001ebcd940a02fea2f011000000300100000030320f162d960", (638, 358)),
        ("67f4000d919b282a10f1f1f808800000030080000019078a14cb", (322, 242)),
        ("674d4028d900780227e5c044000003000400000300c83c60c920", (1920, 1080)),
        ("6764000df36505421e3e3f016c800000030080000019078a14cb", (322, 242)),
    ];
    for (hex, size) in table {
        let got = mark(&bytes(hex)).unwrap_or_default();
        assert_eq!((got.keyframe, got.frame_start, got.resolution), (true, true, Some(size)), "{hex}");
    }
}

#[test]
fn passes_over_scaling_lists_and_picture_order_cycles() {
    let mut lists = Writer::default();
    lists.number(100, 8).number(0, 16).golomb(&[0, CHROMA_420, 0, 0]).number(0b01, 2);
    // List 0 in full (16 zero deltas), list 6 cut short by a next scale of 0 (delta -8), the others absent.
    lists.number(1, 1).golomb(&[0; 16]).number(0, 5).number(1, 1).golomb(&[16]).number(0, 1).golomb(&[0, 2]);
    assert_eq!(resolution(&finish(&mut lists)), Some((634, 466)));
    let mut order = Writer::default();
    order.number(66, 8).number(0, 16).golomb(&[0, 0, 1]).number(0, 1).golomb(&[5, 6, 3, 7, 8, 9]);
    assert_eq!(resolution(&finish(&mut order)), Some((634, 466)));
}

#[test]
fn refuses_impossible_parameter_sets() {
    let base = |mbs: &[u32], crop: &[u32]| {
        let mut writer = Writer::default();
        writer.number(66, 8).number(0, 16).golomb(&[0, 0, 2, 3]).number(0, 1).golomb(mbs).number(0b111, 3).golomb(crop);
        writer.bytes()
    };
    assert_eq!(resolution(&base(&[0, 0], &[0, 0, 0, 0])), Some((16, 16)));
    assert_eq!(resolution(&base(&[0, 0], &[8, 0, 0, 0])), None, "all cropped away");
    assert_eq!(resolution(&base(&[0, 0], &[u32::MAX - 1, 9, 0, 0])), None, "cropped below zero");
    assert_eq!(resolution(&base(&[u32::MAX - 1, 0], &[0, 0, 0, 0])), None, "too wide");
    assert_eq!(resolution(&[66, 0, 0]), None, "cut");
    assert_eq!(resolution(&[0; 64]), None, "endless zeros");
}

#[test]
fn marks_single_units() {
    let start = Mark { frame_start: true, ..Mark::default() };
    let key = Mark { keyframe: true, ..start };
    let table: [(&str, &[u8], Mark); 7] = [
        ("IDR, first slice", &[0x65, 0x88], key),
        ("IDR, later slice", &[0x65, 0x44], Mark { frame_start: false, ..key }),
        ("slice", &[0x41, 0x9a], start),
        ("later slice", &[0x41, 0x5a], Mark::default()),
        ("slice that nothing refers to", &[0x01, 0x9a], Mark { discardable: true, ..start }),
        ("PPS", &[0x68, 0xce], start),
        ("delimiter", &[0x09, 0x10], Mark { discardable: true, ..start }),
    ];
    for (name, payload, expected) in table {
        assert_eq!(mark(payload), Some(expected), "{name}");
    }
}

#[test]
fn marks_fragments_and_aggregates() {
    let none = Mark::default();
    let start = Mark { frame_start: true, ..none };
    let key = Mark { keyframe: true, ..start };
    let sps = bytes("6742c01ed900a02ff97011000003000100000300320f162e48");
    let stap = [&[0x78, 0, 25][..], &sps, &[0, 2, 0x68, 0xce, 0, 2, 0x65, 0x88]].concat();
    let table: [(&str, &[u8], Mark); 6] = [
        ("FU-A start of IDR", &[0x7c, 0x85, 0x88], key),
        ("FU-A middle of IDR", &[0x7c, 0x05, 0x88], none),
        ("FU-A end of IDR", &[0x7c, 0x45, 0x88], none),
        ("FU-A start of slice", &[0x5c, 0x81, 0x9a], start),
        ("STAP-A of SPS, PPS, IDR", &stap, Mark { resolution: Some((640, 360)), ..key }),
        ("STAP-A cut inside its first unit", &[0x78, 0, 9, 0x67, 0x42], none),
    ];
    for (name, payload, expected) in table {
        assert_eq!(mark(payload), Some(expected), "{name}");
    }
}
