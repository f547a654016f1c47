//! Which datagrams may leave as one UDP segmentation-offload message.

use relay::TxPacket;

/// The kernel's `UDP_MAX_SEGMENTS` before Linux 6.9.
pub(crate) const MAX_SEGMENTS: usize = 64;
/// Below the 65,507 bytes of one UDP datagram over IPv4, headers included.
pub(crate) const MAX_RUN_BYTES: usize = 65_000;

/// Length of the longest sendable run at the beginning of `packets`: one path, back to back, all as long as the first,
/// except that the last may be shorter. At least 1 unless `packets` is empty.
#[inline]
pub(crate) fn run_length(packets: &[TxPacket]) -> usize {
    let Some(first) = packets.first() else { return 0 };
    let segment = usize::from(first.len);
    if segment == 0 {
        return 1;
    }
    let limit = (MAX_RUN_BYTES / segment).clamp(1, MAX_SEGMENTS);
    let mut end = first.start + u32::from(first.len);
    let mut count = 1;
    for packet in packets.iter().skip(1).take(limit - 1) {
        if packet.path != first.path || packet.start != end || packet.len > first.len || packet.len == 0 {
            break;
        }
        count += 1;
        end += u32::from(packet.len);
        if packet.len < first.len {
            break;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use relay::{Link, Path};

    fn packets(spec: &[(u8, u16, bool)]) -> Vec<TxPacket> {
        let mut start = 0u32;
        let packet = |&(peer, len, gap): &(u8, u16, bool)| {
            start += u32::from(gap);
            let path = Path { remote: ([127, 0, 0, peer], 9).into(), link: Link::Udp(0) };
            let packet = TxPacket { path, start, len };
            start += u32::from(len);
            packet
        };
        spec.iter().map(packet).collect()
    }

    fn lengths(packets: &[TxPacket]) -> Vec<usize> {
        let (mut rest, mut found) = (packets, Vec::new());
        while !rest.is_empty() {
            let count = run_length(rest);
            found.push(count);
            rest = &rest[count..];
        }
        found
    }

    #[test]
    fn equal_lengths_with_a_short_tail_make_one_run() {
        let frame = packets(&[(1, 1200, false), (1, 1200, false), (1, 700, false), (1, 700, false), (2, 700, false)]);
        assert_eq!(lengths(&frame), [3, 1, 1]);
    }

    #[test]
    fn bounds_are_kept() {
        assert_eq!(lengths(&packets(&[(1, 100, false); 130])), [64, 64, 2]);
        assert_eq!(lengths(&packets(&[(1, 1500, false); 50])), [43, 7]);
        assert_eq!(lengths(&packets(&[(1, 0, false); 2])), [1, 1]);
        assert_eq!(run_length(&[]), 0);
    }

    proptest! {
        #[test]
        fn every_run_is_sendable_and_maximal(
            spec in prop::collection::vec((0u8..3, prop::sample::select(vec![0u16, 90, 1000, 1200, 1500]), prop::bool::weighted(0.1)), 0..200)
        ) {
            let all = packets(&spec);
            let mut at = 0;
            for count in lengths(&all) {
                let run = &all[at..at + count];
                let (first, last) = (run[0], run[count - 1]);
                let bytes: usize = run.iter().map(|packet| usize::from(packet.len)).sum();
                prop_assert!(count <= MAX_SEGMENTS && bytes <= MAX_RUN_BYTES);
                prop_assert!(run.iter().all(|packet| packet.path == first.path));
                prop_assert!(run[..count - 1].iter().all(|packet| packet.len == first.len) && last.len <= first.len);
                prop_assert_eq!((last.start - first.start) as usize + usize::from(last.len), bytes);
                at += count;
                if let Some(next) = all.get(at) {
                    let fits = next.path == first.path && next.len <= first.len && last.len == first.len && next.len > 0
                        && next.start as usize == first.start as usize + bytes
                        && count < MAX_SEGMENTS && (count + 1) * usize::from(first.len) <= MAX_RUN_BYTES;
                    prop_assert!(!fits, "run of {} could go on", count);
                }
            }
            prop_assert_eq!(at, all.len());
        }
    }
}
