//! Fan-out, subscriber by subscriber: everything due for one peer leaves side by side, so that the shell can hand runs
//! of equal length to the kernel as one message.
//!
//! A round covers the packets that came since the last one. It can stop at any packet when the arena is full and goes on
//! from there.

use super::forward::Lane;
use crate::command::Kind;
use crate::packet::TxArena;
use crate::relay::Relay;
use crate::slab::Slab;
use crate::subscription::Subscription;
use crate::track::Track;
use crate::transport::{Downstream, Held, Transport};
use relay_control::time::{MILLISECOND, Micros, SECOND};
use relay_wire::drops::DropReason;

/// Which packets and transports wait for a flush.
#[derive(Debug, Default)]
pub(crate) struct Fanout {
    /// Tracks with pending packets.
    pub(crate) dirty: Vec<usize>,
    /// Tracks of the round that runs.
    round: Vec<usize>,
    /// Transports with something of their own to send: retransmissions, held video, probes.
    waiting: Vec<usize>,
    /// Transports still to be served in this round; the last one is next.
    queue: Vec<usize>,
}

impl Fanout {
    /// Puts a transport into the next round.
    pub(crate) fn wake(&mut self, index: usize, down: &mut Downstream) {
        if !std::mem::replace(&mut down.queued, true) {
            self.waiting.push(index);
        }
    }

    pub(crate) fn forget_transport(&mut self, index: usize) {
        self.waiting.retain(|&other| other != index);
        self.queue.retain(|&other| other != index);
    }

    pub(crate) fn forget_track(&mut self, index: usize) {
        self.dirty.retain(|&other| other != index);
        self.round.retain(|&other| other != index);
    }
}

impl Relay {
    /// False: the arena is full and packets wait.
    pub(crate) fn fan_out(&mut self, now: Micros, arena: &mut TxArena) -> bool {
        loop {
            while let Some(&index) = self.fanout.queue.last() {
                if !self.serve(now, index, arena) {
                    return false;
                }
                self.fanout.queue.pop();
            }
            if !self.begin_round() {
                return true;
            }
        }
    }

    /// Moves what is pending into a new round; false: nothing is.
    fn begin_round(&mut self) -> bool {
        let fanout = &mut self.fanout;
        for index in fanout.round.drain(..) {
            if let Some(track) = self.tracks.get_mut(index) {
                track.round.clear();
            }
        }
        std::mem::swap(&mut fanout.queue, &mut fanout.waiting);
        std::mem::swap(&mut fanout.round, &mut fanout.dirty);
        for &index in &fanout.round {
            let Some(track) = self.tracks.get_mut(index) else { continue };
            std::mem::swap(&mut track.pending, &mut track.round);
            // Who packs a kept stream cuts its frames evenly.
            if track.kind == Kind::Video && track.gop().is_none() {
                plan_runs(&mut self.ring, &track.round);
            }
            for &position in &track.subscriptions {
                let Some(subscription) = self.subscriptions.get(position) else { continue };
                let Some(transport) = self.transports.get_mut(subscription.transport) else { continue };
                transport.down.due.push(position);
                if !std::mem::replace(&mut transport.down.queued, true) {
                    fanout.queue.push(subscription.transport);
                }
            }
        }
        !fanout.queue.is_empty()
    }

    /// Sends one transport what is due; false: the arena is full.
    fn serve(&mut self, now: Micros, index: usize, arena: &mut TxArena) -> bool {
        let Some(transport) = self.transports.get_mut(index) else { return true };
        let Transport { id, keys, ice, local, down, .. } = transport;
        let way = match (&*local, keys.as_ref()) {
            (Some(local), _) => local.is_open.then(|| (Transport::local_path(*id), None)),
            (None, Some(keys)) => ice.send_path().map(|path| (path, Some(&keys.sealer))),
            (None, None) => None,
        };
        let Some((path, sealer)) = way else {
            if local.is_some() {
                pass_over(down, &mut self.subscriptions, &self.tracks, &mut self.drops);
            }
            down.forget_packets();
            down.queued = false;
            return true;
        };
        let numbered_before = down.log.next();
        let mut lane = Lane::new(now, path, sealer, &self.ring, arena, down);
        lane.is_full = local.as_ref().is_some_and(|local| local.is_full);
        let complete = lane.serve_all(down, &mut self.subscriptions, &self.tracks, &mut self.drops);
        let (switched, bytes) = (lane.switched, lane.bytes);
        if local.is_none() && down.log.next() == numbered_before {
            down.estimator.on_sent_unnumbered(now, bytes);
        } else if local.is_none() {
            down.estimator.on_sent(now, bytes);
        }
        if switched {
            down.allocate_at = now;
        }
        if down.allocate_at <= now {
            self.timers.at_most(index, now);
        }
        if !complete {
            return false;
        }
        down.queued = false;
        if down.is_paced() {
            // A bucket that is exactly empty has no debt to wait for.
            let wake = down.pacer.next_wake(now).unwrap_or(now + MILLISECOND);
            self.timers.at_most(index, wake.max(now + 1));
        }
        true
    }
}

