//! The receiver's side: tells a publisher when its packets arrived, often enough that its sender ramps up.

use relay_wire::rtcp::{TwccReport, write};

use crate::sequence::Unwrapper;
use crate::time::Micros;

/// Collects the arrival times of one transport's packets and turns them into feedback, every 50 to 100 ms.
///
/// Each packet is reported once; one that arrives after its neighbours were reported gets a small report of its own.
#[derive(Debug, Default)]
pub struct FeedbackBuilder {
    unwrapper: Unwrapper,
    /// Arrival times by unwrapped sequence number in a power-of-two ring, `ABSENT` where nothing came.
    ring: Vec<Micros>,
    /// First number not yet reported, and one past the highest that arrived.
    base: u64,
    end: u64,
    late: Late,
    due: Option<Micros>,
    rate: RateMeter,
    feedback_count: u8,
    /// What is being reported: 250 µs since the reference time.
    arrivals: Vec<Option<i64>>,
}

/// Packets older than what was reported already; a few, since reordering over a report boundary is rare.
#[derive(Debug, Default)]
struct Late {
    packets: [(u64, Micros); MAX_LATE],
    len: usize,
}

impl FeedbackBuilder {
    /// Nothing received yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes the arrival of a packet of `size` bytes that carries this transport-wide `sequence`.
    pub fn on_packet(&mut self, now: Micros, sequence: u16, size: usize) {
        self.rate.add(now, size);
        let sequence = self.unwrapper.unwrap(sequence);
        if self.ring.is_empty() {
            self.ring.resize(FIRST_CAPACITY, ABSENT);
            (self.base, self.end) = (sequence, sequence);
        }
        self.due.get_or_insert(now + self.rate.interval());
        if sequence < self.base {
            self.late.add(sequence, now);
            return;
        }
        self.make_room(sequence);
        let slot = self.slot(sequence);
        // A duplicate keeps its first arrival time.
        if self.ring[slot] == ABSENT {
            self.ring[slot] = now.max(1);
        }
        self.end = self.end.max(sequence + 1);
    }

    /// When the next feedback is due; `None` while nothing has arrived since the last one.
    pub fn next_due(&self) -> Option<Micros> {
        self.due
    }

    /// Appends at most one feedback packet, no larger than one datagram. Call again until it returns false.
    ///
    /// `media_ssrc` is any stream of the publisher: senders route feedback by it, its numbers are the transport's.
    pub fn poll(&mut self, now: Micros, sender_ssrc: u32, media_ssrc: u32, out: &mut Vec<u8>) -> bool {
        if self.due.is_none_or(|due| now < due) {
            return false;
        }
        let late = self.gather_late();
        let Some((base, reference)) = late.or_else(|| self.gather_new()) else {
            self.due = None;
            return false;
        };
        let report = TwccReport {
            sender: sender_ssrc,
            media: media_ssrc,
            base: base as u16,
            reference_time_64ms: reference.wire(),
            feedback_count: self.feedback_count,
            arrivals: &self.arrivals,
        };
        let covered = write::twcc(out, &report);
        self.feedback_count = self.feedback_count.wrapping_add(1);
        if late.is_none() {
            self.reported_up_to(self.base + covered as u64);
        }
        covered > 0
    }

    /// Takes one late packet and those that directly follow it.
    fn gather_late(&mut self) -> Option<(u64, Reference)> {
        let (first, arrived) = self.late.take_lowest()?;
        let reference = Reference::before(arrived);
        self.arrivals.clear();
        self.arrivals.push(Some(reference.since(arrived)));
        while let Some(arrived) = self.late.take(first + self.arrivals.len() as u64) {
            self.arrivals.push(Some(reference.since(arrived)));
        }
        Some((first, reference))
    }

    /// Looks up the packets from `base` on, as many as one report may carry.
    fn gather_new(&mut self) -> Option<(u64, Reference)> {
        self.skip_long_gap();
        let window_end = self.end.min(self.base + MAX_STATUSES as u64);
        let first = (self.base..window_end).map(|sequence| self.ring[self.slot(sequence)]).find(|at| *at != ABSENT)?;
        let reference = Reference::before(first);
        self.arrivals.clear();
        for sequence in self.base..window_end {
            let arrived = self.ring[self.slot(sequence)];
            self.arrivals.push((arrived != ABSENT).then(|| reference.since(arrived)));
        }
        Some((self.base, reference))
    }

    fn reported_up_to(&mut self, base: u64) {
        for sequence in self.base..base {
            let slot = self.slot(sequence);
            self.ring[slot] = ABSENT;
        }
        self.base = base;
    }

