//! What the caller may choose about one worker.

use relay::{Micros, RelayConfig};
use std::net::SocketAddr;

/// Addresses, limits and timing of one [`crate::Worker`].
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Addresses to listen on, at most 16; port 0 picks a free one. UDP and TCP get the same number.
    pub listen: Vec<SocketAddr>,
    /// Serve UDP.
    pub udp: bool,
    /// Serve ICE-TCP.
    pub tcp: bool,
    /// Name of the thread, at most 15 bytes are seen by the kernel.
    pub name: String,
    /// CPU to run on; none: the scheduler chooses.
    pub cpu: Option<usize>,
    /// Longest wait for more packets before what is due is sent, while busy, µs.
    pub busy_tick_us: Micros,
    /// Asked-for kernel buffers of each UDP socket, bytes; the kernel may grant less.
    pub receive_buffer_bytes: usize,
    /// As above, for sending.
    pub send_buffer_bytes: usize,
    /// Bounds of ICE-TCP.
    pub tcp_limits: TcpLimits,
    /// The state machine's own limits. `seed` and `ntp_at_zero` of 0 are filled in by the worker.
    pub relay: RelayConfig,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        WorkerConfig {
            listen: Vec::new(),
            udp: true,
            tcp: true,
            name: "relay-0".to_owned(),
            cpu: None,
            busy_tick_us: 3000,
            receive_buffer_bytes: 4 << 20,
            send_buffer_bytes: 4 << 20,
            tcp_limits: TcpLimits::default(),
            relay: RelayConfig::default(),
        }
    }
}

/// Bounds of ICE-TCP, against peers that connect and never speak, or never read.
#[derive(Debug, Clone, Copy)]
pub struct TcpLimits {
    /// Connections in all.
    pub connections: usize,
    /// Connections of one IPv4 address or one IPv6 /64.
    pub per_address: usize,
    /// Bytes waiting for one peer to read; a frame that does not fit is dropped whole.
    pub queue_bytes: usize,
    /// A connection that ICE has not validated by then is closed, µs.
    pub validation_us: Micros,
    /// A validated connection that nothing was sent on for so long is closed, µs: a living one answers consent checks.
    pub idle_us: Micros,
}

impl Default for TcpLimits {
    fn default() -> Self {
        TcpLimits {
            connections: 1024,
            per_address: 16,
            queue_bytes: 256 << 10,
            validation_us: 10_000_000,
            idle_us: 60_000_000,
        }
    }
}
