//! When each transport wants its next turn. A flat array scanned once per wake-up: 4096 due times are 32 KiB.

use relay_control::time::Micros;

/// One due time per transport index; `Micros::MAX`: none.
#[derive(Debug)]
pub(crate) struct Timers {
    due: Vec<Micros>,
    next: Micros,
}

impl Timers {
    pub(crate) fn new() -> Timers {
        Timers { due: Vec::new(), next: Micros::MAX }
    }

    /// Makes `index` due at `at` or earlier.
    #[inline]
    pub(crate) fn at_most(&mut self, index: usize, at: Micros) {
        if index >= self.due.len() {
            self.due.resize(index + 1, Micros::MAX);
        }
        if at < self.due[index] {
            self.due[index] = at;
            self.next = self.next.min(at);
        }
    }

    pub(crate) fn clear(&mut self, index: usize) {
        if let Some(due) = self.due.get_mut(index) {
            *due = Micros::MAX;
        }
    }

    /// The earliest due time; may be too early, never too late.
    pub(crate) fn next(&self) -> Micros {
        self.next
    }

    /// Moves every index that is due into `out` and forgets its time.
    pub(crate) fn take_due(&mut self, now: Micros, out: &mut Vec<usize>) {
        if now < self.next {
            return;
        }
        let mut next = Micros::MAX;
        for (index, due) in self.due.iter_mut().enumerate() {
            if *due <= now {
                *due = Micros::MAX;
                out.push(index);
            } else {
                next = next.min(*due);
            }
        }
        self.next = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_time_counts_and_is_forgotten_once_taken() {
        let (mut timers, mut due) = (Timers::new(), Vec::new());
        assert_eq!(timers.next(), Micros::MAX);
        for (index, at) in [(3, 50), (0, 70), (3, 90), (1, 20)] {
            timers.at_most(index, at);
        }
        assert_eq!(timers.next(), 20);
        timers.take_due(19, &mut due);
        assert!(due.is_empty());
        timers.take_due(50, &mut due);
        assert_eq!(due, [1, 3]);
        assert_eq!(timers.next(), 70);
        timers.clear(0);
        timers.take_due(100, &mut due);
        assert_eq!((due.len(), timers.next()), (2, Micros::MAX));
    }
}