    /// A gap longer than a report has no arrival to take a reference time from; its losses stay untold.
    fn skip_long_gap(&mut self) {
        let window_end = self.end.min(self.base + MAX_STATUSES as u64);
        if (self.base..window_end).all(|sequence| self.ring[self.slot(sequence)] == ABSENT) {
            let arrived = (window_end..self.end).find(|sequence| self.ring[self.slot(*sequence)] != ABSENT);
            self.base = arrived.unwrap_or(self.end);
        }
    }

    /// Makes the ring span `base..=sequence`, growing it up to its bound and then forgetting the oldest.
    fn make_room(&mut self, sequence: u64) {
        let span = sequence - self.base + 1;
        if span <= self.ring.len() as u64 {
            return;
        }
        if span > MAX_CAPACITY as u64 {
            let base = sequence + 1 - MAX_CAPACITY as u64;
            let stored_end = self.end;
            self.reported_up_to(base.min(stored_end));
            self.base = base;
            self.end = self.end.max(base);
        }
        let capacity = (span.min(MAX_CAPACITY as u64) as usize).next_power_of_two();
        if capacity > self.ring.len() {
            let old = std::mem::replace(&mut self.ring, vec![ABSENT; capacity]);
            for kept in self.base..self.end {
                let slot = self.slot(kept);
                self.ring[slot] = old[(kept as usize) & (old.len() - 1)];
            }
        }
    }

    fn slot(&self, sequence: u64) -> usize {
        (sequence as usize) & (self.ring.len() - 1)
    }
}

impl Late {
    fn add(&mut self, sequence: u64, arrived: Micros) {
        let known = self.packets[..self.len].iter().any(|packet| packet.0 == sequence);
        if !known && self.len < MAX_LATE {
            self.packets[self.len] = (sequence, arrived);
            self.len += 1;
        }
    }

    fn take_lowest(&mut self) -> Option<(u64, Micros)> {
        let lowest = (0..self.len).min_by_key(|index| self.packets[*index].0)?;
        Some(self.remove(lowest))
    }

    fn take(&mut self, sequence: u64) -> Option<Micros> {
        let index = (0..self.len).find(|index| self.packets[*index].0 == sequence)?;
        Some(self.remove(index).1)
    }

    fn remove(&mut self, index: usize) -> (u64, Micros) {
        let packet = self.packets[index];
        self.len -= 1;
        self.packets[index] = self.packets[self.len];
        packet
    }
}

/// A reference time, counted in 64 ms.
#[derive(Clone, Copy, Debug)]
struct Reference(u64);

impl Reference {
    fn before(arrived: Micros) -> Self {
        Self(arrived / 64_000)
    }

    /// Whole ticks on both sides, so that rounding does not add up.
    fn since(self, arrived: Micros) -> i64 {
        (arrived / 250) as i64 - (self.0 * 256) as i64
    }

    /// Only 24 bits are sent.
    fn wire(self) -> i32 {
        (self.0 & 0xFF_FFFF) as i32
    }
}

/// Incoming rate, to spend a fixed share of it on feedback.
#[derive(Debug, Default)]
struct RateMeter {
    window_started: Micros,
    window_bytes: u64,
    bps: u64,
}

impl RateMeter {
    fn add(&mut self, now: Micros, size: usize) {
        let elapsed = now.saturating_sub(self.window_started);
        if elapsed >= RATE_WINDOW {
            self.bps = (self.window_bytes * 8).saturating_mul(1_000_000) / elapsed;
            (self.window_started, self.window_bytes) = (now, 0);
        }
        self.window_bytes += size as u64;
    }

    /// About 5 % of the incoming bandwidth, as the sender's own controller expects (libwebrtc uses the same share).
    fn interval(&self) -> Micros {
        let feedback_bps = self.bps / 20;
        (FEEDBACK_BITS * 1_000_000)
            .checked_div(feedback_bps)
            .map_or(MAX_INTERVAL, |us| us.clamp(MIN_INTERVAL, MAX_INTERVAL))
    }
}

const ABSENT: Micros = 0;
const FIRST_CAPACITY: usize = 64;
/// 64 KiB, reached only by a jump in the numbers; beyond it the oldest are forgotten.
const MAX_CAPACITY: usize = 8192;
const MAX_LATE: usize = 8;
/// Statuses of one report; the writer covers fewer when they do not fit into a datagram.
const MAX_STATUSES: usize = 1000;

const RATE_WINDOW: Micros = 200_000;
const MIN_INTERVAL: Micros = 50_000;
const MAX_INTERVAL: Micros = 100_000;
/// A usual feedback packet with its UDP, IP and SRTCP overhead: 68 bytes.
const FEEDBACK_BITS: u64 = 68 * 8;
