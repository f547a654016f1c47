//! Makes the transports, tracks and subscriptions of a scenario.

use crate::args::Options;
use crate::generator::Generator;
use crate::media;
use crate::peer::{Peer, submit};
use crate::publisher::Publisher;
use crate::scenario::{Media, Scenario};
use crate::subscriber::Subscriber;
use relay::{Command, Encoding, Kind, Publish, RelayConfig, Subscribe, Want};
use relay_io::{Worker, WorkerConfig};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

/// First SSRC of the publishers.
const PUBLISHER_SSRC: u32 = 0x1000_0000;
/// First SSRC the relay uses towards subscribers.
const SUBSCRIBER_SSRC: u32 = 0x2000_0000;
const RTX_OFFSET: u32 = 0x0800_0000;

/// Starts the worker on its CPU.
pub(crate) fn start_worker(options: &Options) -> io::Result<Worker> {
    let scenario = &options.scenario;
    let downlink_bps = scenario.bitrate_bps() * scenario.publishers as u64;
    // The estimate starts with room to spare: what is measured is forwarding with the estimator at work, and a generator that
    // others keep from its CPU for a while, as shared machines do, must not look like a path that became narrow.
    let relay = RelayConfig {
        start_bitrate_bps: downlink_bps * 8,
        max_bitrate_bps: downlink_bps * 8,
        ..RelayConfig::default()
    };
    Worker::start(WorkerConfig {
        listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
        tcp: false,
        cpu: Some(options.server_cpu),
        busy_tick_us: options.busy_tick_us,
        relay,
        ..WorkerConfig::default()
    })
}

/// Connects everyone and asks for everything.
pub(crate) fn connect(worker: &Worker, scenario: Scenario) -> io::Result<Generator> {
    let server = worker.ports()[0];
    let mut publishers = Vec::new();
    for number in 0..scenario.publishers as u32 {
        let peer = Peer::connect(worker, server, number + 1)?;
        submit(worker, publish(&scenario, peer.transport, number))?;
        publishers.push(Publisher::new(peer, PUBLISHER_SSRC + number)?);
    }
    let mut subscribers = Vec::new();
    for number in 0..scenario.subscribers as u32 {
        let peer = Peer::connect(worker, server, scenario.publishers as u32 + number + 1)?;
        subscribe_all(worker, &scenario, peer.transport, number)?;
        subscribers.push(Subscriber::new(peer));
    }
    Ok(Generator::new(scenario, publishers, subscribers))
}

fn publish(scenario: &Scenario, transport: u32, track: u32) -> Command {
    let ssrc = PUBLISHER_SSRC + track;
    let video = scenario.media == Media::Video;
    Command::Publish(Publish {
        transport,
        track,
        kind: if video { Kind::Video } else { Kind::Audio },
        mid: "0".to_owned(),
        payloads: vec![media::payload(scenario)],
        extensions: media::extensions(),
        encodings: vec![Encoding { rid: None, ssrc: Some(ssrc), rtx_ssrc: video.then_some(ssrc + RTX_OFFSET) }],
    })
}

fn subscribe_all(worker: &Worker, scenario: &Scenario, transport: u32, number: u32) -> io::Result<()> {
    let tracks = scenario.publishers as u32;
    let payload = media::payload(scenario);
    let mut wants = Vec::new();
    for track in 0..tracks {
        let subscription = number * tracks + track;
        let ssrc = SUBSCRIBER_SSRC + subscription;
        submit(
            worker,
            Command::Subscribe(Subscribe {
                transport,
                subscription,
                track,
                mid: track.to_string(),
                ssrc,
                rtx_ssrc: payload.rtx_pt.map(|_| ssrc + RTX_OFFSET),
                payloads: vec![(payload.pt, payload)],
                extensions: media::extensions(),
                cname: format!("publisher-{track}"),
                screen: false,
            }),
        )?;
        wants.push(Want { subscription, width: 1280, height: 720, priority: 100, max_temporal: 3 });
    }
    submit(worker, Command::SetWants(wants))
}
