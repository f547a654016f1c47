//! The sockets of local transports: an injector's media comes in and requests for keyframes go out; a tap's media goes
//! out and requests come in.

use crate::sys::poller::{Interest, Poller, Ready};
use crate::sys::seqpacket::{self, Received};
use crate::udp::SendCounters;
use relay::{DropCounters, DropReason, Link, TxArena, TxPacket};
use std::collections::HashMap;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// Longest datagram.
const MAX_DATAGRAM: usize = 65_535;
/// Reads per wake-up and socket, so that nobody keeps the others from being served.
const READS_PER_WAKE: usize = 32;

/// What the relay has to know about the socket of a transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    /// Something found no room in it.
    Full,
    /// There is room again.
    Writable,
    /// It is gone, or takes nothing any more.
    Closed,
}

struct Local {
    transport: u32,
    fd: OwnedFd,
    /// Longest datagram that it takes.
    longest: usize,
    /// Something found no room: waited on for writing, too.
    is_full: bool,
}

/// One socket for each local transport that has one.
pub(crate) struct Injectors {
    poller: Poller,
    /// By a token that is never used again: events of a replaced socket name nobody.
    sockets: HashMap<u64, Local>,
    tokens: HashMap<u32, u64>,
    next_token: u64,
    buffer: Box<[u8]>,
    ready: Vec<Ready>,
    news: Vec<(u32, News)>,
    /// Transports that take nothing more of the packets being sent, and why.
    refused: Vec<(u32, DropReason)>,
    counters: SendCounters,
}

impl Injectors {
    pub(crate) fn new() -> io::Result<Injectors> {
        Ok(Injectors {
            poller: Poller::new()?,
            sockets: HashMap::new(),
            tokens: HashMap::new(),
            next_token: 0,
            buffer: vec![0; MAX_DATAGRAM].into(),
            ready: Vec::new(),
            news: Vec::new(),
            refused: Vec::new(),
            counters: SendCounters::default(),
        })
    }

    /// What happened to sockets since last time, in order; the caller drains it.
    pub(crate) fn news(&mut self) -> &mut Vec<(u32, News)> {
        &mut self.news
    }

    pub(crate) fn counters(&self) -> SendCounters {
        self.counters
    }

    /// Closes the socket of a transport and takes another one, if there is one.
    pub(crate) fn replace(&mut self, transport: u32, fd: Option<OwnedFd>) {
        if let Some(token) = self.tokens.remove(&transport) {
            self.close(token);
        }
        let token = self.next_token;
        // A socket that cannot be waited for is closed, as one that fails later: its tracks fall silent.
        let Some(fd) = fd.filter(|fd| self.poller.add(fd.as_raw_fd(), token, Interest::Read).is_ok()) else {
            return self.news.push((transport, News::Closed));
        };
        let longest = MAX_DATAGRAM.min(seqpacket::longest(&fd));
        self.next_token += 1;
        self.tokens.insert(transport, token);
        self.sockets.insert(token, Local { transport, fd, longest, is_full: false });
    }

    fn close(&mut self, token: u64) {
        let Some(Local { transport, fd, .. }) = self.sockets.remove(&token) else { return };
        if self.tokens.get(&transport) == Some(&token) {
            self.tokens.remove(&transport);
        }
        // Others may hold the socket open, and then closing ours would not take it out of the set. An error means that
        // it is out already.
        let _ = self.poller.remove(fd.as_raw_fd());
    }

    /// Gives each datagram that waits to `take` with its transport; returns how many there were.
    pub(crate) fn read(&mut self, mut take: impl FnMut(u32, &[u8]), drops: &mut DropCounters) -> io::Result<u64> {
        if self.sockets.is_empty() {
            return Ok(0);
        }
        let mut ready = std::mem::take(&mut self.ready);
        self.poller.wait(Duration::ZERO, &mut ready)?;
        let mut count = 0;
        for event in &ready {
            if event.writable {
                self.drained(event.token);
            }
            match self.read_one(event.token, &mut take, drops) {
                Ok(datagrams) => count += datagrams,
                Err(Gone { transport }) => {
                    self.close(event.token);
                    self.news.push((transport, News::Closed));
                }
            }
        }
        self.ready = ready;
        Ok(count)
    }

