//! The fuzz functions on seeded mutations of the seeds: the same bytes on every run, a few seconds at most.

use super::{rtcp, rtp, seeds, stun};

const ITERATIONS: u32 = 500_000;
/// One more than the largest datagram the relay takes.
const MAX_LEN: usize = 1537;

#[test]
fn stun_takes_any_bytes() {
    run(0x5354_554e, &seeds::stun(), stun);
}

#[test]
fn rtp_takes_any_bytes() {
    run(0x0052_5450, &seeds::rtp(), rtp);
}

#[test]
fn rtcp_takes_any_bytes() {
    run(0x5254_4350, &seeds::rtcp(), rtcp);
}

fn run(seed: u64, seeds: &[Vec<u8>], target: fn(&[u8])) {
    let mut random = Random(seed);
    for datagram in seeds {
        target(datagram);
    }
    for _ in 0..ITERATIONS {
        let mut datagram = random.pick(seeds).clone();
        for _ in 0..=random.below(4) {
            random.mutate(&mut datagram, seeds);
        }
        datagram.truncate(MAX_LEN);
        target(&datagram);
    }
}

/// Xorshift, 64 bits.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 11) as usize % limit.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn mutate(&mut self, datagram: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(datagram.len());
        match self.below(7) {
            0 => datagram.truncate(at),
            1 => {
                let other = self.pick(seeds);
                datagram.truncate(at);
                datagram.extend(&other[self.below(other.len())..]);
            }
            2 => {
                let len = self.below(64);
                let octet = self.next() as u8;
                datagram.splice(at..at, std::iter::repeat_n(octet, len));
            }
            3 => {
                let end = (at + self.below(16)).min(datagram.len());
                datagram.drain(at..end);
            }
            4 => self.overwrite(datagram, at),
            _ if datagram.is_empty() => {}
            5 => datagram[at] ^= 1 << self.below(8),
            _ => datagram[at] = self.next() as u8,
        }
    }

    /// Numbers at the edges of counts and lengths, in one or two octets.
    fn overwrite(&mut self, datagram: &mut [u8], at: usize) {
        const EDGES: [u16; 12] = [0, 1, 3, 4, 0x7f, 0x80, 0xff, 0x100, 0x1fff, 0x7fff, 0x8000, 0xffff];
        let edge = self.pick(&EDGES).to_be_bytes();
        let octets = if self.below(2) == 0 { &edge[..] } else { &edge[1..] };
        if let Some(room) = datagram.get_mut(at..at + octets.len()) {
            room.copy_from_slice(octets);
        }
    }
}
