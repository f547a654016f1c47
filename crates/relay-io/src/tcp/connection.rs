//! One accepted ICE-TCP connection.

use super::frame::{Deframer, FrameTooLarge, HEADER_LEN};
use relay::Micros;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// By the peer, or broken.
    Gone,
    FrameTooLarge,
    /// Never validated by ICE, or nothing left to carry.
    Idle,
}

/// A stream of frames each way.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    pub(crate) remote: SocketAddr,
    /// The worker waits for the stream to become writable.
    pub(crate) waits_to_write: bool,
    deframer: Deframer,
    queue: VecDeque<u8>,
    opened: Micros,
    /// The relay answers nobody whom ICE has not validated: the first answer proves it.
    last_sent: Option<Micros>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, remote: SocketAddr, now: Micros) -> Connection {
        Connection {
            stream,
            remote,
            waits_to_write: false,
            deframer: Deframer::new(),
            queue: VecDeque::new(),
            opened: now,
            last_sent: None,
        }
    }

    /// Reads once; false: nothing came.
    pub(crate) fn fill(&mut self) -> Result<bool, End> {
        match self.stream.read(self.deframer.space()) {
            Ok(0) => Err(End::Gone),
            Ok(count) => {
                self.deframer.filled(count);
                Ok(true)
            }
            Err(error) if is_transient(&error) => Ok(false),
            Err(_) => Err(End::Gone),
        }
    }

    /// The next complete frame that was read.
    pub(crate) fn next_frame(&mut self) -> Result<Option<&[u8]>, End> {
        self.deframer.next().map_err(|FrameTooLarge| End::FrameTooLarge)
    }

    /// Appends one frame; false: it does not fit within `limit` bytes and is dropped whole.
    pub(crate) fn push(&mut self, now: Micros, datagram: &[u8], limit: usize) -> bool {
        self.last_sent = Some(now);
        if self.queue.len() + HEADER_LEN + datagram.len() > limit {
            return false;
        }
        self.queue.extend((datagram.len() as u16).to_be_bytes());
        self.queue.extend(datagram);
        true
    }

    /// Writes what the stream takes; returns how many system calls that took.
    pub(crate) fn write_out(&mut self) -> Result<u64, End> {
        let mut calls = 0;
        while !self.queue.is_empty() {
            calls += 1;
            match self.stream.write(self.queue.as_slices().0) {
                Ok(0) => return Err(End::Gone),
                Ok(count) => drop(self.queue.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return Err(End::Gone),
            }
        }
        Ok(calls)
    }

    pub(crate) fn has_queue(&self) -> bool {
        !self.queue.is_empty()
    }

    /// True if the time to become or stay useful is over.
    pub(crate) fn is_idle(&self, now: Micros, validation_us: Micros, idle_us: Micros) -> bool {
        match self.last_sent {
            None => now >= self.opened + validation_us,
            Some(last) => now >= last + idle_us,
        }
    }
}

fn is_transient(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
