//! The way down: commands wait, bounded and in order, until the worker takes them.

use crate::registry::{Registry, SubmitError};
use crate::sys::eventfd::EventFd;
use relay::Command;
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most commands that wait.
const MAX_COMMANDS: usize = 65_536;

/// A command, and the descriptor that goes with [`Command::Inject`].
pub(crate) type Order = (Command, Option<OwnedFd>);

/// Commands with the caller's view of living ids.
#[derive(Debug)]
pub(crate) struct CommandQueue {
    inner: Mutex<Inner>,
    raised: EventFd,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    waiting: VecDeque<Order>,
    open: bool,
}

impl CommandQueue {
    pub(crate) fn new(max_transports: usize) -> io::Result<CommandQueue> {
        let inner = Inner { registry: Registry::new(max_transports), waiting: VecDeque::new(), open: true };
        Ok(CommandQueue { inner: Mutex::new(inner), raised: EventFd::new()? })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing below panics half-way through a change.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts one command on the queue, in the order of the calls.
    pub(crate) fn submit(&self, command: Command, fd: Option<OwnedFd>) -> Result<(), SubmitError> {
        let mut inner = self.lock();
        if !inner.open {
            return Err(SubmitError::WorkerGone);
        }
        inner.registry.check(&command)?;
        if inner.waiting.len() >= MAX_COMMANDS {
            return Err(SubmitError::QueueFull);
        }
        inner.registry.apply(&command);
        inner.waiting.push_back((command, fd));
        let was_empty = inner.waiting.len() == 1;
        drop(inner);
        if was_empty {
            self.raised.raise();
        }
        Ok(())
    }

    /// Moves up to `most` commands into `out`.
    pub(crate) fn take(&self, most: usize, out: &mut Vec<Order>) {
        self.raised.clear();
        let mut inner = self.lock();
        let count = inner.waiting.len().min(most);
        out.extend(inner.waiting.drain(..count));
        let more = !inner.waiting.is_empty();
        drop(inner);
        if more {
            self.raised.raise();
        }
    }

    /// The relay has ended this transport of its own accord.
    pub(crate) fn forget(&self, transport: u32) {
        self.lock().registry.end_transport(transport);
    }

    /// Wakes the worker without a command.
    pub(crate) fn wake(&self) {
        self.raised.raise();
    }

    /// Refuses all further commands; returns the transports that were still open.
    pub(crate) fn shut(&self) -> Vec<u32> {
        let mut inner = self.lock();
        inner.open = false;
        inner.waiting.clear();
        inner.registry.transports().collect()
    }
}

impl AsRawFd for CommandQueue {
    fn as_raw_fd(&self) -> RawFd {
        self.raised.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(transport: u32) -> Command {
        Command::AddTransport { transport, room: 0, ufrag: String::new(), pwd: String::new() }
    }

    #[test]
    fn the_queue_is_bounded_and_keeps_order() {
        let queue = CommandQueue::new(1).unwrap();
        queue.submit(add(1), None).unwrap();
        for _ in 1..MAX_COMMANDS {
            queue.submit(Command::SendDtls { transport: 1, datagram: vec![] }, None).unwrap();
        }
        let close = || Command::CloseTransport { transport: 1 };
        assert_eq!(queue.submit(close(), None), Err(SubmitError::QueueFull));
        let mut taken = Vec::new();
        queue.take(10, &mut taken);
        assert!(taken.len() == 10 && matches!(taken[0], (Command::AddTransport { .. }, None)));
        // The refused command changed nothing: the transport is still there to be closed.
        assert_eq!(queue.submit(close(), None), Ok(()));
        assert_eq!(queue.submit(close(), None), Err(SubmitError::UnknownTransport));
    }

    #[test]
    fn a_shut_queue_names_what_was_open() {
        let queue = CommandQueue::new(10).unwrap();
        queue.submit(add(1), None).unwrap();
        queue.submit(add(2), None).unwrap();
        queue.forget(1);
        assert_eq!(queue.shut(), [2]);
        assert_eq!(queue.submit(add(3), None), Err(SubmitError::WorkerGone));
    }
}
