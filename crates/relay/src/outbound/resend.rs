//! Answers to NACK, from the ingress ring or the kept stream.

use super::forward::Lane;
use super::writer::Outgoing;
use crate::slab::Slab;
use crate::subscription::Subscription;
use crate::track::Track;
use crate::transport::{Downstream, Resend};
use relay_control::time::{MILLISECOND, Micros};
use relay_wire::drops::{DropCounters, DropReason};
use relay_wire::rtp::HeaderFields;

impl Lane<'_> {
    pub(super) fn resend_all(
        &mut self,
        down: &mut Downstream,
        subscriptions: &mut Slab<Subscription>,
        tracks: &Slab<Track>,
        drops: &mut DropCounters,
    ) -> bool {
        while let Some(&Resend { subscription, seq }) = down.resends.front() {
            if !self.arena.has_room() {
                return false;
            }
            down.resends.pop_front();
            let Some(subscription) = subscriptions.get_mut(subscription) else { continue };
            let Some(track) = tracks.get(subscription.track) else { continue };
            if let Err(reason) = self.resend(down, subscription, track, seq, true) {
                drops.count(reason);
            }
        }
        true
    }

    /// Sends the packet that went out as `seq` once more; `guarded`: within the subscriber's repair budget.
    pub(super) fn resend(
        &mut self,
        down: &mut Downstream,
        subscription: &mut Subscription,
        track: &Track,
        seq: u16,
        guarded: bool,
    ) -> Result<(), DropReason> {
        let rtt = down.rtt.unwrap_or(UNKNOWN_RTT);
        let sent = subscription.history.get_mut(seq).ok_or(DropReason::NackTooOld)?;
        let counter = track.gop().map_or_else(|| self.ring.widen(sent.slot), |gop| gop.widen(sent.slot));
        let (entry, packet) = self.packet(track, counter).ok_or(DropReason::NackTooOld)?;
        let start = usize::from(entry.payload_start);
        let payload = &packet[start..start + usize::from(entry.payload_len)];
        if guarded {
            let allowed = subscription.guard.allow(self.now, rtt, payload.len() + HEADERS, sent);
            allowed.map_err(|_| DropReason::NackThrottled)?;
        }
        let sent = *sent;
        let rtx = subscription.rtx_ssrc.zip(subscription.rtx_payload_type(entry.payload_type));
        let original = seq.to_be_bytes();
        let (ssrc, payload_type, index, prefix, pad): (_, _, _, &[u8], _) = match rtx {
            Some((ssrc, payload_type)) => {
                let index = subscription.rtx_seq;
                subscription.rtx_seq += 1;
                (ssrc, payload_type, index, &original, 0)
            }
            None => {
                // Bit for bit what was sent before, so the same nonce protects the same packet.
                let stamped = subscription.extensions.iter().any(|remap| remap.source.is_stamp());
                let payload_type = subscription.payload_type(entry.payload_type).filter(|_| !stamped);
                let index = subscription.munger.last().map(|last| nearest_below(last.seq, seq));
                let (payload_type, index) = payload_type.zip(index).ok_or(DropReason::NackTooOld)?;
                (subscription.ssrc, payload_type, index, &[], entry.pad)
            }
        };
        let fields = HeaderFields {
            marker: entry.marker,
            payload_type,
            sequence: index as u16,
            timestamp: sent.ts,
            ssrc,
            has_padding: pad > 0,
        };
        let outgoing = Outgoing {
            fields,
            index,
            source: Some((entry, packet)),
            prefix,
            payload,
            pad,
            picture_id: entry.mark.picture_id.map(|_| sent.picture_id),
            tl0: entry.mark.tl0.map(|_| sent.tl0),
        };
        self.write(down, subscription, &outgoing).ok_or(DropReason::Oversize)?;
        if guarded {
            subscription.counts.resent_packets += 1;
        }
        Ok(())
    }
}

/// The full number of a recent packet from its low 16 bits.
fn nearest_below(newest: u64, seq: u16) -> u64 {
    newest.saturating_sub(u64::from((newest as u16).wrapping_sub(seq)))
}

const UNKNOWN_RTT: Micros = 100 * MILLISECOND;
// RTP header with extensions, original sequence number, tag.
const HEADERS: usize = 48;
