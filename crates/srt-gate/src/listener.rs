//! Callers from their first packet to their last: cookie, question, verdict, link.

use crate::cookie::Cookies;
use crate::handshake::{Request, Shake};
use crate::keys::{Cipher, KeyError};
use crate::link::{Life, Link, Route, is_handshake_to_listener, socket_id};
use crate::receiver::Receiver;
use crate::reject::Reject;
use crate::stream_id::resource;
use crate::wire::{control, kind, parse_header};
use aws_lc_rs::rand;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Longest and shortest passphrase of the protocol, bytes.
const PASSPHRASE_BYTES: std::ops::RangeInclusive<usize> = 10..=79;
/// A caller repeats itself four times a second: it hears the same refusal this long.
const REFUSED_FOR: Duration = Duration::from_secs(3);
const MAX_REFUSED: usize = 1024;
/// A peer may ask for more than the listener's latency, up to here.
const MAX_LATENCY: Duration = Duration::from_secs(8);

/// Bounds of a listener.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// How long a lost packet is waited for, unless the caller asks for longer.
    pub latency: Duration,
    /// How long a verdict may take.
    pub decide_within: Duration,
    /// Callers waiting for a verdict.
    pub max_pending: usize,
    /// The same of one IP address.
    pub max_pending_per_peer: usize,
    /// Connections that stand.
    pub max_links: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            latency: Duration::from_millis(120),
            decide_within: Duration::from_secs(5),
            max_pending: 200,
            max_pending_per_peer: 32,
            max_links: 512,
        }
    }
}

/// Why a caller or a connection is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The other side closed.
    Closed,
    /// Nobody decided, or the other side fell silent.
    Timeout,
    /// Keying material that makes no sense.
    Protocol,
    /// The passphrase was wrong, or missing.
    WrongPassphrase,
}

/// What the owner of a listener must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A caller waits for a verdict.
    Knock {
        /// Its number from now on.
        connection: u32,
        /// What it wants to publish to.
        resource: String,
        /// Its address.
        peer: SocketAddr,
    },
    /// A caller is gone before its connection stood.
    Gone {
        /// Its number.
        connection: u32,
        /// Why.
        cause: Cause,
    },
    /// A connection that stood is gone.
    Closed {
        /// Its number.
        connection: u32,
        /// Why.
        cause: Cause,
    },
}

/// What a listener wants done, in order.
#[derive(Default)]
pub struct Outbox {
    /// Index of the local socket, where to, packet.
    pub datagrams: Vec<(usize, SocketAddr, Vec<u8>)>,
    /// Connection, payload of at most 1456 bytes.
    pub payloads: Vec<(u32, Vec<u8>)>,
    /// News.
    pub events: Vec<Event>,
}

struct Pending {
    port: usize,
    peer: SocketAddr,
    shake: Shake,
    request: Request,
    until: Instant,
}

enum Caller {
    Waits,
    Stands(u32),
    Refused(Reject, Instant),
}

/// Address and socket id of a caller.
type CallerId = (SocketAddr, u32);

/// The listening side of one or more UDP sockets.
pub struct Listener {
    config: Config,
    cookies: Cookies,
    started: Instant,
    callers: HashMap<CallerId, Caller>,
    pending: HashMap<u32, Pending>,
    links: HashMap<u32, Link>,
}

impl Listener {
    /// `secret`: random, for the cookies.
    pub fn new(config: Config, secret: &[u8; 32], now: Instant) -> Listener {
        Listener {
            config,
            cookies: Cookies::new(secret, now),
            started: now,
            callers: HashMap::new(),
            pending: HashMap::new(),
            links: HashMap::new(),
        }
    }

    /// A datagram that came to the local socket `port`; its payload is decrypted in place.
    pub fn datagram(&mut self, now: Instant, port: usize, peer: SocketAddr, packet: &mut [u8], out: &mut Outbox) {
        let Some((header, destination)) = parse_header(packet) else { return };
        if is_handshake_to_listener(header, destination) {
            self.handshake(now, port, peer, packet, out);
            return;
        }
        let Some(link) = self.links.get_mut(&destination) else { return };
        if link.route().peer != peer {
            return;
        }
        if link.packet(now, header, packet, out) == Life::Closed {
            self.forget(destination, Cause::Closed, out);
        }
    }

