//! Header extensions the relay itself understands (RFC 8285 names them by URI).

use crate::command::Extension;

/// A known meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// RFC 9143.
    Mid,
    /// RFC 8852.
    Rid,
    /// RFC 8852.
    RepairedRid,
    /// draft-holmer-rmcat-transport-wide-cc-extensions.
    TransportCc,
    /// Time of sending, 6.18 fixed point seconds.
    AbsSendTime,
    /// RFC 6464.
    AudioLevel,
    /// Anything else: copied if both sides negotiated it.
    Opaque,
}

impl Meaning {
    pub(crate) fn of(uri: &str) -> Meaning {
        match uri {
            "urn:ietf:params:rtp-hdrext:sdes:mid" => Meaning::Mid,
            "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id" => Meaning::Rid,
            "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id" => Meaning::RepairedRid,
            "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01" => Meaning::TransportCc,
            "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time" => Meaning::AbsSendTime,
            "urn:ietf:params:rtp-hdrext:ssrc-audio-level" => Meaning::AudioLevel,
            _ => Meaning::Opaque,
        }
    }
}

/// Ids of a publisher's own extensions; with BUNDLE an id means the same in every m-section (RFC 9143, 7.1).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct UpIds {
    pub(crate) mid: Option<u8>,
    pub(crate) rid: Option<u8>,
    pub(crate) repaired_rid: Option<u8>,
    pub(crate) transport_cc: Option<u8>,
    pub(crate) audio_level: Option<u8>,
}

impl UpIds {
    /// Learns the ids of one more m-section.
    pub(crate) fn learn(&mut self, extensions: &[Extension]) {
        for extension in extensions {
            let id = Some(extension.id);
            match Meaning::of(&extension.uri) {
                Meaning::Mid => self.mid = id,
                Meaning::Rid => self.rid = id,
                Meaning::RepairedRid => self.repaired_rid = id,
                Meaning::TransportCc => self.transport_cc = id,
                Meaning::AudioLevel => self.audio_level = id,
                Meaning::AbsSendTime | Meaning::Opaque => {}
            }
        }
    }
}

/// What to write for one extension of a subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The subscription's own mid.
    Mid,
    /// The next transport-wide number.
    TransportCc,
    /// When this packet leaves.
    AbsSendTime,
    /// The publisher's element with this index among the track's extensions.
    Copy(u8),
}

impl Source {
    /// Differs each time a packet is sent.
    pub(crate) fn is_stamp(self) -> bool {
        matches!(self, Source::TransportCc | Source::AbsSendTime)
    }
}

/// One extension of a subscriber: its id and where its value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Remap {
    pub(crate) id: u8,
    pub(crate) source: Source,
}

/// Matches a subscriber's extensions with the publisher's by URI.
///
/// The transport-wide number comes first, where the writer can find it once the packet's size is known.
/// `stamps` is false for a stream whose packets are resent as they were: such a packet must not change, or the same
/// SRTP nonce would protect two different packets.
pub(crate) fn remap(theirs: &[Extension], publishers: &[Extension], stamps: bool) -> Vec<Remap> {
    let source = |extension: &Extension| match Meaning::of(&extension.uri) {
        Meaning::Mid => Some(Source::Mid),
        Meaning::TransportCc => stamps.then_some(Source::TransportCc),
        Meaning::AbsSendTime => stamps.then_some(Source::AbsSendTime),
        Meaning::Rid | Meaning::RepairedRid => None,
        Meaning::AudioLevel | Meaning::Opaque => {
            let index = publishers.iter().position(|published| published.uri == extension.uri)?;
            Some(Source::Copy(index as u8))
        }
    };
    let found = theirs.iter().filter_map(|extension| Some(Remap { id: extension.id, source: source(extension)? }));
    let mut remaps: Vec<Remap> = found.collect();
    remaps.sort_by_key(|remap| remap.source != Source::TransportCc);
    remaps
}
