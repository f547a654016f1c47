//! Which layer each subscriber gets: the allocator's choice, with patience before going up, and the news of it.

use crate::command::Kind;
use crate::event::{Event, LayerReason};
use crate::layer::Layer;
use crate::relay::Relay;
use crate::subscription::Subscription;
use crate::timing::{ALLOCATE_EVERY, ALLOCATE_SOON, UPGRADE_PATIENCE};
use crate::track::Track;
use relay_control::allocate::{self, Choice, LayerInfo, MAX_LAYERS, Reason};
use relay_control::time::Micros;

/// The layers of one track as the allocator sees them.
#[derive(Clone, Copy)]
struct Layers {
    infos: [LayerInfo; MAX_LAYERS],
    count: usize,
}

impl Relay {
    /// Looks at a subscriber's layers again after a short moment, in which more changes can gather.
    pub(crate) fn allocate_soon(&mut self, now: Micros, index: usize) {
        if let Some(transport) = self.transports.get_mut(index) {
            transport.down.allocate_at = transport.down.allocate_at.min(now + ALLOCATE_SOON);
            self.timers.at_most(index, transport.down.allocate_at);
        }
    }

    /// The same for everybody who receives this track.
    pub(crate) fn allocate_subscribers_of(&mut self, now: Micros, track: usize) {
        let Some(track) = self.tracks.get(track) else { return };
        for &position in &track.subscriptions {
            let Some(subscription) = self.subscriptions.get(position) else { continue };
            let Some(transport) = self.transports.get_mut(subscription.transport) else { continue };
            transport.down.allocate_at = transport.down.allocate_at.min(now + ALLOCATE_SOON);
            self.timers.at_most(subscription.transport, transport.down.allocate_at);
        }
    }

    /// Divides a subscriber's bandwidth anew.
    pub(crate) fn allocate(&mut self, now: Micros, index: usize) {
        let Some(transport) = self.transports.get_mut(index) else { return };
        let down = &mut transport.down;
        down.allocate_at = if down.subscriptions.is_empty() { Micros::MAX } else { now + ALLOCATE_EVERY };
        let mut layers = Vec::with_capacity(down.subscriptions.len());
        for &position in &down.subscriptions {
            let track = self.subscriptions.get(position).and_then(|found| self.tracks.get(found.track));
            layers.push(track.map_or(Layers::NONE, |track| Layers::of(now, track)));
        }
        let mut wants = Vec::with_capacity(layers.len());
        let mut kept_bps = 0;
        for (&position, layers) in down.subscriptions.iter().zip(&layers) {
            if let Some(subscription) = self.subscriptions.get(position) {
                let track = self.tracks.get(subscription.track);
                let paused = track.is_some_and(|track| track.paused);
                if track.is_some_and(|track| track.gop().is_some()) && subscription.aim.tile != (0, 0) {
                    kept_bps += layers.infos[0].bps * (100 + allocate::UPGRADE_SPARE_PERCENT) / 100;
                }
                wants.push(want(position, subscription, paused, &layers.infos[..layers.count]));
            }
        }
        let mut choices = std::mem::take(&mut self.scratch.choices);
        let budget_bps = match transport.local {
            Some(_) => u64::MAX,
            None => budget(down.estimator.bps(), kept_bps, down.estimator.limit_seen()),
        };
        let patience = if transport.local.is_some() { 0 } else { UPGRADE_PATIENCE };
        allocate::allocate(budget_bps, &wants, &mut choices);
        down.wanted_bps = allocate::desired_bps(&wants);
        for choice in &choices {
            self.apply(now, index, patience, choice);
        }
        self.scratch.choices = choices;
    }

    /// Takes over one choice; asks for the keyframe it needs.
    fn apply(&mut self, now: Micros, index: usize, patience: Micros, choice: &Choice) {
        let position = choice.subscription as usize;
        let Some(subscription) = self.subscriptions.get_mut(position) else { return };
        subscription.settle(now, patience, choice);
        if subscription.aim.layer.is_none() {
            subscription.halt();
        }
        let current = subscription.current.map(|source| source.layer);
        let gop = self.tracks.get(subscription.track).and_then(|track| track.gop());
        let at_once =
            subscription.aim.layer.is_some() && current.is_none() && gop.is_some_and(|gop| subscription.can_begin(gop));
        if let Some(target) = subscription.aim.layer.filter(|_| subscription.kind == Kind::Video && !at_once)
            && current != Some(target)
            && let Some(track) = self.tracks.get_mut(subscription.track)
            && let Some(layer) = track.layers.get_mut(usize::from(target))
        {
            layer.keyframe.want();
            if let Some(due) = layer.keyframe.next_due() {
                self.timers.at_most(track.transport, due.max(now));
            }
        }
        if let Some(told) = subscription.news() {
            let (layer, temporal, reason) = told;
            self.events.push(Event::Layer { subscription: subscription.id, layer, temporal, reason });
        }
        if at_once && let Some(transport) = self.transports.get_mut(index) {
            transport.down.lag(position);
            self.fanout.wake(index, &mut transport.down);
        }
        if let Some(since) = subscription.aim.better_since {
            self.timers.at_most(index, since + UPGRADE_PATIENCE);
            if let Some(transport) = self.transports.get_mut(index) {
                transport.down.allocate_at = transport.down.allocate_at.min(since + UPGRADE_PATIENCE);
            }
        }
    }
}

