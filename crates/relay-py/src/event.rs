//! What the relay tells, as a closed union of nested classes.

use ::relay as core;
use pyo3::prelude::*;

/// What the relay tells. A closed union: match on the nested classes.
#[pyclass(module = "conference.media._relay", frozen)]
pub(crate) enum Event {
    /// A DTLS datagram from the validated path of a transport.
    Dtls { transport: u32, datagram: Vec<u8> },
    /// connected: nominated path (also on change of path); disconnected: no check for 5 s; failed: none for 30 s.
    Ice { transport: u32, state: String, remote: String, protocol: String },
    /// What a subscription gets now; `layer` is None when nothing is sent, and `reason` says why.
    Layer { subscription: u32, layer: Option<u8>, temporal: u8, reason: String },
    /// A subscriber's downlink estimate moved.
    Estimate { transport: u32, bps: u64 },
    /// Who speaks, loudest first.
    Loudest { room: u32, tracks: Vec<u32> },
    /// Media of a track started (first packet) or stopped (none for 2 s).
    Receiving { track: u32, receiving: bool },
    /// A transport is gone.
    Closed { transport: u32, reason: String },
}

impl From<core::Event> for Event {
    fn from(event: core::Event) -> Event {
        match event {
            core::Event::Dtls { transport, datagram } => Event::Dtls { transport, datagram },
            core::Event::Ice { transport, state, remote, protocol } => Event::Ice {
                transport,
                state: state.name().into(),
                remote: remote.to_string(),
                protocol: protocol.name().into(),
            },
            core::Event::Layer { subscription, layer, temporal, reason } => {
                Event::Layer { subscription, layer, temporal, reason: reason.name().into() }
            }
            core::Event::Estimate { transport, bps } => Event::Estimate { transport, bps },
            core::Event::Loudest { room, tracks } => Event::Loudest { room, tracks },
            core::Event::Receiving { track, receiving } => Event::Receiving { track, receiving },
            core::Event::Closed { transport, reason } => Event::Closed { transport, reason: reason.into() },
        }
    }
}
