//! What a probe measured: the lesser of the rate it left at and the rate it arrived at.

use super::Probe;
use crate::time::Micros;
use crate::twcc::PacketResult;

/// Packets of the running probe that feedback has told about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ProbeResult {
    cluster: u16,
    received_packets: u32,
    reported_bytes: u64,
    received_bytes: u64,
    first_sent: Micros,
    last_sent: Micros,
    last_burst_bytes: u64,
    first_arrived: Micros,
    first_arrived_bytes: u64,
    last_arrived: Micros,
}

impl ProbeResult {
    /// Adds a packet; the measured rate once nearly all of `probe` has been reported.
    pub(super) fn add(&mut self, probe: &Probe, packet: &PacketResult) -> Option<u64> {
        if packet.cluster != probe.cluster {
            return None;
        }
        if self.cluster != probe.cluster {
            *self = Self { cluster: probe.cluster, first_sent: packet.sent, ..Self::default() };
        }
        let size = u64::from(packet.size);
        self.reported_bytes += size;
        if packet.sent > self.last_sent {
            (self.last_sent, self.last_burst_bytes) = (packet.sent, 0);
        }
        self.last_burst_bytes += size;
        if let Some(arrived) = packet.arrived {
            self.add_arrival(arrived, size);
        }
        if self.reported_bytes * 10 < probe.bytes as u64 * 9 {
            return None;
        }
        self.rate()
    }

    fn add_arrival(&mut self, arrived: Micros, size: u64) {
        if self.received_packets == 0 || arrived < self.first_arrived {
            (self.first_arrived, self.first_arrived_bytes) = (arrived, size);
        }
        self.received_packets += 1;
        self.received_bytes += size;
        self.last_arrived = self.last_arrived.max(arrived);
    }

    fn rate(&self) -> Option<u64> {
        if self.received_packets < MIN_PACKETS || self.received_bytes * 2 < self.reported_bytes {
            return None;
        }
        // The last step left at one instant and has no duration of its own.
        let sent = rate(self.reported_bytes - self.last_burst_bytes, self.last_sent - self.first_sent)?;
        let arrived = rate(self.received_bytes - self.first_arrived_bytes, self.last_arrived - self.first_arrived)?;
        // The link is full when it delivers more slowly than we send: stay a little below.
        Some(if arrived * 10 < sent * 9 { arrived * 19 / 20 } else { arrived.min(sent) })
    }
}

fn rate(bytes: u64, interval: Micros) -> Option<u64> {
    (MIN_INTERVAL..=MAX_INTERVAL).contains(&interval).then(|| bytes * 8 * 1_000_000 / interval)
}

const MIN_PACKETS: u32 = 4;
const MIN_INTERVAL: Micros = 5_000;
const MAX_INTERVAL: Micros = 1_000_000;
