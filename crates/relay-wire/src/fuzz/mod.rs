//! What the fuzzers call: each function takes any bytes, must not panic, and checks what must hold for all bytes.
//!
//! The same functions run under cargo-fuzz (`fuzz/` beside the workspace) and in bounded tests with a fixed seed.

#[cfg(test)]
mod bounded;
pub mod seeds;

use std::cell::RefCell;

use crate::rtcp::{self, Packet, TwccFeedback, TwccReport};
use crate::rtp::{self, Header, HeaderFields};
use crate::srtp::{MasterKey, Opener, Profile, SrtpError, StreamState};
use crate::stun::{self, Incoming, IntegrityKey};

/// Password of the STUN seeds.
pub const STUN_PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";

/// STUN: as it came, and with cookie, length and FINGERPRINT made right so that the attributes are reached.
pub fn stun(data: &[u8]) {
    let key = IntegrityKey::new(STUN_PASSWORD);
    stun_message(data, &key);
    stun_message(&with_right_fingerprint(data), &key);
}

fn stun_message(message: &[u8], key: &IntegrityKey) {
    let parsed = stun::parse(message);
    if parsed.is_ok() {
        assert!(stun::is_stun(message) && message.len() <= stun::MAX_LEN);
    }
    if let Ok(Incoming::Request(request)) = parsed {
        assert!(request.local_ufrag.len() + request.remote_ufrag.len() < message.len());
        let authentic = request.verify(message, key);
        assert!(!(authentic && request.verify(message, &IntegrityKey::new("another"))));
    }
    stun::mapped_address(message, key);
}

fn with_right_fingerprint(data: &[u8]) -> Vec<u8> {
    let attributes = match data.split_last_chunk::<8>() {
        Some((before, [0x80, 0x28, 0, 4, ..])) => before,
        _ => data,
    };
    let mut message = attributes.to_vec();
    message.resize(attributes.len().clamp(20, stun::MAX_LEN - 8).next_multiple_of(4), 0);
    message[0] &= 0x03;
    message[4..8].copy_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
    let length = (message.len() - 12) as u16;
    message[2..4].copy_from_slice(&length.to_be_bytes());
    let crc = crc32fast::hash(&message) ^ 0x5354_554e;
    message.extend([0x80, 0x28, 0, 4]);
    message.extend(crc.to_be_bytes());
    message
}

/// RTP: header, extensions, padding; a header written from what was read says the same; SRTP refuses all of it.
pub fn rtp(data: &[u8]) {
    rtp::is_rtcp(data);
    let Ok(header) = Header::parse(data) else {
        return;
    };
    assert!(header.header_len <= data.len() && header.csrcs(data).count() == usize::from(header.csrc_count));
    if let Ok(range) = header.payload_range(data) {
        assert!(header.header_len == range.start && range.start <= range.end && range.end <= data.len());
    }
    rewrite_header(&header, data);
    OPENERS.with_borrow(|openers| {
        for opener in openers {
            let mut state = StreamState::new();
            assert!(opener.open_rtp(&mut state, &mut data.to_vec(), header.header_len).is_err());
            assert_eq!(state.highest_index(), None);
        }
    });
}

fn rewrite_header(header: &Header, data: &[u8]) {
    let fields = HeaderFields {
        marker: header.marker,
        payload_type: header.payload_type,
        sequence: header.sequence,
        timestamp: header.timestamp,
        ssrc: header.ssrc,
        has_padding: header.has_padding,
    };
    let elements = rtp::extensions(header, data).filter(|(id, _)| *id != 0);
    // An element grows by one octet at most in the other form, and each has at least one.
    let mut out = vec![0; 2 * data.len() + 16];
    let len = rtp::write_header(&mut out, &fields, elements.clone());
    let again = Header::parse(&out[..len]).expect("a written header parses");
    assert_eq!((again.header_len, again.sequence, again.ssrc), (len, header.sequence, header.ssrc));
    assert!(rtp::extensions(&again, &out).eq(elements));
}

/// RTCP: every list of every packet; transport feedback written from what was read says the same; SRTCP refuses it.
pub fn rtcp(data: &[u8]) {
    let mut packets = 0;
    for packet in rtcp::parse(data) {
        packets += 1;
        if let Ok(packet) = packet {
            rtcp_packet(packet, data.len());
        }
    }
    assert!(packets <= rtcp::MAX_PACKETS + 1);
    OPENERS.with_borrow_mut(|openers| {
        for opener in openers {
            let refused = opener.open_rtcp(&mut data.to_vec()).unwrap_err();
            assert!(matches!(refused, SrtpError::TooShort | SrtpError::NotEncrypted | SrtpError::AuthenticationFailed));
        }
    });
}

fn rtcp_packet(packet: Packet<'_>, len: usize) {
    let items = match packet {
        Packet::SenderReport { reports, .. } | Packet::ReceiverReport { reports, .. } => reports.count(),
        Packet::Sdes(names) => names.inspect(|(_, name)| assert!(name.len() <= 255)).count(),
        Packet::Bye { ssrcs } | Packet::Remb { ssrcs, .. } => ssrcs.count(),
        Packet::Nack { lost, .. } => lost.count() / 17,
        Packet::Fir { entries, .. } => entries.count(),
        Packet::Xr { blocks, .. } => blocks
            .map(|block| match block {
                rtcp::XrBlock::Dlrr(entries) => entries.count(),
                _ => 0,
            })
            .sum(),
        Packet::TransportFeedback(feedback) => {
            rewrite_feedback(&feedback);
            0
        }
        Packet::Pli { .. } | Packet::App { .. } | Packet::Unknown { .. } => 0,
    };
    assert!(4 * items <= len);
}

fn rewrite_feedback(feedback: &TwccFeedback<'_>) {
    let arrivals: Vec<_> = feedback.iter().map(|(_, arrival)| arrival).collect();
    assert_eq!(arrivals.len(), usize::from(feedback.count));
    let report = TwccReport {
        sender: feedback.sender,
        media: feedback.media,
        base: feedback.base,
        reference_time_64ms: feedback.reference_time_64ms,
        feedback_count: feedback.feedback_count,
        arrivals: &arrivals,
    };
    let mut out = Vec::new();
    let covered = rtcp::write::twcc(&mut out, &report);
    match rtcp::parse(&out).next() {
        None => assert_eq!(arrivals.len(), 0),
        Some(Ok(Packet::TransportFeedback(again))) => {
            assert!(again.iter().eq(feedback.iter().take(covered)));
            assert_eq!((again.sender, again.reference_time_64ms), (feedback.sender, feedback.reference_time_64ms));
        }
        Some(other) => panic!("written feedback reads as {other:?}"),
    }
}

thread_local! {
    /// Keys no fuzzer can guess a tag for.
    static OPENERS: RefCell<Vec<Opener>> = RefCell::new(
        [Profile::AeadAes128Gcm, Profile::Aes128CmSha1_80]
            .into_iter()
            .map(|profile| {
                let master = MasterKey::new(profile, &[0x5c; 16], &vec![0x36; profile.salt_len()]);
                Opener::new(profile, &master.expect("the lengths are the profile's"))
            })
            .collect(),
    );
}
