//! Redundant audio (RFC 2198): finding the newest block, for a listener who cannot take the redundant ones.

use std::ops::Range;

/// The payload type and place of the primary block; `None` when the headers do not add up.
///
/// Each redundant block has four octets of header (F = 1, payload type, 14 bits of offset, 10 bits of length); the primary
/// has one (F = 0, payload type) and takes what the others leave (RFC 2198 section 3).
pub fn primary(payload: &[u8]) -> Option<(u8, Range<usize>)> {
    let (mut at, mut redundant) = (0, 0);
    for _ in 0..=MAX_REDUNDANT {
        let first = *payload.get(at)?;
        if first & FOLLOWED == 0 {
            let start = at + 1 + redundant;
            return (start < payload.len()).then_some((first & !FOLLOWED, start..payload.len()));
        }
        let length = payload.get(at + 2..at + 4)?;
        redundant += usize::from(u16::from_be_bytes([length[0], length[1]]) & LENGTH);
        at += 4;
    }
    None
}

const FOLLOWED: u8 = 0x80;
const LENGTH: u16 = 0x03ff;
// Browsers send one or two; more than this in a packet is nonsense.
const MAX_REDUNDANT: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    /// One redundant block of `redundant` octets before a primary of `main` octets, payload type 111.
    fn packet(redundant: u16, main: usize) -> Vec<u8> {
        let mut bytes = vec![0x80 | 111, 0x0f, (redundant >> 8) as u8, redundant as u8, 111];
        bytes.resize(5 + usize::from(redundant) + main, 7);
        bytes
    }

    #[test]
    fn the_primary_is_what_the_redundant_blocks_leave() {
        type Primary = Option<(u8, Range<usize>)>;
        let cases: [(Vec<u8>, Primary); 8] = [
            (vec![111, 1, 2, 3], Some((111, 1..4))),
            (packet(3, 4), Some((111, 8..12))),
            (packet(300, 40), Some((111, 305..345))),
            (packet(0, 4), Some((111, 5..9))),
            (vec![], None),
            (vec![111], None),
            (packet(10, 0), None),
            (vec![0xff; 200], None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(primary(&bytes), expected, "{bytes:02x?}");
        }
    }

    #[test]
    fn whatever_comes_is_answered_within_the_packet() {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..20_000 {
            let bytes: Vec<u8> = (0..seed % 40)
                .map(|at| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(at + 1);
                    (seed >> 33) as u8
                })
                .collect();
            if let Some((payload_type, place)) = primary(&bytes) {
                assert!(payload_type < 128 && place.start > 0 && place.end == bytes.len() && !place.is_empty());
            }
            seed = seed.wrapping_add(1).rotate_left(7);
        }
    }
}
