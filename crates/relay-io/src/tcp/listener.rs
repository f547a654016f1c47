//! Binds the UDP and the TCP side of one address to the same port number.

use crate::udp;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

/// Connections the kernel keeps until they are accepted.
const ACCEPT_QUEUE: i32 = 256;
/// Attempts to find a number that is free on both sides when the caller leaves the choice to us.
const PAIR_ATTEMPTS: usize = 32;

/// What to open on each address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PairConfig {
    pub(crate) udp: bool,
    pub(crate) tcp: bool,
    pub(crate) receive_bytes: usize,
    pub(crate) send_bytes: usize,
}

/// The sockets of one listen address, with the port number both have.
pub(crate) struct Pair {
    pub(crate) local: SocketAddr,
    pub(crate) udp: Option<UdpSocket>,
    pub(crate) tcp: Option<TcpListener>,
}

/// Opens what `config` asks for on `address`.
pub(crate) fn bind_pair(address: SocketAddr, config: PairConfig) -> io::Result<Pair> {
    let attempts = if address.port() == 0 { PAIR_ATTEMPTS } else { 1 };
    let mut taken = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..attempts {
        match try_pair(address, config) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => taken = error,
            result => return result,
        }
    }
    Err(taken)
}

fn try_pair(address: SocketAddr, config: PairConfig) -> io::Result<Pair> {
    let mut local = address;
    let udp = match config.udp {
        true => Some(udp::bind(local, config.receive_bytes, config.send_bytes)?),
        false => None,
    };
    if let Some(socket) = &udp {
        local = socket.local_addr()?;
    }
    let tcp = match config.tcp {
        true => Some(bind_tcp(local)?),
        false => None,
    };
    if let Some(listener) = &tcp {
        local = listener.local_addr()?;
    }
    Ok(Pair { local, udp, tcp })
}

fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // Connections of the process before us linger in TIME_WAIT; they must not keep a restarted server from its port.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(ACCEPT_QUEUE)?;
    Ok(socket.into())
}
