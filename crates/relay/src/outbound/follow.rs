//! Kept streams ([`crate::gop::Gop`]): each subscriber is sent the packets from its own place on, as fast as the pacer
//! lets it. Live forwarding is the same with nothing left to catch up.

use super::forward::Lane;
use crate::command::Kind;
use crate::gop::Gop;
use crate::replay::Step;
use crate::slab::Slab;
use crate::subscription::Subscription;
use crate::track::Track;
use crate::transport::Downstream;
use relay_wire::drops::{DropCounters, DropReason};

impl Lane<'_> {
    /// Those who are behind, in turn; false: the arena is full.
    pub(super) fn catch_up(
        &mut self,
        down: &mut Downstream,
        subscriptions: &mut Slab<Subscription>,
        tracks: &Slab<Track>,
        drops: &mut DropCounters,
    ) -> bool {
        for _ in 0..down.behind.len() {
            let Some(position) = down.behind.pop_front() else { break };
            let Some(subscription) = subscriptions.get_mut(position) else { continue };
            let Some(track) = tracks.get(subscription.track) else { continue };
            let Some(gop) = track.gop() else { continue };
            if !self.follow(down, subscription, track, gop, drops) {
                down.behind.push_front(position);
                return false;
            }
        }
        true
    }

    /// One subscriber of a kept stream, up to the live edge; false: the arena is full.
    pub(super) fn follow(
        &mut self,
        down: &mut Downstream,
        subscription: &mut Subscription,
        track: &Track,
        gop: &Gop,
        drops: &mut DropCounters,
    ) -> bool {
        if self.is_full {
            drops.add(DropReason::TapFull, subscription.pass(track, 0));
            return true;
        }
        if track.paused || (subscription.aim.layer.is_none() && !subscription.is_unsettled()) {
            drops.add(DropReason::SubscriptionPaused, gop.end().saturating_sub(subscription.replay.next));
            subscription.replay.next = gop.end();
            return true;
        }
        loop {
            match subscription.step(self.now, gop) {
                Step::Rest => return true,
                Step::Wait(passed) => {
                    drops.add(DropReason::WaitingForKeyframe, passed);
                    return true;
                }
                Step::Begin => self.hurry(down, subscription),
                Step::Next => {}
            }
            if self.allowance == 0 || self.waits_to_replay(subscription) {
                down.lag(subscription.position);
                return true;
            }
            if !self.arena.has_room() {
                return false;
            }
            let (counter, before) = (subscription.replay.next, self.bytes);
            subscription.replay.next += 1;
            if let Err(reason) = self.forward(down, subscription, track, counter) {
                drops.count(reason);
            }
            if self.sealer.is_none() && subscription.replay.catching_up {
                down.pacer.spent(self.bytes - before);
                self.replay_allowance = self.replay_allowance.saturating_sub(self.bytes - before);
            }
            if subscription.passed(gop) {
                // What it gets, and its clock, are different from now on: tell.
                self.switched = true;
                subscription.reported = 0;
            }
        }
    }

    /// A tap is sent live packets at once, and a group of pictures no faster than its socket's buffer can be emptied.
    fn waits_to_replay(&self, subscription: &Subscription) -> bool {
        self.sealer.is_none() && subscription.replay.catching_up && self.replay_allowance == 0
    }

    /// A viewer who begins must not wait because nobody knows yet what its path carries. What leaves faster than the
    /// guess allows is bounded in bytes, so that it does harm once and briefly: it is a queue of 0.4 s on a path of
    /// 5 Mbit/s and of 2 s on one of 1 Mbit/s, which then has shown its limit and from there on is paced by its estimate.
    fn hurry(&mut self, down: &mut Downstream, subscription: &Subscription) {
        if self.sealer.is_some() && subscription.kind == Kind::Video && !down.estimator.limit_seen() {
            down.pacer.hurry(self.now, HURRY_BYTES);
            self.allowance = self.allowance.max(down.pacer.allowance(self.now));
        }
    }
}

const HURRY_BYTES: usize = 256 << 10;
