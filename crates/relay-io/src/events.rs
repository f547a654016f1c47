//! The way up: events wait, bounded, until the control side takes them.

use crate::sys::eventfd::EventFd;
use relay::{DropCounters, DropReason, Event};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Handshake datagrams are let in up to here: DTLS sends them again.
const MAX_WITH_DATAGRAMS: usize = 16_384;
/// Other events are let in up to here. `Closed` always is: there is one per transport, and losing it leaks a seat.
const MAX_EVENTS: usize = 65_536;

/// Events for the control side.
#[derive(Debug)]
pub(crate) struct EventQueue {
    waiting: Mutex<Vec<Event>>,
    raised: EventFd,
}

impl EventQueue {
    pub(crate) fn new() -> io::Result<EventQueue> {
        Ok(EventQueue { waiting: Mutex::new(Vec::new()), raised: EventFd::new()? })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        // Nothing below panics half-way through a change.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends `events`, leaving out what does not fit.
    pub(crate) fn put(&self, events: impl Iterator<Item = Event>, drops: &mut DropCounters) {
        let mut waiting = self.lock();
        let before = waiting.len();
        for event in events {
            let limit = match event {
                Event::Dtls { .. } => MAX_WITH_DATAGRAMS,
                Event::Closed { .. } => usize::MAX,
                _ => MAX_EVENTS,
            };
            if waiting.len() < limit {
                waiting.push(event);
            } else if let Event::Dtls { .. } = event {
                drops.count(DropReason::DtlsQueueFull);
            }
        }
        let raise = before == 0 && !waiting.is_empty();
        drop(waiting);
        if raise {
            self.raised.raise();
        }
    }

    /// Everything that waits, oldest first.
    pub(crate) fn take(&self) -> Vec<Event> {
        // Cleared before taking: an event that comes in between raises it again.
        self.raised.clear();
        std::mem::take(&mut *self.lock())
    }
}

impl AsRawFd for EventQueue {
    fn as_raw_fd(&self) -> RawFd {
        self.raised.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleeping_reader_never_loses_a_close_and_never_costs_more_than_the_bound() {
        let (queue, mut drops) = (EventQueue::new().unwrap(), DropCounters::new());
        let dtls = || Event::Dtls { transport: 1, datagram: Vec::new() };
        let estimate = || Event::Estimate { transport: 1, bps: 1 };
        queue.put(std::iter::repeat_with(dtls).take(MAX_WITH_DATAGRAMS + 5), &mut drops);
        assert_eq!(drops.get(DropReason::DtlsQueueFull), 5);
        queue.put(std::iter::repeat_with(estimate).take(MAX_EVENTS), &mut drops);
        queue.put(std::iter::once(Event::Closed { transport: 1, reason: "closed" }), &mut drops);
        let taken = queue.take();
        assert_eq!(taken.len(), MAX_EVENTS + 1);
        assert!(matches!(taken.last(), Some(Event::Closed { .. })));
        assert!(queue.take().is_empty());
    }
}
