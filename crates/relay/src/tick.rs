//! What time alone brings about for one transport.

use crate::event::{Event, IceState};
use crate::outbox::To;
use crate::relay::Relay;
use crate::timing::{IDLE, LAYER_SILENT, LOUDNESS, REPAIR, REPORT_EVERY, TRACK_SILENT};
use crate::transport::Role;
use relay_control::time::{MILLISECOND, Micros};
use relay_wire::drops::DropReason;
use relay_wire::rtcp::{ReportBlock, write};

impl Relay {
    /// Does what is due for transport `index` and says when to come back.
    pub(crate) fn tick_transport(&mut self, now: Micros, index: usize) {
        self.tick_ice(now, index);
        self.tick_tracks(now, index);
        self.tick_upstream(now, index);
        self.tick_downstream(now, index);
        self.tick_room(now, index);
        self.timers.at_most(index, self.next_turn(now, index));
    }

    fn tick_ice(&mut self, now: Micros, index: usize) {
        let Some(transport) = self.transports.get_mut(index) else { return };
        let mut aged = std::mem::take(&mut self.scratch.paths);
        aged.clear();
        let changed = transport.ice.tick(now, &mut aged);
        let path = transport.ice.last_selected;
        if changed == Some(IceState::Failed) {
            transport.down.forget_packets();
        }
        for path in &aged {
            self.paths.remove(path);
        }
        self.scratch.paths = aged;
        if let Some((state, path)) = changed.zip(path) {
            self.tell_ice(index, state, path);
        }
    }

    /// Rates, silence and layers that died.
    fn tick_tracks(&mut self, now: Micros, index: usize) {
        let Some(transport) = self.transports.get(index) else { return };
        for position in 0..transport.tracks.len() {
            let Some(&track_index) = self.transports.get(index).and_then(|own| own.tracks.get(position)) else {
                return;
            };
            let Some(track) = self.tracks.get_mut(track_index) else { continue };
            let mut died = false;
            for layer in &mut track.layers {
                layer.roll(now);
                let silent = layer.last_packet.map_or(0, |last| now.saturating_sub(last));
                // Told once: in the first turn after the layer's time ran out.
                died |= layer.last_packet.is_some() && silent >= LAYER_SILENT && !layer.told_silent;
                layer.told_silent = silent >= LAYER_SILENT;
            }
            if track.receiving && now.saturating_sub(track.last_packet) >= TRACK_SILENT {
                track.receiving = false;
                self.events.push(Event::Receiving { track: track.id, receiving: false });
            }
            if died {
                self.allocate_subscribers_of(now, track_index);
            }
        }
    }

    /// Reports, NACK, PLI and transport feedback to a publisher, in as few datagrams as they need.
    fn tick_upstream(&mut self, now: Micros, index: usize) {
        let Some(transport) = self.transports.get_mut(index) else { return };
        if transport.local.is_some() {
            return self.ask_injector(now, index);
        }
        if transport.keys.is_none() || transport.up.streams.is_empty() {
            return;
        }
        let own_ssrc = transport.up.own_ssrc;
        let mut rtcp = Compound { bytes: std::mem::take(&mut self.scratch.rtcp), own_ssrc, index };
        rtcp.begin(&[]);
        let rtt = transport.up.rtt.or(transport.down.rtt).unwrap_or(UNKNOWN_RTT);
        if now.saturating_sub(transport.up.reported) >= REPORT_EVERY {
            transport.up.reported = now;
            self.report_reception(now, index, &mut rtcp);
        }
        let Some(transport) = self.transports.get_mut(index) else { return };
        for &track in &transport.tracks {
            let Some(track) = self.tracks.get_mut(track) else { continue };
            for layer in &mut track.layers {
                let Some(ssrc) = layer.ssrc else { continue };
                let lost = &mut self.scratch.lost;
                lost.clear();
                layer.nack.poll(now, rtt, lost);
                if layer.nack.take_keyframe_needed() && !track.subscriptions.is_empty() {
                    layer.keyframe.want();
                }
                layer.on_asked(now, lost);
                if !lost.is_empty() {
                    rtcp.room(&mut self.outbox);
                    track.nacks_sent += write::nack(&mut rtcp.bytes, own_ssrc, ssrc, lost) as u64;
                }
                if layer.is_alive(now) && layer.keyframe.poll(now) {
                    rtcp.room(&mut self.outbox);
                    write::pli(&mut rtcp.bytes, own_ssrc, ssrc);
                    track.keyframe_requests_sent += 1;
                }
            }
        }
        let up = &mut transport.up;
        loop {
            rtcp.room(&mut self.outbox);
            if !up.twcc.poll(now, own_ssrc, up.media_ssrc, &mut rtcp.bytes) {
                break;
            }
        }
        rtcp.send(&mut self.outbox);
        self.scratch.rtcp = rtcp.bytes;
    }

