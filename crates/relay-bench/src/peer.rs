//! One end of a transport: a socket, ICE credentials and SRTP keys.

use relay::{Command, MasterKey, Profile};
use relay_io::{Worker, raise_receive_buffer};
use relay_wire::srtp::{Opener, Sealer};
use relay_wire::stun::{IntegrityKey, RequestFields, mapped_address, write_request};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

const PROFILE: Profile = Profile::AeadAes128Gcm;
/// Attempts to get the first STUN check answered, a second each.
const CHECK_ATTEMPTS: usize = 10;

/// Holds what comes while the generator waits for its CPU.
const RECEIVE_BUFFER_BYTES: usize = 8 << 20;

/// A peer of the relay.
pub(crate) struct Peer {
    pub(crate) socket: UdpSocket,
    pub(crate) transport: u32,
    pub(crate) sealer: Sealer,
    pub(crate) opener: Opener,
    ufrag: String,
    check_key: IntegrityKey,
    checks: u64,
}

impl Peer {
    /// Makes a transport with its keys and completes ICE.
    pub(crate) fn connect(worker: &Worker, server: SocketAddr, transport: u32) -> io::Result<Peer> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        raise_receive_buffer(&socket, RECEIVE_BUFFER_BYTES);
        socket.connect(server)?;
        let (ufrag, pwd) = (format!("bench{transport:06}"), format!("{:024}", u64::from(transport) * 7919 + 1));
        let check_key = IntegrityKey::new(&pwd);
        submit(worker, Command::AddTransport { transport, room: 1, ufrag: ufrag.clone(), pwd })?;
        let (up, down) = (master(transport, 1)?, master(transport, 2)?);
        let (receive, send) = (master(transport, 1)?, master(transport, 2)?);
        submit(worker, Command::InstallSrtp { transport, profile: PROFILE, receive, send })?;
        let mut peer = Peer {
            socket,
            transport,
            sealer: Sealer::new(PROFILE, &up),
            opener: Opener::new(PROFILE, &down),
            ufrag,
            check_key,
            checks: 0,
        };
        peer.complete_ice()?;
        Ok(peer)
    }

    fn complete_ice(&mut self) -> io::Result<()> {
        self.socket.set_read_timeout(Some(Duration::from_secs(1)))?;
        let mut buffer = [0; 1500];
        for _ in 0..CHECK_ATTEMPTS {
            self.send_check()?;
            let Ok(len) = self.socket.recv(&mut buffer) else { continue };
            if mapped_address(&buffer[..len], &self.check_key) == Some(self.socket.local_addr()?) {
                return self.socket.set_nonblocking(true);
            }
        }
        Err(io::Error::other("ICE: no answer to the first check"))
    }

    /// A nominating check; later ones keep consent fresh (RFC 7675).
    pub(crate) fn send_check(&mut self) -> io::Result<()> {
        self.checks += 1;
        let mut transaction = [0; 12];
        transaction[..4].copy_from_slice(&self.transport.to_be_bytes());
        transaction[4..].copy_from_slice(&self.checks.to_be_bytes());
        let fields = RequestFields {
            transaction,
            receiver_ufrag: &self.ufrag,
            sender_ufrag: "peer",
            priority: 2_130_706_431,
            controlling: true,
            tie_breaker: u64::from(self.transport),
            use_candidate: true,
        };
        let mut request = [0; 200];
        let len = write_request(&mut request, &fields, &self.check_key);
        self.socket.send(&request[..len]).map(drop)
    }

    /// Protects and sends one compound RTCP packet.
    pub(crate) fn send_rtcp(&mut self, compound: &mut Vec<u8>) -> io::Result<()> {
        let plain_len = compound.len();
        compound.resize(plain_len + self.sealer.rtcp_overhead(), 0);
        let len = self.sealer.seal_rtcp(compound, plain_len);
        self.socket.send(&compound[..len]).map(drop)
    }

    /// Our UDP port, under which the kernel counts drops.
    pub(crate) fn port(&self) -> io::Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }
}

/// A key of its own for each transport and direction.
pub(crate) fn master(transport: u32, direction: u8) -> io::Result<MasterKey> {
    let (mut key, mut salt) = ([direction; 16], [direction; 12]);
    key[..4].copy_from_slice(&transport.to_be_bytes());
    salt[..4].copy_from_slice(&transport.to_le_bytes());
    MasterKey::new(PROFILE, &key, &salt).map_err(|error| io::Error::other(error.code()))
}

/// Queues one command.
pub(crate) fn submit(worker: &Worker, command: Command) -> io::Result<()> {
    worker.submit(command).map_err(|error| io::Error::other(error.code()))
}

/// A sealer for traffic that no relay takes part in.
pub(crate) fn lone_sealer(number: u32) -> io::Result<Sealer> {
    Ok(Sealer::new(PROFILE, &master(number, 3)?))
}
