//! Media: order, loss, acknowledgements, new keys.

use crate::caller::{Caller, FIRST, caller, control, key_material, kind, word};
use crate::{LATENCY, PASSPHRASE, Scene};
use proptest::prelude::*;
use srt_gate::{Config, Receiver, Seq};
use std::time::{Duration, Instant};

fn connected() -> (Scene, Caller, u32) {
    let mut scene = Scene::new(Config::default());
    let one = caller(1, "s_roof", PASSPHRASE);
    let connection = scene.connect(&one);
    (scene, one, connection)
}

#[test]
fn a_lost_packet_is_asked_for_and_put_in_its_place() {
    let (mut scene, one, connection) = connected();
    for number in [0, 1, 5] {
        scene.send(&one, one.data(connection, number, &[number as u8]));
    }
    assert_eq!(scene.payloads(), [[0], [1]], "what is in order goes on at once");
    let sent = scene.sent();
    assert_eq!(sent.iter().map(|packet| kind(packet)).collect::<Vec<_>>(), [3]);
    // The numbers wrap: 2, 3, 4 after 0x7ffffffe are 0, 1, 2.
    assert_eq!(sent[0][16..], [0x80, 0, 0, 0, 0, 0, 0, 2]);
    for number in [3, 2, 4] {
        scene.send(&one, one.data(connection, number, &[number as u8]));
    }
    assert_eq!(scene.payloads(), [[2], [3], [4], [5]]);
    assert_eq!(scene.listener.lost(connection), 0);
}

#[test]
fn a_report_that_gets_lost_is_repeated_within_the_latency() {
    let (mut scene, one, connection) = connected();
    scene.send(&one, one.data(connection, 1, b"b"));
    let mut reports = scene.sent().len();
    for _ in 0..11 {
        scene.pass(Duration::from_millis(10));
        reports += scene.sent().iter().filter(|packet| kind(packet) == 3).count();
    }
    assert_eq!(reports, 3);
}

#[test]
fn a_packet_that_never_comes_is_waited_for_as_long_as_the_latency() {
    let (mut scene, one, connection) = connected();
    scene.send(&one, one.data(connection, 0, b"a"));
    scene.send(&one, one.data(connection, 2, b"c"));
    scene.pass(LATENCY - Duration::from_millis(1));
    assert_eq!(scene.payloads(), [b"a"]);
    scene.pass(Duration::from_millis(1));
    assert_eq!(scene.payloads(), [b"c"]);
    assert_eq!(scene.listener.lost(connection), 1);
    scene.send(&one, one.data(connection, 1, b"b"));
    assert!(scene.payloads().is_empty(), "too late");
}

#[test]
fn a_caller_may_ask_for_a_longer_latency() {
    let mut scene = Scene::new(Config::default());
    let one = Caller { latency_ms: 400, ..caller(1, "s_roof", PASSPHRASE) };
    let connection = scene.connect(&one);
    scene.send(&one, one.data(connection, 1, b"b"));
    scene.pass(Duration::from_millis(399));
    assert!(scene.payloads().is_empty());
    scene.pass(Duration::from_millis(1));
    assert_eq!(scene.payloads(), [b"b"]);
}

#[test]
fn what_the_sender_gives_up_is_not_waited_for() {
    let (mut scene, one, connection) = connected();
    scene.send(&one, one.data(connection, 2, b"c"));
    let range = [FIRST.to_be_bytes(), (FIRST + 1).to_be_bytes()].concat();
    scene.send(&one, control(7, 0, 0, connection, &range));
    assert_eq!(scene.payloads(), [b"c"]);
}

#[test]
fn acknowledgements_measure_the_round_trip() {
    let (mut scene, one, connection) = connected();
    scene.send(&one, one.data(connection, 0, b"a"));
    scene.pass(Duration::from_millis(10));
    let ack = scene.sent().into_iter().find(|packet| kind(packet) == 2).expect("an ACK");
    assert_eq!((word(&ack, 1), word(&ack, 4)), (1, FIRST + 1));
    scene.now += Duration::from_millis(30);
    scene.send(&one, control(6, 0, 1, connection, &[0; 4]));
    scene.send(&one, one.data(connection, 1, b"b"));
    scene.pass(Duration::from_millis(10));
    let ack = scene.sent().into_iter().find(|packet| kind(packet) == 2).expect("an ACK");
    assert_eq!((word(&ack, 1), word(&ack, 4), word(&ack, 5)), (2, 0, 30_000));
    scene.send(&one, control(6, 0, 2, connection, &[0; 4]));
    scene.pass(Duration::from_millis(500));
    assert!(scene.sent().iter().all(|packet| kind(packet) != 2), "confirmed: silence");
}

#[test]
fn an_unconfirmed_acknowledgement_is_repeated() {
    let (mut scene, one, connection) = connected();
    scene.send(&one, one.data(connection, 0, b"a"));
    scene.pass(Duration::from_millis(10));
    scene.sent();
    scene.pass(Duration::from_millis(400));
    assert_eq!(scene.sent().iter().filter(|packet| kind(packet) == 2).count(), 1);
}

