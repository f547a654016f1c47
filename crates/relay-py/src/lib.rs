//! `conference.media._relay`: the Python face of the media plane. Conversions only; everything else is in `relay-io`.

mod error;
mod event;
mod media;
mod relay;
mod srt;
mod srt_call;
mod stats;

use pyo3::prelude::*;

/// The media plane: one relay worker per `Relay` object.
#[pymodule]
mod _relay {
    #[pymodule_export]
    use super::version;
    #[pymodule_export]
    use crate::error::RelayError;
    #[pymodule_export]
    use crate::event::Event;
    #[pymodule_export]
    use crate::media::{Encoding, Extension, Payload, Want};
    #[pymodule_export]
    use crate::relay::Relay;
    #[pymodule_export]
    use crate::srt::SrtGate;
    #[pymodule_export]
    use crate::srt_call::SrtCall;
    #[pymodule_export]
    use crate::stats::{LayerStats, Stats, SubscriptionStats, TrackStats, TransportStats};
}

/// Version of the media plane.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
