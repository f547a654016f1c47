//! Subscriptions of another process over real sockets.

use relay::{Codec, Command, DropReason, Event, Kind, Payload, Publish, Subscribe};
use relay_io::{Worker, WorkerConfig, WorkerStats, duplicate};
use relay_wire::rtcp::{self, Packet};
use relay_wire::rtp::{Header, HeaderFields, is_rtcp, write_header};
use socket2::{Domain, Socket, Type};
use std::io::{ErrorKind, Read};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(10);
const SOURCE: u32 = 1;
const TRACK: u32 = 5;
const PT: u8 = 96;

/// A worker with a source of video, and the socket to feed it through.
struct Scene {
    worker: Worker,
    source: Socket,
    sequence: u16,
}

impl Scene {
    fn new() -> Scene {
        let listen = vec!["127.0.0.1:0".parse().unwrap()];
        let worker = Worker::start(WorkerConfig { listen, ..WorkerConfig::default() }).unwrap();
        worker.submit(Command::AddInjector { transport: SOURCE, room: 1 }).unwrap();
        let (kind, mid, payloads) = (Kind::Video, String::new(), vec![vp8()]);
        let (extensions, encodings) = (vec![], vec![]);
        let publish = Publish { transport: SOURCE, track: TRACK, kind, mid, payloads, extensions, encodings };
        worker.submit(Command::Publish(publish)).unwrap();
        let source = connect(&worker, SOURCE, None);
        Scene { worker, source, sequence: 0 }
    }

    /// A local transport with one subscription, `10 * transport` its SSRC, and the other end of its socket.
    fn tap(&self, transport: u32, send_buffer: Option<usize>) -> Socket {
        self.worker.submit(Command::AddInjector { transport, room: 1 }).unwrap();
        let far = connect(&self.worker, transport, send_buffer);
        let subscribe = Subscribe {
            transport,
            subscription: transport,
            track: TRACK,
            mid: String::new(),
            ssrc: 10 * transport,
            rtx_ssrc: None,
            payloads: vec![(PT, vp8())],
            extensions: vec![],
            cname: "source".into(),
            screen: false,
        };
        self.worker.submit(Command::Subscribe(subscribe)).unwrap();
        far
    }

    /// Frames of one packet of `len` octets each, the first of them a keyframe, in one datagram.
    fn group(&mut self, frames: u16, len: usize) {
        let mut datagram = Vec::new();
        for frame in 0..frames {
            let fields = HeaderFields {
                marker: true,
                payload_type: PT,
                sequence: self.sequence,
                timestamp: u32::from(self.sequence) * 3000,
                ssrc: 77,
                has_padding: false,
            };
            let mut packet = vec![0; 12];
            assert_eq!(write_header(&mut packet, &fields, std::iter::empty()), 12);
            packet.extend([0x10, u8::from(frame > 0), 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0]);
            packet.resize(len, 0);
            datagram.extend((len as u16).to_be_bytes());
            datagram.extend(packet);
            self.sequence = self.sequence.wrapping_add(1);
        }
        self.source.send(&datagram).unwrap();
    }

    fn wait(&self, enough: impl Fn(&WorkerStats) -> bool) -> Arc<WorkerStats> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.worker.stats().filter(|stats| enough(stats)) {
                Some(stats) => return stats,
                None => std::thread::sleep(Duration::from_millis(20)),
            }
            assert!(Instant::now() < deadline, "never so");
        }
    }
}

fn vp8() -> Payload {
    Payload { pt: PT, codec: Codec::Vp8, clock_hz: 90_000, rtx_pt: None }
}

fn connect(worker: &Worker, transport: u32, send_buffer: Option<usize>) -> Socket {
    let (near, far) = Socket::pair(Domain::UNIX, Type::SEQPACKET, None).unwrap();
    send_buffer.iter().for_each(|&bytes| near.set_send_buffer_size(bytes).unwrap());
    far.set_read_timeout(Some(PATIENCE)).unwrap();
    worker.inject(transport, duplicate(near.as_raw_fd()).unwrap()).unwrap();
    far
}

/// What one end of a socket was sent.
#[derive(Default)]
struct Taken {
    datagrams: usize,
    /// (sequence number, keyframe) of each RTP packet.
    packets: Vec<(u16, bool)>,
    /// RTCP sender reports.
    reports: usize,
}

impl Taken {
    /// Reads one datagram; false: nothing came in time.
    fn read(&mut self, far: &mut Socket) -> bool {
        let mut buffer = vec![0; 65_536];
        let len = match far.read(&mut buffer) {
            Ok(0) => return false,
            Ok(len) => len,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return false,
            Err(error) => panic!("{error}"),
        };
        assert!(len <= 65_535);
        self.datagrams += 1;
        let mut rest = &buffer[..len];
        while let Some((len, after)) = rest.split_first_chunk::<2>() {
            let (packet, after) = after.split_at(usize::from(u16::from_be_bytes(*len)));
            rest = after;
            if is_rtcp(packet) {
                let reports = rtcp::parse(packet).flatten();
                self.reports += reports.filter(|packet| matches!(packet, Packet::SenderReport { .. })).count();
                continue;
            }
            let header = Header::parse(packet).unwrap();
            let payload = &packet[header.payload_range(packet).unwrap()];
            self.packets.push((header.sequence, payload[1] & 1 == 0));
        }
        assert!(rest.is_empty());
        true
    }

