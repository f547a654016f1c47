//! One subscriber: either it receives everything, or its RTP is dropped and counted by the kernel.

use crate::arrivals::Arrivals;
use crate::feedback::{FeedbackWriter, StreamReport, receiver_report};
use crate::filter::drop_rtp;
use crate::peer::Peer;
use crate::sampling::{Arrival, Stream, Streams};
use crate::scenario::Scenario;
use relay_wire::{rtp, stun};
use std::io;

/// Datagrams taken from a socket before others get their turn.
const MOST_PER_TURN: usize = 4096;
/// Delay of the path that feedback pretends, µs.
const PATH_DELAY_US: u64 = 5_000;
/// Report blocks of one receiver report.
const MAX_BLOCKS: usize = 31;

/// A peer that only receives.
pub(crate) struct Subscriber {
    pub(crate) peer: Peer,
    pub(crate) streams: Streams,
    pub(crate) arrivals: Arrivals,
    /// Latencies since they were last taken, µs.
    pub(crate) latencies_us: Vec<u64>,
    /// Padding and retransmissions received.
    pub(crate) extra: u64,
    received: u64,
    filter: Option<Filter>,
    feedback: FeedbackWriter,
    /// Transport-wide number and time of what has not been reported.
    unreported: Vec<(u16, u64)>,
    next_number: u16,
}

/// Bookkeeping of a subscriber behind a filter.
#[derive(Debug, Clone, Copy)]
struct Filter {
    /// Drops counted by the kernel that were no packets of the relay.
    foreign: u64,
    dropped: u64,
    reported: u64,
    /// Packets the twin had when this filter was attached.
    twin_began: u64,
}

impl Subscriber {
    pub(crate) fn new(peer: Peer) -> Subscriber {
        Subscriber {
            peer,
            streams: Streams::default(),
            arrivals: Arrivals::default(),
            latencies_us: Vec::new(),
            extra: 0,
            received: 0,
            filter: None,
            feedback: FeedbackWriter::default(),
            unreported: Vec::new(),
            next_number: 0,
        }
    }

    pub(crate) fn is_filtered(&self) -> bool {
        self.filter.is_some()
    }

    /// From now on the kernel drops RTP; `drops` is its count so far, and `twin_began` that of the twin's packets.
    pub(crate) fn attach_filter(&mut self, drops: u64, twin_began: u64) -> io::Result<()> {
        drop_rtp(&self.peer.socket)?;
        self.filter = Some(Filter { foreign: drops, dropped: 0, reported: 0, twin_began });
        Ok(())
    }

    /// The kernel's count of drops is now `drops`.
    pub(crate) fn note_drops(&mut self, drops: u64) {
        if let Some(filter) = &mut self.filter {
            filter.dropped = drops - filter.foreign;
        }
    }

    /// The kernel's count of drops is now `drops`, and what was added since the last count came from elsewhere.
    pub(crate) fn note_foreign(&mut self, drops: u64) {
        if let Some(filter) = &mut self.filter {
            filter.foreign = drops - filter.dropped;
        }
    }

    /// RTP packets that arrived so far.
    pub(crate) fn total(&self) -> u64 {
        self.received + self.filter.map_or(0, |filter| filter.dropped)
    }

    /// Takes what has arrived.
    pub(crate) fn drain(&mut self, scenario: &Scenario, now_us: impl Fn() -> u64) {
        let mut buffer = [0; 2048];
        for _ in 0..MOST_PER_TURN {
            let Ok(len) = self.peer.socket.recv(&mut buffer) else { return };
            let (datagram, now_us) = (&mut buffer[..len], now_us());
            if stun::is_stun(datagram) {
                continue;
            }
            if rtp::is_rtcp(datagram) {
                self.streams.rtcp(&mut self.peer.opener, datagram, now_us);
                continue;
            }
            if let Some(arrival) = self.streams.rtp(&self.peer.opener, scenario, datagram) {
                self.note(arrival, now_us);
            }
        }
    }

    fn note(&mut self, arrival: Arrival, now_us: u64) {
        self.received += 1;
        match arrival.sent_us {
            Some(sent_us) => self.latencies_us.push(now_us.saturating_sub(sent_us)),
            None => self.extra += 1,
        }
        // What delays us here is that we share a CPU, which is not the path's fault: to the sender we report a path of
        // constant delay.
        let reported_us = arrival.sent_us.map_or(now_us, |sent_us| sent_us + PATH_DELAY_US);
        self.arrivals.push(reported_us);
        if let Some(number) = arrival.transport_sequence {
            self.unreported.push((number, reported_us));
            self.next_number = number.wrapping_add(1);
        }
    }

    /// Sends TWCC feedback on what arrived since last time. A filtered subscriber knows only how many came: it reports
    /// the arrival times of the `twin`, which gets the same packets.
    pub(crate) fn send_twcc(&mut self, twin: &Arrivals) -> io::Result<()> {
        let (base, times) = match &mut self.filter {
            Some(filter) => {
                let first = filter.twin_began + filter.reported;
                let end = twin.total().min(filter.twin_began + filter.dropped).max(first);
                filter.reported = end - filter.twin_began;
                let base = self.next_number;
                self.next_number = base.wrapping_add((end - first) as u16);
                (base, (first..end).map(|number| twin.get(number)).collect())
            }
            None => self.take_unreported(),
        };
        let media = self.streams.by_ssrc.keys().next().copied().unwrap_or(0);
        let mut done = 0;
        while done < times.len() {
            let mut compound = Vec::new();
            let covered = self.feedback.twcc(&mut compound, media, base.wrapping_add(done as u16), &times[done..]);
            if covered == 0 {
                break;
            }
            done += covered;
            self.peer.send_rtcp(&mut compound)?;
        }
        Ok(())
    }

    /// Numbers from the oldest unreported on, with holes where nothing came.
    fn take_unreported(&mut self) -> (u16, Vec<Option<u64>>) {
        let Some(&(base, _)) = self.unreported.first() else { return (0, Vec::new()) };
        let offset = |number: u16| number.wrapping_sub(base);
        let forward = |&(number, _): &(u16, u64)| offset(number) < 1 << 15;
        let span = self.unreported.iter().filter(|each| forward(each)).map(|each| offset(each.0)).max().unwrap_or(0);
        let mut times = vec![None; usize::from(span) + 1];
        for (number, at_us) in self.unreported.drain(..).filter(forward) {
            times[usize::from(offset(number))] = Some(at_us);
        }
        (base, times)
    }

    /// Sends a receiver report on every stream.
    pub(crate) fn send_report(&mut self, now_us: u64) -> io::Result<()> {
        let streams = self.streams.by_ssrc.len().max(1) as u64;
        // All streams have the same rate, so what the filter dropped is evenly theirs.
        let unseen = self.filter.map_or(0, |filter| filter.dropped / streams);
        let report = |(&ssrc, stream): (&u32, &Stream)| StreamReport {
            ssrc,
            highest: (stream.highest + unseen) as u32,
            last_sr: stream.last_sr,
        };
        let reports: Vec<_> = self.streams.by_ssrc.iter().map(report).collect();
        for some in reports.chunks(MAX_BLOCKS) {
            let mut compound = Vec::new();
            receiver_report(&mut compound, some, now_us);
            self.peer.send_rtcp(&mut compound)?;
        }
        Ok(())
    }
}
