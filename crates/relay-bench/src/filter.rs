//! Sinks that cost almost nothing: a classic BPF filter drops RTP in the kernel, which counts what it drops.

use socket2::{SockFilter, SockRef};
use std::collections::HashMap;
use std::io;
use std::net::UdpSocket;

const LOAD_BYTE_ABSOLUTE: u16 = 0x30;
const JUMP_IF_GREATER_OR_EQUAL: u16 = 0x35;
const JUMP_IF_GREATER: u16 = 0x25;
const RETURN: u16 = 0x06;
/// The filter sees the UDP header first.
const PAYLOAD: u32 = 8;

/// Drops RTP; lets STUN, DTLS and RTCP through (RFC 7983, RFC 5761).
pub(crate) fn drop_rtp(socket: &UdpSocket) -> io::Result<()> {
    let op = SockFilter::new;
    let program = [
        op(LOAD_BYTE_ABSOLUTE, 0, 0, PAYLOAD),
        op(JUMP_IF_GREATER_OR_EQUAL, 0, 3, 128),
        op(LOAD_BYTE_ABSOLUTE, 0, 0, PAYLOAD + 1),
        op(JUMP_IF_GREATER_OR_EQUAL, 0, 2, 192),
        op(JUMP_IF_GREATER, 1, 0, 223),
        op(RETURN, 0, 0, u32::MAX),
        op(RETURN, 0, 0, 0),
    ];
    SockRef::from(socket).attach_filter(&program)
}

/// Packets each local IPv4 UDP port has dropped so far, by its filter or for want of room.
pub(crate) fn drops_by_port() -> io::Result<HashMap<u16, u64>> {
    let table = std::fs::read_to_string("/proc/net/udp")?;
    Ok(table.lines().skip(1).filter_map(parse_line).collect())
}

fn parse_line(line: &str) -> Option<(u16, u64)> {
    let mut fields = line.split_ascii_whitespace();
    let (_, port) = fields.nth(1)?.split_once(':')?;
    Some((u16::from_str_radix(port, 16).ok()?, fields.next_back()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrived(socket: &UdpSocket) -> Vec<u8> {
        socket.set_nonblocking(true).unwrap();
        let mut buffer = [0; 100];
        std::iter::from_fn(|| socket.recv(&mut buffer).ok().map(|_| buffer[1])).collect()
    }

    #[test]
    fn only_rtp_is_dropped_and_every_drop_is_counted() {
        let (sink, source) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        let to = sink.local_addr().unwrap();
        drop_rtp(&sink).unwrap();
        for head in [[0x80, 96], [0x80, 191], [0x80, 224], [0x90, 255], [0, 1], [22, 0], [0x80, 192], [0x81, 223]] {
            source.send_to(&[head[0], head[1], 0], to).unwrap();
        }
        assert_eq!(arrived(&sink), [1, 0, 192, 223]);
        assert_eq!(drops_by_port().unwrap()[&to.port()], 4);
    }
}
