//! Limits on retransmission to one subscriber: neither a confused nor a hostile NACK may flood its own link.

use crate::history::Sent;
use crate::time::{MILLISECOND, Micros, SECOND};

/// Why a packet is not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It was resent less than a round trip ago; that copy may still be under way.
    TooSoon,
    /// Retransmissions have used up their share of the bitrate.
    OverBudget,
}

/// A token bucket of 10 % of the subscriber's bitrate, and one retransmission per packet and round trip.
#[derive(Clone, Debug)]
pub struct ResendGuard {
    rate_bytes_per_s: u64,
    depth_bytes: u64,
    /// Byte-microseconds, so that slow rates lose nothing to rounding.
    tokens: u64,
    refilled: Option<Micros>,
}

impl ResendGuard {
    /// A guard with the least budget, full.
    pub fn new() -> Self {
        let mut guard = Self { rate_bytes_per_s: 0, depth_bytes: 0, tokens: 0, refilled: None };
        guard.set_bitrate(0);
        guard.tokens = guard.depth_bytes * SECOND;
        guard
    }

    /// Sizes the budget by what the subscriber can take, in bits per second.
    pub fn set_bitrate(&mut self, bps: u64) {
        let bytes_per_s = bps.min(MAX_BITRATE_BPS) / 8;
        self.rate_bytes_per_s = (bytes_per_s * BUDGET_PERCENT / 100).max(MIN_RATE_BYTES_PER_S);
        self.depth_bytes = (bytes_per_s / 4).max(MIN_DEPTH_BYTES);
        self.tokens = self.tokens.min(self.depth_bytes * SECOND);
    }

    /// Whether to send `sent` again, as `bytes` on the wire; if so, it is charged and noted in `sent`.
    pub fn allow(&mut self, now: Micros, rtt: Micros, bytes: usize, sent: &mut Sent) -> Result<(), Refusal> {
        let now_ms = ((now / MILLISECOND) as u16).max(1);
        let rtt_ms = (rtt / MILLISECOND).clamp(MIN_RTT_MS, MAX_RTT_MS) as u16;
        if sent.resent_ms != 0 && now_ms.wrapping_sub(sent.resent_ms) < rtt_ms {
            return Err(Refusal::TooSoon);
        }
        self.refill(now);
        let cost = bytes as u64 * SECOND;
        self.tokens = self.tokens.checked_sub(cost).ok_or(Refusal::OverBudget)?;
        sent.resent_ms = now_ms;
        Ok(())
    }

    fn refill(&mut self, now: Micros) {
        let passed = now.saturating_sub(self.refilled.unwrap_or(now)).min(MAX_REFILL);
        self.refilled = Some(now);
        self.tokens = (self.tokens + passed * self.rate_bytes_per_s).min(self.depth_bytes * SECOND);
    }
}

impl Default for ResendGuard {
    fn default() -> Self {
        Self::new()
    }
}

const BUDGET_PERCENT: u64 = 10;
// Repairs audio and thumbnails at any loss: 64 kbit/s, and a burst of a dozen full packets.
const MIN_RATE_BYTES_PER_S: u64 = 8_000;
const MIN_DEPTH_BYTES: u64 = 16_000;
const MAX_BITRATE_BPS: u64 = 1_000_000_000;
const MAX_REFILL: Micros = 10 * SECOND;
const MIN_RTT_MS: u64 = 5;
const MAX_RTT_MS: u64 = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::munge::Out;

    const RTT: Micros = 40 * MILLISECOND;

    fn record() -> Sent {
        Sent::new(0, 0, &Out::default())
    }

    #[test]
    fn resends_a_packet_once_per_round_trip() {
        let table = [
            ("at once", 0, Err(Refusal::TooSoon)),
            ("within a round trip", 38 * MILLISECOND, Err(Refusal::TooSoon)),
            ("after a round trip", 41 * MILLISECOND, Ok(())),
        ];
        // The second start is just before, the third just after the wrap of the 16-bit milliseconds.
        for start in [0, 65_535 * MILLISECOND, 65_536 * MILLISECOND + 500] {
            for (name, wait, expected) in table {
                let (mut guard, mut sent) = (ResendGuard::new(), record());
                assert_eq!(guard.allow(start, RTT, 1200, &mut sent), Ok(()), "{name} {start}");
                assert_eq!(guard.allow(start + wait, RTT, 1200, &mut sent), expected, "{name} {start}");
            }
        }
    }

    #[test]
    fn the_budget_is_a_tenth_of_the_bitrate() {
        for (bps, least, most) in [(0, 90_000, 96_000), (2_000_000, 260_000, 266_000)] {
            let mut guard = ResendGuard::new();
            guard.set_bitrate(bps);
            let asked = (0..10_000).map(|ms| ms * MILLISECOND);
            let allowed = asked.filter(|&now| guard.allow(now, RTT, 1000, &mut record()).is_ok()).count() * 1000;
            assert!((least..=most).contains(&allowed), "{bps} bps: {allowed} bytes in 10 s");
        }
    }

    #[test]
    fn a_refused_packet_is_not_noted() {
        let (mut guard, mut sent) = (ResendGuard::new(), record());
        assert_eq!(guard.allow(0, RTT, 1_000_000, &mut sent), Err(Refusal::OverBudget));
        assert_eq!(guard.allow(0, RTT, 1_000, &mut sent), Ok(()));
    }
}
