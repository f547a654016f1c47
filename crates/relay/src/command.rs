//! What the control side may ask of a relay: one variant per method of the Python seam.

use relay_control::codec::Codec;
use relay_wire::srtp::{MasterKey, Profile};

/// Sound or picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Sound.
    Audio,
    /// Picture.
    Video,
}

/// One codec of one m-section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload {
    /// RTP payload type, 0..=127.
    pub pt: u8,
    /// What it carries.
    pub codec: Codec,
    /// RTP clock, Hz.
    pub clock_hz: u32,
    /// Payload type of its retransmissions (RFC 4588).
    pub rtx_pt: Option<u8>,
}

/// A negotiated RTP header extension (RFC 8285).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Local identifier, 1..=255.
    pub id: u8,
    /// Its meaning.
    pub uri: String,
}

/// One simulcast layer a publisher will send, lowest quality first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encoding {
    /// RTP stream id (RFC 8852).
    pub rid: Option<String>,
    /// Signalled SSRC.
    pub ssrc: Option<u32>,
    /// Signalled SSRC of its retransmissions.
    pub rtx_ssrc: Option<u32>,
}

/// A new track of a publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publish {
    /// The publisher's transport.
    pub transport: u32,
    /// New id, chosen by the caller.
    pub track: u32,
    /// Sound or picture.
    pub kind: Kind,
    /// Media identification (RFC 9143); empty: none.
    pub mid: String,
    /// Every codec the publisher may send, at most 16.
    pub payloads: Vec<Payload>,
    /// The header extensions of the m-section, at most 16.
    pub extensions: Vec<Extension>,
    /// Layers, lowest quality first, at most 4; empty: one layer learnt from mid or payload type.
    pub encodings: Vec<Encoding>,
}

/// A new subscription of one transport to one track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribe {
    /// The subscriber's transport.
    pub transport: u32,
    /// New id, chosen by the caller.
    pub subscription: u32,
    /// What to forward.
    pub track: u32,
    /// The subscriber's mid.
    pub mid: String,
    /// SSRC the subscriber sees.
    pub ssrc: u32,
    /// SSRC of retransmissions and padding; none: lost packets are sent again as they were.
    pub rtx_ssrc: Option<u32>,
    /// (publisher's payload type, what the subscriber calls it), at most 16.
    pub payloads: Vec<(u8, Payload)>,
    /// The subscriber's header extensions, at most 16.
    pub extensions: Vec<Extension>,
    /// RTCP canonical name: equal for streams to be played in sync.
    pub cname: String,
    /// A shared screen: readable text matters more than motion.
    pub screen: bool,
}

/// What one subscriber wants of one subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// Which.
    pub subscription: u32,
    /// Tile width, device pixels; 0 with height 0: hidden, send nothing.
    pub width: u16,
    /// Tile height, device pixels.
    pub height: u16,
    /// Higher is served first when bandwidth is short.
    pub priority: u8,
    /// Highest temporal layer, 0..=3.
    pub max_temporal: u8,
}

/// One call of the seam.
#[derive(Debug)]
pub enum Command {
    /// A new peer, known by its ICE credentials.
    AddTransport {
        /// New id.
        transport: u32,
        /// Its tracks are ranked by loudness within this room.
        room: u32,
        /// Our ICE username fragment: unique among all transports.
        ufrag: String,
        /// Our ICE password.
        pwd: String,
    },
    /// New credentials beside the old until a nomination uses them.
    RestartIce {
        /// Which.
        transport: u32,
        /// New username fragment.
        ufrag: String,
        /// New password.
        pwd: String,
    },
    /// A DTLS datagram for the peer.
    SendDtls {
        /// Which.
        transport: u32,
        /// Opaque bytes, at most one datagram.
        datagram: Vec<u8>,
    },
    /// Keys from the finished DTLS handshake.
    InstallSrtp {
        /// Which.
        transport: u32,
        /// Negotiated protection profile.
        profile: Profile,
        /// Opens what the peer sends.
        receive: MasterKey,
        /// Seals what we send.
        send: MasterKey,
    },
    /// Ends a transport with its tracks and subscriptions.
    CloseTransport {
        /// Which.
        transport: u32,
    },
    /// A new transport without ICE, DTLS and SRTP: its media comes from this machine ([`crate::Relay::receive_injected`]).
    AddInjector {
        /// New id.
        transport: u32,
        /// As for any transport.
        room: u32,
    },
    /// An injector's media comes from somewhere else from now on: the next packets begin new streams at once.
    Inject {
        /// Which.
        transport: u32,
    },
    /// A new track.
    Publish(Publish),
    /// Ends a track and every subscription to it.
    Unpublish {
        /// Which.
        track: u32,
    },
    /// Paused: nothing of this track is forwarded to anyone.
    PauseTrack {
        /// Which.
        track: u32,
        /// Or not.
        paused: bool,
    },
    /// Asks the publisher for a keyframe of every active layer.
    RequestKeyframe {
        /// Which.
        track: u32,
    },
    /// A new subscription.
    Subscribe(Subscribe),
    /// Ends a subscription.
    Unsubscribe {
        /// Which.
        subscription: u32,
    },
    /// Replaces the wants of the subscriptions named; others keep theirs.
    SetWants(Vec<Want>),
}
