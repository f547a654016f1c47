//! The listener over real sockets. One thread, nothing blocks: the owner waits until a socket is readable or the
//! timeout is over, then calls [`Gate::poll`].

use crate::listener::{Config, Event, Listener, Outbox};
use crate::reject::Reject;
use crate::sink::Sink;
use aws_lc_rs::rand;
use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

/// Datagrams read from one socket before the others and the timers get their turn.
const BATCH: usize = 512;
const MAX_DATAGRAM_BYTES: usize = 2048;
/// How soon a reader that did not keep up is tried again.
const RETRY: Duration = Duration::from_millis(10);

/// Listening UDP sockets and the sockets their payloads go to.
pub struct Gate {
    listener: Listener,
    sockets: Vec<UdpSocket>,
    sinks: HashMap<u32, Sink>,
    outbox: Outbox,
    buffer: Box<[u8; MAX_DATAGRAM_BYTES]>,
}

impl Gate {
    /// `sockets`: bound UDP sockets; they become non-blocking.
    ///
    /// # Errors
    /// When a descriptor is not a socket, or the system has no randomness.
    pub fn new(sockets: Vec<OwnedFd>, config: Config) -> io::Result<Gate> {
        let sockets: Vec<UdpSocket> = sockets.into_iter().map(UdpSocket::from).collect();
        for socket in &sockets {
            socket.set_nonblocking(true)?;
        }
        let mut secret = [0; 32];
        rand::fill(&mut secret).map_err(|_| io::Error::other("no randomness"))?;
        let listener = Listener::new(config, &secret, Instant::now());
        let buffer = Box::new([0; MAX_DATAGRAM_BYTES]);
        Ok(Gate { listener, sockets, sinks: HashMap::new(), outbox: Outbox::default(), buffer })
    }

    /// Reads what has come, does what is due, and tells the news.
    pub fn poll(&mut self) -> Vec<Event> {
        for port in 0..self.sockets.len() {
            self.read(port);
        }
        self.listener.tick(Instant::now(), &mut self.outbox);
        self.flush();
        std::mem::take(&mut self.outbox.events)
    }

    fn read(&mut self, port: usize) {
        for _ in 0..BATCH {
            let Some(socket) = self.sockets.get(port) else { return };
            match socket.recv_from(self.buffer.as_mut_slice()) {
                Ok((length, peer)) => {
                    let packet = self.buffer.get_mut(..length).unwrap_or_default();
                    self.listener.datagram(Instant::now(), port, peer, packet, &mut self.outbox);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // A queued ICMP error of some earlier answer: the next datagram is behind it.
                Err(_) => {}
            }
        }
    }

    fn flush(&mut self) {
        for (port, peer, packet) in self.outbox.datagrams.drain(..) {
            if let Some(socket) = self.sockets.get(port) {
                // What a full send buffer loses is repeated by the protocol.
                let _ = socket.send_to(&packet, peer);
            }
        }
        for (connection, payload) in self.outbox.payloads.drain(..) {
            if let Some(sink) = self.sinks.get_mut(&connection) {
                sink.push(payload);
            }
        }
        let gone: Vec<u32> = self.sinks.iter_mut().filter_map(|(id, sink)| (!sink.flush()).then_some(*id)).collect();
        for connection in gone {
            self.close(connection);
            self.outbox.events.push(Event::Closed { connection, cause: crate::Cause::Closed });
        }
        let ended = self.outbox.events.iter().filter_map(|event| match event {
            Event::Closed { connection, .. } => Some(*connection),
            _ => None,
        });
        for connection in ended {
            self.sinks.remove(&connection);
        }
    }

    /// How long nothing needs doing; `None`: until a datagram comes.
    pub fn timeout(&self) -> Option<Duration> {
        if !self.outbox.events.is_empty() {
            return Some(Duration::ZERO);
        }
        let due = self.listener.deadline().map(|due| due.saturating_duration_since(Instant::now()));
        if self.sinks.values().any(Sink::is_full) { Some(due.map_or(RETRY, |due| due.min(RETRY))) } else { due }
    }

    /// Lets a caller in if `passphrase` is its key's; its payloads then go to `sink`, a non-blocking socket that keeps
    /// message boundaries. False: it is not in, and the next `poll` tells why.
    pub fn admit(&mut self, connection: u32, passphrase: &str, sink: OwnedFd) -> bool {
        let admitted = self.listener.admit(Instant::now(), connection, passphrase, &mut self.outbox);
        if admitted {
            self.sinks.insert(connection, Sink::new(UnixDatagram::from(sink)));
        }
        self.send_answers();
        admitted
    }

    /// Turns a waiting caller away.
    pub fn refuse(&mut self, connection: u32, reject: Reject) {
        self.listener.refuse(Instant::now(), connection, reject, &mut self.outbox);
        self.send_answers();
    }

    /// Ends a connection: the caller hears it at once. No event follows.
    pub fn close(&mut self, connection: u32) {
        self.listener.close(Instant::now(), connection, &mut self.outbox);
        self.sinks.remove(&connection);
        self.send_answers();
    }

    fn send_answers(&mut self) {
        for (port, peer, packet) in self.outbox.datagrams.drain(..) {
            if let Some(socket) = self.sockets.get(port) {
                let _ = socket.send_to(&packet, peer);
            }
        }
    }

    /// Packets of a connection that never came, and bytes its reader was too slow for.
    pub fn lost(&self, connection: u32) -> (u64, u64) {
        (self.listener.lost(connection), self.sinks.get(&connection).map_or(0, Sink::overrun_bytes))
    }
}
