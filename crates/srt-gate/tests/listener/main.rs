//! Callers and a listener with a clock made by hand: no socket, no sleep.

mod caller;
mod hostile;
mod receiving;

use caller::{Caller, caller, kind, word};
use srt_gate::{Cause, Config, Event, Listener, Outbox, Reject};
use std::time::{Duration, Instant};

pub(crate) const PASSPHRASE: &str = "a good passphrase";
const LATENCY: Duration = Duration::from_millis(120);

/// A listener at work.
pub(crate) struct Scene {
    pub(crate) listener: Listener,
    pub(crate) now: Instant,
    pub(crate) out: Outbox,
}

impl Scene {
    pub(crate) fn new(config: Config) -> Scene {
        let now = Instant::now();
        Scene { listener: Listener::new(config, &[3; 32], now), now, out: Outbox::default() }
    }

    pub(crate) fn send(&mut self, caller: &Caller, mut packet: Vec<u8>) {
        self.listener.datagram(self.now, 0, caller.address, &mut packet, &mut self.out);
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += time;
        self.listener.tick(self.now, &mut self.out);
    }

    /// What was sent since the last call.
    pub(crate) fn sent(&mut self) -> Vec<Vec<u8>> {
        self.out.datagrams.drain(..).map(|(.., packet)| packet).collect()
    }

    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.out.events)
    }

    pub(crate) fn payloads(&mut self) -> Vec<Vec<u8>> {
        self.out.payloads.drain(..).map(|(_, payload)| payload).collect()
    }

    pub(crate) fn cookie(&mut self, caller: &Caller) -> u32 {
        self.send(caller, caller.induction());
        let sent = self.sent();
        assert_eq!((sent.len(), word(&sent[0], 5) & 0xffff, word(&sent[0], 3)), (1, 0x4a17, caller.id));
        word(&sent[0], 4 + 7)
    }

    pub(crate) fn knock(&mut self, caller: &Caller) -> u32 {
        let cookie = self.cookie(caller);
        self.send(caller, caller.conclusion(cookie));
        match self.events().as_slice() {
            [Event::Knock { connection, resource, peer }] if *peer == caller.address => {
                assert_eq!(*resource, caller.stream_id);
                *connection
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn admit(&mut self, connection: u32, passphrase: &str) -> bool {
        self.listener.admit(self.now, connection, passphrase, &mut self.out)
    }

    pub(crate) fn connect(&mut self, caller: &Caller) -> u32 {
        let connection = self.knock(caller);
        assert!(self.admit(connection, PASSPHRASE));
        self.sent();
        connection
    }
}

fn handshake_type(packet: &[u8]) -> u32 {
    assert_eq!(kind(packet), 0);
    word(packet, 4 + 5)
}

#[test]
fn the_right_passphrase_connects() {
    let mut scene = Scene::new(Config::default());
    let one = caller(1, "s_roof", PASSPHRASE);
    let connection = scene.knock(&one);
    assert!(scene.sent().is_empty(), "nothing before the verdict");
    assert!(scene.admit(connection, PASSPHRASE));
    let sent = scene.sent();
    assert_eq!((sent.len(), handshake_type(&sent[0]), word(&sent[0], 4 + 6)), (1, 0xffff_ffff, connection));
    scene.send(&one, one.data(connection, 0, b"first"));
    assert_eq!(scene.payloads(), [b"first"]);
}

#[test]
fn the_answer_is_repeated_to_a_caller_that_asks_again() {
    let mut scene = Scene::new(Config::default());
    let one = caller(1, "s_roof", PASSPHRASE);
    let cookie = scene.cookie(&one);
    scene.send(&one, one.conclusion(cookie));
    scene.send(&one, one.conclusion(cookie));
    let events = scene.events();
    assert_eq!(events.len(), 1, "one knock, however often: {events:?}");
    let Event::Knock { connection, .. } = events[0] else { panic!("{events:?}") };
    assert!(scene.admit(connection, PASSPHRASE));
    let first = scene.sent();
    scene.send(&one, one.conclusion(cookie));
    assert_eq!(scene.sent()[0][16..], first[0][16..]);
    assert!(scene.events().is_empty());
}

#[test]
fn a_wrong_passphrase_and_none_are_refused() {
    for passphrase in [Some("another passphrase".to_owned()), None] {
        let mut scene = Scene::new(Config::default());
        let encrypts = passphrase.is_some();
        let one = Caller { passphrase, ..caller(1, "s_roof", "") };
        let connection = scene.knock(&one);
        assert!(!scene.admit(connection, PASSPHRASE));
        assert_eq!(scene.events(), [Event::Gone { connection, cause: Cause::WrongPassphrase }]);
        assert_eq!(handshake_type(&scene.sent()[0]), if encrypts { 1010 } else { 1011 });
        scene.send(&one, one.data(connection, 0, b"media"));
        assert!(scene.payloads().is_empty());
    }
}

#[test]
fn an_empty_passphrase_admits_nobody() {
    let mut scene = Scene::new(Config::default());
    let connection = scene.knock(&caller(1, "s_roof", ""));
    assert!(!scene.admit(connection, ""));
}

#[test]
fn a_refused_caller_hears_why_again_and_knocks_anew_later() {
    let mut scene = Scene::new(Config::default());
    let one = caller(1, "s_roof", PASSPHRASE);
    let connection = scene.knock(&one);
    scene.listener.refuse(scene.now, connection, Reject::NotFound, &mut scene.out);
    assert_eq!(handshake_type(&scene.sent()[0]), 2404);
    let cookie = scene.cookie(&one);
    scene.send(&one, one.conclusion(cookie));
    assert_eq!((handshake_type(&scene.sent()[0]), scene.events().len()), (2404, 0));
    scene.pass(Duration::from_secs(3));
    scene.knock(&one);
}

#[test]
fn no_verdict_in_time_is_a_refusal() {
    let mut scene = Scene::new(Config::default());
    let connection = scene.knock(&caller(1, "s_roof", PASSPHRASE));
    assert_eq!(scene.listener.deadline(), Some(scene.now + Duration::from_secs(5)));
    scene.pass(Duration::from_secs(5));
    assert_eq!(scene.events(), [Event::Gone { connection, cause: Cause::Timeout }]);
    assert_eq!(handshake_type(&scene.sent()[0]), 1016);
    assert!(!scene.admit(connection, PASSPHRASE));
}

#[test]
fn nothing_is_kept_without_a_valid_cookie() {
    let mut scene = Scene::new(Config::default());
    for port in 1..2000 {
        let one = caller(port, "s_roof", PASSPHRASE);
        scene.send(&one, one.induction());
        scene.send(&one, one.conclusion(0x1234_5678));
    }
    assert!(scene.events().is_empty());
    assert_eq!(scene.listener.deadline(), None, "no state");
}

#[test]
fn waiting_callers_are_bounded_together_and_per_address() {
    let config = Config { max_pending: 6, max_pending_per_peer: 4, ..Config::default() };
    let mut scene = Scene::new(config);
    for port in 1..=4 {
        scene.knock(&caller(port, "s_roof", PASSPHRASE));
    }
    let more = |port: u16, octet: u8| {
        let mut one = caller(port, "s_roof", PASSPHRASE);
        one.address.set_ip([192, 0, 2, octet].into());
        one
    };
    for (one, fits) in [(more(5, 1), false), (more(6, 2), true), (more(7, 3), true), (more(8, 4), false)] {
        let cookie = scene.cookie(&one);
        scene.send(&one, one.conclusion(cookie));
        assert_eq!(scene.events().len() == 1, fits);
        if !fits {
            assert_eq!(handshake_type(&scene.sent()[0]), 1005);
        }
    }
}

#[test]
fn a_silent_caller_is_gone_after_three_seconds() {
    let mut scene = Scene::new(Config::default());
    let one = caller(1, "s_roof", PASSPHRASE);
    let connection = scene.connect(&one);
    for _ in 0..29 {
        scene.pass(Duration::from_millis(100));
    }
    assert!(scene.events().is_empty());
    assert_eq!(scene.sent().iter().filter(|packet| kind(packet) == 1).count(), 2, "keepalives");
    scene.pass(Duration::from_millis(100));
    assert_eq!(scene.events(), [Event::Closed { connection, cause: Cause::Timeout }]);
    assert_eq!(scene.listener.deadline(), None);
}

#[test]
fn goodbyes_go_both_ways() {
    let mut scene = Scene::new(Config::default());
    let one = caller(1, "s_roof", PASSPHRASE);
    let connection = scene.connect(&one);
    scene.send(&one, caller::control(5, 0, 0, connection, &[0; 4]));
    assert_eq!(scene.events(), [Event::Closed { connection, cause: Cause::Closed }]);
    let connection = scene.connect(&one);
    scene.listener.close(scene.now, connection, &mut scene.out);
    assert_eq!(kind(&scene.sent()[0]), 5);
    assert!(scene.events().is_empty());
}
