//! Reading an RTP header.

use std::ops::Range;

use super::{FIXED_LEN, RtpError};
use crate::bytes::{u16_at, u32_at};

/// The clear part of an RTP packet (RFC 3550, 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Marker bit; for video the last packet of a frame.
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Media timestamp in clock ticks of the payload type.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
    /// Contributing sources between fixed header and extension.
    pub csrc_count: u8,
    /// Padding bit. How much padding is known only after decryption: [`Header::payload_range`].
    pub has_padding: bool,
    /// Octets before the payload, extension included.
    pub header_len: usize,
    /// The header extension, if there is one.
    pub extension: Option<ExtensionBlock>,
}

/// Where the header extension lies in the packet (RFC 3550, 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtensionBlock {
    /// Says how the elements are written (RFC 8285).
    pub profile: u16,
    /// Offset of the first element.
    pub start: usize,
    /// Octets of elements, a multiple of 4.
    pub len: usize,
}

impl Header {
    /// Reads the header of `b`, a whole packet, protected or not.
    pub fn parse(b: &[u8]) -> Result<Header, RtpError> {
        let fixed: &[u8; FIXED_LEN] = b.first_chunk().ok_or(RtpError::TooShort)?;
        if fixed[0] >> 6 != 2 {
            return Err(RtpError::BadVersion);
        }
        let csrc_count = fixed[0] & 0x0f;
        let mut header = Header {
            marker: fixed[1] & 0x80 != 0,
            payload_type: fixed[1] & 0x7f,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
            csrc_count,
            has_padding: fixed[0] & 0x20 != 0,
            header_len: FIXED_LEN + 4 * usize::from(csrc_count),
            extension: None,
        };
        if fixed[0] & 0x10 != 0 {
            let profile = u16_at(b, header.header_len).ok_or(RtpError::TooShort)?;
            let words = u16_at(b, header.header_len + 2).ok_or(RtpError::TooShort)?;
            let block = ExtensionBlock { profile, start: header.header_len + 4, len: 4 * usize::from(words) };
            header.header_len = block.start + block.len;
            header.extension = Some(block);
        }
        if header.header_len > b.len() { Err(RtpError::TooShort) } else { Ok(header) }
    }

    /// Where the payload lies in `plain`, the decrypted packet without its tag; padding is left out.
    ///
    /// A packet of padding only has an empty payload.
    pub fn payload_range(&self, plain: &[u8]) -> Result<Range<usize>, RtpError> {
        let payload = plain.get(self.header_len..).ok_or(RtpError::TooShort)?;
        let padding_len = match payload.last() {
            _ if !self.has_padding => 0,
            Some(&len) if len > 0 && usize::from(len) <= payload.len() => usize::from(len),
            _ => return Err(RtpError::BadPadding),
        };
        Ok(self.header_len..plain.len() - padding_len)
    }

    /// The contributing sources.
    pub fn csrcs<'a>(&self, b: &'a [u8]) -> impl Iterator<Item = u32> + use<'a> {
        let count = usize::from(self.csrc_count);
        (0..count).map_while(move |n| u32_at(b, FIXED_LEN + 4 * n))
    }
}
