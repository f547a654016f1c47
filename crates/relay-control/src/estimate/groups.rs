//! Packet groups: what left within 5 ms counts as one unit, and only the spacing between units is looked at
//! (draft-ietf-rmcat-gcc-02 section 5.2).

use crate::time::Micros;

/// Spacing of two consecutive groups at the sender and at the receiver, µs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spacing {
    pub(super) sent: i64,
    pub(super) arrived: i64,
    /// When the later group was complete, receiver's clock.
    pub(super) at: Micros,
}

/// Builds groups out of acknowledged packets in the order they were sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Groups {
    current: Option<Group>,
    previous: Option<Group>,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    first_sent: Micros,
    last_sent: Micros,
    first_arrived: Micros,
    last_arrived: Micros,
}

impl Groups {
    /// The spacing of the two groups before, when this packet begins a new one.
    pub(super) fn add(&mut self, sent: Micros, arrived: Micros) -> Option<Spacing> {
        let fresh = Group { first_sent: sent, last_sent: sent, first_arrived: arrived, last_arrived: arrived };
        let Some(current) = &mut self.current else {
            self.current = Some(fresh);
            return None;
        };
        if sent < current.first_sent {
            return None;
        }
        if sent.saturating_sub(current.last_sent) > STALE || arrived.saturating_sub(current.last_arrived) > STALE {
            *self = Self { current: Some(fresh), previous: None };
            return None;
        }
        if current.takes(sent, arrived) {
            current.last_sent = current.last_sent.max(sent);
            current.last_arrived = current.last_arrived.max(arrived);
            return None;
        }
        let complete = *current;
        let spacing = self.previous.map(|previous| Spacing {
            sent: complete.last_sent as i64 - previous.last_sent as i64,
            arrived: complete.last_arrived as i64 - previous.last_arrived as i64,
            at: complete.last_arrived,
        });
        self.previous = Some(complete);
        self.current = Some(fresh);
        spacing
    }
}

impl Group {
    fn takes(&self, sent: Micros, arrived: Micros) -> bool {
        if sent - self.first_sent <= GROUP_LENGTH {
            return true;
        }
        // A path that holds packets back and lets them go together: the spacing inside says nothing about queues.
        let arrived_after = arrived as i64 - self.last_arrived as i64;
        let catches_up = arrived_after < sent as i64 - self.last_sent as i64;
        catches_up && arrived_after <= BURST_GAP && arrived as i64 - (self.first_arrived as i64) < MAX_BURST
    }
}

const GROUP_LENGTH: Micros = 5_000;
const BURST_GAP: i64 = 5_000;
const MAX_BURST: i64 = 100_000;
/// A longer pause makes the spacing meaningless.
const STALE: Micros = 2_000_000;
