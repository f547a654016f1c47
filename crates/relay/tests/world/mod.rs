//! A deterministic world around one relay: scripted peers, a seeded lossy network, and a clock that only tests move.

mod camera;
mod feed;
mod network;
mod peer;
mod tap;
mod viewer;
mod vp8;

pub use camera::Camera;
pub use feed::{Feed, framed, published, rtp};
pub use network::Network;
pub use peer::{Got, Peer, Sent, ext};
pub use tap::Tap;
pub use viewer::Viewer;
pub use vp8::Vp8;

use relay::{
    Codec, Command, Encoding, Event, Extension, Kind, Link, MasterKey, Micros, Path, Payload, Profile, Publish, Relay,
    RelayConfig, RxPacket, SLOT_LEN, Subscribe, TxArena,
};
use std::collections::HashSet;

pub const MS: Micros = 1_000;
pub const SECOND: Micros = 1_000_000;
pub const VP8_PT: u8 = 96;
pub const VP8_RTX_PT: u8 = 97;
pub const OPUS_PT: u8 = 111;

/// Extension ids that every peer uses unless a test says otherwise.
pub const MID: u8 = 1;
pub const TWCC: u8 = 3;
pub const LEVEL: u8 = 4;
pub const RID: u8 = 5;
pub const REPAIRED_RID: u8 = 6;

/// The relay and everything around it.
pub struct World {
    pub relay: Relay,
    pub now: Micros,
    pub network: Network,
    pub peers: Vec<Peer>,
    pub events: Vec<Event>,
    /// Datagrams that the relay sent to addresses of no peer.
    pub strays: usize,
    /// What local transports were sent, without its frame.
    pub local: Vec<(u32, Vec<u8>)>,
    /// Local transports whose sockets have no room.
    pub full: HashSet<u32>,
    arena: TxArena,
}

impl World {
    pub fn new(seed: u64) -> World {
        World::with(RelayConfig { seed, start_bitrate_bps: 20_000_000, ..RelayConfig::default() })
    }

    pub fn with(config: RelayConfig) -> World {
        World {
            network: Network::new(config.seed),
            relay: Relay::new(config),
            now: SECOND,
            peers: Vec::new(),
            events: Vec::new(),
            strays: 0,
            local: Vec::new(),
            full: HashSet::new(),
            arena: TxArena::new(64 * 1024, 64),
        }
    }

    pub fn command(&mut self, command: Command) {
        self.relay.command(self.now, command).expect("the relay takes the command");
    }

    /// A transport that ICE does not know yet; its id is its position.
    pub fn add(&mut self, room: u32) -> usize {
        let peer = Peer::new(self.peers.len() as u32);
        let (transport, ufrag, pwd) = (peer.id, peer.ufrag.clone(), peer.pwd.clone());
        self.peers.push(peer);
        self.command(Command::AddTransport { transport, room, ufrag, pwd });
        self.peers.len() - 1
    }

    /// A peer with a nominated path and keys.
    pub fn join(&mut self, room: u32) -> usize {
        let peer = self.add(room);
        self.check(peer, true);
        self.run(5 * MS);
        self.install(peer);
        peer
    }

    pub fn install(&mut self, peer: usize) {
        let transport = peer as u32;
        let (receive, send) = (key(2 * transport), key(2 * transport + 1));
        self.command(Command::InstallSrtp { transport, profile: PROFILE, receive, send });
    }

    /// A connectivity check from the peer's address.
    pub fn check(&mut self, peer: usize, nominates: bool) {
        let (path, bytes) = self.peers[peer].binding(nominates);
        self.inject(path, &bytes);
    }

    /// One datagram from anywhere, at once.
    pub fn inject(&mut self, path: Path, bytes: &[u8]) {
        self.relay.receive(self.now, &mut [received(path, bytes)]);
        self.pump();
    }

    /// One datagram from a peer through the network.
    pub fn send(&mut self, peer: usize, bytes: Vec<u8>) {
        self.network.up(self.now, peer, bytes);
    }

    /// Lets `duration` pass in steps of a millisecond.
    pub fn run(&mut self, duration: Micros) {
        let end = self.now + duration;
        while self.now < end {
            self.now += MS;
            self.step();
        }
    }

    fn step(&mut self) {
        let mut batch = Vec::new();
        while let Some((peer, bytes)) = self.network.arrived_up(self.now) {
            batch.push(received(self.peers[peer].path, &bytes));
        }
        self.relay.receive(self.now, &mut batch);
        if self.relay.next_timeout() <= self.now {
            self.relay.tick(self.now);
        }
        self.pump();
        while let Some((peer, bytes)) = self.network.arrived_down(self.now) {
            self.peers[peer].take(self.now, &bytes);
        }
    }

