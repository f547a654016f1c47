//! When to measure for more than is being sent: at the start in large steps, later whenever more is wanted than the
//! estimate allows.

use super::Probe;
use crate::time::Micros;

/// Plans probes, one at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProbePlan {
    last_cluster: u16,
    running: Option<(Probe, Micros)>,
    next_at: Micros,
    interval: Micros,
    /// No probe has come back yet.
    first: bool,
}

impl ProbePlan {
    pub(super) fn new(now: Micros) -> Self {
        Self { last_cluster: 0, running: None, next_at: now, interval: MIN_INTERVAL, first: true }
    }

    /// The next probe, if it is time. `bps` is the present estimate, `wanted_bps` what could be used.
    pub(super) fn poll(&mut self, now: Micros, bps: u64, wanted_bps: u64, rtt: Micros) -> Option<Probe> {
        if let Some((_, started)) = self.running {
            if now.saturating_sub(started) < PROBE_TIMEOUT + rtt {
                return None;
            }
            self.failed(now);
        }
        if now < self.next_at || wanted_bps <= bps {
            return None;
        }
        let factor = if self.first { FIRST_FACTOR } else { FACTOR };
        // A little above the wish, or the measurement would end just below it.
        let bitrate_bps = (bps * factor).max(LEAST_BPS).min(wanted_bps + wanted_bps / 5);
        self.last_cluster = self.last_cluster % LAST_CLUSTER + 1;
        let bytes = ((bitrate_bps * DURATION / 8_000_000) as usize).max(MIN_BYTES);
        let probe = Probe { cluster: self.last_cluster, bitrate_bps, bytes };
        self.running = Some((probe, now));
        Some(probe)
    }

    pub(super) fn running(&self) -> Option<Probe> {
        self.running.map(|(probe, _)| probe)
    }

    /// The running probe measured `measured_bps`. A good result is followed up at once.
    pub(super) fn on_result(&mut self, now: Micros, measured_bps: u64) {
        let Some((probe, _)) = self.running else {
            return;
        };
        if measured_bps * 10 >= probe.bitrate_bps * 7 {
            self.running = None;
            self.first = false;
            self.interval = MIN_INTERVAL;
            self.next_at = now;
        } else {
            self.failed(now);
        }
    }

    /// The estimate fell: what failed before may be due to the same cause, and what follows is worth asking soon.
    pub(super) fn on_drop(&mut self, now: Micros) {
        self.running = None;
        self.first = false;
        self.interval = MIN_INTERVAL;
        self.next_at = now + MIN_INTERVAL;
    }

    fn failed(&mut self, now: Micros) {
        self.running = None;
        self.first = false;
        self.next_at = now + self.interval;
        self.interval = (self.interval * 3 / 2).min(MAX_INTERVAL);
    }
}

/// Cluster numbers fit the 14 bits of [`crate::twcc::SendLog`]; 0 means none.
const LAST_CLUSTER: u16 = 0x3FFF;
/// Three times the start at first, doubling from then on, as browsers do.
const FIRST_FACTOR: u64 = 3;
const FACTOR: u64 = 2;
/// Five steps of the pacer.
const DURATION: Micros = 25_000;
/// Less is drowned by the sound that flows anyway; a modem carries this for the length of a probe.
const LEAST_BPS: u64 = 250_000;
/// Four full packets: fewer give no rate.
const MIN_BYTES: usize = 4_800;
/// A probe not measured by then (plus a round trip) is given up.
const PROBE_TIMEOUT: Micros = 600_000;
const MIN_INTERVAL: Micros = 3_000_000;
const MAX_INTERVAL: Micros = 15_000_000;
