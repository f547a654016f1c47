//! One RTP packet for one subscriber: header, extensions, payload, seal or frame.

use super::forward::Lane;
use crate::extension::Source;
use crate::local::{LENGTH, frame};
use crate::ring::Entry;
use crate::subscription::Subscription;
use crate::transport::Downstream;
use relay_control::munge::patch_descriptor;
use relay_control::time::{Micros, SECOND};
use relay_wire::rtp::{HeaderFields, write_header};
use relay_wire::srtp::Sealer;

/// One packet to write.
pub(super) struct Outgoing<'a> {
    pub(super) fields: HeaderFields,
    /// The full sequence number.
    pub(super) index: u64,
    /// The ingress packet that extensions are copied from; `None` for padding.
    pub(super) source: Option<(&'a Entry, &'a [u8])>,
    /// Before the payload: the original sequence number of a retransmission.
    pub(super) prefix: &'a [u8],
    pub(super) payload: &'a [u8],
    /// RTP padding octets.
    pub(super) pad: u8,
    /// For the payload descriptor, where the codec has one.
    pub(super) picture_id: Option<u16>,
    pub(super) tl0: Option<u8>,
}

impl Outgoing<'_> {
    /// A packet of nothing but `pad` octets of padding.
    pub(super) fn padding(fields: HeaderFields, index: u64, pad: u8) -> Outgoing<'static> {
        Outgoing { fields, index, source: None, prefix: &[], payload: &[], pad, picture_id: None, tl0: None }
    }
}

impl Lane<'_> {
    /// Writes, seals (or frames, for a tap) and commits one packet; its length on the wire, or `None` when it fits no datagram.
    pub(super) fn write(
        &mut self,
        down: &mut Downstream,
        subscription: &Subscription,
        packet: &Outgoing<'_>,
    ) -> Option<usize> {
        let lead = if self.sealer.is_some() { 0 } else { LENGTH };
        let tag = self.sealer.map_or(0, Sealer::rtp_overhead);
        let slot = &mut self.arena.slot()[lead..];
        let header_len = write_head(slot, self.now, subscription, packet);
        let start = header_len + packet.prefix.len();
        let end = start + packet.payload.len();
        let total = end + usize::from(packet.pad);
        if header_len == 0 || total + tag > slot.len() {
            return None;
        }
        slot[header_len..start].copy_from_slice(packet.prefix);
        slot[start..end].copy_from_slice(packet.payload);
        if let Some((entry, _)) = packet.source {
            patch_descriptor(entry.codec, &mut slot[start..end], packet.picture_id, packet.tl0);
        }
        if packet.pad > 0 {
            slot[end..total].fill(0);
            slot[total - 1] = packet.pad;
        }
        if subscription.extensions.first().is_some_and(|first| first.source == Source::TransportCc) {
            let size = total + tag + IP_UDP_OVERHEAD;
            let number = down.log.on_sent(self.now, size, self.cluster);
            // The first element: after the fixed header, the block's own header and one or two octets of id and length.
            let at = if slot[12..14] == [0xbe, 0xde] { 17 } else { 18 };
            slot[at..at + 2].copy_from_slice(&number.to_be_bytes());
        }
        let len = match self.sealer {
            Some(sealer) => sealer.seal_rtp(slot, header_len, total - header_len, packet.fields.ssrc, packet.index),
            None => frame(self.arena.slot(), total),
        };
        if len == 0 {
            return None;
        }
        self.arena.commit(self.path, len);
        self.bytes += len;
        if self.sealer.is_some() {
            self.allowance = self.allowance.saturating_sub(len);
            down.pacer.spent(len);
        }
        down.packets += 1;
        down.bytes += len as u64;
        Some(len)
    }
}

fn write_head(slot: &mut [u8], now: Micros, subscription: &Subscription, packet: &Outgoing<'_>) -> usize {
    let send_time = abs_send_time(now);
    let mut elements: [(u8, &[u8]); 16] = [(0, &[]); 16];
    let mut count = 0;
    for remap in subscription.extensions.iter().take(elements.len()) {
        let data: &[u8] = match remap.source {
            Source::Mid => subscription.mid.as_bytes(),
            Source::TransportCc => &[0, 0],
            Source::AbsSendTime => &send_time,
            Source::Copy(extension) => {
                let Some((entry, bytes)) = packet.source else { continue };
                let Some(found) = entry.elements().iter().find(|element| element.extension == extension) else {
                    continue;
                };
                let start = usize::from(found.start);
                &bytes[start..start + usize::from(found.len)]
            }
        };
        elements[count] = (remap.id, data);
        count += 1;
    }
    write_header(slot, &packet.fields, elements[..count].iter().copied())
}

/// 24 bits of seconds with 18 bits of fraction.
fn abs_send_time(now: Micros) -> [u8; 3] {
    let fixed = ((now % (64 * SECOND)) << 18) / SECOND;
    [(fixed >> 16) as u8, (fixed >> 8) as u8, fixed as u8]
}

// Bandwidth estimates count what the path carries.
const IP_UDP_OVERHEAD: usize = 28;
