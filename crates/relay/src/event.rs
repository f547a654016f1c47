//! What a relay tells the control side.

use std::net::SocketAddr;

/// Where ICE stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IceState {
    /// A path is nominated; told again when the path changes.
    Connected,
    /// No good check for 5 s.
    Disconnected,
    /// No good check for 30 s (RFC 7675): nothing is sent any more.
    Failed,
}

impl IceState {
    /// Its name at the seam.
    pub fn name(self) -> &'static str {
        match self {
            IceState::Connected => "connected",
            IceState::Disconnected => "disconnected",
            IceState::Failed => "failed",
        }
    }
}

/// What carries the datagrams of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Plain datagrams.
    Udp,
    /// Framed in a TCP connection (RFC 4571).
    Tcp,
    /// A socket between processes of this machine; there is no path.
    Local,
}

impl Protocol {
    /// Its name at the seam.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Udp => "udp",
            Protocol::Tcp => "tcp",
            Protocol::Local => "local",
        }
    }
}

/// Why a subscription gets what it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerReason {
    /// The best layer there is.
    Fits,
    /// A better one would not show in so small a tile.
    Tile,
    /// A better one does not fit the subscriber's downlink.
    Bandwidth,
    /// The publisher sends nothing.
    NoLayer,
    /// Nobody looks at it.
    Hidden,
    /// The track is paused.
    PublisherPaused,
    /// Chosen, and waiting for a keyframe to begin with.
    WaitingKeyframe,
}

impl LayerReason {
    /// Its name at the seam.
    pub fn name(self) -> &'static str {
        match self {
            LayerReason::Fits => "fits",
            LayerReason::Tile => "tile",
            LayerReason::Bandwidth => "bandwidth",
            LayerReason::NoLayer => "no-layer",
            LayerReason::Hidden => "hidden",
            LayerReason::PublisherPaused => "publisher-paused",
            LayerReason::WaitingKeyframe => "waiting-keyframe",
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A DTLS datagram from the validated path of a transport.
    Dtls {
        /// Whose.
        transport: u32,
        /// Opaque bytes.
        datagram: Vec<u8>,
    },
    /// ICE moved.
    Ice {
        /// Whose.
        transport: u32,
        /// To where.
        state: IceState,
        /// The selected or last selected peer address.
        remote: SocketAddr,
        /// What carries it.
        protocol: Protocol,
    },
    /// A subscription gets something else now.
    Layer {
        /// Which.
        subscription: u32,
        /// None: nothing.
        layer: Option<u8>,
        /// Highest temporal layer forwarded.
        temporal: u8,
        /// Why.
        reason: LayerReason,
    },
    /// A subscriber's downlink estimate moved by more than a tenth.
    Estimate {
        /// Whose.
        transport: u32,
        /// Bit/s.
        bps: u64,
    },
    /// Who speaks, loudest first.
    Loudest {
        /// Where.
        room: u32,
        /// Tracks.
        tracks: Vec<u32>,
    },
    /// Media of a track started, or stopped for 2 s.
    Receiving {
        /// Which.
        track: u32,
        /// Or stopped.
        receiving: bool,
    },
    /// A transport is gone.
    Closed {
        /// Which.
        transport: u32,
        /// Stable code: `closed`.
        reason: &'static str,
    },
}
