//! The `SrtGate` class: SRT callers of inherited UDP sockets, each with its own passphrase.

use crate::error::{bad_value, os_error};
use pyo3::prelude::*;
use srt_gate::{Cause, Config, Event, Gate, Reject};
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Kind, connection, resource or cause, peer.
type News = (&'static str, u32, String, String);

/// The listening half of SRT over UDP sockets that somebody else bound. For one thread; no method blocks.
#[pyclass(module = "conference.media._relay", frozen)]
pub(crate) struct SrtGate {
    gate: Mutex<Gate>,
}

impl SrtGate {
    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl SrtGate {
    #[new]
    #[pyo3(signature = (fds, *, latency_ms))]
    fn new(fds: Vec<RawFd>, latency_ms: u64) -> PyResult<SrtGate> {
        let sockets = fds.into_iter().map(duplicate).collect::<io::Result<_>>().map_err(os_error)?;
        let config = Config { latency: Duration::from_millis(latency_ms), ..Config::default() };
        Ok(SrtGate { gate: Mutex::new(Gate::new(sockets, config).map_err(os_error)?) })
    }

    /// Reads what has come, does what is due. News: ("knock", connection, resource, "ip:port"), ("gone", connection,
    /// cause, "") before a connection stood, ("closed", connection, cause, "") after.
    fn poll(&self, py: Python<'_>) -> Vec<News> {
        let events = py.detach(|| self.gate().poll());
        events.into_iter().map(news).collect()
    }

    /// Seconds until the next `poll` at the latest; None: when a socket is readable.
    fn timeout_s(&self) -> Option<f64> {
        self.gate().timeout().map(|timeout| timeout.as_secs_f64())
    }

    /// Lets a caller in if `passphrase` opens its keys; payloads then go to `fd` (duplicated), a non-blocking socket that
    /// keeps message boundaries, at most 16 KiB in a message. False: it is not in, the next `poll` tells why.
    fn admit(&self, connection: u32, passphrase: &str, fd: RawFd) -> PyResult<bool> {
        let sink = duplicate(fd).map_err(os_error)?;
        Ok(self.gate().admit(connection, passphrase, sink))
    }

    /// Turns a waiting caller away. `code`: unknown-key, expired-key, busy, disabled, full.
    fn refuse(&self, connection: u32, code: &str) -> PyResult<()> {
        let reject = match code {
            "unknown-key" => Reject::NotFound,
            "expired-key" => Reject::Unauthorized,
            "busy" => Reject::Conflict,
            "disabled" => Reject::Forbidden,
            "full" => Reject::Overload,
            _ => return Err(bad_value(format!("unknown code {code}"))),
        };
        self.gate().refuse(connection, reject);
        Ok(())
    }

    /// Ends a connection: its caller hears it at once.
    fn close(&self, connection: u32) {
        self.gate().close(connection);
    }

    /// Packets that never came, and bytes the reader was too slow for.
    fn lost(&self, connection: u32) -> (u64, u64) {
        self.gate().lost(connection)
    }
}

fn news(event: Event) -> News {
    match event {
        Event::Knock { connection, resource, peer } => ("knock", connection, resource, peer.to_string()),
        Event::Gone { connection, cause } => ("gone", connection, cause_name(cause).to_owned(), String::new()),
        Event::Closed { connection, cause } => ("closed", connection, cause_name(cause).to_owned(), String::new()),
    }
}

fn cause_name(cause: Cause) -> &'static str {
    match cause {
        Cause::Closed => "closed",
        Cause::Timeout => "timeout",
        Cause::Protocol => "protocol",
        Cause::WrongPassphrase => "wrong-password",
    }
}

pub(crate) fn duplicate(fd: RawFd) -> io::Result<OwnedFd> {
    if fd < 0 {
        return Err(io::Error::from_raw_os_error(9));
    }
    // SAFETY: borrowed for this one call; a descriptor that is not open makes the duplication fail, nothing else.
    unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned()
}
