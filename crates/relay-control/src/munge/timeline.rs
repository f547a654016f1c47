//! RTP timestamps that go on over a change of source.

use crate::time::{Micros, SECOND};

/// The newest frame sent.
#[derive(Clone, Copy, Debug)]
struct Newest {
    ts_in: u32,
    ts_out: u32,
    /// Arrival of its first packet.
    at: Micros,
}

/// A source that joins behind the newest frame sent: its frames are squeezed after that frame until they catch up,
/// so that the true offset, and with it lip sync, is kept.
#[derive(Clone, Copy, Debug)]
struct Squeeze {
    ts_in: u32,
    ts_out: u32,
}

/// Frames that are sent long after their time: as close together as receivers can tell apart, so that they are played
/// at once, and the live edge comes where it would be without them.
#[derive(Clone, Copy, Debug)]
struct Replay {
    /// The offset of frames at the live edge.
    edge_offset: u32,
    /// The frame placed last.
    placed: Option<u32>,
}

/// Adds an offset to timestamps; see [`Squeeze`] for the one exception.
#[derive(Debug)]
pub(super) struct Timeline {
    clock_hz: u32,
    offset: u32,
    squeeze: Option<Squeeze>,
    replay: Option<Replay>,
    newest: Option<Newest>,
}

impl Timeline {
    pub(super) fn new(clock_hz: u32) -> Self {
        Self { clock_hz: clock_hz.max(1), offset: 0, squeeze: None, replay: None, newest: None }
    }

    pub(super) fn offset(&self) -> u32 {
        self.offset
    }

    /// The outgoing timestamp: a function of the incoming one alone between two switches.
    pub(super) fn out(&self, ts_in: u32) -> u32 {
        let straight = ts_in.wrapping_add(self.offset);
        let Some(squeeze) = self.squeeze else {
            return straight;
        };
        let passed = ts_in.wrapping_sub(squeeze.ts_in);
        if passed as i32 >= 0 {
            later(straight, squeeze.ts_out.wrapping_add(passed / SQUEEZE_FACTOR))
        } else {
            straight
        }
    }

    /// Goes over to a source whose first frame has `first_in`; `change` is the difference of the two sources' clocks.
    pub(super) fn switch(&mut self, now: Micros, first_in: u32, change: Option<u32>) {
        (self.squeeze, self.replay) = (None, None);
        let Some(newest) = self.newest else { return };
        let expected = self.expected(now, newest);
        let told = change.map(|change| self.offset.wrapping_add(change));
        let plausible = told.filter(|offset| self.is_near(first_in.wrapping_add(*offset), expected, TRUST));
        self.offset = plausible.unwrap_or(expected.wrapping_sub(first_in));
        let next = newest.ts_out.wrapping_add(self.ticks(MIN_STEP).max(1));
        if (first_in.wrapping_add(self.offset).wrapping_sub(next) as i32) < 0 {
            self.squeeze = Some(Squeeze { ts_in: first_in, ts_out: next });
        }
    }

    /// Goes to a frame before the live edge, which is at `edge_in`; [`Timeline::place`] follows for each frame.
    pub(super) fn replay(&mut self, now: Micros, edge_in: u32, same_clock: bool) {
        self.squeeze = None;
        let edge_offset = match self.newest {
            None => self.offset,
            Some(newest) => {
                let expected = self.expected(now, newest);
                let keeps = same_clock && self.is_near(edge_in.wrapping_add(self.offset), expected, JUMP);
                if keeps { self.offset } else { expected.wrapping_sub(edge_in) }
            }
        };
        self.replay = Some(Replay { edge_offset, placed: None });
    }

    /// Sets the offset for one frame, `behind` frames before the live edge.
    pub(super) fn place(&mut self, ts_in: u32, edge_in: u32, behind: u32) {
        let step = (self.clock_hz / REPLAY_STEPS_PER_S).max(1);
        let Some(replay) = self.replay.as_mut().filter(|replay| replay.placed != Some(ts_in)) else { return };
        replay.placed = Some(ts_in);
        let before_edge = step.wrapping_mul(behind);
        let latest = edge_in.wrapping_add(replay.edge_offset).wrapping_sub(before_edge);
        let out = self.newest.map_or(latest, |newest| later(latest, newest.ts_out.wrapping_add(step)));
        self.offset = out.wrapping_sub(ts_in);
    }

    /// Notes the newest packet sent.
    pub(super) fn note(&mut self, now: Micros, ts_in: u32, ts_out: u32) {
        if self.newest.is_none_or(|newest| newest.ts_in != ts_in || newest.ts_out != ts_out) {
            self.newest = Some(Newest { ts_in, ts_out, at: now });
        }
        let over = |squeeze: &Squeeze| ts_in.wrapping_sub(squeeze.ts_in) > self.ticks(SQUEEZE_END);
        if self.squeeze.as_ref().is_some_and(over) {
            self.squeeze = None;
        }
    }

    /// Whether the source's clock made a leap that neither its own pace nor the wall clock explains.
    pub(super) fn is_jump(&self, now: Micros, ts_in: u32) -> bool {
        self.newest.is_some_and(|newest| {
            let expected = self.expected(now, newest);
            !self.is_near(ts_in, newest.ts_in, JUMP) && !self.is_near(self.out(ts_in), expected, JUMP)
        })
    }

    fn expected(&self, now: Micros, newest: Newest) -> u32 {
        newest.ts_out.wrapping_add(self.ticks(now.saturating_sub(newest.at)))
    }

    fn is_near(&self, left: u32, right: u32, limit: Micros) -> bool {
        (left.wrapping_sub(right) as i32).unsigned_abs() <= self.ticks(limit)
    }

    fn ticks(&self, time: Micros) -> u32 {
        let hz = u64::from(self.clock_hz);
        (time / SECOND).wrapping_mul(hz).wrapping_add(time % SECOND * hz / SECOND) as u32
    }
}

fn later(left: u32, right: u32) -> u32 {
    if (left.wrapping_sub(right) as i32) < 0 { right } else { left }
}

// Layers of one camera differ by encoding and network delay; more than this means that the reports are stale.
const TRUST: Micros = SECOND;
const JUMP: Micros = 10 * SECOND;
// 0.1 ms: renderers drop what is due at once but the last, and a group of thousands still ends near its own time.
const REPLAY_STEPS_PER_S: u32 = 10_000;
// Two frames of one millisecond are the closest that a receiver's renderer can tell apart.
const MIN_STEP: Micros = 1_000;
const SQUEEZE_FACTOR: u32 = 4;
// With TRUST and the factor, a squeezed source has caught up after TRUST × 4 / 3; older packets are long refused.
const SQUEEZE_END: Micros = 4 * SECOND;
