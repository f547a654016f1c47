//! All publishers and subscribers, played by one thread.

use crate::filter::drops_by_port;
use crate::publisher::Publisher;
use crate::scenario::Scenario;
use crate::subscriber::Subscriber;
use std::io;
use std::time::{Duration, Instant};

/// Pause between looks at the receiving sockets: bounds the error of measured latencies.
const POLL_US: u64 = 250;
/// Keyframes sent until every subscriber must have every stream, and the time between them.
const LEARNING_ROUNDS: usize = 20;
const LEARNING_PAUSE: Duration = Duration::from_millis(200);
const FEEDBACK_US: u64 = 100_000;
const REPORT_US: u64 = 1_000_000;
const CHECK_US: u64 = 2_000_000;

/// What has happened so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Totals {
    /// RTP packets the publishers sent.
    pub(crate) offered: u64,
    /// RTP packets that arrived at all subscribers.
    pub(crate) delivered: u64,
}

/// The load.
pub(crate) struct Generator {
    pub(crate) scenario: Scenario,
    pub(crate) publishers: Vec<Publisher>,
    pub(crate) subscribers: Vec<Subscriber>,
    started: Instant,
    due_us: Vec<u64>,
    offered: u64,
    next_feedback_us: u64,
    next_report_us: u64,
    next_check_us: u64,
}

impl Generator {
    pub(crate) fn new(scenario: Scenario, publishers: Vec<Publisher>, subscribers: Vec<Subscriber>) -> Generator {
        Generator {
            scenario,
            due_us: vec![0; publishers.len()],
            publishers,
            subscribers,
            started: Instant::now(),
            offered: 0,
            next_feedback_us: 0,
            next_report_us: 0,
            next_check_us: CHECK_US,
        }
    }

    fn now_us(&self) -> u64 {
        clock_us(self.started)
    }

    /// Lets the publishers send keyframes slowly until every subscriber gets every stream; then puts all subscribers but
    /// the first `sampling` behind a filter.
    pub(crate) fn learn(&mut self, sampling: usize) -> io::Result<()> {
        let streams = self.publishers.len();
        for _ in 0..LEARNING_ROUNDS {
            self.send_keyframes()?;
            let behind =
                self.subscribers.iter().filter(|subscriber| subscriber.streams.by_ssrc.len() < streams).count();
            if behind == 0 {
                return self.attach_filters(sampling);
            }
        }
        let seen: Vec<_> = self.subscribers.iter().map(|subscriber| subscriber.streams.by_ssrc.len()).collect();
        Err(io::Error::other(format!("of {streams} streams the subscribers get {seen:?}")))
    }

    /// One keyframe of each publisher, received by everyone.
    fn send_keyframes(&mut self) -> io::Result<()> {
        let started = self.started;
        for publisher in &mut self.publishers {
            self.offered += publisher.send_frame(&self.scenario, true, || clock_us(started))?;
        }
        self.run(LEARNING_PAUSE, false)
    }

    fn attach_filters(&mut self, sampling: usize) -> io::Result<()> {
        let drops = drops_by_port()?;
        let twin_began = self.subscribers.first().map_or(0, |twin| twin.arrivals.total());
        for subscriber in self.subscribers.iter_mut().skip(sampling) {
            subscriber.attach_filter(drops.get(&subscriber.peer.port()?).copied().unwrap_or(0), twin_began)?;
        }
        Ok(())
    }

    /// Plays for `duration`, with or without media.
    pub(crate) fn run(&mut self, duration: Duration, media: bool) -> io::Result<()> {
        let begin = self.now_us();
        let end = begin + duration.as_micros() as u64;
        let interval = self.scenario.frame_interval_us();
        let count = self.due_us.len() as u64;
        for (number, due) in self.due_us.iter_mut().enumerate() {
            *due = begin + interval * number as u64 / count;
        }
        loop {
            let now = self.now_us();
            if now >= end {
                return Ok(());
            }
            if media {
                self.send_due(now, interval)?;
            }
            self.receive();
            self.publishers.iter_mut().for_each(Publisher::drain);
            self.answer(now)?;
            let next_frame = if media { self.due_us.iter().copied().min().unwrap_or(end) } else { end };
            let wake = next_frame.min(end).min(self.now_us() + POLL_US);
            std::thread::sleep(Duration::from_micros(wake.saturating_sub(self.now_us())));
        }
    }

    fn send_due(&mut self, now: u64, interval: u64) -> io::Result<()> {
        let started = self.started;
        for (publisher, due) in self.publishers.iter_mut().zip(&mut self.due_us) {
            if *due <= now {
                self.offered += publisher.send_frame(&self.scenario, false, || clock_us(started))?;
                *due += interval;
            }
        }
        Ok(())
    }

    fn receive(&mut self) {
        let started = self.started;
        for subscriber in self.subscribers.iter_mut().filter(|subscriber| !subscriber.is_filtered()) {
            subscriber.drain(&self.scenario, || clock_us(started));
        }
    }

    /// Feedback, reports and STUN checks that are due.
    fn answer(&mut self, now: u64) -> io::Result<()> {
        let started = self.started;
        if now >= self.next_feedback_us {
            self.next_feedback_us = now + FEEDBACK_US;
            self.count_drops()?;
            for subscriber in self.subscribers.iter_mut().filter(|subscriber| subscriber.is_filtered()) {
                subscriber.drain(&self.scenario, || clock_us(started));
            }
            if let Some((twin, others)) = self.subscribers.split_first_mut() {
                others.iter_mut().try_for_each(|subscriber| subscriber.send_twcc(&twin.arrivals))?;
                twin.send_twcc(&crate::arrivals::Arrivals::default())?;
            }
        }
        if now >= self.next_report_us {
            self.next_report_us = now + REPORT_US;
            self.subscribers.iter_mut().try_for_each(|subscriber| subscriber.send_report(now))?;
        }
        if now >= self.next_check_us {
            self.next_check_us = now + CHECK_US;
            let publishers = self.publishers.iter_mut().map(|publisher| &mut publisher.peer);
            let subscribers = self.subscribers.iter_mut().map(|subscriber| &mut subscriber.peer);
            publishers.chain(subscribers).try_for_each(|peer| peer.send_check())?;
        }
        Ok(())
    }

    fn count_drops(&mut self) -> io::Result<()> {
        self.for_each_count(Subscriber::note_drops)
    }

    /// What the filters dropped since the last count was no media.
    pub(crate) fn forget_foreign(&mut self) -> io::Result<()> {
        self.for_each_count(Subscriber::note_foreign)
    }

    fn for_each_count(&mut self, note: fn(&mut Subscriber, u64)) -> io::Result<()> {
        let drops = drops_by_port()?;
        for subscriber in self.subscribers.iter_mut().filter(|subscriber| subscriber.is_filtered()) {
            if let Some(&count) = drops.get(&subscriber.peer.port()?) {
                note(subscriber, count);
            }
        }
        Ok(())
    }

    /// Counts up to this moment.
    pub(crate) fn totals(&mut self) -> io::Result<Totals> {
        self.receive();
        self.count_drops()?;
        let delivered = self.subscribers.iter().map(Subscriber::total).sum();
        Ok(Totals { offered: self.offered, delivered })
    }
}

fn clock_us(started: Instant) -> u64 {
    started.elapsed().as_micros() as u64
}
