//! RTP from a publisher: open, recognise, account, keep in the ring, and note it for the next fan-out.

use super::route::route;
use crate::event::Event;
use crate::packet::RxPacket;
use crate::relay::Relay;
use crate::ring::{Element, Entry, MAX_ELEMENTS};
use crate::timing::{LOUDNESS, REPAIR};
use crate::track::Track;
use crate::transport::{Keys, Role, Stream, Upstream};
use relay_control::codec::mark;
use relay_control::time::{Micros, SECOND};
use relay_wire::drops::DropReason;
use relay_wire::rtp::{Header, extensions};
use relay_wire::srtp::{SrtpError, StreamState};
use std::ops::Range;

/// One packet of a layer, original or repaired, with the original's numbers.
pub(super) struct Arrived {
    track: usize,
    layer: usize,
    sequence: u16,
    payload_type: u8,
    payload: Range<usize>,
    original: bool,
    audio_level: Option<u8>,
}

impl Relay {
    /// Takes an SRTP packet from a validated path of transport `index`.
    pub(super) fn on_rtp(&mut self, now: Micros, index: usize, packet: &mut RxPacket) -> Result<(), DropReason> {
        let len = usize::from(packet.len);
        let transport = self.transports.get_mut(index).ok_or(DropReason::TransportClosed)?;
        let keys = transport.keys.as_ref().ok_or(DropReason::RtpNoKeys)?;
        let header = Header::parse(&packet.buf[..len]).map_err(|_| DropReason::RtpMalformed)?;
        let (stream, plain_len) = transport.up.open(now, keys, &header, &mut packet.buf[..len])?;
        transport.ice.heard(now, packet.path);
        if !transport.up.rate.take(now, len) {
            return Err(DropReason::PublisherTooFast);
        }
        transport.up.count(now, len);
        self.timers.at_most(index, now + LOUDNESS);
        let plain = &packet.buf[..plain_len];
        let payload = header.payload_range(plain).map_err(|_| DropReason::RtpMalformed)?;
        let audio_level = transport.up.read_extensions(now, &header, plain, len);
        if let Some(due) = transport.up.twcc.next_due() {
            self.timers.at_most(index, due);
        }
        let role = match transport.up.streams[stream].role {
            Role::Unrouted => {
                let role = route(now, transport, &self.tracks, &header, plain).ok_or(DropReason::RtpUnknownSsrc)?;
                self.bind(index, stream, role);
                role
            }
            known => known,
        };
        let arrived = self.interpret(role, &header, &packet.buf[..plain_len], payload)?;
        match arrived {
            Some(arrived) => self.keep(now, index, &header, packet, Arrived { audio_level, ..arrived }),
            None => Ok(()),
        }
    }

    /// Ties a stream to its layer; the stream that carried the layer before becomes nobody's.
    pub(super) fn bind(&mut self, index: usize, stream: usize, role: Role) {
        let Some(transport) = self.transports.get_mut(index) else { return };
        let ssrc = transport.up.streams[stream].ssrc;
        for other in transport.up.streams.iter_mut().filter(|other| other.role == role) {
            other.role = Role::Unrouted;
        }
        transport.up.streams[stream].role = role;
        transport.up.media_ssrc = ssrc;
        match role {
            Role::Media { track, layer } => {
                if let Some(track) = self.tracks.get_mut(track) {
                    track.layers[layer].bind(ssrc);
                }
            }
            Role::Repair { track, layer } => {
                if let Some(track) = self.tracks.get_mut(track) {
                    track.layers[layer].rtx_ssrc = Some(ssrc);
                }
            }
            Role::Unrouted => {}
        }
    }

