//! Spreads one subscriber's packets over time: a token bucket looked at when the subscriber is flushed, and the
//! schedule of a running probe.

use crate::estimate::Probe;
use crate::time::Micros;

/// Token bucket and probe schedule of one subscriber. Evaluated at each flush; it has no timer of its own.
#[derive(Debug)]
pub struct Pacer {
    rate_bps: u64,
    /// Bits, not bytes: at low rates a flush earns less than a byte.
    tokens_bits: i64,
    refilled: Micros,
    probe: Option<RunningProbe>,
    /// Bytes that may still leave at [`HURRY_BPS`], and those that may be granted yet.
    hurry_bytes: usize,
    hurry_left: usize,
}

#[derive(Clone, Copy, Debug)]
struct RunningProbe {
    plan: Probe,
    started: Micros,
    sent_bytes: usize,
}

impl Pacer {
    /// A full bucket for an estimate of `bps`.
    pub fn new(now: Micros, bps: u64) -> Self {
        let rate_bps = pacing_rate(bps);
        Self {
            rate_bps,
            tokens_bits: bucket_bits(rate_bps),
            refilled: now,
            probe: None,
            hurry_bytes: 0,
            hurry_left: HURRY_IN_ALL,
        }
    }

    /// Follows the bandwidth estimate.
    pub fn set_rate(&mut self, now: Micros, estimate_bps: u64) {
        self.refill(now);
        self.rate_bps = pacing_rate(estimate_bps);
        self.tokens_bits = self.tokens_bits.min(bucket_bits(self.rate()));
    }

    /// Lets the next `bytes` leave at 20 Mbit/s at least, whatever the estimate. Grants do not add up, and all of them
    /// together are a mebibyte.
    pub fn hurry(&mut self, now: Micros, bytes: usize) {
        self.refill(now);
        let more = bytes.saturating_sub(self.hurry_bytes).min(self.hurry_left);
        self.hurry_left -= more;
        self.hurry_bytes += more;
    }

    fn rate(&self) -> u64 {
        if self.hurry_bytes > 0 { self.rate_bps.max(HURRY_BPS) } else { self.rate_bps }
    }

    /// Bytes of video that may leave now. Audio, RTCP and STUN do not ask; they only count through [`Self::spent`].
    ///
    /// Never below one packet while the bucket is not overdrawn, so that a low rate still makes progress.
    pub fn allowance(&mut self, now: Micros) -> usize {
        self.refill(now);
        if self.tokens_bits <= 0 {
            return self.probe_due(now);
        }
        ((self.tokens_bits / 8) as usize).max(ONE_PACKET).max(self.probe_due(now))
    }

    /// Notes what was sent, audio and padding too. May overdraw: the debt delays later video. Ends a probe whose bytes
    /// are out.
    pub fn spent(&mut self, bytes: usize) {
        let debt_limit = -bucket_bits(self.rate()) * 4;
        self.hurry_bytes = self.hurry_bytes.saturating_sub(bytes);
        self.tokens_bits =
            self.tokens_bits.saturating_sub(i64::try_from(bytes).unwrap_or(i64::MAX).saturating_mul(8)).max(debt_limit);
        if let Some(probe) = &mut self.probe {
            probe.sent_bytes = probe.sent_bytes.saturating_add(bytes);
        }
        self.probe = self.probe.filter(|probe| probe.sent_bytes < probe.plan.bytes);
    }

    /// Begins a probe; one that is still running ends.
    pub fn start_probe(&mut self, now: Micros, probe: Probe) {
        self.probe = Some(RunningProbe { plan: probe, started: now, sent_bytes: 0 });
    }

    /// Cluster to note packets under ([`crate::twcc::SendLog::on_sent`]); 0 when no probe runs.
    pub fn cluster(&self) -> u16 {
        self.probe.map_or(0, |probe| probe.plan.cluster)
    }

    /// Padding (or retransmissions) to send after the media of this flush to keep the probe at its rate.
    ///
    /// Gives the probe up when its time is long over.
    pub fn padding(&mut self, now: Micros) -> usize {
        self.probe = self.probe.filter(|probe| now.saturating_sub(probe.started) <= PROBE_TIMEOUT);
        self.probe_due(now)
    }

    /// When to flush again at the latest: the bucket is overdrawn or a probe runs. `None`: whenever there is work.
    pub fn next_wake(&self, now: Micros) -> Option<Micros> {
        if self.probe.is_some() {
            return Some(now + PROBE_STEP);
        }
        let debt_bits = u64::try_from(-self.tokens_bits).ok().filter(|bits| *bits > 0)?;
        Some(self.refilled + (debt_bits * 1_000_000).div_ceil(self.rate()) + 1)
    }

    /// Bytes by which the probe lags behind its rate; the first step leads by one packet.
    fn probe_due(&self, now: Micros) -> usize {
        let Some(probe) = self.probe else { return 0 };
        let elapsed = now.saturating_sub(probe.started) + PROBE_STEP;
        let planned = (u128::from(probe.plan.bitrate_bps) * u128::from(elapsed) / 8_000_000) as usize;
        planned.min(probe.plan.bytes).saturating_sub(probe.sent_bytes)
    }

    fn refill(&mut self, now: Micros) {
        let elapsed = now.saturating_sub(self.refilled).min(1_000_000);
        let rate_bps = self.rate();
        let earned = elapsed * rate_bps / 1_000_000;
        // Time is kept back until it earns a bit, or a fast tick would starve a slow subscriber.
        if earned > 0 {
            self.refilled = now;
            self.tokens_bits = (self.tokens_bits + earned as i64).min(bucket_bits(rate_bps));
        }
    }
}

/// Faster than the estimate, so that a keyframe does not delay the frames behind it; the queue that makes on the path
/// is bounded by the bucket.
fn pacing_rate(estimate_bps: u64) -> u64 {
    (estimate_bps.clamp(10_000, 10_000_000_000) * 5).div_ceil(2)
}

/// 40 ms of the pacing rate: about one ordinary frame interval leaves at once, as one segmentation-offload run.
fn bucket_bits(rate_bps: u64) -> i64 {
    (rate_bps / 25).max(2 * 8 * ONE_PACKET as u64) as i64
}

/// A keyframe of a large picture in a tenth of a second.
const HURRY_BPS: u64 = 20_000_000;
/// Whoever needed more has been probed long since.
const HURRY_IN_ALL: usize = 1 << 20;
const ONE_PACKET: usize = 1200;
/// Four to six steps per probe give its send rate some resolution; a finer tick would cost more wake-ups than it tells.
const PROBE_STEP: Micros = 5_000;
/// A probe that could not send its bytes by then (no padding source) measures nothing.
const PROBE_TIMEOUT: Micros = 200_000;
