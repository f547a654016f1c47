//! Is the queue on the path growing? A line through the recent one-way delay variation, and a threshold that adapts
//! to the path's own noise (draft-ietf-rmcat-gcc-02 sections 5.3 and 5.4; the line replaces the draft's Kalman filter
//! as in libwebrtc, the constants are the draft's).

use super::groups::Spacing;
use crate::time::Micros;

/// What the delay says about our rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Usage {
    #[default]
    Normal,
    /// Queues grow.
    Over,
    /// Queues drain.
    Under,
}

/// Delay trend of one path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trendline {
    /// (arrival, smoothed delay), ms.
    points: [(f64, f64); WINDOW],
    len: usize,
    next: usize,
    deltas: u32,
    origin: Option<Micros>,
    delay_ms: f64,
    smoothed_ms: f64,
    threshold: f64,
    last_at: Micros,
    last_slope: f64,
    over_for_ms: f64,
    over_count: u32,
    usage: Usage,
}

impl Trendline {
    pub(super) const fn new() -> Self {
        Self {
            points: [(0.0, 0.0); WINDOW],
            len: 0,
            next: 0,
            deltas: 0,
            origin: None,
            delay_ms: 0.0,
            smoothed_ms: 0.0,
            threshold: 12.5,
            last_at: 0,
            last_slope: 0.0,
            over_for_ms: 0.0,
            over_count: 0,
            usage: Usage::Normal,
        }
    }

    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    pub(super) fn update(&mut self, spacing: Spacing) {
        let origin = *self.origin.get_or_insert(spacing.at);
        self.deltas = (self.deltas + 1).min(MAX_DELTAS);
        self.delay_ms += (spacing.arrived - spacing.sent) as f64 / 1000.0;
        self.smoothed_ms = SMOOTHING * self.smoothed_ms + (1.0 - SMOOTHING) * self.delay_ms;
        let at_ms = (spacing.at as i64 - origin as i64) as f64 / 1000.0;
        self.points[self.next] = (at_ms, self.smoothed_ms);
        self.next = (self.next + 1) % WINDOW;
        self.len = (self.len + 1).min(WINDOW);
        let slope = if self.len == WINDOW { self.slope() } else { self.last_slope };
        self.detect(slope, spacing);
    }

    /// Least squares over the window; the last slope when all points fall on one instant.
    fn slope(&self) -> f64 {
        let count = self.len as f64;
        let (sum_x, sum_y) = self.points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        let (mean_x, mean_y) = (sum_x / count, sum_y / count);
        let (mut covariance, mut variance) = (0.0, 0.0);
        for (x, y) in self.points {
            covariance += (x - mean_x) * (y - mean_y);
            variance += (x - mean_x) * (x - mean_x);
        }
        if variance > 0.0 { covariance / variance } else { self.last_slope }
    }

    fn detect(&mut self, slope: f64, spacing: Spacing) {
        let signal = f64::from(self.deltas) * slope * GAIN;
        if signal > self.threshold {
            // The first group counts half: nobody knows where inside its interval the queue began.
            let weight = if self.over_count == 0 { 0.5 } else { 1.0 };
            self.over_for_ms += weight * spacing.sent as f64 / 1000.0;
            self.over_count += 1;
            if self.over_for_ms > OVERUSE_MS && self.over_count > 1 && slope >= self.last_slope {
                (self.over_for_ms, self.over_count) = (0.0, 0);
                self.usage = Usage::Over;
            }
        } else {
            (self.over_for_ms, self.over_count) = (0.0, 0);
            self.usage = if signal < -self.threshold { Usage::Under } else { Usage::Normal };
        }
        self.last_slope = slope;
        self.adapt(signal.abs(), spacing.at);
    }

    fn adapt(&mut self, magnitude: f64, at: Micros) {
        let elapsed_ms = (at.saturating_sub(self.last_at) as f64 / 1000.0).min(100.0);
        self.last_at = at;
        // A sudden jump (a route change) is no noise to get used to.
        if magnitude > self.threshold + MAX_ADAPT {
            return;
        }
        let gain = if magnitude < self.threshold { ADAPT_DOWN } else { ADAPT_UP };
        self.threshold = (self.threshold + gain * (magnitude - self.threshold) * elapsed_ms).clamp(6.0, 600.0);
    }
}

const WINDOW: usize = 20;
const MAX_DELTAS: u32 = 60;
const SMOOTHING: f64 = 0.9;
const GAIN: f64 = 4.0;
const OVERUSE_MS: f64 = 10.0;
const MAX_ADAPT: f64 = 15.0;
const ADAPT_UP: f64 = 0.0087;
const ADAPT_DOWN: f64 = 0.039;
