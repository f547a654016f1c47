//! SRTP and SRTCP end to end: interoperation vectors and refusals.

mod common;

use common::unhex;
use relay_wire::srtp::{MasterKey, Opener, Profile, Sealer, SrtpError, StreamState};

const CM_KEY: (&str, &str) = ("e1f97a0d3e018be0d64fa32c06de4139", "0ec675ad498afeebb6960b3aabe6");
const GCM_KEY: (&str, &str) = ("000102030405060708090a0b0c0d0e0f", "a0a1a2a3a4a5a6a7a8a9aaab");
const RTP: &str = "800f1234decafbadcafebabe abababababababababababababababab";
const RTCP: &str = "81c8000bcafebabe abababababababababababababababab";

fn master(profile: Profile, (key, salt): (&str, &str)) -> MasterKey {
    MasterKey::new(profile, &unhex(key), &unhex(salt)).unwrap()
}

fn any_master(profile: Profile) -> MasterKey {
    MasterKey::new(profile, &vec![3; profile.key_len()], &vec![5; profile.salt_len()]).unwrap()
}

fn sealed_rtcp(sealer: &mut Sealer, ssrc: u32, body: &[u8]) -> Vec<u8> {
    let mut packet = [&[0x80, 201, 0, 1][..], &ssrc.to_be_bytes(), body].concat();
    let plain_len = packet.len();
    packet.resize(plain_len + sealer.rtcp_overhead(), 0);
    assert_eq!(sealer.seal_rtcp(&mut packet, plain_len), packet.len());
    packet
}

/// The reference packets other implementations test themselves with, from master key to protected packet.
#[test]
fn agrees_with_other_implementations_on_rtp() {
    let vectors = [
        (
            Profile::Aes128CmSha1_80,
            CM_KEY,
            "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
        ),
        (
            Profile::AeadAes128Gcm,
            GCM_KEY,
            "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392",
        ),
    ];
    for (profile, key, protected) in vectors {
        let master = master(profile, key);
        let mut packet = unhex(RTP);
        let plain_len = packet.len();
        packet.resize(plain_len + profile.rtp_overhead(), 0);
        let len = Sealer::new(profile, &master).seal_rtp(&mut packet, 12, plain_len - 12, 0xcafe_babe, 0x1234);
        assert_eq!(packet[..len], unhex(protected)[..], "{profile:?}");
        let opened = Opener::new(profile, &master).open_rtp(&mut StreamState::new(), &mut packet, 12);
        assert_eq!(opened, Ok((plain_len, 0x1234)));
        assert_eq!(packet[..plain_len], unhex(RTP)[..]);
    }
}

#[test]
fn agrees_with_other_implementations_on_rtcp() {
    let vectors = [
        (
            Profile::Aes128CmSha1_80,
            CM_KEY,
            "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798",
        ),
        (
            Profile::AeadAes128Gcm,
            GCM_KEY,
            "81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001",
        ),
    ];
    for (profile, key, protected) in vectors {
        let master = master(profile, key);
        let mut packet = unhex(RTCP);
        let plain_len = packet.len();
        packet.resize(plain_len + profile.rtcp_overhead(), 0);
        let len = Sealer::new(profile, &master).seal_rtcp(&mut packet, plain_len);
        assert_eq!(packet[..len], unhex(protected)[..], "{profile:?}");
        assert_eq!(Opener::new(profile, &master).open_rtcp(&mut packet), Ok(plain_len));
        assert_eq!(packet[..plain_len], unhex(RTCP)[..]);
    }
}

#[test]
fn names_are_openssls() {
    for profile in Profile::ALL {
        assert_eq!(Profile::from_name(profile.name()), Some(profile));
    }
    assert_eq!(Profile::from_name("SRTP_AES128_CM_SHA1_32"), None, "32-bit tags are not offered");
}

#[test]
fn keys_of_another_length_are_refused() {
    for profile in Profile::ALL {
        for (key_len, salt_len) in [(0, 0), (profile.key_len() - 1, profile.salt_len()), (profile.key_len(), 13)] {
            let result = MasterKey::new(profile, &vec![0; key_len], &vec![0; salt_len]);
            assert_eq!(result.err(), Some(SrtpError::BadKeyLength));
        }
    }
}

#[test]
fn keys_are_not_printed() {
    let master = any_master(Profile::AeadAes128Gcm);
    let printed = format!(
        "{master:?} {:?} {:?}",
        Opener::new(Profile::AeadAes128Gcm, &master),
        Sealer::new(Profile::AeadAes128Gcm, &master)
    );
    assert_eq!(printed, "MasterKey Opener Sealer");
}

