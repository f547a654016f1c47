//! Two directions with delay and random loss, from one seed.

use relay::Micros;
use std::collections::BTreeMap;

/// In-flight datagrams by time of arrival.
pub struct Network {
    pub delay: Micros,
    /// Up to this much more, at random for each datagram: it reorders.
    pub jitter: Micros,
    /// Per mille.
    pub loss_up: u64,
    pub loss_down: u64,
    /// A peer whose downlink is this slow, bit/s, with half a second of queue.
    pub bottleneck: Option<(usize, u64)>,
    free_at: Micros,
    random: u64,
    number: u64,
    up: Flight,
    down: Flight,
    pub lost: usize,
}

type Flight = BTreeMap<(Micros, u64), (usize, Vec<u8>)>;

const QUEUE: Micros = 500_000;

impl Network {
    pub fn new(seed: u64) -> Network {
        let random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Network {
            delay: 1_000,
            jitter: 0,
            loss_up: 0,
            loss_down: 0,
            bottleneck: None,
            free_at: 0,
            random,
            number: 0,
            up: Flight::new(),
            down: Flight::new(),
            lost: 0,
        }
    }

    fn dice(&mut self, sides: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % sides
    }

    fn loses(&mut self, per_mille: u64) -> bool {
        let lost = self.dice(1000) < per_mille;
        self.lost += usize::from(lost);
        lost
    }

    pub fn up(&mut self, now: Micros, peer: usize, bytes: Vec<u8>) {
        if !self.loses(self.loss_up) {
            self.number += 1;
            let extra = self.dice(self.jitter + 1);
            self.up.insert((now + self.delay + extra, self.number), (peer, bytes));
        }
    }

    pub fn down(&mut self, now: Micros, peer: usize, bytes: Vec<u8>) {
        if self.loses(self.loss_down) {
            return;
        }
        let mut leaves = now;
        if let Some((_, bps)) = self.bottleneck.filter(|(slow, _)| *slow == peer) {
            leaves = now.max(self.free_at) + (bytes.len() as u64 + 28) * 8_000_000 / bps;
            if leaves > now + QUEUE {
                self.lost += 1;
                return;
            }
            self.free_at = leaves;
        }
        self.number += 1;
        let extra = self.dice(self.jitter + 1);
        self.down.insert((leaves + self.delay + extra, self.number), (peer, bytes));
    }

    pub fn arrived_up(&mut self, now: Micros) -> Option<(usize, Vec<u8>)> {
        arrived(&mut self.up, now)
    }

    pub fn arrived_down(&mut self, now: Micros) -> Option<(usize, Vec<u8>)> {
        arrived(&mut self.down, now)
    }
}

fn arrived(flight: &mut Flight, now: Micros) -> Option<(usize, Vec<u8>)> {
    let first = flight.first_entry().filter(|first| first.key().0 <= now)?;
    Some(first.remove())
}