    /// What the packet is to its layer; `None`: a probe that carries nothing.
    pub(super) fn interpret(
        &self,
        role: Role,
        header: &Header,
        plain: &[u8],
        payload: Range<usize>,
    ) -> Result<Option<Arrived>, DropReason> {
        let (Role::Media { track, layer } | Role::Repair { track, layer }) = role else {
            return Err(DropReason::RtpUnknownSsrc);
        };
        let mut arrived = Arrived {
            track,
            layer,
            sequence: header.sequence,
            payload_type: header.payload_type,
            payload: payload.clone(),
            original: true,
            audio_level: None,
        };
        if matches!(role, Role::Media { .. }) {
            return Ok(Some(arrived));
        }
        let Some(original) = plain[payload.clone()].first_chunk::<2>().filter(|_| payload.len() > 2) else {
            return Ok(None);
        };
        let published = self.tracks.get(track).ok_or(DropReason::RtpUnknownSsrc)?;
        let repaired = published.repaired_by(header.payload_type).ok_or(DropReason::RtpUnknownPayload)?;
        if published.layers[layer].ssrc.is_none() {
            return Err(DropReason::RtpUnknownSsrc);
        }
        arrived.sequence = u16::from_be_bytes(*original);
        arrived.payload_type = repaired.pt;
        arrived.payload.start += 2;
        arrived.original = false;
        Ok(Some(arrived))
    }

    /// Accounts for a packet and keeps it for fan-out.
    pub(super) fn keep(
        &mut self,
        now: Micros,
        index: usize,
        header: &Header,
        packet: &mut RxPacket,
        arrived: Arrived,
    ) -> Result<(), DropReason> {
        let track = self.tracks.get_mut(arrived.track).ok_or(DropReason::RtpUnknownSsrc)?;
        if let Some(sample) = track.layers[arrived.layer].repair_time(now, arrived.sequence)
            && let Some(transport) = self.transports.get_mut(index)
        {
            transport.up.on_repair_time(sample);
        }
        let woke = track.wakes(now, arrived.layer);
        let entry = account(now, track, header, &packet.buf[..], &arrived)?;
        if track.layers[arrived.layer].nack.missing() > 0 {
            self.timers.at_most(index, now + REPAIR);
        }
        if let (Some(level), Some(room)) = (arrived.audio_level, self.transports.get(index).map(|own| own.room))
            && let Some(room) = self.rooms.get_mut(room)
            && !track.paused
        {
            room.ranking.level(track.id, level & 0x7f, level & 0x80 != 0, now);
        }
        if !std::mem::replace(&mut track.receiving, true) {
            self.events.push(Event::Receiving { track: track.id, receiving: true });
        }
        if track.paused {
            return Err(DropReason::RtpTrackPaused);
        }
        let kept = track.layers[arrived.layer].gop.as_mut().map(|gop| gop.insert(now, &entry, &packet.buf[..]));
        if !track.subscriptions.is_empty() {
            let counter = kept.unwrap_or_else(|| self.ring.insert(&mut packet.buf, entry));
            if track.pending.is_empty() {
                self.fanout.dirty.push(arrived.track);
            }
            track.pending.push(counter);
        }
        if woke {
            self.allocate_subscribers_of(now, arrived.track);
        }
        Ok(())
    }
}

impl Upstream {
    /// Authenticates and decrypts; the stream's index and the plain length. State is made only by authentic packets.
    fn open(
        &mut self,
        now: Micros,
        keys: &Keys,
        header: &Header,
        datagram: &mut [u8],
    ) -> Result<(usize, usize), DropReason> {
        let refused = |error| match error {
            SrtpError::Replayed => DropReason::RtpReplay,
            SrtpError::TooShort => DropReason::RtpMalformed,
            _ => DropReason::RtpAuthFailed,
        };
        if let Some(known) = self.streams.iter().position(|stream| stream.ssrc == header.ssrc) {
            let stream = &mut self.streams[known];
            let (len, _) = keys.opener.open_rtp(&mut stream.srtp, datagram, header.header_len).map_err(refused)?;
            stream.last = now;
            return Ok((known, len));
        }
        let mut srtp = StreamState::new();
        let (len, _) = keys.opener.open_rtp(&mut srtp, datagram, header.header_len).map_err(refused)?;
        Ok((self.add_stream(now, header.ssrc, srtp)?, len))
    }

