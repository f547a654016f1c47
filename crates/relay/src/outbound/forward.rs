//! One packet of a track to one subscriber: the gates it must pass, each with its name, then the rewriting.

use super::writer::Outgoing;
use crate::command::Kind;
use crate::packet::{Path, TxArena};
use crate::ring::{Entry, Ring};
use crate::subscription::{Source, Subscription};
use crate::track::Track;
use crate::transport::{Downstream, Held};
use relay_control::codec::{Codec, red};
use relay_control::history::Sent;
use relay_control::munge::{Incoming, Out};
use relay_control::reports::ts_offset;
use relay_control::time::Micros;
use relay_wire::drops::DropReason;
use relay_wire::rtp::HeaderFields;
use relay_wire::srtp::Sealer;

/// The way to one peer during one flush.
pub(super) struct Lane<'a> {
    pub(super) now: Micros,
    pub(super) path: Path,
    /// None: to a process on this machine, in the clear.
    pub(super) sealer: Option<&'a Sealer>,
    pub(super) ring: &'a Ring,
    pub(super) arena: &'a mut TxArena,
    /// Bytes of video the pacer lets go now.
    pub(super) allowance: usize,
    /// Bytes of kept streams that a tap catches up with now.
    pub(super) replay_allowance: usize,
    /// A tap that has no room for video.
    pub(super) is_full: bool,
    /// The probe that packets of this flush belong to.
    pub(super) cluster: u16,
    pub(super) bytes: usize,
    /// A subscription began with another layer.
    pub(super) switched: bool,
}

