//! Bytes per time over the last half second.

use crate::time::Micros;

/// Sliding-window rate in fixed buckets. Time is whatever clock the caller feeds it with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Throughput {
    buckets: [u32; BUCKETS],
    /// Number of the newest bucket; `None` before the first byte.
    newest: Option<u64>,
    first: u64,
}

impl Throughput {
    pub(super) const fn new() -> Self {
        Self { buckets: [0; BUCKETS], newest: None, first: 0 }
    }

    pub(super) fn add(&mut self, at: Micros, bytes: usize) {
        self.advance(at);
        let bucket = at / BUCKET;
        // What is older than the window no longer counts.
        if self.newest.is_some_and(|newest| newest.saturating_sub(bucket) < BUCKETS as u64) {
            let slot = &mut self.buckets[bucket as usize % BUCKETS];
            *slot = slot.saturating_add(bytes as u32);
        }
    }

    /// Moves the window up to `at`, so that silence lowers the rate.
    pub(super) fn advance(&mut self, at: Micros) {
        let bucket = at / BUCKET;
        let Some(newest) = self.newest else {
            (self.newest, self.first) = (Some(bucket), bucket);
            return;
        };
        if bucket <= newest {
            return;
        }
        for passed in (newest + 1..=bucket).take(BUCKETS) {
            self.buckets[passed as usize % BUCKETS] = 0;
        }
        if bucket - newest >= BUCKETS as u64 {
            self.buckets = [0; BUCKETS];
        }
        self.newest = Some(bucket);
    }

    /// Bit/s over half a second; `None` until that long has been seen.
    pub(super) fn steady_bps(&self) -> Option<u64> {
        self.over(BUCKETS as u64 - 1)
    }

    /// Bit/s over 200 ms: noisier, but a collapse shows at once.
    pub(super) fn quick_bps(&self) -> Option<u64> {
        self.over(4)
    }

    /// The newest bucket is still filling and does not count.
    fn over(&self, count: u64) -> Option<u64> {
        let newest = self.newest?;
        if newest - self.first < count {
            return None;
        }
        let bytes: u64 =
            (newest - count..newest).map(|bucket| u64::from(self.buckets[bucket as usize % BUCKETS])).sum();
        Some(bytes * 8 * 1_000_000 / (count * BUCKET))
    }
}

const BUCKET: Micros = 50_000;
const BUCKETS: usize = 11;
