//! The handle of one relay worker.

use crate::config::WorkerConfig;
use crate::event_loop::EventLoop;
use crate::registry::SubmitError;
use crate::shared::Shared;
use crate::snapshot::WorkerStats;
use crate::sys::thread;
use crate::tcp::{PairConfig, bind_pair};
use relay::{Command, Event};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Most listen addresses of one worker.
const MAX_LISTEN: usize = 16;

/// One thread with its sockets. Commands go down, events come up, nothing waits. Dropping it stops the thread.
pub struct Worker {
    shared: Arc<Shared>,
    ports: Vec<SocketAddr>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Worker {
    /// Binds every address and starts the thread. Fails with what binding or pinning fails with.
    pub fn start(config: WorkerConfig) -> io::Result<Worker> {
        if config.listen.is_empty() || config.listen.len() > MAX_LISTEN || !(config.udp || config.tcp) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "1 to 16 listen addresses, and udp or tcp"));
        }
        let pair_config = PairConfig {
            udp: config.udp,
            tcp: config.tcp,
            receive_bytes: config.receive_buffer_bytes,
            send_bytes: config.send_buffer_bytes,
        };
        let bound = config.listen.iter().map(|&address| bind_pair(address, pair_config));
        let pairs = bound.collect::<io::Result<Vec<_>>>()?;
        let ports = pairs.iter().map(|pair| pair.local).collect();
        let shared = Arc::new(Shared::new(config.relay.max_transports)?);
        let event_loop = EventLoop::new(&config, pairs, Arc::clone(&shared))?;
        let (started, wait) = sync_channel(1);
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name(config.name)
            .spawn(move || run(event_loop, &for_thread, config.cpu, &started))?;
        let worker = Worker { shared, ports, thread: Mutex::new(Some(thread)) };
        wait.recv().map_err(|_| io::Error::other("the worker thread did not start"))??;
        Ok(worker)
    }

    /// The addresses bound, in the order of [`WorkerConfig::listen`].
    pub fn ports(&self) -> &[SocketAddr] {
        &self.ports
    }

    /// Queues one command. What the relay thinks of it comes back as an event.
    pub fn submit(&self, command: Command) -> Result<(), SubmitError> {
        self.shared.commands.submit(command, None)
    }

    /// Gives an injector the socket that its media comes through, in place of the one before. [`crate::duplicate`] makes
    /// one of a descriptor that somebody else keeps.
    pub fn inject(&self, transport: u32, fd: OwnedFd) -> Result<(), SubmitError> {
        self.shared.commands.submit(Command::Inject { transport }, Some(fd))
    }

    /// Takes all events, oldest first.
    pub fn poll(&self) -> Vec<Event> {
        let events = self.shared.events.take();
        for event in &events {
            if let Event::Closed { transport, .. } = event {
                self.shared.commands.forget(*transport);
            }
        }
        events
    }

    /// The latest snapshot; none in the first moments.
    pub fn stats(&self) -> Option<Arc<WorkerStats>> {
        self.shared.snapshot()
    }

    /// Scheduler run time of the thread up to now, µs.
    pub fn cpu_us(&self) -> u64 {
        thread::scheduler_run_us(self.shared.thread())
    }

    /// Stops the thread, waits for it and closes the sockets; idempotent.
    pub fn close(&self) {
        self.shared.stop();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // The thread catches its own panics, so there is nothing to learn from the result.
            let _ = thread.join();
        }
    }
}

impl AsRawFd for Worker {
    /// Readable while events wait.
    fn as_raw_fd(&self) -> RawFd {
        self.shared.events.as_raw_fd()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.close();
    }
}

/// Body of the thread. A fault in it must not take the process down: it ends this worker and says so.
fn run(event_loop: EventLoop, shared: &Shared, cpu: Option<usize>, started: &SyncSender<io::Result<()>>) {
    shared.set_thread(thread::thread_id());
    let pinned = cpu.map_or(Ok(()), thread::pin_to_cpu);
    let failed = pinned.is_err();
    // The receiver waits for exactly this message; if it is gone, so is the worker.
    let _ = started.send(pinned);
    if failed {
        return shared.ended("worker-failed");
    }
    guarded(shared, move || event_loop.run());
}

fn guarded(shared: &Shared, body: impl FnOnce() -> io::Result<()>) {
    // Unwind safe: whatever `body` owns is gone afterwards, and the queues it shares change in single steps.
    shared.ended(match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => "worker-closed",
        Ok(Err(_)) => "worker-failed",
        Err(_) => "worker-died",
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(transport: u32) -> Command {
        Command::AddTransport { transport, room: 1, ufrag: format!("ufrag{transport}"), pwd: "p".repeat(24) }
    }

    #[test]
    fn a_panic_ends_the_worker_and_is_told_for_every_transport() {
        let shared = Shared::new(10).unwrap();
        shared.commands.submit(add(1), None).unwrap();
        shared.commands.submit(add(2), None).unwrap();
        guarded(&shared, || panic!("what a test of panics prints"));
        let mut events = shared.events.take();
        events.sort_by_key(|event| format!("{event:?}"));
        let closed = |transport| Event::Closed { transport, reason: "worker-died" };
        assert_eq!(events, [closed(1), closed(2)]);
        assert_eq!(shared.commands.submit(add(3), None), Err(SubmitError::WorkerGone));
    }

    #[test]
    fn an_io_error_ends_the_worker_too() {
        let shared = Shared::new(10).unwrap();
        shared.commands.submit(add(1), None).unwrap();
        guarded(&shared, || Err(io::Error::from(io::ErrorKind::OutOfMemory)));
        assert_eq!(shared.events.take(), [Event::Closed { transport: 1, reason: "worker-failed" }]);
    }
}
