//! Order out of what arrives: numbers may come late, twice or never.
//!
//! What is in order goes on at once; only a gap holds the rest back, for the connection's latency at most. The draft's
//! receiver delays every packet by the latency instead, so that the far end's pace comes out again; our next station is
//! a jitter buffer that does this from the media's own times.

use crate::seq::Seq;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

enum Slot {
    Missing { since: Instant, asked: Instant },
    Held(Vec<u8>),
    Dropped,
}

/// Numbers that are missing, first and last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The first missing number.
    pub first: Seq,
    /// The last missing number.
    pub last: Seq,
}

/// One connection's packets between the network and whoever reads them in order.
pub struct Receiver {
    next: Seq,
    slots: VecDeque<Slot>,
    latency: Duration,
    lost: u64,
}

impl Receiver {
    /// Most packets held back while one is missing.
    pub const CAPACITY: usize = 8192;

    /// `next`: the first number to come. `latency`: how long a missing packet is waited for.
    pub fn new(next: Seq, latency: Duration) -> Receiver {
        Receiver { next, slots: VecDeque::new(), latency, lost: 0 }
    }

    /// The first number that has not been passed on: everything before it is here or given up.
    pub fn next(&self) -> Seq {
        self.next
    }

    /// How long a missing packet is waited for.
    pub fn latency(&self) -> Duration {
        self.latency
    }

    /// Packets given up.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Packets that still fit.
    pub fn room(&self) -> usize {
        Receiver::CAPACITY - self.slots.len()
    }

    /// Something is held back.
    pub fn waits(&self) -> bool {
        !self.slots.is_empty()
    }

    /// Takes a packet; gives the gap it opened. Call `release` afterwards. A number further ahead than `CAPACITY` begins
    /// anew: the sender went on without us.
    pub fn insert(&mut self, now: Instant, seq: Seq, payload: &[u8]) -> Option<Gap> {
        let ahead = usize::try_from(seq.since(self.next)).ok()?;
        if ahead >= Receiver::CAPACITY {
            self.lost += ahead as u64;
            self.slots.clear();
            self.next = seq;
            self.slots.push_back(Slot::Held(payload.to_vec()));
            return None;
        }
        if let Some(slot) = self.slots.get_mut(ahead) {
            if !matches!(slot, Slot::Held(_)) {
                *slot = Slot::Held(payload.to_vec());
            }
            return None;
        }
        let known = self.slots.len();
        self.slots.resize_with(ahead, || Slot::Missing { since: now, asked: now });
        self.slots.push_back(Slot::Held(payload.to_vec()));
        (known < ahead).then(|| Gap { first: self.next.plus(known as u32), last: seq.plus(0x7fff_ffff) })
    }

    /// The sender will not send these again.
    pub fn drop_range(&mut self, first: Seq, last: Seq) {
        let from = usize::try_from(first.since(self.next)).unwrap_or(0);
        let Ok(to) = usize::try_from(last.since(self.next)) else { return };
        let to = to.min(Receiver::CAPACITY - 1);
        if from > self.slots.len() || from > to {
            return;
        }
        if self.slots.len() <= to {
            self.slots.resize_with(to + 1, || Slot::Dropped);
        }
        for slot in self.slots.range_mut(from..=to) {
            if matches!(slot, Slot::Missing { .. }) {
                *slot = Slot::Dropped;
            }
        }
    }

    /// Passes on what is in order and gives up what has been missing for the latency.
    pub fn release(&mut self, now: Instant, mut pass: impl FnMut(Vec<u8>)) {
        while let Some(front) = self.slots.pop_front() {
            match front {
                Slot::Held(payload) => pass(payload),
                Slot::Missing { since, .. } if now < since + self.latency => {
                    self.slots.push_front(front);
                    return;
                }
                Slot::Missing { .. } | Slot::Dropped => self.lost += 1,
            }
            self.next = self.next.plus(1);
        }
    }

    /// The gaps not asked for since `patience` ago; they count as asked for now.
    pub fn ask(&mut self, now: Instant, patience: Duration) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = Vec::new();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let Slot::Missing { asked, .. } = slot else { continue };
            if now < *asked + patience {
                continue;
            }
            *asked = now;
            let seq = self.next.plus(index as u32);
            match gaps.last_mut() {
                Some(gap) if gap.last.plus(1) == seq => gap.last = seq,
                _ => gaps.push(Gap { first: seq, last: seq }),
            }
        }
        gaps
    }
}
