//! All counters at one moment.

use crate::event::Protocol;
use crate::packet::Link;
use crate::relay::Relay;
use crate::stats::{LayerStats, StatsBatch, SubscriptionStats, TrackStats, TransportStats};
use crate::track::Track;
use crate::transport::Transport;
use relay_control::time::{MILLISECOND, Micros};

impl Relay {
    pub(crate) fn snapshot(&self, now: Micros) -> StatsBatch {
        let subscription = |found: &crate::subscription::Subscription| SubscriptionStats {
            subscription: found.id,
            sent_packets: found.counts.sent_packets,
            sent_bytes: found.counts.sent_bytes,
            resent_packets: found.counts.resent_packets,
            nacks_received: found.counts.nacks_received,
            keyframe_requests_received: found.counts.keyframe_requests_received,
            layer: found.current.map(|source| source.layer),
        };
        StatsBatch {
            drops: self.drops.clone(),
            transports: self.transports.iter().map(of_transport).collect(),
            tracks: self.tracks.iter().map(|found| of_track(now, found)).collect(),
            subscriptions: self.subscriptions.iter().map(subscription).collect(),
            received_packets: self.received_packets,
            sent_packets: self.sent_packets,
        }
    }
}

fn of_transport(transport: &Transport) -> TransportStats {
    let (up, down) = (&transport.up, &transport.down);
    let is_local = transport.local.is_some();
    let protocol = transport.ice.last_selected.map_or(Protocol::Udp, |path| Link::protocol(path.link));
    TransportStats {
        transport: transport.id,
        rtt_ms: down.rtt.or(up.rtt).map(|rtt| rtt as f64 / 1000.0),
        received_packets: up.packets,
        received_bytes: up.bytes,
        sent_packets: down.packets,
        sent_bytes: down.bytes,
        lost_up: up.lost_share,
        lost_down: down.lost_share,
        estimate_bps: if is_local { 0 } else { down.estimator.bps() },
        protocol: if is_local { Protocol::Local } else { protocol },
        ice_restarts: transport.ice.restarts,
    }
}

fn of_track(now: Micros, track: &Track) -> TrackStats {
    let layers = track.layers.iter().map(|layer| LayerStats {
        bitrate_bps: (layer.bytes.per_second() * 8.0) as u64,
        fps: layer.frames.per_second(),
        width: layer.width,
        height: layer.height,
        active: layer.is_active(now),
        largest_frame_bytes: layer.sizes.largest(now),
        keyframes: layer.sizes.keyframes(),
        last_packet_age_ms: layer.last_packet.map(|last| now.saturating_sub(last) / MILLISECOND),
    });
    let jitter_us = track.layers.iter().map(|layer| layer.stats.jitter_us()).max().unwrap_or(0);
    TrackStats {
        track: track.id,
        layers: layers.collect(),
        received_packets: track.received_packets,
        lost_packets: track.layers.iter().map(|layer| layer.lost()).sum(),
        nacks_sent: track.nacks_sent,
        keyframe_requests_sent: track.keyframe_requests_sent,
        jitter_ms: jitter_us as f64 / 1000.0,
    }
}
