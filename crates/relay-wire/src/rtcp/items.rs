//! Lists inside reports, BYE and SDES. Their octets were checked to be there when the packet was read.

use super::{REPORT_LEN, SDES_CNAME};
use crate::bytes::{u8_at, u32_at};

/// How one source is received (RFC 3550, 6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReportBlock {
    /// The source.
    pub ssrc: u32,
    /// Lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Lost since the beginning, 24 bits signed; duplicates make it negative.
    pub cumulative_lost: i32,
    /// Highest sequence number received, with its count of wraps above.
    pub highest_sequence: u32,
    /// Interarrival jitter in timestamp ticks.
    pub jitter: u32,
    /// Middle 32 bits of the NTP time of the last sender report, 0 for none.
    pub lsr: u32,
    /// Delay since that report in 1/65536 s.
    pub dlsr: u32,
}

/// Iterator over report blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reports<'a>(&'a [u8]);

impl<'a> Reports<'a> {
    pub(super) const fn new(blocks: &'a [u8]) -> Self {
        Reports(blocks)
    }
}

impl Iterator for Reports<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, rest) = self.0.split_at_checked(REPORT_LEN)?;
        self.0 = rest;
        let lost = u32_at(block, 4)?;
        Some(ReportBlock {
            ssrc: u32_at(block, 0)?,
            fraction_lost: (lost >> 24) as u8,
            cumulative_lost: sign_extend_24(lost),
            highest_sequence: u32_at(block, 8)?,
            jitter: u32_at(block, 12)?,
            lsr: u32_at(block, 16)?,
            dlsr: u32_at(block, 20)?,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = self.0.len() / REPORT_LEN;
        (count, Some(count))
    }
}

impl ExactSizeIterator for Reports<'_> {}

/// The low 24 bits as a signed number.
pub(super) const fn sign_extend_24(value: u32) -> i32 {
    ((value << 8) as i32) >> 8
}

/// Iterator over synchronisation sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ssrcs<'a>(&'a [u8]);

impl<'a> Ssrcs<'a> {
    pub(super) const fn new(ssrcs: &'a [u8]) -> Self {
        Ssrcs(ssrcs)
    }
}

impl Iterator for Ssrcs<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (ssrc, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*ssrc))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = self.0.len() / 4;
        (count, Some(count))
    }
}

impl ExactSizeIterator for Ssrcs<'_> {}

/// Iterator over `(ssrc, canonical name)`; chunks without a name and other items are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdesCnames<'a> {
    rest: &'a [u8],
    chunks: u8,
}

impl<'a> SdesCnames<'a> {
    /// `None` unless `body` is `chunks` well-formed chunks.
    pub(super) fn new(body: &'a [u8], chunks: u8) -> Option<Self> {
        let mut rest = body;
        for _ in 0..chunks {
            (_, rest) = chunk(rest)?;
        }
        Some(SdesCnames { rest: body, chunks })
    }
}

impl<'a> Iterator for SdesCnames<'a> {
    type Item = (u32, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while self.chunks > 0 {
            self.chunks -= 1;
            let (found, rest) = chunk(self.rest)?;
            self.rest = rest;
            if let (ssrc, Some(name)) = found {
                return Some((ssrc, name));
            }
        }
        None
    }
}

/// A chunk's SSRC and canonical name.
type Chunk<'a> = (u32, Option<&'a [u8]>);

/// One chunk, and what follows its padding to a multiple of 4.
fn chunk(b: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let ssrc = u32_at(b, 0)?;
    let mut name = None;
    let mut at = 4;
    loop {
        let kind = u8_at(b, at)?;
        if kind == 0 {
            return Some(((ssrc, name), b.get((at + 1).next_multiple_of(4)..)?));
        }
        let len = usize::from(u8_at(b, at + 1)?);
        let text = b.get(at + 2..)?.get(..len)?;
        if kind == SDES_CNAME && name.is_none() {
            name = Some(text);
        }
        at += 2 + len;
    }
}
