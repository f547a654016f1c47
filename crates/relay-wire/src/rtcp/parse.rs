//! Reading one RTCP packet whose frame is known.

use super::{
    FirEntries, NackIter, Packet, REMB_NAME, REPORT_LEN, Reports, RtcpError, SdesCnames, Ssrcs, TwccFeedback, XrBlocks,
    fmt, kind,
};
use crate::bytes::{u8_at, u16_at, u32_at, u64_at};

/// `body` is what follows the four octets of type and length, without padding.
pub(super) fn parse(kind: u8, count: u8, body: &[u8]) -> Result<Packet<'_>, RtcpError> {
    match kind {
        kind::SENDER_REPORT => sender_report(count, body).ok_or(RtcpError::Malformed),
        kind::RECEIVER_REPORT => receiver_report(count, body).ok_or(RtcpError::Malformed),
        kind::SDES => SdesCnames::new(body, count).map(Packet::Sdes).ok_or(RtcpError::Malformed),
        kind::BYE => bye(count, body).ok_or(RtcpError::Malformed),
        kind::APP => u32_at(body, 0).map(|ssrc| Packet::App { ssrc }).ok_or(RtcpError::Malformed),
        kind::TRANSPORT_FEEDBACK => transport_feedback(count, body),
        kind::PAYLOAD_FEEDBACK => payload_feedback(count, body).ok_or(RtcpError::Malformed),
        kind::XR => extended(body).ok_or(RtcpError::Malformed),
        _ => Ok(Packet::Unknown { pt: kind, fmt: count }),
    }
}

fn sender_report(count: u8, body: &[u8]) -> Option<Packet<'_>> {
    Some(Packet::SenderReport {
        ssrc: u32_at(body, 0)?,
        ntp: u64_at(body, 4)?,
        rtp: u32_at(body, 12)?,
        packets: u32_at(body, 16)?,
        octets: u32_at(body, 20)?,
        reports: reports(count, body.get(24..)?)?,
    })
}

fn receiver_report(count: u8, body: &[u8]) -> Option<Packet<'_>> {
    Some(Packet::ReceiverReport { ssrc: u32_at(body, 0)?, reports: reports(count, body.get(4..)?)? })
}

/// What follows the blocks is a profile-specific extension and is left out (RFC 3550, 6.4.3).
fn reports(count: u8, blocks: &[u8]) -> Option<Reports<'_>> {
    blocks.get(..usize::from(count) * REPORT_LEN).map(Reports::new)
}

/// What follows the sources is a reason for leaving and is left out.
fn bye(count: u8, body: &[u8]) -> Option<Packet<'_>> {
    Some(Packet::Bye { ssrcs: Ssrcs::new(body.get(..4 * usize::from(count))?) })
}

fn transport_feedback(message: u8, body: &[u8]) -> Result<Packet<'_>, RtcpError> {
    let sender = u32_at(body, 0).ok_or(RtcpError::Malformed)?;
    let media = u32_at(body, 4).ok_or(RtcpError::Malformed)?;
    let information = body.get(8..).ok_or(RtcpError::Malformed)?;
    match message {
        fmt::NACK => Ok(Packet::Nack { sender, media, lost: NackIter::new(information) }),
        fmt::TWCC => TwccFeedback::parse(sender, media, information).map(Packet::TransportFeedback),
        _ => Ok(Packet::Unknown { pt: kind::TRANSPORT_FEEDBACK, fmt: message }),
    }
}

fn payload_feedback(message: u8, body: &[u8]) -> Option<Packet<'_>> {
    let sender = u32_at(body, 0)?;
    let media = u32_at(body, 4)?;
    let information = body.get(8..)?;
    match message {
        fmt::PLI => Some(Packet::Pli { sender, media }),
        fmt::FIR => Some(Packet::Fir { sender, entries: FirEntries::new(information) }),
        fmt::APPLICATION if information.starts_with(REMB_NAME) => remb(sender, information),
        _ => Some(Packet::Unknown { pt: kind::PAYLOAD_FEEDBACK, fmt: message }),
    }
}

fn remb(sender: u32, information: &[u8]) -> Option<Packet<'_>> {
    let count = usize::from(u8_at(information, 4)?);
    let exponent = u8_at(information, 5)? >> 2;
    let mantissa = u64::from(u8_at(information, 5)? & 3) << 16 | u64::from(u16_at(information, 6)?);
    // 18 bits of mantissa under an exponent of 63 exceed 64 bits: whoever says so means "no limit".
    let bitrate_bps = if u32::from(exponent) <= mantissa.leading_zeros() { mantissa << exponent } else { u64::MAX };
    let ssrcs = Ssrcs::new(information.get(8..)?.get(..4 * count)?);
    Some(Packet::Remb { sender, bitrate_bps, ssrcs })
}

fn extended(body: &[u8]) -> Option<Packet<'_>> {
    Some(Packet::Xr { ssrc: u32_at(body, 0)?, blocks: XrBlocks::new(body.get(4..)?) })
}
