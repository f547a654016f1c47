//! All ICE-TCP listeners and connections of a worker.

use super::connection::{Connection, End};
use crate::config::TcpLimits;
use crate::event_loop::token;
use crate::sys::poller::{Interest, Poller};
use relay::{DropCounters, DropReason, Link, Micros, Path, RxPacket, SLOT_LEN};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;

/// Connections accepted per wake-up and listener; the rest stay in the kernel's queue for the next.
const ACCEPTS_PER_WAKE: usize = 32;
/// Reads per wake-up and connection, so that one fast peer does not starve the rest.
const READS_PER_WAKE: usize = 4;
/// Pause after the process ran out of descriptors: the listener stays readable and would spin.
const ACCEPT_PAUSE_US: Micros = 200_000;
/// How often idle connections are looked for.
const SWEEP_US: Micros = 500_000;

/// Listeners, connections and what they count.
pub(crate) struct TcpPorts {
    listeners: Vec<TcpListener>,
    connections: HashMap<u32, Connection>,
    per_address: HashMap<IpAddr, usize>,
    limits: TcpLimits,
    next_id: u32,
    /// Connections with frames queued since the last write.
    dirty: Vec<u32>,
    /// Connections that ended; the relay has to be told.
    closed: Vec<u32>,
    accept_after: Micros,
    paused: bool,
    next_sweep: Micros,
    /// Frames accepted for sending, and the system calls they took.
    pub(crate) sent_packets: u64,
    pub(crate) send_calls: u64,
}

impl TcpPorts {
    /// Listens through `poller`.
    pub(crate) fn new(listeners: Vec<TcpListener>, limits: TcpLimits, poller: &Poller) -> io::Result<TcpPorts> {
        for (index, listener) in listeners.iter().enumerate() {
            poller.add(listener.as_raw_fd(), token::listener(index), Interest::Read)?;
        }
        Ok(TcpPorts {
            listeners,
            connections: HashMap::new(),
            per_address: HashMap::new(),
            limits,
            next_id: 0,
            dirty: Vec::new(),
            closed: Vec::new(),
            accept_after: 0,
            paused: false,
            next_sweep: 0,
            sent_packets: 0,
            send_calls: 0,
        })
    }

    /// When [`TcpPorts::sweep`] has something to do.
    pub(crate) fn next_timeout(&self) -> Micros {
        match (self.paused, self.connections.is_empty()) {
            (true, _) => self.accept_after.min(self.next_sweep),
            (false, false) => self.next_sweep,
            (false, true) => Micros::MAX,
        }
    }

