//! The rate the delay allows: up by 8 % a second, carefully near the rate where queues last grew, down below what
//! arrives when they grow (draft-ietf-rmcat-gcc-02 section 5.5).

use super::trendline::Usage;
use crate::time::Micros;

/// Additive-increase, multiplicative-decrease control.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aimd {
    bps: u64,
    min_bps: u64,
    max_bps: u64,
    updated: Micros,
    decreased: Option<Micros>,
    capacity: Capacity,
}

/// Rate that arrived when queues last grew, with its relative spread.
#[derive(Clone, Copy, Debug, Default)]
struct Capacity {
    bps: Option<f64>,
    deviation: f64,
}

/// What the control decides on at one feedback.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signals {
    pub(super) usage: Usage,
    /// Arrival rate over half a second and over 200 ms, bit/s.
    pub(super) steady_bps: Option<u64>,
    pub(super) quick_bps: Option<u64>,
    pub(super) rtt: Micros,
    /// A queue stands on the path: do not add to it.
    pub(super) hold: bool,
}

impl Aimd {
    pub(super) fn new(now: Micros, start_bps: u64, min_bps: u64, max_bps: u64) -> Self {
        let bps = start_bps.clamp(min_bps, max_bps);
        Self { bps, min_bps, max_bps, updated: now, decreased: None, capacity: Capacity::default() }
    }

    pub(super) fn bps(&self) -> u64 {
        self.bps
    }

    /// A better measurement than the control's own: a probe, or the receiver's estimate.
    pub(super) fn set(&mut self, bps: u64) {
        self.bps = bps.clamp(self.min_bps, self.max_bps);
        if !self.capacity.holds(self.bps) {
            self.capacity = Capacity::default();
        }
    }

    pub(super) fn update(&mut self, now: Micros, signals: Signals) {
        let elapsed = now.saturating_sub(self.updated).min(1_000_000);
        self.updated = now;
        match signals.usage {
            Usage::Over => self.decrease(now, signals),
            Usage::Normal if !signals.hold => self.increase(elapsed, signals),
            Usage::Normal | Usage::Under => {}
        }
    }

    fn increase(&mut self, elapsed: Micros, signals: Signals) {
        let Some(arriving_bps) = signals.steady_bps else {
            return;
        };
        // What was not tried is not known: an idle sender must probe instead.
        let limit = arriving_bps * 3 / 2 + 10_000;
        if self.bps >= limit {
            return;
        }
        if !self.capacity.holds(arriving_bps) {
            self.capacity = Capacity::default();
        }
        let seconds = elapsed as f64 / 1e6;
        let grown = if self.capacity.bps.is_some() {
            // About one packet per response time.
            let response_s = (signals.rtt + 100_000) as f64 / 1e6;
            self.bps as f64 + (9_600.0 / response_s).max(4_000.0) * seconds
        } else {
            self.bps as f64 * 1.08f64.powf(seconds) + 1_000.0 * seconds
        };
        self.set_within(grown.min(limit as f64));
    }

    fn decrease(&mut self, now: Micros, signals: Signals) {
        let wait = signals.rtt.clamp(50_000, 200_000);
        if self.decreased.is_some_and(|decreased| now.saturating_sub(decreased) < wait) {
            return;
        }
        let arriving = match (signals.steady_bps, signals.quick_bps) {
            (Some(steady), Some(quick)) => steady.min(quick),
            (known, other) => known.or(other).unwrap_or(self.bps),
        };
        self.capacity.add(arriving as f64);
        let lowered = (arriving as f64 * BACKOFF).max(self.bps as f64 * MAX_BACKOFF);
        if lowered < self.bps as f64 {
            self.set_within(lowered);
        }
        self.decreased = Some(now);
    }

    fn set_within(&mut self, bps: f64) {
        self.bps = (bps as u64).clamp(self.min_bps, self.max_bps);
    }
}

impl Capacity {
    fn add(&mut self, sample: f64) {
        let Some(bps) = self.bps.filter(|_| self.holds(sample as u64)) else {
            *self = Self { bps: Some(sample), deviation: 0.1 };
            return;
        };
        let error = (sample - bps).abs() / bps.max(1.0);
        self.bps = Some(bps + 0.1 * (sample - bps));
        self.deviation = (self.deviation + 0.1 * (error - self.deviation)).clamp(0.05, 0.2);
    }

    /// Whether `bps` is within three deviations.
    fn holds(&self, bps: u64) -> bool {
        self.bps.is_some_and(|capacity| (bps as f64 - capacity).abs() <= 3.0 * self.deviation * capacity)
    }
}

/// Below what arrives, so that the queue drains.
const BACKOFF: f64 = 0.85;
/// One noisy measurement does not cost more than half.
const MAX_BACKOFF: f64 = 0.5;
