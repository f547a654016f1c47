//! Packets that only probe the path: recent ones again where there are any, since a receiver may still need them.

use super::forward::Lane;
use super::writer::Outgoing;
use crate::extension::Source;
use crate::slab::Slab;
use crate::subscription::Subscription;
use crate::track::Track;
use crate::transport::Downstream;
use relay_wire::rtp::HeaderFields;

impl Lane<'_> {
    /// Fills a running probe up to its rate; false: the arena is full.
    pub(super) fn pad(
        &mut self,
        down: &mut Downstream,
        subscriptions: &mut Slab<Subscription>,
        tracks: &Slab<Track>,
    ) -> bool {
        let mut due = down.pacer.padding(self.now);
        if due == 0 {
            return true;
        }
        let fits = |&&position: &&usize| subscriptions.get(position).is_some_and(carries_probes);
        let Some(&position) = down.subscriptions.iter().find(fits) else { return true };
        let Some(subscription) = subscriptions.get_mut(position) else { return true };
        let Some(track) = tracks.get(subscription.track) else { return true };
        let newest = subscription.munger.last().map_or(0, |last| last.seq as u16);
        for back in 0..MAX_PACKETS {
            if due == 0 {
                break;
            }
            if !self.arena.has_room() {
                return false;
            }
            let before = self.bytes;
            if self.resend(down, subscription, track, newest.wrapping_sub(back % RECENT), false).is_err() {
                self.write_padding(down, subscription);
            }
            if self.bytes == before {
                break;
            }
            due = due.saturating_sub(self.bytes - before);
        }
        true
    }

    fn write_padding(&mut self, down: &mut Downstream, subscription: &mut Subscription) {
        let Some((ssrc, payload_type)) = subscription.rtx_ssrc.zip(subscription.padding_payload_type()) else { return };
        let index = subscription.rtx_seq;
        subscription.rtx_seq += 1;
        let timestamp = subscription.munger.last().map_or(0, |last| last.ts);
        let fields =
            HeaderFields { marker: false, payload_type, sequence: index as u16, timestamp, ssrc, has_padding: true };
        self.write(down, subscription, &Outgoing::padding(fields, index, u8::MAX));
    }
}

/// Probes need an RTX stream to send on and transport-wide numbers to be measured by. Not a picture: when all are
/// paused for want of bandwidth, only a probe can find out that there is some again.
fn carries_probes(subscription: &Subscription) -> bool {
    let stamped = subscription.extensions.first().is_some_and(|first| first.source == Source::TransportCc);
    stamped && subscription.rtx_ssrc.is_some()
}

const RECENT: u16 = 16;
// A probe step of 5 ms at 60 Mbit/s.
const MAX_PACKETS: u16 = 32;
