//! The life of a worker's thread: wait, receive, let the relay work, send.

use crate::clock::Clock;
use crate::commands::Order;
use crate::config::WorkerConfig;
use crate::injectors::{Injectors, News};
use crate::shared::Shared;
use crate::snapshot::WorkerStats;
use crate::sys::poller::{Interest, Poller, Ready};
use crate::sys::thread;
use crate::tcp::{Pair, TcpPorts};
use crate::tick::TickPolicy;
use crate::udp::{BATCH, Receiver, UdpPort};
use relay::{Command, DropCounters, Event, LayerReason, Link, Micros, Relay, RxPacket, TxArena};
use std::io;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::Duration;

/// Receive calls per wake-up and socket, so that a flood does not keep us from sending.
const BATCHES_PER_WAKE: usize = 32;
/// Commands per wake-up.
const COMMANDS_PER_WAKE: usize = 1024;
/// Bytes and datagrams written between two rounds of sending: small enough for the second-level cache.
const ARENA_BYTES: usize = 512 << 10;
const ARENA_PACKETS: usize = 512;
const SNAPSHOT_US: Micros = 1_000_000;

/// What an epoll event is about.
pub(crate) mod token {
    pub(crate) const COMMANDS: u64 = 0;
    pub(crate) const CONTROL: u64 = 1;
    pub(crate) const INJECTORS: u64 = 2;
    const UDP: u64 = 1 << 32;
    const LISTENER: u64 = 2 << 32;
    const CONNECTION: u64 = 3 << 32;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum Source {
        Commands,
        Control,
        Injectors,
        Udp(usize),
        Listener(usize),
        Connection(u32),
    }

    pub(crate) fn udp(index: usize) -> u64 {
        UDP | index as u64
    }

    pub(crate) fn listener(index: usize) -> u64 {
        LISTENER | index as u64
    }

    pub(crate) fn connection(id: u32) -> u64 {
        CONNECTION | u64::from(id)
    }

    pub(crate) fn source(token: u64) -> Source {
        let low = token as u32;
        match token & !u64::from(u32::MAX) {
            UDP => Source::Udp(low as usize),
            LISTENER => Source::Listener(low as usize),
            CONNECTION => Source::Connection(low),
            _ if token == CONTROL => Source::Control,
            _ if token == INJECTORS => Source::Injectors,
            _ => Source::Commands,
        }
    }
}

/// All that a worker's thread owns.
pub(crate) struct EventLoop {
    clock: Clock,
    relay: Relay,
    shared: Arc<Shared>,
    /// Commands and TCP: what wakes us even while ticking.
    control: Poller,
    /// `control`, the local transports' sockets and the UDP sockets.
    everything: Poller,
    udp: Vec<UdpPort>,
    /// The socket is waited on for writing, too.
    waits_to_write: Vec<bool>,
    tcp: TcpPorts,
    injectors: Injectors,
    /// Connections of which frames are still in our buffer.
    unread: Vec<u32>,
    receiver: Receiver,
    batch: Vec<RxPacket>,
    arena: TxArena,
    tick: TickPolicy,
    drops: DropCounters,
    received_packets: u64,
    /// `received_packets` at the last flush.
    flushed_packets: u64,
    next_snapshot: Micros,
    commands: Vec<Order>,
    ready: Vec<Ready>,
}

impl EventLoop {
    pub(crate) fn new(config: &WorkerConfig, pairs: Vec<Pair>, shared: Arc<Shared>) -> io::Result<EventLoop> {
        let (control, everything) = (Poller::new()?, Poller::new()?);
        control.add(shared.commands.as_raw_fd(), token::COMMANDS, Interest::Read)?;
        everything.add(control.as_raw_fd(), token::CONTROL, Interest::Read)?;
        let injectors = Injectors::new()?;
        everything.add(injectors.as_raw_fd(), token::INJECTORS, Interest::Read)?;
        let (mut udp, mut listeners) = (Vec::new(), Vec::new());
        for pair in pairs {
            if let Some(socket) = pair.udp {
                everything.add(socket.as_raw_fd(), token::udp(udp.len()), Interest::Read)?;
                udp.push(UdpPort::new(socket, udp.len() as u8)?);
            }
            listeners.extend(pair.tcp);
        }
        let clock = Clock::new();
        let now = clock.now();
        let mut relay = config.relay.clone();
        if relay.seed == 0 {
            relay.seed = thread::random_seed()?;
        }
        if relay.ntp_at_zero == 0 {
            relay.ntp_at_zero = clock.ntp_at_zero();
        }
        Ok(EventLoop {
            relay: Relay::new(relay),
            shared,
            waits_to_write: vec![false; udp.len()],
            udp,
            tcp: TcpPorts::new(listeners, config.tcp_limits, &control)?,
            injectors,
            control,
            everything,
            unread: Vec::new(),
            receiver: Receiver::new(),
            batch: (0..BATCH).map(|_| RxPacket::empty()).collect(),
            arena: TxArena::new(ARENA_BYTES, ARENA_PACKETS),
            tick: TickPolicy::new(config.busy_tick_us, now),
            drops: DropCounters::new(),
            received_packets: 0,
            flushed_packets: 0,
            next_snapshot: now,
            commands: Vec::new(),
            ready: Vec::new(),
            clock,
        })
    }

