//! Datagrams as the shell hands them over and takes them back.

use crate::event::Protocol;
use std::net::SocketAddr;

/// Size of one receive buffer. A longer datagram is `truncated` and dropped.
pub const SLOT_LEN: usize = 1536;

/// Which socket of the shell a datagram came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    /// Index of the listening UDP socket.
    Udp(u8),
    /// Id of an accepted ICE-TCP connection (RFC 6544); never reused.
    Tcp(u32),
    /// Id of a local transport: a process on this machine, in the clear. Sent to, never received from.
    Local(u32),
}

impl Link {
    /// What carries the datagrams.
    pub fn protocol(self) -> Protocol {
        match self {
            Link::Udp(_) => Protocol::Udp,
            Link::Tcp(_) => Protocol::Tcp,
            Link::Local(_) => Protocol::Local,
        }
    }
}

/// A peer's address as seen through one link: the 5-tuple of ICE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Path {
    /// The peer.
    pub remote: SocketAddr,
    /// Our side.
    pub link: Link,
}

/// One received datagram. [`crate::Relay::receive`] swaps `buf` for another box when it keeps the bytes.
#[derive(Debug)]
pub struct RxPacket {
    /// The bytes; only the first `len` count.
    pub buf: Box<[u8; SLOT_LEN]>,
    /// Length of the datagram, bytes.
    pub len: u16,
    /// Where it came from.
    pub path: Path,
    /// The datagram was longer than `SLOT_LEN`.
    pub truncated: bool,
}

impl RxPacket {
    /// An empty buffer to receive into.
    pub fn empty() -> RxPacket {
        RxPacket {
            buf: Box::new([0; SLOT_LEN]),
            len: 0,
            path: Path { remote: SocketAddr::from(([0, 0, 0, 0], 0)), link: Link::Udp(0) },
            truncated: false,
        }
    }
}

/// One datagram to send: `arena.bytes[start..start + len]` to `path`. One to a [`Link::Local`] begins with its own length
/// (16 bits, big-endian), so that neighbours can leave as they lie, many in one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TxPacket {
    /// Destination.
    pub path: Path,
    /// Offset into [`TxArena::bytes`].
    pub start: u32,
    /// Length, bytes.
    pub len: u16,
}

/// What is due to be sent. Datagrams of one path are adjacent and lie back to back in `bytes`, with runs of equal
/// length where possible, so that a run can leave as one UDP segmentation-offload message.
#[derive(Debug)]
pub struct TxArena {
    /// Fixed size; only the ranges named by `packets` mean anything.
    pub bytes: Vec<u8>,
    /// In sending order.
    pub packets: Vec<TxPacket>,
    used: usize,
    max_packets: usize,
}

impl TxArena {
    /// Room for `max_packets` datagrams of up to [`SLOT_LEN`] bytes in `max_bytes` (at least one slot).
    pub fn new(max_bytes: usize, max_packets: usize) -> TxArena {
        let max_packets = max_packets.max(1);
        TxArena {
            bytes: vec![0; max_bytes.max(SLOT_LEN)],
            packets: Vec::with_capacity(max_packets),
            used: 0,
            max_packets,
        }
    }

    /// Forgets all packets; the shell calls this after sending.
    pub fn clear(&mut self) {
        self.packets.clear();
        self.used = 0;
    }

    /// True if one more datagram of any legal size fits.
    pub fn has_room(&self) -> bool {
        self.packets.len() < self.max_packets && self.bytes.len() - self.used >= SLOT_LEN
    }

    /// The slot the next datagram is written into; only if [`TxArena::has_room`].
    pub(crate) fn slot(&mut self) -> &mut [u8] {
        let used = self.used;
        &mut self.bytes[used..used + SLOT_LEN]
    }

    /// Takes the first `len` bytes of [`TxArena::slot`] as a datagram to `path`.
    pub(crate) fn commit(&mut self, path: Path, len: usize) {
        self.packets.push(TxPacket { path, start: self.used as u32, len: len as u16 });
        self.used += len;
    }
}
