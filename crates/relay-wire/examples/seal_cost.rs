//! What protecting and opening one RTP packet costs: median and best of many rounds, in ns per packet.
//!
//! `cargo run --release --example seal_cost -p relay-wire`

use std::time::Instant;

use relay_wire::srtp::{MasterKey, Opener, Profile, Sealer, StreamState};

const HEADER_LEN: usize = 20;
const PACKETS_PER_ROUND: u64 = 256;
const ROUNDS: u64 = 400;

fn main() {
    println!(
        "{:<24} {:>6} {:>12} {:>10} {:>12} {:>10}",
        "profile", "bytes", "seal median", "seal best", "open median", "open best"
    );
    for profile in Profile::ALL {
        for len in [1200, 300, 120] {
            let cost = measure(profile, len);
            println!(
                "{:<24} {len:>6} {:>12} {:>10} {:>12} {:>10}",
                profile.name(),
                cost.seal.median,
                cost.seal.best,
                cost.open.median,
                cost.open.best
            );
        }
    }
}

struct Cost {
    seal: Summary,
    open: Summary,
}

fn measure(profile: Profile, len: usize) -> Cost {
    let master = MasterKey::new(profile, &vec![1; profile.key_len()], &vec![2; profile.salt_len()])
        .expect("lengths are the profile's");
    let (sealer, opener) = (Sealer::new(profile, &master), Opener::new(profile, &master));
    let mut state = StreamState::new();
    let mut packets = vec![vec![0x5a; len + profile.rtp_overhead()]; PACKETS_PER_ROUND as usize];
    let (mut seal_ns, mut open_ns) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        for (n, packet) in packets.iter_mut().enumerate() {
            packet[..2].copy_from_slice(&[0x80, 96]);
            packet[2..4].copy_from_slice(&((round * PACKETS_PER_ROUND + n as u64) as u16).to_be_bytes());
            packet[8..12].copy_from_slice(&7u32.to_be_bytes());
        }
        let start = Instant::now();
        for (n, packet) in packets.iter_mut().enumerate() {
            let index = round * PACKETS_PER_ROUND + n as u64;
            assert!(sealer.seal_rtp(packet, HEADER_LEN, len - HEADER_LEN, 7, index) > 0);
        }
        seal_ns.push(start.elapsed().as_nanos() as u64 / PACKETS_PER_ROUND);
        let start = Instant::now();
        for packet in &mut packets {
            assert!(opener.open_rtp(&mut state, packet, HEADER_LEN).is_ok());
        }
        open_ns.push(start.elapsed().as_nanos() as u64 / PACKETS_PER_ROUND);
    }
    Cost { seal: Summary::of(seal_ns), open: Summary::of(open_ns) }
}

struct Summary {
    median: u64,
    best: u64,
}

impl Summary {
    fn of(mut samples: Vec<u64>) -> Self {
        samples.sort_unstable();
        Summary { median: samples[samples.len() / 2], best: samples[0] }
    }
}
