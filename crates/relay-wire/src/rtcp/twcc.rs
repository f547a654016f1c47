//! Reading transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1).

use super::RtcpError;
use super::items::sign_extend_24;
use crate::bytes::{u8_at, u16_at, u32_at};

/// Most packets one feedback may report on. At 10,000 packets a second this is 0.8 s; more would let a few
/// octets of run lengths cost a long loop.
pub const MAX_TWCC_STATUSES: u16 = 8192;

/// Arrival times of the packets `base`, `base + 1`, … of a transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TwccFeedback<'a> {
    /// Who reports.
    pub sender: u32,
    /// Any stream of the transport.
    pub media: u32,
    /// First transport-wide sequence number reported on.
    pub base: u16,
    /// How many sequence numbers are reported on.
    pub count: u16,
    /// The receiver's clock to which the deltas add, in 64 ms, 24 bits signed.
    pub reference_time_64ms: i32,
    /// Counts feedback packets.
    pub feedback_count: u8,
    chunks: &'a [u8],
    deltas: &'a [u8],
}

impl<'a> TwccFeedback<'a> {
    /// Checks that the chunks cover `count` packets and that a delta is there for each that arrived.
    pub(super) fn parse(sender: u32, media: u32, information: &'a [u8]) -> Result<Self, RtcpError> {
        let feedback = Self::header(sender, media, information).ok_or(RtcpError::Malformed)?;
        if feedback.count > MAX_TWCC_STATUSES {
            return Err(RtcpError::TooManyStatuses);
        }
        feedback.split_deltas().ok_or(RtcpError::Malformed)
    }

    fn header(sender: u32, media: u32, information: &'a [u8]) -> Option<Self> {
        let time_and_count = u32_at(information, 4)?;
        Some(TwccFeedback {
            sender,
            media,
            base: u16_at(information, 0)?,
            count: u16_at(information, 2)?,
            reference_time_64ms: sign_extend_24(time_and_count >> 8),
            feedback_count: time_and_count as u8,
            chunks: information.get(8..)?,
            deltas: &[],
        })
    }

    /// Finds where the chunks end. Every chunk covers at least one packet, so this ends.
    fn split_deltas(mut self) -> Option<Self> {
        let mut left = usize::from(self.count);
        let mut deltas_len = 0;
        let mut chunks_len = 0;
        while left > 0 {
            let chunk = Chunk(u16_at(self.chunks, chunks_len)?);
            let covered = chunk.capacity().min(left);
            if covered == 0 {
                return None;
            }
            deltas_len += chunk.deltas_len(covered)?;
            chunks_len += 2;
            left -= covered;
        }
        let (chunks, deltas) = self.chunks.split_at_checked(chunks_len)?;
        self.chunks = chunks;
        self.deltas = deltas.get(..deltas_len)?;
        Some(self)
    }

    /// For each packet from `base` on, its sequence number and, if it arrived, the time since the reference
    /// in 250 µs.
    pub fn iter(&self) -> TwccIter<'a> {
        TwccIter {
            chunks: self.chunks,
            deltas: self.deltas,
            chunk: Chunk(0),
            at: 0,
            sequence: self.base,
            left: self.count,
            time_250us: 0,
        }
    }
}

/// Iterator over `(sequence, arrival)`.
#[derive(Debug, Clone)]
pub struct TwccIter<'a> {
    chunks: &'a [u8],
    deltas: &'a [u8],
    chunk: Chunk,
    /// Position within `chunk`.
    at: usize,
    sequence: u16,
    left: u16,
    time_250us: i64,
}

impl Iterator for TwccIter<'_> {
    type Item = (u16, Option<i64>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        if self.at >= self.chunk.capacity() {
            self.chunk = Chunk(u16_at(self.chunks, 0)?);
            self.chunks = self.chunks.get(2..)?;
            self.at = 0;
        }
        let symbol = self.chunk.symbol(self.at);
        self.at += 1;
        let delta = match symbol {
            Symbol::Lost => None,
            Symbol::Small => Some(i64::from(u8_at(self.deltas, 0)?)),
            Symbol::Large => Some(i64::from(u16_at(self.deltas, 0)? as i16)),
            Symbol::Reserved => return None,
        };
        self.deltas = self.deltas.get(symbol.delta_len()..)?;
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        Some((sequence, delta.map(|delta| self.arrived(delta))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::from(self.left), Some(usize::from(self.left)))
    }
}

impl ExactSizeIterator for TwccIter<'_> {}

impl TwccIter<'_> {
    fn arrived(&mut self, delta_250us: i64) -> i64 {
        self.time_250us += delta_250us;
        self.time_250us
    }
}

/// Packet status symbols (3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Symbol {
    Lost = 0,
    /// One octet, unsigned.
    Small = 1,
    /// Two octets, signed.
    Large = 2,
    Reserved = 3,
}

impl Symbol {
    const fn from_bits(bits: u16) -> Self {
        match bits & 3 {
            0 => Symbol::Lost,
            1 => Symbol::Small,
            2 => Symbol::Large,
            _ => Symbol::Reserved,
        }
    }

    pub(super) const fn delta_len(self) -> usize {
        match self {
            Symbol::Lost | Symbol::Reserved => 0,
            Symbol::Small => 1,
            Symbol::Large => 2,
        }
    }
}

/// A packet chunk: run length (3.1.3) or status vector (3.1.4).
#[derive(Debug, Clone, Copy)]
struct Chunk(u16);

impl Chunk {
    const fn is_run(self) -> bool {
        self.0 & 0x8000 == 0
    }

    const fn has_two_bit_symbols(self) -> bool {
        self.0 & 0x4000 != 0
    }

    const fn capacity(self) -> usize {
        match (self.is_run(), self.has_two_bit_symbols()) {
            (true, _) => (self.0 & 0x1fff) as usize,
            (false, true) => 7,
            (false, false) => 14,
        }
    }

    /// `at` is below `capacity`.
    const fn symbol(self, at: usize) -> Symbol {
        match (self.is_run(), self.has_two_bit_symbols()) {
            (true, _) => Symbol::from_bits(self.0 >> 13),
            (false, true) => Symbol::from_bits(self.0 >> (12 - 2 * at)),
            (false, false) => Symbol::from_bits(self.0 >> (13 - at) & 1),
        }
    }

    /// Octets of deltas of the first `covered` symbols; `None` when one is reserved.
    fn deltas_len(self, covered: usize) -> Option<usize> {
        if self.is_run() {
            let symbol = self.symbol(0);
            return (symbol != Symbol::Reserved).then_some(covered * symbol.delta_len());
        }
        (0..covered)
            .map(|at| self.symbol(at))
            .try_fold(0, |sum, symbol| (symbol != Symbol::Reserved).then_some(sum + symbol.delta_len()))
    }
}
