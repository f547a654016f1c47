//! What a worker's thread and its handle share.

use crate::commands::CommandQueue;
use crate::events::EventQueue;
use crate::snapshot::WorkerStats;
use relay::{DropCounters, Event};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Queues, the latest snapshot and the wish to stop.
pub(crate) struct Shared {
    pub(crate) commands: CommandQueue,
    pub(crate) events: EventQueue,
    snapshot: Mutex<Option<Arc<WorkerStats>>>,
    stopping: AtomicBool,
    thread: AtomicI32,
}

impl Shared {
    pub(crate) fn new(max_transports: usize) -> io::Result<Shared> {
        Ok(Shared {
            commands: CommandQueue::new(max_transports)?,
            events: EventQueue::new()?,
            snapshot: Mutex::new(None),
            stopping: AtomicBool::new(false),
            thread: AtomicI32::new(0),
        })
    }

    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.commands.wake();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// The kernel's id of the worker's thread; 0 before it runs.
    pub(crate) fn thread(&self) -> libc::pid_t {
        self.thread.load(Ordering::Acquire)
    }

    pub(crate) fn set_thread(&self, thread: libc::pid_t) {
        self.thread.store(thread, Ordering::Release);
    }

    pub(crate) fn publish(&self, stats: WorkerStats) {
        *self.snapshot.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(stats));
    }

    pub(crate) fn snapshot(&self) -> Option<Arc<WorkerStats>> {
        self.snapshot.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The thread ends: no further commands, and every transport that is still open is told so.
    pub(crate) fn ended(&self, reason: &'static str) {
        let closed = self.commands.shut().into_iter().map(|transport| Event::Closed { transport, reason });
        self.events.put(closed, &mut DropCounters::new());
    }
}
