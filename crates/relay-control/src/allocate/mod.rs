//! Divides one subscriber's bandwidth among the videos it wants: audio first, then something for everyone, then
//! better pictures where they are looked at.

mod ladder;

use ladder::{Ladder, Rung};

/// What a subscription carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Always sent; its rate is taken off the budget before any video.
    Audio,
    /// A camera.
    Video,
    /// A shared screen: before cameras of the same priority.
    Screen,
}

/// One simulcast layer as it is right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerInfo {
    /// Position among the track's layers, lowest quality first.
    pub index: u8,
    /// Packets are arriving.
    pub active: bool,
    /// Pixels; 0 = not known yet.
    pub width: u16,
    /// Pixels; 0 = not known yet.
    pub height: u16,
    /// Measured rate of the whole layer, bit/s; 0 = not known yet.
    pub bps: u64,
    /// Measured rate of temporal layers 0..=n, bit/s; 0 from the first one that does not exist.
    pub temporal_bps: [u64; 4],
}

/// One subscription's demand.
#[derive(Clone, Copy, Debug)]
pub struct Want<'a> {
    /// Copied into the [`Choice`].
    pub subscription: u32,
    /// What it carries.
    pub kind: Kind,
    /// Higher is served first.
    pub priority: u8,
    /// Width and height of the tile in device pixels; (0, 0) = hidden.
    pub tile: (u16, u16),
    /// Highest temporal layer the subscriber wants, 0..=3.
    pub max_temporal: u8,
    /// The publisher's track is paused.
    pub paused: bool,
    /// The track's layers, lowest first; at most [`MAX_LAYERS`] are looked at.
    pub layers: &'a [LayerInfo],
    /// Layer forwarded until now.
    pub current: Option<u8>,
}

/// What one subscription gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// From the [`Want`].
    pub subscription: u32,
    /// Index of the layer to forward; `None` = nothing.
    pub layer: Option<u8>,
    /// Highest temporal layer to forward.
    pub temporal: u8,
    /// Why it is not more, or that it is all there is.
    pub reason: Reason,
}

/// Why a subscription gets what it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The best layer there is.
    Fits,
    /// A better layer exists, but the tile would not show it.
    TileSmall,
    /// The bandwidth does not allow the layer that the tile deserves; with `layer: None`, any layer.
    NoBandwidth,
    /// The publisher sends no layer now.
    NoLayer,
    /// The tile is hidden.
    Hidden,
    /// The publisher has paused.
    PublisherPaused,
}

