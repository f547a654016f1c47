//! One track forwarded to one peer.

use crate::command::{Kind, Payload, Subscribe};
use crate::event::LayerReason;
use crate::extension::{Remap, remap};
use crate::replay::Replay;
use crate::temporal::TemporalGate;
use crate::track::{NONE, Track};
use relay_control::codec::Codec;
use relay_control::history::SendHistory;
use relay_control::munge::Munger;
use relay_control::nack::ResendGuard;
use relay_control::reports::SenderStats;
use relay_control::time::Micros;

/// A stream of a layer: the layer's index and which of its SSRCs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) layer: u8,
    pub(crate) epoch: u8,
}

/// What the subscriber wants and what the allocator decided.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Aim {
    pub(crate) tile: (u16, u16),
    pub(crate) priority: u8,
    pub(crate) max_temporal: u8,
    /// Layer to forward; `None`: nothing.
    pub(crate) layer: Option<u8>,
    pub(crate) temporal: u8,
    pub(crate) reason: LayerReason,
    /// Since when a better layer than `layer` was affordable.
    pub(crate) better_since: Option<Micros>,
    /// The subscriber asked for something new: no patience needed.
    pub(crate) fresh: bool,
}

/// Counters for statistics.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) sent_packets: u64,
    pub(crate) sent_bytes: u64,
    pub(crate) resent_packets: u64,
    pub(crate) nacks_received: u64,
    pub(crate) keyframe_requests_received: u64,
}

/// State of one subscription.
pub(crate) struct Subscription {
    pub(crate) id: u32,
    /// Its own index.
    pub(crate) position: usize,
    pub(crate) transport: usize,
    pub(crate) track: usize,
    pub(crate) kind: Kind,
    pub(crate) screen: bool,
    pub(crate) mid: Box<str>,
    pub(crate) cname: Box<str>,
    pub(crate) ssrc: u32,
    pub(crate) rtx_ssrc: Option<u32>,
    /// The subscriber's payload types by the publisher's.
    pt: Box<[u8; 128]>,
    rtx_pt: Box<[u8; 128]>,
    pub(crate) extensions: Vec<Remap>,
    pub(crate) aim: Aim,
    /// What is being forwarded.
    pub(crate) current: Option<Source>,
    /// Where it stands, if the track's stream is kept.
    pub(crate) replay: Replay,
    pub(crate) temporal: TemporalGate,
    /// Last told in an event.
    pub(crate) told: Option<(Option<u8>, u8, LayerReason)>,
    pub(crate) munger: Munger,
    pub(crate) history: SendHistory,
    pub(crate) guard: ResendGuard,
    pub(crate) stats: SenderStats,
    /// Next sequence number of the RTX stream, with its roll-over count.
    pub(crate) rtx_seq: u64,
    /// Last FIR of the subscriber: the same number again is the same demand.
    pub(crate) last_fir: Option<u8>,
    pub(crate) counts: Counts,
    pub(crate) reported: Micros,
}

impl Subscription {
    pub(crate) fn new(
        transport: usize,
        track_index: usize,
        track: &Track,
        wanted: &Subscribe,
        seeds: (u16, u16),
    ) -> Self {
        let (pt, rtx_pt) = payload_maps(track, &wanted.payloads);
        let main = wanted.payloads.first().map(|(_, payload)| *payload);
        let codec = main.map_or(Codec::Other, |payload| payload.codec);
        let clock_hz = main.map_or(90_000, |payload| payload.clock_hz);
        // A stamp differs each time a packet leaves, so what may be sent again bit for bit carries none. Sound is not
        // sent again, and its numbers keep the measurement alive while every picture is paused.
        let stamps = wanted.rtx_ssrc.is_some() || track.kind == Kind::Audio;
        let history = match track.kind {
            Kind::Video if track.gop().is_some() => REPLAY_HISTORY,
            Kind::Video => VIDEO_HISTORY,
            Kind::Audio => AUDIO_HISTORY,
        };
        Subscription {
            id: wanted.subscription,
            position: usize::MAX,
            transport,
            track: track_index,
            kind: track.kind,
            screen: wanted.screen,
            mid: wanted.mid.as_str().into(),
            cname: wanted.cname.as_str().into(),
            ssrc: wanted.ssrc,
            rtx_ssrc: wanted.rtx_ssrc,
            pt,
            rtx_pt,
            extensions: remap(&wanted.extensions, &track.extensions, stamps),
            aim: Aim::new(),
            current: None,
            replay: Replay::at(track.gop().map_or(0, |gop| gop.end())),
            temporal: TemporalGate::new(),
            told: None,
            munger: Munger::new(codec, clock_hz, seeds.0),
            history: SendHistory::new(history),
            guard: ResendGuard::new(),
            stats: SenderStats::new(),
            rtx_seq: u64::from(seeds.1 & 0x7fff),
            last_fir: None,
            counts: Counts::default(),
            reported: 0,
        }
    }

