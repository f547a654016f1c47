//! A caller's connection that stands: data out, repeated when it is reported lost, forgotten when it is acknowledged or
//! too late (draft section 4).

use crate::bytes::u32_at;
use crate::rtt::Rtt;
use crate::seal::Sealer;
use crate::seq::Seq;
use crate::wire::{HEADER_BYTES, control, kind};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Payload of one data packet: seven packets of a transport stream, as all SRT senders have it.
pub(crate) const PAYLOAD_BYTES: usize = 1316;
/// Packets that wait for their acknowledgement: what a listener's window usually is.
pub(crate) const MAX_UNDERWAY: usize = 8192;
const KEEPALIVE_PERIOD: Duration = Duration::from_secs(1);
/// Listeners acknowledge every 10 ms, or say each second that they are there.
const SILENCE_LIMIT: Duration = Duration::from_secs(5);
/// What nobody can show in time any more is not repeated: the latency, and so much for the way.
const LATE_AFTER: Duration = Duration::from_secs(1);
/// A lost packet is repeated once in so long at most.
const REPEAT_AFTER: Duration = Duration::from_millis(20);
/// Sent under one key: at twice as many the packet numbers, and with them the counters of the cipher, would come again.
const MAX_PACKETS: u32 = 1 << 30;
const MESSAGES: u32 = 0x03ff_ffff;
const ALONE_IN_ORDER: u32 = 0xe000_0000;
const EVEN_KEY: u32 = 1 << 27;
const REPEATED: u32 = 1 << 26;
const RANGE: u32 = 0x8000_0000;
/// Added to a sequence number: the one before.
const MASK: u32 = 0x7fff_ffff;

struct Packet {
    seq: Seq,
    message: u32,
    made: Instant,
    repeated: Option<Instant>,
    bytes: Vec<u8>,
}

/// What the other side wants, or why there is none any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Life {
    Goes,
    Closed,
    Silent,
}

/// Counted since the connection stands.
#[derive(Clone, Copy, Default, Debug)]
pub struct Counts {
    /// Data packets, without repetitions.
    pub sent: u64,
    /// Packets sent again.
    pub repeated: u64,
    /// Packets given up, because they were too late or too many.
    pub dropped: u64,
}

pub(crate) struct Sender {
    peer_socket: u32,
    started: Instant,
    next: Seq,
    message: u32,
    sealer: Option<Sealer>,
    late_after: Duration,
    window: usize,
    underway: VecDeque<Packet>,
    left: u32,
    rtt: Rtt,
    heard: Instant,
    sent: Instant,
    pub(crate) counts: Counts,
}

impl Sender {
    /// `started`: zero of the time stamps. `window`: packets that the peer takes unacknowledged.
    pub(crate) fn new(
        peer_socket: u32,
        started: Instant,
        first: Seq,
        sealer: Option<Sealer>,
        latency: Duration,
        window: u32,
        now: Instant,
    ) -> Sender {
        Sender {
            peer_socket,
            started,
            next: first,
            message: 1,
            sealer,
            late_after: latency + LATE_AFTER,
            window: (window as usize).clamp(32, MAX_UNDERWAY),
            underway: VecDeque::new(),
            left: MAX_PACKETS,
            rtt: Rtt::new(),
            heard: now,
            sent: now,
            counts: Counts::default(),
        }
    }

