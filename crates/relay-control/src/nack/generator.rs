//! Which packets of one incoming stream are missing and when to ask for each.

use crate::time::{MILLISECOND, Micros, SECOND};

/// How a packet relates to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The first of the stream.
    First,
    /// Newer than all before.
    InOrder,
    /// A missing one.
    Late,
    /// A duplicate, or one given up on.
    Unexpected,
}

#[derive(Clone, Copy, Debug)]
struct Missing {
    seq: u64,
    since: Micros,
    due: Micros,
    tries: u32,
}

/// The missing packets of one stream, oldest first. Allocates only while packets are missing.
#[derive(Clone, Debug, Default)]
pub struct NackGenerator {
    newest: Option<u64>,
    missing: Vec<Missing>,
    /// The newest packet given up on since the last keyframe.
    given_up: Option<u64>,
}

impl NackGenerator {
    /// A generator that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a packet (original or repaired) by its unwrapped number.
    pub fn on_packet(&mut self, now: Micros, seq: u64) -> Arrival {
        let Some(newest) = self.newest else {
            self.newest = Some(seq);
            return Arrival::First;
        };
        if seq > newest {
            self.newest = Some(seq);
            self.add(now, newest + 1, seq);
            return Arrival::InOrder;
        }
        match self.missing.binary_search_by_key(&seq, |missing| missing.seq) {
            Ok(index) => {
                self.missing.remove(index);
                Arrival::Late
            }
            Err(_) => Arrival::Unexpected,
        }
    }

    /// Appends the numbers to ask for now. Packets asked for too often or for too long are given up on.
    pub fn poll(&mut self, now: Micros, rtt: Micros, out: &mut Vec<u16>) {
        let Some(newest) = self.newest else { return };
        let rtt = rtt.clamp(MIN_RTT, MAX_RTT);
        let max_age = (4 * rtt).clamp(MIN_PATIENCE, MAX_PATIENCE);
        let given_up = &mut self.given_up;
        self.missing.retain_mut(|missing| {
            let overtaken = missing.tries == 0 && newest - missing.seq > REORDER_PACKETS;
            if now < missing.due && !overtaken {
                return true;
            }
            if missing.tries >= MAX_TRIES || now.saturating_sub(missing.since) > max_age {
                *given_up = (*given_up).max(Some(missing.seq));
                return false;
            }
            missing.tries += 1;
            // The answer needs one RTT; the growing rest is for queues that the loss itself tells of.
            missing.due = now + rtt + rtt * Micros::from(missing.tries) / 4;
            out.push(missing.seq as u16);
            true
        });
    }

    /// True once after packets were given up on: nothing decodes before the next keyframe.
    pub fn take_keyframe_needed(&mut self) -> bool {
        self.given_up.take().is_some()
    }

    /// A keyframe begins at `seq`: what is missing before it is no longer needed.
    pub fn on_keyframe(&mut self, seq: u64) {
        self.missing.retain(|missing| missing.seq > seq);
        self.given_up = self.given_up.filter(|given_up| *given_up > seq);
    }

    /// When `poll` has something to do at the latest; `None` while nothing is missing.
    pub fn next_due(&self) -> Option<Micros> {
        self.missing.iter().map(|missing| missing.due).min()
    }

    /// How many packets are missing.
    pub fn missing(&self) -> usize {
        self.missing.len()
    }

    /// Forgets everything: the stream pauses or starts anew.
    pub fn clear(&mut self) {
        *self = Self { missing: std::mem::take(&mut self.missing), ..Self::default() };
        self.missing.clear();
    }

    fn add(&mut self, now: Micros, from: u64, until: u64) {
        let gap = usize::try_from(until - from).unwrap_or(usize::MAX);
        if gap > MAX_MISSING {
            self.missing.clear();
            self.given_up = Some(until - 1);
            return;
        }
        let excess = (self.missing.len() + gap).saturating_sub(MAX_MISSING);
        let dropped = self.missing.drain(..excess.min(self.missing.len())).next_back();
        self.given_up = self.given_up.max(dropped.map(|missing| missing.seq));
        let due = now + REORDER_WAIT;
        self.missing.extend((from..until).map(|seq| Missing { seq, since: now, due, tries: 0 }));
    }
}

const MAX_MISSING: usize = 1000;
const MAX_TRIES: u32 = 10;
// A packet overtaken by more than two, or for more than 5 ms, is lost rather than reordered.
const REORDER_PACKETS: u64 = 2;
const REORDER_WAIT: Micros = 5 * MILLISECOND;
const MIN_RTT: Micros = 10 * MILLISECOND;
const MAX_RTT: Micros = SECOND;
// A receiver waits about a second before it shows a later frame or asks for a keyframe itself.
const MIN_PATIENCE: Micros = SECOND;
const MAX_PATIENCE: Micros = 3 * SECOND;

