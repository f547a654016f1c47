//! The calling half: induction, conclusion, then a [`Sender`]. Holds no socket and no clock.

use crate::bytes::{u16_at, u32_at};
use crate::handshake::{CONCLUSION, FIXED_BYTES, INDUCTION, MAGIC, MTU_BYTES, OUR_VERSION, Shake, extension, flag};
use crate::link::socket_id;
use crate::seal::Sealer;
use crate::sender::{Counts, Life, MAX_UNDERWAY, PAYLOAD_BYTES, Sender};
use crate::seq::Seq;
use crate::stream_id::MAX_STREAM_ID_BYTES;
use crate::wire::{HEADER_BYTES, Header, control, kind, parse_header};
use aws_lc_rs::rand;
use std::time::{Duration, Instant};

const REPEAT_PERIOD: Duration = Duration::from_millis(250);
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
const PASSPHRASE_BYTES: std::ops::RangeInclusive<usize> = 10..=79;
const MAX_LATENCY: Duration = Duration::from_secs(8);
/// First version that knows stream ids and this handshake.
const MIN_VERSION: u32 = 0x0001_0300;
/// Handshake types from here on are refusals.
const REFUSALS: u32 = 1000;
const BAD_SECRET: u32 = REFUSALS + 10;
const UNSECURE: u32 = REFUSALS + 11;
const DATAGRAMS: u32 = 2;
const AES_128: u32 = 2;

/// What is asked of the far end.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// At most 512 bytes; empty: none.
    pub stream_id: String,
    /// 10 to 79 bytes; `None`: not encrypted.
    pub passphrase: Option<String>,
    /// How long the far end is to wait for what is lost.
    pub latency: Duration,
}

impl Wanted {
    /// Whether it keeps to the protocol's bounds.
    pub fn is_allowed(&self) -> bool {
        let passphrase = self.passphrase.as_ref().is_none_or(|text| PASSPHRASE_BYTES.contains(&text.len()));
        passphrase && self.stream_id.len() <= MAX_STREAM_ID_BYTES && self.latency <= MAX_LATENCY
    }
}

/// Why there is no connection (any more).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The far end said goodbye.
    Closed,
    /// It does not answer, or fell silent.
    Silent,
    /// It does not want us.
    Refused,
    /// The passphrase is another one, or one side has none.
    WrongPassphrase,
    /// It does not speak this protocol.
    Protocol,
}

enum State {
    Induction,
    Conclusion { cookie: u32 },
    Stands(Box<Sender>),
    Over(Ended),
}

/// One call. Packets to be sent are appended to `out`, in order.
pub struct Caller {
    wanted: Wanted,
    started: Instant,
    our_socket: u32,
    first: Seq,
    sealer: Option<Sealer>,
    state: State,
    repeat_at: Instant,
}

impl Caller {
    /// `None`: what is wanted breaks the protocol's bounds, or the system has no randomness.
    pub fn new(wanted: Wanted, now: Instant) -> Option<Caller> {
        if !wanted.is_allowed() {
            return None;
        }
        let mut random = [0; 8];
        rand::fill(&mut random).ok()?;
        let our_socket = socket_id(&random).unwrap_or(1);
        let first = Seq::new(u32_at(&random, 4)?);
        let sealer = match &wanted.passphrase {
            Some(passphrase) => Some(Sealer::new(passphrase)?),
            None => None,
        };
        Some(Caller { wanted, started: now, our_socket, first, sealer, state: State::Induction, repeat_at: now })
    }

    /// Whether media may be sent.
    pub fn stands(&self) -> bool {
        matches!(self.state, State::Stands(_))
    }

    /// Why it is over; `None`: it is not.
    pub fn ended(&self) -> Option<Ended> {
        if let State::Over(why) = self.state { Some(why) } else { None }
    }

    /// What was sent so far.
    pub fn counts(&self) -> Counts {
        if let State::Stands(sender) = &self.state { sender.counts } else { Counts::default() }
    }

