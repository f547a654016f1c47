//! Two directions with delay and random loss, from one seed.

use relay::Micros;
use std::collections::VecDeque;

/// In-flight datagrams; constant delay, so first in is first out.
pub struct Network {
    pub delay: Micros,
    /// Per mille.
    pub loss_up: u64,
    pub loss_down: u64,
    random: u64,
    up: VecDeque<(Micros, usize, Vec<u8>)>,
    down: VecDeque<(Micros, usize, Vec<u8>)>,
    pub lost: usize,
}

impl Network {
    pub fn new(seed: u64) -> Network {
        let random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Network { delay: 1_000, loss_up: 0, loss_down: 0, random, up: VecDeque::new(), down: VecDeque::new(), lost: 0 }
    }

    fn loses(&mut self, per_mille: u64) -> bool {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let lost = self.random % 1000 < per_mille;
        self.lost += usize::from(lost);
        lost
    }

    pub fn up(&mut self, now: Micros, peer: usize, bytes: Vec<u8>) {
        if !self.loses(self.loss_up) {
            self.up.push_back((now + self.delay, peer, bytes));
        }
    }

    pub fn down(&mut self, now: Micros, peer: usize, bytes: Vec<u8>) {
        if !self.loses(self.loss_down) {
            self.down.push_back((now + self.delay, peer, bytes));
        }
    }

    pub fn arrived_up(&mut self, now: Micros) -> Option<(usize, Vec<u8>)> {
        arrived(&mut self.up, now)
    }

    pub fn arrived_down(&mut self, now: Micros) -> Option<(usize, Vec<u8>)> {
        arrived(&mut self.down, now)
    }
}

fn arrived(queue: &mut VecDeque<(Micros, usize, Vec<u8>)>, now: Micros) -> Option<(usize, Vec<u8>)> {
    queue.front().filter(|(at, _, _)| *at <= now)?;
    queue.pop_front().map(|(_, peer, bytes)| (peer, bytes))
}