    /// The index of a new stream: in a free place, or in that of one long silent.
    pub(super) fn add_stream(&mut self, now: Micros, ssrc: u32, srtp: StreamState) -> Result<usize, DropReason> {
        let stream = Stream { ssrc, role: Role::Unrouted, srtp, last: now };
        if self.streams.len() < MAX_STREAMS {
            self.streams.push(stream);
            return Ok(self.streams.len() - 1);
        }
        let stale = |old: &Stream| old.role == Role::Unrouted && now.saturating_sub(old.last) > STALE_STREAM;
        let place = self.streams.iter().position(stale).ok_or(DropReason::SsrcTableFull)?;
        self.streams[place] = stream;
        Ok(place)
    }

    pub(super) fn count(&mut self, now: Micros, len: usize) {
        self.packets += 1;
        self.bytes += len as u64;
        self.last_packet = now;
    }

    /// Notes the transport-wide number; returns the audio level octet.
    fn read_extensions(&mut self, now: Micros, header: &Header, plain: &[u8], len: usize) -> Option<u8> {
        let mut level = None;
        for (id, data) in extensions(header, plain) {
            let id = Some(id);
            if id == self.ids.transport_cc
                && let Some(&number) = data.first_chunk::<2>()
            {
                self.twcc.on_packet(now, u16::from_be_bytes(number), len);
            } else if id == self.ids.audio_level {
                level = data.first().copied();
            }
        }
        level
    }
}

impl Track {
    /// True if the layer was silent until now.
    fn wakes(&self, now: Micros, layer: usize) -> bool {
        !self.layers[layer].is_active(now)
    }
}

/// Counts a packet in its layer's statistics and describes it for fan-out.
fn account(
    now: Micros,
    track: &mut Track,
    header: &Header,
    packet: &[u8],
    arrived: &Arrived,
) -> Result<Entry, DropReason> {
    let codec = track.payload(arrived.payload_type).map(|payload| payload.codec);
    let codec = codec.ok_or(DropReason::RtpUnknownPayload)?;
    let (element_count, elements) = elements(track, header, packet);
    let layer = &mut track.layers[arrived.layer];
    let seq = layer.seq.unwrap(arrived.sequence);
    if !layer.seen.insert(seq) {
        return Err(DropReason::RtpDuplicate);
    }
    let ts = layer.ts.unwrap(header.timestamp);
    let payload = &packet[arrived.payload.clone()];
    let mark = mark(codec, payload, header.marker);
    if arrived.original {
        layer.stats.on_packet(now, seq, header.timestamp);
    }
    layer.nack.on_packet(now, seq);
    if mark.keyframe {
        layer.nack.on_keyframe(seq);
    }
    layer.measure(now, ts, packet_size(header, payload), payload.len(), &mark);
    track.last_packet = now;
    track.received_packets += 1;
    Ok(Entry {
        seq,
        ts,
        track: track.id,
        payload_start: arrived.payload.start as u16,
        payload_len: payload.len() as u16,
        layer: arrived.layer as u8,
        epoch: track.layers[arrived.layer].epoch,
        payload_type: arrived.payload_type,
        codec,
        marker: header.marker,
        pad: 0,
        element_count,
        elements,
        mark,
    })
}

/// Roughly what this packet costs on a subscriber's link.
fn packet_size(header: &Header, payload: &[u8]) -> usize {
    header.header_len + payload.len() + WIRE_OVERHEAD
}

fn elements(track: &Track, header: &Header, packet: &[u8]) -> (u8, [Element; MAX_ELEMENTS]) {
    let mut found = [Element::default(); MAX_ELEMENTS];
    let mut count = 0;
    let base = packet.as_ptr().addr();
    for (id, data) in extensions(header, packet) {
        if let Some(extension) = track.extension(id)
            && count < MAX_ELEMENTS
        {
            let start = (data.as_ptr().addr() - base) as u16;
            found[count] = Element { extension, len: data.len() as u8, start };
            count += 1;
        }
    }
    (count as u8, found)
}

const MAX_STREAMS: usize = 64;
const STALE_STREAM: Micros = 10 * SECOND;
// Authentication tag, UDP and IP headers.
const WIRE_OVERHEAD: usize = 16 + 28;
