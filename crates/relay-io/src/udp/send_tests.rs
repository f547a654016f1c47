use super::*;
use crate::udp::bind::UdpPort;
use relay::Path;
use std::collections::VecDeque;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// Answers each system call with the next scripted error number, or success at the end of the script.
#[derive(Default)]
struct Scripted {
    many: VecDeque<libc::c_int>,
    one: VecDeque<libc::c_int>,
    /// (messages, of which are runs) per accepted `send_many`.
    taken: Vec<(usize, usize)>,
    singles: Vec<Vec<u8>>,
}

fn answer(script: &mut VecDeque<libc::c_int>) -> io::Result<()> {
    match script.pop_front() {
        None | Some(0) => Ok(()),
        Some(errno) => Err(io::Error::from_raw_os_error(errno)),
    }
}

impl Kernel for Scripted {
    unsafe fn send_many(&mut self, messages: &mut [libc::mmsghdr]) -> io::Result<usize> {
        answer(&mut self.many)?;
        let runs = messages.iter().filter(|message| !message.msg_hdr.msg_control.is_null()).count();
        self.taken.push((messages.len(), runs));
        Ok(messages.len())
    }

    fn send_one(&mut self, datagram: &[u8], _: &RawAddr, _: libc::socklen_t) -> io::Result<()> {
        answer(&mut self.one)?;
        self.singles.push(datagram.to_vec());
        Ok(())
    }
}

struct Flush {
    bytes: Vec<u8>,
    packets: Vec<TxPacket>,
}

impl Flush {
    fn of(spec: &[(SocketAddr, u8, usize)]) -> Flush {
        let mut flush = Flush { bytes: Vec::new(), packets: Vec::new() };
        for (number, &(remote, link, len)) in spec.iter().enumerate() {
            let path = Path { remote, link: Link::Udp(link) };
            flush.packets.push(TxPacket { path, start: flush.bytes.len() as u32, len: len as u16 });
            flush.bytes.extend(std::iter::repeat_n(number as u8, len));
        }
        flush
    }

    fn batch(&self) -> Batch<'_> {
        Batch { bytes: &self.bytes, packets: &self.packets }
    }
}

fn peer(number: u8) -> SocketAddr {
    ([127, 0, 0, number], 4000).into()
}

fn frame() -> Flush {
    let mut spec = vec![(peer(1), 0, 1200); 3];
    spec.extend([(peer(2), 0, 1200), (peer(2), 0, 500), (peer(3), 1, 100), (peer(4), 0, 100)]);
    Flush::of(&spec)
}

fn sender(many: &[libc::c_int], one: &[libc::c_int]) -> Sender<Scripted> {
    let script = Scripted { many: many.to_vec().into(), one: one.to_vec().into(), ..Scripted::default() };
    Sender::new(script, 0, true)
}

#[test]
fn one_call_carries_a_run_per_destination_and_skips_other_sockets() {
    let (mut sender, mut drops) = (sender(&[], &[]), DropCounters::new());
    sender.send(frame().batch(), &mut drops);
    assert_eq!(sender.kernel.taken, [(3, 2)]);
    assert_eq!(sender.counters(), SendCounters { packets: 6, calls: 1 });
    assert_eq!(drops.total(), 0);
}

#[test]
fn a_device_without_checksums_ends_offload_at_once() {
    let (mut sender, mut drops) = (sender(&[libc::EIO], &[]), DropCounters::new());
    sender.send(frame().batch(), &mut drops);
    assert!(!sender.offload());
    assert_eq!((sender.kernel.singles.len(), sender.counters().packets, drops.total()), (3, 6, 0));
    sender.send(frame().batch(), &mut drops);
    assert_eq!(sender.kernel.taken.last(), Some(&(6, 0)));
}

#[test]
fn a_path_with_a_small_mtu_does_not_end_offload_for_all() {
    let (mut sender, mut drops) = (sender(&[libc::EMSGSIZE, 0, libc::EINVAL], &[]), DropCounters::new());
    sender.send(frame().batch(), &mut drops);
    sender.send(frame().batch(), &mut drops);
    assert!(sender.offload());
    assert_eq!((sender.counters().packets, drops.total()), (12, 0));
    sender.kernel.many = vec![libc::EINVAL; 2 * MAX_REFUSALS as usize].into();
    for _ in 0..MAX_REFUSALS {
        sender.send(frame().batch(), &mut drops);
    }
    assert!(!sender.offload());
}