#[test]
fn the_longest_header_is_authenticated_and_an_empty_payload_is_fine() {
    for profile in Profile::ALL {
        let master = any_master(profile);
        let mut packet = vec![0x90; 72 + profile.rtp_overhead()];
        let len = Sealer::new(profile, &master).seal_rtp(&mut packet, 72, 0, 0x9090_9090, 0x9090);
        assert_eq!(len, packet.len());
        let mut state = StreamState::new();
        assert_eq!(Opener::new(profile, &master).open_rtp(&mut state, &mut packet, 72), Ok((72, 0x9090)));
        assert_eq!(state.highest_index(), Some(0x9090));
    }
}

#[test]
fn what_does_not_fit_is_not_sealed() {
    for profile in Profile::ALL {
        let master = any_master(profile);
        let mut sealer = Sealer::new(profile, &master);
        let mut out = vec![0x80; 100];
        let most = 100 - 12 - profile.rtp_overhead();
        assert_eq!(sealer.seal_rtp(&mut out, 12, most, 1, 1), 100);
        for (header_len, payload_len, index) in
            [(12, most + 1, 1), (11, 10, 1), (usize::MAX, 1, 1), (12, usize::MAX, 1), (12, 10, 1 << 48)]
        {
            assert_eq!(sealer.seal_rtp(&mut out, header_len, payload_len, 1, index), 0);
        }
        for plain_len in [0, 7, 100 - profile.rtcp_overhead() + 1, usize::MAX] {
            assert_eq!(sealer.seal_rtcp(&mut out, plain_len), 0);
        }
    }
}

#[test]
fn a_datagram_of_any_length_is_refused_without_panic() {
    for profile in Profile::ALL {
        let mut opener = Opener::new(profile, &any_master(profile));
        for len in 0..200 {
            for header_len in [0, 12, 16, len, usize::MAX] {
                let mut state = StreamState::new();
                assert!(opener.open_rtp(&mut state, &mut vec![0x80; len], header_len).is_err());
                assert_eq!(state.highest_index(), None);
            }
            assert!(opener.open_rtcp(&mut vec![0x80; len]).is_err());
        }
    }
}

#[test]
fn rtcp_is_opened_once_in_any_order_within_the_window() {
    for profile in Profile::ALL {
        let master = any_master(profile);
        let (mut sealer, mut opener) = (Sealer::new(profile, &master), Opener::new(profile, &master));
        let packets: Vec<_> = (0..70).map(|_| sealed_rtcp(&mut sealer, 1, b"report..")).collect();
        for (n, expected) in [
            (5, Ok(16)),
            (5, Err(SrtpError::Replayed)),
            (3, Ok(16)),
            (3, Err(SrtpError::Replayed)),
            (69, Ok(16)),
            (5, Err(SrtpError::Replayed)),
            (6, Ok(16)),
            (4, Err(SrtpError::Replayed)),
        ] {
            assert_eq!(opener.open_rtcp(&mut packets[n].clone()), expected, "{profile:?} packet {n}");
        }
    }
}

#[test]
fn rtcp_with_any_bit_changed_is_refused_and_does_not_advance_the_window() {
    for profile in Profile::ALL {
        let master = any_master(profile);
        let (mut sealer, mut opener) = (Sealer::new(profile, &master), Opener::new(profile, &master));
        let packet = sealed_rtcp(&mut sealer, 7, b"report..");
        for bit in 0..packet.len() * 8 {
            let mut changed = packet.clone();
            changed[bit / 8] ^= 0x80 >> (bit % 8);
            assert!(opener.open_rtcp(&mut changed).is_err(), "{profile:?} bit {bit}");
        }
        assert_eq!(opener.open_rtcp(&mut packet.clone()), Ok(16));
    }
}

#[test]
fn rtcp_that_claims_to_be_clear_is_refused() {
    let master = any_master(Profile::AeadAes128Gcm);
    let mut packet = sealed_rtcp(&mut Sealer::new(Profile::AeadAes128Gcm, &master), 7, b"");
    let flag = packet.len() - 4;
    packet[flag] &= 0x7f;
    let opened = Opener::new(Profile::AeadAes128Gcm, &master).open_rtcp(&mut packet);
    assert_eq!(opened, Err(SrtpError::NotEncrypted));
}

#[test]
fn rtcp_senders_are_bounded_and_never_forgotten() {
    let master = any_master(Profile::AeadAes128Gcm);
    let mut sealer = Sealer::new(Profile::AeadAes128Gcm, &master);
    let mut opener = Opener::new(Profile::AeadAes128Gcm, &master);
    let packets: Vec<_> =
        (0..=Opener::MAX_RTCP_SENDERS as u32).map(|ssrc| sealed_rtcp(&mut sealer, ssrc, b"")).collect();
    let (last, packets) = packets.split_last().unwrap();
    assert!(packets.iter().all(|packet| opener.open_rtcp(&mut packet.clone()).is_ok()));
    assert_eq!(opener.open_rtcp(&mut last.clone()), Err(SrtpError::TooManySenders));
    assert!(packets.iter().all(|packet| opener.open_rtcp(&mut packet.clone()) == Err(SrtpError::Replayed)));
}
