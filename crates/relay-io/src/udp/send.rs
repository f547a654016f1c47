//! Sends a flush: one message per run of equal length, many messages per system call, never waiting.

use super::addr::RawAddr;
use super::backlog::{Backlog, Batch};
use super::kernel::Kernel;
use super::runs::run_length;
use relay::{DropCounters, DropReason, Link, TxPacket};
use std::io;

/// Messages per system call.
const MAX_MESSAGES: usize = 64;
/// Runs refused in a row, with the kernel able to send their datagrams one by one, before offload is given up.
const MAX_REFUSALS: u32 = 8;

/// What left through one socket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SendCounters {
    /// Datagrams the kernel took.
    pub(crate) packets: u64,
    /// System calls.
    pub(crate) calls: u64,
}

/// The ancillary data that turns a message into a run (`UDP_SEGMENT`).
#[derive(Clone, Copy)]
#[repr(C)]
struct SegmentControl {
    header: libc::cmsghdr,
    segment: u16,
    padding: [u8; 6],
}

// SAFETY (of the layout): CMSG_SPACE is a pure computation.
const CONTROL_LEN: usize = unsafe { libc::CMSG_SPACE(size_of::<u16>() as u32) } as usize;
const _: () = assert!(size_of::<SegmentControl>() >= CONTROL_LEN);

/// Datagrams `first..first + count` of a batch.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: usize,
    count: usize,
}

/// The sending side of one UDP socket.
pub(crate) struct Sender<K> {
    kernel: K,
    link: Link,
    offload: bool,
    refusals: u32,
    /// False once `sendmmsg` itself was refused.
    many: bool,
    backlog: Backlog,
    counters: SendCounters,
    runs: Vec<Run>,
    names: Box<[RawAddr]>,
    vectors: Box<[libc::iovec]>,
    controls: Box<[SegmentControl]>,
    headers: Box<[libc::mmsghdr]>,
}

// SAFETY: the pointers inside are written anew before each system call and mean nothing after it.
unsafe impl<K: Send> Send for Sender<K> {}

/// Why a run did not leave.
enum Refusal {
    Again,
    Blocked,
    /// Try its datagrams one by one.
    OneByOne,
    /// The same, and if that works then `sendmmsg` is what is forbidden.
    Forbidden,
    Failed,
}

/// What became of a refused run.
enum Outcome {
    Again,
    Done,
    /// The first datagram that has to wait.
    Blocked(usize),
}

impl<K: Kernel> Sender<K> {
    pub(crate) fn new(kernel: K, index: u8, offload: bool) -> Sender<K> {
        // SAFETY: all-zero bytes are valid values of these plain C structures (null pointers, zero lengths).
        let (vector, control, header) =
            unsafe { (std::mem::zeroed::<libc::iovec>(), std::mem::zeroed::<SegmentControl>(), std::mem::zeroed()) };
        Sender {
            kernel,
            link: Link::Udp(index),
            offload,
            refusals: 0,
            many: true,
            backlog: Backlog::default(),
            counters: SendCounters::default(),
            runs: Vec::with_capacity(MAX_MESSAGES),
            names: vec![RawAddr::zeroed(); MAX_MESSAGES].into(),
            vectors: vec![vector; MAX_MESSAGES].into(),
            controls: vec![control; MAX_MESSAGES].into(),
            headers: vec![header; MAX_MESSAGES].into(),
        }
    }

    pub(crate) fn counters(&self) -> SendCounters {
        self.counters
    }

    /// True while segmentation offload is used.
    pub(crate) fn offload(&self) -> bool {
        self.offload
    }

    /// True while datagrams wait for the socket to become writable.
    pub(crate) fn is_blocked(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Sends the datagrams of this socket's link; what the socket does not take now is kept, up to a bound.
    pub(crate) fn send<'a>(&mut self, batch: impl Into<Batch<'a>>, drops: &mut DropCounters) {
        let batch = batch.into();
        let unsent = if self.is_blocked() { Some(0) } else { self.send_batch(batch, drops) };
        let Some(first) = unsent else { return };
        for packet in batch.packets[first..].iter().filter(|packet| packet.path.link == self.link) {
            if !self.backlog.push(batch.bytes, packet) {
                drops.count(DropReason::SendFailed);
            }
        }
    }

    /// The socket is writable: sends what waits.
    pub(crate) fn resume(&mut self, drops: &mut DropCounters) {
        let mut backlog = std::mem::take(&mut self.backlog);
        let sent = self.send_batch(Batch::from(&backlog), drops).unwrap_or(backlog.packets.len());
        backlog.drop_front(sent);
        self.backlog = backlog;
    }

    /// Returns the first datagram the socket did not take.
    fn send_batch(&mut self, batch: Batch<'_>, drops: &mut DropCounters) -> Option<usize> {
        let mut next = 0;
        while next < batch.packets.len() {
            self.runs.clear();
            while self.runs.len() < MAX_MESSAGES && next < batch.packets.len() {
                let count = if self.offload { run_length(&batch.packets[next..]) } else { 1 };
                if batch.packets[next].path.link == self.link {
                    self.runs.push(Run { first: next, count });
                }
                next += count;
            }
            if let Some(first) = self.send_runs(batch, drops) {
                return Some(first);
            }
        }
        None
    }

