//! One peer: its paths, keys, what it sends and what it is sent.

use crate::dtls::DtlsGate;
use crate::extension::UpIds;
use crate::hash::{FastMap, FoldState};
use crate::ice::Ice;
use crate::local::Local;
use crate::meter::Bucket;
use relay_control::estimate::Estimator;
use relay_control::pace::Pacer;
use relay_control::time::{Micros, SECOND};
use relay_control::twcc::{FeedbackBuilder, SendLog};
use relay_wire::srtp::{Opener, Sealer, StreamState};
use std::collections::VecDeque;

/// Session keys of both directions.
pub(crate) struct Keys {
    pub(crate) opener: Opener,
    pub(crate) sealer: Sealer,
}

/// What the packets of one SSRC are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Authentic, but of no track.
    Unrouted,
    /// Original packets of a layer.
    Media { track: usize, layer: usize },
    /// Retransmissions of a layer.
    Repair { track: usize, layer: usize },
}

impl Role {
    pub(crate) fn track(self) -> Option<usize> {
        match self {
            Role::Unrouted => None,
            Role::Media { track, .. } | Role::Repair { track, .. } => Some(track),
        }
    }
}

/// One SSRC of a publisher.
pub(crate) struct Stream {
    pub(crate) ssrc: u32,
    pub(crate) role: Role,
    pub(crate) srtp: StreamState,
    pub(crate) last: Micros,
}

/// What the peer sends.
pub(crate) struct Upstream {
    pub(crate) ids: UpIds,
    pub(crate) streams: Vec<Stream>,
    pub(crate) rate: Bucket,
    pub(crate) twcc: FeedbackBuilder,
    /// A stream of the peer to address transport feedback to.
    pub(crate) media_ssrc: u32,
    /// What the relay calls itself in reports to this peer.
    pub(crate) own_ssrc: u32,
    /// Relay's NTP time minus the publisher's, wrapping: one value for all its streams, so that lip sync survives.
    pub(crate) ntp_offset: Option<u64>,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) lost_share: f64,
    /// Round trip as the answers to NACK show it.
    pub(crate) rtt: Option<Micros>,
    pub(crate) reported: Micros,
    pub(crate) last_packet: Micros,
}

/// One packet to be sent once more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resend {
    pub(crate) subscription: usize,
    pub(crate) seq: u16,
}

/// One packet that waits for the pacer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) subscription: usize,
    /// Of the ring.
    pub(crate) counter: u64,
    pub(crate) since: Micros,
}

