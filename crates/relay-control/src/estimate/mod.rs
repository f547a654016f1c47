//! How much one transport can carry: send-side bandwidth estimation after Google congestion control
//! (draft-ietf-rmcat-gcc-02), from transport-wide feedback, or from REMB and receiver reports where the peer has none.

mod aimd;
mod groups;
mod loss;
mod probe_plan;
mod probe_result;
mod queue;
mod throughput;
mod trendline;

use crate::time::Micros;
use crate::twcc::PacketResult;

/// Bounds of the estimate, bit/s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Assumed before anything is known.
    pub start_bps: u64,
    /// Never below.
    pub min_bps: u64,
    /// Never above.
    pub max_bps: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { start_bps: 1_000_000, min_bps: 50_000, max_bps: 30_000_000 }
    }
}

/// A burst to send at a given rate, to find out whether the path carries it ([`crate::pace::Pacer::start_probe`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Tag for its packets, 1..=16383.
    pub cluster: u16,
    /// Rate to send at.
    pub bitrate_bps: u64,
    /// Bytes to send in all, media included.
    pub bytes: usize,
}

/// Bandwidth estimate of one sending transport. No heap: 1.1 KiB whether idle or busy.
#[derive(Clone, Debug)]
pub struct Estimator {
    config: Config,
    aimd: aimd::Aimd,
    groups: groups::Groups,
    trend: trendline::Trendline,
    queue: queue::StandingQueue,
    loss: loss::LossBound,
    plan: probe_plan::ProbePlan,
    probe_result: probe_result::ProbeResult,
    /// By the receiver's clock, and by ours.
    arriving: throughput::Throughput,
    sending: throughput::Throughput,
    rtt: Micros,
    last_results: Option<Micros>,
    /// When the first numbered packet left that no feedback has followed.
    unanswered_since: Option<Micros>,
    last_backoff: Micros,
    last_loss_report: Option<(Micros, u8)>,
    remb: Option<(Micros, u64)>,
    limit_seen: bool,
    told_bps: u64,
}

impl Estimator {
    /// Starts at `config.start_bps`.
    pub fn new(now: Micros, config: Config) -> Self {
        let aimd = aimd::Aimd::new(now, config.start_bps, config.min_bps, config.max_bps);
        Self {
            config,
            aimd,
            groups: groups::Groups::default(),
            trend: trendline::Trendline::new(),
            queue: queue::StandingQueue::default(),
            loss: loss::LossBound::default(),
            plan: probe_plan::ProbePlan::new(now),
            probe_result: probe_result::ProbeResult::default(),
            arriving: throughput::Throughput::new(),
            sending: throughput::Throughput::new(),
            rtt: UNKNOWN_RTT,
            last_results: None,
            unanswered_since: None,
            last_backoff: now,
            last_loss_report: None,
            remb: None,
            limit_seen: false,
            told_bps: aimd.bps(),
        }
    }

    /// The estimate, bit/s on the wire.
    pub fn bps(&self) -> u64 {
        let mut bps = self.sustainable_bps();
        let drain = self.queue.drain_factor();
        if drain < 1.0 {
            let arriving = self.arriving.quick_bps().unwrap_or(bps).min(bps);
            // The floor keeps a delay that is not a queue from starving the transport.
            bps = ((arriving as f64 * drain) as u64).max(bps * 2 / 5);
        }
        bps.clamp(self.config.min_bps, self.config.max_bps)
    }

    /// Whether anything has shown yet that the path carries no more. Until then an estimate is what was asked of the path,
    /// not what it can do.
    pub fn limit_seen(&self) -> bool {
        self.limit_seen
    }

    /// Round trip, as told or as seen in feedback.
    pub fn rtt(&self) -> Micros {
        self.rtt
    }

    /// How long a packet sent now waits in queues on the path, as far as feedback shows.
    pub fn queue_delay(&self) -> Micros {
        self.queue.delay()
    }

    /// Notes what leaves in one flush, everything included; some of it carries transport-wide numbers.
    pub fn on_sent(&mut self, now: Micros, bytes: usize) {
        self.sending.add(now, bytes);
        self.unanswered_since.get_or_insert(now);
    }

    /// The same for a flush of which no packet is numbered (sound without an RTX stream): nobody will report on it, so
    /// the silence that follows says nothing.
    pub fn on_sent_unnumbered(&mut self, now: Micros, bytes: usize) {
        self.sending.add(now, bytes);
    }

