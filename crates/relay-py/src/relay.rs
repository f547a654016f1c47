//! The `Relay` class: each method is one command, which only waits for a short lock.

use crate::error::{RelayError, bad_value, os_error, refused};
use crate::event::Event;
use crate::media::{Encoding, Extension, Payload, Want, kind_of};
use crate::stats::Stats;
use ::relay as core;
use ::relay::{Command, MasterKey, Profile};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use relay_io::{Worker, WorkerConfig};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;

/// One relay worker: one thread, one UDP+TCP port number on each listen address.
#[pyclass(module = "conference.media._relay", frozen)]
pub(crate) struct Relay {
    worker: Worker,
}

impl Relay {
    fn submit(&self, py: Python<'_>, command: Command) -> PyResult<()> {
        py.detach(|| self.worker.submit(command)).map_err(refused)
    }
}

#[pymethods]
impl Relay {
    #[new]
    #[pyo3(signature = (*, listen, ring_slots=8192, max_transports=4096, start_bitrate_bps=1_000_000,
        max_bitrate_bps=30_000_000, busy_tick_us=3000, udp=true, tcp=true))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of the seam")]
    fn new(
        py: Python<'_>,
        listen: Vec<(String, u16)>,
        ring_slots: usize,
        max_transports: usize,
        start_bitrate_bps: u64,
        max_bitrate_bps: u64,
        busy_tick_us: u64,
        udp: bool,
        tcp: bool,
    ) -> PyResult<Relay> {
        let listen = listen.iter().map(|(host, port)| address_of(host, *port)).collect::<PyResult<_>>()?;
        let limits = core::RelayConfig {
            ring_slots,
            max_transports,
            start_bitrate_bps,
            max_bitrate_bps,
            ..core::RelayConfig::default()
        };
        let config = WorkerConfig { listen, udp, tcp, busy_tick_us, relay: limits, ..WorkerConfig::default() };
        let worker = py.detach(|| Worker::start(config)).map_err(os_error)?;
        Ok(Relay { worker })
    }

    /// The addresses bound, in the order of `listen`.
    #[getter]
    fn ports(&self) -> Vec<(String, u16)> {
        self.worker.ports().iter().map(|address| (address.ip().to_string(), address.port())).collect()
    }

    /// Readable when `poll` has events (an eventfd): for `loop.add_reader`.
    fn fileno(&self) -> i32 {
        self.worker.as_raw_fd()
    }

    /// Takes all events, oldest first.
    fn poll(&self, py: Python<'_>) -> Vec<Event> {
        py.detach(|| self.worker.poll().into_iter().map(Event::from).collect())
    }

    /// Stops the thread and closes the sockets; idempotent.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.worker.close());
    }

    #[pyo3(signature = (transport, *, room, ufrag, pwd))]
    fn add_transport(&self, py: Python<'_>, transport: u32, room: u32, ufrag: String, pwd: String) -> PyResult<()> {
        self.submit(py, Command::AddTransport { transport, room, ufrag, pwd })
    }

    /// New credentials on the same transport; the old path stays in use until the new one is nominated.
    #[pyo3(signature = (transport, *, ufrag, pwd))]
    fn restart_ice(&self, py: Python<'_>, transport: u32, ufrag: String, pwd: String) -> PyResult<()> {
        self.submit(py, Command::RestartIce { transport, ufrag, pwd })
    }

    fn send_dtls(&self, py: Python<'_>, transport: u32, datagram: Bound<'_, PyBytes>) -> PyResult<()> {
        let datagram = datagram.as_bytes().to_vec();
        self.submit(py, Command::SendDtls { transport, datagram })
    }

    /// `profile` is OpenSSL's name, e.g. SRTP_AEAD_AES_128_GCM.
    #[expect(clippy::too_many_arguments, reason = "arguments of the seam")]
    fn install_srtp(
        &self,
        py: Python<'_>,
        transport: u32,
        profile: &str,
        rx_key: Bound<'_, PyBytes>,
        rx_salt: Bound<'_, PyBytes>,
        tx_key: Bound<'_, PyBytes>,
        tx_salt: Bound<'_, PyBytes>,
    ) -> PyResult<()> {
        let Some(profile) = Profile::from_name(profile) else {
            return Err(RelayError::new_err(format!("unknown-profile: {profile:?}")));
        };
        let master = |key: &Bound<'_, PyBytes>, salt: &Bound<'_, PyBytes>| {
            let master = MasterKey::new(profile, key.as_bytes(), salt.as_bytes());
            master.map_err(|error| RelayError::new_err(format!("{}: {}", error.code(), profile.name())))
        };
        let (receive, send) = (master(&rx_key, &rx_salt)?, master(&tx_key, &tx_salt)?);
        self.submit(py, Command::InstallSrtp { transport, profile, receive, send })
    }

    /// Ends its tracks and subscriptions too; `Event.Closed` follows. From here on no byte of it is forwarded.
    fn close_transport(&self, py: Python<'_>, transport: u32) -> PyResult<()> {
        self.submit(py, Command::CloseTransport { transport })
    }

    /// A local transport, without ICE, DTLS and SRTP: media in clear through a descriptor, both ways; see `inject`.
    #[pyo3(signature = (transport, *, room))]
    fn add_injector(&self, py: Python<'_>, transport: u32, room: u32) -> PyResult<()> {
        self.submit(py, Command::AddInjector { transport, room })
    }

    /// Gives a local transport its SOCK_SEQPACKET socket. `fd` is duplicated: the caller closes its own.
    fn inject(&self, py: Python<'_>, transport: u32, fd: i32) -> PyResult<()> {
        let fd = relay_io::duplicate(fd).map_err(os_error)?;
        py.detach(|| self.worker.inject(transport, fd)).map_err(refused)
    }

    #[pyo3(signature = (transport, track, *, kind, mid, payloads, extensions, encodings))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of the seam")]
    fn publish(
        &self,
        py: Python<'_>,
        transport: u32,
        track: u32,
        kind: &str,
        mid: String,
        payloads: Vec<Payload>,
        extensions: Vec<Extension>,
        encodings: Vec<Encoding>,
    ) -> PyResult<()> {
        let publish = core::Publish {
            transport,
            track,
            kind: kind_of(kind)?,
            mid,
            payloads: payloads.iter().map(Payload::to_core).collect::<PyResult<_>>()?,
            extensions: extensions.into_iter().map(|extension| extension.0).collect(),
            encodings: encodings.into_iter().map(|encoding| encoding.0).collect(),
        };
        self.submit(py, Command::Publish(publish))
    }

    fn unpublish(&self, py: Python<'_>, track: u32) -> PyResult<()> {
        self.submit(py, Command::Unpublish { track })
    }

    /// Paused: nothing of this track is forwarded to anyone, whatever its publisher sends.
    fn pause_track(&self, py: Python<'_>, track: u32, paused: bool) -> PyResult<()> {
        self.submit(py, Command::PauseTrack { track, paused })
    }

    fn request_keyframe(&self, py: Python<'_>, track: u32) -> PyResult<()> {
        self.submit(py, Command::RequestKeyframe { track })
    }

    /// `payloads` pairs the publisher's payload type with what this subscriber calls that codec.
    #[pyo3(signature = (transport, subscription, track, *, mid, ssrc, rtx_ssrc, payloads, extensions, cname,
        screen=false))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of the seam")]
    fn subscribe(
        &self,
        py: Python<'_>,
        transport: u32,
        subscription: u32,
        track: u32,
        mid: String,
        ssrc: u32,
        rtx_ssrc: Option<u32>,
        payloads: Vec<(u8, Payload)>,
        extensions: Vec<Extension>,
        cname: String,
        screen: bool,
    ) -> PyResult<()> {
        let pair = |(theirs, ours): (u8, Payload)| Ok((theirs, ours.to_core()?));
        let subscribe = core::Subscribe {
            transport,
            subscription,
            track,
            mid,
            ssrc,
            rtx_ssrc,
            payloads: payloads.into_iter().map(pair).collect::<PyResult<_>>()?,
            extensions: extensions.into_iter().map(|extension| extension.0).collect(),
            cname,
            screen,
        };
        self.submit(py, Command::Subscribe(subscribe))
    }

    fn unsubscribe(&self, py: Python<'_>, subscription: u32) -> PyResult<()> {
        self.submit(py, Command::Unsubscribe { subscription })
    }

    fn set_wants(&self, py: Python<'_>, wants: Vec<Want>) -> PyResult<()> {
        self.submit(py, Command::SetWants(wants.into_iter().map(|want| want.0).collect()))
    }

    /// A snapshot the worker makes once a second; never waits for the worker.
    fn stats(&self, py: Python<'_>) -> PyResult<Stats> {
        match self.worker.stats() {
            Some(stats) => Stats::new(py, &stats),
            None => Ok(Stats::empty()),
        }
    }
}

fn address_of(host: &str, port: u16) -> PyResult<SocketAddr> {
    let ip: IpAddr = host.parse().map_err(|_| bad_value(format!("not an IP address: {host:?}")))?;
    Ok(SocketAddr::new(ip, port))
}
