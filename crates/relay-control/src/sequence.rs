//! Counters that wrap on the wire, made into counters that do not.

/// Unwraps 16-bit sequence numbers. A late number comes out below the newest one and does not move it.
#[derive(Clone, Debug, Default)]
pub struct Unwrapper {
    newest: Option<u64>,
}

impl Unwrapper {
    /// An unwrapper that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The full number nearest to the newest one seen. The first is `1 << 16 | seq`, so that earlier ones stay positive.
    pub fn unwrap(&mut self, seq: u16) -> u64 {
        let full = match self.newest {
            None => FIRST_CYCLE_16 | u64::from(seq),
            Some(newest) => newest.wrapping_add_signed(i64::from(seq.wrapping_sub(newest as u16) as i16)),
        };
        self.newest = self.newest.max(Some(full));
        full
    }
}

/// Unwraps 32-bit RTP timestamps, in the same way.
#[derive(Clone, Debug, Default)]
pub struct TimestampUnwrapper {
    newest: Option<u64>,
}

impl TimestampUnwrapper {
    /// An unwrapper that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The full timestamp nearest to the newest one seen. The first is `1 << 32 | ts`.
    pub fn unwrap(&mut self, ts: u32) -> u64 {
        let full = match self.newest {
            None => FIRST_CYCLE_32 | u64::from(ts),
            Some(newest) => newest.wrapping_add_signed(i64::from(ts.wrapping_sub(newest as u32) as i32)),
        };
        self.newest = self.newest.max(Some(full));
        full
    }
}

// One whole cycle of room below the first number: late ones are at most half a cycle behind.
const FIRST_CYCLE_16: u64 = 1 << 16;
const FIRST_CYCLE_32: u64 = 1 << 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unwraps_sequence_numbers() {
        let cycle = FIRST_CYCLE_16;
        let table: [(&str, &[u16], &[u64]); 5] = [
            ("in order", &[1, 2, 3], &[cycle + 1, cycle + 2, cycle + 3]),
            ("late across the wrap", &[65534, 0, 65535], &[cycle + 65534, cycle + 65536, cycle + 65535]),
            ("late before the first", &[0, 65535, 1], &[cycle, cycle - 1, cycle + 1]),
            ("lowest reachable", &[0, 32768], &[cycle, cycle - 32768]),
            ("furthest ahead", &[0, 32767, 65534], &[cycle, cycle + 32767, cycle + 65534]),
        ];
        for (name, wire, full) in table {
            let mut unwrapper = Unwrapper::new();
            let got: Vec<u64> = wire.iter().map(|&seq| unwrapper.unwrap(seq)).collect();
            assert_eq!(got, full, "{name}");
        }
    }

    #[test]
    fn late_numbers_do_not_pull_the_reference_back() {
        let mut unwrapper = Unwrapper::new();
        for step in 0..10 {
            assert_eq!(unwrapper.unwrap(0), FIRST_CYCLE_16, "step {step}");
            assert_eq!(unwrapper.unwrap(32768), FIRST_CYCLE_16 - 32768, "step {step}");
        }
    }

    #[test]
    fn unwraps_timestamps() {
        let mut unwrapper = TimestampUnwrapper::new();
        assert_eq!(unwrapper.unwrap(u32::MAX - 10), FIRST_CYCLE_32 + u64::from(u32::MAX) - 10);
        assert_eq!(unwrapper.unwrap(20), FIRST_CYCLE_32 * 2 + 20);
        assert_eq!(unwrapper.unwrap(u32::MAX), FIRST_CYCLE_32 + u64::from(u32::MAX));
    }
}