    /// A measured round trip (from reports or connectivity checks).
    pub fn on_rtt(&mut self, rtt: Micros) {
        self.rtt = rtt.clamp(MIN_RTT, MAX_RTT);
    }

    /// What one feedback packet told, from [`crate::twcc::SendLog::on_feedback`].
    pub fn on_results(&mut self, now: Micros, results: &[PacketResult]) {
        if results.is_empty() {
            return;
        }
        self.last_results = Some(now);
        self.unanswered_since = None;
        let mut measured = None;
        let mut newest: Option<&PacketResult> = None;
        for packet in results {
            self.loss.add(packet.arrived.is_some());
            if let Some(probe) = self.plan.running() {
                let result = self.probe_result.add(&probe, packet);
                self.limit_seen |= result.is_some_and(|bps| bps * 4 < probe.bitrate_bps * 3);
                measured = result.or(measured);
            }
            if let Some(arrived) = packet.arrived {
                self.on_arrival(packet, arrived);
                newest = Some(newest.map_or(packet, |other| if other.sent > packet.sent { other } else { packet }));
            }
        }
        self.queue.end_batch(now);
        if let Some(newest) = newest {
            self.smooth_rtt(now.saturating_sub(newest.sent));
        }
        self.decide(now, measured);
    }

    /// The receiver's own estimate. Without transport-wide feedback it is the estimate, with it an upper bound.
    pub fn on_remb(&mut self, now: Micros, bps: u64) {
        self.remb = Some((now, bps));
        self.limit_seen = true;
        let losing = self.last_loss_report.is_some_and(|(_, fraction)| fraction > FRACTION_10_PERCENT);
        if !self.has_feedback(now) && !losing {
            self.aimd.set(bps);
        }
    }

    /// The loss field of a receiver report (RFC 3550 6.4.1, units of 1/256); decides where there is no better feedback.
    pub fn on_loss_report(&mut self, now: Micros, fraction_lost: u8) {
        let previous = self.last_loss_report.replace((now, fraction_lost));
        if self.has_feedback(now) {
            return;
        }
        let bps = self.aimd.bps();
        let Some((last, _)) = previous else { return };
        let elapsed = now.saturating_sub(last).min(1_000_000);
        if fraction_lost <= FRACTION_2_PERCENT {
            self.sending.advance(now);
            let sent_bps = self.sending.steady_bps().unwrap_or(0);
            let grown = (bps as f64 * 1.08f64.powf(elapsed as f64 / 1e6)) as u64 + elapsed / 1_000;
            self.aimd.set(grown.min(sent_bps * 3 / 2 + 10_000).max(bps));
        } else if fraction_lost > FRACTION_10_PERCENT && now.saturating_sub(self.last_backoff) > 300_000 + self.rtt {
            self.last_backoff = now;
            self.limit_seen = true;
            self.aimd.set(bps * (512 - u64::from(fraction_lost)) / 512);
        }
    }

    /// Lets time pass; the estimate, when it has moved by more than 3 % since it was last told.
    pub fn poll(&mut self, now: Micros) -> Option<u64> {
        self.remb = self.remb.filter(|(heard, _)| now.saturating_sub(*heard) < REMB_LIFETIME);
        self.back_off_in_silence(now);
        let bps = self.bps();
        if bps.abs_diff(self.told_bps) * 100 <= self.told_bps * 3 {
            return None;
        }
        self.told_bps = bps;
        Some(bps)
    }

    /// The next probe, when `wanted_bps` ([`crate::allocate::desired_bps`]) is more than the estimate and it is time.
    pub fn probe(&mut self, now: Micros, wanted_bps: u64) -> Option<Probe> {
        // With every picture paused nothing is reported: what the last reports said is no longer true, and only a
        // probe can find out what is.
        let stale = self.last_results.is_some_and(|last| now.saturating_sub(last) > STALE);
        if stale {
            self.trend = trendline::Trendline::new();
            self.groups = groups::Groups::default();
            self.queue = queue::StandingQueue::default();
        }
        let calm = self.trend.usage() != trendline::Usage::Over && self.queue.delay() < CALM_QUEUE;
        if !calm {
            return None;
        }
        self.plan.poll(now, self.bps(), wanted_bps.min(self.config.max_bps), self.rtt)
    }