impl<'a> Lane<'a> {
    pub(super) fn new(
        now: Micros,
        path: Path,
        sealer: Option<&'a Sealer>,
        ring: &'a Ring,
        arena: &'a mut TxArena,
        down: &mut Downstream,
    ) -> Lane<'a> {
        let replay_allowance = down.pacer.allowance(now);
        let allowance = if sealer.is_some() { replay_allowance } else { usize::MAX };
        let cluster = down.pacer.cluster();
        let (bytes, is_full, switched) = (0, false, false);
        Lane { now, path, sealer, ring, arena, allowance, replay_allowance, is_full, cluster, bytes, switched }
    }

    /// Forwards the packet `counter` of the ring, or says why not.
    pub(super) fn forward(
        &mut self,
        down: &mut Downstream,
        subscription: &mut Subscription,
        track: &Track,
        counter: u64,
    ) -> Result<(), DropReason> {
        let kept = track.gop();
        // Pushed out of the ring before its turn: this flush is far behind.
        let (entry, packet) = self.packet(track, counter).ok_or(DropReason::BudgetExceeded)?;
        let start = usize::from(entry.payload_start);
        let payload = &packet[start..start + usize::from(entry.payload_len)];
        let (payload_type, payload) =
            playable(subscription, entry.payload_type, payload).ok_or(DropReason::RtpUnknownPayload)?;
        let incoming = Incoming { seq: entry.seq, ts: entry.ts, mark: &entry.mark };
        let source = subscription.current;
        if self.gate(subscription, track, entry, &incoming)? == Gate::Skip {
            return self.skip(down, subscription, payload_type, &incoming, entry);
        }
        if let Some(gop) = kept.filter(|_| subscription.replay.catching_up) {
            subscription.munger.place(entry.ts, gop.edge_ts(), gop.frames_behind(counter));
        }
        let out = subscription.munger.rewrite(self.now, &incoming).ok_or(DropReason::RtpDuplicate)?;
        // The same number twice would be the same SRTP nonce twice.
        if subscription.history.get(out.seq as u16).is_some() {
            return Err(DropReason::RtpDuplicate);
        }
        // Runs of equal length help nobody between processes.
        let pad = if self.sealer.is_some() { entry.pad } else { 0 };
        let fields = HeaderFields {
            marker: entry.marker,
            payload_type,
            sequence: out.seq as u16,
            timestamp: out.ts,
            ssrc: subscription.ssrc,
            has_padding: pad > 0,
        };
        let outgoing = Outgoing {
            fields,
            index: out.seq,
            source: Some((entry, packet)),
            prefix: &[],
            payload,
            pad,
            picture_id: out.picture_id,
            tl0: out.tl0,
        };
        let len = self.write(down, subscription, &outgoing).ok_or(DropReason::Oversize)?;
        subscription.history.push(out.seq, Sent::new(counter as u32, entry.layer, &out));
        subscription.stats.on_sent(payload.len());
        subscription.counts.sent_packets += 1;
        subscription.counts.sent_bytes += len as u64;
        if subscription.current != source && kept.is_none() {
            self.recall(down, subscription, track, entry, counter);
        }
        Ok(())
    }

    /// The packet a counter of the track's stands for.
    #[inline]
    pub(super) fn packet<'b>(&self, track: &'b Track, counter: u64) -> Option<(&'b Entry, &'b [u8])>
    where
        'a: 'b,
    {
        match track.gop() {
            Some(gop) => gop.get(counter),
            None => self.ring.get(counter).map(|(entry, bytes)| (entry, &bytes[..])),
        }
    }

    /// A stream that begins with a repaired keyframe: what overtook the keyframe was passed over and is needed now.
    fn recall(&self, down: &mut Downstream, subscription: &Subscription, track: &Track, first: &Entry, counter: u64) {
        let newest = track.layers.get(usize::from(first.layer)).map_or(0, |layer| layer.seen.newest());
        if first.seq >= newest {
            return;
        }
        let place = (first.track, first.layer, first.epoch);
        for before in (counter.saturating_sub(RECALL)..counter).rev() {
            let Some((entry, _)) = self.ring.get(before) else { break };
            if (entry.track, entry.layer, entry.epoch) == place && entry.seq > first.seq {
                down.held.push_front(Held { subscription: subscription.position, counter: before, since: self.now });
            }
        }
    }

    /// Whether this subscriber gets this packet at all.
    fn gate(
        &mut self,
        subscription: &mut Subscription,
        track: &Track,
        entry: &Entry,
        incoming: &Incoming<'_>,
    ) -> Result<Gate, DropReason> {
        if track.paused {
            return Err(DropReason::RtpTrackPaused);
        }
        let target = subscription.aim.layer.or_else(|| first_aim(subscription, entry));
        let target = target.ok_or(DropReason::SubscriptionPaused)?;
        let source = Source { layer: entry.layer, epoch: entry.epoch };
        if subscription.current != Some(source) {
            if entry.layer != target || !begins(subscription, entry) {
                let waiting = subscription.current.is_none();
                return Err(if waiting { DropReason::WaitingForKeyframe } else { DropReason::WrongLayer });
            }
            self.switch(subscription, track, source, incoming);
        }
        let wanted = subscription.aim.temporal;
        let passes = entry.payload_len > 0 && subscription.temporal.passes(wanted, entry.codec, entry.ts, &entry.mark);
        Ok(if passes { Gate::Pass } else { Gate::Skip })
    }

    fn switch(&mut self, subscription: &mut Subscription, track: &Track, source: Source, first: &Incoming<'_>) {
        if let Some(gop) = track.gop() {
            let same_clock = subscription.replay.epoch.replace(source.epoch) == Some(source.epoch);
            if subscription.replay.catching_up {
                subscription.munger.replay(self.now, source.layer, first, gop.edge_ts(), same_clock);
                return self.switched_to(subscription, source);
            }
        }
        let clock = |source: Source| {
            let layer = track.layers.get(usize::from(source.layer))?;
            layer.stats.ntp_map().filter(|_| layer.epoch == source.epoch)
        };
        let clocks = subscription.current.and_then(clock).zip(clock(source));
        let offset = clocks.map(|(current, new)| ts_offset(&current, &new));
        subscription.munger.switch(self.now, source.layer, first, offset);
        self.switched_to(subscription, source);
    }

    fn switched_to(&mut self, subscription: &mut Subscription, source: Source) {
        subscription.current = Some(source);
        if self.sealer.is_none() {
            // Who writes a file wants the time of its first picture soon.
            subscription.reported = 0;
        }
        subscription.temporal.restart(subscription.aim.temporal);
        self.switched = true;
    }

    /// Leaves a packet out without a hole in the numbers.
    fn skip(
        &mut self,
        down: &mut Downstream,
        subscription: &mut Subscription,
        payload_type: u8,
        incoming: &Incoming<'_>,
        entry: &Entry,
    ) -> Result<(), DropReason> {
        if let Some(out) = subscription.munger.skip(incoming)
            && subscription.history.get(out.seq as u16).is_none()
        {
            self.fill(down, subscription, payload_type, &out);
        }
        // A publisher's own padding is no loss to anybody.
        if entry.payload_len == 0 { Ok(()) } else { Err(DropReason::TemporalLayer) }
    }

    /// A padding-only packet under a number that later packets made unavoidable.
    fn fill(&mut self, down: &mut Downstream, subscription: &Subscription, payload_type: u8, out: &Out) {
        let fields = HeaderFields {
            marker: false,
            payload_type,
            sequence: out.seq as u16,
            timestamp: out.ts,
            ssrc: subscription.ssrc,
            has_padding: true,
        };
        self.write(down, subscription, &Outgoing::padding(fields, out.seq, 1));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Pass,
    Skip,
}

/// A track that was silent begins to be sent: its first keyframe is not to be lost while the allocator thinks.
fn first_aim(subscription: &mut Subscription, entry: &Entry) -> Option<u8> {
    if !subscription.is_unsettled() || entry.layer != 0 {
        return None;
    }
    let aim = &mut subscription.aim;
    (aim.layer, aim.temporal, aim.fresh) = (Some(0), aim.max_temporal, true);
    aim.layer
}

/// What this subscriber calls the payload and what it gets of it. Who did not agree to redundant audio gets the newest
/// block alone.
#[inline]
fn playable<'a>(subscription: &Subscription, publisher_pt: u8, payload: &'a [u8]) -> Option<(u8, &'a [u8])> {
    if let Some(payload_type) = subscription.payload_type(publisher_pt) {
        return Some((payload_type, payload));
    }
    if subscription.kind != Kind::Audio {
        return None;
    }
    let (block, place) = red::primary(payload)?;
    Some((subscription.payload_type(block)?, payload.get(place)?))
}

/// Whether a receiver can start decoding here.
fn begins(subscription: &Subscription, entry: &Entry) -> bool {
    if entry.payload_len == 0 {
        return false;
    }
    // Audio decodes from anywhere; of an unknown codec nobody can tell.
    subscription.kind == Kind::Audio || entry.codec == Codec::Other || entry.mark.keyframe
}

// Packets of all publishers during a round trip of repair.
const RECALL: u64 = 1024;