/// What there is to divide. A kept stream has one quality: as long as the path has shown no limit, it is tried rather
/// than refused on a guess. A path that does not carry it shows that within a second.
fn budget(estimate_bps: u64, kept_bps: u64, limit_seen: bool) -> u64 {
    if limit_seen { estimate_bps } else { estimate_bps.max((estimate_bps + kept_bps).min(UNTRIED_BPS)) }
}

const UNTRIED_BPS: u64 = 20_000_000;

impl Subscription {
    /// Follows a choice: down at once, up only when it has been affordable for `patience` or was just asked for.
    fn settle(&mut self, now: Micros, patience: Micros, choice: &Choice) {
        let aim = &mut self.aim;
        let fresh = std::mem::take(&mut aim.fresh);
        let up = (choice.layer > aim.layer || (choice.layer == aim.layer && choice.temporal > aim.temporal))
            && aim.layer.is_some();
        if up && !fresh {
            let since = *aim.better_since.get_or_insert(now);
            if now.saturating_sub(since) < patience {
                aim.reason = LayerReason::Bandwidth;
                return;
            }
        }
        aim.better_since = None;
        aim.layer = choice.layer;
        aim.temporal = choice.temporal;
        aim.reason = match choice.reason {
            Reason::Fits => LayerReason::Fits,
            Reason::TileSmall => LayerReason::Tile,
            Reason::NoBandwidth => LayerReason::Bandwidth,
            Reason::NoLayer => LayerReason::NoLayer,
            Reason::Hidden => LayerReason::Hidden,
            Reason::PublisherPaused => LayerReason::PublisherPaused,
        };
    }

    /// What it gets now, if that was not told yet.
    fn news(&mut self) -> Option<(Option<u8>, u8, LayerReason)> {
        let current = self.current.map(|source| source.layer);
        let state = match (self.kind, self.aim.layer) {
            (_, None) => (None, 0, self.aim.reason),
            (Kind::Audio, Some(layer)) => (Some(layer), 0, self.aim.reason),
            (Kind::Video, Some(layer)) if current == Some(layer) => (current, self.aim.temporal, self.aim.reason),
            (Kind::Video, Some(_)) => {
                (current, current.map_or(0, |_| self.temporal.level), LayerReason::WaitingKeyframe)
            }
        };
        (self.told != Some(state)).then(|| {
            self.told = Some(state);
            state
        })
    }
}

impl Layers {
    const SILENT: LayerInfo = LayerInfo { index: 0, active: false, width: 0, height: 0, bps: 0, temporal_bps: [0; 4] };
    const NONE: Layers = Layers { infos: [Layers::SILENT; MAX_LAYERS], count: 0 };

    fn of(now: Micros, track: &Track) -> Layers {
        let mut layers = Layers { count: track.layers.len().min(MAX_LAYERS), ..Layers::NONE };
        for (index, (info, layer)) in layers.infos.iter_mut().zip(&track.layers).enumerate() {
            *info = info_of(index as u8, layer);
            // A layer is measured against its siblings: a still screen may send nothing for seconds and is no dead layer.
            info.active = layer.is_alive(now) && layer.is_active(track.last_packet);
        }
        layers
    }
}

fn info_of(index: u8, layer: &Layer) -> LayerInfo {
    let mut temporal_bps = [0; 4];
    let mut sum = 0.0;
    for (total, meter) in temporal_bps.iter_mut().zip(&layer.temporal_bytes) {
        // Rungs end at the first temporal layer that does not exist.
        if meter.per_second() == 0.0 {
            break;
        }
        sum += meter.per_second() * 8.0;
        *total = sum as u64;
    }
    LayerInfo {
        index,
        active: false,
        width: layer.width,
        height: layer.height,
        bps: (layer.bytes.per_second() * 8.0) as u64,
        temporal_bps,
    }
}

fn want<'a>(position: usize, subscription: &Subscription, paused: bool, layers: &'a [LayerInfo]) -> allocate::Want<'a> {
    let kind = match (subscription.kind, subscription.screen) {
        (Kind::Audio, _) => allocate::Kind::Audio,
        (Kind::Video, true) => allocate::Kind::Screen,
        (Kind::Video, false) => allocate::Kind::Video,
    };
    allocate::Want {
        // The index, so that the choice finds its way back without a look-up.
        subscription: position as u32,
        kind,
        priority: subscription.aim.priority,
        tile: subscription.aim.tile,
        max_temporal: subscription.aim.max_temporal,
        paused,
        layers,
        current: subscription.aim.layer,
    }
}