/// What the peer is sent.
pub(crate) struct Downstream {
    pub(crate) subscriptions: Vec<usize>,
    /// Subscription by the SSRC of its media or of its retransmissions.
    pub(crate) by_ssrc: FastMap<u32, usize>,
    /// Every SSRC that was ever sealed for this peer.
    used_ssrcs: FastMap<u32, ()>,
    pub(crate) log: SendLog,
    pub(crate) estimator: Estimator,
    pub(crate) pacer: Pacer,
    /// Subscriptions with packets in the round of fan-out that runs.
    pub(crate) due: Vec<usize>,
    /// How far the last one of `due` has come.
    pub(crate) due_entry: usize,
    /// Video held back by the pacer.
    pub(crate) held: VecDeque<Held>,
    /// Subscriptions that are behind the live edge of a kept stream.
    pub(crate) behind: VecDeque<usize>,
    pub(crate) resends: VecDeque<Resend>,
    /// Waiting in the queue of transports to flush.
    pub(crate) queued: bool,
    pub(crate) allocate_at: Micros,
    pub(crate) told_bps: u64,
    pub(crate) wanted_bps: u64,
    pub(crate) rtt: Option<Micros>,
    pub(crate) lost_share: f64,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

/// One peer.
pub(crate) struct Transport {
    pub(crate) id: u32,
    pub(crate) room: usize,
    /// The other side is a process on this machine: media in the clear both ways, no paths, no keys.
    pub(crate) local: Option<Local>,
    pub(crate) ice: Ice,
    pub(crate) dtls: DtlsGate,
    /// Checks answered, and bad ones looked at.
    pub(crate) checks: Bucket,
    pub(crate) bad_checks: Bucket,
    pub(crate) keys: Option<Keys>,
    pub(crate) tracks: Vec<usize>,
    pub(crate) up: Upstream,
    pub(crate) down: Downstream,
}

/// Limits and start values shared by all transports.
pub(crate) struct Start {
    pub(crate) now: Micros,
    pub(crate) own_ssrc: u32,
    pub(crate) hash: FoldState,
    pub(crate) max_publisher_bps: u64,
    pub(crate) estimate: relay_control::estimate::Config,
}

impl Transport {
    /// Without `ice` it is local.
    pub(crate) fn new(id: u32, room: usize, ice: Option<Ice>, start: &Start) -> Transport {
        let is_local = ice.is_none();
        Transport {
            id,
            room,
            local: is_local.then(Local::default),
            ice: ice.unwrap_or_else(|| Ice::new("", "")),
            dtls: DtlsGate::new(),
            checks: Bucket::new(8 * CHECKS_PER_S, SECOND),
            bad_checks: Bucket::new(8 * BAD_CHECKS_PER_S, SECOND),
            keys: None,
            tracks: Vec::new(),
            up: Upstream {
                ids: UpIds::default(),
                streams: Vec::new(),
                rate: Bucket::new(start.max_publisher_bps, SECOND),
                twcc: FeedbackBuilder::new(),
                media_ssrc: 0,
                own_ssrc: start.own_ssrc,
                ntp_offset: None,
                packets: 0,
                bytes: 0,
                lost_share: 0.0,
                rtt: None,
                reported: start.now,
                last_packet: 0,
            },
            down: Downstream {
                subscriptions: Vec::new(),
                by_ssrc: FastMap::with_hasher(start.hash),
                used_ssrcs: FastMap::with_hasher(start.hash),
                log: SendLog::new(),
                estimator: Estimator::new(start.now, start.estimate),
                pacer: Pacer::new(start.now, if is_local { LOCAL_BPS } else { start.estimate.start_bps }),
                due: Vec::new(),
                due_entry: 0,
                held: VecDeque::new(),
                behind: VecDeque::new(),
                resends: VecDeque::new(),
                queued: false,
                allocate_at: Micros::MAX,
                told_bps: 0,
                wanted_bps: 0,
                rtt: None,
                lost_share: 0.0,
                packets: 0,
                bytes: 0,
            },
        }
    }
}

impl Upstream {
    /// Takes the time between a NACK and its answer.
    pub(crate) fn on_repair_time(&mut self, sample: Micros) {
        self.rtt = Some(self.rtt.map_or(sample, |rtt| (rtt * 7 + sample) / 8));
    }
}

impl Downstream {
    /// True if no packet under this SSRC was ever sent to this peer.
    pub(crate) fn is_fresh(&self, ssrc: u32) -> bool {
        !self.used_ssrcs.contains_key(&ssrc)
    }

    pub(crate) fn use_ssrc(&mut self, ssrc: u32, subscription: usize) {
        self.used_ssrcs.insert(ssrc, ());
        self.by_ssrc.insert(ssrc, subscription);
    }

    /// Notes that a subscription has packets of a kept stream to send.
    pub(crate) fn lag(&mut self, subscription: usize) {
        if !self.behind.contains(&subscription) {
            self.behind.push_back(subscription);
        }
    }

    /// Drops everything queued for one subscription.
    pub(crate) fn forget_packets_of(&mut self, subscription: usize) {
        if self.due.last() == Some(&subscription) {
            self.due_entry = 0;
        }
        self.due.retain(|&other| other != subscription);
        self.held.retain(|held| held.subscription != subscription);
        self.behind.retain(|&other| other != subscription);
        self.resends.retain(|resend| resend.subscription != subscription);
    }

    /// Drops everything queued: there is nowhere to send it.
    pub(crate) fn forget_packets(&mut self) {
        self.due.clear();
        self.due_entry = 0;
        self.held.clear();
        self.behind.clear();
        self.resends.clear();
    }

    /// Whether the pacer's clock matters: video waits or a probe runs.
    pub(crate) fn is_paced(&self) -> bool {
        !self.held.is_empty() || !self.behind.is_empty() || self.pacer.cluster() != 0
    }
}

// Paces nothing but groups of pictures that are caught up with: 25 Mbit/s, at most 125 KB at once, so that they find room
// in a socket's buffer.
const LOCAL_BPS: u64 = 10_000_000;
// A browser checks a few pairs every 20 to 50 ms while connecting.
const CHECKS_PER_S: u64 = 400;
const BAD_CHECKS_PER_S: u64 = 100;
