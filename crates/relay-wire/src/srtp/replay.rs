//! Packet index estimation (RFC 3711, 3.3.1 and appendix A) and replay protection (3.3.2).

use super::SrtpError;

/// Packets behind the newest that are still accepted, once each. At 3000 packets a second this is 0.7 s of
/// reordering.
pub const REPLAY_WINDOW: u64 = 2048;

const WORDS: usize = (REPLAY_WINDOW / 64) as usize;

/// Roll-over counter and replay window of one SSRC. It changes only by packets that proved authentic.
#[derive(Clone)]
pub struct StreamState {
    /// Highest authentic 48-bit index; meaningless before `started`.
    highest: u64,
    started: bool,
    /// Bit `index % REPLAY_WINDOW` is set when `index` was seen and is within the window.
    seen: [u64; WORDS],
}

impl StreamState {
    /// A stream of which nothing was received: its roll-over counter is zero (RFC 3711, 3.3.1).
    pub const fn new() -> Self {
        StreamState { highest: 0, started: false, seen: [0; WORDS] }
    }

    /// Highest authentic 48-bit packet index so far.
    pub fn highest_index(&self) -> Option<u64> {
        self.started.then_some(self.highest)
    }

    /// The 48-bit index `sequence` most likely has, if it is new.
    pub(super) fn estimate(&self, sequence: u16) -> Result<u64, SrtpError> {
        if !self.started {
            return Ok(u64::from(sequence));
        }
        // The nearest index with these low 16 bits is the same as appendix A's choice among v-1, v, v+1.
        let step = sequence.wrapping_sub(self.highest as u16) as i16;
        let index = if step == i16::MIN && (self.highest as u16) < 1 << 15 {
            // Exactly half way both are as near; appendix A stays within the present roll-over counter.
            self.highest.checked_add(1 << 15)
        } else {
            self.highest.checked_add_signed(i64::from(step))
        };
        // Before the first index: a packet from before the stream began, which no window can tell from a replay.
        let index = index.ok_or(SrtpError::Replayed)?;
        if index >> 48 != 0 {
            return Err(SrtpError::IndexExhausted);
        }
        if index <= self.highest && (self.highest - index >= REPLAY_WINDOW || self.is_seen(index)) {
            return Err(SrtpError::Replayed);
        }
        Ok(index)
    }

    /// Records an authentic packet.
    pub(super) fn accept(&mut self, index: u64) {
        if !self.started {
            self.started = true;
            self.highest = index;
        } else if index > self.highest {
            if index - self.highest >= REPLAY_WINDOW {
                self.seen = [0; WORDS];
            } else {
                for skipped in self.highest + 1..index {
                    let (word, bit) = position(skipped);
                    self.seen[word] &= !bit;
                }
            }
            self.highest = index;
        }
        let (word, bit) = position(index);
        self.seen[word] |= bit;
    }

    fn is_seen(&self, index: u64) -> bool {
        let (word, bit) = position(index);
        self.seen[word] & bit != 0
    }
}

impl Default for StreamState {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for StreamState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StreamState({:?})", self.highest_index())
    }
}

const fn position(index: u64) -> (usize, u64) {
    (((index % REPLAY_WINDOW) / 64) as usize, 1 << (index % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(index: u64) -> StreamState {
        let mut state = StreamState::new();
        state.accept(index);
        state
    }

    /// The choice of RFC 3711 appendix A, written as it is printed there.
    fn appendix_a(highest: u64, sequence: u16) -> Option<u64> {
        let (roc, s_l, seq) = ((highest >> 16) as i64, i64::from(highest as u16), i64::from(sequence));
        let v = if s_l < 32768 {
            if seq - s_l > 32768 { roc - 1 } else { roc }
        } else if s_l - 32768 > seq {
            roc + 1
        } else {
            roc
        };
        u64::try_from((v << 16) | seq).ok()
    }

    #[test]
    fn estimates_the_index_as_appendix_a_does() {
        for roc in [0u64, 1, 77] {
            for s_l in [0u16, 1, 2047, 32767, 32768, 32769, 65535] {
                let highest = (roc << 16) | u64::from(s_l);
                for step in 0..=u16::MAX {
                    let sequence = s_l.wrapping_add(step);
                    let expected = appendix_a(highest, sequence)
                        .filter(|&index| index > highest || (index < highest && highest - index < REPLAY_WINDOW));
                    assert_eq!(at(highest).estimate(sequence).ok(), expected, "{highest} {sequence}");
                }
            }
        }
    }

    #[test]
    fn a_packet_is_accepted_once() {
        let mut state = StreamState::new();
        for sequence in [10u16, 12, 11, 9, 2060] {
            let index = state.estimate(sequence).unwrap();
            state.accept(index);
            assert_eq!(state.estimate(sequence), Err(SrtpError::Replayed));
        }
        let newest = 2060;
        assert_eq!(state.estimate(newest - 2047).unwrap(), 13);
        assert_eq!(state.estimate(newest - 2048), Err(SrtpError::Replayed), "older than the window");
    }

    #[test]
    fn a_jump_forgets_what_left_the_window() {
        for jump in [2047, 2048, 2049, 5000] {
            let mut state = StreamState::new();
            (0..4096).for_each(|index| state.accept(index));
            let highest = 4095 + jump;
            state.accept(highest);
            for back in 1..REPLAY_WINDOW {
                let index = highest - back;
                let fresh = state.estimate(index as u16).is_ok();
                assert_eq!(fresh, index > 4095, "jump {jump}, {back} back");
            }
        }
    }

    #[test]
    fn the_last_index_is_followed_by_none() {
        let state = at((1 << 48) - 1);
        assert_eq!(state.estimate(0), Err(SrtpError::IndexExhausted));
        assert_eq!(state.estimate(65534), Ok((1 << 48) - 2));
    }
}
