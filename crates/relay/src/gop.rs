//! The newest group of pictures of a stream that cannot be asked for a keyframe: who comes later begins with its
//! keyframe and catches up. Subscribers read the whole stream from here, live packets too, so that nothing is missing
//! or doubled where catching up ends.

use crate::ring::Entry;
use relay_control::time::Micros;
use std::collections::VecDeque;

/// One packet with its header, as it came.
struct Kept {
    entry: Entry,
    bytes: Box<[u8]>,
    at: Micros,
    /// Counts frames.
    frame: u32,
}

impl Kept {
    fn cost(&self) -> usize {
        self.bytes.len() + size_of::<Kept>()
    }
}

/// Packets from a keyframe on. Places are counters: they go on for ever and name one packet each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) begin: u64,
    /// The first packet after the keyframe's picture, once it is known.
    pub(crate) picture_end: Option<u64>,
    /// Every packet since `begin` is here.
    pub(crate) complete: bool,
    ts: u64,
}

/// What is kept of one layer.
#[derive(Default)]
pub(crate) struct Gop {
    packets: VecDeque<Kept>,
    /// Counter of the first of `packets`.
    base: u64,
    /// Cost of `packets` and `picture`.
    bytes: usize,
    run: Option<Run>,
    /// The first packets of the run's keyframe, once they have left `packets`.
    picture: Vec<Kept>,
    /// Epoch and number of the newest packet.
    newest: Option<(u8, u64)>,
    edge_ts: u64,
    frames: u32,
}

impl Gop {
    /// Keeps a copy of the packet; returns its counter.
    pub(crate) fn insert(&mut self, now: Micros, entry: &Entry, packet: &[u8]) -> u64 {
        if self.newest.is_some_and(|(epoch, _)| epoch != entry.epoch) {
            self.clear();
        }
        let gap = self.newest.is_some_and(|(_, seq)| entry.seq != seq + 1);
        if self.newest.is_none() || entry.ts != self.edge_ts {
            self.frames = self.frames.wrapping_add(1);
        }
        (self.newest, self.edge_ts) = (Some((entry.epoch, entry.seq)), entry.ts);
        let counter = self.end();
        self.follow_run(counter, entry, gap);
        let end = usize::from(entry.payload_start + entry.payload_len);
        let bytes = packet.get(..end).unwrap_or(packet).into();
        let kept = Kept { entry: *entry, bytes, at: now, frame: self.frames };
        self.bytes += kept.cost();
        self.packets.push_back(kept);
        self.trim();
        counter
    }

    /// Forgets all packets; counters go on. What comes next does not continue what was here.
    pub(crate) fn clear(&mut self) {
        self.base = self.end();
        self.packets.clear();
        self.picture.clear();
        (self.run, self.newest, self.bytes) = (None, None, 0);
    }

    /// What a subscriber can begin with.
    pub(crate) fn run(&self) -> Option<Run> {
        self.run
    }

    /// The counter of the next packet to come.
    pub(crate) fn end(&self) -> u64 {
        self.base + self.packets.len() as u64
    }

    /// The packet, unless it has gone.
    pub(crate) fn get(&self, counter: u64) -> Option<(&Entry, &[u8])> {
        self.kept(counter).map(|kept| (&kept.entry, &*kept.bytes))
    }

    /// How long ago it came.
    pub(crate) fn age(&self, now: Micros, counter: u64) -> Option<Micros> {
        self.kept(counter).map(|kept| now.saturating_sub(kept.at))
    }

    /// RTP timestamp of the newest packet.
    pub(crate) fn edge_ts(&self) -> u32 {
        self.edge_ts as u32
    }

    /// Frames between the packet's and the newest one, which counts.
    pub(crate) fn frames_behind(&self, counter: u64) -> u32 {
        self.kept(counter).map_or(0, |kept| self.frames.wrapping_sub(kept.frame))
    }

    /// The newest counter with these low 32 bits.
    pub(crate) fn widen(&self, low: u32) -> u64 {
        let newest = self.end().saturating_sub(1);
        newest.saturating_sub(u64::from((newest as u32).wrapping_sub(low)))
    }

    fn kept(&self, counter: u64) -> Option<&Kept> {
        match counter.checked_sub(self.base) {
            Some(index) => self.packets.get(index as usize),
            None => self.picture.get(counter.checked_sub(self.run?.begin)? as usize),
        }
    }

    /// Notes what the packet at `counter` means for the run.
    fn follow_run(&mut self, counter: u64, entry: &Entry, gap: bool) {
        let begins = entry.mark.keyframe && self.run.is_none_or(|run| run.ts != entry.ts);
        if begins {
            self.drop_run();
            self.run = Some(Run { begin: counter, picture_end: None, complete: true, ts: entry.ts });
        }
        let Some(run) = &mut self.run else { return };
        let inside = run.picture_end.is_none();
        if gap && !begins {
            // The sender dropped something: a picture with a hole is no beginning, deltas behind a hole do not decode.
            run.complete = false;
            if inside {
                return self.drop_run();
            }
        }
        if inside && entry.ts != run.ts {
            run.picture_end = Some(counter);
        } else if inside && entry.marker {
            run.picture_end = Some(counter + 1);
        }
    }

    fn drop_run(&mut self) {
        self.bytes -= self.picture.drain(..).map(|kept| kept.cost()).sum::<usize>();
        self.run = None;
    }

    /// Keeps within the bounds. A run that outgrows them keeps its keyframe's picture and the newest packets.
    fn trim(&mut self) {
        loop {
            let behind = self.run.map_or(self.end(), |run| run.begin).saturating_sub(self.base);
            let full = self.bytes > MAX_BYTES || self.packets.len() + self.picture.len() > MAX_PACKETS;
            if behind <= TAIL && !full {
                return;
            }
            let Some(kept) = self.packets.pop_front() else { return self.drop_run() };
            let counter = self.base;
            self.base += 1;
            match &mut self.run {
                Some(run) if counter >= run.begin && run.picture_end.is_some_and(|end| counter < end) => {
                    self.picture.push(kept);
                }
                Some(run) if counter >= run.begin => {
                    run.complete = false;
                    self.bytes -= kept.cost();
                    if run.picture_end.is_none() {
                        self.drop_run();
                    }
                }
                _ => self.bytes -= kept.cost(),
            }
        }
    }
}

// Four seconds of 8 Mbit/s; all sources together stay well below a gigabyte.
const MAX_BYTES: usize = 4 << 20;
const MAX_PACKETS: usize = 4096;
// Packets before the keyframe, for those who are a little late and for retransmissions.
const TAIL: u64 = 512;

#[cfg(test)]
#[path = "gop_tests.rs"]
mod tests;
