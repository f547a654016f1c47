//! One connection that stands: data in, acknowledgements and loss reports out (draft section 4).

use crate::bytes::{array_at, u32_at};
use crate::keys::Cipher;
use crate::listener::Outbox;
use crate::receiver::{Gap, Receiver};
use crate::rtt::Rtt;
use crate::seq::Seq;
use crate::wire::{HEADER_BYTES, Header, KeyFlag, MAX_PAYLOAD_BYTES, control, kind, loss_list};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const ACK_PERIOD: Duration = Duration::from_millis(10);
const NAK_PERIOD: Duration = Duration::from_millis(20);
const KEEPALIVE_PERIOD: Duration = Duration::from_secs(1);
/// Callers say something each second.
const SILENCE_LIMIT: Duration = Duration::from_secs(3);
/// A sender of many packets hears in between how far they have come.
const LIGHT_ACK_PACKETS: u32 = 64;
const MAX_ACKS_UNDERWAY: usize = 64;
const KEY_REQUEST: u16 = 3;
const KEY_RESPONSE: u16 = 4;

/// Where a link's packets go.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) connection: u32,
    pub(crate) port: usize,
    pub(crate) peer: SocketAddr,
    pub(crate) peer_socket: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Life {
    Goes,
    /// The peer said goodbye.
    Closed,
    /// The peer fell silent.
    Silent,
}

pub(crate) struct Link {
    route: Route,
    started: Instant,
    cipher: Cipher,
    receiver: Receiver,
    rtt: Rtt,
    heard: Instant,
    sent: Instant,
    acks: Acks,
    next_nak: Instant,
    /// The answer to the conclusion, for a caller that asks again.
    answer: Vec<u8>,
}

/// Full acknowledgements and their confirmations.
struct Acks {
    number: u32,
    acked: Seq,
    at: Instant,
    confirmed: bool,
    light: Seq,
    underway: VecDeque<(u32, Instant, Seq)>,
}

impl Link {
    pub(crate) fn new(
        route: Route,
        first: Seq,
        latency: Duration,
        cipher: Cipher,
        answer: Vec<u8>,
        now: Instant,
    ) -> Link {
        let acks = Acks { number: 0, acked: first, at: now, confirmed: true, light: first, underway: VecDeque::new() };
        Link {
            route,
            started: now,
            cipher,
            receiver: Receiver::new(first, latency),
            rtt: Rtt::new(),
            heard: now,
            sent: now,
            acks,
            next_nak: now,
            answer,
        }
    }

    pub(crate) fn route(&self) -> Route {
        self.route
    }

    pub(crate) fn lost(&self) -> u64 {
        self.receiver.lost()
    }

    pub(crate) fn answer_again(&mut self, now: Instant, out: &mut Outbox) {
        self.send(now, kind::HANDSHAKE, 0, 0, &self.answer.clone(), out);
    }

    pub(crate) fn say_goodbye(&mut self, now: Instant, out: &mut Outbox) {
        self.send(now, kind::SHUTDOWN, 0, 0, &[], out);
    }

    /// A packet addressed to this link, from its peer.
    pub(crate) fn packet(&mut self, now: Instant, header: Header, packet: &mut [u8], out: &mut Outbox) -> Life {
        self.heard = now;
        let body = packet.get_mut(HEADER_BYTES..).unwrap_or_default();
        match header {
            Header::Data { seq, key } => self.data(now, seq, key, body, out),
            Header::Control { kind: kind::SHUTDOWN, .. } => return Life::Closed,
            Header::Control { kind: kind::ACKACK, info, .. } => self.confirm(now, info),
            Header::Control { kind: kind::DROP_REQUEST, .. } => self.dropped(now, body, out),
            Header::Control { kind: kind::HANDSHAKE, .. } => self.answer_again(now, out),
            Header::Control { kind: kind::USER_DEFINED, subtype: KEY_REQUEST, .. } => self.refresh(now, body, out),
            Header::Control { .. } => {}
        }
        Life::Goes
    }

    fn data(&mut self, now: Instant, seq: Seq, key: KeyFlag, payload: &mut [u8], out: &mut Outbox) {
        if payload.is_empty() || payload.len() > MAX_PAYLOAD_BYTES || !self.cipher.decrypt(key, seq, payload) {
            return;
        }
        let gap = self.receiver.insert(now, seq, payload);
        if let Some(gap) = gap {
            self.report(now, &[gap], out);
        }
        self.release(now, out);
        if self.receiver.next().since(self.acks.light) >= i64::from(LIGHT_ACK_PACKETS) {
            self.acks.light = self.receiver.next();
            self.send(now, kind::ACK, 0, 0, &self.receiver.next().raw().to_be_bytes(), out);
        }
    }

    fn release(&mut self, now: Instant, out: &mut Outbox) {
        let connection = self.route.connection;
        self.receiver.release(now, |payload| out.payloads.push((connection, payload)));
    }

