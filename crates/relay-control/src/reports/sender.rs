//! What the relay tells, and is told, about one outgoing stream.

use relay_wire::rtcp::ReportBlock;

use crate::time::{Micros, SECOND, ntp_middle};

/// Counters for sender reports; round trip and loss from the subscriber's report blocks.
#[derive(Clone, Debug, Default)]
pub struct SenderStats {
    packets: u32,
    octets: u32,
    rtt: Option<Micros>,
    fraction: u8,
    lost: i32,
}

impl SenderStats {
    /// Statistics of a stream that has sent nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a packet with `payload_bytes` (without header and padding, RFC 3550 section 6.4.1).
    pub fn on_sent(&mut self, payload_bytes: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload_bytes as u32);
    }

    /// Packets sent, wrapping as on the wire.
    pub fn packets(&self) -> u32 {
        self.packets
    }

    /// Payload bytes sent, wrapping as on the wire.
    pub fn octets(&self) -> u32 {
        self.octets
    }

    /// Takes a report block about this stream; `now_ntp` is the clock that its sender reports carry.
    pub fn on_report_block(&mut self, now_ntp: u64, block: &ReportBlock) {
        self.fraction = block.fraction_lost;
        self.lost = block.cumulative_lost;
        if block.lsr == 0 {
            return;
        }
        let passed = ntp_middle(now_ntp).wrapping_sub(block.lsr).wrapping_sub(block.dlsr);
        let sample = (u64::from(passed) * SECOND) >> 16;
        // Not ours, or of a clock that was set: a negative difference is a huge one here.
        if sample > MAX_RTT {
            return;
        }
        let sample = sample.max(MIN_RTT);
        self.rtt = Some(self.rtt.map_or(sample, |rtt| (rtt * 7 + sample) / 8));
    }

    /// The smoothed round trip to the subscriber.
    pub fn rtt(&self) -> Option<Micros> {
        self.rtt
    }

    /// The share lost in the newest interval that the subscriber reported, 0..1.
    pub fn fraction_lost(&self) -> f32 {
        f32::from(self.fraction) / 256.0
    }

    /// Packets lost since the start, as the subscriber reports.
    pub fn cumulative_lost(&self) -> i32 {
        self.lost
    }
}

const MIN_RTT: Micros = 100;
const MAX_RTT: Micros = 30 * SECOND;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 0x1234_0010_0000_0000;

    fn block(lsr: u32, dlsr: u32) -> ReportBlock {
        ReportBlock { ssrc: 1, fraction_lost: 64, cumulative_lost: 9, highest_sequence: 0, jitter: 0, lsr, dlsr }
    }

    #[test]
    fn round_trip_of_one_block() {
        let sent = 0x000f_0000;
        let table = [
            ("a second", block(sent, 0), Some(SECOND)),
            ("a quarter of it held back", block(sent, 0x4000), Some(SECOND * 3 / 4)),
            ("no sender report yet", block(0, 0), None),
            ("held back for longer than it took", block(sent, 0x2_0000), None),
            ("no time at all", block(sent, 0x1_0000), Some(MIN_RTT)),
            ("from another clock", block(0x8000_0000, 0), None),
        ];
        for (name, block, rtt) in table {
            let mut stats = SenderStats::new();
            stats.on_report_block(NOW, &block);
            assert_eq!(stats.rtt(), rtt, "{name}");
            assert_eq!((stats.fraction_lost(), stats.cumulative_lost()), (0.25, 9), "{name}");
        }
    }

    #[test]
    fn round_trips_are_smoothed() {
        let mut stats = SenderStats::new();
        stats.on_report_block(NOW, &block(0x000f_0000, 0));
        stats.on_report_block(NOW, &block(0x000f_0000, 0x8000));
        assert_eq!(stats.rtt(), Some((SECOND * 7 + SECOND / 2) / 8));
    }

    #[test]
    fn counters_wrap() {
        let mut stats = SenderStats::new();
        for _ in 0..5 {
            stats.on_sent(1 << 30);
        }
        assert_eq!((stats.packets(), stats.octets()), (5, 1 << 30));
    }
}
