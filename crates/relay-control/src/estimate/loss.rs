//! The rate the losses allow. Radio links lose packets whatever we send, so only losses above the path's own level,
//! learnt while nothing is wrong, count as congestion (the thresholds above it are those of
//! draft-ietf-rmcat-gcc-02 section 6).

use crate::time::Micros;

/// Upper bound from transport-wide loss; absent while losses say nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LossBound {
    received: u32,
    lost: u32,
    window_started: Micros,
    /// Share that the path loses by itself.
    own_share: Option<f64>,
    bound_bps: Option<u64>,
    decreased: Option<Micros>,
    /// Loss when the present row of decreases began, and how many there were.
    row: Option<(f64, u32)>,
}

impl LossBound {
    pub(super) fn add(&mut self, received: bool) {
        if received {
            self.received += 1;
        } else {
            self.lost += 1;
        }
    }

    pub(super) fn bound_bps(&self) -> Option<u64> {
        self.bound_bps
    }

    /// A probe measured more than the bound: whatever was lost then, the link carries it.
    pub(super) fn lift(&mut self) {
        self.bound_bps = None;
    }

    /// Closes the window when it has enough packets to mean something. `bps` is the present estimate.
    pub(super) fn update(&mut self, now: Micros, bps: u64, arriving_bps: Option<u64>, rtt: Micros) {
        let elapsed = now.saturating_sub(self.window_started);
        let packets = self.received + self.lost;
        let full = packets >= FULL_WINDOW && elapsed >= MIN_WINDOW;
        let long = packets >= LEAST_PACKETS && elapsed >= MAX_WINDOW;
        if !full && !long {
            return;
        }
        let share = f64::from(self.lost) / f64::from(packets);
        (self.received, self.lost, self.window_started) = (0, 0, now);
        let excess = share - self.learn(share, elapsed.min(MAX_WINDOW));
        if share > HIGH_LOSS && excess > HIGH_LOSS / 2.0 {
            self.decrease(now, bps, arriving_bps.unwrap_or(0), share, rtt);
        } else if excess > LOW_LOSS {
            self.bound_bps = Some(self.bound_bps.unwrap_or(bps).max(bps));
        } else {
            self.row = None;
            // Released once it no longer bounds anything.
            self.bound_bps = self.bound_bps.map(|bound| bound + bound / 12).filter(|bound| *bound < bps * 3 / 2);
        }
    }

    fn decrease(&mut self, now: Micros, bps: u64, arriving_bps: u64, share: f64, rtt: Micros) {
        if self.decreased.is_some_and(|decreased| now.saturating_sub(decreased) < 300_000 + rtt) {
            return;
        }
        self.decreased = Some(now);
        let (first_share, count) = self.row.unwrap_or((share, 0));
        self.row = Some((first_share, count + 1));
        if count >= PROOF && share > first_share * 0.8 {
            // Sending a good deal less changed nothing: the losses are not ours.
            self.own_share = Some(share.min(MAX_OWN_SHARE));
            self.row = None;
            return;
        }
        let lowered = (bps as f64 * (1.0 - 0.5 * share)) as u64;
        // Losing is not worse than what still arrives, less one step.
        self.bound_bps = Some(lowered.max(arriving_bps * 9 / 10).min(bps));
    }

    /// Follows the path's own loss: down quickly, up slowly, since congestion comes and goes.
    fn learn(&mut self, share: f64, elapsed: Micros) -> f64 {
        let own = match self.own_share {
            None => share.min(FIRST_OWN_SHARE),
            Some(own) if share < own => own + 0.3 * (share - own),
            Some(own) => own + (share - own).min(0.01 * elapsed as f64 / 1e6),
        };
        self.own_share = Some(own.min(MAX_OWN_SHARE));
        own
    }
}

/// Twenty packets would put 5 % of loss anywhere between 0 and 15.
const FULL_WINDOW: u32 = 60;
const LEAST_PACKETS: u32 = 10;
const MIN_WINDOW: Micros = 250_000;
const MAX_WINDOW: Micros = 2_000_000;
const LOW_LOSS: f64 = 0.02;
const HIGH_LOSS: f64 = 0.10;
const FIRST_OWN_SHARE: f64 = 0.08;
const MAX_OWN_SHARE: f64 = 0.30;
/// Decreases in a row without effect that prove a loss not to be ours.
const PROOF: u32 = 3;
