//! Extended reports (RFC 3611): the two blocks that let a receiver measure round-trip time.

use crate::bytes::{u8_at, u16_at, u64_at};

/// One block of an extended report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum XrBlock<'a> {
    /// The receiver's clock (4.4), NTP 32.32.
    ReceiverReferenceTime {
        /// NTP time.
        ntp: u64,
    },
    /// Answers to such clocks (4.5).
    Dlrr(DlrrEntries<'a>),
    /// Any other block.
    Other {
        /// Block type.
        kind: u8,
    },
}

/// Iterator over blocks; ends at the first malformed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XrBlocks<'a>(&'a [u8]);

impl<'a> XrBlocks<'a> {
    pub(super) const fn new(blocks: &'a [u8]) -> Self {
        XrBlocks(blocks)
    }

    fn split(&self) -> Option<(XrBlock<'a>, &'a [u8])> {
        let kind = u8_at(self.0, 0)?;
        let len = 4 * usize::from(u16_at(self.0, 2)?);
        let (body, rest) = self.0.get(4..)?.split_at_checked(len)?;
        let block = match kind {
            4 => XrBlock::ReceiverReferenceTime { ntp: u64_at(body, 0)? },
            5 => XrBlock::Dlrr(DlrrEntries(body)),
            _ => XrBlock::Other { kind },
        };
        Some((block, rest))
    }
}

impl<'a> Iterator for XrBlocks<'a> {
    type Item = XrBlock<'a>;

    fn next(&mut self) -> Option<XrBlock<'a>> {
        let (block, rest) = self.split().unzip();
        self.0 = rest.unwrap_or(&[]);
        block
    }
}

/// One answer to a receiver's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DlrrEntry {
    /// The receiver answered.
    pub ssrc: u32,
    /// Middle 32 bits of its clock.
    pub lrr: u32,
    /// Delay since it came, in 1/65536 s.
    pub dlrr: u32,
}

/// Iterator over the answers of one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DlrrEntries<'a>(&'a [u8]);

impl Iterator for DlrrEntries<'_> {
    type Item = DlrrEntry;

    fn next(&mut self) -> Option<DlrrEntry> {
        let (entry, rest) = self.0.split_first_chunk::<12>()?;
        self.0 = rest;
        let word = |at: usize| u32::from_be_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]);
        Some(DlrrEntry { ssrc: word(0), lrr: word(4), dlrr: word(8) })
    }
}