    /// Sends bytes in as many packets as it takes. False: not all of them, the far end does not keep up.
    pub fn send(&mut self, now: Instant, media: &[u8], out: &mut Vec<Vec<u8>>) -> bool {
        let State::Stands(sender) = &mut self.state else { return false };
        media.chunks(PAYLOAD_BYTES).all(|payload| sender.send(now, payload, out))
    }

    /// A datagram from the far end.
    pub fn datagram(&mut self, now: Instant, packet: &[u8], out: &mut Vec<Vec<u8>>) {
        let Some((Header::Control { kind: control, info, .. }, destination)) = parse_header(packet) else { return };
        if destination != self.our_socket {
            return;
        }
        if control == kind::HANDSHAKE {
            if let Some(shake) = Shake::parse(packet) {
                self.shaken(now, &shake, packet, out);
            }
        } else if let State::Stands(sender) = &mut self.state {
            let body = packet.get(HEADER_BYTES..).unwrap_or_default();
            if sender.control(now, control, info, body, out) == Life::Closed {
                self.state = State::Over(Ended::Closed);
            }
        }
    }

    /// What is due by now.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<Vec<u8>>) {
        match &mut self.state {
            State::Over(_) => {}
            State::Stands(sender) => {
                if sender.is_used_up() {
                    sender.say_goodbye(now, out);
                    self.state = State::Over(Ended::Closed);
                } else if sender.tick(now, out) == Life::Silent {
                    self.state = State::Over(Ended::Silent);
                }
            }
            State::Induction | State::Conclusion { .. } => {
                if now.saturating_duration_since(self.started) >= ANSWER_WITHIN {
                    self.state = State::Over(Ended::Silent);
                } else if now >= self.repeat_at {
                    self.ask(now, out);
                }
            }
        }
    }

    /// When `tick` must come next; `None`: it need not.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Over(_) => None,
            State::Stands(sender) => Some(sender.deadline()),
            State::Induction | State::Conclusion { .. } => Some(self.repeat_at.min(self.started + ANSWER_WITHIN)),
        }
    }

    /// Says goodbye.
    pub fn close(&mut self, now: Instant, out: &mut Vec<Vec<u8>>) {
        if let State::Stands(sender) = &mut self.state {
            sender.say_goodbye(now, out);
        }
        self.state = State::Over(Ended::Closed);
    }

    fn ask(&mut self, now: Instant, out: &mut Vec<Vec<u8>>) {
        self.repeat_at = now + REPEAT_PERIOD;
        let body = match self.state {
            State::Conclusion { cookie } => self.conclusion(cookie),
            _ => self.shake(4, INDUCTION, 0).write(DATAGRAMS),
        };
        let timestamp_us = now.saturating_duration_since(self.started).as_micros() as u32;
        out.push(control(kind::HANDSHAKE, 0, 0, timestamp_us, 0, &body));
    }

    fn shake(&self, version: u32, kind: u32, cookie: u32) -> Shake {
        Shake {
            version,
            first_seq: self.first,
            mtu_bytes: MTU_BYTES,
            window: MAX_UNDERWAY as u32,
            kind,
            socket_id: self.our_socket,
            cookie,
            peer_ip: [0; 16],
        }
    }

    fn conclusion(&self, cookie: u32) -> Vec<u8> {
        const REQUEST: u32 = 1;
        const KEY: u32 = 2;
        const CONFIG: u32 = 4;
        let key = if self.sealer.is_some() { AES_128 << 16 | KEY } else { 0 };
        let config = if self.wanted.stream_id.is_empty() { 0 } else { CONFIG };
        let mut body = self.shake(5, CONCLUSION, cookie).write(REQUEST | key | config);
        let latency_ms = (self.wanted.latency.as_millis() as u16).to_be_bytes();
        let mut request = [OUR_VERSION.to_be_bytes(), flag::OURS.to_be_bytes()].concat();
        request.extend_from_slice(&latency_ms);
        request.extend_from_slice(&latency_ms);
        append(&mut body, extension::HANDSHAKE_REQUEST, &request);
        if let Some(sealer) = &self.sealer {
            append(&mut body, extension::KEY_REQUEST, sealer.message());
        }
        if config != 0 {
            append(&mut body, extension::STREAM_ID, &turned(&self.wanted.stream_id));
        }
        body
    }

    fn shaken(&mut self, now: Instant, shake: &Shake, packet: &[u8], out: &mut Vec<Vec<u8>>) {
        if !matches!(self.state, State::Induction | State::Conclusion { .. }) {
            return;
        }
        match shake.kind {
            INDUCTION if matches!(self.state, State::Induction) => {
                let magic = u16_at(packet, HEADER_BYTES + 6);
                if shake.version != 5 || magic != Some(MAGIC) {
                    self.state = State::Over(Ended::Protocol);
                    return;
                }
                self.state = State::Conclusion { cookie: shake.cookie };
                self.ask(now, out);
            }
            CONCLUSION if matches!(self.state, State::Conclusion { .. }) => self.concluded(now, shake, packet),
            BAD_SECRET | UNSECURE => self.state = State::Over(Ended::WrongPassphrase),
            refusal if (REFUSALS..CONCLUSION & 0xffff).contains(&refusal) => self.state = State::Over(Ended::Refused),
            _ => {}
        }
    }

    fn concluded(&mut self, now: Instant, shake: &Shake, packet: &[u8]) {
        let answer = Answer::parse(packet.get(HEADER_BYTES + FIXED_BYTES..).unwrap_or_default());
        let Some(Answer { latency, key_material }) = answer.filter(|_| shake.version == 5) else {
            self.state = State::Over(Ended::Protocol);
            return;
        };
        // One that could not open the keys answers with a single word that says so.
        let opened = self.sealer.as_ref().is_none_or(|sealer| key_material == sealer.message());
        if !opened {
            self.state = State::Over(Ended::WrongPassphrase);
            return;
        }
        let latency = latency.max(self.wanted.latency).min(MAX_LATENCY);
        let sealer = self.sealer.take();
        let sender = Sender::new(shake.socket_id, self.started, self.first, sealer, latency, shake.window, now);
        self.state = State::Stands(Box::new(sender));
    }
}

