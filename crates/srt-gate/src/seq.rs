//! 31-bit packet sequence numbers, which wrap.

const MASK: u32 = 0x7fff_ffff;

/// A data packet's sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seq(u32);

impl Seq {
    /// The low 31 bits of `raw`.
    pub const fn new(raw: u32) -> Seq {
        Seq(raw & MASK)
    }

    /// The number on the wire, top bit clear.
    pub const fn raw(self) -> u32 {
        self.0
    }

    /// `count` packets later.
    #[must_use]
    pub const fn plus(self, count: u32) -> Seq {
        Seq(self.0.wrapping_add(count) & MASK)
    }

    /// How many packets after `other` this one is; negative when before. Halfway around counts as before.
    pub const fn since(self, other: Seq) -> i64 {
        let ahead = self.0.wrapping_sub(other.0) & MASK;
        if ahead < 0x4000_0000 { ahead as i64 } else { ahead as i64 - 0x8000_0000 }
    }
}

#[cfg(test)]
mod tests {
    use super::Seq;

    #[test]
    fn distances_survive_the_wrap() {
        let last = Seq::new(0x7fff_ffff);
        assert_eq!(last.plus(1), Seq::new(0));
        assert_eq!(Seq::new(4).since(last), 5);
        assert_eq!(last.since(Seq::new(4)), -5);
        assert_eq!(last.since(last), 0);
    }
}
