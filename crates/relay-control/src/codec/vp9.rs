//! VP9 payload descriptor (RFC 9628 section 4.2) and the size in the uncompressed frame header.

use super::{Mark, bits::Bits};

pub(super) fn mark(payload: &[u8]) -> Option<Mark> {
    let flags = *payload.first()?;
    let mut mark = Mark::default();
    let mut at = 1;
    if flags & HAS_PICTURE_ID != 0 {
        let high = *payload.get(at)?;
        mark.picture_id_wide = high & 0x80 != 0;
        mark.picture_id = Some(if mark.picture_id_wide {
            u16::from(high & 0x7f) << 8 | u16::from(*payload.get(at + 1)?)
        } else {
            u16::from(high)
        });
        at += if mark.picture_id_wide { 2 } else { 1 };
    }
    if flags & HAS_LAYERS != 0 {
        let layers = *payload.get(at)?;
        mark.temporal = layers >> 5;
        mark.layer_sync = layers & 0x10 != 0;
        mark.spatial = layers >> 1 & 0x07;
        at += 1;
        if flags & FLEXIBLE == 0 {
            mark.tl0 = Some(*payload.get(at)?);
            at += 1;
        }
    }
    if flags & FLEXIBLE != 0 && flags & PREDICTED != 0 {
        at += differences(payload.get(at..)?)?;
    }
    let begins = flags & BEGINS != 0;
    mark.frame_start = begins && mark.spatial == 0;
    mark.keyframe = mark.frame_start && flags & PREDICTED == 0;
    if flags & HAS_STRUCTURE != 0 {
        mark.resolution = structure(payload.get(at..)?);
    } else if mark.keyframe {
        mark.resolution = frame_header(payload.get(at..)?);
    }
    Some(mark)
}

/// Writes the picture id and TL0PICIDX that the descriptor has, in their width; leaves a malformed one alone.
pub(crate) fn patch(payload: &mut [u8], picture_id: Option<u16>, tl0: Option<u8>) {
    let Some(found) = mark(payload) else { return };
    let wide = found.picture_id_wide;
    if let (Some(_), Some(id)) = (found.picture_id, picture_id) {
        if wide {
            payload[1] = 0x80 | (id >> 8) as u8;
            payload[2] = id as u8;
        } else {
            payload[1] = id as u8 & 0x7f;
        }
    }
    if let (Some(_), Some(tl0)) = (found.tl0, tl0) {
        let id_len = usize::from(found.picture_id.is_some()) + usize::from(wide);
        payload[1 + id_len + 1] = tl0;
    }
}

/// The length of the P_DIFF list: at most three, each with a "more" bit.
fn differences(list: &[u8]) -> Option<usize> {
    for len in 1..=3 {
        if list.get(len - 1)? & 1 == 0 {
            return Some(len);
        }
    }
    None
}

/// The size of the highest spatial layer in a scalability structure.
fn structure(bytes: &[u8]) -> Option<(u16, u16)> {
    let head = *bytes.first()?;
    if head & 0x10 == 0 {
        return None;
    }
    let highest = usize::from(head >> 5);
    let sides = bytes.get(1 + highest * 4..5 + highest * 4)?;
    Some((u16::from_be_bytes([sides[0], sides[1]]), u16::from_be_bytes([sides[2], sides[3]])))
}

/// The size in a keyframe's uncompressed header (VP9 bitstream specification section 6.2).
fn frame_header(frame: &[u8]) -> Option<(u16, u16)> {
    let mut bits = Bits::plain(frame);
    if bits.number(2)? != FRAME_MARKER {
        return None;
    }
    let profile = bits.number(1)? | bits.number(1)? << 1;
    if profile == 3 {
        bits.skip(1)?;
    }
    let (existing, inter) = (bits.flag()?, bits.flag()?);
    bits.skip(2)?;
    if existing || inter || bits.number(24)? != SYNC_CODE {
        return None;
    }
    if profile >= 2 {
        bits.skip(1)?;
    }
    let full_chroma_allowed = profile & 1 == 1;
    let is_rgb = bits.number(3)? == COLOR_RGB;
    bits.skip(match (is_rgb, full_chroma_allowed) {
        (false, true) => 4,
        (true, false) => 0,
        _ => 1,
    })?;
    // Both are stored less one; a side of 65536 does not fit and no encoder makes it.
    let (width, height) = (bits.number(16)? + 1, bits.number(16)? + 1);
    Some((width.try_into().ok()?, height.try_into().ok()?))
}

const HAS_PICTURE_ID: u8 = 0x80;
const PREDICTED: u8 = 0x40;
const HAS_LAYERS: u8 = 0x20;
const FLEXIBLE: u8 = 0x10;
const BEGINS: u8 = 0x08;
const HAS_STRUCTURE: u8 = 0x02;
const FRAME_MARKER: u32 = 2;
const SYNC_CODE: u32 = 0x49_83_42;
const COLOR_RGB: u32 = 7;

