//! The monotonic clock of a worker and its wall-clock anchor.

use relay::Micros;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Seconds from 1900 (NTP era 0) to 1970.
const NTP_UNIX_OFFSET_S: u64 = 2_208_988_800;

/// The relay subtracts intervals from `now`: starting above zero keeps those differences positive.
const START: Duration = Duration::from_secs(1000);

/// Monotonic microseconds since shortly before the worker began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    base: Instant,
}

impl Clock {
    pub(crate) fn new() -> Clock {
        Clock { base: Instant::now() }
    }

    #[inline]
    pub(crate) fn now(&self) -> Micros {
        (self.base.elapsed() + START).as_micros() as Micros
    }

    /// Wall clock at `now() == 0`, NTP 32.32.
    pub(crate) fn ntp_at_zero(&self) -> u64 {
        let since_zero = self.base.elapsed() + START;
        ntp_now().wrapping_sub(ntp_of(since_zero))
    }
}

/// Wall clock as NTP time, 32.32 seconds since 1900 (RFC 5905, 6).
pub fn ntp_now() -> u64 {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    ntp_of(unix).wrapping_add(NTP_UNIX_OFFSET_S << 32)
}

fn ntp_of(duration: Duration) -> u64 {
    let fraction = (u64::from(duration.subsec_nanos()) << 32) / 1_000_000_000;
    (duration.as_secs() << 32) | fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ntp_has_a_binary_fraction() {
        assert_eq!(ntp_of(Duration::from_millis(1500)), (1 << 32) | (1 << 31));
    }

    #[test]
    fn the_anchor_and_the_clock_give_wall_time() {
        let clock = Clock::new();
        let now = clock.ntp_at_zero().wrapping_add(ntp_of(Duration::from_micros(clock.now())));
        let difference = ntp_now().wrapping_sub(now) as i64;
        assert!(difference.unsigned_abs() < 1 << 28, "more than 62 ms apart: {difference}");
    }
}
