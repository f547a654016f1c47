//! VP8 payload descriptor (RFC 7741 section 4.2) and keyframe header (RFC 6386 section 9.1).

use super::Mark;

/// Where the optional fields of a descriptor lie, as offsets into the payload.
struct Descriptor {
    picture_id: Option<(usize, bool)>,
    tl0: Option<usize>,
    layers: Option<usize>,
    len: usize,
}

pub(super) fn mark(payload: &[u8]) -> Option<Mark> {
    let first = *payload.first()?;
    let descriptor = parse(payload)?;
    let frame_start = first & 0x10 != 0 && first & 0x07 == 0;
    let frame = payload.get(descriptor.len..)?;
    let keyframe = frame_start && frame.first().is_some_and(|byte| byte & 1 == 0);
    let mut mark = Mark {
        frame_start,
        keyframe,
        discardable: first & 0x20 != 0,
        tl0: descriptor.tl0.map(|at| payload[at]),
        resolution: if keyframe { resolution(frame) } else { None },
        ..Mark::default()
    };
    if let Some((at, wide)) = descriptor.picture_id {
        let high = u16::from(payload[at] & 0x7f);
        mark.picture_id = Some(if wide { high << 8 | u16::from(payload[at + 1]) } else { high });
        mark.picture_id_wide = wide;
    }
    if let Some(at) = descriptor.layers {
        let (byte, flags) = (payload[at], payload[1]);
        if flags & HAS_TID != 0 {
            mark.temporal = byte >> 6;
            mark.layer_sync = byte & 0x20 != 0;
        }
        mark.key_index = (flags & HAS_KEY_INDEX != 0).then_some(byte & 0x1f);
    }
    Some(mark)
}

/// Writes the fields that the descriptor has, in their width; leaves a malformed one alone.
pub(crate) fn patch(payload: &mut [u8], picture_id: Option<u16>, tl0: Option<u8>) {
    let Some(descriptor) = parse(payload) else {
        return;
    };
    if let (Some((at, wide)), Some(id)) = (descriptor.picture_id, picture_id) {
        if wide {
            payload[at] = 0x80 | (id >> 8) as u8;
            payload[at + 1] = id as u8;
        } else {
            payload[at] = id as u8 & 0x7f;
        }
    }
    if let (Some(at), Some(tl0)) = (descriptor.tl0, tl0) {
        payload[at] = tl0;
    }
}

/// `None` unless every offset in the result lies inside the payload.
fn parse(payload: &[u8]) -> Option<Descriptor> {
    let mut found = Descriptor { picture_id: None, tl0: None, layers: None, len: 1 };
    if payload.first()? & 0x80 == 0 {
        return Some(found);
    }
    let flags = *payload.get(1)?;
    found.len = 2;
    if flags & HAS_PICTURE_ID != 0 {
        let wide = payload.get(found.len)? & 0x80 != 0;
        found.picture_id = Some((found.len, wide));
        found.len += if wide { 2 } else { 1 };
    }
    if flags & HAS_TL0 != 0 {
        found.tl0 = Some(found.len);
        found.len += 1;
    }
    if flags & (HAS_TID | HAS_KEY_INDEX) != 0 {
        found.layers = Some(found.len);
        found.len += 1;
    }
    (found.len <= payload.len()).then_some(found)
}

fn resolution(frame: &[u8]) -> Option<(u16, u16)> {
    let header = frame.get(3..10)?;
    if header[..3] != START_CODE {
        return None;
    }
    // The two upper bits of each are a scaling hint.
    let side = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]) & 0x3fff;
    Some((side(3), side(5)))
}

const HAS_PICTURE_ID: u8 = 0x80;
const HAS_TL0: u8 = 0x40;
const HAS_TID: u8 = 0x20;
const HAS_KEY_INDEX: u8 = 0x10;
const START_CODE: [u8; 3] = [0x9d, 0x01, 0x2a];

#[cfg(test)]
mod tests {
    use super::*;

    // 640x480, upscaling hint 1 on the width.
    const KEY_HEADER: [u8; 10] = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x42, 0xe0, 0x01];

    fn with(descriptor: &[u8], frame: &[u8]) -> Vec<u8> {
        [descriptor, frame].concat()
    }

    #[test]
    fn marks_descriptors() {
        let base = Mark { frame_start: true, ..Mark::default() };
        let table = [
            ("bare delta", with(&[0x10], &[0x11]), base),
            ("not referenced", with(&[0x30], &[0x11]), Mark { discardable: true, ..base }),
            ("7-bit id", with(&[0x90, 0x80, 0x7f], &[1]), Mark { picture_id: Some(127), ..base }),
            (
                "15-bit id, TL0, TID 2 with sync, KEYIDX 5",
                with(&[0x90, 0xf0, 0xff, 0xfe, 200, 0xa5], &[1]),
                Mark {
                    picture_id: Some(32766),
                    picture_id_wide: true,
                    tl0: Some(200),
                    temporal: 2,
                    layer_sync: true,
                    key_index: Some(5),
                    ..base
                },
            ),
            ("KEYIDX without TID", with(&[0x90, 0x10, 0xff], &[1]), Mark { key_index: Some(31), ..base }),
        ];
        for (name, payload, expected) in table {
            assert_eq!(mark(&payload), Some(expected), "{name}");
        }
    }

    #[test]
    fn marks_keyframes() {
        let key = Mark { frame_start: true, keyframe: true, resolution: Some((640, 480)), ..Mark::default() };
        let table = [
            ("bare keyframe", with(&[0x10], &KEY_HEADER), key),
            ("continuation", with(&[0x00], &KEY_HEADER), Mark::default()),
            ("second partition", with(&[0x11], &KEY_HEADER), Mark::default()),
            ("keyframe header cut", with(&[0x10], &KEY_HEADER[..9]), Mark { resolution: None, ..key }),
            ("bad start code", with(&[0x10], &[0, 0, 0, 1, 2, 3, 4, 5, 6, 7]), Mark { resolution: None, ..key }),
        ];
        for (name, payload, expected) in table {
            assert_eq!(mark(&payload), Some(expected), "{name}");
        }
    }

    #[test]
    fn refuses_cut_descriptors() {
        for cut in [&[][..], &[0x90], &[0x90, 0x80], &[0x90, 0x80, 0x81], &[0x90, 0xf0, 0x81, 2, 3]] {
            assert_eq!(mark(cut), None, "{cut:x?}");
        }
    }

    #[test]
    fn patches_in_width() {
        let table: [(&str, &[u8], &[u8]); 5] = [
            ("7 bits", &[0x90, 0x80, 0x05, 1], &[0x90, 0x80, 0x34, 1]),
            ("15 bits and TL0", &[0x90, 0xe0, 0x80, 5, 9, 0x40, 1], &[0x90, 0xe0, 0x92, 0x34, 77, 0x40, 1]),
            ("TL0 alone", &[0x90, 0x40, 9, 1], &[0x90, 0x40, 77, 1]),
            ("no extension", &[0x10, 1], &[0x10, 1]),
            ("cut", &[0x90, 0xc0, 0x80, 5], &[0x90, 0xc0, 0x80, 5]),
        ];
        for (name, before, after) in table {
            let mut payload = before.to_vec();
            patch(&mut payload, Some(0x1234), Some(77));
            assert_eq!(payload, after, "{name}");
            payload.copy_from_slice(before);
            patch(&mut payload, None, None);
            assert_eq!(payload, before, "{name}");
        }
    }
}
