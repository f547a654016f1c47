//! What one publisher sends under one mid.

use crate::command::{Extension, Kind, Payload, Publish};
use crate::gop::Gop;
use crate::layer::Layer;
use relay_control::time::Micros;

/// Marks an extension id or payload type that means nothing here.
pub(crate) const NONE: u8 = u8::MAX;

/// A published track.
pub(crate) struct Track {
    pub(crate) id: u32,
    pub(crate) transport: usize,
    pub(crate) kind: Kind,
    pub(crate) mid: Box<str>,
    pub(crate) payloads: Vec<Payload>,
    pub(crate) extensions: Vec<Extension>,
    /// Index into `extensions` by id.
    extension_by_id: Box<[u8; 256]>,
    pub(crate) layers: Vec<Layer>,
    pub(crate) paused: bool,
    pub(crate) receiving: bool,
    pub(crate) last_packet: Micros,
    pub(crate) received_packets: u64,
    pub(crate) nacks_sent: u64,
    pub(crate) keyframe_requests_sent: u64,
    /// Indices of the subscriptions to this track.
    pub(crate) subscriptions: Vec<usize>,
    /// Ring counters since the last round of fan-out, and those of the round that runs.
    pub(crate) pending: Vec<u64>,
    pub(crate) round: Vec<u64>,
}

impl Track {
    pub(crate) fn new(transport: usize, publish: &Publish) -> Track {
        let clock_hz = publish.payloads.first().map_or(90_000, |payload| payload.clock_hz);
        let mut layers: Vec<Layer> = publish
            .encodings
            .iter()
            .map(|encoding| Layer::new(encoding.rid.as_deref(), encoding.ssrc, encoding.rtx_ssrc, clock_hz))
            .collect();
        if layers.is_empty() {
            layers.push(Layer::new(None, None, None, clock_hz));
        }
        let mut extension_by_id = Box::new([NONE; 256]);
        for (index, extension) in publish.extensions.iter().enumerate() {
            extension_by_id[usize::from(extension.id)] = index as u8;
        }
        Track {
            id: publish.track,
            transport,
            kind: publish.kind,
            mid: publish.mid.as_str().into(),
            payloads: publish.payloads.clone(),
            extensions: publish.extensions.clone(),
            extension_by_id,
            layers,
            paused: false,
            receiving: false,
            last_packet: 0,
            received_packets: 0,
            nacks_sent: 0,
            keyframe_requests_sent: 0,
            subscriptions: Vec::new(),
            pending: Vec::new(),
            round: Vec::new(),
        }
    }

    /// The kept stream its subscribers read from, if it is one. Such a track has one layer.
    #[inline]
    pub(crate) fn gop(&self) -> Option<&Gop> {
        self.layers.first().and_then(|layer| layer.gop.as_deref())
    }

    /// The codec a payload type stands for.
    pub(crate) fn payload(&self, pt: u8) -> Option<&Payload> {
        self.payloads.iter().find(|payload| payload.pt == pt)
    }

    /// The codec whose retransmissions use this payload type.
    pub(crate) fn repaired_by(&self, pt: u8) -> Option<&Payload> {
        self.payloads.iter().find(|payload| payload.rtx_pt == Some(pt))
    }

    /// Index of the negotiated extension with this id.
    #[inline]
    pub(crate) fn extension(&self, id: u8) -> Option<u8> {
        Some(self.extension_by_id[usize::from(id)]).filter(|&index| index != NONE)
    }

    /// Layer whose encoding has this rid.
    pub(crate) fn layer_of_rid(&self, rid: &[u8]) -> Option<usize> {
        self.layers.iter().position(|layer| layer.rid.as_deref().is_some_and(|known| known.as_bytes() == rid))
    }

    /// Asks for keyframes of every layer that is alive.
    pub(crate) fn want_keyframes(&mut self, now: Micros) {
        for layer in self.layers.iter_mut().filter(|layer| layer.is_alive(now)) {
            layer.keyframe.want();
        }
    }
}
