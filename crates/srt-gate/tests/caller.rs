//! Our caller and our listener, packet by packet, on a clock made by hand; the way between them loses what a test says.

use proptest::prelude::*;
use srt_gate::{Caller, Config, Ended, Event, Listener, Outbox, Reject, Wanted};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const PASSPHRASE: &str = "a good passphrase";
const STEP: Duration = Duration::from_millis(5);

fn wanted(passphrase: Option<&str>) -> Wanted {
    Wanted {
        stream_id: "src_1".to_owned(),
        passphrase: passphrase.map(str::to_owned),
        latency: Duration::from_millis(120),
    }
}

struct Scene {
    now: Instant,
    caller: Caller,
    listener: Listener,
    inbox: Outbox,
    outgoing: Vec<Vec<u8>>,
    payloads: Vec<u8>,
    events: Vec<Event>,
    /// Packets of the caller so far; whether the next is lost.
    count: u32,
    loses: fn(u32) -> bool,
    verdict: Result<&'static str, Reject>,
}

impl Scene {
    fn new(wanted: Wanted, verdict: Result<&'static str, Reject>, loses: fn(u32) -> bool) -> Scene {
        let now = Instant::now();
        Scene {
            now,
            caller: Caller::new(wanted, now).unwrap(),
            listener: Listener::new(Config::default(), &[3; 32], now),
            inbox: Outbox::default(),
            outgoing: Vec::new(),
            payloads: Vec::new(),
            events: Vec::new(),
            count: 0,
            loses,
            verdict,
        }
    }

    fn step(&mut self) {
        let address: SocketAddr = ([192, 0, 2, 1], 4000).into();
        self.now += STEP;
        self.caller.tick(self.now, &mut self.outgoing);
        for mut packet in std::mem::take(&mut self.outgoing) {
            self.count += 1;
            if !(self.loses)(self.count) {
                self.listener.datagram(self.now, 0, address, &mut packet, &mut self.inbox);
            }
        }
        self.listener.tick(self.now, &mut self.inbox);
        for event in std::mem::take(&mut self.inbox.events) {
            if let Event::Knock { connection, .. } = event {
                match self.verdict {
                    Ok(passphrase) => {
                        self.listener.admit(self.now, connection, passphrase, &mut self.inbox);
                    }
                    Err(reject) => self.listener.refuse(self.now, connection, reject, &mut self.inbox),
                }
            }
            self.events.push(event);
        }
        for (.., packet) in std::mem::take(&mut self.inbox.datagrams) {
            self.caller.datagram(self.now, &packet, &mut self.outgoing);
        }
        self.payloads.extend(self.inbox.payloads.drain(..).flat_map(|(_, payload)| payload));
    }

    fn steps(&mut self, count: usize) {
        (0..count).for_each(|_| self.step());
    }

    fn connect(&mut self) {
        self.steps(400);
        assert!(self.caller.stands(), "{:?}", self.caller.ended());
    }

    fn send(&mut self, media: &[u8]) -> bool {
        self.caller.send(self.now, media, &mut self.outgoing)
    }
}

fn media(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at * 7 + at / 251) as u8).collect()
}

#[test]
fn media_arrives_as_it_was() {
    let mut scene = Scene::new(wanted(Some(PASSPHRASE)), Ok(PASSPHRASE), |_| false);
    scene.connect();
    let whole = media(1_000_000);
    for part in whole.chunks(13_160) {
        assert!(scene.send(part));
        scene.step();
    }
    scene.steps(100);
    assert!(scene.payloads == whole);
    assert_eq!(scene.caller.counts().repeated, 0);
    assert!(matches!(scene.events.as_slice(), [Event::Knock { resource, .. }] if resource == "src_1"));
}

#[test]
fn what_is_lost_is_sent_again() {
    let mut scene = Scene::new(wanted(Some(PASSPHRASE)), Ok(PASSPHRASE), |number| number % 20 == 0);
    scene.connect();
    let whole = media(1_000_000);
    for part in whole.chunks(13_160) {
        assert!(scene.send(part));
        scene.step();
    }
    scene.steps(200);
    // The very last packet cannot be missed by who does not know of it.
    assert!(scene.payloads.len() + 1316 >= whole.len());
    assert!(whole.starts_with(&scene.payloads));
    assert!(scene.caller.counts().repeated >= 30);
}

#[test]
fn a_handshake_survives_loss() {
    let mut scene = Scene::new(wanted(Some(PASSPHRASE)), Ok(PASSPHRASE), |number| number <= 4 && number % 2 == 1);
    scene.connect();
}

#[test]
fn refusals_are_told_apart() {
    for (ours, verdict, ended) in [
        (Some(PASSPHRASE), Ok("another passphrase"), Ended::WrongPassphrase),
        (None, Ok(PASSPHRASE), Ended::WrongPassphrase),
        (Some(PASSPHRASE), Err(Reject::NotFound), Ended::Refused),
    ] {
        let mut scene = Scene::new(wanted(ours), verdict, |_| false);
        scene.steps(400);
        assert_eq!(scene.caller.ended(), Some(ended));
        assert!(!scene.caller.stands());
    }
}

