//! When to ask a publisher for a keyframe.

use crate::time::{MILLISECOND, Micros, SECOND};

/// Asks for a keyframe until one arrives, at most once per 500 ms, and slower when the publisher does not answer.
#[derive(Clone, Debug, Default)]
pub struct KeyframeRequester {
    wanted: bool,
    last: Option<Micros>,
    unanswered: u32,
}

impl KeyframeRequester {
    /// A requester that wants nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Somebody downstream cannot go on without a keyframe.
    pub fn want(&mut self) {
        self.wanted = true;
    }

    /// Whether a keyframe is being waited for.
    pub fn wanted(&self) -> bool {
        self.wanted
    }

    /// True when a request (PLI or FIR) is to be sent now.
    pub fn poll(&mut self, now: Micros) -> bool {
        let due = self.next_due().is_some_and(|due| now >= due);
        if due {
            self.last = Some(now);
            self.unanswered = self.unanswered.saturating_add(1);
        }
        due
    }

    /// When `poll` will next say yes; `None` while nothing is wanted.
    pub fn next_due(&self) -> Option<Micros> {
        let gap = if self.unanswered < PATIENCE { MIN_GAP } else { SLOW_GAP };
        self.wanted.then(|| self.last.map_or(0, |last| last + gap))
    }

    /// A keyframe began.
    pub fn arrived(&mut self) {
        self.wanted = false;
        self.unanswered = 0;
    }
}

// Encoders answer within a frame or two; asking faster only inflates the bitrate.
const MIN_GAP: Micros = 500 * MILLISECOND;
// A publisher that ignored this many requests is stalled or cannot make keyframes on demand.
const PATIENCE: u32 = 10;
const SLOW_GAP: Micros = 2 * SECOND;

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(requester: &mut KeyframeRequester, until: Micros) -> Vec<Micros> {
        (0..until).step_by(10_000).filter(|&now| requester.poll(now)).collect()
    }

    #[test]
    fn asks_nothing_unless_wanted() {
        assert!(requests(&mut KeyframeRequester::new(), SECOND).is_empty());
    }

    #[test]
    fn asks_at_once_then_every_half_second_then_slower() {
        let mut requester = KeyframeRequester::new();
        requester.want();
        let asked = requests(&mut requester, 10 * SECOND);
        assert_eq!(asked[..10], (0..10).map(|i| i * MIN_GAP).collect::<Vec<_>>());
        assert_eq!(asked[10..], [6_500_000, 8_500_000]);
    }

    #[test]
    fn many_wants_make_one_request_and_a_keyframe_ends_them() {
        let mut requester = KeyframeRequester::new();
        for _ in 0..100 {
            requester.want();
        }
        assert!(requester.poll(5));
        requester.arrived();
        assert!(!requester.wanted());
        assert!(!requester.poll(SECOND));
    }

    #[test]
    fn the_gap_holds_across_an_arrival() {
        let mut requester = KeyframeRequester::new();
        requester.want();
        assert!(requester.poll(0));
        requester.arrived();
        requester.want();
        assert_eq!(requester.next_due(), Some(MIN_GAP));
        assert!(!requester.poll(MIN_GAP - 1));
        assert!(requester.poll(MIN_GAP));
    }
}
