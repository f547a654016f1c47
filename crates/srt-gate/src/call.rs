//! The caller over a real socket. One thread, nothing blocks: the owner waits until the socket is readable or the timeout
//! is over, then calls [`Call::poll`].

use crate::caller::{Caller, Ended, Wanted};
use crate::sender::Counts;
use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

const BATCH: usize = 512;
const MAX_DATAGRAM_BYTES: usize = 2048;

/// A connected UDP socket and the call that goes by it.
pub struct Call {
    caller: Caller,
    socket: UdpSocket,
    out: Vec<Vec<u8>>,
    buffer: Box<[u8; MAX_DATAGRAM_BYTES]>,
}

impl Call {
    /// `socket`: a connected UDP socket; it becomes non-blocking.
    ///
    /// # Errors
    /// When it is not a socket, what is wanted breaks the protocol's bounds, or the system has no randomness.
    pub fn new(socket: OwnedFd, wanted: Wanted) -> io::Result<Call> {
        let socket = UdpSocket::from(socket);
        socket.set_nonblocking(true)?;
        let caller = Caller::new(wanted, Instant::now()).ok_or(io::Error::from(ErrorKind::InvalidInput))?;
        Ok(Call { caller, socket, out: Vec::new(), buffer: Box::new([0; MAX_DATAGRAM_BYTES]) })
    }

    /// Reads what has come, does what is due.
    pub fn poll(&mut self) {
        for _ in 0..BATCH {
            match self.socket.recv(self.buffer.as_mut_slice()) {
                Ok(length) => {
                    let packet = self.buffer.get(..length).unwrap_or_default();
                    self.caller.datagram(Instant::now(), packet, &mut self.out);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // An ICMP error of some earlier datagram: the far end may come back, its silence is noticed.
                Err(_) => {}
            }
        }
        self.caller.tick(Instant::now(), &mut self.out);
        self.flush();
    }

    /// Sends bytes. False: not all of them.
    pub fn send(&mut self, media: &[u8]) -> bool {
        let taken = self.caller.send(Instant::now(), media, &mut self.out);
        self.flush();
        taken
    }

    /// Says goodbye.
    pub fn close(&mut self) {
        self.caller.close(Instant::now(), &mut self.out);
        self.flush();
    }

    /// Whether media may be sent.
    pub fn stands(&self) -> bool {
        self.caller.stands()
    }

    /// Why it is over; `None`: it is not.
    pub fn ended(&self) -> Option<Ended> {
        self.caller.ended()
    }

    /// What was sent so far.
    pub fn counts(&self) -> Counts {
        self.caller.counts()
    }

    /// How long nothing needs doing; `None`: nothing ever.
    pub fn timeout(&self) -> Option<Duration> {
        self.caller.deadline().map(|due| due.saturating_duration_since(Instant::now()))
    }

    fn flush(&mut self) {
        for packet in self.out.drain(..) {
            // What a full send buffer loses is repeated by the protocol.
            let _ = self.socket.send(&packet);
        }
    }
}