    /// The estimate but for what a standing queue takes off it for a while.
    fn sustainable_bps(&self) -> u64 {
        let bound = self.loss.bound_bps().unwrap_or(u64::MAX);
        let remb = self.remb.map_or(u64::MAX, |(_, bps)| bps);
        self.aimd.bps().min(bound).min(remb)
    }

    fn on_arrival(&mut self, packet: &PacketResult, arrived: Micros) {
        self.arriving.add(arrived, usize::from(packet.size));
        // A probe fills the queue on purpose; taken for congestion it would undo itself.
        if packet.cluster != 0 {
            return;
        }
        self.queue.add(packet.sent, arrived);
        if let Some(spacing) = self.groups.add(packet.sent, arrived) {
            self.trend.update(spacing);
        }
    }

    fn decide(&mut self, now: Micros, measured: Option<u64>) {
        let before = self.aimd.bps();
        let usage = match self.trend.usage() {
            // Too young a trend, or one that levels off at a full queue.
            trendline::Usage::Normal if self.queue.delay() > FULL_QUEUE => trendline::Usage::Over,
            // Some packet of every report came through at once: a busy receiver reads in bursts, the path has no queue.
            trendline::Usage::Over if self.queue.delay() < NO_QUEUE => trendline::Usage::Normal,
            usage => usage,
        };
        let signals = aimd::Signals {
            usage,
            steady_bps: self.arriving.steady_bps(),
            quick_bps: self.arriving.quick_bps(),
            rtt: self.rtt,
            hold: self.queue.delay() > CALM_QUEUE,
        };
        self.aimd.update(now, signals);
        self.limit_seen |= usage == trendline::Usage::Over || self.loss.bound_bps().is_some();
        if self.aimd.bps() * 10 < before * 7 {
            self.plan.on_drop(now);
        }
        self.loss.update(now, self.sustainable_bps(), signals.steady_bps, self.rtt);
        let Some(measured) = measured else { return };
        self.plan.on_result(now, measured);
        if measured > self.bps() && usage != trendline::Usage::Over {
            self.aimd.set(measured.max(self.aimd.bps()));
            self.loss.lift();
        }
    }

    /// Packets leave and nothing comes back: the path is gone or so full that feedback is stuck in it.
    fn back_off_in_silence(&mut self, now: Micros) {
        let silent = self.unanswered_since.is_some_and(|since| now.saturating_sub(since) > SILENCE + 2 * self.rtt);
        if !silent || !self.has_feedback(now) || now.saturating_sub(self.last_backoff) < SILENCE {
            return;
        }
        self.sending.advance(now);
        if self.sending.steady_bps().is_some_and(|bps| bps > 0) {
            self.last_backoff = now;
            self.limit_seen = true;
            self.aimd.set(self.aimd.bps() / 2);
        }
    }

    fn has_feedback(&self, now: Micros) -> bool {
        self.last_results.is_some_and(|last| now.saturating_sub(last) < FEEDBACK_LIFETIME)
    }

    /// Feedback waits up to its interval at the receiver, so this is an upper estimate; `on_rtt` corrects it.
    fn smooth_rtt(&mut self, sample: Micros) {
        let sample = sample.clamp(MIN_RTT, MAX_RTT);
        self.rtt = if self.rtt == UNKNOWN_RTT { sample } else { (self.rtt * 7 + sample) / 8 };
    }
}

const UNKNOWN_RTT: Micros = 200_000;
const MIN_RTT: Micros = 1_000;
const MAX_RTT: Micros = 3_000_000;
/// Reports come at least every 250 ms while anything measured is sent.
const STALE: Micros = 1_000_000;
/// Less than a shallow router's buffer, more than what clocks and rounding leave.
const NO_QUEUE: Micros = 8_000;
/// A queue that does not disturb a measurement.
const CALM_QUEUE: Micros = 60_000;
/// A queue that no jitter explains.
const FULL_QUEUE: Micros = 250_000;
const FEEDBACK_LIFETIME: Micros = 5_000_000;
const REMB_LIFETIME: Micros = 10_000_000;
const SILENCE: Micros = 1_000_000;
const FRACTION_2_PERCENT: u8 = 5;
const FRACTION_10_PERCENT: u8 = 26;
