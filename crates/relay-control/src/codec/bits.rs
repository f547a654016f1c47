//! A bounded, big-endian bit reader: every read past the end is `None`.

/// Reads bits from the top of each byte down.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
    /// H.264 section 7.4.1.1: the 3 in a 0 0 3 run is no data.
    emulation: bool,
}

impl<'a> Bits<'a> {
    /// Bits as they lie.
    pub(super) fn plain(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, emulation: false }
    }

    /// Bits of an H.264 NAL unit, without its emulation prevention bytes.
    pub(super) fn nal(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, emulation: true }
    }

    /// One bit.
    pub(super) fn flag(&mut self) -> Option<bool> {
        if self.position.is_multiple_of(8) && self.emulation {
            let at = self.position / 8;
            if at >= 2 && self.bytes.get(at - 2..=at) == Some(&[0, 0, 3]) {
                self.position += 8;
            }
        }
        let byte = *self.bytes.get(self.position / 8)?;
        let bit = byte >> (7 - self.position % 8) & 1;
        self.position += 1;
        Some(bit == 1)
    }

    /// An unsigned number of `width` ≤ 32 bits.
    pub(super) fn number(&mut self, width: u32) -> Option<u32> {
        let mut value = 0u32;
        for _ in 0..width.min(32) {
            value = value << 1 | u32::from(self.flag()?);
        }
        Some(value)
    }

    /// Passes over `width` bits.
    pub(super) fn skip(&mut self, width: u32) -> Option<()> {
        (0..width).try_for_each(|_| self.flag().map(|_| ()))
    }

    /// An unsigned Exp-Golomb number, `ue(v)` of H.264 section 9.1 and `uvlc()` of AV1; 32 leading zeros are refused.
    pub(super) fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1u32 << zeros) - 1 + self.number(zeros)?)
    }

    /// A signed Exp-Golomb number, `se(v)` of H.264 section 9.1.1.
    pub(super) fn signed_golomb(&mut self) -> Option<i64> {
        let code = i64::from(self.golomb()?);
        Some(if code % 2 == 1 { (code + 1) / 2 } else { -(code / 2) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_until_the_end() {
        let mut bits = Bits::plain(&[0b1010_0101, 0xff]);
        assert_eq!(bits.number(3), Some(0b101));
        assert_eq!(bits.skip(2), Some(()));
        assert_eq!(bits.number(11), Some(0b101_1111_1111));
        assert_eq!(bits.flag(), None);
        assert_eq!(bits.number(0), Some(0));
        assert_eq!(bits.number(1), None);
    }

    #[test]
    fn reads_exponential_golomb() {
        // 1, 010, 011, 00100, 00101 = 0, 1, 2, 3, 4
        let bytes = [0b1010_0110, 0b0100_0010, 0b1000_0000];
        let mut bits = Bits::plain(&bytes);
        assert_eq!((0..5).filter_map(|_| bits.golomb()).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        let mut bits = Bits::plain(&bytes);
        assert_eq!((0..5).filter_map(|_| bits.signed_golomb()).collect::<Vec<_>>(), [0, 1, -1, 2, -2]);
    }

    #[test]
    fn refuses_endless_golomb() {
        assert_eq!(Bits::plain(&[0; 100]).golomb(), None);
        assert_eq!(Bits::plain(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]).golomb(), Some(u32::MAX - 1));
        assert_eq!(Bits::plain(&[0]).golomb(), None);
    }

    #[test]
    fn drops_emulation_prevention() {
        let nal = [0x11, 0, 0, 3, 1, 0, 0, 3];
        let mut bits = Bits::nal(&nal);
        assert_eq!(bits.number(32), Some(0x1100_0001));
        assert_eq!(bits.number(16), Some(0));
        assert_eq!(bits.flag(), None);
        assert_eq!(Bits::plain(&nal).number(32), Some(0x1100_0003));
    }
}
