//! The state machine's face: everything the shell calls.

use crate::command::Command;
use crate::config::RelayConfig;
use crate::error::CommandError;
use crate::event::Event;
use crate::hash::{FastMap, FoldState, Rng};
use crate::outbound::Fanout;
use crate::outbox::Outbox;
use crate::packet::{Link, Path, RxPacket, TxArena};
use crate::ring::Ring;
use crate::room::Room;
use crate::slab::Slab;
use crate::stats::StatsBatch;
use crate::subscription::Subscription;
use crate::timers::Timers;
use crate::track::Track;
use crate::transport::Transport;
use relay_control::time::{Micros, SECOND};
use relay_control::twcc::PacketResult;
use relay_wire::drops::DropCounters;
use std::collections::HashMap;

/// Where the caller's ids are.
pub(crate) struct Ids {
    pub(crate) transports: FastMap<u32, usize>,
    pub(crate) tracks: FastMap<u32, usize>,
    pub(crate) subscriptions: FastMap<u32, usize>,
    pub(crate) rooms: FastMap<u32, usize>,
}

/// Buffers used again and again.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) results: Vec<PacketResult>,
    pub(crate) due: Vec<usize>,
    pub(crate) lost: Vec<u16>,
    pub(crate) rtcp: Vec<u8>,
    pub(crate) paths: Vec<Path>,
    pub(crate) choices: Vec<relay_control::allocate::Choice>,
    /// What an injected packet is copied into.
    pub(crate) injected: Option<RxPacket>,
}

/// A selective forwarding unit without input or output of its own.
pub struct Relay {
    pub(crate) config: RelayConfig,
    pub(crate) hash: FoldState,
    pub(crate) rng: Rng,
    pub(crate) transports: Slab<Transport>,
    pub(crate) tracks: Slab<Track>,
    pub(crate) subscriptions: Slab<Subscription>,
    pub(crate) rooms: Slab<Room>,
    pub(crate) ids: Ids,
    /// Strangers choose what is looked up here, so this map keeps the standard library's hash.
    pub(crate) ufrags: HashMap<Box<str>, usize>,
    pub(crate) paths: FastMap<Path, usize>,
    pub(crate) ring: Ring,
    pub(crate) outbox: Outbox,
    pub(crate) fanout: Fanout,
    pub(crate) timers: Timers,
    pub(crate) events: Vec<Event>,
    /// Framed requests to injectors, by transport id.
    pub(crate) requests: Vec<(u32, Vec<u8>)>,
    pub(crate) drops: DropCounters,
    pub(crate) scratch: Scratch,
    pub(crate) received_packets: u64,
    pub(crate) sent_packets: u64,
}

impl Relay {
    /// An empty relay.
    pub fn new(config: RelayConfig) -> Relay {
        let mut rng = Rng::new(config.seed);
        let hash = FoldState::new(rng.next());
        let map = || FastMap::with_hasher(hash);
        Relay {
            ring: Ring::new(config.ring_slots),
            config,
            hash,
            rng,
            transports: Slab::new(),
            tracks: Slab::new(),
            subscriptions: Slab::new(),
            rooms: Slab::new(),
            ids: Ids { transports: map(), tracks: map(), subscriptions: map(), rooms: map() },
            ufrags: HashMap::new(),
            paths: FastMap::with_hasher(hash),
            outbox: Outbox::default(),
            fanout: Fanout::default(),
            timers: Timers::new(),
            events: Vec::new(),
            requests: Vec::new(),
            drops: DropCounters::default(),
            scratch: Scratch::default(),
            received_packets: 0,
            sent_packets: 0,
        }
    }

    /// Takes one call of the seam; what follows from it comes out of [`Relay::flush`] and [`Relay::events`].
    pub fn command(&mut self, now: Micros, command: Command) -> Result<(), CommandError> {
        self.dispatch(now, command)
    }

    /// Takes received datagrams. Boxes of accepted RTP are swapped with boxes of the ring.
    pub fn receive(&mut self, now: Micros, batch: &mut [RxPacket]) {
        self.received_packets += batch.len() as u64;
        for packet in batch {
            if let Err(reason) = self.accept(now, packet) {
                self.drops.count(reason);
            }
        }
    }

    /// Takes one datagram for an injector: RTP and RTCP packets in the clear, each behind its length (16 bits, big-endian).
    pub fn receive_injected(&mut self, now: Micros, transport: u32, datagram: &[u8]) {
        if let Err(reason) = self.accept_injected(now, transport, datagram) {
            self.drops.count(reason);
        }
    }

    /// Datagrams for the processes behind injectors, by transport id, framed as they frame theirs; the shell drains them.
    pub fn injector_requests(&mut self) -> &mut Vec<(u32, Vec<u8>)> {
        &mut self.requests
    }

    /// An ICE-TCP connection is gone: its path must not be used again.
    pub fn tcp_closed(&mut self, now: Micros, connection: u32) {
        let link = Link::Tcp(connection);
        let found = self.paths.iter().find(|(path, _)| path.link == link).map(|(&path, &index)| (path, index));
        let Some((path, index)) = found else { return };
        self.paths.remove(&path);
        if let Some(transport) = self.transports.get_mut(index) {
            transport.ice.forget_path(path);
            self.timers.at_most(index, now);
        }
    }

    /// Writes what is due until the arena is full; true: call again after sending.
    pub fn flush(&mut self, now: Micros, arena: &mut TxArena) -> bool {
        let before = arena.packets.len();
        let done = self.flush_outbox(arena) && self.fan_out(now, arena);
        self.sent_packets += (arena.packets.len() - before) as u64;
        !done
    }

    /// Runs the timers that are due.
    pub fn tick(&mut self, now: Micros) {
        let mut due = std::mem::take(&mut self.scratch.due);
        due.clear();
        self.timers.take_due(now, &mut due);
        for &index in &due {
            self.tick_transport(now, index);
        }
        self.scratch.due = due;
    }

    /// When [`Relay::tick`] has something to do; `Micros::MAX`: never.
    pub fn next_timeout(&self) -> Micros {
        self.timers.next()
    }

    /// Events since last time, oldest first; the shell drains them.
    pub fn events(&mut self) -> &mut Vec<Event> {
        &mut self.events
    }

    /// A snapshot of all counters.
    pub fn stats(&self, now: Micros) -> StatsBatch {
        self.snapshot(now)
    }

    /// Refused packets by reason.
    pub fn drops(&self) -> &DropCounters {
        &self.drops
    }

    /// The relay's wall clock as NTP time.
    pub(crate) fn ntp(&self, now: Micros) -> u64 {
        let since = ((now / SECOND) << 32) | (((now % SECOND) << 32) / SECOND);
        self.config.ntp_at_zero.wrapping_add(since)
    }
}
