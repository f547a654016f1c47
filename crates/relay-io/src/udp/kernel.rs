//! The two system calls that send, behind a trait so that their refusals can be tested.

use super::addr::RawAddr;
use crate::sys::check;
use std::io;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;

/// How datagrams reach the kernel.
pub(crate) trait Kernel {
    /// Sends several messages; returns how many were taken, at least one.
    ///
    /// # Safety
    /// Every pointer inside `messages` must be valid for the length stored beside it.
    unsafe fn send_many(&mut self, messages: &mut [libc::mmsghdr]) -> io::Result<usize>;

    /// Sends one datagram.
    fn send_one(&mut self, datagram: &[u8], to: &RawAddr, to_len: libc::socklen_t) -> io::Result<()>;
}

impl Kernel for UdpSocket {
    unsafe fn send_many(&mut self, messages: &mut [libc::mmsghdr]) -> io::Result<usize> {
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        // SAFETY: the slice is valid for its length and the caller vouches for the pointers inside.
        let sent = check(unsafe {
            libc::sendmmsg(self.as_raw_fd(), messages.as_mut_ptr(), messages.len() as libc::c_uint, flags as _)
        })?;
        Ok(sent as usize)
    }

    fn send_one(&mut self, datagram: &[u8], to: &RawAddr, to_len: libc::socklen_t) -> io::Result<()> {
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        // SAFETY: `datagram` is readable for its length and `to` holds an address of `to_len` bytes.
        let sent = unsafe {
            libc::sendto(self.as_raw_fd(), datagram.as_ptr().cast(), datagram.len(), flags, to.as_ptr(), to_len)
        };
        if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}
