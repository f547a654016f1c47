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