    fn handshake(&mut self, now: Instant, port: usize, peer: SocketAddr, packet: &[u8], out: &mut Outbox) {
        let Some(shake) = Shake::parse(packet) else { return };
        if shake.is_induction() {
            let answer = shake.induction_answer(self.cookies.make(now, peer));
            self.reply(now, port, peer, &shake, &answer, out);
        } else if shake.is_conclusion() && self.cookies.check(now, peer, shake.cookie) {
            self.conclusion(now, port, peer, shake, packet, out);
        }
    }

    fn conclusion(
        &mut self,
        now: Instant,
        port: usize,
        peer: SocketAddr,
        shake: Shake,
        packet: &[u8],
        out: &mut Outbox,
    ) {
        match self.callers.get(&(peer, shake.socket_id)) {
            Some(Caller::Waits) => return,
            Some(Caller::Stands(connection)) => {
                if let Some(link) = self.links.get_mut(connection) {
                    link.answer_again(now, out);
                }
                return;
            }
            Some(Caller::Refused(reject, _)) => {
                let answer = shake.rejection(*reject);
                return self.reply(now, port, peer, &shake, &answer, out);
            }
            None => {}
        }
        match self.knock(now, port, peer, &shake, packet) {
            Ok(event) => out.events.push(event),
            Err(reject) => self.turn_away(now, port, peer, &shake, reject, out),
        }
    }

    fn knock(
        &mut self,
        now: Instant,
        port: usize,
        peer: SocketAddr,
        shake: &Shake,
        packet: &[u8],
    ) -> Result<Event, Reject> {
        let request = Request::parse(packet)?;
        let resource = resource(&request.stream_id)?.to_owned();
        let of_peer = self.pending.values().filter(|other| other.peer.ip() == peer.ip()).count();
        if self.pending.len() >= self.config.max_pending
            || of_peer >= self.config.max_pending_per_peer
            || self.links.len() >= self.config.max_links
        {
            return Err(Reject::Backlog);
        }
        let connection = self.new_connection().ok_or(Reject::Backlog)?;
        self.callers.insert((peer, shake.socket_id), Caller::Waits);
        let until = now + self.config.decide_within;
        self.pending.insert(connection, Pending { port, peer, shake: shake.clone(), request, until });
        Ok(Event::Knock { connection, resource, peer })
    }

    fn new_connection(&self) -> Option<u32> {
        for _ in 0..16 {
            let mut random = [0; 4];
            rand::fill(&mut random).ok()?;
            let free = |id: &u32| !self.pending.contains_key(id) && !self.links.contains_key(id);
            if let Some(id) = socket_id(&random).filter(free) {
                return Some(id);
            }
        }
        None
    }

    /// Lets a caller in if its keys open with `passphrase` (10 to 79 bytes). True: it is connected now. False: it is gone,
    /// with an event unless it had gone before.
    pub fn admit(&mut self, now: Instant, connection: u32, passphrase: &str, out: &mut Outbox) -> bool {
        let Some(caller) = self.pending.remove(&connection) else { return false };
        let cipher = match open_keys(passphrase, &caller.request.key_material) {
            Ok(cipher) => cipher,
            Err((reject, cause)) => {
                self.turn_away(now, caller.port, caller.peer, &caller.shake, reject, out);
                out.events.push(Event::Gone { connection, cause });
                return false;
            }
        };
        let shake = &caller.shake;
        let latency = self.config.latency.max(caller.request.sender_latency).min(MAX_LATENCY);
        let answer = caller.request.answer(shake, connection, latency, Receiver::CAPACITY as u32);
        let route = Route { connection, port: caller.port, peer: caller.peer, peer_socket: shake.socket_id };
        let mut link = Link::new(route, shake.first_seq, latency, cipher, answer, now);
        link.answer_again(now, out);
        self.callers.insert((caller.peer, shake.socket_id), Caller::Stands(connection));
        self.links.insert(connection, link);
        true
    }