impl Lane<'_> {
    fn serve_all(
        &mut self,
        down: &mut Downstream,
        subscriptions: &mut Slab<Subscription>,
        tracks: &Slab<Track>,
        drops: &mut relay_wire::drops::DropCounters,
    ) -> bool {
        self.resend_all(down, subscriptions, tracks, drops)
            && self.release_held(down, subscriptions, tracks, drops)
            && self.forward_due(down, subscriptions, tracks, drops)
            // What a switch of layers called back.
            && self.release_held(down, subscriptions, tracks, drops)
            // Pictures of others are not to wait for a group that is sent at once.
            && self.catch_up(down, subscriptions, tracks, drops)
            && self.pad(down, subscriptions, tracks)
    }

    /// Video that the pacer held back before.
    fn release_held(
        &mut self,
        down: &mut Downstream,
        subscriptions: &mut Slab<Subscription>,
        tracks: &Slab<Track>,
        drops: &mut relay_wire::drops::DropCounters,
    ) -> bool {
        let full = down.held.len() > MAX_HELD;
        if full || down.held.front().is_some_and(|held| self.now.saturating_sub(held.since) > MAX_HELD_AGE) {
            resync(down, subscriptions, drops);
        }
        while self.allowance > 0
            && let Some(&Held { subscription: position, counter, .. }) = down.held.front()
        {
            if !self.arena.has_room() {
                return false;
            }
            down.held.pop_front();
            let Some(subscription) = subscriptions.get_mut(position) else { continue };
            let Some(track) = tracks.get(subscription.track) else { continue };
            if let Err(reason) = self.forward(down, subscription, track, counter) {
                drops.count(reason);
            }
        }
        true
    }

    fn forward_due(
        &mut self,
        down: &mut Downstream,
        subscriptions: &mut Slab<Subscription>,
        tracks: &Slab<Track>,
        drops: &mut relay_wire::drops::DropCounters,
    ) -> bool {
        while let Some(&position) = down.due.last() {
            let subscription = subscriptions.get_mut(position);
            let found = subscription.and_then(|found| Some((tracks.get(found.track)?, found)));
            if let Some((track, subscription)) = found {
                if self.is_full && subscription.is_video() {
                    drops.add(DropReason::TapFull, subscription.pass(track, down.due_entry));
                    down.due_entry = 0;
                    down.due.pop();
                    continue;
                }
                if let Some(gop) = track.gop() {
                    if !down.behind.contains(&position) && !self.follow(down, subscription, track, gop, drops) {
                        return false;
                    }
                    down.due.pop();
                    continue;
                }
                while let Some(&counter) = track.round.get(down.due_entry) {
                    if !self.arena.has_room() {
                        return false;
                    }
                    down.due_entry += 1;
                    if let Err(reason) = self.forward_paced(down, subscription, track, counter) {
                        drops.count(reason);
                    }
                }
            }
            down.due.pop();
            down.due_entry = 0;
        }
        true
    }

    /// Audio leaves at once; video waits its turn behind what is held.
    fn forward_paced(
        &mut self,
        down: &mut Downstream,
        subscription: &mut Subscription,
        track: &Track,
        counter: u64,
    ) -> Result<(), DropReason> {
        let waits = subscription.kind == Kind::Video && (self.allowance == 0 || !down.held.is_empty());
        // What will not be forwarded need not wait.
        if waits && subscription.aim.layer.is_some() && !track.paused {
            down.held.push_back(Held { subscription: subscription.position, counter, since: self.now });
            return Ok(());
        }
        self.forward(down, subscription, track, counter)
    }
}

/// What is due for a tap without a socket is counted, and lost.
fn pass_over(
    down: &Downstream,
    subscriptions: &mut Slab<Subscription>,
    tracks: &Slab<Track>,
    drops: &mut relay_wire::drops::DropCounters,
) {
    for &position in &down.due {
        let Some(subscription) = subscriptions.get_mut(position) else { continue };
        let Some(track) = tracks.get(subscription.track) else { continue };
        drops.add(DropReason::TapClosed, subscription.pass(track, 0));
    }
}

/// The link is slower than the layers: what waits is dropped, and each stream goes on at its next keyframe.
fn resync(down: &mut Downstream, subscriptions: &mut Slab<Subscription>, drops: &mut relay_wire::drops::DropCounters) {
    for held in down.held.drain(..) {
        drops.count(DropReason::BudgetExceeded);
        if let Some(subscription) = subscriptions.get_mut(held.subscription) {
            subscription.halt();
        }
    }
    down.allocate_at = 0;
}

/// Chooses RTP padding so that neighbouring packets of one layer have equal payload lengths, except the last of a run.
fn plan_runs(ring: &mut crate::ring::Ring, round: &[u64]) {
    let length = |ring: &crate::ring::Ring, counter: u64| {
        ring.get(counter).map(|(entry, _)| (entry.layer, entry.payload_len)).filter(|(_, len)| *len > 0)
    };
    let mut begin = 0;
    while begin < round.len() {
        let Some((layer, first)) = length(ring, round[begin]) else {
            begin += 1;
            continue;
        };
        let alike = |&&counter: &&u64| {
            length(ring, counter).is_some_and(|(other, len)| other == layer && len.abs_diff(first) <= MAX_PAD / 2)
        };
        let run = round[begin..].iter().take_while(alike).count();
        let lengths = round[begin..begin + run].iter().filter_map(|&counter| length(ring, counter));
        let longest = lengths.map(|(_, len)| len).max().unwrap_or(first);
        for &counter in &round[begin..begin + run - 1] {
            let pad = length(ring, counter).map_or(0, |(_, len)| longest - len);
            ring.set_pad(counter, pad as u8);
        }
        begin += run;
    }
}

// Encoders split a frame into packets that differ by one byte; extensions make it a few more.
const MAX_PAD: u16 = 8;
// Half a second of 8 Mbit/s. A path that far behind shows old pictures only.
const MAX_HELD: usize = 512;
// Time for a keyframe on a link that was misjudged; more delay than that is worse than a gap.
const MAX_HELD_AGE: Micros = SECOND;