    /// Requests for keyframes. What is lost on the way from another process cannot be sent again.
    fn ask_injector(&mut self, now: Micros, index: usize) {
        let Some(transport) = self.transports.get(index) else { return };
        let own_ssrc = transport.up.own_ssrc;
        for &track in &transport.tracks {
            let Some(track) = self.tracks.get_mut(track) else { continue };
            for layer in &mut track.layers {
                self.scratch.lost.clear();
                layer.nack.poll(now, UNKNOWN_RTT, &mut self.scratch.lost);
                if layer.nack.take_keyframe_needed() && !track.subscriptions.is_empty() {
                    layer.keyframe.want();
                }
                let Some(ssrc) = layer.ssrc else { continue };
                if !layer.is_alive(now) || !layer.keyframe.poll(now) {
                    continue;
                }
                if self.requests.len() >= MAX_REQUESTS {
                    self.drops.count(DropReason::InjectQueueFull);
                    continue;
                }
                let mut bytes = vec![0; 2];
                write::rr(&mut bytes, own_ssrc, &[]);
                write::pli(&mut bytes, own_ssrc, ssrc);
                let len = (bytes.len() - 2) as u16;
                bytes[..2].copy_from_slice(&len.to_be_bytes());
                self.requests.push((transport.id, bytes));
                track.keyframe_requests_sent += 1;
            }
        }
    }

    /// Receiver report with our name, for every stream that carries a layer.
    fn report_reception(&mut self, now: Micros, index: usize, rtcp: &mut Compound) {
        let Some(transport) = self.transports.get_mut(index) else { return };
        let mut blocks: Vec<ReportBlock> = Vec::new();
        for stream in &transport.up.streams {
            let Role::Media { track, layer } = stream.role else { continue };
            let Some(track) = self.tracks.get_mut(track) else { continue };
            blocks.extend(track.layers[layer].stats.report_block(now, stream.ssrc));
        }
        if let Some(mean) =
            blocks.iter().map(|block| u32::from(block.fraction_lost)).sum::<u32>().checked_div(blocks.len() as u32)
        {
            transport.up.lost_share = f64::from(mean) / 256.0;
        }
        let mut groups = blocks.chunks(write::MAX_ITEMS);
        rtcp.begin(groups.next().unwrap_or_default());
        write::sdes_cname(&mut rtcp.bytes, rtcp.own_ssrc, CNAME);
        for group in groups {
            rtcp.send(&mut self.outbox);
            rtcp.begin(group);
            write::sdes_cname(&mut rtcp.bytes, rtcp.own_ssrc, CNAME);
        }
    }

    fn tick_room(&mut self, now: Micros, index: usize) {
        let Some(room) = self.transports.get(index).and_then(|own| self.rooms.get_mut(own.room)) else { return };
        if let Some(tracks) = room.ranking.poll(now) {
            self.events.push(Event::Loudest { room: room.id, tracks });
        }
    }

    /// When this transport needs its next turn if nothing happens.
    fn next_turn(&self, now: Micros, index: usize) -> Micros {
        let Some(transport) = self.transports.get(index) else { return Micros::MAX };
        let mut next = now + IDLE;
        if now.saturating_sub(transport.up.last_packet) < IDLE {
            next = next.min(now + LOUDNESS);
            next = next.min(transport.up.twcc.next_due().unwrap_or(next));
        }
        next = next.min(transport.down.allocate_at);
        next = next.min(transport.local.as_ref().and_then(|local| local.resume_at).unwrap_or(next));
        for track in transport.tracks.iter().filter_map(|&track| self.tracks.get(track)) {
            for layer in &track.layers {
                if let Some(due) = layer.nack.next_due() {
                    next = next.min(due.max(now + REPAIR));
                }
                if let Some(due) = layer.keyframe.next_due().filter(|_| layer.ssrc.is_some() && layer.is_alive(now)) {
                    next = next.min(due);
                }
            }
        }
        next.max(now + MILLISECOND)
    }
}

/// One compound being written: it always begins with a receiver report (RFC 3550, 6.1).
struct Compound {
    bytes: Vec<u8>,
    own_ssrc: u32,
    index: usize,
}

impl Compound {
    fn begin(&mut self, blocks: &[ReportBlock]) {
        self.bytes.clear();
        write::rr(&mut self.bytes, self.own_ssrc, blocks);
    }

    /// Makes room for one more packet.
    fn room(&mut self, outbox: &mut crate::outbox::Outbox) {
        if self.bytes.len() > NEARLY_FULL {
            self.send(outbox);
            self.begin(&[]);
        }
    }

    /// Queues the compound unless it is only the empty report it began with.
    fn send(&mut self, outbox: &mut crate::outbox::Outbox) {
        if self.bytes.len() > EMPTY_REPORT_LEN {
            outbox.push_with(To::Rtcp(self.index), |out| out.extend_from_slice(&self.bytes));
        }
    }
}

const EMPTY_REPORT_LEN: usize = 8;
// The largest single packets (feedback, NACK) are about 1000 octets.
const NEARLY_FULL: usize = 300;
// Two for each of the most sources a server has.
const MAX_REQUESTS: usize = 512;
const UNKNOWN_RTT: Micros = 100 * MILLISECOND;
const CNAME: &str = "relay";
