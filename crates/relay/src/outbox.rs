//! Datagrams that are not media: STUN answers, DTLS and RTCP wait here for the next flush. Bounded; the oldest goes first.

use crate::packet::{Path, SLOT_LEN};

/// Where one waiting datagram goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    /// As it is, to this path.
    Path(Path),
    /// RTCP in the clear: sealed at the flush, to the selected path of this transport index.
    Rtcp(usize),
}

#[derive(Debug, Clone, Copy)]
struct Item {
    to: To,
    start: usize,
    len: usize,
}

/// A first-in first-out queue in one reused buffer.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    items: Vec<Item>,
    head: usize,
}

// Ten thousand STUN answers: more within one wake-up is a flood that need not be answered.
const MAX_BYTES: usize = 1 << 20;

impl Outbox {
    /// Queues what `write` appends; false: full or empty or too long for a datagram, and nothing is queued.
    pub(crate) fn push_with(&mut self, to: To, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        if self.bytes.len() >= MAX_BYTES {
            return false;
        }
        let start = self.bytes.len();
        write(&mut self.bytes);
        let len = self.bytes.len() - start;
        if len == 0 || len > SLOT_LEN - RTCP_OVERHEAD {
            self.bytes.truncate(start);
            return false;
        }
        self.items.push(Item { to, start, len });
        true
    }

    /// The next datagram, still queued.
    pub(crate) fn peek(&self) -> Option<(To, &[u8])> {
        let item = self.items.get(self.head)?;
        Some((item.to, &self.bytes[item.start..item.start + item.len]))
    }

    /// Forgets the next datagram.
    pub(crate) fn pop(&mut self) {
        self.head += 1;
        if self.head >= self.items.len() {
            self.items.clear();
            self.bytes.clear();
            self.head = 0;
        }
    }

    /// Forgets the RTCP of a transport that is gone: its index may be used again.
    pub(crate) fn forget(&mut self, transport: usize) {
        self.items.drain(..self.head);
        self.head = 0;
        self.items.retain(|item| item.to != To::Rtcp(transport));
        if self.items.is_empty() {
            self.bytes.clear();
        }
    }
}

// SRTCP index and the longest authentication tag.
const RTCP_OVERHEAD: usize = 4 + 16;
