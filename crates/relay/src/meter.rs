//! Rates over about the last second, from two counters.

use relay_control::time::Micros;

/// Turns a growing count into a rate each second.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Meter {
    count: u64,
    marked_count: u64,
    marked_at: Micros,
    per_second: f64,
}

impl Meter {
    #[inline]
    pub(crate) fn add(&mut self, amount: u64) {
        self.count += amount;
    }

    /// Closes the window if it is at least half a second old.
    pub(crate) fn roll(&mut self, now: Micros) {
        let elapsed = now.saturating_sub(self.marked_at);
        if elapsed < MIN_WINDOW {
            return;
        }
        let fresh = (self.count - self.marked_count) as f64 * 1e6 / elapsed as f64;
        // A window that began long ago says nothing about now unless it is the first of a burst.
        self.per_second = if self.per_second == 0.0 || fresh == 0.0 { fresh } else { 0.5 * (self.per_second + fresh) };
        self.marked_at = now;
        self.marked_count = self.count;
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.per_second
    }
}

const MIN_WINDOW: Micros = 500_000;

/// A token bucket; its unit is the caller's: bytes, or packets with a rate of eight times the packets per second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    rate_bps: u64,
    burst_bytes: u64,
    tokens: u64,
    at: Micros,
}

impl Bucket {
    /// A full bucket refilled with `rate_bps`, holding `burst_us` of it.
    pub(crate) fn new(rate_bps: u64, burst_us: Micros) -> Bucket {
        let burst_bytes = rate_bps / 8 * burst_us / 1_000_000;
        Bucket { rate_bps, burst_bytes, tokens: burst_bytes, at: 0 }
    }

    /// Takes `bytes`, or says no.
    #[inline]
    pub(crate) fn take(&mut self, now: Micros, bytes: usize) -> bool {
        self.refill(now);
        match self.tokens.checked_sub(bytes as u64) {
            Some(left) => {
                self.tokens = left;
                true
            }
            None => false,
        }
    }

    /// True if nothing could be taken.
    pub(crate) fn is_empty(&mut self, now: Micros) -> bool {
        self.refill(now);
        self.tokens == 0
    }

    fn refill(&mut self, now: Micros) {
        let elapsed = now.saturating_sub(self.at);
        // Time is kept back until it earns something.
        let refill = elapsed.min(10_000_000) * (self.rate_bps / 8) / 1_000_000;
        if refill > 0 {
            self.tokens = (self.tokens + refill).min(self.burst_bytes);
            self.at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let mut bucket = Bucket::new(80_000, 500_000);
        let mut taken = 0;
        // Every 50 µs earns half a byte: nothing of it may be lost to rounding.
        for now in (0..2_000_000).step_by(50) {
            taken += u64::from(bucket.take(now, 1));
        }
        assert_eq!(taken, 5_000 + 20_000 - 1);
    }

    #[test]
    fn a_meter_follows_the_rate_and_falls_silent() {
        let mut meter = Meter::default();
        for now in (0..5_000_000).step_by(10_000) {
            meter.add(100);
            meter.roll(now);
        }
        assert!((9_900.0..10_300.0).contains(&meter.per_second()), "{}", meter.per_second());
        meter.roll(6_000_000);
        meter.roll(7_000_000);
        assert_eq!(meter.per_second(), 0.0);
    }
}
