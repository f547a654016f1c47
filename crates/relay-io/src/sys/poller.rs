//! epoll with microsecond timeouts.

use super::check;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// Events taken in one wait; the rest stay ready (level-triggered).
const MAX_EVENTS: usize = 128;

/// What a descriptor is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interest {
    Read,
    ReadWrite,
}

/// One descriptor that is ready.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ready {
    pub(crate) token: u64,
    pub(crate) readable: bool,
    pub(crate) writable: bool,
}

/// A level-triggered epoll set; itself pollable.
#[derive(Debug)]
pub(crate) struct Poller {
    fd: OwnedFd,
    events: Vec<libc::epoll_event>,
    /// The kernel knows `epoll_pwait2` (Linux 5.11); without it timeouts are rounded up to milliseconds.
    precise: bool,
}

impl Poller {
    pub(crate) fn new() -> io::Result<Poller> {
        // SAFETY: no pointers; the descriptor returned belongs to nobody else.
        let fd = unsafe { OwnedFd::from_raw_fd(check(libc::epoll_create1(libc::EPOLL_CLOEXEC))?) };
        Ok(Poller { fd, events: Vec::with_capacity(MAX_EVENTS), precise: true })
    }

    pub(crate) fn add(&self, fd: RawFd, token: u64, interest: Interest) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, fd, token, interest)
    }

    pub(crate) fn modify(&self, fd: RawFd, token: u64, interest: Interest) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, fd, token, interest)
    }

    pub(crate) fn remove(&self, fd: RawFd) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_DEL, fd, 0, Interest::Read)
    }

    fn control(&self, operation: libc::c_int, fd: RawFd, token: u64, interest: Interest) -> io::Result<()> {
        let mut flags = libc::EPOLLIN;
        if interest == Interest::ReadWrite {
            flags |= libc::EPOLLOUT;
        }
        let mut event = libc::epoll_event { events: flags as u32, u64: token };
        // SAFETY: `event` is a valid epoll_event for the length of the call; the kernel copies it.
        check(unsafe { libc::epoll_ctl(self.fd.as_raw_fd(), operation, fd, &mut event) })?;
        Ok(())
    }

    /// Waits until something is ready or `timeout` has passed; a signal ends the wait early with nothing ready.
    pub(crate) fn wait(&mut self, timeout: Duration, ready: &mut Vec<Ready>) -> io::Result<()> {
        ready.clear();
        let count = match self.wait_raw(timeout) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error),
        };
        // SAFETY: the kernel has filled `count` events, at most MAX_EVENTS, which is within the capacity.
        unsafe { self.events.set_len(count) };
        ready.extend(self.events.iter().map(|event| {
            let flags = event.events as libc::c_int;
            let broken = flags & (libc::EPOLLERR | libc::EPOLLHUP) != 0;
            Ready {
                token: event.u64,
                readable: broken || flags & libc::EPOLLIN != 0,
                writable: broken || flags & libc::EPOLLOUT != 0,
            }
        }));
        Ok(())
    }

    fn wait_raw(&mut self, timeout: Duration) -> io::Result<usize> {
        self.events.clear();
        if self.precise {
            match self.wait_precise(timeout) {
                // EPERM: a system-call filter of a container that is older than the call.
                Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM)) => self.precise = false,
                result => return result,
            }
        }
        let millis = timeout.as_micros().div_ceil(1000).min(60_000) as libc::c_int;
        // SAFETY: `events` has room for MAX_EVENTS elements that the kernel may write.
        let count = check(unsafe {
            libc::epoll_wait(self.fd.as_raw_fd(), self.events.as_mut_ptr(), MAX_EVENTS as libc::c_int, millis)
        })?;
        Ok(count as usize)
    }

    fn wait_precise(&mut self, timeout: Duration) -> io::Result<usize> {
        let limit = timeout.min(Duration::from_secs(60));
        let spec = libc::timespec { tv_sec: limit.as_secs() as _, tv_nsec: limit.subsec_nanos() as _ };
        // SAFETY: `events` has room for MAX_EVENTS elements that the kernel may write, `spec` outlives the call, and a
        // null signal mask means that the mask is not changed.
        let count = unsafe {
            libc::syscall(
                libc::SYS_epoll_pwait2,
                self.fd.as_raw_fd(),
                self.events.as_mut_ptr(),
                MAX_EVENTS as libc::c_int,
                std::ptr::from_ref(&spec),
                std::ptr::null::<libc::sigset_t>(),
                0usize,
            )
        };
        Ok(check(count as libc::c_int)? as usize)
    }
}

impl AsRawFd for Poller {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::eventfd::EventFd;
    use std::time::Instant;

    #[test]
    fn an_eventfd_is_ready_until_it_is_cleared() {
        let (mut poller, event, mut ready) = (Poller::new().unwrap(), EventFd::new().unwrap(), Vec::new());
        poller.add(event.as_raw_fd(), 7, Interest::Read).unwrap();
        poller.wait(Duration::ZERO, &mut ready).unwrap();
        assert!(ready.is_empty());
        event.raise();
        event.raise();
        poller.wait(Duration::from_secs(5), &mut ready).unwrap();
        assert!(ready.len() == 1 && ready[0].token == 7 && ready[0].readable && !ready[0].writable);
        event.clear();
        poller.wait(Duration::ZERO, &mut ready).unwrap();
        assert!(ready.is_empty());
    }

    #[test]
    fn both_ways_of_waiting_keep_the_timeout() {
        for precise in [true, false] {
            let mut poller = Poller { precise, ..Poller::new().unwrap() };
            let begin = Instant::now();
            poller.wait(Duration::from_micros(1500), &mut Vec::new()).unwrap();
            assert!(begin.elapsed() >= Duration::from_micros(1500));
        }
    }
}
