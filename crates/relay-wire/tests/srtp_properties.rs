//! SRTP under reordering, loss, duplication, wrap and tampering, for every profile.

use proptest::prelude::*;
use relay_wire::srtp::{MasterKey, Opener, Profile, Sealer, SrtpError, StreamState};

const SSRC: u32 = 0x1357_9bdf;
const HEADER_LEN: usize = 16;

fn pair(profile: Profile, seed: u8) -> (Sealer, Opener) {
    let master = MasterKey::new(profile, &vec![seed; profile.key_len()], &vec![!seed; profile.salt_len()]).unwrap();
    (Sealer::new(profile, &master), Opener::new(profile, &master))
}

fn plain(index: u64, payload_len: usize) -> Vec<u8> {
    let mut packet = vec![0x80, 96];
    packet.extend((index as u16).to_be_bytes());
    packet.extend((index as u32).to_be_bytes());
    packet.extend(SSRC.to_be_bytes());
    packet.extend([0; HEADER_LEN - 12]);
    packet.extend((0..payload_len).map(|n| (n as u64 * 31 + index) as u8));
    packet
}

fn protect(sealer: &Sealer, index: u64, payload_len: usize) -> Vec<u8> {
    let mut packet = plain(index, payload_len);
    packet.resize(packet.len() + sealer.rtp_overhead(), 0);
    assert_eq!(sealer.seal_rtp(&mut packet, HEADER_LEN, payload_len, SSRC, index), packet.len());
    packet
}

fn profile() -> impl Strategy<Value = Profile> {
    proptest::sample::select(&Profile::ALL[..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Packets swap places by up to 8, gaps of up to 100 are lost, every fifth comes twice; several roll-overs.
    #[test]
    fn each_packet_opens_once_with_its_index(
        profile in profile(), seed: u8, start in 0u64..0x8000,
        steps in prop::collection::vec((1u64..=100, 0usize..=8), 2000..3000),
    ) {
        let (sealer, opener) = pair(profile, seed);
        let mut index = start;
        let mut order: Vec<(usize, u64)> = Vec::new();
        for (n, (gap, delay)) in steps.into_iter().enumerate() {
            order.push((n + delay, index));
            index += gap;
        }
        order.sort_by_key(|(arrival, _)| *arrival);
        let mut state = StreamState::new();
        for (n, (_, index)) in order.into_iter().enumerate() {
            let payload_len = (index % 97) as usize;
            let packet = protect(&sealer, index, payload_len);
            let mut first = packet.clone();
            prop_assert_eq!(opener.open_rtp(&mut state, &mut first, HEADER_LEN), Ok((HEADER_LEN + payload_len, index)));
            prop_assert_eq!(&first[..HEADER_LEN + payload_len], &plain(index, payload_len)[..]);
            if n % 5 == 0 {
                let again = opener.open_rtp(&mut state, &mut packet.clone(), HEADER_LEN);
                prop_assert_eq!(again, Err(SrtpError::Replayed));
            }
        }
        prop_assert!(state.highest_index().unwrap() > 0xffff, "no roll-over happened");
    }

    #[test]
    fn any_changed_bit_is_refused_and_leaves_the_stream_as_it_was(
        profile in profile(), seed: u8, index in 1u64..0xffff, payload_len in 0usize..200,
        bits in prop::collection::vec(any::<prop::sample::Index>(), 40),
    ) {
        let (sealer, opener) = pair(profile, seed);
        let packet = protect(&sealer, index, payload_len);
        let mut state = StreamState::new();
        opener.open_rtp(&mut state, &mut protect(&sealer, index - 1, 5), HEADER_LEN).unwrap();
        for bit in bits {
            let bit = bit.index(packet.len() * 8);
            let mut changed = packet.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(opener.open_rtp(&mut state, &mut changed, HEADER_LEN).is_err(), "bit {}", bit);
            prop_assert_eq!(state.highest_index(), Some(index - 1));
        }
        prop_assert!(opener.open_rtp(&mut state, &mut packet.clone(), HEADER_LEN).is_ok());
    }

    #[test]
    fn a_cut_or_longer_packet_is_refused(profile in profile(), payload_len in 0usize..100, extra in 1usize..20) {
        let (sealer, opener) = pair(profile, 1);
        let packet = protect(&sealer, 9, payload_len);
        for len in 0..packet.len() {
            prop_assert!(opener.open_rtp(&mut StreamState::new(), &mut packet[..len].to_vec(), HEADER_LEN).is_err());
        }
        let mut longer = [packet, vec![0; extra]].concat();
        prop_assert_eq!(
            opener.open_rtp(&mut StreamState::new(), &mut longer, HEADER_LEN),
            Err(SrtpError::AuthenticationFailed)
        );
    }

    #[test]
    fn another_key_profile_or_roll_over_counter_opens_nothing(
        sealing in profile(), opening in profile(), seed: u8, index in 0u64..0x1_0000,
    ) {
        let (sealer, _) = pair(sealing, seed);
        let (_, other_key) = pair(opening, seed ^ 1);
        let (_, same_key) = pair(opening, seed);
        let packet = protect(&sealer, index, 50);
        prop_assert!(other_key.open_rtp(&mut StreamState::new(), &mut packet.clone(), HEADER_LEN).is_err());
        let opened = same_key.open_rtp(&mut StreamState::new(), &mut packet.clone(), HEADER_LEN).is_ok();
        prop_assert_eq!(opened, sealing == opening);
        let rolled_over = protect(&sealer, index + 0x1_0000, 50);
        prop_assert!(same_key.open_rtp(&mut StreamState::new(), &mut rolled_over.clone(), HEADER_LEN).is_err());
    }

    #[test]
    fn rtcp_opens_to_what_was_sealed(
        profile in profile(), seed: u8, ssrc: u32,
        bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..20),
    ) {
        let (mut sealer, mut opener) = pair(profile, seed);
        for body in bodies {
            let plain = [&[0x80, 200, 0, 1][..], &ssrc.to_be_bytes(), &body].concat();
            let mut packet = plain.clone();
            packet.resize(plain.len() + sealer.rtcp_overhead(), 0);
            prop_assert_eq!(sealer.seal_rtcp(&mut packet, plain.len()), packet.len());
            let again = packet.clone();
            prop_assert_eq!(opener.open_rtcp(&mut packet), Ok(plain.len()));
            prop_assert_eq!(&packet[..plain.len()], &plain[..]);
            prop_assert_eq!(opener.open_rtcp(&mut again.clone()), Err(SrtpError::Replayed));
        }
    }
}