    fn dropped(&mut self, now: Instant, body: &[u8], out: &mut Outbox) {
        if let (Some(first), Some(last)) = (u32_at(body, 0), u32_at(body, 4)) {
            self.receiver.drop_range(Seq::new(first), Seq::new(last));
            self.release(now, out);
        }
    }

    fn refresh(&mut self, now: Instant, body: &[u8], out: &mut Outbox) {
        if self.cipher.refresh(body).is_ok() {
            let echo = body.to_vec();
            self.send(now, kind::USER_DEFINED, KEY_RESPONSE, 0, &echo, out);
        }
    }

    fn confirm(&mut self, now: Instant, number: u32) {
        let Some(at) = self.acks.underway.iter().position(|(known, ..)| *known == number) else { return };
        if let Some((_, sent, acked)) = self.acks.underway.drain(..=at).next_back() {
            self.rtt.sample(now.saturating_duration_since(sent));
            self.acks.confirmed |= acked == self.acks.acked;
        }
    }

    fn report(&mut self, now: Instant, gaps: &[Gap], out: &mut Outbox) {
        let body = loss_list(gaps.iter().map(|gap| (gap.first, gap.last)));
        self.send(now, kind::NAK, 0, 0, &body, out);
    }

    /// What is due by now.
    pub(crate) fn tick(&mut self, now: Instant, out: &mut Outbox) -> Life {
        if now.saturating_duration_since(self.heard) >= SILENCE_LIMIT {
            self.say_goodbye(now, out);
            return Life::Silent;
        }
        self.release(now, out);
        if self.receiver.waits() && now >= self.next_nak {
            self.next_nak = now + NAK_PERIOD;
            let gaps = self.receiver.ask(now, self.ask_again_after());
            if !gaps.is_empty() {
                self.report(now, &gaps, out);
            }
        }
        if self.ack_due().is_some_and(|due| now >= due) {
            self.acknowledge(now, out);
        }
        if now.saturating_duration_since(self.sent) >= KEEPALIVE_PERIOD {
            self.send(now, kind::KEEPALIVE, 0, 0, &[], out);
        }
        Life::Goes
    }

    /// Half of what an answer may take, as the draft has it (4.8.2), but so that a report that got lost is repeated
    /// within the latency.
    fn ask_again_after(&self) -> Duration {
        (self.rtt.patience() / 2).min(self.receiver.latency() / 3).max(NAK_PERIOD)
    }

    fn ack_due(&self) -> Option<Instant> {
        if self.receiver.next() != self.acks.acked {
            Some(self.acks.at + ACK_PERIOD)
        } else if !self.acks.confirmed {
            Some(self.acks.at + self.rtt.patience())
        } else {
            None
        }
    }

    /// The small form of the full acknowledgement: number, round trip, room.
    fn acknowledge(&mut self, now: Instant, out: &mut Outbox) {
        let next = self.receiver.next();
        self.acks.number = self.acks.number.wrapping_add(1).max(1);
        self.acks.acked = next;
        self.acks.light = next;
        self.acks.at = now;
        self.acks.confirmed = false;
        if self.acks.underway.len() >= MAX_ACKS_UNDERWAY {
            self.acks.underway.pop_front();
        }
        self.acks.underway.push_back((self.acks.number, now, next));
        let mut body = Vec::with_capacity(16);
        for word in [next.raw(), self.rtt.mean_us(), self.rtt.variance_us(), self.receiver.room().max(2) as u32] {
            body.extend_from_slice(&word.to_be_bytes());
        }
        self.send(now, kind::ACK, 0, self.acks.number, &body, out);
    }

    /// When `tick` must come next.
    pub(crate) fn deadline(&self) -> Instant {
        let mut due = (self.heard + SILENCE_LIMIT).min(self.sent + KEEPALIVE_PERIOD);
        if let Some(ack) = self.ack_due() {
            due = due.min(ack);
        }
        if self.receiver.waits() {
            due = due.min(self.next_nak);
        }
        due
    }

    fn send(&mut self, now: Instant, kind: u16, subtype: u16, info: u32, body: &[u8], out: &mut Outbox) {
        self.sent = now;
        let timestamp_us = now.saturating_duration_since(self.started).as_micros() as u32;
        let packet = control(kind, subtype, info, timestamp_us, self.route.peer_socket, body);
        out.datagrams.push((self.route.port, self.route.peer, packet));
    }
}

/// Where a packet says it goes and the octets that say it, for the listener's look-up.
pub(crate) fn is_handshake_to_listener(header: Header, destination: u32) -> bool {
    destination == 0 && matches!(header, Header::Control { kind: kind::HANDSHAKE, .. })
}

/// A random number that is not 0, at most 30 bits: a socket id.
pub(crate) fn socket_id(random: &[u8]) -> Option<u32> {
    let id = u32::from_be_bytes(array_at(random, 0)?) & 0x3fff_ffff;
    (id != 0).then_some(id)
}
