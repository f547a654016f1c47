//! The `SrtCall` class: one call to an SRT listener, over a UDP socket that somebody else connected.

use crate::error::{bad_value, os_error};
use crate::srt::duplicate;
use pyo3::prelude::*;
use srt_gate::{Call, Ended, Wanted};
use std::os::fd::RawFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The calling half of SRT. For one thread; no method blocks.
#[pyclass(module = "conference.media._relay", frozen)]
pub(crate) struct SrtCall {
    call: Mutex<Call>,
}

impl SrtCall {
    fn call(&self) -> MutexGuard<'_, Call> {
        self.call.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl SrtCall {
    #[new]
    #[pyo3(signature = (fd, *, stream_id, passphrase, latency_ms))]
    fn new(fd: RawFd, stream_id: String, passphrase: Option<String>, latency_ms: u64) -> PyResult<SrtCall> {
        let bounds = "stream id, passphrase or latency out of bounds";
        let wanted = Wanted { stream_id, passphrase, latency: Duration::from_millis(latency_ms) };
        if !wanted.is_allowed() {
            return Err(bad_value(bounds.to_owned()));
        }
        let socket = duplicate(fd).map_err(os_error)?;
        Ok(SrtCall { call: Mutex::new(Call::new(socket, wanted).map_err(os_error)?) })
    }

    /// Reads what has come, does what is due: "connecting", "stands", or why it is over.
    fn poll(&self) -> &'static str {
        let mut call = self.call();
        call.poll();
        match call.ended() {
            Some(Ended::Closed) => "closed",
            Some(Ended::Silent) => "silent",
            Some(Ended::Refused) => "refused",
            Some(Ended::WrongPassphrase) => "wrong-password",
            Some(Ended::Protocol) => "protocol",
            None if call.stands() => "stands",
            None => "connecting",
        }
    }

    /// Seconds until the next `poll` at the latest; None: it is over.
    fn timeout_s(&self) -> Option<f64> {
        self.call().timeout().map(|timeout| timeout.as_secs_f64())
    }

    /// Sends bytes in packets of 1316. False: not all of them, the far end does not keep up.
    fn send(&self, media: &[u8]) -> bool {
        self.call().send(media)
    }

    /// Says goodbye.
    fn close(&self) {
        self.call().close();
    }

    /// Packets sent, packets sent again, packets given up.
    fn counts(&self) -> (u64, u64, u64) {
        let counts = self.call().counts();
        (counts.sent, counts.repeated, counts.dropped)
    }
}