#[cfg(test)]
mod tests {
    use super::*;

    const RTT: Micros = 50 * MILLISECOND;

    fn fed(seqs: &[u64]) -> NackGenerator {
        let mut generator = NackGenerator::new();
        for &seq in seqs {
            generator.on_packet(0, seq);
        }
        generator
    }

    fn asked(generator: &mut NackGenerator, now: Micros) -> Vec<u16> {
        let mut out = Vec::new();
        generator.poll(now, RTT, &mut out);
        out
    }

    #[test]
    fn asks_for_holes_but_not_at_the_first_sign() {
        let table: [(&str, &[u64], Micros, &[u16]); 9] = [
            ("nothing seen", &[], SECOND, &[]),
            ("in order", &[1, 2, 3], SECOND, &[]),
            ("overtaken by one", &[1, 3], 0, &[]),
            ("overtaken by two", &[1, 3, 4], 4_999, &[]),
            ("overtaken by three", &[1, 3, 4, 5], 0, &[2]),
            ("overtaken by one for 5 ms", &[1, 3], 5_000, &[2]),
            ("reordered", &[1, 3, 2, 4, 5], SECOND, &[]),
            ("a run, over the wrap", &[65_534, 65_538, 65_539, 65_540], 0, &[65_535, 0, 1]),
            ("an old duplicate", &[10, 11, 3], SECOND, &[]),
        ];
        for (name, seqs, now, expected) in table {
            assert_eq!(asked(&mut fed(seqs), now), expected, "{name}");
        }
    }

    #[test]
    fn tells_how_a_packet_arrived() {
        let mut generator = NackGenerator::new();
        let got: Vec<Arrival> = [5, 6, 9, 7, 7, 9, 4, 8].map(|seq| generator.on_packet(0, seq)).to_vec();
        use Arrival::*;
        assert_eq!(got, [First, InOrder, InOrder, Late, Unexpected, Unexpected, Unexpected, Late]);
        assert_eq!(generator.missing(), 0);
        assert_eq!(generator.next_due(), None);
    }

    #[test]
    fn asks_again_no_sooner_than_a_round_trip_and_gives_up() {
        let mut generator = fed(&[1, 3]);
        let times: Vec<Micros> =
            (0..4 * SECOND).step_by(1_000).filter(|&now| !asked(&mut generator, now).is_empty()).collect();
        assert_eq!(times[0], 5_000);
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] > RTT), "{times:?}");
        assert!((5..=10).contains(&times.len()), "{times:?}");
        assert!(times[times.len() - 1] <= SECOND + 5_000);
        assert!(generator.take_keyframe_needed());
        assert!(!generator.take_keyframe_needed());
        assert_eq!(generator.missing(), 0);
        assert_eq!(generator.on_packet(4 * SECOND, 2), Arrival::Unexpected);
    }

    #[test]
    fn a_late_packet_is_not_asked_for_again() {
        let mut generator = fed(&[1, 3, 4, 5]);
        assert_eq!(asked(&mut generator, 0), [2]);
        assert_eq!(generator.on_packet(RTT, 2), Arrival::Late);
        assert!(asked(&mut generator, SECOND).is_empty());
        assert!(!generator.take_keyframe_needed());
    }

    #[test]
    fn is_bounded() {
        let mut far = fed(&[1, 2_000_000]);
        assert_eq!((far.missing(), far.take_keyframe_needed()), (0, true));
        let mut every_second = fed(&(0..5_000).step_by(2).collect::<Vec<u64>>());
        assert_eq!((every_second.missing(), every_second.take_keyframe_needed()), (1000, true));
        assert_eq!(asked(&mut every_second, SECOND).len(), 1000);
    }

    #[test]
    fn only_a_newer_keyframe_makes_up_for_a_lost_packet() {
        for (keyframe, needed) in [(1, true), (3, false)] {
            let mut generator = fed(&[1, 3]);
            asked(&mut generator, 5_000);
            asked(&mut generator, 2 * SECOND);
            generator.on_keyframe(keyframe);
            assert_eq!(generator.take_keyframe_needed(), needed, "keyframe {keyframe}");
        }
    }

    #[test]
    fn a_keyframe_makes_older_holes_irrelevant() {
        let mut generator = fed(&[1, 3, 10, 12]);
        generator.on_keyframe(10);
        assert_eq!(asked(&mut generator, 5_000), [11]);
        generator.clear();
        assert_eq!(generator.on_packet(0, 3), Arrival::First);
    }
}
