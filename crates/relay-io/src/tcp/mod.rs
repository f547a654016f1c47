//! ICE-TCP, passive side (RFC 6544): connections that carry one frame per datagram (RFC 4571).

mod connection;
mod frame;
mod listener;
mod ports;

pub(crate) use listener::{Pair, PairConfig, bind_pair};
pub(crate) use ports::TcpPorts;