/// Chooses a layer for each want within `budget_bps`, into `out` (cleared first, same order as `wants`).
///
/// Videos climb a ladder of (layer, temporal layer) rungs. First everyone gets its lowest rung, by priority; then
/// priority by priority everyone climbs in turn, screens and large tiles first. A rung that does not fit is passed over
/// for a cheaper demand further down. A step up to a layer above `current` needs [`UPGRADE_SPARE_PERCENT`] to spare, so
/// that the estimate's noise does not flip layers; how long it must last is the caller's to decide.
pub fn allocate(budget_bps: u64, wants: &[Want<'_>], out: &mut Vec<Choice>) {
    out.clear();
    let mut left_bps = budget_bps;
    let mut climbers = Vec::new();
    for (position, want) in wants.iter().enumerate() {
        out.push(first_choice(want));
        if want.kind == Kind::Audio {
            left_bps = left_bps.saturating_sub(audio_bps(want));
        } else if out[position].reason == Reason::NoBandwidth {
            climbers.push(Climber { position, ladder: Ladder::new(want), rung: None });
        }
    }
    climbers.sort_by_key(|climber| rank(&wants[climber.position]));
    for climber in &mut climbers {
        climb(climber, wants, &mut left_bps);
    }
    for equals in climbers.chunk_by_mut(|a, b| wants[a.position].priority == wants[b.position].priority) {
        for _ in 1..ladder::MAX_RUNGS {
            let mut climbed = false;
            for climber in &mut *equals {
                climbed |= climber.rung.is_some() && climb(climber, wants, &mut left_bps);
            }
            if !climbed {
                break;
            }
        }
    }
    for climber in &climbers {
        finish(climber, &mut out[climber.position]);
    }
}

/// The budget with which [`allocate`] leaves nobody short, bit/s: the rate worth probing for.
pub fn desired_bps(wants: &[Want<'_>]) -> u64 {
    let (mut cost_bps, mut spare_bps) = (0u64, 0);
    for want in wants {
        if want.kind == Kind::Audio {
            cost_bps = cost_bps.saturating_add(audio_bps(want));
        } else if first_choice(want).reason == Reason::NoBandwidth {
            let top = Ladder::new(want).top().unwrap_or_default();
            cost_bps = cost_bps.saturating_add(top.bps);
            spare_bps = spare_bps.max(spare(want, top));
        }
    }
    cost_bps.saturating_add(spare_bps)
}

/// A video on its way up.
struct Climber {
    position: usize,
    ladder: Ladder,
    rung: Option<usize>,
}

/// One rung up, if what is left pays for it.
fn climb(climber: &mut Climber, wants: &[Want<'_>], left_bps: &mut u64) -> bool {
    let next = climber.rung.map_or(0, |rung| rung + 1);
    let Some(target) = climber.ladder.rung(next) else {
        return false;
    };
    let paid = climber.rung.and_then(|rung| climber.ladder.rung(rung)).map_or(0, |rung| rung.bps);
    let step = target.bps - paid;
    if step.saturating_add(spare(&wants[climber.position], target)) > *left_bps {
        return false;
    }
    *left_bps -= step;
    climber.rung = Some(next);
    true
}

/// What has to remain when `want` climbs to `rung`.
fn spare(want: &Want<'_>, rung: Rung) -> u64 {
    let above_current = want.current.is_none_or(|current| rung.layer > current);
    if above_current { rung.bps.saturating_mul(UPGRADE_SPARE_PERCENT) / 100 } else { 0 }
}

/// Everything that needs no bandwidth is settled here; `NoBandwidth` marks a video that has still to climb.
fn first_choice(want: &Want<'_>) -> Choice {
    let nothing = |reason| Choice { subscription: want.subscription, layer: None, temporal: 0, reason };
    if want.paused {
        return nothing(Reason::PublisherPaused);
    }
    if want.kind == Kind::Audio {
        // Silence suppression makes a live microphone look inactive: its first word must not be lost.
        let layer = want.layers.iter().find(|layer| layer.active).or(want.layers.first());
        return match layer {
            Some(layer) => Choice { layer: Some(layer.index), ..nothing(Reason::Fits) },
            None => nothing(Reason::NoLayer),
        };
    }
    if want.tile.0 == 0 || want.tile.1 == 0 {
        return nothing(Reason::Hidden);
    }
    if !want.layers.iter().take(MAX_LAYERS).any(|layer| layer.active) {
        return nothing(Reason::NoLayer);
    }
    nothing(Reason::NoBandwidth)
}

fn finish(climber: &Climber, choice: &mut Choice) {
    let Some(rung) = climber.rung.and_then(|rung| climber.ladder.rung(rung)) else {
        return;
    };
    choice.layer = Some(rung.layer);
    choice.temporal = rung.temporal;
    if climber.rung.map(|rung| rung + 1) == Some(climber.ladder.len()) {
        choice.reason = if climber.ladder.limited_by_tile() { Reason::TileSmall } else { Reason::Fits };
    }
}

fn audio_bps(want: &Want<'_>) -> u64 {
    let active = want.layers.iter().find(|layer| layer.active && !want.paused);
    active.map_or(0, |layer| if layer.bps == 0 { UNMEASURED_AUDIO_BPS } else { layer.bps })
}

/// Ascending order of service.
fn rank(want: &Want<'_>) -> (u8, bool, u64, u32) {
    let area = u64::from(want.tile.0) * u64::from(want.tile.1);
    (u8::MAX - want.priority, want.kind != Kind::Screen, u64::MAX - area, want.subscription)
}

/// Layers of one track that are looked at.
pub const MAX_LAYERS: usize = 4;
/// Spare bandwidth that a step up needs, in percent of the new layer's rate.
pub const UPGRADE_SPARE_PERCENT: u64 = 15;
/// Opus at a browser's default with its packet overhead.
const UNMEASURED_AUDIO_BPS: u64 = 48_000;
