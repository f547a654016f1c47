//! Round-trip time from ACK and ACKACK, smoothed as the draft's section 4.10 says.

use std::time::Duration;

/// Largest sample believed.
const MAX_SAMPLE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rtt {
    mean: Duration,
    variance: Duration,
    first: bool,
}

impl Rtt {
    pub(crate) const fn new() -> Rtt {
        Rtt { mean: Duration::from_millis(100), variance: Duration::from_millis(50), first: true }
    }

    pub(crate) fn sample(&mut self, rtt: Duration) {
        let rtt = rtt.min(MAX_SAMPLE);
        if std::mem::take(&mut self.first) {
            self.mean = rtt;
            self.variance = rtt / 2;
            return;
        }
        self.variance = (self.variance * 3 + self.mean.abs_diff(rtt)) / 4;
        self.mean = (self.mean * 7 + rtt) / 8;
    }

    pub(crate) fn mean(&self) -> Duration {
        self.mean
    }

    pub(crate) fn mean_us(&self) -> u32 {
        self.mean.as_micros() as u32
    }

    pub(crate) fn variance_us(&self) -> u32 {
        self.variance.as_micros() as u32
    }

    /// How long an answer may take before the question is asked again.
    pub(crate) fn patience(&self) -> Duration {
        (self.mean + self.variance * 4).max(Duration::from_millis(20))
    }
}