    /// Connections that ended since the last call.
    pub(crate) fn take_closed(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.closed)
    }

    /// Takes what waits at a listener, within the limits.
    pub(crate) fn accept(&mut self, listener: usize, now: Micros, poller: &Poller) {
        for _ in 0..ACCEPTS_PER_WAKE {
            match self.listeners[listener].accept() {
                Ok((stream, remote)) => self.admit(stream, remote, now, poller),
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return,
                    io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => {}
                    _ => return self.pause(now, poller),
                },
            }
        }
    }

    fn admit(&mut self, stream: TcpStream, remote: SocketAddr, now: Micros, poller: &Poller) {
        let group = group(remote.ip());
        let of_group = self.per_address.get(&group).copied().unwrap_or(0);
        // Dropping the stream closes it: the peer sees the refusal at once.
        if self.connections.len() >= self.limits.connections || of_group >= self.limits.per_address {
            return;
        }
        let ready = stream.set_nonblocking(true).and_then(|()| stream.set_nodelay(true));
        let id = self.next_id;
        if ready.is_err() || poller.add(stream.as_raw_fd(), token::connection(id), Interest::Read).is_err() {
            return;
        }
        self.next_id = self.next_id.wrapping_add(1);
        self.per_address.insert(group, of_group + 1);
        self.connections.insert(id, Connection::new(stream, remote, now));
        self.next_sweep = self.next_sweep.min(now + SWEEP_US);
    }

    fn pause(&mut self, now: Micros, poller: &Poller) {
        self.paused = true;
        self.accept_after = now + ACCEPT_PAUSE_US;
        for listener in &self.listeners {
            // Not in the set means not woken, which is what is wanted.
            let _ = poller.remove(listener.as_raw_fd());
        }
    }

    fn resume_accepting(&mut self, poller: &Poller) {
        self.paused = false;
        for (index, listener) in self.listeners.iter().enumerate() {
            // Fails only for want of kernel memory; the next sweep would not help either.
            let _ = poller.add(listener.as_raw_fd(), token::listener(index), Interest::Read);
        }
    }

    /// Copies frames of a readable connection into `batch`; returns how many, and whether there may be more.
    pub(crate) fn read(&mut self, id: u32, batch: &mut [RxPacket], drops: &mut DropCounters) -> (usize, bool) {
        let Some(connection) = self.connections.get_mut(&id) else { return (0, false) };
        let mut count = 0;
        match read_frames(connection, id, batch, &mut count, drops) {
            Ok(more) => (count, more),
            Err(end) => {
                self.end(id, end, drops);
                (count, false)
            }
        }
    }

    /// Queues one datagram for its connection.
    pub(crate) fn push(&mut self, id: u32, now: Micros, datagram: &[u8], drops: &mut DropCounters) {
        let Some(connection) = self.connections.get_mut(&id) else { return drops.count(DropReason::SendFailed) };
        if !connection.has_queue() {
            self.dirty.push(id);
        }
        if connection.push(now, datagram, self.limits.queue_bytes) {
            self.sent_packets += 1;
        } else {
            drops.count(DropReason::TcpQueueFull);
        }
    }

    /// Writes what was queued since the last call.
    pub(crate) fn write_dirty(&mut self, poller: &Poller, drops: &mut DropCounters) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for id in dirty.drain(..) {
            self.write(id, poller, drops);
        }
        self.dirty = dirty;
    }

    /// Writes what one connection takes now and waits for it to become writable if that is not all.
    pub(crate) fn write(&mut self, id: u32, poller: &Poller, drops: &mut DropCounters) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        match connection.write_out() {
            Ok(calls) => self.send_calls += calls,
            Err(end) => return self.end(id, end, drops),
        }
        let waits = connection.has_queue();
        if waits != connection.waits_to_write {
            connection.waits_to_write = waits;
            let interest = if waits { Interest::ReadWrite } else { Interest::Read };
            if poller.modify(connection.stream.as_raw_fd(), token::connection(id), interest).is_err() {
                self.end(id, End::Gone, drops);
            }
        }
    }

    /// Closes what is idle and listens again after a pause.
    pub(crate) fn sweep(&mut self, now: Micros, poller: &Poller, drops: &mut DropCounters) {
        if self.paused && now >= self.accept_after {
            self.resume_accepting(poller);
        }
        if now < self.next_sweep {
            return;
        }
        self.next_sweep = now + SWEEP_US;
        let limits = self.limits;
        let idle = |(&id, connection): (&u32, &Connection)| {
            connection.is_idle(now, limits.validation_us, limits.idle_us).then_some(id)
        };
        let ended: Vec<u32> = self.connections.iter().filter_map(idle).collect();
        for id in ended {
            self.end(id, End::Idle, drops);
        }
    }

    fn end(&mut self, id: u32, end: End, drops: &mut DropCounters) {
        let Some(connection) = self.connections.remove(&id) else { return };
        match end {
            End::Gone => {}
            End::FrameTooLarge => drops.count(DropReason::TcpFrameTooLarge),
            End::Idle => drops.count(DropReason::TcpIdle),
        }
        let group = group(connection.remote.ip());
        if let Some(count) = self.per_address.get_mut(&group) {
            *count -= 1;
            if *count == 0 {
                self.per_address.remove(&group);
            }
        }
        self.closed.push(id);
    }
}

/// Returns true if the batch or the turn ended before the stream did.
fn read_frames(
    connection: &mut Connection,
    id: u32,
    batch: &mut [RxPacket],
    count: &mut usize,
    drops: &mut DropCounters,
) -> Result<bool, End> {
    let path = Path { remote: connection.remote, link: Link::Tcp(id) };
    let mut reads = 0;
    loop {
        while let Some(packet) = batch.get_mut(*count) {
            let Some(frame) = connection.next_frame()? else { break };
            if frame.is_empty() {
                drops.count(DropReason::Empty);
                continue;
            }
            let len = frame.len().min(SLOT_LEN);
            packet.buf[..len].copy_from_slice(&frame[..len]);
            (packet.len, packet.path, packet.truncated) = (len as u16, path, false);
            *count += 1;
        }
        if *count == batch.len() {
            return Ok(true);
        }
        // Every complete frame has been taken, so what stays behind is in the kernel and wakes us again.
        if reads == READS_PER_WAKE || !connection.fill()? {
            return Ok(false);
        }
        reads += 1;
    }
}

/// Who shares a limit: one IPv4 address, or the /64 that one IPv6 subscriber chooses addresses from.
fn group(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_subscriber_share_a_limit() {
        let of = |text: &str| group(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:0:0:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
