//! A subscriber's regular turn: estimate, layers, probes, sender reports.

use crate::event::Event;
use crate::outbox::To;
use crate::relay::Relay;
use crate::subscription::Subscription;
use crate::timing::REPORT_EVERY;
use crate::track::Track;
use crate::transport::Transport;
use relay_control::time::{Micros, SECOND};
use relay_wire::rtcp::write::{self, SenderInfo};

impl Relay {
    /// Does what is due for what transport `index` is sent.
    pub(crate) fn tick_downstream(&mut self, now: Micros, index: usize) {
        let Some(transport) = self.transports.get_mut(index) else { return };
        if !transport.is_ready() || transport.down.subscriptions.is_empty() {
            transport.down.allocate_at = Micros::MAX;
            return;
        }
        if transport.local.is_some() {
            return self.tick_tap(now, index);
        }
        self.tick_estimate(now, index);
        let due = self.transports.get(index).is_some_and(|transport| now >= transport.down.allocate_at);
        if due {
            self.allocate(now, index);
        }
        self.report_sending(now, index);
        let Some(transport) = self.transports.get_mut(index) else { return };
        let down = &mut transport.down;
        if let Some(probe) = down.estimator.probe(now, down.wanted_bps) {
            down.pacer.start_probe(now, probe);
        }
        if down.is_paced() {
            self.fanout.wake(index, down);
        }
    }

    /// The same for a process on this machine, where there is nothing to be found out about a path.
    fn tick_tap(&mut self, now: Micros, index: usize) {
        let Some(transport) = self.transports.get_mut(index) else { return };
        let Some(local) = &mut transport.local else { return };
        let (resumes, is_full) = (local.resume(now), local.is_full);
        let due = resumes || now >= transport.down.allocate_at;
        if is_full {
            // No keyframe is asked for as long as there is no room for it.
            transport.down.allocate_at = Micros::MAX;
        } else if due {
            self.allocate(now, index);
        }
        self.report_sending(now, index);
        let Some(transport) = self.transports.get_mut(index) else { return };
        if transport.down.is_paced() {
            self.fanout.wake(index, &mut transport.down);
        }
    }

    fn tick_estimate(&mut self, now: Micros, index: usize) {
        let Some(transport) = self.transports.get_mut(index) else { return };
        let down = &mut transport.down;
        let Some(bps) = down.estimator.poll(now) else { return };
        down.pacer.set_rate(now, bps);
        for &position in &down.subscriptions {
            if let Some(subscription) = self.subscriptions.get_mut(position) {
                subscription.guard.set_bitrate(bps);
            }
        }
        if bps.abs_diff(down.told_bps) * 10 > down.told_bps {
            down.told_bps = bps;
            self.events.push(Event::Estimate { transport: transport.id, bps });
        }
        down.allocate_at = down.allocate_at.min(now);
    }

    /// Sender reports with names, several in one datagram.
    fn report_sending(&mut self, now: Micros, index: usize) {
        let ntp = self.ntp(now);
        let Some(transport) = self.transports.get(index) else { return };
        let mut bytes = std::mem::take(&mut self.scratch.rtcp);
        bytes.clear();
        for &position in &transport.down.subscriptions {
            let Some(subscription) = self.subscriptions.get_mut(position) else { continue };
            if now.saturating_sub(subscription.reported) < REPORT_EVERY
                || subscription.stats.packets() == 0
                || subscription.replay.catching_up
            {
                // Frames on the way to the live edge are squeezed: no clock tells their times.
                continue;
            }
            let Some(track) = self.tracks.get(subscription.track) else { continue };
            let publisher = self.transports.get(track.transport);
            let Some(rtp) = rtp_now(now, ntp, subscription, track, publisher) else { continue };
            subscription.reported = now;
            let ssrc = subscription.ssrc;
            let (packets, octets) = (subscription.stats.packets(), subscription.stats.octets());
            write::sr(&mut bytes, &SenderInfo { ssrc, ntp, rtp, packets, octets }, &[]);
            write::sdes_cname(&mut bytes, ssrc, &subscription.cname);
            if bytes.len() > NEARLY_FULL {
                self.outbox.push_with(To::Rtcp(index), |out| out.extend_from_slice(&bytes));
                bytes.clear();
            }
        }
        self.outbox.push_with(To::Rtcp(index), |out| out.extend_from_slice(&bytes));
        self.scratch.rtcp = bytes;
    }
}

/// The subscriber's RTP time now: the publisher's own clock, so that its sound and picture stay together.
fn rtp_now(
    now: Micros,
    ntp: u64,
    subscription: &Subscription,
    track: &Track,
    publisher: Option<&Transport>,
) -> Option<u32> {
    let source = subscription.current?;
    let layer = track.layers.get(usize::from(source.layer)).filter(|layer| layer.epoch == source.epoch)?;
    let offset = publisher.and_then(|publisher| publisher.up.ntp_offset);
    let published = match (layer.stats.ntp_map(), offset) {
        (Some(map), Some(offset)) => map.rtp_at(ntp.wrapping_sub(offset)),
        // Other streams of this publisher are in step with its clock: better no report than one by another clock.
        (None, Some(_)) => return None,
        _ => {
            let since = now.saturating_sub(layer.last_packet?);
            layer.last_ts.wrapping_add(since * u64::from(layer.clock_hz) / SECOND) as u32
        }
    };
    Some(published.wrapping_add(subscription.munger.ts_offset()))
}

// A report with a name of 255 octets fits behind this.
const NEARLY_FULL: usize = 900;
