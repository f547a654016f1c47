//! The state machine's face.

use crate::command::Command;
use crate::config::RelayConfig;
use crate::error::CommandError;
use crate::event::Event;
use crate::packet::{RxPacket, TxArena};
use crate::stats::StatsBatch;
use relay_control::time::Micros;
use relay_wire::drops::DropCounters;

/// A selective forwarding unit without input or output of its own.
pub struct Relay {
    config: RelayConfig,
    events: Vec<Event>,
    drops: DropCounters,
}

impl Relay {
    /// An empty relay.
    pub fn new(config: RelayConfig) -> Relay {
        Relay { config, events: Vec::new(), drops: DropCounters::default() }
    }
    /// Takes one call of the seam; what follows from it comes out of [`Relay::flush`] and [`Relay::events`].
    pub fn command(&mut self, _now: Micros, _command: Command) -> Result<(), CommandError> {
        Ok(())
    }
    /// Takes received datagrams. Boxes of accepted RTP are swapped with boxes of the ring.
    pub fn receive(&mut self, _now: Micros, _batch: &mut [RxPacket]) {}
    /// An ICE-TCP connection is gone: its path must not be used again.
    pub fn tcp_closed(&mut self, _now: Micros, _connection: u32) {}
    /// Writes what is due until the arena is full; true: call again after sending.
    pub fn flush(&mut self, _now: Micros, _arena: &mut TxArena) -> bool {
        false
    }
    /// Runs the timers that are due.
    pub fn tick(&mut self, _now: Micros) {}
    /// When [`Relay::tick`] has something to do; `Micros::MAX`: never.
    pub fn next_timeout(&self) -> Micros {
        Micros::MAX
    }
    /// Events since last time, oldest first; the shell drains them.
    pub fn events(&mut self) -> &mut Vec<Event> {
        &mut self.events
    }
    /// A snapshot of all counters.
    pub fn stats(&self, _now: Micros) -> StatsBatch {
        let _ = &self.config;
        StatsBatch {
            drops: self.drops.clone(),
            transports: Vec::new(),
            tracks: Vec::new(),
            subscriptions: Vec::new(),
            received_packets: 0,
            sent_packets: 0,
        }
    }
    /// Refused packets by reason.
    pub fn drops(&self) -> &DropCounters {
        &self.drops
    }
}
