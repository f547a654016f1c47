//! What was sent to one subscriber, so that a NACK can be answered from the ingress ring.

use crate::munge::Out;

/// Where one sent packet came from and which rewritten fields it carried. 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The caller's ingress ring counter, low 32 bits.
    pub slot: u32,
    /// RTP timestamp as sent.
    pub ts: u32,
    /// Picture id as sent; meaningless where the payload has none.
    pub picture_id: u16,
    /// TL0PICIDX as sent; meaningless where the payload has none.
    pub tl0: u8,
    /// The simulcast layer that it belongs to.
    pub layer: u8,
    /// Milliseconds (wrapping, never 0) of the last retransmission; 0 = not resent yet.
    pub(crate) resent_ms: u16,
    tag: u16,
}

impl Sent {
    /// The record of a packet of `layer` from ring slot `slot`, sent as `out`.
    pub fn new(slot: u32, layer: u8, out: &Out) -> Self {
        Self {
            slot,
            ts: out.ts,
            picture_id: out.picture_id.unwrap_or(0),
            tl0: out.tl0.unwrap_or(0),
            layer,
            resent_ms: 0,
            tag: out.seq as u16,
        }
    }
}

/// A ring of [`Sent`] by outgoing sequence number. A push into the slot of an older packet forgets that packet.
#[derive(Clone, Debug)]
pub struct SendHistory {
    ring: Box<[Sent]>,
    newest: Option<u64>,
}

impl SendHistory {
    /// A history of the last `capacity` packets, rounded up to a power of two within 16..=32768.
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.clamp(16, 1 << 15).next_power_of_two();
        // An empty place carries a number that belongs elsewhere, so that it never answers for its own.
        let empty = |index: usize| Sent { tag: index as u16 ^ 1, ..Sent::new(0, 0, &Out::default()) };
        Self { ring: (0..capacity).map(empty).collect(), newest: None }
    }

    /// Remembers the packet sent as `seq`.
    pub fn push(&mut self, seq: u64, sent: Sent) {
        let index = self.index(seq);
        if self.newest.is_some_and(|newest| newest >= seq + self.ring.len() as u64) {
            return;
        }
        self.ring[index] = Sent { tag: seq as u16, ..sent };
        self.newest = self.newest.max(Some(seq));
    }

    /// The packet that went out with this 16-bit number, if still remembered.
    pub fn get(&self, seq: u16) -> Option<&Sent> {
        self.position(seq).map(|index| &self.ring[index])
    }

    /// The same, to note its retransmission.
    pub fn get_mut(&mut self, seq: u16) -> Option<&mut Sent> {
        self.position(seq).map(|index| &mut self.ring[index])
    }

    /// The index of a number within the last `capacity` ones whose record is its own, not one of a lap before.
    fn position(&self, seq: u16) -> Option<usize> {
        let behind = (self.newest? as u16).wrapping_sub(seq);
        let index = self.index(u64::from(seq));
        (usize::from(behind) < self.ring.len() && self.ring[index].tag == seq).then_some(index)
    }

    fn index(&self, seq: u64) -> usize {
        // The capacity is a power of two that divides 65536: the 16-bit and the full number share an index.
        seq as usize & (self.ring.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(history: &mut SendHistory, seq: u64, slot: u32) {
        let out = Out { seq, ts: 7, picture_id: Some(9), tl0: None };
        history.push(seq, Sent::new(slot, 1, &out));
    }

    #[test]
    fn a_record_is_small() {
        assert_eq!(size_of::<Sent>(), 16);
    }

    #[test]
    fn remembers_the_last_ones_over_the_wrap_and_no_others() {
        let mut history = SendHistory::new(16);
        for seq in 65_500..65_560u64 {
            push(&mut history, seq, seq as u32);
        }
        let known: Vec<u32> = (0..=u16::MAX).filter_map(|seq| history.get(seq)).map(|sent| sent.slot).collect();
        let mut sorted = known.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (65_544..65_560).collect::<Vec<u32>>());
        assert_eq!(history.get(8).map(|sent| (sent.slot, sent.picture_id, sent.tl0)), Some((65_544, 9, 0)));
    }

    #[test]
    fn a_hole_stays_a_hole_even_where_an_older_packet_lay() {
        let mut history = SendHistory::new(16);
        push(&mut history, 100, 1);
        push(&mut history, 117, 2);
        assert_eq!(history.get(116), None);
        assert_eq!(history.get(100), None);
        push(&mut history, 116, 3);
        assert_eq!(history.get(116).map(|sent| sent.slot), Some(3));
    }

    #[test]
    fn a_packet_older_than_the_ring_evicts_nothing() {
        let mut history = SendHistory::new(16);
        push(&mut history, 200, 1);
        push(&mut history, 184, 2);
        assert_eq!(history.get(200).map(|sent| sent.slot), Some(1));
    }
}