    /// What the subscriber calls the publisher's payload type.
    #[inline]
    pub(crate) fn payload_type(&self, pt: u8) -> Option<u8> {
        Some(self.pt[usize::from(pt & 0x7f)]).filter(|&pt| pt != NONE)
    }

    /// The subscriber's payload type for retransmissions of the publisher's `pt`.
    pub(crate) fn rtx_payload_type(&self, pt: u8) -> Option<u8> {
        Some(self.rtx_pt[usize::from(pt & 0x7f)]).filter(|&pt| pt != NONE)
    }

    /// Any retransmission payload type: padding carries no codec.
    pub(crate) fn padding_payload_type(&self) -> Option<u8> {
        self.rtx_pt.iter().copied().find(|&pt| pt != NONE)
    }

    /// Wanted, and not sent only because there was nothing to send when that was decided.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.aim.reason == LayerReason::NoLayer && self.aim.tile.0 > 0 && self.aim.tile.1 > 0
    }

    pub(crate) fn is_video(&self) -> bool {
        self.kind == Kind::Video
    }

    /// Drops what its track has for this round from the entry `from` on, with a hole in the numbers; how many packets
    /// that is.
    pub(crate) fn pass(&mut self, track: &Track, from: usize) -> u64 {
        let passed = match track.gop() {
            Some(gop) => gop.end().saturating_sub(std::mem::replace(&mut self.replay.next, gop.end())),
            None => track.round.len().saturating_sub(from) as u64,
        };
        if passed > 0 {
            self.munger.leave_hole();
        }
        passed
    }

    /// Stops forwarding; the next packet will begin with a keyframe.
    pub(crate) fn halt(&mut self) {
        self.current = None;
        (self.replay.catching_up, self.replay.spent, self.replay.asked) = (false, None, false);
    }
}

impl Aim {
    fn new() -> Aim {
        Aim {
            // Before the first wish: the best there is.
            tile: (u16::MAX, u16::MAX),
            priority: 100,
            max_temporal: 3,
            layer: None,
            temporal: 3,
            reason: LayerReason::NoLayer,
            better_since: None,
            fresh: true,
        }
    }
}

fn payload_maps(track: &Track, pairs: &[(u8, Payload)]) -> (Box<[u8; 128]>, Box<[u8; 128]>) {
    let (mut pt, mut rtx_pt) = (Box::new([NONE; 128]), Box::new([NONE; 128]));
    for (published, payload) in pairs.iter().filter(|(published, _)| track.payload(*published).is_some()) {
        pt[usize::from(published & 0x7f)] = payload.pt;
        rtx_pt[usize::from(published & 0x7f)] = payload.rtx_pt.unwrap_or(NONE);
    }
    (pt, rtx_pt)
}

// 20 KiB: 2.8 s at 180 packets a second, 0.7 s of an 8 Mbit/s screen.
const VIDEO_HISTORY: usize = 512;
// A whole group of pictures may leave within one round trip.
const REPLAY_HISTORY: usize = 2048;
const AUDIO_HISTORY: usize = 64;
