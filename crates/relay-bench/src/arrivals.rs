//! When the latest packets arrived, to answer with transport-wide feedback.

use std::collections::VecDeque;

/// Packets remembered: more than arrive between two rounds of feedback.
const CAPACITY: usize = 4096;

/// Arrival times of one subscriber, oldest first, numbered from the first ever.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    times_us: VecDeque<u64>,
    total: u64,
}

impl Arrivals {
    pub(crate) fn push(&mut self, at_us: u64) {
        if self.times_us.len() == CAPACITY {
            self.times_us.pop_front();
        }
        self.times_us.push_back(at_us);
        self.total += 1;
    }

    /// The times of the last `count` arrivals, oldest first; fewer if fewer are remembered.
    pub(crate) fn last(&self, count: usize) -> impl Iterator<Item = u64> + '_ {
        self.times_us.iter().copied().skip(self.times_us.len().saturating_sub(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_remembered_in_order() {
        let mut arrivals = Arrivals::default();
        (0..5000).for_each(|at_us| arrivals.push(at_us));
        assert_eq!(arrivals.last(3).collect::<Vec<_>>(), [4997, 4998, 4999]);
        assert_eq!(arrivals.last(9999).count(), CAPACITY);
    }
}