    /// Runs until asked to stop.
    pub(crate) fn run(mut self) -> io::Result<()> {
        while !self.shared.is_stopping() {
            self.turn()?;
        }
        Ok(())
    }

    fn turn(&mut self) -> io::Result<()> {
        let now = self.clock.now();
        let timeout = Duration::from_micros(self.wake_at().saturating_sub(now));
        let set = if self.is_gathering() { &mut self.control } else { &mut self.everything };
        let mut ready = std::mem::take(&mut self.ready);
        set.wait(timeout, &mut ready)?;
        let now = self.clock.now();
        for event in &ready {
            self.dispatch(*event, now)?;
        }
        self.ready = ready;
        self.read_again(now);
        if self.tick.is_due(now) {
            if self.tick.end().is_some() {
                (0..self.udp.len()).try_for_each(|index| self.receive(index, now))?;
                self.read_injectors(now)?;
            }
            self.run_timers(now);
            self.tick.flushed(now, self.received_packets > self.flushed_packets);
            self.flushed_packets = self.received_packets;
            self.flush(now);
        }
        self.hand_over_events();
        if now >= self.next_snapshot {
            self.snapshot(now);
        }
        Ok(())
    }

    /// True while packets are left in the sockets until the tick ends. A socket that has to wait for writability is not
    /// to be kept waiting by that.
    fn is_gathering(&self) -> bool {
        self.tick.end().is_some() && !self.is_blocked()
    }

    fn is_blocked(&self) -> bool {
        self.udp.iter().any(|port| port.sender.is_blocked())
    }

    /// When to wake up although nothing happens.
    fn wake_at(&self) -> Micros {
        if !self.unread.is_empty() {
            return 0;
        }
        let timers = self.tick.end().unwrap_or_else(|| self.relay.next_timeout());
        timers.min(self.tcp.next_timeout()).min(self.next_snapshot)
    }

    fn dispatch(&mut self, event: Ready, now: Micros) -> io::Result<()> {
        match token::source(event.token) {
            token::Source::Commands => self.take_commands(now),
            token::Source::Control => {
                let mut ready = Vec::new();
                self.control.wait(Duration::ZERO, &mut ready)?;
                for inner in ready {
                    self.dispatch(inner, now)?;
                }
            }
            token::Source::Injectors => {
                if self.is_blocked() || !self.tick.wait_for_more(now) {
                    self.read_injectors(now)?;
                }
            }
            token::Source::Udp(index) => {
                if event.writable && self.waits_to_write[index] {
                    self.udp[index].sender.resume(&mut self.drops);
                    self.watch(index)?;
                }
                let blocked = self.udp[index].sender.is_blocked();
                if event.readable && (blocked || !self.tick.wait_for_more(now)) {
                    self.receive(index, now)?;
                }
            }
            token::Source::Listener(index) => self.tcp.accept(index, now, &self.control),
            token::Source::Connection(id) => {
                if event.writable {
                    self.tcp.write(id, &self.control, &mut self.drops);
                }
                if event.readable {
                    self.read_connection(id, now);
                }
            }
        }
        Ok(())
    }

    fn take_commands(&mut self, now: Micros) {
        let mut commands = std::mem::take(&mut self.commands);
        self.shared.commands.take(COMMANDS_PER_WAKE, &mut commands);
        for (command, fd) in commands.drain(..) {
            let told = refusal_event(&command);
            let names = match command {
                Command::Inject { transport } | Command::CloseTransport { transport } => Some(transport),
                _ => None,
            };
            let outcome = self.relay.command(now, command);
            if let Some(transport) = names {
                self.injectors.replace(transport, fd.filter(|_| outcome.is_ok()));
                self.tell_locals(now);
            }
            let (Err(error), Some(told)) = (outcome, told) else { continue };
            self.shared.events.put(std::iter::once(told(error.code())), &mut self.drops);
        }
        self.commands = commands;
    }

