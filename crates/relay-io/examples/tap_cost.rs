//! What one packet to a tap costs a worker, from the kept stream into the socket: CPU time with taps less that without.
//! The first tap pays for the flush after each frame, which nobody else needs here.
//!
//! `cargo run --release --example tap_cost -p relay-io`

use relay::{Codec, Command, Kind, Payload, Publish, Subscribe};
use relay_io::{Worker, WorkerConfig, duplicate};
use relay_wire::rtp::{HeaderFields, write_header};
use socket2::{Domain, Socket, Type};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::thread;
use std::time::Duration;

const FRAMES: u32 = 3000;
/// 10 packets of 1100 octets every 3 ms: 29 Mbit/s.
const PACKETS_PER_FRAME: u32 = 10;
const PACKET_LEN: usize = 1100;
const FRAME_GAP: Duration = Duration::from_millis(3);

fn main() {
    let packets = f64::from(FRAMES * PACKETS_PER_FRAME);
    let [none, one, nine] = [0, 1, 9].map(|taps| cpu_us(taps) as f64 * 1000.0 / packets);
    println!(
        "ns per packet: without taps {none:.0}, the first tap {:.0}, each further {:.0}",
        one - none,
        (nine - one) / 8.0
    );
}

/// CPU time of the worker for all frames, µs.
fn cpu_us(taps: u32) -> u64 {
    let listen = vec!["127.0.0.1:0".parse().expect("an address")];
    let worker = Worker::start(WorkerConfig { listen, ..WorkerConfig::default() }).expect("a free port");
    let payload = Payload { pt: 96, codec: Codec::Vp8, clock_hz: 90_000, rtx_pt: None };
    let (kind, payloads) = (Kind::Video, vec![payload]);
    submit(&worker, Command::AddInjector { transport: 1, room: 1 });
    let (mid, extensions, encodings) = (String::new(), vec![], vec![]);
    submit(&worker, Command::Publish(Publish { transport: 1, track: 1, kind, mid, payloads, extensions, encodings }));
    let source = connect(&worker, 1);
    let readers: Vec<_> = (0..taps).map(|n| thread::spawn(tap(&worker, 2 + n, payload))).collect();
    let before = worker.cpu_us();
    for frame in 0..FRAMES {
        source.send(&framed(frame)).expect("the worker reads");
        thread::sleep(FRAME_GAP);
    }
    thread::sleep(Duration::from_millis(100));
    let used = worker.cpu_us() - before;
    worker.close();
    for reader in readers {
        let bytes = reader.join().expect("a reader");
        assert!(bytes >= FRAMES as usize * PACKETS_PER_FRAME as usize * PACKET_LEN, "everything came");
    }
    used
}

/// A local transport that is sent the track; counts the bytes that come.
fn tap(worker: &Worker, transport: u32, payload: Payload) -> impl FnOnce() -> usize + use<> {
    submit(worker, Command::AddInjector { transport, room: 1 });
    let mut far = connect(worker, transport);
    submit(
        worker,
        Command::Subscribe(Subscribe {
            transport,
            subscription: transport,
            track: 1,
            mid: String::new(),
            ssrc: transport,
            rtx_ssrc: None,
            payloads: vec![(96, payload)],
            extensions: vec![],
            cname: "source".into(),
            screen: false,
        }),
    );
    move || {
        let (mut buffer, mut bytes) = (vec![0; 65_535], 0);
        while let Ok(len @ 1..) = far.read(&mut buffer) {
            bytes += len;
        }
        bytes
    }
}

fn submit(worker: &Worker, command: Command) {
    worker.submit(command).expect("the worker takes it");
}

fn connect(worker: &Worker, transport: u32) -> Socket {
    let (near, far) = Socket::pair(Domain::UNIX, Type::SEQPACKET, None).expect("a pair of sockets");
    near.set_send_buffer_size(1 << 20).expect("a size");
    worker.inject(transport, duplicate(near.as_raw_fd()).expect("a descriptor")).expect("the worker takes it");
    far
}

/// One frame as a datagram; the first one is a keyframe.
fn framed(frame: u32) -> Vec<u8> {
    let mut datagram = Vec::new();
    for n in 0..PACKETS_PER_FRAME {
        let fields = HeaderFields {
            marker: n + 1 == PACKETS_PER_FRAME,
            payload_type: 96,
            sequence: (frame * PACKETS_PER_FRAME + n) as u16,
            timestamp: frame * 270,
            ssrc: 7,
            has_padding: false,
        };
        let mut packet = vec![0; PACKET_LEN];
        let head = write_header(&mut packet, &fields, std::iter::empty());
        let start = [if n == 0 { 0x10 } else { 0 }, u8::from(frame > 0), 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0];
        packet[head..head + start.len()].copy_from_slice(&start);
        datagram.extend((PACKET_LEN as u16).to_be_bytes());
        datagram.extend(packet);
    }
    datagram
}
