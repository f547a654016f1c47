//! When to send: at once while little is going on, in short ticks while much is.
//!
//! A flush costs a wake-up and, per destination, one message. Under load, packets of several publishers that reach one
//! subscriber within a few milliseconds leave together and often as one segmentation-offload run. The first packet after a
//! pause starts a tick; what else comes until its end waits in the socket.

use relay::Micros;

/// Load is measured over this long, µs.
const WINDOW_US: Micros = 50_000;
/// Datagrams in and out per second up to which everything is sent at once.
const QUIET_PPS: u64 = 2_000;
/// Datagrams in and out per second from which the full tick is used.
const BUSY_PPS: u64 = 16_000;
/// The tick just above `QUIET_PPS`; shorter ones are not worth a timer.
const SHORTEST_US: Micros = 500;

/// Chooses the tick from the load and says when it ends.
#[derive(Debug)]
pub(crate) struct TickPolicy {
    longest_us: Micros,
    tick_us: Micros,
    window_begin: Micros,
    packets: u64,
    /// End of the tick that has begun.
    end: Option<Micros>,
}

impl TickPolicy {
    /// `longest_us` is the tick at full load; 0: never wait.
    pub(crate) fn new(longest_us: Micros, now: Micros) -> TickPolicy {
        TickPolicy { longest_us, tick_us: 0, window_begin: now, packets: 0, end: None }
    }

    /// Present length of a tick, µs; 0: everything is sent at once.
    pub(crate) fn tick_us(&self) -> Micros {
        self.tick_us
    }

    /// End of the present tick, until which packets are left in the socket.
    pub(crate) fn end(&self) -> Option<Micros> {
        self.end
    }

    /// Packets wait in a socket; true: leave them there until the end of the tick, which begins now unless it has.
    pub(crate) fn wait_for_more(&mut self, now: Micros) -> bool {
        if self.tick_us > 0 && self.end.is_none() {
            self.end = Some(now + self.tick_us);
        }
        !self.is_due(now)
    }

    /// True if nothing speaks against a flush.
    pub(crate) fn is_due(&self, now: Micros) -> bool {
        self.end.is_none_or(|end| now >= end)
    }

    /// `packets` datagrams have moved, in or out.
    pub(crate) fn moved(&mut self, packets: u64) {
        self.packets += packets;
    }

    /// A flush was due at `now`; `received` says whether packets had come for it.
    pub(crate) fn flushed(&mut self, now: Micros, received: bool) {
        let ended = self.end.take();
        if let elapsed @ WINDOW_US.. = now.saturating_sub(self.window_begin) {
            self.tick_us = self.tick_for(self.packets * 1_000_000 / elapsed);
            self.window_begin = now;
            self.packets = 0;
        }
        if received && self.tick_us > 0 {
            // Under steady load the next tick follows on a fixed grid, which the work itself does not stretch; ticks that
            // were missed are not made up for.
            let next = ended.unwrap_or(now) + self.tick_us;
            self.end = Some(next.max(now + self.tick_us / 2));
        }
    }

    fn tick_for(&self, pps: u64) -> Micros {
        let shortest = SHORTEST_US.min(self.longest_us);
        match pps {
            ..QUIET_PPS => 0,
            QUIET_PPS..BUSY_PPS => shortest + (self.longest_us - shortest) * (pps - QUIET_PPS) / (BUSY_PPS - QUIET_PPS),
            BUSY_PPS.. => self.longest_us,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps of 100 µs with `pps` datagrams per second moving; returns the flushes.
    fn run(policy: &mut TickPolicy, from: Micros, for_us: Micros, pps: u64) -> u64 {
        let mut flushes = 0;
        for step in 1..=for_us / 100 {
            let (now, arrived) = (from + step * 100, pps / 10_000);
            policy.moved(arrived);
            let waiting = arrived > 0 && policy.wait_for_more(now);
            if !waiting && policy.is_due(now) {
                policy.flushed(now, arrived > 0);
                flushes += 1;
            }
        }
        flushes
    }

    #[test]
    fn little_load_is_never_delayed() {
        let mut policy = TickPolicy::new(3000, 0);
        assert_eq!(run(&mut policy, 0, 1_000_000, 0), 10_000);
        assert!(!policy.wait_for_more(2_000_000));
    }

    #[test]
    fn much_load_is_sent_in_full_ticks_and_quiet_ends_them() {
        let mut policy = TickPolicy::new(3000, 0);
        run(&mut policy, 0, 200_000, 50_000);
        let flushes = run(&mut policy, 200_000, 3_000_000, 50_000);
        assert!((990..=1010).contains(&flushes), "{flushes}");
        run(&mut policy, 3_200_000, 200_000, 0);
        assert_eq!((policy.end(), policy.tick_us()), (None, 0));
    }

    #[test]
    fn after_a_pause_the_first_packet_begins_a_tick() {
        let mut policy = TickPolicy { tick_us: 1000, ..TickPolicy::new(3000, 0) };
        policy.flushed(10, false);
        assert!(policy.is_due(500) && policy.wait_for_more(700) && policy.wait_for_more(1699));
        assert!(policy.end() == Some(1700) && !policy.wait_for_more(1700));
        policy.flushed(1710, true);
        assert_eq!(policy.end(), Some(2700));
    }

    #[test]
    fn the_tick_grows_with_the_load() {
        let policy = TickPolicy::new(3000, 0);
        let ticks = [0, 1_999, 2_000, 9_000, 16_000, u64::MAX].map(|pps| policy.tick_for(pps));
        assert_eq!(ticks, [0, 0, 500, 1750, 3000, 3000]);
        assert_eq!(TickPolicy::new(0, 0).tick_for(1_000_000), 0);
        assert_eq!(TickPolicy::new(100, 0).tick_for(3_000), 100);
    }
}
