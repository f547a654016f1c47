//! A simulated publisher of three VP8 simulcast layers with three temporal layers, and the network before the relay.

use relay_control::Micros;
use relay_control::codec::Mark;

pub const TICKS: u64 = 3_000;
const FRAME: Micros = 33_333;
const FRAMES: u64 = 300;
const LAYERS: u8 = 3;

/// One packet as the relay gets it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Packet {
    pub layer: u8,
    /// Number of the frame since the start, the same on all layers.
    pub frame: u64,
    pub seq: u64,
    pub ts: u64,
    pub mark: Mark,
    pub arrives_at: Micros,
}

/// Everything about one call; a pure function of its fields.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub first_seq: u16,
    /// The relay knows the layers' clocks from sender reports.
    pub reports: bool,
    pub loss_percent: u64,
    pub late_percent: u64,
    /// The furthest that a late packet is overtaken, in packets.
    pub reach: u64,
}

impl Plan {
    /// A call without loss and reordering.
    pub fn perfect(seed: u64) -> Self {
        Self { seed, first_seq: mix(seed, 1) as u16, reports: true, loss_percent: 0, late_percent: 0, reach: 1 }
    }

    /// The layer that the subscriber wants at a frame; changes about every 20 frames.
    pub fn wanted(&self, frame: u64) -> u8 {
        (mix(self.seed, 1_000 + frame / 20) % u64::from(LAYERS)) as u8
    }

    /// The highest temporal layer to forward; changes about every 40 frames, at a base layer frame.
    pub fn max_temporal(&self, frame: u64) -> u8 {
        (mix(self.seed, 2_000 + frame / 40) % 3) as u8
    }

    pub fn ts_base(&self, layer: u8) -> u32 {
        mix(self.seed, 10 + u64::from(layer)) as u32
    }

    /// What turns timestamps of layer `new` into those of layer `current`.
    pub fn ts_offset(&self, current: u8, new: u8) -> u32 {
        self.ts_base(current).wrapping_sub(self.ts_base(new))
    }
}

/// The packets in order of arrival.
pub fn arrivals(plan: &Plan) -> Vec<Packet> {
    let mut packets = Vec::new();
    let mut next_seq: Vec<u64> =
        (0..LAYERS).map(|layer| 65_000 + mix(plan.seed, 20 + u64::from(layer)) % 2_000).collect();
    for frame in 0..FRAMES {
        for layer in 0..LAYERS {
            push_frame(plan, frame, layer, &mut next_seq[usize::from(layer)], &mut packets);
        }
    }
    let mut timed: Vec<(u64, Packet)> = Vec::new();
    for (index, packet) in (0u64..).zip(packets) {
        let dice = mix(plan.seed, 1_000_000 + index);
        if dice % 100 < plan.loss_percent {
            continue;
        }
        let is_late = dice / 100 % 100 < plan.late_percent;
        let overtaken = if is_late { 1 + dice / 10_000 % plan.reach } else { 0 };
        timed.push((index + overtaken, packet));
    }
    timed.sort_by_key(|(place, _)| *place);
    let mut latest = 0;
    timed
        .into_iter()
        .map(|(_, packet)| {
            latest = latest.max(packet.arrives_at);
            Packet { arrives_at: latest, ..packet }
        })
        .collect()
}

fn push_frame(plan: &Plan, frame: u64, layer: u8, next_seq: &mut u64, packets: &mut Vec<Packet>) {
    let id = u64::from(layer) << 32 | frame;
    let keyframe = frame == 0 || frame.is_multiple_of(4) && mix(plan.seed, 3_000_000 + id).is_multiple_of(4);
    let count = 1 + mix(plan.seed, 4_000_000 + id) % 4;
    let temporal = [0, 2, 1, 2][(frame % 4) as usize];
    for index in 0..count {
        let mark = Mark {
            frame_start: index == 0,
            frame_end: index + 1 == count,
            keyframe: keyframe && index == 0,
            temporal,
            layer_sync: temporal > 0,
            picture_id: Some((mix(plan.seed, 30 + u64::from(layer)) + frame) as u16 & 0x7fff),
            picture_id_wide: true,
            tl0: Some((mix(plan.seed, 40 + u64::from(layer)) + frame / 4) as u8),
            ..Mark::default()
        };
        packets.push(Packet {
            layer,
            frame,
            seq: *next_seq,
            ts: u64::from(plan.ts_base(layer).wrapping_add((frame * TICKS) as u32)),
            mark,
            // Higher layers take longer to encode and to send.
            arrives_at: frame * FRAME + u64::from(layer) * 7_000 + index * 300,
        });
        *next_seq += 1;
    }
}

/// SplitMix64 of a seed and a position.
fn mix(seed: u64, position: u64) -> u64 {
    let mut mixed = seed.wrapping_add(position.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
