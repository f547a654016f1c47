//! When the latest packets arrived, to answer with transport-wide feedback.

use std::collections::VecDeque;

/// Packets remembered: more than arrive between two rounds of feedback.
const CAPACITY: usize = 8192;

/// Arrival times of one subscriber, oldest first, numbered from the first ever.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    times_us: VecDeque<u64>,
    forgotten: u64,
}

impl Arrivals {
    pub(crate) fn push(&mut self, at_us: u64) {
        if self.times_us.len() == CAPACITY {
            self.times_us.pop_front();
            self.forgotten += 1;
        }
        self.times_us.push_back(at_us);
    }

    /// Arrivals so far.
    pub(crate) fn total(&self) -> u64 {
        self.forgotten + self.times_us.len() as u64
    }

    /// When packet `number` arrived; none: not yet, or too long ago.
    pub(crate) fn get(&self, number: u64) -> Option<u64> {
        self.times_us.get(number.checked_sub(self.forgotten)? as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_when_old_times_are_forgotten() {
        let mut arrivals = Arrivals::default();
        (0..10_000).for_each(|number| arrivals.push(number * 10));
        assert_eq!(arrivals.total(), 10_000);
        let times = [0, 10_000 - CAPACITY as u64, 9_999, 10_000].map(|number| arrivals.get(number));
        assert_eq!(times, [None, Some((10_000 - CAPACITY as u64) * 10), Some(99_990), None]);
    }
}
