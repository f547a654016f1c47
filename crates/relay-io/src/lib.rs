//! Sockets and threads around the sans-IO [`relay::Relay`].
//!
//! A [`Worker`] owns one thread. The thread waits in epoll for its UDP sockets, its ICE-TCP connections and an eventfd
//! that announces commands, and for the sockets of injectors; it receives straight into the relay's buffers (`recvmmsg`), lets the relay write what is due
//! into one arena and sends that with `sendmmsg`, one UDP segmentation-offload message per run of equal length.
//! All unsafe code of the media plane is in the modules `sys` and `udp` of this crate.

mod clock;
mod commands;
mod config;
mod event_loop;
mod events;
mod injectors;
mod registry;
mod shared;
mod snapshot;
mod sys;
mod tcp;
mod tick;
mod udp;
mod worker;

pub use clock::ntp_now;
pub use config::{TcpLimits, WorkerConfig};
pub use registry::SubmitError;
pub use snapshot::WorkerStats;
pub use sys::seqpacket::duplicate;
pub use sys::thread::{pin_to_cpu, thread_cpu_ns};
pub use udp::raise_receive_buffer;
pub use worker::Worker;
