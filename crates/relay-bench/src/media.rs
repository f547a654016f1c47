//! RTP packets as a browser would send them, with a timestamp of the generator inside.

use crate::scenario::{Media, Scenario};
use relay::{Codec, Extension, Payload};
use relay_wire::rtp::{HeaderFields, write_header};

/// Header extensions on both sides of the relay.
const MID: u8 = 1;
const ABS_SEND_TIME: u8 = 2;
/// Transport-wide sequence number.
pub(crate) const TRANSPORT_CC: u8 = 3;
const AUDIO_LEVEL: u8 = 4;
/// Marks payloads of the generator, in front of the time.
const MAGIC: [u8; 8] = *b"loadtime";
/// Octets of a VP8 descriptor with picture id, TL0PICIDX and TID, and of a keyframe header.
const VP8_HEAD_LEN: usize = 6 + 10;

/// The codec as it is negotiated.
pub(crate) fn payload(scenario: &Scenario) -> Payload {
    match scenario.media {
        Media::Video => Payload { pt: 96, codec: Codec::Vp8, clock_hz: 90_000, rtx_pt: Some(97) },
        Media::Audio => Payload { pt: 111, codec: Codec::Opus, clock_hz: 48_000, rtx_pt: None },
    }
}

/// The extensions as they are negotiated.
pub(crate) fn extensions() -> Vec<Extension> {
    let named = [
        (MID, "urn:ietf:params:rtp-hdrext:sdes:mid"),
        (ABS_SEND_TIME, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"),
        (TRANSPORT_CC, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"),
        (AUDIO_LEVEL, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
    ];
    named.map(|(id, uri)| Extension { id, uri: uri.to_owned() }).to_vec()
}

/// One packet of one frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packet {
    pub(crate) ssrc: u32,
    pub(crate) sequence: u16,
    pub(crate) transport_sequence: u16,
    pub(crate) frame: u64,
    pub(crate) is_key: bool,
    /// Position within the frame.
    pub(crate) part: usize,
    /// When the frame was made; all its packets have one timestamp.
    pub(crate) frame_us: u64,
    pub(crate) now_us: u64,
}

/// Writes `packet` of `scenario.packet_len` octets into `out`; returns the length of its header.
pub(crate) fn write(out: &mut [u8], scenario: &Scenario, packet: &Packet) -> usize {
    let fields = HeaderFields {
        marker: packet.part + 1 == scenario.packets_per_frame && scenario.media == Media::Video,
        payload_type: payload(scenario).pt,
        sequence: packet.sequence,
        timestamp: (packet.frame_us * u64::from(scenario.clock_hz()) / 1_000_000) as u32,
        ssrc: packet.ssrc,
        has_padding: false,
    };
    let send_time = ((packet.now_us << 18) / 1_000_000).to_be_bytes();
    let transport = packet.transport_sequence.to_be_bytes();
    // Voice, -30 dBov and changing a little.
    let level = [0x80 | (30 + packet.ssrc as u8 % 7)];
    let common: [(u8, &[u8]); 3] = [(MID, b"0"), (ABS_SEND_TIME, &send_time[5..]), (TRANSPORT_CC, &transport)];
    let audio = (scenario.media == Media::Audio).then_some((AUDIO_LEVEL, &level[..]));
    let header_len = write_header(out, &fields, common.into_iter().chain(audio));
    let body = &mut out[header_len..scenario.packet_len];
    body.fill(0xa5);
    let head_len = match scenario.media {
        Media::Video => write_vp8(body, packet),
        Media::Audio => {
            body[0] = 0x78;
            1
        }
    };
    body[head_len..head_len + 8].copy_from_slice(&MAGIC);
    body[head_len + 8..head_len + 16].copy_from_slice(&packet.now_us.to_be_bytes());
    header_len
}

/// RFC 7741 section 4.2; the first packet of a keyframe has a frame header of 1280x720 (RFC 6386 section 9.1).
fn write_vp8(body: &mut [u8], packet: &Packet) -> usize {
    let first = packet.part == 0;
    let picture = (packet.frame as u16) & 0x7fff;
    body[..6].copy_from_slice(&[
        if first { 0x90 } else { 0x80 },
        0xe0,
        0x80 | (picture >> 8) as u8,
        picture as u8,
        packet.frame as u8,
        0,
    ]);
    if first {
        body[6..VP8_HEAD_LEN].copy_from_slice(&[
            0x10 | u8::from(!packet.is_key),
            0,
            0,
            0x9d,
            0x01,
            0x2a,
            0,
            5,
            0xd0,
            2,
        ]);
    }
    VP8_HEAD_LEN
}

/// When the generator wrote this payload, µs of its clock; none: it did not.
pub(crate) fn sent_at_us(scenario: &Scenario, payload: &[u8]) -> Option<u64> {
    let head_len = match scenario.media {
        Media::Video => VP8_HEAD_LEN,
        Media::Audio => 1,
    };
    let stamp: &[u8; 16] = payload.get(head_len..)?.first_chunk()?;
    let time: [u8; 8] = stamp[8..].try_into().ok()?;
    (stamp[..8] == MAGIC).then(|| u64::from_be_bytes(time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::SCENARIOS;
    use relay_wire::rtp::Header;

    #[test]
    fn every_scenario_writes_packets_that_parse_and_carry_the_time() {
        for scenario in SCENARIOS {
            let mut out = [0; 1500];
            let now_us = 1_234_567_890_123;
            let numbers = Packet {
                ssrc: 7,
                sequence: 9,
                transport_sequence: 11,
                frame: 90,
                is_key: true,
                part: 0,
                frame_us: 0,
                now_us,
            };
            let packet = numbers;
            let header_len = write(&mut out, &scenario, &packet);
            let header = Header::parse(&out[..scenario.packet_len]).unwrap();
            assert_eq!((header.header_len, header.ssrc, header.sequence), (header_len, 7, 9));
            let body = &out[header_len..scenario.packet_len];
            assert_eq!(sent_at_us(&scenario, body), Some(packet.now_us));
            assert_eq!(sent_at_us(&scenario, &body[1..]), None);
        }
    }
}
