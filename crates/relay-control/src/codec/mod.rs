//! What a relay needs to know of a payload without decoding it: frame borders, keyframes, layers, size.

mod av1;
mod bits;
mod h264;
pub mod red;
mod vp8;
mod vp9;

pub(crate) use vp8::patch as patch_vp8;
pub(crate) use vp9::patch as patch_vp9;

/// A payload format that the relay can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// VP8 (RFC 7741).
    Vp8,
    /// VP9 (RFC 9628).
    Vp9,
    /// H.264 (RFC 6184).
    H264,
    /// AV1 (AOMedia "RTP Payload Format For AV1").
    Av1,
    /// Opus (RFC 7587).
    Opus,
    /// Redundant audio (RFC 2198).
    Red,
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// Anything else: forwarded without being looked into.
    Other,
}

impl Codec {
    /// The codec of an SDP encoding name, with or without its media type: `vp8`, `VP8`, `video/VP8`.
    pub fn from_name(name: &str) -> Self {
        let subtype = name.rsplit('/').next().unwrap_or(name);
        let known = NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(subtype));
        known.map_or(Self::Other, |(codec, _)| *codec)
    }

    /// The lower-case encoding name; `other` when there is none.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(codec, _)| *codec == self).map_or("other", |(_, name)| name)
    }

    /// Whether it is one of the known video codecs.
    pub fn is_video(self) -> bool {
        matches!(self, Self::Vp8 | Self::Vp9 | Self::H264 | Self::Av1)
    }

    /// Whether it is one of the known audio codecs.
    pub fn is_audio(self) -> bool {
        matches!(self, Self::Opus | Self::Red | Self::Pcmu | Self::Pcma)
    }
}

/// What one packet's payload says about itself. Malformed payloads give the default with `frame_end` from the marker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Begins a frame (VP8, VP9, audio: certain; H.264, AV1: may begin one, their headers do not tell more).
    pub frame_start: bool,
    /// Ends a frame: the RTP marker for video, always for audio.
    pub frame_end: bool,
    /// Begins a keyframe: the place where a receiver can start.
    pub keyframe: bool,
    /// Temporal layer, 0 is the base; 3 bits of it are foreign (VP9, AV1), so up to 7.
    pub temporal: u8,
    /// A receiver may go up to this temporal layer from here on (VP8 Y bit, VP9 U bit).
    pub layer_sync: bool,
    /// No other frame refers to this one (VP8 N bit, H.264 nal_ref_idc 0).
    pub discardable: bool,
    /// Picture id as on the wire (VP8, VP9).
    pub picture_id: Option<u16>,
    /// The picture id has 15 bits, else 7.
    pub picture_id_wide: bool,
    /// TL0PICIDX (VP8, VP9).
    pub tl0: Option<u8>,
    /// KEYIDX, 5 bits (VP8).
    pub key_index: Option<u8>,
    /// Width and height in pixels, where this packet tells them.
    pub resolution: Option<(u16, u16)>,
    /// Spatial layer (VP9, AV1).
    pub spatial: u8,
}

/// Looks into one packet's payload (after decryption, without RTP header and padding). `marker` is the RTP marker bit.
pub fn mark(codec: Codec, payload: &[u8], marker: bool) -> Mark {
    let found = match codec {
        Codec::Vp8 => vp8::mark(payload),
        Codec::Vp9 => vp9::mark(payload),
        Codec::H264 => h264::mark(payload),
        Codec::Av1 => av1::mark(payload),
        // An audio packet is whole in itself; its marker means "first after silence" (RFC 3551 section 4.1).
        Codec::Opus | Codec::Red | Codec::Pcmu | Codec::Pcma => {
            return Mark { frame_start: true, frame_end: true, ..Mark::default() };
        }
        Codec::Other => None,
    };
    Mark { frame_end: marker, ..found.unwrap_or_default() }
}

const NAMES: [(Codec, &str); 8] = [
    (Codec::Vp8, "vp8"),
    (Codec::Vp9, "vp9"),
    (Codec::H264, "h264"),
    (Codec::Av1, "av1"),
    (Codec::Opus, "opus"),
    (Codec::Red, "red"),
    (Codec::Pcmu, "pcmu"),
    (Codec::Pcma, "pcma"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for (codec, name) in NAMES {
            assert_eq!(Codec::from_name(name), codec);
            assert_eq!(Codec::from_name(&name.to_uppercase()), codec);
            assert_eq!(Codec::from_name(&format!("video/{name}")), codec);
            assert_eq!(codec.name(), name);
            assert!(codec.is_video() != codec.is_audio());
        }
        assert_eq!(Codec::from_name("flexfec-03"), Codec::Other);
        assert_eq!(Codec::from_name(""), Codec::Other);
        assert_eq!(Codec::Other.name(), "other");
    }

    #[test]
    fn audio_is_a_frame_per_packet_and_unknown_video_follows_the_marker() {
        for (codec, marker, start, end) in [
            (Codec::Opus, false, true, true),
            (Codec::Red, true, true, true),
            (Codec::Other, true, false, true),
            (Codec::Other, false, false, false),
        ] {
            let got = mark(codec, &[1, 2, 3], marker);
            assert_eq!((got.frame_start, got.frame_end, got.keyframe), (start, end, false), "{codec:?} {marker}");
        }
    }

    #[test]
    fn an_empty_or_cut_payload_is_no_keyframe() {
        let table: [(Codec, &[u8]); 6] = [
            (Codec::Vp8, &[0x90]),
            (Codec::Vp8, &[0x10]),
            (Codec::Vp9, &[0x80, 0x80]),
            (Codec::H264, &[0x7c]),
            (Codec::H264, &[0x78, 0]),
            (Codec::Av1, &[]),
        ];
        for (codec, payload) in table.into_iter().chain(NAMES.map(|(codec, _)| (codec, &[][..]))) {
            let got = mark(codec, payload, true);
            assert_eq!((got.keyframe, got.frame_end), (false, true), "{codec:?} {payload:x?}");
        }
    }
}
