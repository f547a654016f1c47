//! Going back to a keyframe and catching up: numbers go on, frames are squeezed, the live edge comes at its time.

use proptest::prelude::*;
use relay_control::codec::{Codec, Mark};
use relay_control::munge::{Incoming, Munger};

const FRAME: u64 = 40_000;
const TICKS: u64 = 3_600;
const STEP: u32 = 9;

fn mark(frame: u64) -> Mark {
    Mark {
        frame_start: true,
        frame_end: true,
        picture_id: Some(frame as u16 & 0x7fff),
        picture_id_wide: true,
        ..Mark::default()
    }
}

/// A stream of one packet a frame and its outgoing side.
struct Player {
    munger: Munger,
    /// (number, timestamp, picture id)
    out: Vec<(u64, u32, u16)>,
}

impl Player {
    fn new() -> Player {
        Player { munger: Munger::new(Codec::Vp8, 90_000, 100), out: Vec::new() }
    }

    fn send(&mut self, now: u64, frame: u64) {
        let mark = mark(frame);
        let out = self.munger.rewrite(now, &Incoming { seq: frame, ts: frame * TICKS, mark: &mark }).expect("sent");
        self.out.push((out.seq, out.ts, out.picture_id.expect("VP8")));
    }

    /// Frames `first..=edge` at once, as a subscriber gets them who begins at `first`.
    fn replay(&mut self, now: u64, first: u64, edge: u64, same_clock: bool) {
        let (mark, edge_ts) = (mark(first), (edge * TICKS) as u32);
        let begin = Incoming { seq: first, ts: first * TICKS, mark: &mark };
        self.munger.replay(now, 0, &begin, edge_ts, same_clock);
        for frame in first..=edge {
            self.munger.place(frame * TICKS, edge_ts, (edge - frame) as u32);
            self.send(now, frame);
        }
    }

    fn steps(&self) -> Vec<u32> {
        self.out.windows(2).map(|pair| pair[1].1.wrapping_sub(pair[0].1)).collect()
    }
}

#[test]
fn a_fresh_stream_is_squeezed_to_the_live_edge_and_goes_on_at_its_pace() {
    let mut player = Player::new();
    player.replay(0, 1000, 1010, false);
    (1011..1015).for_each(|frame| player.send((frame - 1010) * FRAME, frame));
    let expected = [vec![STEP; 10], vec![TICKS as u32; 4]].concat();
    assert_eq!(player.steps(), expected);
    assert_eq!(player.out.iter().map(|(seq, _, _)| *seq).collect::<Vec<_>>(), (100..115).collect::<Vec<_>>());
    assert_eq!(player.out[10].1, 1010 * TICKS as u32, "the edge keeps its own time");
}

#[test]
fn after_a_pause_the_clock_is_the_one_before_it_and_after_a_request_it_only_goes_on() {
    let mut player = Player::new();
    (0..5).for_each(|frame| player.send_first_or_next(frame));
    player.replay(104 * FRAME, 90, 104, true);
    player.send(105 * FRAME, 105);
    assert_eq!(player.munger.ts_offset(), 0);
    assert_eq!(player.out.last().map(|out| out.1), Some(105 * TICKS as u32));
    // Frame 105 was seen; the decoder asks: everything from 90 on comes after it, and stays after it.
    player.replay(105 * FRAME, 90, 105, true);
    player.send(106 * FRAME, 106);
    assert_eq!(player.munger.ts_offset(), 16 * STEP);
    assert!(player.steps().iter().all(|step| (1..1 << 30).contains(step)), "{:?}", player.steps());
    assert!(player.out.windows(2).all(|pair| pair[1].2 == pair[0].2 + 1), "picture ids go on");
}

#[test]
fn another_clock_goes_on_by_what_passed() {
    let mut player = Player::new();
    (0..5).for_each(|frame| player.send_first_or_next(frame));
    player.replay(4 * FRAME + 1_000_000, 500_000, 500_010, false);
    let (_, before, _) = player.out[4];
    assert_eq!(player.out[15].1.wrapping_sub(before), 90_000);
}

impl Player {
    fn send_first_or_next(&mut self, frame: u64) {
        if frame == 0 {
            let mark = mark(0);
            self.munger.switch(0, 0, &Incoming { seq: 0, ts: 0, mark: &mark }, None);
        }
        self.send(frame * FRAME, frame);
    }
}

proptest! {
    #[test]
    fn whatever_is_replayed_when_numbers_are_used_once_and_time_goes_on(
        turns in proptest::collection::vec((0u64..200, 0u64..300, any::<bool>()), 1..30)
    ) {
        let mut player = Player::new();
        let (mut frame, mut now) = (1000, 0);
        player.replay(now, 900, frame, false);
        for (live, back, same_clock) in turns {
            for _ in 0..live {
                (frame, now) = (frame + 1, now + FRAME);
                player.send(now, frame);
            }
            // Some frames pass while nothing is sent.
            (frame, now) = (frame + back % 7, now + back % 7 * FRAME);
            player.replay(now, frame - back, frame, same_clock);
        }
        for (index, pair) in player.out.windows(2).enumerate() {
            prop_assert_eq!(pair[1].0, pair[0].0 + 1, "number {}", index);
            prop_assert!((pair[1].1.wrapping_sub(pair[0].1) as i32) > 0, "time {}", index);
            prop_assert_eq!(pair[1].2, (pair[0].2 + 1) & 0x7fff, "picture {}", index);
        }
    }
}

#[test]
fn what_was_dropped_is_one_number_however_often_it_is_said_and_wherever_it_goes_on() {
    let mut player = Player::new();
    player.munger.leave_hole();
    player.replay(0, 1000, 1002, false);
    assert_eq!(player.out[0].0, 100, "nothing is missing before the first");
    player.munger.leave_hole();
    player.munger.leave_hole();
    player.replay(10 * FRAME, 1030, 1031, true);
    player.munger.leave_hole();
    player.send(12 * FRAME, 1032);
    let numbers: Vec<u64> = player.out.iter().map(|out| out.0).collect();
    assert_eq!(numbers, [100, 101, 102, 104, 105, 107]);
}