#[test]
fn clear_packets_strangers_and_unknown_keys_are_not_heard() {
    let (mut scene, one, connection) = connected();
    let mut clear = one.data(connection, 0, b"clear");
    clear[4] &= !0x18;
    scene.send(&one, clear);
    let mut odd = one.data(connection, 0, b"odd");
    odd[4] = odd[4] & !0x18 | 0x10;
    scene.send(&one, odd);
    let stranger = Caller { address: ([192, 0, 2, 9], 1).into(), ..caller(1, "s_roof", PASSPHRASE) };
    scene.send(&stranger, one.data(connection, 0, b"stranger"));
    scene.send(&one, one.data(connection, 0, &[7; 1457]));
    assert!(scene.payloads().is_empty());
    scene.send(&one, one.data(connection, 0, b"heard"));
    assert_eq!(scene.payloads(), [b"heard"]);
}

#[test]
fn new_keys_are_confirmed_and_bad_ones_change_nothing() {
    let (mut scene, one, connection) = connected();
    let message = key_material("not the passphrase", b"another key 1234");
    scene.send(&one, control(0x7fff, 3, 0, connection, &message));
    assert!(scene.sent().is_empty());
    scene.send(&one, one.data(connection, 0, b"old key"));
    assert_eq!(scene.payloads(), [b"old key"]);
    let message = key_material(PASSPHRASE, b"another key 1234");
    scene.send(&one, control(0x7fff, 3, 0, connection, &message));
    let answer = scene.sent().remove(0);
    assert_eq!((kind(&answer), word(&answer, 0) & 0xffff, &answer[16..]), (0x7fff, 4, message.as_slice()));
    scene.send(&one, one.data(connection, 1, b"old key"));
    assert_ne!(scene.payloads(), [b"old key"]);
}

proptest! {
    /// Whatever is lost, late or doubled: each payload at most once, in order, none before its time.
    #[test]
    fn order_comes_out_of_any_arrival(
        start in any::<u32>(),
        arrivals in prop::collection::vec((0u32..400, 0u64..30), 1..600),
    ) {
        let first = Seq::new(start);
        let mut now = Instant::now();
        let mut receiver = Receiver::new(first, LATENCY);
        let mut passed: Vec<u32> = Vec::new();
        let mut sent = std::collections::HashSet::new();
        let take = |payload: Vec<u8>| u32::from_be_bytes(payload.try_into().unwrap());
        for (number, wait_ms) in arrivals {
            now += Duration::from_millis(wait_ms);
            let gap = receiver.insert(now, first.plus(number), &number.to_be_bytes());
            if let Some(gap) = gap {
                prop_assert!(gap.first.since(first) >= 0 && gap.last == first.plus(number - 1));
                prop_assert!(!sent.contains(&(number - 1)));
            }
            sent.insert(number);
            receiver.release(now, |payload| passed.push(take(payload)));
            prop_assert!(receiver.room() <= Receiver::CAPACITY);
        }
        receiver.release(now + LATENCY, |payload| passed.push(take(payload)));
        prop_assert!(!receiver.waits());
        prop_assert!(passed.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(passed.iter().all(|number| sent.contains(number)));
        let end = i64::from(sent.iter().max().unwrap() + 1);
        prop_assert_eq!(receiver.next().since(first), end);
        prop_assert_eq!(receiver.lost() as i64, end - passed.len() as i64);
    }

    /// Without loss beyond the latency nothing is given up.
    #[test]
    fn what_comes_in_time_is_all_there(mut order in Just((0u32..300).collect::<Vec<_>>()).prop_shuffle()) {
        let first = Seq::new(0x7fff_ff00);
        let now = Instant::now();
        let mut receiver = Receiver::new(first, LATENCY);
        let mut passed = 0;
        order.dedup();
        for number in &order {
            receiver.insert(now, first.plus(*number), &[1]);
            receiver.release(now, |_| passed += 1);
        }
        prop_assert_eq!((passed, receiver.lost()), (300, 0));
    }
}

#[test]
fn a_jump_beyond_the_buffer_begins_anew() {
    let now = Instant::now();
    let first = Seq::new(5);
    let mut receiver = Receiver::new(first, LATENCY);
    receiver.insert(now, first.plus(20_000), b"x");
    let mut passed = 0;
    receiver.release(now, |_| passed += 1);
    assert_eq!((passed, receiver.lost(), receiver.next()), (1, 20_000, first.plus(20_001)));
}

#[test]
fn only_what_was_not_asked_for_lately_is_asked_for() {
    let now = Instant::now();
    let first = Seq::new(0);
    let mut receiver = Receiver::new(first, LATENCY);
    assert!(receiver.insert(now, first.plus(3), b"x").is_some());
    let patience = Duration::from_millis(20);
    assert!(receiver.ask(now, patience).is_empty());
    receiver.insert(now, first.plus(1), b"x");
    let gaps = receiver.ask(now + patience, patience);
    assert_eq!(
        gaps.iter().map(|gap| (gap.first, gap.last)).collect::<Vec<_>>(),
        [(first, first), (first.plus(2), first.plus(2))]
    );
    assert!(receiver.ask(now + patience, patience).is_empty());
}
