//! An injector: VP8 in the clear from another process, with keyframes in its own rhythm.

use super::{MS, SECOND, VP8_PT, Vp8, World, vp8};
use relay::{Command, Kind, Micros, Publish};
use relay_wire::rtcp::{self, Packet};
use relay_wire::rtp::{HeaderFields, write_header};

/// A source of one video.
pub struct Feed {
    pub transport: u32,
    pub ssrc: u32,
    /// Frames from one keyframe to the next.
    pub group: u32,
    pub packets_per_frame: usize,
    pub packet_len: usize,
    pub frame: u32,
    /// Frames that were keyframes.
    pub keyframes: Vec<u32>,
    /// Requests for a keyframe that came.
    pub plis: Vec<Micros>,
    pub reports: bool,
    seq: u16,
    ts0: u32,
    next: Micros,
    reported: Micros,
}

impl Feed {
    /// A new injector with one track, ready to send.
    pub fn new(world: &mut World, transport: u32, track: u32) -> Feed {
        world.command(Command::AddInjector { transport, room: 1 });
        world.command(Command::Publish(published(transport, track)));
        world.command(Command::Inject { transport });
        Feed {
            transport,
            ssrc: 7_000 + track,
            group: 100,
            packets_per_frame: 3,
            packet_len: 1000,
            frame: 0,
            keyframes: Vec::new(),
            plis: Vec::new(),
            reports: true,
            seq: 65_000,
            ts0: 4_294_900_000,
            next: 0,
            reported: 0,
        }
    }

    /// Another process takes over: new socket, SSRC, numbers and clock. Its first frame is a keyframe.
    pub fn replace(&mut self, world: &mut World) {
        world.command(Command::Inject { transport: self.transport });
        (self.ssrc, self.seq, self.ts0) = (self.ssrc + 1, self.seq ^ 0x5555, self.ts0 ^ 0x1234_5678);
        self.frame = self.frame.next_multiple_of(self.group);
    }

    /// Lets time pass with a frame every 33 ms and a report each second.
    pub fn run(&mut self, world: &mut World, duration: Micros) {
        for _ in 0..duration / MS {
            self.work(world);
            world.run(MS);
        }
    }

    /// Does what is due now.
    pub fn work(&mut self, world: &mut World) {
        self.read_requests(world);
        if world.now < self.next {
            return;
        }
        self.next = world.now + 33 * MS;
        if self.reports && world.now >= self.reported + SECOND {
            self.reported = world.now;
            let (ntp, rtp) = (source_ntp(world.now), self.rtp(world.now));
            let mut out = Vec::new();
            let info = rtcp::write::SenderInfo { ssrc: self.ssrc, ntp, rtp, packets: 1, octets: 1 };
            rtcp::write::sr(&mut out, &info, &[]);
            world.relay.receive_injected(world.now, self.transport, &framed(&out));
        }
        let datagram = self.next_frame(world.now);
        world.relay.receive_injected(world.now, self.transport, &datagram);
        world.pump();
    }

    /// The source's RTP time at `now`.
    pub fn rtp(&self, now: Micros) -> u32 {
        self.ts0.wrapping_add((now * 9 / 100) as u32)
    }

    /// One frame as a datagram.
    pub fn next_frame(&mut self, now: Micros) -> Vec<u8> {
        let keyframe = self.frame.is_multiple_of(self.group);
        if keyframe {
            self.keyframes.push(self.frame);
        }
        let mut datagram = Vec::new();
        for packet in 0..self.packets_per_frame {
            let vp8 = Vp8 {
                start: packet == 0,
                keyframe: keyframe && packet == 0,
                picture_id: (self.frame & 0x7fff) as u16,
                tl0: self.frame as u8,
                temporal: 0,
                layer: 0,
                frame: self.frame,
            };
            let body = vp8.write(640, 360, self.packet_len);
            let marker = packet + 1 == self.packets_per_frame;
            datagram.extend(framed(&rtp(self.ssrc, VP8_PT, self.seq, self.rtp(now), marker, &body)));
            self.seq = self.seq.wrapping_add(1);
        }
        self.frame += 1;
        datagram
    }

    fn read_requests(&mut self, world: &mut World) {
        let requests: Vec<_> = world.relay.injector_requests().drain(..).collect();
        for (transport, bytes) in requests.into_iter().filter(|(transport, _)| *transport == self.transport) {
            assert_eq!(
                usize::from(u16::from_be_bytes([bytes[0], bytes[1]])),
                bytes.len() - 2,
                "framed for {transport}"
            );
            for packet in rtcp::parse(&bytes[2..]) {
                if let Packet::Pli { media, .. } = packet.expect("the relay sends RTCP") {
                    assert_eq!(media, self.ssrc);
                    self.plis.push(world.now);
                }
            }
        }
    }
}

/// What [`Feed::new`] publishes.
pub fn published(transport: u32, track: u32) -> Publish {
    let (kind, mid, payloads) = (Kind::Video, String::new(), vec![vp8()]);
    Publish { transport, track, kind, mid, payloads, extensions: vec![], encodings: vec![] }
}

/// The clock of the machine, which runs ahead of the relay's.
fn source_ntp(now: Micros) -> u64 {
    ((now / SECOND + 700) << 32) | (((now % SECOND) << 32) / SECOND)
}

/// A packet behind its length.
pub fn framed(packet: &[u8]) -> Vec<u8> {
    [&(packet.len() as u16).to_be_bytes(), packet].concat()
}

/// RTP in the clear.
pub fn rtp(ssrc: u32, payload_type: u8, sequence: u16, timestamp: u32, marker: bool, body: &[u8]) -> Vec<u8> {
    let fields = HeaderFields { marker, payload_type, sequence, timestamp, ssrc, has_padding: false };
    let mut out = vec![0; 12];
    let head = write_header(&mut out, &fields, std::iter::empty());
    out.truncate(head);
    out.extend_from_slice(body);
    out
}
