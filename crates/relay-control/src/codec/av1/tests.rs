//! Tables of packets; the sequence headers come from real encodings of the named size, by three encoders.

use super::*;

const AOM_360P: [u8; 13] = [0x0a, 0x0b, 0, 0, 0, 0x0c, 0xc4, 0xff, 0x67, 0x3f, 0xfe, 0x60, 0x10];
const AOM_1080P: [u8; 13] = [0x0a, 0x0b, 0, 0, 0, 0x42, 0xab, 0xbf, 0xc3, 0x77, 0xff, 0xe6, 0x01];
const RAV1E_360P: [u8; 16] = [0x0a, 0x0e, 0, 0, 0, 0xfa, 0x62, 0x7f, 0xb3, 0x88, 0x42, 0xb2, 0x04, 0x04, 0x04, 0x28];

fn packet(aggregation: u8, parts: &[&[u8]]) -> Vec<u8> {
    [&[aggregation][..], &parts.concat()].concat()
}

#[test]
fn marks_layers() {
    let start = Mark { frame_start: true, ..Mark::default() };
    let frame = [0x30, 1, 2, 3];
    let layered = [0x34, 0x48, 1, 2];
    let table = [
        ("delta, one element", packet(0x10, &[&frame]), start),
        ("delta, element with length", packet(0x00, &[&[4], &frame]), start),
        ("continued", packet(0x90, &[&layered]), Mark::default()),
        ("temporal 2, spatial 1", packet(0x10, &[&layered]), Mark { temporal: 2, spatial: 1, ..start }),
        ("second of two elements", packet(0x20, &[&[4], &frame, &layered]), Mark { temporal: 2, spatial: 1, ..start }),
    ];
    for (name, payload, expected) in table {
        assert_eq!(mark(&payload), Some(expected), "{name}");
    }
    assert_eq!(mark(&[]), None);
}

#[test]
fn marks_keyframes() {
    let key = Mark { frame_start: true, keyframe: true, ..Mark::default() };
    let frame = [0x30, 1, 2, 3];
    let table = [
        ("keyframe, header alone", packet(0x18, &[&AOM_360P]), Mark { resolution: Some((640, 360)), ..key }),
        (
            "keyframe, header and frame",
            packet(0x28, &[&[13], &AOM_1080P, &frame]),
            Mark { resolution: Some((1920, 1080)), ..key },
        ),
        (
            "keyframe, number not declared",
            packet(0x08, &[&[16], &RAV1E_360P, &[4], &frame]),
            Mark { resolution: Some((640, 360)), ..key },
        ),
        ("keyframe, header cut", packet(0x18, &[&AOM_360P[..7]]), key),
        ("length beyond the end", packet(0x08, &[&[200], &AOM_360P]), key),
        ("N on a continuation", packet(0x98, &[&AOM_360P]), Mark::default()),
    ];
    for (name, payload, expected) in table {
        assert_eq!(mark(&payload), Some(expected), "{name}");
    }
}

#[test]
fn reads_the_size_behind_operating_points_with_a_decoder_model() {
    // timing_info with equal intervals (uvlc 0), decoder model of 8-bit delays, one point of level 8 with tier, delays
    // and display delay; then 10-bit sides of 800 × 600.
    let mut text = String::from("000 0 0 1");
    text += &"0".repeat(64);
    text += "1 1 1 00111";
    text += &"0".repeat(42);
    text += "1 00000 000000000000 01000 1 1 00000000 00000000 0 1 0000 1001 1001 1100011111 1001010111";
    let bits: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').map(|byte| byte - b'0').collect();
    let bytes: Vec<u8> =
        bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0, |sum, (at, bit)| sum | bit << (7 - at))).collect();
    assert_eq!(resolution(&bytes), Some((800, 600)));
}

#[test]
fn reads_lengths() {
    let table: [(&[u8], usize, usize); 3] =
        [(&[5], 5, 1), (&[0x80, 0x01], 128, 2), (&[0xff, 0xff, 0xff, 0x7f], (1 << 28) - 1, 4)];
    for (bytes, value, used) in table {
        assert_eq!(leb128(bytes), Some((value, used)), "{bytes:x?}");
    }
    assert_eq!(leb128(&[0x80, 0x80, 0x80, 0x80, 0x01]), None, "too long");
    assert_eq!(leb128(&[0x80]), None, "cut");
}