    fn receive(&mut self, index: usize, now: Micros) -> io::Result<()> {
        for _ in 0..BATCHES_PER_WAKE {
            let link = Link::Udp(index as u8);
            let count = match self.receiver.receive(&self.udp[index].socket, link, &mut self.batch) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // Errors of single peers (ICMP), interruptions, want of memory; the socket itself stays good.
                Err(error) if is_transient(&error) => continue,
                Err(error) => return Err(error),
            };
            self.give(count, now);
            if count < BATCH {
                break;
            }
        }
        Ok(())
    }

    fn read_injectors(&mut self, now: Micros) -> io::Result<()> {
        let Self { injectors, relay, drops, .. } = self;
        let count = injectors.read(|transport, datagram| relay.receive_injected(now, transport, datagram), drops)?;
        self.received_packets += count;
        self.tick.moved(count);
        self.tell_locals(now);
        Ok(())
    }

    /// Lets the relay know what became of the sockets of local transports.
    fn tell_locals(&mut self, now: Micros) {
        for (transport, news) in self.injectors.news().drain(..) {
            match news {
                News::Full => self.relay.local_full(transport),
                News::Writable => self.relay.local_writable(now, transport),
                News::Closed => self.relay.local_closed(transport),
            }
        }
    }

    fn give(&mut self, count: usize, now: Micros) {
        self.received_packets += count as u64;
        self.tick.moved(count as u64);
        self.relay.receive(now, &mut self.batch[..count]);
    }

    fn read_connection(&mut self, id: u32, now: Micros) {
        let (count, more) = self.tcp.read(id, &mut self.batch, &mut self.drops);
        self.give(count, now);
        if more {
            self.unread.push(id);
        }
    }

    fn read_again(&mut self, now: Micros) {
        for id in std::mem::take(&mut self.unread) {
            self.read_connection(id, now);
        }
    }

    fn run_timers(&mut self, now: Micros) {
        self.tcp.sweep(now, &self.control, &mut self.drops);
        for id in self.tcp.take_closed() {
            self.relay.tcp_closed(now, id);
        }
        if self.relay.next_timeout() <= now {
            self.relay.tick(now);
        }
    }

    fn flush(&mut self, now: Micros) {
        loop {
            let more = self.relay.flush(now, &mut self.arena);
            self.tick.moved(self.arena.packets.len() as u64);
            for index in 0..self.udp.len() {
                self.udp[index].sender.send(&self.arena, &mut self.drops);
            }
            self.queue_frames(now);
            self.injectors.send(&self.arena, &mut self.drops);
            self.tell_locals(now);
            self.arena.clear();
            if !more {
                break;
            }
        }
        for (transport, request) in self.relay.injector_requests().drain(..) {
            self.injectors.write(transport, &request, &mut self.drops);
        }
        self.tcp.write_dirty(&self.control, &mut self.drops);
        for index in 0..self.udp.len() {
            // Fails only if the socket is not in the set, which it is as long as it is open.
            let _ = self.watch(index);
        }
    }

    fn queue_frames(&mut self, now: Micros) {
        for packet in &self.arena.packets {
            if let Link::Tcp(id) = packet.path.link {
                let (from, len) = (packet.start as usize, usize::from(packet.len));
                self.tcp.push(id, now, &self.arena.bytes[from..from + len], &mut self.drops);
            }
        }
    }

    /// Waits for writability exactly while datagrams wait.
    fn watch(&mut self, index: usize) -> io::Result<()> {
        let port = &self.udp[index];
        let blocked = port.sender.is_blocked();
        if self.waits_to_write[index] != blocked {
            let interest = if blocked { Interest::ReadWrite } else { Interest::Read };
            self.everything.modify(port.socket.as_raw_fd(), token::udp(index), interest)?;
            self.waits_to_write[index] = blocked;
        }
        Ok(())
    }

    fn hand_over_events(&mut self) {
        let events = self.relay.events();
        if !events.is_empty() {
            self.shared.events.put(events.drain(..), &mut self.drops);
        }
    }

    fn snapshot(&mut self, now: Micros) {
        self.next_snapshot = now + SNAPSHOT_US;
        let mut relay = self.relay.stats(now);
        relay.drops.merge(&self.drops);
        let counters = self.udp.iter().map(|port| port.sender.counters()).chain([self.injectors.counters()]);
        let (packets, calls) =
            counters.fold((0, 0), |(packets, calls), each| (packets + each.packets, calls + each.calls));
        self.shared.publish(WorkerStats {
            relay,
            received_packets: self.received_packets,
            sent_packets: packets + self.tcp.sent_packets,
            send_calls: calls + self.tcp.send_calls,
            cpu_us: thread::scheduler_run_us(self.shared.thread()),
            offload: self.udp.iter().all(|port| port.sender.offload()),
            tick_us: self.tick.tick_us(),
        });
    }
}

/// How a command that the relay refuses is answered; none: what it names is gone, and that was told already.
fn refusal_event(command: &Command) -> Option<Box<dyn FnOnce(&'static str) -> Event>> {
    match *command {
        Command::AddTransport { transport, .. } | Command::AddInjector { transport, .. } => {
            Some(Box::new(move |reason| Event::Closed { transport, reason }))
        }
        Command::Publish(ref publish) => {
            let track = publish.track;
            Some(Box::new(move |_| Event::Receiving { track, receiving: false }))
        }
        Command::Subscribe(ref subscribe) => {
            let subscription = subscribe.subscription;
            let reason = LayerReason::NoLayer;
            Some(Box::new(move |_| Event::Layer { subscription, layer: None, temporal: 0, reason }))
        }
        _ => None,
    }
}

fn is_transient(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, Interrupted, NetworkUnreachable, OutOfMemory};
    matches!(error.kind(), Interrupted | ConnectionRefused | HostUnreachable | NetworkUnreachable | OutOfMemory)
}
