//! UDP: many datagrams in and out per system call.

mod addr;
mod backlog;
mod bind;
mod kernel;
mod recv;
mod runs;
mod send;

pub use bind::raise_receive_buffer;
pub(crate) use bind::{UdpPort, bind};
pub(crate) use recv::{BATCH, Receiver};
pub(crate) use send::SendCounters;
