//! A keyed multiply-fold hash for small keys. Only ICE-validated paths and ids of our own choice become keys, so a
//! stranger cannot fill a bucket; the seed keeps an authenticated peer from trying.

use std::hash::{BuildHasher, Hasher};

/// Builds [`FoldHasher`]s with one seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FoldState(u64);

impl FoldState {
    pub(crate) fn new(seed: u64) -> FoldState {
        FoldState(seed ^ 0x9e37_79b9_7f4a_7c15)
    }
}

impl BuildHasher for FoldState {
    type Hasher = FoldHasher;

    fn build_hasher(&self) -> FoldHasher {
        FoldHasher(self.0)
    }
}

/// State of one hash.
#[derive(Debug)]
pub(crate) struct FoldHasher(u64);

impl FoldHasher {
    #[inline]
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * 0xa5a5_a5a5_c2b2_ae35_u128;
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for FoldHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word) ^ ((chunk.len() as u64) << 56));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.mix(u64::from(value));
    }

    fn write_u16(&mut self, value: u16) {
        self.mix(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.mix(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.mix(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64);
    }
}

/// Map keyed by ids or paths.
pub(crate) type FastMap<K, V> = std::collections::HashMap<K, V, FoldState>;

/// A small seeded generator (SplitMix64) for SSRCs and first sequence numbers.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{Link, Path};
    use std::collections::HashSet;

    #[test]
    fn addresses_of_one_network_spread_over_the_low_bits() {
        let state = FoldState::new(7);
        let paths = (0..4096u32).map(|n| Path {
            remote: ([10, 0, (n >> 8) as u8, n as u8], 40_000 + (n % 7) as u16).into(),
            link: Link::Udp(0),
        });
        let buckets: HashSet<u64> = paths.map(|path| state.hash_one(path) % 8192).collect();
        // 4096 balls in 8192 boxes hit 3223 of them if the hash is fair.
        assert!(buckets.len() > 3100, "{}", buckets.len());
        assert_ne!(state.hash_one(1u32), FoldState::new(8).hash_one(1u32));
    }
}
