//! The rungs one video can climb: (layer, temporal layer) pairs, each better and dearer than the one below.

use super::{LayerInfo, MAX_LAYERS, Want};

/// One step of quality.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rung {
    pub(super) layer: u8,
    pub(super) temporal: u8,
    pub(super) bps: u64,
}

/// The rungs of one want, lowest first, up to the smallest layer that covers its tile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ladder {
    rungs: [Rung; MAX_RUNGS],
    len: usize,
    limited_by_tile: bool,
}

impl Ladder {
    pub(super) fn new(want: &Want<'_>) -> Self {
        let layers = &want.layers[..want.layers.len().min(MAX_LAYERS)];
        let active = || layers.iter().enumerate().filter(|(_, layer)| layer.active);
        let covers = |position: usize| covers(want.tile, size(layers, position));
        let ceiling =
            active().find(|(position, _)| covers(*position)).or(active().next_back()).map(|(position, _)| position);
        let mut ladder = Self { rungs: [Rung::default(); MAX_RUNGS], len: 0, limited_by_tile: false };
        let Some(ceiling) = ceiling else {
            return ladder;
        };
        ladder.limited_by_tile = active().any(|(position, _)| position > ceiling);
        for (position, layer) in active().take_while(|(position, _)| *position <= ceiling) {
            ladder.add_layer(want, layer, size(layers, position));
        }
        ladder.drop_dominated();
        ladder
    }

    pub(super) fn rung(&self, number: usize) -> Option<Rung> {
        self.rungs[..self.len].get(number).copied()
    }

    pub(super) fn top(&self) -> Option<Rung> {
        self.rungs[..self.len].last().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn limited_by_tile(&self) -> bool {
        self.limited_by_tile
    }

    fn add_layer(&mut self, want: &Want<'_>, layer: &LayerInfo, size: (u16, u16)) {
        let temporals = layer.temporal_bps.iter().take_while(|bps| **bps > 0).count();
        let top = temporals.saturating_sub(1).min(usize::from(want.max_temporal));
        // Above the lowest layer only the last half step: a quarter of the frames of a larger picture looks worse than
        // all frames of the smaller one.
        let lowest = if self.len == 0 { 0 } else { top.saturating_sub(1) };
        for temporal in lowest..=top {
            let whole = if layer.bps == 0 { guess_bps(size) } else { layer.bps };
            let bps = if temporal + 1 < temporals { layer.temporal_bps[temporal] } else { whole };
            // Without temporal layers the limit stays the subscriber's, for when they appear.
            let temporal = if temporal == top { want.max_temporal.min(3) } else { temporal as u8 };
            self.rungs[self.len] = Rung { layer: layer.index, temporal, bps };
            self.len += 1;
        }
    }

    /// Removes rungs that cost as much as a better one, so that cost rises with quality.
    fn drop_dominated(&mut self) {
        let mut kept = MAX_RUNGS;
        let mut cheapest_better = u64::MAX;
        for number in (0..self.len).rev() {
            if self.rungs[number].bps < cheapest_better {
                cheapest_better = self.rungs[number].bps;
                kept -= 1;
                self.rungs[kept] = self.rungs[number];
            }
        }
        self.rungs.copy_within(kept.., 0);
        self.len = MAX_RUNGS - kept;
    }
}

/// Whether a picture of `size` fills `tile` well enough. The picture is fitted inside the tile, so one side decides.
pub(super) fn covers(tile: (u16, u16), size: (u16, u16)) -> bool {
    // Pixels grow with the square of the side.
    let enough = |tile: u16, side: u16| u64::from(side).pow(2) * 100 >= u64::from(tile).pow(2) * ENOUGH_PIXELS_PERCENT;
    enough(tile.0, size.0) || enough(tile.1, size.1)
}

/// Known size, or what browsers send by default: 720p on top and each layer below half as wide and high.
fn size(layers: &[LayerInfo], position: usize) -> (u16, u16) {
    let layer = &layers[position];
    if layer.width > 0 && layer.height > 0 {
        return (layer.width, layer.height);
    }
    let halvings = layers.len() - 1 - position;
    (1280 >> halvings, 720 >> halvings)
}

/// Rate of a layer not measured yet: what browsers spend on its size, 2 bit/s per pixel.
fn guess_bps(size: (u16, u16)) -> u64 {
    u64::from(size.0) * u64::from(size.1) * 2
}

/// Four temporal steps of the lowest layer and two of each above.
pub(super) const MAX_RUNGS: usize = 4 + 2 * (MAX_LAYERS - 1);
/// A layer with this share of the tile's pixels looks the same.
const ENOUGH_PIXELS_PERCENT: u64 = 85;
