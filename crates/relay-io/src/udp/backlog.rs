//! What a full socket buffer made us keep, up to a bound.

use relay::{TxArena, TxPacket};

/// Most bytes kept.
pub(crate) const MAX_BYTES: usize = 1 << 20;
/// Most datagrams kept.
pub(crate) const MAX_PACKETS: usize = 1024;

/// Datagrams that wait for the socket to become writable, oldest first, back to back.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    pub(crate) bytes: Vec<u8>,
    pub(crate) packets: Vec<TxPacket>,
}

impl Backlog {
    pub(crate) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Copies `packet` of `bytes`; false: no room.
    pub(crate) fn push(&mut self, bytes: &[u8], packet: &TxPacket) -> bool {
        let (from, len) = (packet.start as usize, usize::from(packet.len));
        if self.packets.len() >= MAX_PACKETS || self.bytes.len() + len > MAX_BYTES {
            return false;
        }
        self.packets.push(TxPacket { start: self.bytes.len() as u32, ..*packet });
        self.bytes.extend_from_slice(&bytes[from..from + len]);
        true
    }

    /// Forgets the first `count` datagrams.
    pub(crate) fn drop_front(&mut self, count: usize) {
        let Some(first) = self.packets.get(count).copied() else {
            self.packets.clear();
            self.bytes.clear();
            return;
        };
        self.packets.drain(..count);
        self.bytes.drain(..first.start as usize);
        for packet in &mut self.packets {
            packet.start -= first.start;
        }
    }
}

/// The bytes and datagrams of either an arena or a backlog.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) packets: &'a [TxPacket],
}

impl<'a> From<&'a TxArena> for Batch<'a> {
    fn from(arena: &'a TxArena) -> Batch<'a> {
        Batch { bytes: &arena.bytes, packets: &arena.packets }
    }
}

impl<'a> From<&'a Backlog> for Batch<'a> {
    fn from(backlog: &'a Backlog) -> Batch<'a> {
        Batch { bytes: &backlog.bytes, packets: &backlog.packets }
    }
}

impl<'a> Batch<'a> {
    /// The bytes of adjacent datagrams.
    pub(crate) fn bytes_of(&self, first: usize, count: usize) -> &'a [u8] {
        let (first, last) = (&self.packets[first], &self.packets[first + count - 1]);
        &self.bytes[first.start as usize..last.start as usize + usize::from(last.len)]
    }
}
