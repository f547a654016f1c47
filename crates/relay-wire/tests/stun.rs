//! STUN: the vectors of RFC 5769, round trips, and everything that must be refused.

mod common;

use std::net::SocketAddr;

use common::unhex;
use proptest::prelude::*;
use relay_wire::stun::{self, Incoming, IntegrityKey, Request, RequestFields, StunError};

const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";
/// RFC 5769 section 2.1.
const REQUEST: &str = "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74\
    002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020\
    000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";
/// RFC 5769 section 2.2.
const RESPONSE_V4: &str = "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220\
    002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96";
/// RFC 5769 section 2.3.
const RESPONSE_V6: &str = "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220\
    002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9\
    00080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c";

fn request(b: &[u8]) -> Request<'_> {
    match stun::parse(b) {
        Ok(Incoming::Request(request)) => request,
        other => panic!("not a request: {other:?}"),
    }
}

/// Sets the length field and appends a correct FINGERPRINT, so that only what is under test is wrong.
fn sealed(mut message: Vec<u8>) -> Vec<u8> {
    let length = (message.len() - 20 + 8) as u16;
    message[2..4].copy_from_slice(&length.to_be_bytes());
    let crc = crc32fast::hash(&message) ^ 0x5354_554e;
    message.extend([0x80, 0x28, 0, 4]);
    message.extend(crc.to_be_bytes());
    message
}

fn header(kind: u16) -> Vec<u8> {
    let mut message = kind.to_be_bytes().to_vec();
    message.extend([0, 0, 0x21, 0x12, 0xa4, 0x42]);
    message.extend([9; 12]);
    message
}

fn with_attributes(kind: u16, attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut message = header(kind);
    for (kind, value) in attributes {
        message.extend(kind.to_be_bytes());
        message.extend((value.len() as u16).to_be_bytes());
        message.extend(*value);
        message.resize(message.len().next_multiple_of(4), 0);
    }
    sealed(message)
}

#[test]
fn reads_the_request_of_rfc_5769() {
    let datagram = unhex(REQUEST);
    assert!(stun::is_stun(&datagram));
    let request = request(&datagram);
    assert_eq!((request.local_ufrag, request.remote_ufrag), ("evtj", "h6vY"));
    assert_eq!(request.priority, 0x6e00_01ff);
    assert!(request.controlled && !request.controlling && !request.use_candidate);
    assert_eq!(request.unknown_attribute, None);
    assert!(request.verify(&datagram, &IntegrityKey::new(PASSWORD)));
    assert!(!request.verify(&datagram, &IntegrityKey::new("VOkJxbRl1RmTxUk/WvJxBu")));
}

