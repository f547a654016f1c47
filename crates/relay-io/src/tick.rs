//! When to send: at once while little is going on, in short ticks while much is.
//!
//! A flush costs a wake-up and, per destination, one message. Under load, packets of several publishers that reach one
//! subscriber within a few milliseconds leave together and often as one segmentation-offload run.

use relay::Micros;

/// Load is measured over this long, µs.
const WINDOW_US: Micros = 50_000;
/// Datagrams in and out per second up to which everything is sent at once.
const QUIET_PPS: u64 = 4_000;
/// Datagrams in and out per second from which the full tick is used.
const BUSY_PPS: u64 = 16_000;
/// Shorter ticks are not worth a timer.
const MIN_TICK_US: Micros = 200;

/// Chooses the tick from the load.
#[derive(Debug)]
pub(crate) struct TickPolicy {
    longest_us: Micros,
    tick_us: Micros,
    window_begin: Micros,
    packets: u64,
    next_flush: Micros,
}

impl TickPolicy {
    /// `longest_us` is the tick at full load; 0: never wait.
    pub(crate) fn new(longest_us: Micros, now: Micros) -> TickPolicy {
        TickPolicy { longest_us, tick_us: 0, window_begin: now, packets: 0, next_flush: now }
    }

    /// True while datagrams are left in the socket until the next tick.
    pub(crate) fn is_ticking(&self) -> bool {
        self.tick_us > 0
    }

    /// Present pause between flushes, µs.
    pub(crate) fn tick_us(&self) -> Micros {
        self.tick_us
    }

    /// When the next flush is due while ticking.
    pub(crate) fn next_flush(&self) -> Micros {
        self.next_flush
    }

    /// True if a flush is due.
    pub(crate) fn is_due(&self, now: Micros) -> bool {
        self.tick_us == 0 || now >= self.next_flush
    }

    /// `packets` datagrams have moved, in or out.
    pub(crate) fn moved(&mut self, packets: u64) {
        self.packets += packets;
    }

    /// A flush has begun at `now`.
    pub(crate) fn flushed(&mut self, now: Micros) {
        if let elapsed @ WINDOW_US.. = now.saturating_sub(self.window_begin) {
            self.tick_us = self.tick_for(self.packets * 1_000_000 / elapsed);
            self.window_begin = now;
            self.packets = 0;
        }
        // On a fixed grid, so that the work itself does not stretch the tick; skipped ticks are not made up for.
        self.next_flush = (self.next_flush + self.tick_us).max(now + self.tick_us / 2);
    }

    fn tick_for(&self, pps: u64) -> Micros {
        let share = pps.clamp(QUIET_PPS, BUSY_PPS) - QUIET_PPS;
        let tick = self.longest_us * share / (BUSY_PPS - QUIET_PPS);
        if tick < MIN_TICK_US { 0 } else { tick }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Flushes whenever due for `for_us`, with `pps` datagrams per second moving; returns the flushes.
    fn run(policy: &mut TickPolicy, from: Micros, for_us: Micros, pps: u64) -> u64 {
        let mut flushes = 0;
        for step in 1..=for_us / 100 {
            policy.moved(pps / 10_000);
            let now = from + step * 100;
            if policy.is_due(now) {
                policy.flushed(now);
                flushes += 1;
            }
        }
        flushes
    }

    #[test]
    fn little_load_is_never_delayed() {
        let mut policy = TickPolicy::new(3000, 0);
        assert_eq!(run(&mut policy, 0, 1_000_000, 0), 10_000);
        assert!(!policy.is_ticking());
    }

    #[test]
    fn much_load_is_sent_in_full_ticks_and_quiet_ends_them() {
        let mut policy = TickPolicy::new(3000, 0);
        run(&mut policy, 0, 200_000, 50_000);
        let flushes = run(&mut policy, 200_000, 3_000_000, 50_000);
        assert!((990..=1010).contains(&flushes), "{flushes}");
        run(&mut policy, 3_200_000, 200_000, 0);
        assert!(!policy.is_ticking());
    }

    #[test]
    fn between_them_the_tick_grows_with_the_load() {
        let policy = TickPolicy::new(3000, 0);
        assert_eq!(policy.tick_for(QUIET_PPS), 0);
        assert_eq!(policy.tick_for(10_000), 1500);
        assert_eq!(policy.tick_for(1_000_000), 3000);
        assert_eq!(TickPolicy::new(0, 0).tick_for(1_000_000), 0);
    }
}
