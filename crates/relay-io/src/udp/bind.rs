//! Opens the UDP sockets.

use super::send::Sender;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

/// One listening UDP socket with its sender.
pub(crate) struct UdpPort {
    pub(crate) socket: UdpSocket,
    pub(crate) sender: Sender<UdpSocket>,
}

/// Binds `address`; an IPv6 socket takes IPv6 only, so that no peer appears under two addresses.
pub(crate) fn bind(address: SocketAddr, receive_bytes: usize, send_bytes: usize) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    let socket_ref = SockRef::from(&socket);
    raise_buffer(&socket_ref, libc::SO_RCVBUFFORCE, receive_bytes, Socket::set_recv_buffer_size);
    raise_buffer(&socket_ref, libc::SO_SNDBUFFORCE, send_bytes, Socket::set_send_buffer_size);
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// Gives a socket room for `bytes` of received datagrams, or as much as the kernel allows.
pub fn raise_receive_buffer(socket: &UdpSocket, bytes: usize) {
    raise_buffer(&SockRef::from(socket), libc::SO_RCVBUFFORCE, bytes, Socket::set_recv_buffer_size);
}

impl UdpPort {
    pub(crate) fn new(socket: UdpSocket, index: u8) -> io::Result<UdpPort> {
        let offload = knows_segmentation(&socket);
        let sender = Sender::new(socket.try_clone()?, index, offload);
        Ok(UdpPort { socket, sender })
    }
}

/// Privileged first (beyond `net.core.*mem_max`), else as much as the limit allows.
fn raise_buffer(
    socket: &Socket,
    forced: libc::c_int,
    bytes: usize,
    unforced: impl Fn(&Socket, usize) -> io::Result<()>,
) {
    let value = bytes.min(1 << 30) as libc::c_int;
    // SAFETY: the option value is one int that outlives the call.
    let refused = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            forced,
            std::ptr::from_ref(&value).cast(),
            size_of_val(&value) as libc::socklen_t,
        )
    };
    if refused != 0 {
        // The kernel caps the value instead of failing; a small buffer is no reason not to serve.
        let _ = unforced(socket, bytes);
    }
}

/// True if the kernel has UDP segmentation offload (Linux 4.18).
fn knows_segmentation(socket: &UdpSocket) -> bool {
    let mut value: libc::c_int = 0;
    let mut len = size_of_val(&value) as libc::socklen_t;
    // SAFETY: `value` and `len` are writable and `len` says how long `value` is.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_UDP,
            libc::UDP_SEGMENT,
            std::ptr::from_mut(&mut value).cast(),
            &mut len,
        )
    };
    result == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_may_have_one_port_number() {
        let v4 = bind("127.0.0.1:0".parse().unwrap(), 1 << 20, 1 << 20).unwrap();
        let port = v4.local_addr().unwrap().port();
        bind(SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port)), 1 << 20, 1 << 20).unwrap();
        let taken = bind(v4.local_addr().unwrap(), 1 << 20, 1 << 20).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
    }
}
