//! Media from another process over real sockets.

use relay::{Codec, Command, DropReason, Event, Kind, Payload, Publish};
use relay_io::{SubmitError, Worker, WorkerConfig, WorkerStats, duplicate};
use relay_wire::rtcp::{self, Packet};
use relay_wire::rtp::{HeaderFields, write_header};
use socket2::{Domain, Socket, Type};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(10);

fn start() -> Worker {
    Worker::start(WorkerConfig { listen: vec!["127.0.0.1:0".parse().unwrap()], ..WorkerConfig::default() }).unwrap()
}

/// An injector with a track for each payload type from 0 on, and the other end of its socket.
fn injector(worker: &Worker, tracks: u32) -> Socket {
    worker.submit(Command::AddInjector { transport: 1, room: 1 }).unwrap();
    for track in 0..tracks {
        let payload = Payload { pt: track as u8, codec: Codec::Vp8, clock_hz: 90_000, rtx_pt: None };
        let (kind, mid, payloads) = (Kind::Video, String::new(), vec![payload]);
        let publish = Publish { transport: 1, track, kind, mid, payloads, extensions: vec![], encodings: vec![] };
        worker.submit(Command::Publish(publish)).unwrap();
    }
    connect(worker, None)
}

/// Gives the injector a new socket; the other end of it.
fn connect(worker: &Worker, send_buffer: Option<usize>) -> Socket {
    let (near, far) = Socket::pair(Domain::UNIX, Type::SEQPACKET, None).unwrap();
    send_buffer.iter().for_each(|&bytes| near.set_send_buffer_size(bytes).unwrap());
    far.set_read_timeout(Some(PATIENCE)).unwrap();
    worker.inject(1, duplicate(near.as_raw_fd()).unwrap()).unwrap();
    far
}

/// A keyframe of one packet, framed.
fn keyframe(payload_type: u8, ssrc: u32, sequence: u16) -> Vec<u8> {
    let fields = HeaderFields {
        marker: true,
        payload_type,
        sequence,
        timestamp: u32::from(sequence) * 3000,
        ssrc,
        has_padding: false,
    };
    let mut packet = vec![0; 12];
    assert_eq!(write_header(&mut packet, &fields, std::iter::empty()), 12);
    packet.extend([0x10, 0, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0]);
    [&(packet.len() as u16).to_be_bytes()[..], &packet].concat()
}