/// The extensions of the far end's conclusion.
struct Answer<'a> {
    latency: Duration,
    key_material: &'a [u8],
}

impl Answer<'_> {
    fn parse(mut rest: &[u8]) -> Option<Answer<'_>> {
        let (mut latency, mut key_material) = (None, &[][..]);
        while !rest.is_empty() {
            let kind = u16_at(rest, 0)?;
            let bytes = usize::from(u16_at(rest, 2)?) * 4;
            let content = rest.get(4..4 + bytes)?;
            match kind {
                extension::HANDSHAKE_RESPONSE if u32_at(content, 0)? >= MIN_VERSION => {
                    latency = Some(Duration::from_millis(u64::from(u16_at(content, 8)?)));
                }
                extension::KEY_RESPONSE => key_material = content,
                _ => {}
            }
            rest = rest.get(4 + bytes..)?;
        }
        Some(Answer { latency: latency?, key_material })
    }
}

fn append(body: &mut Vec<u8>, kind: u16, content: &[u8]) {
    body.extend_from_slice(&kind.to_be_bytes());
    body.extend_from_slice(&((content.len() / 4) as u16).to_be_bytes());
    body.extend_from_slice(content);
}

/// Text travels in words whose octets are turned around; zeros fill the last one.
fn turned(text: &str) -> Vec<u8> {
    let mut octets = text.as_bytes().to_vec();
    octets.resize(octets.len().next_multiple_of(4), 0);
    octets.chunks(4).flat_map(|word| word.iter().rev().copied().collect::<Vec<u8>>()).collect()
}
