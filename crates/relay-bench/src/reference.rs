//! The yardstick: one packet sealed and sent per system call, to the same sinks, on the server's CPU.

use crate::peer::lone_sealer;
use relay_io::{pin_to_cpu, thread_cpu_ns};
use relay_wire::rtp::{HeaderFields, write_header};
use relay_wire::srtp::Sealer;
use socket2::{MsgHdr, SockAddr, SockRef};
use std::io::{self, IoSlice};
use std::net::{SocketAddr, UdpSocket};

/// Packets that are sent before the clock starts.
const WARM_UP: usize = 2_000;

/// A plain sender with a key for each sink.
pub(crate) struct Reference {
    socket: UdpSocket,
    sinks: Vec<(SockAddr, Sealer)>,
    template: Vec<u8>,
    header_len: usize,
    packet_len: usize,
    sent: u64,
}

impl Reference {
    pub(crate) fn new(sinks: &[SocketAddr], packet_len: usize) -> io::Result<Reference> {
        let sealer = |(number, &sink): (usize, &SocketAddr)| Ok((SockAddr::from(sink), lone_sealer(number as u32)?));
        let fields =
            HeaderFields { marker: false, payload_type: 96, sequence: 0, timestamp: 0, ssrc: 1, has_padding: false };
        let mut template = vec![0x5a; packet_len];
        let header_len = write_header(&mut template, &fields, std::iter::empty());
        Ok(Reference {
            socket: UdpSocket::bind("127.0.0.1:0")?,
            sinks: sinks.iter().enumerate().map(sealer).collect::<io::Result<_>>()?,
            template,
            header_len,
            packet_len,
            sent: 0,
        })
    }

    /// Sends `rounds` packets to every sink after warming up; returns the thread's CPU time per packet, µs.
    pub(crate) fn step(&mut self, cpu: usize, rounds: usize) -> io::Result<f64> {
        let measured = std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                pin_to_cpu(cpu)?;
                self.send_rounds(self.warm_up_rounds())?;
                let begin = thread_cpu_ns();
                self.send_rounds(rounds)?;
                Ok(thread_cpu_ns() - begin)
            });
            thread.join().unwrap_or_else(|_| Err(io::Error::other("the reference step died")))
        })?;
        Ok(measured as f64 / 1000.0 / (rounds * self.sinks.len()) as f64)
    }

    fn warm_up_rounds(&self) -> usize {
        WARM_UP.div_ceil(self.sinks.len())
    }

    fn send_rounds(&mut self, rounds: usize) -> io::Result<()> {
        let socket = SockRef::from(&self.socket);
        let mut buffer = [0; 1600];
        for _ in 0..rounds {
            for (address, sealer) in &self.sinks {
                self.sent += 1;
                buffer[..self.packet_len].copy_from_slice(&self.template);
                buffer[2..4].copy_from_slice(&(self.sent as u16).to_be_bytes());
                let plain_len = self.packet_len - self.header_len;
                let len = sealer.seal_rtp(&mut buffer, self.header_len, plain_len, 1, self.sent);
                let slices = [IoSlice::new(&buffer[..len])];
                socket.sendmsg(&MsgHdr::new().with_addr(address).with_buffers(&slices), 0)?;
            }
        }
        Ok(())
    }
}
