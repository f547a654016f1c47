//! The sockets of injectors: media comes in, requests for keyframes go out.

use crate::sys::poller::{Interest, Poller, Ready};
use crate::sys::seqpacket::{self, Received};
use relay::{DropCounters, DropReason};
use std::collections::HashMap;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// Longest datagram.
const MAX_DATAGRAM: usize = 65_535;
/// Reads per wake-up and socket, so that nobody keeps the others from being served.
const READS_PER_WAKE: usize = 32;

/// One socket for each injector that has one.
pub(crate) struct Injectors {
    poller: Poller,
    /// Transport and socket by a token that is never used again: events of a replaced socket name nobody.
    sockets: HashMap<u64, (u32, OwnedFd)>,
    tokens: HashMap<u32, u64>,
    next_token: u64,
    buffer: Box<[u8]>,
    ready: Vec<Ready>,
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
        })
    }

    /// Closes the socket of a transport and takes another one, if there is one.
    pub(crate) fn replace(&mut self, transport: u32, fd: Option<OwnedFd>) {
        if let Some(token) = self.tokens.remove(&transport) {
            self.close(token);
        }
        let Some(fd) = fd else { return };
        let token = self.next_token;
        // A socket that cannot be waited for is closed, as one that fails later: its tracks fall silent.
        if self.poller.add(fd.as_raw_fd(), token, Interest::Read).is_ok() {
            self.next_token += 1;
            self.tokens.insert(transport, token);
            self.sockets.insert(token, (transport, fd));
        }
    }

    fn close(&mut self, token: u64) {
        let Some((transport, fd)) = self.sockets.remove(&token) else { return };
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
            match self.read_one(event.token, &mut take, drops) {
                Ok(datagrams) => count += datagrams,
                Err(Gone) => self.close(event.token),
            }
        }
        self.ready = ready;
        Ok(count)
    }

    fn read_one(
        &mut self,
        token: u64,
        take: &mut impl FnMut(u32, &[u8]),
        drops: &mut DropCounters,
    ) -> Result<u64, Gone> {
        let Some((transport, fd)) = self.sockets.get(&token) else { return Ok(0) };
        for count in 0..READS_PER_WAKE as u64 {
            match seqpacket::receive(fd, &mut self.buffer) {
                Ok(Received::Datagram(len)) => take(*transport, &self.buffer[..len]),
                Ok(Received::TooLong) => drops.count(DropReason::InjectMalformed),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(Received::End) | Err(_) => return Err(Gone),
            }
        }
        Ok(READS_PER_WAKE as u64)
    }

    /// Sends one datagram, or drops it if the other side does not read.
    pub(crate) fn write(&mut self, transport: u32, datagram: &[u8], drops: &mut DropCounters) {
        let Some((_, fd)) = self.tokens.get(&transport).and_then(|token| self.sockets.get(token)) else { return };
        // A closed socket is seen when it is read.
        if seqpacket::send(fd, datagram).is_err() {
            drops.count(DropReason::InjectQueueFull);
        }
    }
}

/// The other side has closed, or the socket is broken.
struct Gone;

impl AsRawFd for Injectors {
    /// Readable while datagrams wait.
    fn as_raw_fd(&self) -> RawFd {
        self.poller.as_raw_fd()
    }
}