    fn send_runs(&mut self, batch: Batch<'_>, drops: &mut DropCounters) -> Option<usize> {
        for index in 0..self.runs.len() {
            self.prepare(batch, index);
        }
        let (mut done, total) = (0, self.runs.len());
        while done < total {
            let run = self.runs[done];
            if !self.many {
                if let Some(first) = self.send_one_by_one(batch, run, drops) {
                    return Some(first);
                }
                done += 1;
                continue;
            }
            self.counters.calls += 1;
            // SAFETY: `prepare` has pointed the headers at `batch`, which outlives the call, and at arrays of `self` that
            // are never reallocated.
            match unsafe { self.kernel.send_many(&mut self.headers[done..total]) } {
                Ok(taken) => {
                    let taken = taken.clamp(1, total - done);
                    self.took(done, taken);
                    done += taken;
                }
                Err(error) => match self.refused(&error, batch, run, drops) {
                    Outcome::Again => {}
                    Outcome::Done => done += 1,
                    Outcome::Blocked(first) => return Some(first),
                },
            }
        }
        None
    }

    fn refused(&mut self, error: &io::Error, batch: Batch<'_>, run: Run, drops: &mut DropCounters) -> Outcome {
        let before = self.counters.packets;
        let refusal = self.refusal(error, run);
        match refusal {
            Refusal::Again => return Outcome::Again,
            Refusal::Blocked => return Outcome::Blocked(run.first),
            Refusal::Failed => drops.add(DropReason::SendFailed, run.count as u64),
            Refusal::OneByOne | Refusal::Forbidden => {
                if let Some(first) = self.send_one_by_one(batch, run, drops) {
                    return Outcome::Blocked(first);
                }
            }
        }
        if matches!(refusal, Refusal::Forbidden) && self.counters.packets > before {
            self.many = false;
        }
        Outcome::Done
    }

    fn took(&mut self, done: usize, taken: usize) {
        for run in &self.runs[done..done + taken] {
            self.counters.packets += run.count as u64;
            if run.count > 1 {
                self.refusals = 0;
            }
        }
    }

    fn refusal(&mut self, error: &io::Error, run: Run) -> Refusal {
        match error.raw_os_error() {
            Some(libc::EINTR) => Refusal::Again,
            Some(libc::EAGAIN) => Refusal::Blocked,
            Some(errno @ (libc::EIO | libc::EINVAL | libc::EMSGSIZE)) if run.count > 1 => {
                self.refusals += 1;
                // EIO: the device cannot checksum, which no other destination will change. The others may be about one
                // path with a small MTU.
                if errno == libc::EIO || self.refusals >= MAX_REFUSALS {
                    self.offload = false;
                }
                Refusal::OneByOne
            }
            Some(libc::ENOSYS) => {
                self.many = false;
                Refusal::OneByOne
            }
            // A system-call filter says EPERM, and so does a firewall for one destination: `sendto` tells which.
            Some(libc::EPERM) => Refusal::Forbidden,
            _ => Refusal::Failed,
        }
    }

    /// Returns the first datagram of `run` that the socket did not take.
    fn send_one_by_one(&mut self, batch: Batch<'_>, run: Run, drops: &mut DropCounters) -> Option<usize> {
        let mut name = RawAddr::zeroed();
        let name_len = name.set(&batch.packets[run.first].path.remote);
        for index in run.first..run.first + run.count {
            self.counters.calls += 1;
            match self.kernel.send_one(batch.bytes_of(index, 1), &name, name_len) {
                Ok(()) => self.counters.packets += 1,
                Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => return Some(index),
                Err(_) => drops.count(DropReason::SendFailed),
            }
        }
        None
    }

    /// Points message `index` at its run.
    #[inline]
    fn prepare(&mut self, batch: Batch<'_>, index: usize) {
        let run = self.runs[index];
        let first: &TxPacket = &batch.packets[run.first];
        let bytes = batch.bytes_of(run.first, run.count);
        self.vectors[index] = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
        let header = &mut self.headers[index].msg_hdr;
        header.msg_namelen = self.names[index].set(&first.path.remote);
        header.msg_name = self.names[index].as_mut_ptr();
        header.msg_iov = &mut self.vectors[index];
        header.msg_iovlen = 1;
        if run.count == 1 {
            header.msg_control = std::ptr::null_mut();
            header.msg_controllen = 0;
            return;
        }
        let control = &mut self.controls[index];
        control.header.cmsg_level = libc::SOL_UDP;
        control.header.cmsg_type = libc::UDP_SEGMENT;
        // SAFETY: CMSG_LEN is a pure computation.
        control.header.cmsg_len = unsafe { libc::CMSG_LEN(size_of::<u16>() as u32) } as _;
        control.segment = first.len;
        header.msg_control = std::ptr::from_mut(control).cast();
        header.msg_controllen = CONTROL_LEN as _;
    }
}

#[cfg(test)]
#[path = "send_tests.rs"]
mod tests;
