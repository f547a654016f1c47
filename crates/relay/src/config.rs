//! What the shell may choose about one relay.

/// Limits and start values of one [`crate::Relay`].
#[derive(Debug, Clone)]
pub struct RelayConfig {
    /// Slots of the retransmission ring; rounded up to a power of two, 64..=65536. Boxes are allocated as they are used.
    pub ring_slots: usize,
    /// More transports than this are refused.
    pub max_transports: usize,
    /// Estimate of a subscriber's downlink before the first feedback, bit/s.
    pub start_bitrate_bps: u64,
    /// No estimate goes above this, bit/s.
    pub max_bitrate_bps: u64,
    /// What one publisher may send before its packets are dropped (`PublisherTooFast`), bit/s.
    pub max_publisher_bps: u64,
    /// Feeds SSRCs, first sequence numbers and hash keys: the same seed and input give the same output.
    pub seed: u64,
    /// Wall clock at `now == 0` as NTP time (32.32 seconds since 1900), for sender reports.
    pub ntp_at_zero: u64,
}

impl Default for RelayConfig {
    fn default() -> Self {
        RelayConfig {
            ring_slots: 8192,
            max_transports: 4096,
            start_bitrate_bps: 1_000_000,
            max_bitrate_bps: 30_000_000,
            max_publisher_bps: 50_000_000,
            seed: 0,
            ntp_at_zero: 0,
        }
    }
}