#[test]
fn without_sendmmsg_every_datagram_still_leaves() {
    for errno in [libc::ENOSYS, libc::EPERM] {
        let (mut sender, mut drops) = (sender(&[errno], &[]), DropCounters::new());
        sender.send(frame().batch(), &mut drops);
        sender.send(frame().batch(), &mut drops);
        assert!(!sender.many && sender.kernel.taken.is_empty(), "errno {errno}");
        assert_eq!((sender.kernel.singles.len(), sender.counters().packets, drops.total()), (12, 12, 0));
    }
}

#[test]
fn a_firewalled_destination_costs_only_its_own_datagrams() {
    let script = [libc::EPERM, 0, libc::ENETUNREACH];
    let (mut sender, mut drops) = (sender(&script, &[libc::EPERM; 3]), DropCounters::new());
    sender.send(frame().batch(), &mut drops);
    assert!(sender.many);
    assert_eq!((drops.get(DropReason::SendFailed), sender.counters().packets), (3, 3));
    sender.send(Flush::of(&[(peer(1), 0, 100)]).batch(), &mut drops);
    assert_eq!(drops.get(DropReason::SendFailed), 4);
}

#[test]
fn a_full_socket_keeps_order_and_never_more_than_the_bound() {
    let (mut sender, mut drops) = (sender(&[0, libc::EAGAIN], &[]), DropCounters::new());
    sender.send(Flush::of(&[(peer(9), 0, 10)]).batch(), &mut drops);
    sender.send(frame().batch(), &mut drops);
    assert!(sender.is_blocked());
    assert_eq!(sender.counters().packets, 1);
    for _ in 0..300 {
        sender.send(frame().batch(), &mut drops);
    }
    let kept = sender.backlog.packets.len() as u64;
    assert!(kept <= 1024 && sender.backlog.bytes.len() <= 1 << 20);
    assert_eq!(kept + drops.get(DropReason::SendFailed), 301 * 6);
    sender.kernel.many = [0, libc::EAGAIN].into();
    sender.resume(&mut drops);
    let after = sender.backlog.packets.len() as u64;
    assert!(after < kept && sender.is_blocked());
    assert_eq!(sender.backlog.packets[0].start, 0);
    sender.resume(&mut drops);
    assert!(!sender.is_blocked());
    assert_eq!(sender.counters().packets, 1 + kept);
}

#[test]
fn a_single_refused_for_now_waits_from_there_on() {
    let (mut sender, mut drops) = (sender(&[libc::ENOSYS], &[0, libc::EAGAIN]), DropCounters::new());
    sender.send(frame().batch(), &mut drops);
    assert_eq!((sender.counters().packets, sender.backlog.packets.len()), (1, 5));
    assert_eq!(sender.backlog.bytes[0], 1);
}

#[test]
fn the_real_kernel_cuts_runs_into_datagrams() {
    for local in ["127.0.0.1:0", "[::1]:0"] {
        let receiver = UdpSocket::bind(local).unwrap();
        receiver.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let to = receiver.local_addr().unwrap();
        let mut port = UdpPort::new(UdpSocket::bind(local).unwrap(), 0).unwrap();
        let mut drops = DropCounters::new();
        let lengths = [1200, 1200, 1200, 700, 700, 20];
        let spec: Vec<_> = lengths.iter().map(|&len| (to, 0, len)).collect();
        port.sender.send(Flush::of(&spec).batch(), &mut drops);
        let mut buffer = [0; 2000];
        for (number, len) in lengths.into_iter().enumerate() {
            assert_eq!(receiver.recv(&mut buffer).unwrap(), len);
            assert!(buffer[..len].iter().all(|&byte| byte == number as u8));
        }
        assert_eq!(port.sender.counters(), SendCounters { packets: 6, calls: 1 });
        assert_eq!(drops.total(), 0);
    }
}
