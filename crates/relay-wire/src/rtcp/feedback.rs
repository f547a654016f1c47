//! Lists inside NACK and FIR.

/// Iterator over the sequence numbers of a NACK (RFC 4585, 6.2.1), at most 17 for each 4 octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NackIter<'a> {
    rest: &'a [u8],
    base: u16,
    /// Bit `n` set: `base + n` is lost.
    pending: u32,
}

impl<'a> NackIter<'a> {
    pub(super) const fn new(information: &'a [u8]) -> Self {
        NackIter { rest: information, base: 0, pending: 0 }
    }
}

impl Iterator for NackIter<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        if self.pending == 0 {
            let (&[a, b, c, d], rest) = self.rest.split_first_chunk()?;
            self.rest = rest;
            self.base = u16::from_be_bytes([a, b]);
            self.pending = u32::from(u16::from_be_bytes([c, d])) << 1 | 1;
        }
        let step = self.pending.trailing_zeros();
        self.pending &= self.pending - 1;
        Some(self.base.wrapping_add(step as u16))
    }
}

/// One demand for a keyframe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirEntry {
    /// Of whom.
    pub ssrc: u32,
    /// Grows with each new demand; a repetition has the same number.
    pub sequence: u8,
}

/// Iterator over the entries of a FIR (RFC 5104, 4.3.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirEntries<'a>(&'a [u8]);

impl<'a> FirEntries<'a> {
    pub(super) const fn new(information: &'a [u8]) -> Self {
        FirEntries(information)
    }
}

impl Iterator for FirEntries<'_> {
    type Item = FirEntry;

    fn next(&mut self) -> Option<FirEntry> {
        let (&[a, b, c, d, sequence, _, _, _], rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(FirEntry { ssrc: u32::from_be_bytes([a, b, c, d]), sequence })
    }
}
