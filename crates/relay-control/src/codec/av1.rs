//! AV1 aggregation header, OBU extension and the size in a sequence header (AOMedia RTP payload format, section 4).

use super::{Mark, bits::Bits};

pub(super) fn mark(payload: &[u8]) -> Option<Mark> {
    let aggregation = *payload.first()?;
    let continues = aggregation & CONTINUES != 0;
    let mut mark = Mark {
        frame_start: !continues,
        // A continued element cannot begin a coded video sequence: such a packet lies.
        keyframe: aggregation & NEW_SEQUENCE != 0 && !continues,
        ..Mark::default()
    };
    let declared = usize::from(aggregation >> 4 & 0x03);
    let mut rest = payload.get(1..)?;
    for index in 0..MAX_ELEMENTS {
        let is_last = declared == index + 1;
        let Some((element, after)) = split_element(rest, is_last) else {
            break;
        };
        if !(index == 0 && continues) {
            note(&mut mark, element);
        }
        if is_last || after.is_empty() {
            break;
        }
        rest = after;
    }
    Some(mark)
}

/// The next OBU element and what follows it; the last of a declared number has no length before it.
fn split_element(bytes: &[u8], is_last: bool) -> Option<(&[u8], &[u8])> {
    if is_last {
        return Some((bytes, &[]));
    }
    let (len, used) = leb128(bytes)?;
    bytes.get(used..)?.split_at_checked(len)
}

fn note(mark: &mut Mark, element: &[u8]) -> Option<()> {
    let header = *element.first()?;
    let mut at = 1;
    if header & HAS_EXTENSION != 0 {
        let extension = *element.get(at)?;
        mark.temporal = extension >> 5;
        mark.spatial = extension >> 3 & 0x03;
        at += 1;
    }
    if header & HAS_SIZE != 0 {
        at += leb128(element.get(at..)?)?.1;
    }
    if header >> 3 & 0x0f == SEQUENCE_HEADER {
        mark.resolution = resolution(element.get(at..)?).or(mark.resolution);
    }
    Some(())
}

/// A little-endian base-128 number of at most four bytes (more than any datagram needs), and its length.
fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0usize;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

/// max_frame_width and max_frame_height (AV1 bitstream specification section 5.5.1).
fn resolution(header: &[u8]) -> Option<(u16, u16)> {
    let mut bits = Bits::plain(header);
    bits.skip(4)?;
    let reduced = bits.flag()?;
    if reduced {
        bits.skip(5)?;
    } else {
        operating_points(&mut bits)?;
    }
    let (width_bits, height_bits) = (bits.number(4)? + 1, bits.number(4)? + 1);
    let (width, height) = (bits.number(width_bits)? + 1, bits.number(height_bits)? + 1);
    Some((width.try_into().ok()?, height.try_into().ok()?))
}

fn operating_points(bits: &mut Bits<'_>) -> Option<()> {
    let delay_bits = if bits.flag()? { timing(bits)? } else { None };
    let display_delay = bits.flag()?;
    let points = bits.number(5)? + 1;
    for _ in 0..points {
        bits.skip(12)?;
        if bits.number(5)? > 7 {
            bits.skip(1)?;
        }
        if let Some(width) = delay_bits
            && bits.flag()?
        {
            bits.skip(2 * width + 1)?;
        }
        if display_delay && bits.flag()? {
            bits.skip(4)?;
        }
    }
    Some(())
}

/// timing_info and decoder_model_info; returns the width of buffer delays when there is a decoder model.
fn timing(bits: &mut Bits<'_>) -> Option<Option<u32>> {
    bits.skip(64)?;
    if bits.flag()? {
        bits.golomb()?;
    }
    if !bits.flag()? {
        return Some(None);
    }
    let width = bits.number(5)? + 1;
    bits.skip(32 + 5 + 5)?;
    Some(Some(width))
}

const CONTINUES: u8 = 0x80;
const NEW_SEQUENCE: u8 = 0x08;
const HAS_EXTENSION: u8 = 0x04;
const HAS_SIZE: u8 = 0x02;
const SEQUENCE_HEADER: u8 = 1;
// A new sequence starts with its header: looking further than a few elements finds nothing more.
const MAX_ELEMENTS: usize = 4;

#[cfg(test)]
mod tests;
