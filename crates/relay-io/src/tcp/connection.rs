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

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::time::Duration;

    const LIMIT: usize = 64 << 10;
    const FRAME: [u8; 1000] = [7; 1000];

    fn pair() -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        peer.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let (stream, remote) = listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        (Connection::new(stream, remote, 0), peer)
    }

    #[test]
    fn a_peer_that_does_not_read_costs_whole_frames_and_bounded_memory() {
        let (mut connection, mut peer) = pair();
        let (mut taken, mut refused) = (0usize, 0);
        while refused < 10 {
            if connection.push(1, &FRAME, LIMIT) {
                taken += 1
            } else {
                refused += 1
            }
            connection.write_out().unwrap();
            assert!(connection.queue.len() <= LIMIT);
        }
        let mut frame = [0; HEADER_LEN + FRAME.len()];
        for _ in 0..taken {
            // Most of it waits in the kernel; what we kept follows as room appears.
            connection.write_out().unwrap();
            peer.read_exact(&mut frame).unwrap();
            assert_eq!((&frame[..HEADER_LEN], &frame[HEADER_LEN..]), (&[3, 232][..], &FRAME[..]));
        }
        assert!(!connection.has_queue() && connection.push(1, &FRAME, LIMIT));
    }

    #[test]
    fn time_runs_from_opening_and_then_from_the_last_frame_sent() {
        let (mut connection, _peer) = pair();
        assert!(!connection.is_idle(9, 10, 100) && connection.is_idle(10, 10, 100));
        connection.push(9, &FRAME, LIMIT);
        assert!(!connection.is_idle(108, 10, 100) && connection.is_idle(109, 10, 100));
    }

    #[test]
    fn the_end_of_the_stream_ends_the_connection() {
        let (mut connection, peer) = pair();
        assert_eq!(connection.fill(), Ok(false));
        drop(peer);
        let mut last = connection.fill();
        while last == Ok(false) {
            std::thread::yield_now();
            last = connection.fill();
        }
        assert_eq!(last, Err(End::Gone));
    }
}