    /// Empties the relay: what it sends goes into the network, what it tells is kept.
    pub fn pump(&mut self) {
        loop {
            self.arena.clear();
            let more = self.relay.flush(self.now, &mut self.arena);
            for packet in &self.arena.packets {
                let bytes = &self.arena.bytes[packet.start as usize..][..usize::from(packet.len)];
                if let Link::Local(transport) = packet.path.link {
                    if self.full.contains(&transport) {
                        self.relay.local_full(transport);
                        continue;
                    }
                    let (len, packet) = bytes.split_first_chunk::<2>().expect("a frame");
                    assert_eq!(usize::from(u16::from_be_bytes(*len)), packet.len());
                    self.local.push((transport, packet.to_vec()));
                    continue;
                }
                match self.peers.iter().position(|peer| peer.path == packet.path) {
                    Some(peer) => self.network.down(self.now, peer, bytes.to_vec()),
                    None => self.strays += 1,
                }
            }
            if !more {
                break;
            }
        }
        self.events.append(self.relay.events());
    }

    pub fn drops(&self, reason: relay::DropReason) -> u64 {
        self.relay.drops().get(reason)
    }

    pub fn publish_audio(&mut self, peer: usize, track: u32) {
        self.command(Command::Publish(Publish {
            transport: peer as u32,
            track,
            kind: Kind::Audio,
            mid: format!("a{track}"),
            payloads: vec![opus()],
            extensions: extensions(),
            encodings: vec![],
        }));
    }

    /// `rids` empty: one layer learnt from the mid.
    pub fn publish_video(&mut self, peer: usize, track: u32, rids: &[&str]) {
        let encoding = |rid: &&str| Encoding { rid: Some(rid.to_string()), ..Encoding::default() };
        self.command(Command::Publish(Publish {
            transport: peer as u32,
            track,
            kind: Kind::Video,
            mid: format!("v{track}"),
            payloads: vec![vp8()],
            extensions: extensions(),
            encodings: rids.iter().map(encoding).collect(),
        }));
    }

    /// Subscription `id` with SSRC `id * 10`, RTX on `id * 10 + 1` for video.
    pub fn subscribe(&mut self, peer: usize, id: u32, track: u32, kind: Kind) {
        self.command(Command::Subscribe(subscription(peer, id, track, kind)));
    }
}

/// A datagram as the shell hands it over.
fn received(path: Path, bytes: &[u8]) -> RxPacket {
    let len = bytes.len().min(SLOT_LEN);
    let mut packet = RxPacket { len: len as u16, path, truncated: bytes.len() > SLOT_LEN, ..RxPacket::empty() };
    packet.buf[..len].copy_from_slice(&bytes[..len]);
    packet
}

/// What [`World::subscribe`] asks for.
pub fn subscription(peer: usize, id: u32, track: u32, kind: Kind) -> Subscribe {
    let payload = if kind == Kind::Video { vp8() } else { opus() };
    Subscribe {
        transport: peer as u32,
        subscription: id,
        track,
        mid: format!("{id}"),
        ssrc: id * 10,
        rtx_ssrc: (kind == Kind::Video).then_some(id * 10 + 1),
        payloads: vec![(payload.pt, payload)],
        extensions: extensions(),
        cname: "person".into(),
        screen: false,
    }
}

pub fn vp8() -> Payload {
    Payload { pt: VP8_PT, codec: Codec::Vp8, clock_hz: 90_000, rtx_pt: Some(VP8_RTX_PT) }
}

pub fn opus() -> Payload {
    Payload { pt: OPUS_PT, codec: Codec::Opus, clock_hz: 48_000, rtx_pt: None }
}

pub fn extensions() -> Vec<Extension> {
    let known = [
        (MID, "urn:ietf:params:rtp-hdrext:sdes:mid"),
        (TWCC, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"),
        (LEVEL, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
        (RID, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"),
        (REPAIRED_RID, "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"),
    ];
    known.iter().map(|(id, uri)| Extension { id: *id, uri: uri.to_string() }).collect()
}

pub const PROFILE: Profile = Profile::AeadAes128Gcm;

fn key(number: u32) -> MasterKey {
    let mut key = [7; 16];
    key[..4].copy_from_slice(&number.to_be_bytes());
    MasterKey::new(PROFILE, &key, &[9; 12]).expect("lengths of the profile")
}

pub fn address(host: u8, port: u16) -> Path {
    Path { remote: ([192, 0, 2, host], port).into(), link: Link::Udp(0) }
}
