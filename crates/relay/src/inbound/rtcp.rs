//! RTCP from a peer: reports about what it is sent, clocks of what it sends, and its wishes.

use crate::packet::Path;
use crate::relay::Relay;
use crate::subscription::Subscription;
use crate::transport::{Resend, Role, Transport};
use relay_control::time::Micros;
use relay_wire::drops::DropReason;
use relay_wire::rtcp::{self, NackIter, Packet, Reports, TwccFeedback};

impl Relay {
    /// Takes an SRTCP datagram from a validated path of transport `index`.
    pub(super) fn on_rtcp(
        &mut self,
        now: Micros,
        index: usize,
        path: Path,
        datagram: &mut [u8],
    ) -> Result<(), DropReason> {
        let transport = self.transports.get_mut(index).ok_or(DropReason::TransportClosed)?;
        let keys = transport.keys.as_mut().ok_or(DropReason::RtpNoKeys)?;
        let len = keys.opener.open_rtcp(datagram).map_err(|_| DropReason::RtcpAuthFailed)?;
        transport.ice.heard(now, path);
        if !transport.up.rate.take(now, len) {
            return Err(DropReason::PublisherTooFast);
        }
        for packet in rtcp::parse(&datagram[..len]) {
            let packet = packet.map_err(|_| DropReason::RtcpMalformed)?;
            self.on_rtcp_packet(now, index, packet);
        }
        Ok(())
    }

    fn on_rtcp_packet(&mut self, now: Micros, index: usize, packet: Packet<'_>) {
        match packet {
            Packet::SenderReport { ssrc, ntp, rtp, reports, .. } => {
                self.on_sender_clock(now, index, ssrc, ntp, rtp);
                self.on_reports(now, index, reports);
            }
            Packet::ReceiverReport { reports, .. } => self.on_reports(now, index, reports),
            Packet::Nack { media, lost, .. } => self.on_nack(index, media, lost),
            Packet::Pli { media, .. } => self.on_keyframe_request(now, index, media, None),
            Packet::Fir { entries, .. } => {
                for entry in entries {
                    self.on_keyframe_request(now, index, entry.ssrc, Some(entry.sequence));
                }
            }
            Packet::Remb { bitrate_bps, .. } => {
                if let Some(transport) = self.transports.get_mut(index) {
                    transport.down.estimator.on_remb(now, bitrate_bps);
                    self.timers.at_most(index, now);
                }
            }
            Packet::TransportFeedback(feedback) => self.on_transport_feedback(now, index, &feedback),
            // A publisher's BYE changes nothing: its track ends by signalling.
            Packet::Sdes(_) | Packet::Bye { .. } | Packet::Xr { .. } | Packet::App { .. } | Packet::Unknown { .. } => {}
        }
    }

    pub(super) fn on_sender_clock(&mut self, now: Micros, index: usize, ssrc: u32, ntp: u64, rtp: u32) {
        let own_ntp = self.ntp(now);
        let Some(transport) = self.transports.get_mut(index) else { return };
        let Some(stream) = transport.up.streams.iter().find(|stream| stream.ssrc == ssrc) else { return };
        let Role::Media { track, layer } = stream.role else { return };
        let Some(track) = self.tracks.get_mut(track) else { return };
        track.layers[layer].stats.on_sender_report(now, ntp, rtp);
        let offset = own_ntp.wrapping_sub(ntp);
        let drifted = |kept: u64| (offset.wrapping_sub(kept) as i64).unsigned_abs() > CLOCK_WAS_SET;
        if transport.up.ntp_offset.is_none_or(drifted) {
            transport.up.ntp_offset = Some(offset);
        }
    }

    fn on_reports(&mut self, now: Micros, index: usize, reports: Reports<'_>) {
        let own_ntp = self.ntp(now);
        let Some(Transport { down, .. }) = self.transports.get_mut(index) else { return };
        let (mut lost, mut blocks) = (0u32, 0u32);
        for block in reports {
            let Some(subscription) = find(&mut self.subscriptions, &down.by_ssrc, block.ssrc) else { continue };
            if subscription.ssrc != block.ssrc {
                continue;
            }
            subscription.stats.on_report_block(own_ntp, &block);
            if let Some(rtt) = subscription.stats.rtt() {
                down.rtt = Some(rtt);
                down.estimator.on_rtt(rtt);
            }
            lost += u32::from(block.fraction_lost);
            blocks += 1;
        }
        if let Some(mean) = lost.checked_div(blocks) {
            down.lost_share = f64::from(mean) / 256.0;
            down.estimator.on_loss_report(now, mean as u8);
            self.timers.at_most(index, now);
        }
    }

    fn on_nack(&mut self, index: usize, media: u32, lost: NackIter<'_>) {
        let Some(Transport { down, .. }) = self.transports.get_mut(index) else { return };
        let Some(&position) = down.by_ssrc.get(&media) else { return };
        let Some(subscription) = self.subscriptions.get_mut(position) else { return };
        for seq in lost {
            subscription.counts.nacks_received += 1;
            if down.resends.len() >= MAX_RESENDS {
                self.drops.count(DropReason::NackThrottled);
                continue;
            }
            down.resends.push_back(Resend { subscription: position, seq });
        }
        self.fanout.wake(index, down);
    }

    pub(super) fn on_keyframe_request(&mut self, now: Micros, index: usize, media: u32, fir: Option<u8>) {
        let Some(Transport { down, .. }) = self.transports.get_mut(index) else { return };
        let Some(&position) = down.by_ssrc.get(&media) else { return };
        let Some(subscription) = self.subscriptions.get_mut(position) else { return };
        subscription.counts.keyframe_requests_received += 1;
        // RFC 5104, 4.3.1.2: the same number again repeats the same demand.
        if fir.is_some() && std::mem::replace(&mut subscription.last_fir, fir) == fir {
            return;
        }
        let layer = subscription.current.map(|source| source.layer).or(subscription.aim.layer);
        let Some((layer, track)) = layer.zip(self.tracks.get_mut(subscription.track)) else { return };
        let Some(layer) = track.layers.get_mut(usize::from(layer)) else { return };
        layer.keyframe.want();
        if layer.gop.is_some() {
            // Whether the publisher hears the request or not: the answer is the keyframe that is kept.
            subscription.replay.ask(now);
            down.lag(position);
            self.fanout.wake(index, down);
        }
        if let Some(due) = layer.keyframe.next_due() {
            self.timers.at_most(track.transport, due.max(now));
        }
    }

    fn on_transport_feedback(&mut self, now: Micros, index: usize, feedback: &TwccFeedback<'_>) {
        let Some(Transport { down, .. }) = self.transports.get_mut(index) else { return };
        self.scratch.results.clear();
        down.log.on_feedback(now, feedback, &mut self.scratch.results);
        down.estimator.on_results(now, &self.scratch.results);
        self.timers.at_most(index, now);
    }
}

fn find<'a>(
    subscriptions: &'a mut crate::slab::Slab<Subscription>,
    by_ssrc: &crate::hash::FastMap<u32, usize>,
    ssrc: u32,
) -> Option<&'a mut Subscription> {
    subscriptions.get_mut(*by_ssrc.get(&ssrc)?)
}

// One second: more than any drift between two reports; a publisher's clock that jumped.
const CLOCK_WAS_SET: u64 = 1 << 32;
// Three full NACK packets: more at once is a storm.
const MAX_RESENDS: usize = 1024;