    /// Sends up to [`PAYLOAD_BYTES`]. False: the peer's window is full, it is left out.
    pub(crate) fn send(&mut self, now: Instant, payload: &[u8], out: &mut Vec<Vec<u8>>) -> bool {
        if self.underway.len() >= self.window || payload.is_empty() || payload.len() > PAYLOAD_BYTES {
            self.counts.dropped += 1;
            return false;
        }
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        let (seq, message) = (self.next, self.message);
        let mut bytes = Vec::with_capacity(HEADER_BYTES + payload.len());
        let key = if self.sealer.is_some() { EVEN_KEY } else { 0 };
        for word in [seq.raw(), ALONE_IN_ORDER | key | message, self.timestamp(now), self.peer_socket] {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        bytes.extend_from_slice(payload);
        if let Some(sealer) = &self.sealer
            && !sealer.seal(seq, bytes.get_mut(HEADER_BYTES..).unwrap_or_default())
        {
            return false;
        }
        self.next = seq.plus(1);
        self.message = (message % MESSAGES) + 1;
        self.sent = now;
        self.counts.sent += 1;
        out.push(bytes.clone());
        self.underway.push_back(Packet { seq, message, made: now, repeated: None, bytes });
        true
    }

    /// No packet may be sent under this key any more.
    pub(crate) fn is_used_up(&self) -> bool {
        self.left == 0
    }

    /// A control packet from the peer.
    pub(crate) fn control(
        &mut self,
        now: Instant,
        control: u16,
        info: u32,
        body: &[u8],
        out: &mut Vec<Vec<u8>>,
    ) -> Life {
        self.heard = now;
        match control {
            kind::SHUTDOWN => return Life::Closed,
            kind::ACK => self.acknowledged(now, info, body, out),
            kind::NAK => self.reported(now, body, out),
            _ => {}
        }
        Life::Goes
    }

    fn acknowledged(&mut self, now: Instant, number: u32, body: &[u8], out: &mut Vec<Vec<u8>>) {
        let Some(next) = u32_at(body, 0).map(Seq::new) else { return };
        // Nobody can acknowledge what was not sent.
        if next.since(self.next) > 0 {
            return;
        }
        while self.underway.front().is_some_and(|packet| packet.seq.since(next) < 0) {
            self.underway.pop_front();
        }
        if let Some(rtt_us) = u32_at(body, 4) {
            self.rtt.sample(Duration::from_micros(u64::from(rtt_us)));
        }
        if number != 0 {
            self.say(now, kind::ACKACK, number, &[], out);
        }
    }

    /// Draft appendix A: single numbers, or a range as two of them, the first with its top bit set.
    fn reported(&mut self, now: Instant, body: &[u8], out: &mut Vec<Vec<u8>>) {
        let mut at = 0;
        while let Some(word) = u32_at(body, at) {
            at += 4;
            let first = Seq::new(word);
            let mut last = first;
            if word & RANGE != 0 {
                let Some(end) = u32_at(body, at) else { return };
                at += 4;
                last = Seq::new(end);
            }
            self.repeat(now, first, last, out);
        }
    }

    fn repeat(&mut self, now: Instant, first: Seq, last: Seq, out: &mut Vec<Vec<u8>>) {
        if last.since(first) < 0 || last.since(self.next) >= 0 {
            return;
        }
        let oldest = self.underway.front().map_or(self.next, |packet| packet.seq);
        if first.since(oldest) < 0 {
            let before = oldest.plus(MASK);
            self.give_up(now, first, if last.since(oldest) < 0 { last } else { before }, out);
        }
        let start = (first.since(oldest).max(0) as usize).min(self.underway.len());
        let end = ((last.since(oldest) + 1).max(0) as usize).min(self.underway.len());
        let patience = (self.rtt.mean() / 2).max(REPEAT_AFTER);
        for packet in self.underway.range_mut(start..end.max(start)) {
            if packet.repeated.is_some_and(|at| now.saturating_duration_since(at) < patience) {
                continue;
            }
            packet.repeated = Some(now);
            if let Some(octet) = packet.bytes.get_mut(4) {
                *octet |= (REPEATED >> 24) as u8;
            }
            self.counts.repeated += 1;
            out.push(packet.bytes.clone());
        }
        self.sent = now;
    }

    /// The peer need not wait for these.
    fn give_up(&mut self, now: Instant, first: Seq, last: Seq, out: &mut Vec<Vec<u8>>) {
        let body = [first.raw().to_be_bytes(), last.raw().to_be_bytes()].concat();
        let message = self.underway.front().map_or(0, |packet| packet.message);
        self.say(now, kind::DROP_REQUEST, message, &body, out);
    }

    /// What is due by now.
    pub(crate) fn tick(&mut self, now: Instant, out: &mut Vec<Vec<u8>>) -> Life {
        if now.saturating_duration_since(self.heard) >= SILENCE_LIMIT {
            return Life::Silent;
        }
        let mut late = None;
        while let Some(packet) = self.underway.front()
            && now.saturating_duration_since(packet.made) > self.late_after
        {
            late = Some((late.map_or(packet.seq, |(first, _)| first), packet.seq));
            self.underway.pop_front();
            self.counts.dropped += 1;
        }
        if let Some((first, last)) = late {
            self.give_up(now, first, last, out);
        }
        if now.saturating_duration_since(self.sent) >= KEEPALIVE_PERIOD {
            self.say(now, kind::KEEPALIVE, 0, &[], out);
        }
        Life::Goes
    }

    /// When `tick` must come next.
    pub(crate) fn deadline(&self) -> Instant {
        let due = (self.heard + SILENCE_LIMIT).min(self.sent + KEEPALIVE_PERIOD);
        self.underway.front().map_or(due, |packet| due.min(packet.made + self.late_after + REPEAT_AFTER))
    }

    pub(crate) fn say_goodbye(&mut self, now: Instant, out: &mut Vec<Vec<u8>>) {
        self.say(now, kind::SHUTDOWN, 0, &[], out);
    }

    fn say(&mut self, now: Instant, kind: u16, info: u32, body: &[u8], out: &mut Vec<Vec<u8>>) {
        self.sent = now;
        out.push(control(kind, 0, info, self.timestamp(now), self.peer_socket, body));
    }

    fn timestamp(&self, now: Instant) -> u32 {
        now.saturating_duration_since(self.started).as_micros() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_counter_is_used_twice() {
        let now = Instant::now();
        let mut sender = Sender::new(1, now, Seq::new(7), None, Duration::ZERO, 8192, now);
        sender.left = 2;
        let mut out = Vec::new();
        assert!(sender.send(now, b"one", &mut out));
        assert!(!sender.is_used_up());
        assert!(sender.send(now, b"two", &mut out));
        assert!(sender.is_used_up());
        assert!(!sender.send(now, b"three", &mut out));
        assert_eq!(out.len(), 2);
    }
}
