//! Where a subscription to a kept stream ([`crate::gop::Gop`]) stands in it.

use crate::gop::Gop;
use crate::subscription::Subscription;
use relay_control::time::{MILLISECOND, Micros, SECOND};

/// The place of one subscription in a kept stream, and why it may have to go back.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    /// Counter of the next packet to send.
    pub(crate) next: u64,
    /// Between the keyframe it began with and the live edge.
    pub(crate) catching_up: bool,
    /// The run of which nothing more can be sent: its keyframe was, and the rest is not all there.
    pub(crate) spent: Option<u64>,
    /// The decoder lost its reference.
    pub(crate) asked: bool,
    /// When it began from a keyframe last.
    began: Option<Micros>,
    /// Which SSRC of the layer it was sent last.
    pub(crate) epoch: Option<u8>,
}

impl Replay {
    /// At the packet `next`.
    pub(crate) fn at(next: u64) -> Replay {
        Replay { next, ..Replay::default() }
    }

    /// The decoder lost its reference. It may say so again until the answer has come.
    pub(crate) fn ask(&mut self, now: Micros) {
        self.asked |= self.since_begin(now) >= ANSWER_TIME;
    }

    fn since_begin(&self, now: Micros) -> Micros {
        self.began.map_or(Micros::MAX, |began| now.saturating_sub(began))
    }
}

/// What a subscription does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Goes to a keyframe, with which it begins anew.
    Begin,
    /// Goes on with the next packet.
    Next,
    /// Has come to the live edge.
    Rest,
    /// Cannot go on before the next keyframe; so many packets are passed over.
    Wait(u64),
}

impl Subscription {
    /// Puts [`Replay::next`] on the packet to send now.
    pub(crate) fn step(&mut self, now: Micros, gop: &Gop) -> Step {
        if self.replay.next < gop.end() && gop.get(self.replay.next).is_none() {
            // Its place has gone: too slow for too long a group, or another stream has begun.
            self.replay.catching_up = false;
            self.current = None;
        }
        if gop.run().is_some_and(|run| self.begins(now, gop, run.begin)) {
            self.replay.next = gop.run().map_or(gop.end(), |run| run.begin);
            (self.replay.catching_up, self.replay.asked, self.replay.began) = (true, false, Some(now));
            self.current = None;
            return Step::Begin;
        }
        if self.current.is_none() {
            let passed = gop.end().saturating_sub(self.replay.next);
            self.replay.next = gop.end();
            return Step::Wait(passed);
        }
        if self.replay.next < gop.end() { Step::Next } else { Step::Rest }
    }

    fn begins(&self, now: Micros, gop: &Gop, keyframe: u64) -> bool {
        let replay = &self.replay;
        // On a slow path the live edge would never be reached if each request began anew.
        let gap = if replay.catching_up { PATIENCE } else { RESTART_GAP };
        if replay.asked && replay.since_begin(now) >= gap {
            return true;
        }
        if self.current.is_none() {
            return replay.spent != Some(keyframe);
        }
        // Whoever is far behind goes on where the picture is newest; a frame that was begun is finished first.
        keyframe > replay.next
            && self.munger.is_between_frames()
            && (replay.catching_up || gop.age(now, replay.next).is_some_and(|age| age > LATE))
    }

    /// Notes that the packet before [`Replay::next`] was dealt with; true: it has caught up or can go no further.
    pub(crate) fn passed(&mut self, gop: &Gop) -> bool {
        let Some(run) = gop.run() else {
            return std::mem::take(&mut self.replay.catching_up);
        };
        let stuck = self.replay.catching_up
            && (self.current.is_none() || (!run.complete && run.picture_end == Some(self.replay.next)));
        if stuck {
            self.replay.spent = Some(run.begin);
            self.current = None;
        }
        let over = stuck || self.replay.next >= gop.end();
        over && std::mem::take(&mut self.replay.catching_up)
    }

    /// Whether a turn would bring it to a keyframe.
    pub(crate) fn can_begin(&self, gop: &Gop) -> bool {
        gop.run().is_some_and(|run| self.replay.spent != Some(run.begin))
    }
}

// A round trip and the time a browser lets pass between two requests.
const ANSWER_TIME: Micros = 250 * MILLISECOND;
const RESTART_GAP: Micros = 500 * MILLISECOND;
const PATIENCE: Micros = 2 * SECOND;
// As long as a stream that is not kept may wait for the pacer.
const LATE: Micros = SECOND;