#[cfg(test)]
mod tests {
    use super::*;

    // Profile 0, keyframe, shown, BT.601, 1280x720.
    const KEY_HEADER: [u8; 9] = [0x82, 0x49, 0x83, 0x42, 0x20, 0x4f, 0xf0, 0x2c, 0xf0];

    #[test]
    fn marks_descriptors() {
        let base = Mark { frame_start: true, ..Mark::default() };
        let wide = Mark { picture_id: Some(0x1234), picture_id_wide: true, ..base };
        let table: [(&str, &[u8], Mark); 5] = [
            ("delta, 7-bit id", &[0xc8, 0x05, 1], Mark { picture_id: Some(5), ..base }),
            ("delta, 15-bit id", &[0xc8, 0x92, 0x34, 1], wide),
            ("middle of a frame", &[0xc0, 0x92, 0x34, 1], Mark { frame_start: false, ..wide }),
            (
                "TID 2 with switching point, SID 0, TL0",
                &[0xe8, 0x05, 0x50, 99, 1],
                Mark { picture_id: Some(5), temporal: 2, layer_sync: true, tl0: Some(99), ..base },
            ),
            (
                "flexible, SID 1, two differences",
                &[0xf8, 0x05, 0x22, 0x03, 0x04, 1],
                Mark { frame_start: false, picture_id: Some(5), temporal: 1, spatial: 1, ..base },
            ),
        ];
        for (name, payload, expected) in table {
            assert_eq!(mark(payload), Some(expected), "{name}");
        }
    }

    #[test]
    fn marks_keyframes() {
        let base = Mark { frame_start: true, keyframe: true, ..Mark::default() };
        let structure = [0x8a, 0x05, 0x30, 0x01, 0x40, 0x00, 0xb4, 0x02, 0x80, 0x01, 0x68];
        let table: [(&str, Vec<u8>, Mark); 3] = [
            (
                "keyframe with structure of two layers",
                structure.to_vec(),
                Mark { picture_id: Some(5), resolution: Some((640, 360)), ..base },
            ),
            (
                "keyframe, size from its header",
                [&[0x88, 0x05][..], &KEY_HEADER].concat(),
                Mark { picture_id: Some(5), resolution: Some((1280, 720)), ..base },
            ),
            ("keyframe, header cut", vec![0x08, 0x82, 0x49], base),
        ];
        for (name, payload, expected) in table {
            assert_eq!(mark(&payload), Some(expected), "{name}");
        }
    }

    #[test]
    fn reads_the_size_of_real_keyframes() {
        let table: [(&str, [u8; 11], (u16, u16)); 4] = [
            ("profile 0", [0x82, 0x49, 0x83, 0x42, 0, 0x27, 0xf0, 0x16, 0x76, 0x0a, 0x38], (640, 360)),
            ("profile 0", [0x82, 0x49, 0x83, 0x42, 0, 0x4f, 0xf0, 0x2c, 0xf6, 0x06, 0x38], (1280, 720)),
            ("profile 1, 4:4:4", [0xa2, 0x49, 0x83, 0x42, 0, 0x04, 0xfe, 0x02, 0xce, 0xc1, 0x47], (640, 360)),
            ("profile 1, RGB", [0xa2, 0x49, 0x83, 0x42, 0xe0, 0x4f, 0xf0, 0x2c, 0xf6, 0x04, 0x38], (1280, 720)),
        ];
        for (name, frame, size) in table {
            assert_eq!(frame_header(&frame), Some(size), "{name} {size:?}");
        }
    }

    #[test]
    fn refuses_cut_descriptors() {
        for cut in [&[][..], &[0x80], &[0x80, 0x80], &[0xa0, 5], &[0xa0, 5, 0], &[0x50, 1], &[0x50, 1, 1, 1]] {
            assert_eq!(mark(cut), None, "{cut:x?}");
        }
    }

    #[test]
    fn patches_in_width() {
        let table: [(&str, &[u8], &[u8]); 4] = [
            ("7 bits", &[0xc8, 0x05, 1], &[0xc8, 0x34, 1]),
            ("15 bits and TL0", &[0xe8, 0x80, 5, 0x50, 9, 1], &[0xe8, 0x92, 0x34, 0x50, 77, 1]),
            ("flexible has no TL0", &[0xb8, 0x05, 0x22, 1], &[0xb8, 0x34, 0x22, 1]),
            ("cut", &[0xa0, 5, 0], &[0xa0, 5, 0]),
        ];
        for (name, before, after) in table {
            let mut payload = before.to_vec();
            patch(&mut payload, Some(0x1234), Some(77));
            assert_eq!(payload, after, "{name}");
        }
    }
}
