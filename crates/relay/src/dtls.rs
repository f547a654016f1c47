//! How much DTLS one peer may make us look at: the handshake runs outside the relay and costs far more than a packet.

use crate::meter::Bucket;
use relay_control::time::{Micros, SECOND};

/// Budget for DTLS datagrams of one transport.
#[derive(Debug)]
pub(crate) struct DtlsGate {
    window_began: Micros,
    window_bytes: usize,
    established: Option<Bucket>,
}

impl DtlsGate {
    pub(crate) fn new() -> DtlsGate {
        DtlsGate { window_began: 0, window_bytes: 0, established: None }
    }

    /// The handshake is done: from now on only alerts and small records are expected.
    pub(crate) fn established(&mut self) {
        self.established = Some(Bucket::new(ESTABLISHED_BPS, 4 * SECOND));
    }

    /// Whether a datagram of `len` bytes may pass.
    pub(crate) fn admit(&mut self, now: Micros, len: usize) -> bool {
        if let Some(bucket) = &mut self.established {
            return bucket.take(now, len);
        }
        if now.saturating_sub(self.window_began) >= WINDOW {
            self.window_began = now;
            self.window_bytes = 0;
        }
        let fits = self.window_bytes + len <= WINDOW_BYTES;
        if fits {
            self.window_bytes += len;
        }
        fits
    }
}

// A handshake with a long certificate chain is below 10 KiB; the rest is for repeated flights on a lossy path.
const WINDOW_BYTES: usize = 64 * 1024;
const WINDOW: Micros = 10 * SECOND;
const ESTABLISHED_BPS: u64 = 8 * 16 * 1024;
