//! Walking a compound packet.

use super::{Packet, RtcpError, parse as packet};

/// Most packets read from one compound.
pub const MAX_PACKETS: usize = 64;

/// Reads a decrypted compound packet. Reduced-size compounds (RFC 5506) and unknown packets are taken.
pub fn parse(b: &[u8]) -> Compound<'_> {
    Compound { rest: b, packets: 0 }
}

/// Iterator over the packets of a compound. A packet that is well framed but malformed inside is an error and
/// the next packet follows; an error of framing is the last item.
#[derive(Debug, Clone)]
pub struct Compound<'a> {
    rest: &'a [u8],
    packets: usize,
}

impl<'a> Iterator for Compound<'a> {
    type Item = Result<Packet<'a>, RtcpError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match self.frame() {
            Ok(Frame { kind, count, body }) => Some(packet::parse(kind, count, body)),
            Err(error) => {
                self.rest = &[];
                Some(Err(error))
            }
        }
    }
}

impl std::iter::FusedIterator for Compound<'_> {}

struct Frame<'a> {
    kind: u8,
    count: u8,
    body: &'a [u8],
}

impl<'a> Compound<'a> {
    fn frame(&mut self) -> Result<Frame<'a>, RtcpError> {
        self.packets += 1;
        if self.packets > MAX_PACKETS {
            return Err(RtcpError::TooManyPackets);
        }
        let (&[first, kind, high, low], rest) = self.rest.split_first_chunk().ok_or(RtcpError::Truncated)?;
        if first >> 6 != 2 {
            return Err(RtcpError::BadVersion);
        }
        let len = 4 * usize::from(u16::from_be_bytes([high, low]));
        let (body, rest) = rest.split_at_checked(len).ok_or(RtcpError::Truncated)?;
        self.rest = rest;
        let body = if first & 0x20 != 0 { without_padding(body)? } else { body };
        Ok(Frame { kind, count: first & 0x1f, body })
    }
}

/// RFC 3550 6.4.1: the last octet counts the padding, itself included. The RFC wants a multiple of four; libwebrtc pads
/// its transport feedback with one to three octets, and refusing those would starve the bandwidth estimate.
fn without_padding(body: &[u8]) -> Result<&[u8], RtcpError> {
    let padding = usize::from(*body.last().ok_or(RtcpError::BadPadding)?);
    if padding == 0 {
        return Err(RtcpError::BadPadding);
    }
    let kept = body.len().checked_sub(padding).ok_or(RtcpError::BadPadding)?;
    body.get(..kept).ok_or(RtcpError::BadPadding)
}
