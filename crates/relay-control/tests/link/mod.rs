//! A seeded bottleneck link with a sender and a receiver at its ends: the real pacer, log, feedback and estimator, on
//! simulated time.

use std::collections::VecDeque;

use relay_control::Micros;
use relay_control::estimate::{Config, Estimator};
use relay_control::pace::Pacer;
use relay_control::twcc::{FeedbackBuilder, PacketResult, SendLog};
use relay_wire::rtcp::{self, Packet};

/// The path and what is sent over it.
#[derive(Clone, Copy)]
pub struct Scenario {
    pub link_bps: u64,
    pub queue: Micros,
    pub one_way: Micros,
    pub loss: f64,
    /// Up to this much is added to the way of each packet, without reordering.
    pub jitter: Micros,
    pub start_bps: u64,
    /// What is asked of the probes.
    pub wanted_bps: u64,
    /// What the video uses at most.
    pub video_bps: u64,
    /// Rates of simulcast layers to choose from; empty = an encoder that follows the estimate.
    pub layers: &'static [u64],
    pub seed: u64,
}

impl Default for Scenario {
    fn default() -> Self {
        Scenario {
            link_bps: 1_000_000,
            queue: 1_000_000,
            one_way: 25_000,
            loss: 0.0,
            jitter: 0,
            start_bps: 300_000,
            wanted_bps: 4_000_000,
            video_bps: 4_000_000,
            layers: &[],
            seed: 1,
        }
    }
}

pub struct Simulation {
    now: Micros,
    pub scenario: Scenario,
    pub estimator: Estimator,
    pacer: Pacer,
    log: SendLog,
    feedback: FeedbackBuilder,
    results: Vec<PacketResult>,
    random: u64,
    waiting: VecDeque<usize>,
    next_frame: Micros,
    /// Layer sent now, and how often it changed.
    pub layer_bps: u64,
    pub switches: u32,
    /// Until when the link is busy with what it has taken.
    link_free: Micros,
    arriving: VecDeque<(Micros, u16, usize)>,
    returning: VecDeque<(Micros, Vec<u8>)>,
}

impl Simulation {
    pub fn new(scenario: Scenario) -> Self {
        let config = Config { start_bps: scenario.start_bps, ..Config::default() };
        let estimator = Estimator::new(START, config);
        Simulation {
            now: START,
            scenario,
            pacer: Pacer::new(START, estimator.bps()),
            estimator,
            log: SendLog::new(),
            feedback: FeedbackBuilder::new(),
            results: Vec::new(),
            random: scenario.seed,
            waiting: VecDeque::new(),
            next_frame: START,
            layer_bps: 0,
            switches: 0,
            link_free: START,
            arriving: VecDeque::new(),
            returning: VecDeque::new(),
        }
    }

    pub fn run_for(&mut self, duration: Micros) {
        let end = self.now + duration;
        while self.now < end {
            self.now += STEP;
            self.receive();
            self.hear();
            if self.now.is_multiple_of(FLUSH) {
                self.flush();
            }
        }
    }

    /// Time that a packet sent now would wait.
    pub fn queue_delay(&self) -> Micros {
        self.link_free.saturating_sub(self.now)
    }

    fn flush(&mut self) {
        if let Some(bps) = self.estimator.poll(self.now) {
            self.pacer.set_rate(self.now, bps);
        }
        if let Some(probe) = self.estimator.probe(self.now, self.scenario.wanted_bps) {
            self.pacer.start_probe(self.now, probe);
        }
        self.encode();
        let mut allowance = self.pacer.allowance(self.now);
        let mut sent = 0;
        while let Some(size) = self.waiting.front().copied().filter(|size| *size <= allowance) {
            self.waiting.pop_front();
            allowance -= size;
            sent += self.send(size);
        }
        let mut padding = self.pacer.padding(self.now);
        while padding > 0 {
            let size = padding.clamp(60, 280);
            padding = padding.saturating_sub(size);
            sent += self.send(size);
        }
        self.estimator.on_sent(self.now, sent);
    }

    /// A video at 30 fps that follows the estimate; its frames differ in size by a quarter.
    fn encode(&mut self) {
        if self.now < self.next_frame {
            return;
        }
        self.next_frame += FRAME;
        let target_bps = self.target_bps() as f64;
        let mut left = (target_bps / 8.0 / 30.0 * (0.75 + 0.5 * self.uniform())) as usize;
        // An encoder skips frames rather than let its own queue grow.
        if self.waiting.iter().sum::<usize>() > left * 10 {
            return;
        }
        while left > 0 {
            let size = left.clamp(100, 1200);
            self.waiting.push_back(size);
            left = left.saturating_sub(size);
        }
    }

    fn target_bps(&mut self) -> u64 {
        if self.scenario.layers.is_empty() {
            return self.estimator.bps().min(self.scenario.video_bps);
        }
        let layers = self.scenario.layers.iter().copied();
        let estimate = self.estimator.bps();
        // A step up needs 15 % to spare, as in the allocator.
        let current = self.layer_bps;
        let fits = |bps: &u64| bps + if *bps > current { bps * 15 / 100 } else { 0 } <= estimate;
        self.layer_bps = layers.filter(fits).max().unwrap_or(0);
        self.switches += u32::from(self.layer_bps != current);
        self.layer_bps
    }

    fn send(&mut self, size: usize) -> usize {
        let sequence = self.log.on_sent(self.now, size, self.pacer.cluster());
        self.pacer.spent(size);
        let overflows = self.queue_delay() > self.scenario.queue;
        if overflows || self.uniform() < self.scenario.loss {
            return size;
        }
        self.link_free = self.link_free.max(self.now) + size as u64 * 8_000_000 / self.scenario.link_bps;
        let held_up = (self.uniform() * self.scenario.jitter as f64) as Micros;
        let before = self.arriving.back().map_or(0, |packet| packet.0);
        let at = before.max(self.link_free + self.scenario.one_way + held_up);
        self.arriving.push_back((at, sequence, size));
        size
    }

    fn receive(&mut self) {
        while let Some((at, sequence, size)) = self.arriving.front().copied().filter(|packet| packet.0 <= self.now) {
            self.arriving.pop_front();
            self.feedback.on_packet(at + RECEIVER_CLOCK, sequence, size);
        }
        let mut datagram = Vec::new();
        while self.feedback.poll(self.now + RECEIVER_CLOCK, 1, 2, &mut datagram) {}
        if !datagram.is_empty() {
            self.returning.push_back((self.now + self.scenario.one_way, datagram));
        }
    }

    fn hear(&mut self) {
        while self.returning.front().is_some_and(|feedback| feedback.0 <= self.now) {
            let (_, datagram) = self.returning.pop_front().expect("looked at");
            for packet in rtcp::parse(&datagram) {
                let Ok(Packet::TransportFeedback(feedback)) = packet else { panic!("not feedback: {packet:?}") };
                self.results.clear();
                self.log.on_feedback(self.now, &feedback, &mut self.results);
                self.estimator.on_results(self.now, &self.results);
            }
        }
    }

    /// In [0, 1): a linear congruential generator, the same on every machine.
    fn uniform(&mut self) -> f64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 11) as f64 / (1u64 << 53) as f64
    }
}

pub const SECOND: Micros = 1_000_000;
const START: Micros = 5 * SECOND;
const STEP: Micros = 1_000;
const FLUSH: Micros = 5_000;
const FRAME: Micros = 33_333;
/// The receiver's clock has nothing to do with ours.
const RECEIVER_CLOCK: Micros = 987_654_321;
