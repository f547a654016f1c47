//! Writing RTCP. Each function appends one packet to `out`; several in a row make a compound.
//!
//! Lists are cut to what one packet can hold (31 blocks or sources); callers split longer ones.

use super::{REMB_NAME, ReportBlock, SDES_CNAME, fmt, kind};

pub use super::write_twcc::twcc;

/// Most report blocks or sources in one packet: the count has five bits.
pub const MAX_ITEMS: usize = 31;
/// Most sequence number and bit mask pairs in one NACK: keeps the packet below 1 KiB.
pub const MAX_NACK_PAIRS: usize = 240;

/// What a sender has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderInfo {
    /// The sender.
    pub ssrc: u32,
    /// NTP time, 32.32 fixed point seconds since 1900.
    pub ntp: u64,
    /// The same instant in the stream's timestamp.
    pub rtp: u32,
    /// Packets sent.
    pub packets: u32,
    /// Payload octets sent.
    pub octets: u32,
}

/// Sender report (RFC 3550, 6.4.1).
pub fn sr(out: &mut Vec<u8>, info: &SenderInfo, reports: &[ReportBlock]) {
    let reports = &reports[..reports.len().min(MAX_ITEMS)];
    packet(out, kind::SENDER_REPORT, reports.len() as u8, |out| {
        out.extend(info.ssrc.to_be_bytes());
        out.extend(info.ntp.to_be_bytes());
        out.extend(info.rtp.to_be_bytes());
        out.extend(info.packets.to_be_bytes());
        out.extend(info.octets.to_be_bytes());
        reports.iter().for_each(|report| report_block(out, report));
    });
}

/// Receiver report (RFC 3550, 6.4.2).
pub fn rr(out: &mut Vec<u8>, ssrc: u32, reports: &[ReportBlock]) {
    let reports = &reports[..reports.len().min(MAX_ITEMS)];
    packet(out, kind::RECEIVER_REPORT, reports.len() as u8, |out| {
        out.extend(ssrc.to_be_bytes());
        reports.iter().for_each(|report| report_block(out, report));
    });
}

/// Source description with the canonical name only (RFC 3550, 6.5.1), cut to 255 octets.
pub fn sdes_cname(out: &mut Vec<u8>, ssrc: u32, cname: &str) {
    let name = &cname.as_bytes()[..cname.len().min(255)];
    packet(out, kind::SDES, 1, |out| {
        out.extend(ssrc.to_be_bytes());
        out.extend([SDES_CNAME, name.len() as u8]);
        out.extend(name);
        // At least one zero ends the items, then zeros to a multiple of 4.
        let items_len = 2 + name.len();
        out.extend(std::iter::repeat_n(0, (items_len + 1).next_multiple_of(4) - items_len));
    });
}

/// Goodbye (RFC 3550, 6.6).
pub fn bye(out: &mut Vec<u8>, ssrcs: &[u32]) {
    let ssrcs = &ssrcs[..ssrcs.len().min(MAX_ITEMS)];
    packet(out, kind::BYE, ssrcs.len() as u8, |out| out.extend(ssrcs.iter().flat_map(|ssrc| ssrc.to_be_bytes())));
}

/// Generic NACK (RFC 4585, 6.2.1) for `lost`, in the order of their numbers across the wrap.
///
/// Returns how many of `lost` were written: all, unless they need more than [`MAX_NACK_PAIRS`] pairs.
pub fn nack(out: &mut Vec<u8>, sender: u32, media: u32, lost: &[u16]) -> usize {
    let mut written = 0;
    packet(out, kind::TRANSPORT_FEEDBACK, fmt::NACK, |out| {
        out.extend(sender.to_be_bytes());
        out.extend(media.to_be_bytes());
        for _ in 0..MAX_NACK_PAIRS {
            let Some((&base, rest)) = lost.get(written..).and_then(<[u16]>::split_first) else {
                break;
            };
            let mut mask = 0u16;
            written += 1;
            for &sequence in rest {
                let step = sequence.wrapping_sub(base);
                if step > 16 {
                    break;
                }
                // A repetition of `base` needs no bit.
                mask |= step.checked_sub(1).map_or(0, |bit| 1 << bit);
                written += 1;
            }
            out.extend(base.to_be_bytes());
            out.extend(mask.to_be_bytes());
        }
    });
    written
}

/// Picture loss indication (RFC 4585, 6.3.1).
pub fn pli(out: &mut Vec<u8>, sender: u32, media: u32) {
    packet(out, kind::PAYLOAD_FEEDBACK, fmt::PLI, |out| {
        out.extend(sender.to_be_bytes());
        out.extend(media.to_be_bytes());
    });
}

/// Full intra request (RFC 5104, 4.3.1) for `(ssrc, demand number)`.
pub fn fir(out: &mut Vec<u8>, sender: u32, entries: &[(u32, u8)]) {
    packet(out, kind::PAYLOAD_FEEDBACK, fmt::FIR, |out| {
        out.extend(sender.to_be_bytes());
        out.extend([0; 4]);
        for (ssrc, sequence) in entries.iter().take(MAX_ITEMS) {
            out.extend(ssrc.to_be_bytes());
            out.extend([*sequence, 0, 0, 0]);
        }
    });
}

/// Receiver estimated maximum bitrate; `bitrate_bps` is rounded down to 18 significant bits.
pub fn remb(out: &mut Vec<u8>, sender: u32, bitrate_bps: u64, ssrcs: &[u32]) {
    let ssrcs = &ssrcs[..ssrcs.len().min(MAX_ITEMS)];
    let exponent = (u64::BITS - bitrate_bps.leading_zeros()).saturating_sub(18);
    let mantissa = (bitrate_bps >> exponent) as u32;
    packet(out, kind::PAYLOAD_FEEDBACK, fmt::APPLICATION, |out| {
        out.extend(sender.to_be_bytes());
        out.extend([0; 4]);
        out.extend(REMB_NAME);
        out.extend(((ssrcs.len() as u32) << 24 | exponent << 18 | mantissa).to_be_bytes());
        out.extend(ssrcs.iter().flat_map(|ssrc| ssrc.to_be_bytes()));
    });
}

fn report_block(out: &mut Vec<u8>, report: &ReportBlock) {
    // Saturate as RFC 3550 A.3 does; a wrapped count would turn a loss into a gain.
    let lost = report.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
    out.extend(report.ssrc.to_be_bytes());
    out.extend((u32::from(report.fraction_lost) << 24 | lost).to_be_bytes());
    out.extend(report.highest_sequence.to_be_bytes());
    out.extend(report.jitter.to_be_bytes());
    out.extend(report.lsr.to_be_bytes());
    out.extend(report.dlsr.to_be_bytes());
}

/// Writes the four octets of type and length around `body`, which appends a multiple of 4 octets.
pub(super) fn packet(out: &mut Vec<u8>, kind: u8, count: u8, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0x80 | count & 0x1f, kind, 0, 0]);
    body(out);
    let words = (out.len() - start - 4) / 4;
    out[start + 2..start + 4].copy_from_slice(&(words as u16).to_be_bytes());
}
