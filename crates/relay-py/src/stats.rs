//! Counters as frozen records.

use ::relay as core;
use pyo3::prelude::*;
use relay_io::WorkerStats;
use std::collections::HashMap;

/// One peer.
#[pyclass(module = "conference.media._relay", frozen, get_all)]
pub(crate) struct TransportStats {
    transport: u32,
    rtt_ms: Option<f64>,
    received_packets: u64,
    received_bytes: u64,
    sent_packets: u64,
    sent_bytes: u64,
    lost_up: f64,
    lost_down: f64,
    estimate_bps: u64,
    protocol: &'static str,
    ice_restarts: u32,
}

impl From<&core::TransportStats> for TransportStats {
    fn from(stats: &core::TransportStats) -> TransportStats {
        TransportStats {
            transport: stats.transport,
            rtt_ms: stats.rtt_ms,
            received_packets: stats.received_packets,
            received_bytes: stats.received_bytes,
            sent_packets: stats.sent_packets,
            sent_bytes: stats.sent_bytes,
            lost_up: stats.lost_up,
            lost_down: stats.lost_down,
            estimate_bps: stats.estimate_bps,
            protocol: stats.protocol.name(),
            ice_restarts: stats.ice_restarts,
        }
    }
}

/// One layer of a track.
#[pyclass(module = "conference.media._relay", frozen, get_all)]
pub(crate) struct LayerStats {
    bitrate_bps: u64,
    fps: f64,
    width: u16,
    height: u16,
    active: bool,
    largest_frame_bytes: u32,
    keyframes: u64,
    last_packet_age_ms: Option<u64>,
}

impl From<&core::LayerStats> for LayerStats {
    fn from(stats: &core::LayerStats) -> LayerStats {
        LayerStats {
            bitrate_bps: stats.bitrate_bps,
            fps: stats.fps,
            width: stats.width,
            height: stats.height,
            active: stats.active,
            largest_frame_bytes: stats.largest_frame_bytes,
            keyframes: stats.keyframes,
            last_packet_age_ms: stats.last_packet_age_ms,
        }
    }
}

/// One track.
#[pyclass(module = "conference.media._relay", frozen, get_all)]
pub(crate) struct TrackStats {
    track: u32,
    layers: Vec<Py<LayerStats>>,
    received_packets: u64,
    lost_packets: u64,
    nacks_sent: u64,
    keyframe_requests_sent: u64,
    jitter_ms: f64,
}

impl TrackStats {
    fn new(py: Python<'_>, stats: &core::TrackStats) -> PyResult<TrackStats> {
        let layer = |layer: &core::LayerStats| Py::new(py, LayerStats::from(layer));
        Ok(TrackStats {
            track: stats.track,
            layers: stats.layers.iter().map(layer).collect::<PyResult<_>>()?,
            received_packets: stats.received_packets,
            lost_packets: stats.lost_packets,
            nacks_sent: stats.nacks_sent,
            keyframe_requests_sent: stats.keyframe_requests_sent,
            jitter_ms: stats.jitter_ms,
        })
    }
}

/// One subscription.
#[pyclass(module = "conference.media._relay", frozen, get_all)]
pub(crate) struct SubscriptionStats {
    subscription: u32,
    sent_packets: u64,
    sent_bytes: u64,
    resent_packets: u64,
    nacks_received: u64,
    keyframe_requests_received: u64,
    layer: Option<u8>,
}

impl From<&core::SubscriptionStats> for SubscriptionStats {
    fn from(stats: &core::SubscriptionStats) -> SubscriptionStats {
        SubscriptionStats {
            subscription: stats.subscription,
            sent_packets: stats.sent_packets,
            sent_bytes: stats.sent_bytes,
            resent_packets: stats.resent_packets,
            nacks_received: stats.nacks_received,
            keyframe_requests_received: stats.keyframe_requests_received,
            layer: stats.layer,
        }
    }
}

/// Everything at one moment.
#[pyclass(module = "conference.media._relay", frozen, get_all)]
pub(crate) struct Stats {
    drops: HashMap<&'static str, u64>,
    transports: Vec<Py<TransportStats>>,
    tracks: Vec<Py<TrackStats>>,
    subscriptions: Vec<Py<SubscriptionStats>>,
    received_packets: u64,
    sent_packets: u64,
    send_calls: u64,
    cpu_us: u64,
}

impl Stats {
    pub(crate) fn new(py: Python<'_>, stats: &WorkerStats) -> PyResult<Stats> {
        let transport = |each: &core::TransportStats| Py::new(py, TransportStats::from(each));
        let track = |each: &core::TrackStats| Py::new(py, TrackStats::new(py, each)?);
        let subscription = |each: &core::SubscriptionStats| Py::new(py, SubscriptionStats::from(each));
        Ok(Stats {
            drops: stats.relay.drops.iter().map(|(reason, count)| (reason.name(), count)).collect(),
            transports: stats.relay.transports.iter().map(transport).collect::<PyResult<_>>()?,
            tracks: stats.relay.tracks.iter().map(track).collect::<PyResult<_>>()?,
            subscriptions: stats.relay.subscriptions.iter().map(subscription).collect::<PyResult<_>>()?,
            received_packets: stats.received_packets,
            sent_packets: stats.sent_packets,
            send_calls: stats.send_calls,
            cpu_us: stats.cpu_us,
        })
    }

    /// Before the worker's first snapshot.
    pub(crate) fn empty() -> Stats {
        Stats {
            drops: core::DropReason::ALL.into_iter().map(|reason| (reason.name(), 0)).collect(),
            transports: Vec::new(),
            tracks: Vec::new(),
            subscriptions: Vec::new(),
            received_packets: 0,
            sent_packets: 0,
            send_calls: 0,
            cpu_us: 0,
        }
    }
}