    /// Turns a waiting caller away.
    pub fn refuse(&mut self, now: Instant, connection: u32, reject: Reject, out: &mut Outbox) {
        if let Some(caller) = self.pending.remove(&connection) {
            self.turn_away(now, caller.port, caller.peer, &caller.shake, reject, out);
        }
    }

    /// Ends a connection that stands; no event follows.
    pub fn close(&mut self, now: Instant, connection: u32, out: &mut Outbox) {
        if let Some(mut link) = self.links.remove(&connection) {
            link.say_goodbye(now, out);
            self.callers.remove(&(link.route().peer, link.route().peer_socket));
        }
    }

    /// Packets of a connection given up so far.
    pub fn lost(&self, connection: u32) -> u64 {
        self.links.get(&connection).map_or(0, Link::lost)
    }

    fn forget(&mut self, connection: u32, cause: Cause, out: &mut Outbox) {
        if let Some(link) = self.links.remove(&connection) {
            self.callers.remove(&(link.route().peer, link.route().peer_socket));
            out.events.push(Event::Closed { connection, cause });
        }
    }

    fn turn_away(
        &mut self,
        now: Instant,
        port: usize,
        peer: SocketAddr,
        shake: &Shake,
        reject: Reject,
        out: &mut Outbox,
    ) {
        let answer = shake.rejection(reject);
        self.reply(now, port, peer, shake, &answer, out);
        let id = (peer, shake.socket_id);
        self.callers.remove(&id);
        if self.callers.len() < MAX_REFUSED + self.pending.len() + self.links.len() {
            self.callers.insert(id, Caller::Refused(reject, now + REFUSED_FOR));
        }
    }

    fn reply(&self, now: Instant, port: usize, peer: SocketAddr, shake: &Shake, body: &[u8], out: &mut Outbox) {
        let timestamp_us = now.saturating_duration_since(self.started).as_micros() as u32;
        let packet = control(kind::HANDSHAKE, 0, 0, timestamp_us, shake.socket_id, body);
        out.datagrams.push((port, peer, packet));
    }

    /// What is due by now: verdicts that did not come, acknowledgements, silence.
    pub fn tick(&mut self, now: Instant, out: &mut Outbox) {
        let late: Vec<u32> = self.pending.iter().filter(|(_, caller)| now >= caller.until).map(|(id, _)| *id).collect();
        for connection in late {
            self.refuse(now, connection, Reject::Timeout, out);
            out.events.push(Event::Gone { connection, cause: Cause::Timeout });
        }
        self.callers.retain(|_, caller| !matches!(caller, Caller::Refused(_, until) if now >= *until));
        let silent = |(id, link): (&u32, &mut Link)| (link.tick(now, out) == Life::Silent).then_some(*id);
        let gone: Vec<u32> = self.links.iter_mut().filter_map(silent).collect();
        for connection in gone {
            self.forget(connection, Cause::Timeout, out);
        }
    }

    /// When `tick` must come next; `None`: nobody is here.
    pub fn deadline(&self) -> Option<Instant> {
        let refused = self.callers.values().filter_map(|caller| match caller {
            Caller::Refused(_, until) => Some(*until),
            _ => None,
        });
        let pending = self.pending.values().map(|caller| caller.until);
        self.links.values().map(Link::deadline).chain(pending).chain(refused).min()
    }
}

fn open_keys(passphrase: &str, key_material: &[u8]) -> Result<Cipher, (Reject, Cause)> {
    if key_material.is_empty() {
        return Err((Reject::Unsecure, Cause::WrongPassphrase));
    }
    if !PASSPHRASE_BYTES.contains(&passphrase.len()) {
        return Err((Reject::BadSecret, Cause::WrongPassphrase));
    }
    Cipher::open(passphrase, key_material).map_err(|error| match error {
        KeyError::WrongPassphrase => (Reject::BadSecret, Cause::WrongPassphrase),
        KeyError::Unsupported => (Reject::Crypto, Cause::Protocol),
        KeyError::Malformed => (Reject::Rogue, Cause::Protocol),
    })
}
