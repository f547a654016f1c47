//! The ingress ring: every accepted RTP packet in the clear, in the box it was received into, until later ones push it
//! out. Fan-out and retransmission read from here; nothing else keeps payloads.

use crate::packet::SLOT_LEN;
use relay_control::codec::{Codec, Mark};

/// Header extension elements of one packet that some subscriber may want; more are passed over.
pub(crate) const MAX_ELEMENTS: usize = 8;

/// One header extension element of a kept packet.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Element {
    /// Index into the track's negotiated extensions.
    pub(crate) extension: u8,
    pub(crate) len: u8,
    pub(crate) start: u16,
}

/// What was parsed once, at ingress.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// Unwrapped, of the layer's own stream.
    pub(crate) seq: u64,
    /// Unwrapped RTP timestamp.
    pub(crate) ts: u64,
    /// Id of the track.
    pub(crate) track: u32,
    pub(crate) payload_start: u16,
    pub(crate) payload_len: u16,
    pub(crate) layer: u8,
    /// Which SSRC of the layer.
    pub(crate) epoch: u8,
    pub(crate) payload_type: u8,
    pub(crate) codec: Codec,
    pub(crate) marker: bool,
    /// RTP padding to add so that the packets of one frame have equal lengths.
    pub(crate) pad: u8,
    pub(crate) element_count: u8,
    pub(crate) elements: [Element; MAX_ELEMENTS],
    pub(crate) mark: Mark,
}

impl Entry {
    pub(crate) fn elements(&self) -> &[Element] {
        &self.elements[..usize::from(self.element_count)]
    }
}

struct Slot {
    counter: u64,
    entry: Option<Entry>,
    buf: Option<Box<[u8; SLOT_LEN]>>,
}

/// Fixed number of slots; a counter names a packet for ever, a slot only until it is overwritten.
pub(crate) struct Ring {
    slots: Vec<Slot>,
    mask: u64,
    next: u64,
}

impl Ring {
    pub(crate) fn new(slots: usize) -> Ring {
        let slots = slots.clamp(64, 65_536).next_power_of_two();
        let slot = |_| Slot { counter: u64::MAX, entry: None, buf: None };
        Ring { slots: (0..slots).map(slot).collect(), mask: slots as u64 - 1, next: 0 }
    }

    /// Keeps the packet in `buf`, which becomes an older box to receive into; returns its counter.
    pub(crate) fn insert(&mut self, buf: &mut Box<[u8; SLOT_LEN]>, entry: Entry) -> u64 {
        let counter = self.next;
        self.next += 1;
        let slot = &mut self.slots[(counter & self.mask) as usize];
        let kept = slot.buf.get_or_insert_with(|| Box::new([0; SLOT_LEN]));
        std::mem::swap(kept, buf);
        slot.counter = counter;
        slot.entry = Some(entry);
        counter
    }

    /// The packet, unless it was pushed out.
    #[inline]
    pub(crate) fn get(&self, counter: u64) -> Option<(&Entry, &[u8; SLOT_LEN])> {
        let slot = &self.slots[(counter & self.mask) as usize];
        match (&slot.entry, &slot.buf) {
            (Some(entry), Some(buf)) if slot.counter == counter => Some((entry, buf)),
            _ => None,
        }
    }

    /// The newest packet whose counter has these low 32 bits.
    pub(crate) fn widen(&self, low: u32) -> u64 {
        let newest = self.next.saturating_sub(1);
        newest.saturating_sub(u64::from((newest as u32).wrapping_sub(low)))
    }

    pub(crate) fn set_pad(&mut self, counter: u64, pad: u8) {
        let slot = &mut self.slots[(counter & self.mask) as usize];
        if slot.counter == counter
            && let Some(entry) = &mut slot.entry
        {
            entry.pad = pad;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: u64) -> Entry {
        Entry {
            seq,
            ts: 0,
            track: 1,
            payload_start: 12,
            payload_len: 1,
            layer: 0,
            epoch: 0,
            payload_type: 96,
            codec: Codec::Vp8,
            marker: false,
            pad: 0,
            element_count: 0,
            elements: [Element::default(); MAX_ELEMENTS],
            mark: Mark::default(),
        }
    }

    #[test]
    fn keeps_the_newest_and_gives_boxes_back() {
        let mut ring = Ring::new(1);
        let mut buf = Box::new([0; SLOT_LEN]);
        for n in 0..100u64 {
            buf[0] = n as u8;
            assert_eq!(ring.insert(&mut buf, entry(n)), n);
            // A fresh box while the ring fills, then the one of the packet that was pushed out.
            assert_eq!(buf[0], n.saturating_sub(64) as u8);
        }
        for n in 0..100 {
            let kept = ring.get(n).map(|(entry, bytes)| (entry.seq, bytes[0]));
            assert_eq!(kept, (n >= 36).then_some((n, n as u8)));
        }
        assert!(ring.get(100).is_none());
        assert_eq!((ring.widen(99), ring.widen(36)), (99, 36));
        ring.set_pad(40, 3);
        ring.set_pad(10, 3);
        assert_eq!(ring.get(40).map(|(entry, _)| entry.pad), Some(3));
        assert_eq!(ring.get(74).map(|(entry, _)| entry.pad), Some(0));
    }
}
