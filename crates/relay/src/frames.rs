//! Sizes of frames: what an encoder's keyframes and bursts do to a link shows here.

use relay_control::codec::Mark;
use relay_control::time::{Micros, SECOND};

/// Frame sizes of one layer.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FrameSizes {
    ts: Option<u64>,
    bytes: u32,
    is_key: bool,
    /// Begin of the second that runs.
    since: Micros,
    largest: u32,
    /// Of the second before.
    told: u32,
    keyframes: u64,
}

impl FrameSizes {
    /// Counts a packet of `bytes` payload.
    #[inline]
    pub(crate) fn add(&mut self, now: Micros, ts: u64, bytes: usize, mark: &Mark) {
        if self.ts != Some(ts) {
            self.close(now);
            (self.ts, self.bytes, self.is_key) = (Some(ts), 0, false);
        }
        self.bytes = self.bytes.saturating_add(bytes as u32);
        if mark.keyframe && !self.is_key {
            self.is_key = true;
            self.keyframes += 1;
        }
    }

    /// Keyframes so far.
    pub(crate) fn keyframes(&self) -> u64 {
        self.keyframes
    }

    /// Payload of the largest frame, keyframes aside, of the last whole second; 0: there was none.
    pub(crate) fn largest(&self, now: Micros) -> u32 {
        match now.saturating_sub(self.since) {
            ..SECOND => self.told,
            SECOND..TWO_SECONDS => self.largest,
            _ => 0,
        }
    }

    /// The frame that ran is whole.
    fn close(&mut self, now: Micros) {
        if self.ts.is_some() && !self.is_key {
            self.largest = self.largest.max(self.bytes);
        }
        if now.saturating_sub(self.since) >= SECOND {
            self.told = self.largest(now);
            (self.since, self.largest) = (now, 0);
        }
    }
}

const TWO_SECONDS: Micros = 2 * SECOND;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyframes_are_counted_apart_and_the_largest_of_the_others_is_told() {
        let mut sizes = FrameSizes::default();
        let key = Mark { keyframe: true, ..Mark::default() };
        for frame in 0..250u64 {
            let (now, large) = (10 * SECOND + frame * 10_000, frame % 100 == 30);
            let mark = if frame % 50 == 0 { key } else { Mark::default() };
            for _ in 0..3 {
                sizes.add(now, frame, if large { 700 } else { 1000 * usize::from(mark.keyframe) + 100 }, &mark);
            }
        }
        assert_eq!((sizes.keyframes(), sizes.largest(12 * SECOND + 500_000)), (5, 2100));
        assert_eq!(sizes.largest(20 * SECOND), 0);
    }
}