#[test]
fn silence_is_noticed_before_and_after() {
    let mut scene = Scene::new(wanted(Some(PASSPHRASE)), Ok(PASSPHRASE), |_| true);
    scene.steps(999);
    assert_eq!(scene.caller.ended(), None);
    scene.steps(2);
    assert_eq!(scene.caller.ended(), Some(Ended::Silent));

    let mut scene = Scene::new(wanted(Some(PASSPHRASE)), Ok(PASSPHRASE), |_| false);
    scene.connect();
    for _ in 0..1001 {
        scene.now += STEP;
        scene.caller.tick(scene.now, &mut scene.outgoing);
    }
    assert_eq!(scene.caller.ended(), Some(Ended::Silent));
}

#[test]
fn what_is_not_acknowledged_is_bounded_and_given_up_when_late() {
    let mut scene = Scene::new(wanted(Some(PASSPHRASE)), Ok(PASSPHRASE), |_| false);
    scene.connect();
    assert!(!scene.send(&media(20_000 * 1316)));
    let sent = scene.outgoing.len();
    assert!(sent <= 8192, "{sent}");
    scene.outgoing.clear();
    scene.now += Duration::from_secs(2);
    scene.caller.tick(scene.now, &mut scene.outgoing);
    assert_eq!(scene.caller.counts().dropped, 1 + sent as u64);
    assert!(scene.send(&media(1316)));
}

#[test]
fn both_goodbyes_are_heard() {
    let mut scene = Scene::new(wanted(Some(PASSPHRASE)), Ok(PASSPHRASE), |_| false);
    scene.connect();
    let mut out = Vec::new();
    scene.caller.close(scene.now, &mut out);
    scene.outgoing = out;
    scene.step();
    assert!(scene.events.iter().any(|event| matches!(event, Event::Closed { .. })));

    let mut scene = Scene::new(wanted(Some(PASSPHRASE)), Ok(PASSPHRASE), |_| false);
    scene.connect();
    let Some(Event::Knock { connection, .. }) = scene.events.first() else { panic!() };
    scene.listener.close(scene.now, *connection, &mut scene.inbox);
    scene.steps(2);
    assert_eq!(scene.caller.ended(), Some(Ended::Closed));
}

#[test]
fn what_breaks_the_protocols_bounds_is_not_begun() {
    let long = "x".repeat(513);
    assert!(!wanted(Some("too short")).is_allowed());
    assert!(!Wanted { stream_id: long, ..wanted(None) }.is_allowed());
    assert!(!Wanted { latency: Duration::from_secs(9), ..wanted(None) }.is_allowed());
    assert!(Caller::new(wanted(Some("too short")), Instant::now()).is_none());
}

/// A control packet to the caller.
fn control(kind: u8, head: [u8; 12], destination: [u8; 4], body: &[u8]) -> Vec<u8> {
    [&[0x80, kind][..], &head[2..], &destination, body].concat()
}

fn packets() -> impl Strategy<Value = Vec<(u8, [u8; 12], Vec<u8>)>> {
    let body = prop::collection::vec(any::<u8>(), 0..120);
    prop::collection::vec((0u8..12, any::<[u8; 12]>(), body), 1..40)
}

proptest! {
    /// Whatever the far end says, before and after it stands.
    #[test]
    fn no_datagram_breaks_it(stands in any::<bool>(), packets in packets()) {
        let mut scene = Scene::new(wanted(Some(PASSPHRASE)), Ok(PASSPHRASE), |_| false);
        let mut asked = Vec::new();
        scene.caller.tick(scene.now, &mut asked);
        // Of a handshake packet: header, then the caller's socket id as the seventh word.
        let id: [u8; 4] = asked[0][16 + 24..16 + 28].try_into().unwrap();
        if stands {
            scene.connect();
            scene.send(&media(50_000));
        }
        for (kind, head, body) in packets {
            scene.caller.datagram(scene.now, &control(kind, head, id, &body), &mut scene.outgoing);
            scene.now += STEP;
            scene.caller.tick(scene.now, &mut scene.outgoing);
        }
        prop_assert!(scene.outgoing.len() < 20_000);
    }

    /// A listener that says it lost everything, again and again, is not answered without end.
    #[test]
    fn loss_reports_are_answered_within_bounds(first in any::<u32>(), last in any::<u32>(), times in 1usize..200) {
        let mut scene = Scene::new(wanted(Some(PASSPHRASE)), Ok(PASSPHRASE), |_| false);
        let mut asked = Vec::new();
        scene.caller.tick(scene.now, &mut asked);
        let id: [u8; 4] = asked[0][16 + 24..16 + 28].try_into().unwrap();
        scene.connect();
        scene.outgoing.clear();
        prop_assert!(scene.send(&media(100 * 1316)));
        let seq = |packet: &[u8]| u32::from_be_bytes(packet[..4].try_into().unwrap());
        let (low, high) = (seq(&scene.outgoing[0]), seq(&scene.outgoing[99]));
        let report = [(low | 0x8000_0000).to_be_bytes(), high.to_be_bytes()].concat();
        let wild = [(first | 0x8000_0000).to_be_bytes(), last.to_be_bytes()].concat();
        scene.outgoing.clear();
        for _ in 0..times {
            scene.caller.datagram(scene.now, &control(3, [0; 12], id, &report), &mut scene.outgoing);
            scene.caller.datagram(scene.now, &control(3, [0; 12], id, &wild), &mut scene.outgoing);
        }
        let repeated = scene.caller.counts().repeated;
        prop_assert!((100..=200).contains(&repeated), "{repeated}");
    }
}
