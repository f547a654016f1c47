//! Incoming to outgoing sequence numbers, for the newest stretch of one source.

use super::pictures::Shift;

/// What became of one recent incoming number.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// Low half of the outgoing number kept for it. 32 bits, because padding may take any number of them while the
    /// slot stays open, and a number used twice would break SRTP.
    out: u32,
    shift: Shift,
    /// Not seen yet, and the outgoing number is free.
    open: bool,
}

/// A ring of [`Slot`] by incoming number.
#[derive(Debug)]
pub(super) struct Window {
    slots: Box<[Slot]>,
    /// Numbers below are of another stretch.
    start: u64,
    next_in: u64,
    next_out: u64,
}

impl Window {
    /// `slots` is a power of two; the first packet goes out as `next_out`.
    pub(super) fn new(slots: usize, next_out: u64) -> Self {
        Self { slots: vec![Slot::default(); slots].into_boxed_slice(), start: 0, next_in: 0, next_out }
    }

    /// A new stretch, beginning with `first`; outgoing numbers go on.
    pub(super) fn restart(&mut self, first: u64) {
        self.start = first;
        self.next_in = first;
    }

    /// Numbers below `seq` are refused from now on.
    pub(super) fn refuse_before(&mut self, seq: u64) {
        self.start = seq;
    }

    /// Whether `seq` is not newer than all seen.
    pub(super) fn is_late(&self, seq: u64) -> bool {
        seq < self.next_in
    }

    /// Whether `seq` is further ahead than loss explains.
    pub(super) fn is_beyond(&self, seq: u64) -> bool {
        seq >= self.next_in + self.slots.len() as u64
    }

    /// Whether `seq` is further behind than reordering or retransmission explains.
    pub(super) fn is_ancient(&self, seq: u64) -> bool {
        seq + ANCIENT < self.next_in
    }

    /// The next outgoing number, for the newest packet; numbers jumped over stay open.
    pub(super) fn forward(&mut self, seq: u64, shift: Shift) -> u64 {
        self.open_until(seq, shift);
        self.settle(seq);
        self.take_next()
    }

    /// Passes over the newest packet; numbers jumped over stay open with `before`, the shift ahead of it.
    pub(super) fn skip(&mut self, seq: u64, before: Shift) {
        self.open_until(seq, before);
        self.settle(seq);
    }

    /// The outgoing number kept for a late packet.
    pub(super) fn fill(&mut self, seq: u64) -> Option<(u64, Shift)> {
        let slot = *self.slot(seq).filter(|slot| slot.open)?;
        self.settle(seq);
        Some((self.full(slot.out), slot.shift))
    }

    /// Like `fill` for a late packet that is not to be sent; gives the number back when nothing after it was used.
    pub(super) fn close(&mut self, seq: u64) -> Option<u64> {
        let (out, _) = self.fill(seq)?;
        if out + 1 == self.next_out {
            self.next_out = out;
            return None;
        }
        Some(out)
    }

    /// An outgoing number without an incoming packet.
    pub(super) fn pad(&mut self) -> u64 {
        self.take_next()
    }

    fn take_next(&mut self) -> u64 {
        self.next_out += 1;
        self.next_out - 1
    }

    fn open_until(&mut self, seq: u64, shift: Shift) {
        while self.next_in < seq {
            let out = self.take_next() as u32;
            let index = self.index(self.next_in);
            self.slots[index] = Slot { out, shift, open: true };
            self.next_in += 1;
        }
    }

    fn settle(&mut self, seq: u64) {
        let index = self.index(seq);
        self.slots[index].open = false;
        self.next_in = self.next_in.max(seq + 1);
    }

    fn slot(&self, seq: u64) -> Option<&Slot> {
        let known = seq >= self.start && self.is_late(seq) && seq + self.slots.len() as u64 >= self.next_in;
        known.then(|| &self.slots[self.index(seq)])
    }

    fn index(&self, seq: u64) -> usize {
        seq as usize & (self.slots.len() - 1)
    }

    /// The newest outgoing number with this low half.
    fn full(&self, out: u32) -> u64 {
        self.next_out - u64::from((self.next_out as u32).wrapping_sub(out))
    }
}

// RFC 3550 appendix A.1 calls 100 the limit of misordering; a retransmission may come seconds later.
const ANCIENT: u64 = 4096;
