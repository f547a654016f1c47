//! Receives up to [`BATCH`] datagrams per system call straight into the relay's buffers.

use super::addr::RawAddr;
use crate::sys::check;
use relay::{Link, Path, RxPacket, SLOT_LEN};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;

/// Datagrams per system call.
pub(crate) const BATCH: usize = 64;

/// Stands for an address of a family that is never bound.
const NO_ADDRESS: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));

/// Address and header storage for `recvmmsg`.
pub(crate) struct Receiver {
    names: Box<[RawAddr]>,
    vectors: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
}

// SAFETY: the pointers inside are written anew before each system call and mean nothing after it.
unsafe impl Send for Receiver {}

impl Receiver {
    pub(crate) fn new() -> Receiver {
        // SAFETY: all-zero bytes are valid values of both plain C structures (null pointers, zero lengths).
        let (vector, header) = unsafe { (std::mem::zeroed::<libc::iovec>(), std::mem::zeroed::<libc::mmsghdr>()) };
        Receiver {
            names: vec![RawAddr::zeroed(); BATCH].into(),
            vectors: vec![vector; BATCH].into(),
            headers: vec![header; BATCH].into(),
        }
    }

    /// Fills `batch` from its beginning; returns how many datagrams came. `WouldBlock`: none.
    pub(crate) fn receive(&mut self, socket: &UdpSocket, link: Link, batch: &mut [RxPacket]) -> io::Result<usize> {
        let room = batch.len().min(BATCH);
        for (index, packet) in batch.iter_mut().enumerate().take(room) {
            // The relay swaps boxes, so the pointers change from call to call.
            self.vectors[index] = libc::iovec { iov_base: packet.buf.as_mut_ptr().cast(), iov_len: SLOT_LEN };
            let header = &mut self.headers[index].msg_hdr;
            header.msg_name = self.names[index].as_mut_ptr();
            header.msg_namelen = RawAddr::CAPACITY;
            header.msg_iov = &mut self.vectors[index];
            header.msg_iovlen = 1;
            header.msg_flags = 0;
        }
        // SAFETY: the first `room` headers point at names, vectors and packet buffers that live through the call and are
        // as long as they say; a null timeout means that the call does not wait (MSG_DONTWAIT).
        let count = check(unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                room as libc::c_uint,
                libc::MSG_DONTWAIT as _,
                std::ptr::null_mut(),
            )
        })? as usize;
        for (index, packet) in batch.iter_mut().enumerate().take(count) {
            let message = &self.headers[index];
            let remote = self.names[index].get(message.msg_hdr.msg_namelen);
            packet.truncated = message.msg_hdr.msg_flags & libc::MSG_TRUNC != 0;
            // A peer without an address cannot be answered: an empty datagram is what the relay drops first.
            packet.len = if remote.is_some() { message.msg_len.min(SLOT_LEN as u32) as u16 } else { 0 };
            packet.path = Path { remote: remote.unwrap_or(NO_ADDRESS), link };
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_keeps_order_addresses_and_truncation() {
        for local in ["127.0.0.1:0", "[::1]:0"] {
            let (server, client) = (UdpSocket::bind(local).unwrap(), UdpSocket::bind(local).unwrap());
            let target = server.local_addr().unwrap();
            for len in [0usize, 1, 1500, SLOT_LEN, SLOT_LEN + 1] {
                client.send_to(&vec![len as u8; len], target).unwrap();
            }
            let mut batch: Vec<RxPacket> = (0..8).map(|_| RxPacket::empty()).collect();
            let mut receiver = Receiver::new();
            assert_eq!(receiver.receive(&server, Link::Udp(3), &mut batch).unwrap(), 5);
            let lengths: Vec<_> = batch.iter().take(5).map(|packet| (packet.len, packet.truncated)).collect();
            let full = SLOT_LEN as u16;
            assert_eq!(lengths, [(0, false), (1, false), (1500, false), (full, false), (full, true)]);
            let path = Path { remote: client.local_addr().unwrap(), link: Link::Udp(3) };
            assert!(batch.iter().take(5).all(|packet| packet.path == path));
            let empty = receiver.receive(&server, Link::Udp(3), &mut batch).unwrap_err();
            assert_eq!(empty.kind(), io::ErrorKind::WouldBlock);
        }
    }
}