    /// Waits for room no longer.
    fn drained(&mut self, token: u64) {
        let Some(local) = self.sockets.get_mut(&token).filter(|local| local.is_full) else { return };
        local.is_full = false;
        // Fails only if the socket is not in the set, which it is as long as it is open.
        let _ = self.poller.modify(local.fd.as_raw_fd(), token, Interest::Read);
        self.news.push((local.transport, News::Writable));
    }

    fn read_one(
        &mut self,
        token: u64,
        take: &mut impl FnMut(u32, &[u8]),
        drops: &mut DropCounters,
    ) -> Result<u64, Gone> {
        let Some(Local { transport, fd, .. }) = self.sockets.get(&token) else { return Ok(0) };
        for count in 0..READS_PER_WAKE as u64 {
            match seqpacket::receive(fd, &mut self.buffer) {
                Ok(Received::Datagram(len)) => take(*transport, &self.buffer[..len]),
                Ok(Received::TooLong) => drops.count(DropReason::InjectMalformed),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(Received::End) | Err(_) => return Err(Gone { transport: *transport }),
            }
        }
        Ok(READS_PER_WAKE as u64)
    }

    /// Sends what is for local transports, many packets in one datagram. What finds no room is dropped, and the rest for
    /// that transport with it: a stream with a hole is of no use before its next keyframe.
    pub(crate) fn send(&mut self, arena: &TxArena, drops: &mut DropCounters) {
        self.refused.clear();
        let mut rest = &arena.packets[..];
        while let [first, after @ ..] = rest {
            rest = match first.path.link {
                Link::Local(transport) => &rest[self.send_some(transport, arena, rest, drops)..],
                Link::Udp(_) | Link::Tcp(_) => after,
            };
        }
    }

    /// Sends one datagram of what `packets` begins with; returns how many packets were dealt with.
    fn send_some(&mut self, transport: u32, arena: &TxArena, packets: &[TxPacket], drops: &mut DropCounters) -> usize {
        let token = self.tokens.get(&transport).copied();
        let Some((token, local)) = token.and_then(|token| Some((token, self.sockets.get_mut(&token)?))) else {
            drops.count(DropReason::TapClosed);
            return 1;
        };
        let (count, bytes) = run(packets, local.longest);
        let refused = self.refused.iter().find(|(other, _)| *other == transport);
        if let Some((_, reason)) = refused {
            drops.add(*reason, count as u64);
            return count;
        }
        let start = packets[0].start as usize;
        self.counters.calls += 1;
        let Err(error) = seqpacket::send(&local.fd, &arena.bytes[start..start + bytes]) else {
            self.counters.packets += count as u64;
            return count;
        };
        let (reason, news) = match error.kind() {
            // A closed socket is dropped when it is read: what came before its end still counts.
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => (DropReason::TapClosed, News::Closed),
            _ => (DropReason::TapFull, News::Full),
        };
        if news == News::Full && !local.is_full {
            local.is_full = true;
            // Fails only if the socket is not in the set, which it is as long as it is open.
            let _ = self.poller.modify(local.fd.as_raw_fd(), token, Interest::ReadWrite);
        }
        self.news.push((transport, news));
        self.refused.push((transport, reason));
        drops.add(reason, count as u64);
        count
    }

    /// Sends one datagram, or drops it if the other side does not read.
    pub(crate) fn write(&mut self, transport: u32, datagram: &[u8], drops: &mut DropCounters) {
        let Some(local) = self.tokens.get(&transport).and_then(|token| self.sockets.get(token)) else { return };
        // A closed socket is seen when it is read.
        if seqpacket::send(&local.fd, datagram).is_err() {
            drops.count(DropReason::InjectQueueFull);
        }
    }
}

/// How many packets from the first one on make one datagram of at most `longest` bytes, and its length.
fn run(packets: &[TxPacket], longest: usize) -> (usize, usize) {
    let Some(first) = packets.first() else { return (0, 0) };
    let mut bytes = usize::from(first.len);
    let mut count = 1;
    for packet in &packets[1..] {
        let adjacent = packet.path == first.path && packet.start as usize == first.start as usize + bytes;
        if !adjacent || bytes + usize::from(packet.len) > longest {
            break;
        }
        bytes += usize::from(packet.len);
        count += 1;
    }
    (count, bytes)
}

/// The other side has closed, or the socket is broken.
struct Gone {
    transport: u32,
}

impl AsRawFd for Injectors {
    /// Readable while datagrams wait.
    fn as_raw_fd(&self) -> RawFd {
        self.poller.as_raw_fd()
    }
}
