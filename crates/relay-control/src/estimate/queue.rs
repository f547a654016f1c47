//! The queue that stands on the path: how far the one-way delay is above its least. The trend only shows a queue that
//! grows; after a sudden drop of the link the queue stands still at a second or more and must be drained.

use crate::time::Micros;

/// Least one-way delay of the last 15 to 30 s and the present one, both with the clocks' unknown offset.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StandingQueue {
    least_now: Option<i64>,
    least_before: Option<i64>,
    window_started: Micros,
    batch_least: Option<i64>,
    delay: Micros,
    high_since: Option<Micros>,
}

impl StandingQueue {
    pub(super) fn add(&mut self, sent: Micros, arrived: Micros) {
        let one_way = arrived as i64 - sent as i64;
        self.batch_least = Some(self.batch_least.map_or(one_way, |least| least.min(one_way)));
    }

    /// Takes the feedback just added into account. The least of it counts: a burst delays its own tail.
    pub(super) fn end_batch(&mut self, now: Micros) {
        let Some(present) = self.batch_least.take() else {
            return;
        };
        if now.saturating_sub(self.window_started) > WINDOW {
            (self.least_before, self.least_now) = (self.least_now, None);
            self.window_started = now;
        }
        let least_now = self.least_now.map_or(present, |least| least.min(present));
        self.least_now = Some(least_now);
        let least = self.least_before.map_or(least_now, |before| before.min(least_now));
        self.delay = (present - least).max(0) as Micros;
        if self.delay < HIGH {
            self.high_since = None;
        } else if now.saturating_sub(*self.high_since.get_or_insert(now)) > PATIENCE {
            // Sending less did not help for long enough: the path got longer, this is its new least.
            *self = Self { least_now: Some(present), window_started: now, ..Self::default() };
        }
    }

    pub(super) fn delay(&self) -> Micros {
        self.delay
    }

    /// Share of the link to leave to draining: 1 = none, 0.5 at half a second of queue.
    pub(super) fn drain_factor(&self) -> f64 {
        if self.delay < HIGH {
            return 1.0;
        }
        (1.0 - self.delay as f64 / 1e6).clamp(0.5, 0.9)
    }
}

const WINDOW: Micros = 15_000_000;
/// Above what jitter and a probe leave behind, below what a conversation notices.
const HIGH: Micros = 120_000;
/// At half the link's rate two seconds of queue are gone by then.
const PATIENCE: Micros = 4_000_000;
