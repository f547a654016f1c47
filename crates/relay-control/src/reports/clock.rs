//! A source's RTP clock against NTP time, as its sender reports tell it.

/// One pair of times from a sender report: `rtp` was sampled at `ntp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NtpMap {
    /// 64-bit NTP time of the source.
    pub ntp: u64,
    /// RTP timestamp at that time.
    pub rtp: u32,
    /// RTP ticks per second.
    pub clock_hz: u32,
}

impl NtpMap {
    /// The RTP timestamp at `ntp`.
    pub fn rtp_at(&self, ntp: u64) -> u32 {
        let passed = i128::from(ntp.wrapping_sub(self.ntp) as i64);
        let ticks = (passed * i128::from(self.clock_hz)) >> 32;
        self.rtp.wrapping_add(ticks as u32)
    }
}

/// What to add to `new`'s timestamps to express the same instants on `current`'s clock. Both sources must share an NTP
/// clock, as the layers of one publisher do.
pub fn ts_offset(current: &NtpMap, new: &NtpMap) -> u32 {
    current.rtp_at(new.ntp).wrapping_sub(new.rtp)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_NTP: u64 = 1 << 32;

    fn map(ntp: u64, rtp: u32) -> NtpMap {
        NtpMap { ntp, rtp, clock_hz: 90_000 }
    }

    #[test]
    fn extrapolates_both_ways_and_over_wraps() {
        let at = 100 * SECOND_NTP;
        let table = [
            (map(at, 1000), at, 1000),
            (map(at, 1000), at + SECOND_NTP / 2, 46_000),
            (map(at, 1000), at - SECOND_NTP, 0u32.wrapping_sub(89_000)),
            (map(u64::MAX, u32::MAX), SECOND_NTP - 1, 89_999),
        ];
        for (map, ntp, rtp) in table {
            assert_eq!(map.rtp_at(ntp), rtp, "{map:?} {ntp}");
        }
    }

    #[test]
    fn offset_joins_two_clocks() {
        let (low, high) = (map(7 * SECOND_NTP, 5_000), map(9 * SECOND_NTP, 4_000_000_000));
        let offset = ts_offset(&low, &high);
        for ntp in [8 * SECOND_NTP, 9 * SECOND_NTP, 20 * SECOND_NTP] {
            assert_eq!(high.rtp_at(ntp).wrapping_add(offset), low.rtp_at(ntp));
        }
        assert_eq!(ts_offset(&low, &low), 0);
    }
}
