//! The one unit of time, and its translation to NTP.

/// Microseconds of a monotonic clock whose zero is the caller's business.
pub type Micros = u64;

/// One millisecond.
pub const MILLISECOND: Micros = 1_000;
/// One second.
pub const SECOND: Micros = 1_000_000;

/// 64-bit NTP time (RFC 3550 section 4: seconds since 1900 in the upper half, fraction below) of a Unix time in µs.
pub fn ntp_from_unix_us(unix_us: u64) -> u64 {
    let seconds = unix_us / SECOND + NTP_UNIX_EPOCH_S;
    let fraction = ((unix_us % SECOND) << 32) / SECOND;
    (seconds << 32) | fraction
}

/// The middle 32 bits of an NTP time (units of 1/65536 s): the form of LSR in report blocks.
pub fn ntp_middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

// Seconds from 1900-01-01 to 1970-01-01.
const NTP_UNIX_EPOCH_S: u64 = 2_208_988_800;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ntp_of_known_instants() {
        let table = [
            (0, NTP_UNIX_EPOCH_S << 32),
            (500_000, (NTP_UNIX_EPOCH_S << 32) | 0x8000_0000),
            (1_250_000, ((NTP_UNIX_EPOCH_S + 1) << 32) | 0x4000_0000),
        ];
        for (unix_us, ntp) in table {
            assert_eq!(ntp_from_unix_us(unix_us), ntp);
        }
        assert_eq!(ntp_middle(0x1234_5678_9abc_def0), 0x5678_9abc);
    }
}