    /// Reads until it has `count` packets.
    fn read_until(&mut self, far: &mut Socket, count: usize) {
        while self.packets.len() < count {
            assert!(self.read(far), "{} of {count} packets came", self.packets.len());
        }
    }
}

fn in_order(packets: &[(u16, bool)]) -> bool {
    packets.windows(2).all(|pair| pair[1].0 == pair[0].0.wrapping_add(1))
}

#[test]
fn packets_leave_together_in_the_clear_and_a_request_is_answered() {
    let mut scene = Scene::new();
    let (mut far, mut taken) = (scene.tap(2, None), Taken::default());
    scene.group(50, 1000);
    taken.read_until(&mut far, 50);
    assert!(in_order(&taken.packets) && taken.packets[0].1);
    assert!(taken.datagrams <= 20, "{} datagrams", taken.datagrams);
    while taken.reports == 0 {
        assert!(taken.read(&mut far), "no sender report");
    }
    std::thread::sleep(Duration::from_millis(600));
    let mut request = vec![0, 0];
    rtcp::write::rr(&mut request, 1, &[]);
    rtcp::write::pli(&mut request, 1, 20);
    request[1] = request.len() as u8 - 2;
    far.send(&request).unwrap();
    taken.read_until(&mut far, 100);
    assert!(in_order(&taken.packets) && taken.packets[50].1, "from the keyframe once more");
    let stats = scene.wait(|stats| stats.relay.subscriptions.iter().any(|stats| stats.sent_packets >= 100));
    assert!(stats.sent_packets >= 100 && stats.send_calls >= 2);
}

#[test]
fn who_does_not_read_misses_pictures_and_nobody_else_does() {
    let mut scene = Scene::new();
    let (mut slow, mut quick) = (scene.tap(2, Some(1)), scene.tap(3, None));
    let (mut of_slow, mut of_quick) = (Taken::default(), Taken::default());
    for round in 1..=40 {
        scene.group(10, 1200);
        of_quick.read_until(&mut quick, 10 * round);
    }
    assert!(in_order(&of_quick.packets), "nothing is missing");
    scene.wait(|stats| stats.relay.drops.get(DropReason::TapFull) > 100);
    slow.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    while of_slow.read(&mut slow) {}
    let before = of_slow.packets.len();
    assert!(before < 100, "{before} packets in five kilobytes");
    let deadline = Instant::now() + PATIENCE;
    while of_slow.packets.len() < before + 10 {
        scene.group(3, 400);
        of_slow.read(&mut slow);
        of_quick.read(&mut quick);
        assert!(Instant::now() < deadline, "it never goes on");
    }
    assert!(of_slow.packets[before].1, "with a keyframe");
}

#[test]
fn another_socket_goes_on_from_a_keyframe() {
    let mut scene = Scene::new();
    let (mut old, mut taken) = (scene.tap(2, None), Taken::default());
    scene.group(10, 1000);
    taken.read_until(&mut old, 10);
    let mut new = connect(&scene.worker, 2, None);
    let mut of_new = Taken::default();
    of_new.read_until(&mut new, 10);
    assert!(of_new.packets[0].1 && of_new.packets[0].0 == taken.packets[9].0.wrapping_add(1), "under the old numbers");
    while taken.read(&mut old) {}
    assert_eq!(old.read(&mut [0; 10]).unwrap(), 0, "the old one is closed");
    scene.worker.submit(Command::CloseTransport { transport: 2 }).unwrap();
    while of_new.read(&mut new) {}
    assert_eq!(new.read(&mut [0; 10]).unwrap(), 0, "closed with its transport");
}

#[test]
fn a_process_that_ends_leaves_its_subscriptions_to_the_next() {
    let mut scene = Scene::new();
    let (mut far, mut taken) = (scene.tap(2, None), Taken::default());
    scene.group(10, 1000);
    taken.read_until(&mut far, 10);
    drop(far);
    let busy = scene.worker.cpu_us();
    let deadline = Instant::now() + PATIENCE;
    while scene.worker.stats().is_none_or(|stats| stats.relay.drops.get(DropReason::TapClosed) < 10) {
        scene.group(10, 1000);
        std::thread::sleep(Duration::from_millis(20));
        assert!(Instant::now() < deadline, "nothing is counted");
    }
    assert!(scene.worker.cpu_us() < busy + 1_000_000, "an ended socket is not looked at again and again");
    assert!(!scene.worker.poll().iter().any(|event| matches!(event, Event::Closed { .. })));
    let (mut far, mut taken) = (connect(&scene.worker, 2, None), Taken::default());
    scene.group(10, 1000);
    taken.read_until(&mut far, 10);
    assert!(taken.packets[0].1);
}
