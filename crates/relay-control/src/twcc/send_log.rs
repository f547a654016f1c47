//! The sender's memory of what left when, looked up again when feedback arrives.

use relay_wire::rtcp::TwccFeedback;

use super::PacketResult;
use crate::time::Micros;

/// Remembers each packet of one transport under its transport-wide sequence number until it is reported.
///
/// A power-of-two ring that is empty until the first packet and doubles only while a packet still in flight would be
/// overwritten, so that an idle transport costs nothing and a busy one what its round trip needs.
#[derive(Debug, Default)]
pub struct SendLog {
    ring: Vec<Entry>,
    /// Unwrapped number of the next packet.
    next: u64,
    in_flight_bytes: u64,
    clock: ReferenceClock,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    sent: Micros,
    sequence_low: u32,
    size: u16,
    /// Probe cluster in the low 14 bits, [`State`] in the upper two: an entry stays at 16 bytes.
    cluster_state: u16,
}

impl SendLog {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a packet of `size` bytes that leaves at `now`; returns the number to stamp into its header extension.
    ///
    /// `cluster` is the running probe ([`crate::pace::Pacer::cluster`]), 0 for none; only its low 14 bits count.
    pub fn on_sent(&mut self, now: Micros, size: usize, cluster: u16) -> u16 {
        self.make_room(now);
        let sequence = self.next;
        self.next += 1;
        let slot = self.slot(sequence);
        let evicted = self.ring[slot];
        if evicted.state() == IN_FLIGHT {
            self.in_flight_bytes -= u64::from(evicted.size);
        }
        let size = u16::try_from(size).unwrap_or(u16::MAX);
        self.in_flight_bytes += u64::from(size);
        self.ring[slot] = Entry {
            sent: now,
            sequence_low: sequence as u32,
            size,
            cluster_state: (cluster & CLUSTER_MASK) | IN_FLIGHT,
        };
        sequence as u16
    }

    /// Appends one result for each packet that `feedback` tells something new about, in sequence order.
    ///
    /// Numbers never sent, already acknowledged or forgotten are passed over. A loss is told once; a packet that turns
    /// up in a later report is told again as received.
    pub fn on_feedback(&mut self, now: Micros, feedback: &TwccFeedback<'_>, out: &mut Vec<PacketResult>) {
        let reference = self.clock.unwrap(feedback.reference_time_64ms);
        for (sequence, delta) in feedback.iter() {
            let arrived = delta.map(|quarter_ms| reference.saturating_add_signed(quarter_ms.saturating_mul(250)));
            if let Some(result) = self.report(now, sequence, arrived) {
                out.push(result);
            }
        }
    }

    /// Unwrapped number of the next packet.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Bytes sent and not yet reported in either way.
    pub fn in_flight_bytes(&self) -> u64 {
        self.in_flight_bytes
    }

    /// Packets the ring has room for now.
    pub fn capacity(&self) -> usize {
        self.ring.len()
    }

    fn report(&mut self, now: Micros, sequence: u16, arrived: Option<Micros>) -> Option<PacketResult> {
        let sequence = self.unwrap(sequence)?;
        let slot = self.slot(sequence);
        let entry = self.ring.get_mut(slot).filter(|entry| entry.sequence_low == sequence as u32)?;
        let state = entry.state();
        let news = match arrived {
            Some(_) => state == IN_FLIGHT || state == REPORTED_LOST,
            None => state == IN_FLIGHT,
        };
        // A report from before the packet left is a lie or a stray; either would poison the delay signal.
        if !news || entry.sent > now {
            return None;
        }
        if state == IN_FLIGHT {
            self.in_flight_bytes -= u64::from(entry.size);
        }
        let next_state = if arrived.is_some() { ACKNOWLEDGED } else { REPORTED_LOST };
        let cluster = entry.cluster_state & CLUSTER_MASK;
        entry.cluster_state = cluster | next_state;
        Some(PacketResult { sequence, sent: entry.sent, size: entry.size, cluster, arrived })
    }

    /// The newest number sent whose low 16 bits are `sequence`.
    fn unwrap(&self, sequence: u16) -> Option<u64> {
        let newest = self.next.checked_sub(1)?;
        newest.checked_sub(u64::from((newest as u16).wrapping_sub(sequence)))
    }

    fn slot(&self, sequence: u64) -> usize {
        (sequence as usize) & self.ring.len().wrapping_sub(1)
    }

    fn make_room(&mut self, now: Micros) {
        if self.ring.is_empty() {
            self.ring.resize(FIRST_CAPACITY, Entry::default());
            return;
        }
        let oldest = self.ring[self.slot(self.next)];
        let still_needed = oldest.state() == IN_FLIGHT && now.saturating_sub(oldest.sent) < FORGET_AFTER;
        if !still_needed || self.ring.len() >= MAX_CAPACITY {
            return;
        }
        let old = std::mem::take(&mut self.ring);
        self.ring.resize(old.len() * 2, Entry::default());
        for sequence in self.next.saturating_sub(old.len() as u64)..self.next {
            let slot = self.slot(sequence);
            self.ring[slot] = old[(sequence as usize) & (old.len() - 1)];
        }
    }
}

impl Entry {
    fn state(self) -> u16 {
        self.cluster_state & !CLUSTER_MASK
    }
}

/// Unwraps the 24-bit reference time, 64 ms units.
#[derive(Debug, Default)]
struct ReferenceClock {
    last_64ms: Option<i64>,
}

impl ReferenceClock {
    fn unwrap(&mut self, reference_64ms: i32) -> Micros {
        let low = i64::from(reference_64ms) & 0xFF_FFFF;
        let unwrapped = match self.last_64ms {
            // Far from zero, so that reports older than the first one stay positive.
            None => low + (1 << 32),
            Some(last) => {
                let step = (low - last).rem_euclid(1 << 24);
                last + if step >= 1 << 23 { step - (1 << 24) } else { step }
            }
        };
        self.last_64ms = Some(unwrapped);
        unwrapped.max(0) as Micros * 64_000
    }
}

const CLUSTER_MASK: u16 = 0x3FFF;
const VACANT: u16 = 0;
const IN_FLIGHT: u16 = 1 << 14;
const REPORTED_LOST: u16 = 2 << 14;
const ACKNOWLEDGED: u16 = 3 << 14;
// `Entry::default()` must not look like a packet.
const _: () = assert!(VACANT == 0);

/// 2 KiB: more than a second of audio.
const FIRST_CAPACITY: usize = 128;
/// 128 KiB: three seconds at 30 Mbit/s of 1200-byte packets.
const MAX_CAPACITY: usize = 8192;
/// Feedback later than this no longer says anything about the path.
const FORGET_AFTER: Micros = 3_000_000;
