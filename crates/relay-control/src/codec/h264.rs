//! H.264 packetization (RFC 6184): where a keyframe starts, and the size in its sequence parameter set.

use super::{Mark, bits::Bits};

pub(super) fn mark(payload: &[u8]) -> Option<Mark> {
    let header = *payload.first()?;
    let mut mark = Mark { discardable: header & NAL_REF_IDC == 0, ..Mark::default() };
    match header & NAL_TYPE {
        STAP_A => aggregate(&mut mark, payload.get(1..)?),
        FU_A => {
            let fragment = *payload.get(1)?;
            if fragment & FU_START != 0 {
                unit(&mut mark, fragment & NAL_TYPE, payload.get(2..)?);
            }
        }
        kind => unit(&mut mark, kind, payload.get(1..)?),
    }
    Some(mark)
}

fn aggregate(mark: &mut Mark, mut units: &[u8]) {
    while let [high, low, rest @ ..] = units {
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        let Some((nal, after)) = rest.split_at_checked(len) else {
            return;
        };
        if let [header, body @ ..] = nal {
            unit(mark, header & NAL_TYPE, body);
        }
        units = after;
    }
}

/// Notes one NAL unit; `body` follows its header byte.
fn unit(mark: &mut Mark, kind: u8, body: &[u8]) {
    match kind {
        SPS => {
            mark.keyframe = true;
            mark.frame_start = true;
            mark.resolution = resolution(body).or(mark.resolution);
        }
        // first_mb_in_slice is ue(v): a leading one bit means macroblock 0, the first slice of its picture.
        IDR => {
            mark.keyframe = true;
            mark.frame_start |= body.first().is_some_and(|byte| byte & 0x80 != 0);
        }
        SLICE | PARTITION_A => mark.frame_start |= body.first().is_some_and(|byte| byte & 0x80 != 0),
        SEI | PPS | DELIMITER => mark.frame_start = true,
        _ => {}
    }
}

/// Width and height after cropping (ITU-T H.264 section 7.3.2.1.1).
fn resolution(sps: &[u8]) -> Option<(u16, u16)> {
    let mut bits = Bits::nal(sps);
    let profile = bits.number(8)?;
    bits.skip(16)?;
    bits.golomb()?;
    let chroma = if HIGH_PROFILES.contains(&profile) { high_profile(&mut bits)? } else { CHROMA_420 };
    bits.golomb()?;
    picture_order(&mut bits)?;
    bits.golomb()?;
    bits.skip(1)?;
    let width = macroblocks(&mut bits)?;
    let map_height = macroblocks(&mut bits)?;
    let fields = if bits.flag()? {
        1
    } else {
        bits.skip(1)?;
        2
    };
    bits.skip(1)?;
    let (across, down) = cropping(&mut bits)?;
    let (unit_x, unit_y) = match chroma {
        CHROMA_420 => (2, 2),
        CHROMA_422 => (2, 1),
        _ => (1, 1),
    };
    let side = |full: u64, cropped: u64| u16::try_from(full.checked_sub(cropped)?).ok().filter(|side| *side > 0);
    Some((side(width, across * unit_x)?, side(map_height * fields, down * unit_y * fields)?))
}

/// Passes over the fields of the High profiles; returns chroma_array_type.
fn high_profile(bits: &mut Bits<'_>) -> Option<u32> {
    let format = bits.golomb()?;
    let separate_planes = format == CHROMA_444 && bits.flag()?;
    bits.golomb()?;
    bits.golomb()?;
    bits.skip(1)?;
    if bits.flag()? {
        let lists = if format == CHROMA_444 { 12 } else { 8 };
        for list in 0..lists {
            if bits.flag()? {
                scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some(if separate_planes { 0 } else { format })
}

fn scaling_list(bits: &mut Bits<'_>, size: usize) -> Option<()> {
    let (mut last, mut next) = (8i64, 8i64);
    for _ in 0..size {
        if next != 0 {
            next = (last + bits.signed_golomb()?).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

fn picture_order(bits: &mut Bits<'_>) -> Option<()> {
    match bits.golomb()? {
        0 => bits.golomb().map(|_| ()),
        1 => {
            bits.skip(1)?;
            bits.golomb()?;
            bits.golomb()?;
            let cycle = bits.golomb().filter(|cycle| *cycle <= 255)?;
            (0..cycle).try_for_each(|_| bits.golomb().map(|_| ()))
        }
        _ => Some(()),
    }
}

/// A side in luma samples, stored as macroblocks less one.
fn macroblocks(bits: &mut Bits<'_>) -> Option<u64> {
    Some((u64::from(bits.golomb()?) + 1) * 16)
}

/// Left + right and top + bottom, in cropping units.
fn cropping(bits: &mut Bits<'_>) -> Option<(u64, u64)> {
    if !bits.flag()? {
        return Some((0, 0));
    }
    let across = u64::from(bits.golomb()?) + u64::from(bits.golomb()?);
    Some((across, u64::from(bits.golomb()?) + u64::from(bits.golomb()?)))
}

const NAL_TYPE: u8 = 0x1f;
const NAL_REF_IDC: u8 = 0x60;
const FU_START: u8 = 0x80;
const SLICE: u8 = 1;
const PARTITION_A: u8 = 2;
const IDR: u8 = 5;
const SEI: u8 = 6;
const SPS: u8 = 7;
const PPS: u8 = 8;
const DELIMITER: u8 = 9;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;
// Those whose parameter set carries chroma_format_idc.
const HIGH_PROFILES: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
const CHROMA_420: u32 = 1;
const CHROMA_422: u32 = 2;
const CHROMA_444: u32 = 3;

#[cfg(test)]
mod tests;