fn wait_for_event(worker: &Worker, wanted: &Event) {
    let deadline = Instant::now() + PATIENCE;
    while !worker.poll().contains(wanted) {
        assert!(Instant::now() < deadline, "{wanted:?} is not told");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn wait_for_stats(worker: &Worker, enough: impl Fn(&WorkerStats) -> bool) -> Arc<WorkerStats> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match worker.stats().filter(|stats| enough(stats)) {
            Some(stats) => return stats,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
        assert!(Instant::now() < deadline, "never so");
    }
}

fn receiving(track: u32, receiving: bool) -> Event {
    Event::Receiving { track, receiving }
}

/// The media SSRC of the keyframe request in one datagram.
fn request(datagram: &[u8]) -> Option<u32> {
    let (len, packets) = datagram.split_first_chunk::<2>()?;
    assert_eq!(usize::from(u16::from_be_bytes(*len)), packets.len());
    rtcp::parse(packets).find_map(|packet| match packet.unwrap() {
        Packet::Pli { media, .. } => Some(media),
        _ => None,
    })
}

#[test]
fn media_comes_in_and_a_request_goes_out() {
    let worker = start();
    let mut far = injector(&worker, 1);
    far.send(&[keyframe(0, 77, 1), keyframe(0, 77, 2)].concat()).unwrap();
    wait_for_event(&worker, &receiving(0, true));
    worker.submit(Command::RequestKeyframe { track: 0 }).unwrap();
    let mut datagram = [0; 2000];
    let len = far.read(&mut datagram).unwrap();
    assert_eq!(request(&datagram[..len]), Some(77));
    let stats =
        wait_for_stats(&worker, |stats| stats.relay.tracks.iter().any(|track| track.keyframe_requests_sent > 0));
    let track = &stats.relay.tracks[0];
    assert_eq!((track.received_packets, track.layers[0].keyframes, track.layers[0].width), (2, 2, 64));
    assert_eq!(track.layers[0].largest_frame_bytes, 0, "there were keyframes only");
    assert!(track.layers[0].last_packet_age_ms.is_some_and(|age| age < 10_000));
}

#[test]
fn another_socket_takes_over_at_once_and_the_old_one_is_closed() {
    let worker = start();
    let mut old = injector(&worker, 1);
    old.send(&keyframe(0, 77, 1)).unwrap();
    wait_for_event(&worker, &receiving(0, true));
    let new = connect(&worker, None);
    new.send(&keyframe(0, 78, 500)).unwrap();
    assert_eq!(old.read(&mut [0; 100]).unwrap(), 0, "closed");
    let stats = wait_for_stats(&worker, |stats| stats.relay.tracks.iter().any(|track| track.received_packets == 2));
    assert_eq!(stats.relay.drops.get(DropReason::RtpUnknownSsrc), 0);
}

#[test]
fn the_end_of_a_socket_silences_its_tracks_and_no_more() {
    let worker = start();
    let far = injector(&worker, 1);
    far.send(&keyframe(0, 77, 1)).unwrap();
    drop(far);
    wait_for_event(&worker, &receiving(0, true));
    wait_for_event(&worker, &receiving(0, false));
    let busy = worker.cpu_us();
    let far = connect(&worker, None);
    far.send(&keyframe(0, 79, 1)).unwrap();
    wait_for_event(&worker, &receiving(0, true));
    assert!(worker.cpu_us() < busy + 1_000_000, "an ended socket is not read again and again");
    worker.submit(Command::CloseTransport { transport: 1 }).unwrap();
    wait_for_event(&worker, &Event::Closed { transport: 1, reason: "closed" });
    assert_eq!(worker.inject(1, near()).unwrap_err(), SubmitError::UnknownTransport);
    assert_eq!((&far).read(&mut [0; 100]).unwrap(), 0, "closed with its transport");
}

fn near() -> std::os::fd::OwnedFd {
    let (near, _far) = Socket::pair(Domain::UNIX, Type::SEQPACKET, None).unwrap();
    duplicate(near.as_raw_fd()).unwrap()
}

#[test]
fn who_does_not_read_requests_is_sent_no_more_and_media_goes_on() {
    let worker = start();
    let tracks = 60;
    let first = injector(&worker, tracks);
    let far = connect(&worker, Some(1));
    drop(first);
    for track in 0..tracks {
        far.send(&keyframe(track as u8, 1000 + track, 1)).unwrap();
    }
    let came = |stats: &WorkerStats| stats.relay.tracks.iter().filter(|track| track.received_packets == 1).count();
    wait_for_stats(&worker, |stats| came(stats) == tracks as usize);
    for track in 0..tracks {
        worker.submit(Command::RequestKeyframe { track }).unwrap();
    }
    wait_for_stats(&worker, |stats| stats.relay.drops.get(DropReason::InjectQueueFull) > 0);
    far.send(&keyframe(0, 1000, 2)).unwrap();
    wait_for_stats(&worker, |stats| stats.relay.tracks.iter().any(|track| track.received_packets == 2));
}

#[test]
fn nonsense_of_every_length_is_counted_and_survived() {
    let worker = start();
    let far = injector(&worker, 1);
    let lengths = [1usize, 2, 3, 100, 1501, 65_534, 65_535, 65_536, 100_000];
    far.set_send_buffer_size(1 << 20).unwrap();
    for len in lengths {
        for byte in [0x00, 0x05, 0x80, 0xff] {
            far.send(&vec![byte; len]).unwrap();
        }
    }
    far.send(&keyframe(0, 77, 1)).unwrap();
    wait_for_event(&worker, &receiving(0, true));
    wait_for_stats(&worker, |stats| stats.relay.drops.get(DropReason::InjectMalformed) >= 20);
}
