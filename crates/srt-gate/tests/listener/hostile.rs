//! 10^5 mutated datagrams: no panic, bounded state, and the one who publishes goes on.

use crate::caller::{caller, control, key_material};
use crate::{PASSPHRASE, Scene};
use srt_gate::{Config, Event};
use std::time::Duration;

/// xorshift64: the same datagrams in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below
    }

    fn mutate(&mut self, packet: &mut Vec<u8>) {
        for _ in 0..1 + self.roll(4) {
            match self.roll(5) {
                0 if !packet.is_empty() => {
                    let at = self.roll(packet.len());
                    packet[at] ^= 1 << self.roll(8);
                }
                1 if !packet.is_empty() => {
                    let at = self.roll(packet.len());
                    packet[at] = [0, 0xff, 0x7f, 0x80][self.roll(4)];
                }
                2 => packet.truncate(self.roll(packet.len() + 1)),
                3 => packet.extend((0..self.roll(64)).map(|_| 0xff)),
                _ if packet.len() > 68 => {
                    let at = 64 + self.roll(packet.len() - 65);
                    packet[at] = self.roll(256) as u8;
                }
                _ => {}
            }
        }
    }
}

#[test]
fn mutated_datagrams_harm_nobody() {
    let mut dice = Dice(0x5eed_0001);
    let mut scene = Scene::new(Config::default());
    let good = caller(1, "s_roof", PASSPHRASE);
    let connection = scene.connect(&good);
    let mut heard = 0u32;
    for round in 0..100_000u32 {
        let mut stranger = caller(2 + dice.roll(3000) as u16, "s_roof", PASSPHRASE);
        let mut packet = match dice.roll(8) {
            0 => stranger.induction(),
            1..=3 => {
                let cookie = scene.cookie(&stranger);
                stranger.conclusion(cookie)
            }
            4 => control(dice.roll(9) as u16, dice.roll(8) as u16, round, connection, &[0xff; 24]),
            5 => control(0x7fff, 3, 0, connection, &key_material("some other passphrase", &[1; 16])),
            6 => stranger.data(connection, round, &[0x47; 188]),
            _ => (0..dice.roll(120)).map(|_| dice.roll(256) as u8).collect(),
        };
        dice.mutate(&mut packet);
        // Some come as if from the publisher's own address, but say no goodbye.
        if dice.roll(4) == 0 && !packet.starts_with(&[0x80, 5]) && packet.first().is_some_and(|first| first & 0x80 != 0)
        {
            stranger.address = good.address;
        }
        scene.send(&stranger, packet);
        if round % 100 == 0 {
            scene.pass(Duration::from_millis(10));
            heard += 1;
        }
        answer_knocks(&mut scene);
        scene.out.datagrams.clear();
        scene.out.payloads.clear();
    }
    assert_eq!(heard, 1000);
    scene.send(&good, control(1, 0, 0, connection, &[0; 4]));
    scene.pass(Duration::from_secs(2));
    assert!(
        !scene
            .events()
            .iter()
            .any(|event| matches!(event, Event::Closed { connection: gone, .. } if *gone == connection))
    );
}

fn answer_knocks(scene: &mut Scene) {
    for event in scene.events() {
        if let Event::Knock { connection, .. } = event {
            scene.listener.refuse(scene.now, connection, srt_gate::Reject::NotFound, &mut scene.out);
        }
    }
}
