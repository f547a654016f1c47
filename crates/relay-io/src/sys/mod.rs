//! Thin wrappers of the system calls that the standard library does not offer.

pub(crate) mod eventfd;
pub(crate) mod poller;
pub(crate) mod seqpacket;
pub(crate) mod thread;

use std::io;

/// Turns the -1 of a system call into the error it stands for.
pub(crate) fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
