//! Writing an RTP header.

use super::{FIXED_LEN, ONE_BYTE_PROFILE, TWO_BYTE_PROFILE};

/// The fields of a header to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderFields {
    /// Marker bit.
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Media timestamp.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
    /// The payload ends with padding whose last octet says how much (RFC 3550, 5.1).
    pub has_padding: bool,
}

/// Writes a header without contributing sources; returns its length, or 0 when `out` is too small.
///
/// `ext` yields local ids 1 to 255 with at most 255 octets of data. All are written in the one-byte form,
/// unless one has an id above 14 or a length outside 1 to 16: then all are written in the two-byte form.
/// Elements of id 0 or of more than 255 octets exist in no form and are left out. The block is padded with
/// zeros to a multiple of 4.
pub fn write_header<'a>(
    out: &mut [u8],
    fields: &HeaderFields,
    ext: impl Iterator<Item = (u8, &'a [u8])> + Clone,
) -> usize {
    let Some(fixed) = out.first_chunk_mut::<FIXED_LEN>() else {
        return 0;
    };
    fixed[0] = 0x80 | u8::from(fields.has_padding) << 5;
    fixed[1] = u8::from(fields.marker) << 7 | fields.payload_type & 0x7f;
    fixed[2..4].copy_from_slice(&fields.sequence.to_be_bytes());
    fixed[4..8].copy_from_slice(&fields.timestamp.to_be_bytes());
    fixed[8..12].copy_from_slice(&fields.ssrc.to_be_bytes());

    let mut elements = ext.filter(|(id, data)| *id != 0 && data.len() <= 255).peekable();
    if elements.peek().is_none() {
        return FIXED_LEN;
    }
    let one_byte = elements.clone().all(|(id, data)| id < 15 && (1..=16).contains(&data.len()));
    let Some((head, room)) = out[FIXED_LEN..].split_first_chunk_mut::<4>() else {
        return 0;
    };
    let Some(len) = write_elements(room, elements, one_byte) else {
        return 0;
    };
    let profile = if one_byte { ONE_BYTE_PROFILE } else { TWO_BYTE_PROFILE };
    head[..2].copy_from_slice(&profile.to_be_bytes());
    head[2..].copy_from_slice(&((len / 4) as u16).to_be_bytes());
    out[0] |= 0x10;
    FIXED_LEN + 4 + len
}

/// Returns the padded length of all elements, at most 2^18 - 4 so that its count of words fits the header.
fn write_elements<'a>(out: &mut [u8], elements: impl Iterator<Item = (u8, &'a [u8])>, one_byte: bool) -> Option<usize> {
    let mut at = 0;
    for (id, data) in elements {
        if one_byte {
            *out.get_mut(at)? = id << 4 | (data.len() - 1) as u8;
            at += 1;
        } else {
            out.get_mut(at..at + 2)?.copy_from_slice(&[id, data.len() as u8]);
            at += 2;
        }
        out.get_mut(at..at + data.len())?.copy_from_slice(data);
        at += data.len();
    }
    let padded = at.next_multiple_of(4);
    out.get_mut(at..padded)?.fill(0);
    (padded / 4 <= usize::from(u16::MAX)).then_some(padded)
}
