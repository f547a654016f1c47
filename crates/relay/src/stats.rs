//! A snapshot of the counters, made by the shell about once a second.

use crate::event::Protocol;
use relay_wire::drops::DropCounters;

/// One peer.
#[derive(Debug, Clone)]
pub struct TransportStats {
    /// Which.
    pub transport: u32,
    /// Round trip from RTCP or TWCC.
    pub rtt_ms: Option<f64>,
    /// Accepted RTP packets.
    pub received_packets: u64,
    /// Their bytes.
    pub received_bytes: u64,
    /// RTP packets sent, retransmissions included.
    pub sent_packets: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// Share lost from this peer before repair, last report interval.
    pub lost_up: f64,
    /// Share lost to this peer before repair, as it reports.
    pub lost_down: f64,
    /// Downlink estimate; 0 for a local transport, which has none.
    pub estimate_bps: u64,
    /// Of the selected path.
    pub protocol: Protocol,
    /// Nominations with new credentials.
    pub ice_restarts: u32,
}

/// One layer of a track.
#[derive(Debug, Clone, Copy)]
pub struct LayerStats {
    /// Over about the last second.
    pub bitrate_bps: u64,
    /// Frames per second.
    pub fps: f64,
    /// As last seen in a keyframe.
    pub width: u16,
    /// As last seen in a keyframe.
    pub height: u16,
    /// Packets came within the last second.
    pub active: bool,
    /// Payload of the largest frame, keyframes aside, of the last whole second; 0: there was none.
    pub largest_frame_bytes: u32,
    /// Since the track began.
    pub keyframes: u64,
    /// Time since the last packet, ms.
    pub last_packet_age_ms: Option<u64>,
}

/// One track.
#[derive(Debug, Clone)]
pub struct TrackStats {
    /// Which.
    pub track: u32,
    /// Lowest first.
    pub layers: Vec<LayerStats>,
    /// Of all layers.
    pub received_packets: u64,
    /// Never repaired.
    pub lost_packets: u64,
    /// Sequence numbers asked for.
    pub nacks_sent: u64,
    /// PLI and FIR to the publisher.
    pub keyframe_requests_sent: u64,
    /// Worst layer, RFC 3550 A.8.
    pub jitter_ms: f64,
}

/// One subscription.
#[derive(Debug, Clone)]
pub struct SubscriptionStats {
    /// Which.
    pub subscription: u32,
    /// First sendings.
    pub sent_packets: u64,
    /// Of first sendings.
    pub sent_bytes: u64,
    /// Answers to NACK.
    pub resent_packets: u64,
    /// Sequence numbers the subscriber asked for.
    pub nacks_received: u64,
    /// PLI and FIR from the subscriber.
    pub keyframe_requests_received: u64,
    /// What it gets now.
    pub layer: Option<u8>,
}

/// Everything at one moment.
#[derive(Debug, Clone)]
pub struct StatsBatch {
    /// Refused packets by reason.
    pub drops: DropCounters,
    /// All transports.
    pub transports: Vec<TransportStats>,
    /// All tracks.
    pub tracks: Vec<TrackStats>,
    /// All subscriptions.
    pub subscriptions: Vec<SubscriptionStats>,
    /// Datagrams received, accepted or not.
    pub received_packets: u64,
    /// Datagrams given to the shell to send.
    pub sent_packets: u64,
}
