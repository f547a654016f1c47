//! Which frames of a temporally layered stream pass: decided once for each frame, however its packets come in.

use relay_control::codec::{Codec, Mark};

/// The gate of one subscription.
#[derive(Debug, Clone)]
pub(crate) struct TemporalGate {
    /// Highest temporal layer that passes now.
    pub(crate) level: u8,
    newest_ts: Option<u64>,
    /// The newest frames by timestamp: a ring, since packets of neighbouring frames overtake each other.
    frames: [(u64, bool); FRAMES],
    next: usize,
}

const FRAMES: usize = 8;

impl TemporalGate {
    pub(crate) fn new() -> TemporalGate {
        TemporalGate { level: 0, newest_ts: None, frames: [(u64::MAX, false); FRAMES], next: 0 }
    }

    /// Another source begins, at a keyframe.
    pub(crate) fn restart(&mut self, wanted: u8) {
        *self = TemporalGate { level: wanted, ..TemporalGate::new() };
    }

    /// Whether this packet of the frame with timestamp `ts` passes: down at any frame, up only where the stream allows it.
    pub(crate) fn passes(&mut self, wanted: u8, codec: Codec, ts: u64, mark: &Mark) -> bool {
        if let Some((_, passes)) = self.frames.iter().find(|(known, _)| *known == ts) {
            return *passes;
        }
        // A frame older than the newest was lost whole and repaired: the level of now is for later ones.
        if self.newest_ts.is_none_or(|newest| ts > newest) {
            self.newest_ts = Some(ts);
            self.step(wanted, codec, mark);
        }
        let passes = mark.temporal <= self.level;
        self.frames[self.next % FRAMES] = (ts, passes);
        self.next = (self.next + 1) % FRAMES;
        passes
    }

    fn step(&mut self, wanted: u8, codec: Codec, mark: &Mark) {
        if mark.keyframe || wanted < self.level {
            self.level = wanted;
        } else if (self.level + 1..=wanted).contains(&mark.temporal) {
            // AV1 and H.264 do not mark switching points; in their usual structures a layer refers to those below only.
            let next = mark.temporal == self.level + 1;
            if mark.layer_sync || (next && !matches!(codec, Codec::Vp8 | Codec::Vp9)) {
                self.level = mark.temporal;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(temporal: u8, layer_sync: bool) -> Mark {
        Mark { temporal, layer_sync, ..Mark::default() }
    }

    #[test]
    fn down_at_once_and_up_at_a_switching_point() {
        let mut gate = TemporalGate::new();
        gate.restart(2);
        let table = [
            (2, frame(2, false), true),
            (0, frame(0, false), true),
            (0, frame(1, false), false),
            (2, frame(2, false), false),
            (2, frame(1, true), true),
            (2, frame(2, false), false),
            (2, frame(2, true), true),
            (2, frame(0, false), true),
        ];
        for (step, (wanted, mark, passes)) in table.into_iter().enumerate() {
            assert_eq!(gate.passes(wanted, Codec::Vp8, step as u64, &mark), passes, "frame {step}");
        }
    }

    #[test]
    fn codecs_without_marks_go_up_one_layer_at_a_time() {
        let mut gate = TemporalGate::new();
        let temporals = [0, 2, 1, 2, 0];
        let passed: Vec<bool> =
            (0..5).map(|n| gate.passes(2, Codec::Av1, n, &frame(temporals[n as usize], false))).collect();
        assert_eq!(passed, [true, false, true, true, true]);
    }

    #[test]
    fn all_packets_of_a_frame_share_its_fate() {
        let mut gate = TemporalGate::new();
        gate.restart(1);
        assert!(gate.passes(1, Codec::Vp8, 10, &frame(1, false)));
        assert!(!gate.passes(0, Codec::Vp8, 20, &frame(1, false)));
        assert!(gate.passes(0, Codec::Vp8, 10, &frame(1, false)), "a late packet of a frame that passed");
        assert!(!gate.passes(1, Codec::Vp8, 20, &frame(1, true)));
    }
}
