//! What a worker tells about itself about once a second.

use relay::StatsBatch;

/// A snapshot of all counters of one worker.
#[derive(Debug, Clone)]
pub struct WorkerStats {
    /// The relay's own counters; `drops` includes those of the sockets.
    pub relay: StatsBatch,
    /// Datagrams and frames received.
    pub received_packets: u64,
    /// Datagrams the kernel took, and frames queued for TCP.
    pub sent_packets: u64,
    /// System calls that sent them.
    pub send_calls: u64,
    /// Scheduler run time of the worker's thread, µs.
    pub cpu_us: u64,
    /// Every UDP socket uses segmentation offload.
    pub offload: bool,
    /// Present pause between flushes, µs; 0: everything is sent at once.
    pub tick_us: u64,
}
