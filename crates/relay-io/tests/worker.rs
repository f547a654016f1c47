//! A worker over real loopback sockets.

use relay::{Command, DropReason, Event, IceState, Protocol, RelayConfig};
use relay_io::{SubmitError, TcpLimits, Worker, WorkerConfig};
use relay_wire::stun::{IntegrityKey, RequestFields, mapped_address, write_request};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

const PWD: &str = "0123456789abcdefghijklmn";
const PATIENCE: Duration = Duration::from_secs(10);

fn start(listen: &[&str], change: impl FnOnce(&mut WorkerConfig)) -> Worker {
    let listen = listen.iter().map(|address| address.parse().unwrap()).collect();
    let mut config = WorkerConfig { listen, ..WorkerConfig::default() };
    change(&mut config);
    Worker::start(config).unwrap()
}

fn add(worker: &Worker, transport: u32) -> String {
    let ufrag = format!("ufrag{transport}");
    worker.submit(Command::AddTransport { transport, room: 1, ufrag: ufrag.clone(), pwd: PWD.into() }).unwrap();
    ufrag
}

/// A nominating check, and the key its answer is signed with.
fn check(ufrag: &str) -> (Vec<u8>, IntegrityKey) {
    let key = IntegrityKey::new(PWD);
    let fields = RequestFields {
        transaction: *b"transaction!",
        receiver_ufrag: ufrag,
        sender_ufrag: "peer",
        priority: 1,
        controlling: true,
        tie_breaker: 7,
        use_candidate: true,
    };
    let mut request = vec![0; 200];
    let len = write_request(&mut request, &fields, &key);
    request.truncate(len);
    (request, key)
}

fn framed(datagram: &[u8]) -> Vec<u8> {
    [&(datagram.len() as u16).to_be_bytes()[..], datagram].concat()
}

fn read_frame(stream: &mut TcpStream) -> Vec<u8> {
    let mut header = [0; 2];
    stream.read_exact(&mut header).unwrap();
    let mut frame = vec![0; usize::from(u16::from_be_bytes(header))];
    stream.read_exact(&mut frame).unwrap();
    frame
}