#[test]
fn reads_the_responses_of_rfc_5769() {
    let key = IntegrityKey::new(PASSWORD);
    for (response, mapped) in
        [(RESPONSE_V4, "192.0.2.1:32853"), (RESPONSE_V6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853")]
    {
        let datagram = unhex(response);
        assert_eq!(stun::parse(&datagram), Ok(Incoming::Response));
        assert_eq!(stun::mapped_address(&datagram, &key), Some(mapped.parse().unwrap()));
        assert_eq!(stun::mapped_address(&datagram, &IntegrityKey::new("other")), None);
    }
}

#[test]
fn a_changed_bit_is_noticed() {
    let original = unhex(REQUEST);
    let key = IntegrityKey::new(PASSWORD);
    let mut still_read = 0;
    for bit in 0..original.len() * 8 {
        let mut datagram = original.clone();
        datagram[bit / 8] ^= 1 << (bit % 8);
        assert!(stun::parse(&datagram).is_err(), "bit {bit} against FINGERPRINT");
        // With length and FINGERPRINT made right again, MESSAGE-INTEGRITY must notice what it covers.
        let covered = bit / 8 < original.len() - 8 && !matches!(bit / 8, 2 | 3);
        let datagram = sealed(datagram[..original.len() - 8].to_vec());
        if let (true, Ok(Incoming::Request(request))) = (covered, stun::parse(&datagram)) {
            assert!(!request.verify(&datagram, &key), "bit {bit} against MESSAGE-INTEGRITY");
            still_read += 1;
        }
    }
    assert!(still_read > 400, "only {still_read} changes got as far as MESSAGE-INTEGRITY");
}

#[test]
fn attributes_after_message_integrity_do_not_count() {
    let mut datagram = unhex(REQUEST);
    datagram.truncate(datagram.len() - 8);
    datagram.extend([0x00, 0x25, 0, 0]);
    let datagram = sealed(datagram);
    let request = request(&datagram);
    assert!(!request.use_candidate, "USE-CANDIDATE is not protected there");
    assert!(request.verify(&datagram, &IntegrityKey::new(PASSWORD)));
}

#[test]
fn a_request_without_integrity_never_verifies() {
    let datagram = with_attributes(1, &[(0x0006, b"a:b")]);
    assert!(!request(&datagram).verify(&datagram, &IntegrityKey::new("")));
}

#[test]
fn names_the_attribute_it_does_not_understand() {
    let datagram = with_attributes(1, &[(0x0006, b"a:b"), (0x8055, b""), (0x7fff, b"x"), (0x0024, &[0; 4])]);
    assert_eq!(request(&datagram).unknown_attribute, Some(0x7fff));
}

#[test]
fn the_first_of_repeated_attributes_counts() {
    let datagram = with_attributes(1, &[(0x0006, b"a:b"), (0x0006, b"c:d")]);
    assert_eq!(request(&datagram).local_ufrag, "a");
}

#[test]
fn refuses_with_a_name() {
    let cut = |len: usize| unhex(REQUEST)[..len].to_vec();
    let mut wrong_length = unhex(REQUEST);
    wrong_length[3] -= 4;
    let mut long = header(1);
    long.resize(1500, 0);
    let truncated = sealed([header(1), vec![0, 6, 0, 90, 1, 2, 3, 4]].concat());
    let many: Vec<(u16, &[u8])> = vec![(0x8022, b""); 33];
    let cases: [(&str, Vec<u8>, StunError); 15] = [
        ("empty", vec![], StunError::NotStun),
        ("short", cut(19), StunError::NotStun),
        ("first bits", vec![0x40; 40], StunError::NotStun),
        ("cut", cut(100), StunError::LengthMismatch),
        ("length field", wrong_length, StunError::LengthMismatch),
        ("too long", sealed(long), StunError::TooLong),
        ("no attributes", header(1), StunError::TruncatedAttribute),
        ("value past the end", truncated, StunError::TruncatedAttribute),
        (
            "no fingerprint",
            [&header(1)[..2], &[0, 4], &header(1)[4..], &[0, 0x25, 0, 0]].concat(),
            StunError::BadFingerprint,
        ),
        ("fingerprint not last", sealed(sealed(header(1))), StunError::BadFingerprint),
        ("33 attributes", with_attributes(1, &many), StunError::TooManyAttributes),
        ("method", with_attributes(3, &[]), StunError::UnknownMethod),
        ("no user name", with_attributes(1, &[]), StunError::BadUsername),
        ("no colon", with_attributes(1, &[(0x0006, b"ab")]), StunError::BadUsername),
        ("priority", with_attributes(1, &[(0x0006, b"a:b"), (0x0024, b"123")]), StunError::BadAttribute),
    ];
    for (name, datagram, error) in cases {
        assert_eq!(stun::parse(&datagram), Err(error), "{name}");
    }
}

#[test]
fn nothing_may_follow_the_fingerprint() {
    let mut datagram = header(1);
    datagram[3] = 12;
    let crc = crc32fast::hash(&datagram) ^ 0x5354_554e;
    datagram.extend([0x80, 0x28, 0, 4]);
    datagram.extend(crc.to_be_bytes());
    datagram.extend([0x80, 0x22, 0, 0]);
    assert_eq!(stun::parse(&datagram), Err(StunError::BadFingerprint));
}

#[test]
fn an_indication_asks_for_nothing() {
    assert_eq!(stun::parse(&with_attributes(0x0011, &[])), Ok(Incoming::Indication));
}

#[test]
fn an_error_response_carries_its_code() {
    let key = IntegrityKey::new(PASSWORD);
    let mut out = [0; 100];
    let len = stun::write_error(&mut out, &[7; 12], 487, &key);
    assert_eq!(stun::parse(&out[..len]), Ok(Incoming::Response));
    assert_eq!(out[..2], [0x01, 0x11]);
    assert_eq!(out[20..28], [0, 9, 0, 4, 0, 0, 4, 87]);
    let len = stun::write_unknown_attribute(&mut out, &[7; 12], 0x7fff, &key);
    assert_eq!(stun::parse(&out[..len]), Ok(Incoming::Response));
    assert_eq!(out[20..36], [0, 9, 0, 4, 0, 0, 4, 20, 0, 10, 0, 2, 0x7f, 0xff, 0, 0]);
}

#[test]
fn no_answer_is_longer_than_the_shortest_request_that_earns_it() {
    let key = IntegrityKey::new(PASSWORD);
    let fields = RequestFields {
        transaction: [1; 12],
        receiver_ufrag: "abcd",
        sender_ufrag: "efgh",
        priority: 1,
        controlling: true,
        tie_breaker: 1,
        use_candidate: false,
    };
    let mut out = [0; 200];
    let asked = stun::write_request(&mut out, &fields, &key);
    let v6: SocketAddr = "[2001:db8::1]:9".parse().unwrap();
    assert!(stun::write_success(&mut out, &[1; 12], v6, &key) <= asked);
    assert!(stun::write_error(&mut out, &[1; 12], 487, &key) <= asked);
    assert!(stun::write_unknown_attribute(&mut out, &[1; 12], 0x7fff, &key) <= asked);
}

proptest! {
    #[test]
    fn a_written_request_reads_back(
        transaction: [u8; 12], receiver in "[a-zA-Z0-9+/]{4,64}", sender in "[a-zA-Z0-9+/]{4,64}",
        priority: u32, controlling: bool, tie_breaker: u64, use_candidate: bool, pwd in "[a-zA-Z0-9+/]{22,64}",
    ) {
        let key = IntegrityKey::new(&pwd);
        let fields = RequestFields {
            transaction, receiver_ufrag: &receiver, sender_ufrag: &sender,
            priority, controlling, tie_breaker, use_candidate,
        };
        let mut out = [0; 256];
        let len = stun::write_request(&mut out, &fields, &key);
        let read = request(&out[..len]);
        prop_assert_eq!((read.local_ufrag, read.remote_ufrag), (&*receiver, &*sender));
        prop_assert_eq!((read.transaction, read.priority, read.use_candidate), (transaction, priority, use_candidate));
        prop_assert_eq!((read.controlling, read.controlled), (controlling, !controlling));
        prop_assert!(read.verify(&out[..len], &key));
        prop_assert!((0..len).all(|room| stun::write_request(&mut out[..room], &fields, &key) == 0), "no room");
    }

    #[test]
    fn a_written_success_reads_back(transaction: [u8; 12], mapped: SocketAddr, pwd in "[ -~]{0,64}") {
        let key = IntegrityKey::new(&pwd);
        let mut out = [0; 100];
        let len = stun::write_success(&mut out, &transaction, mapped, &key);
        let expected = SocketAddr::new(mapped.ip().to_canonical(), mapped.port());
        prop_assert_eq!(stun::mapped_address(&out[..len], &key), Some(expected));
        prop_assert!((0..len).all(|room| stun::write_success(&mut out[..room], &transaction, mapped, &key) == 0));
    }
}