fn connect(port: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(port).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Waits until the peer has closed: an end of stream or a reset.
fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 1]) {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

/// Polls until an event is what is looked for.
fn wait_for(worker: &Worker, wanted: impl Fn(&Event) -> bool) -> Event {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(event) = worker.poll().into_iter().find(|event| wanted(event)) {
            return event;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("no such event within {PATIENCE:?}");
}

fn wait_for_drop(worker: &Worker, reason: DropReason) {
    let deadline = Instant::now() + PATIENCE;
    while worker.stats().is_none_or(|stats| stats.relay.drops.get(reason) == 0) {
        assert!(Instant::now() < deadline, "{} is not counted", reason.name());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_connected(event: &Event) -> bool {
    matches!(event, Event::Ice { state: IceState::Connected, .. })
}

#[test]
fn checks_are_answered_over_both_address_families() {
    let worker = start(&["127.0.0.1:0", "[::1]:0"], |_| {});
    for (transport, &port) in (1..).zip(worker.ports()) {
        let ufrag = add(&worker, transport);
        let client = UdpSocket::bind(SocketAddr::new(port.ip(), 0)).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        let (request, key) = check(&ufrag);
        client.send_to(&request, port).unwrap();
        let mut answer = [0; 1500];
        let (len, from) = client.recv_from(&mut answer).unwrap();
        let local = client.local_addr().unwrap();
        assert_eq!((from, mapped_address(&answer[..len], &key)), (port, Some(local)));
        let (state, protocol) = (IceState::Connected, Protocol::Udp);
        assert_eq!(wait_for(&worker, is_connected), Event::Ice { transport, state, remote: local, protocol });
    }
}

#[test]
fn a_check_in_pieces_over_tcp_is_answered_in_a_frame() {
    let worker = start(&["127.0.0.1:0", "[::1]:0"], |config| config.udp = false);
    for (transport, &port) in (1..).zip(worker.ports()) {
        let (request, key) = check(&add(&worker, transport));
        let mut stream = connect(port);
        let local = stream.local_addr().unwrap();
        let bytes = [framed(&[]), framed(&request)].concat();
        for piece in bytes.chunks(7) {
            stream.write_all(piece).unwrap();
        }
        assert_eq!(mapped_address(&read_frame(&mut stream), &key), Some(local));
        let (state, protocol) = (IceState::Connected, Protocol::Tcp);
        assert_eq!(wait_for(&worker, is_connected), Event::Ice { transport, state, remote: local, protocol });
    }
    UdpSocket::bind(worker.ports()[0]).unwrap();
}

#[test]
fn many_checks_in_one_segment_are_all_answered() {
    let worker = start(&["127.0.0.1:0"], |_| {});
    let (request, key) = check(&add(&worker, 1));
    let mut stream = connect(worker.ports()[0]);
    stream.write_all(&framed(&request).repeat(10)).unwrap();
    for _ in 0..10 {
        assert!(mapped_address(&read_frame(&mut stream), &key).is_some());
    }
}

#[test]
fn a_connection_that_is_never_validated_is_closed_and_a_valid_one_is_not() {
    let limits = TcpLimits { validation_us: 300_000, ..TcpLimits::default() };
    let worker = start(&["127.0.0.1:0"], |config| config.tcp_limits = limits);
    let (request, _) = check(&add(&worker, 1));
    let (mut silent, mut valid) = (connect(worker.ports()[0]), connect(worker.ports()[0]));
    silent.write_all(&framed(b"not a check")).unwrap();
    valid.write_all(&framed(&request)).unwrap();
    read_frame(&mut valid);
    assert!(is_closed(&mut silent));
    wait_for_drop(&worker, DropReason::TcpIdle);
    valid.write_all(&framed(&request)).unwrap();
    read_frame(&mut valid);
}

#[test]
fn one_address_gets_only_so_many_connections() {
    let limits = TcpLimits { per_address: 2, ..TcpLimits::default() };
    let worker = start(&["127.0.0.1:0"], |config| config.tcp_limits = limits);
    let (request, _) = check(&add(&worker, 1));
    let mut kept: Vec<_> = (0..2).map(|_| connect(worker.ports()[0])).collect();
    assert!(is_closed(&mut connect(worker.ports()[0])));
    for stream in &mut kept {
        stream.write_all(&framed(&request)).unwrap();
        read_frame(stream);
    }
    drop(kept);
    // A place is free again as soon as the worker has seen the end of one.
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut stream = connect(worker.ports()[0]);
        let written = stream.write_all(&framed(&request));
        if written.is_ok() && stream.read_exact(&mut [0; 2]).is_ok() {
            break;
        }
        assert!(Instant::now() < deadline);
    }
}

#[test]
fn a_frame_that_is_no_datagram_ends_the_connection() {
    let worker = start(&["127.0.0.1:0"], |_| {});
    let mut stream = connect(worker.ports()[0]);
    stream.write_all(&1501u16.to_be_bytes()).unwrap();
    assert!(is_closed(&mut stream));
    wait_for_drop(&worker, DropReason::TcpFrameTooLarge);
}

#[test]
fn datagrams_of_every_size_and_first_byte_are_survived() {
    let worker = start(&["127.0.0.1:0"], |_| {});
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    for first in 0..=255u8 {
        for len in [0usize, 1, 2, 12, 20, 1500, 1501, 1537, 9000] {
            let mut datagram = vec![0xff; len];
            datagram.iter_mut().take(1).for_each(|byte| *byte = first);
            stranger.send_to(&datagram, worker.ports()[0]).unwrap();
        }
    }
    wait_for_drop(&worker, DropReason::Oversize);
    let (request, key) = check(&add(&worker, 1));
    stranger.set_read_timeout(Some(PATIENCE)).unwrap();
    stranger.send_to(&request, worker.ports()[0]).unwrap();
    let mut answer = [0; 1500];
    let len = stranger.recv(&mut answer).unwrap();
    assert!(mapped_address(&answer[..len], &key).is_some());
}

#[test]
fn closing_tells_what_was_open_and_frees_the_port() {
    let worker = start(&["127.0.0.1:0"], |_| {});
    let port = worker.ports()[0];
    add(&worker, 1);
    worker.close();
    worker.close();
    assert_eq!(worker.poll(), [Event::Closed { transport: 1, reason: "worker-closed" }]);
    let gone = Command::CloseTransport { transport: 1 };
    assert_eq!(worker.submit(gone), Err(SubmitError::WorkerGone));
    UdpSocket::bind(port).unwrap();
}

#[test]
fn a_transport_the_relay_refuses_is_told_closed_and_its_id_is_free() {
    let worker = start(&["127.0.0.1:0"], |_| {});
    let ufrag = add(&worker, 1);
    let twin = Command::AddTransport { transport: 2, room: 1, ufrag, pwd: PWD.into() };
    worker.submit(twin).unwrap();
    let closed = wait_for(&worker, |event| matches!(event, Event::Closed { .. }));
    assert_eq!(closed, Event::Closed { transport: 2, reason: "bad-credentials" });
    add(&worker, 2);
}

#[test]
fn wrong_configurations_are_refused() {
    let none = WorkerConfig::default();
    let neither = WorkerConfig { listen: vec!["127.0.0.1:0".parse().unwrap()], udp: false, tcp: false, ..none.clone() };
    for config in [none.clone(), neither] {
        assert_eq!(Worker::start(config).err().map(|error| error.kind()), Some(ErrorKind::InvalidInput));
    }
    let worker =
        start(&["127.0.0.1:0"], |config| config.relay = RelayConfig { max_transports: 1, ..RelayConfig::default() });
    let taken = WorkerConfig { listen: worker.ports().to_vec(), ..none };
    assert_eq!(Worker::start(taken).err().map(|error| error.kind()), Some(ErrorKind::AddrInUse));
    add(&worker, 1);
    let second = Command::AddTransport { transport: 2, room: 1, ufrag: "other".into(), pwd: PWD.into() };
    assert_eq!(worker.submit(second), Err(SubmitError::TooManyTransports));
}
