//! RTP headers and their extensions.

mod common;

use common::unhex;
use proptest::prelude::*;
use relay_wire::rtp::{ExtensionBlock, Header, HeaderFields, RtpError, extensions, is_rtcp, write_header};

/// Local ids and data.
type Elements<'a> = &'a [(u8, &'a [u8])];

const FIELDS: HeaderFields = HeaderFields {
    marker: true,
    payload_type: 111,
    sequence: 0x1234,
    timestamp: 0xdead_beef,
    ssrc: 0xcafe_babe,
    has_padding: false,
};

fn elements(packet: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let header = Header::parse(packet).unwrap();
    extensions(&header, packet).map(|(id, data)| (id, data.to_vec())).collect()
}

fn with_block(profile: u16, block: &str) -> Vec<u8> {
    let block = unhex(block);
    let mut packet = unhex("906f 1234 deadbeef cafebabe");
    packet.extend(profile.to_be_bytes());
    packet.extend((block.len() as u16 / 4).to_be_bytes());
    packet.extend(block);
    packet
}

#[test]
fn reads_every_field() {
    let packet = unhex("b2ef 1234 deadbeef cafebabe 00000001 00000002 bede0001 10ff0000 0102 0002");
    let header = Header::parse(&packet).unwrap();
    let expected = Header {
        marker: true,
        payload_type: 111,
        sequence: 0x1234,
        timestamp: 0xdead_beef,
        ssrc: 0xcafe_babe,
        csrc_count: 2,
        has_padding: true,
        header_len: 28,
        extension: Some(ExtensionBlock { profile: 0xbede, start: 24, len: 4 }),
    };
    assert_eq!(header, expected);
    assert_eq!(header.csrcs(&packet).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(header.payload_range(&packet), Ok(28..30));
    assert_eq!(elements(&packet), [(1, vec![0xff])]);
}

#[test]
fn refuses_with_a_name() {
    let cases = [
        ("", RtpError::TooShort),
        ("8000 0000 00000000 000000", RtpError::TooShort),
        ("4000 0000 00000000 00000000", RtpError::BadVersion),
        ("c000 0000 00000000 00000000", RtpError::BadVersion),
        ("8100 0000 00000000 00000000 000000", RtpError::TooShort),
        ("9000 0000 00000000 00000000", RtpError::TooShort),
        ("9000 0000 00000000 00000000 bede00", RtpError::TooShort),
        ("9000 0000 00000000 00000000 bede0001 000000", RtpError::TooShort),
        ("9000 0000 00000000 00000000 bedeffff 00000000", RtpError::TooShort),
    ];
    for (packet, error) in cases {
        assert_eq!(Header::parse(&unhex(packet)), Err(error), "{packet}");
    }
}

#[test]
fn padding_is_left_out_or_refused() {
    let cases = [
        ("a000 0000 00000000 00000000 aabb0002", Ok(12..14)),
        ("a000 0000 00000000 00000000 00000004", Ok(12..12)),
        ("a000 0000 00000000 00000000 00000005", Err(RtpError::BadPadding)),
        ("a000 0000 00000000 00000000 00000000", Err(RtpError::BadPadding)),
        ("a000 0000 00000000 00000000", Err(RtpError::BadPadding)),
        ("8000 0000 00000000 00000000 00000009", Ok(12..16)),
        ("8000 0000 00000000 00000000", Ok(12..12)),
    ];
    for (packet, range) in cases {
        let packet = unhex(packet);
        assert_eq!(Header::parse(&packet).unwrap().payload_range(&packet), range);
    }
    let longer = unhex("8100 0000 00000000 00000000 00000000");
    assert_eq!(Header::parse(&longer).unwrap().payload_range(&longer[..12]), Err(RtpError::TooShort));
}

/// RFC 8285 sections 4.2 and 4.3.
#[test]
fn reads_both_forms_of_elements() {
    let cases: [(u16, &str, Elements<'_>); 11] = [
        (0xbede, "10aa 0000 21bbcc 00", &[(1, &[0xaa]), (2, &[0xbb, 0xcc])]),
        (0xbede, "e0aa f0bb", &[(14, &[0xaa])]),
        (0xbede, "10aa 05bb cccc cccc", &[(1, &[0xaa])]),
        (0xbede, "10aa 2fbb", &[(1, &[0xaa])]),
        (0xbede, "00000000", &[]),
        (0x1000, "0101aa 00 0200 0f02bbcc 000000", &[(1, &[0xaa]), (2, &[]), (15, &[0xbb, 0xcc])]),
        (0x100f, "ff01aa00", &[(255, &[0xaa])]),
        (0x1000, "0101aa05", &[(1, &[0xaa])]),
        (0x1000, "0104aaaa", &[]),
        (0x1010, "0101aa00", &[]),
        (0x0000, "10aa0000", &[]),
    ];
    for (profile, block, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|(id, data)| (*id, data.to_vec())).collect();
        assert_eq!(elements(&with_block(profile, block)), expected, "{profile:#x} {block}");
    }
}

#[test]
fn the_form_follows_the_elements() {
    let sixteen = [7; 16];
    let seventeen = [7; 17];
    let cases: [(Elements<'_>, &str); 7] = [
        (&[], "80ef 1234 deadbeef cafebabe"),
        (&[(1, &[0xaa])], "90ef 1234 deadbeef cafebabe bede0001 10aa0000"),
        (&[(3, &[1, 2, 3])], "90ef 1234 deadbeef cafebabe bede0001 32010203"),
        (&[(14, &sixteen)], "90ef 1234 deadbeef cafebabe bede0005 ef07070707070707070707070707070707 000000"),
        (&[(1, &seventeen)], "90ef 1234 deadbeef cafebabe 10000005 01110707070707070707070707070707070707 00"),
        (&[(15, &[0xaa]), (1, &[0xbb])], "90ef 1234 deadbeef cafebabe 10000002 0f01aa0101bb0000"),
        (&[(1, &[])], "90ef 1234 deadbeef cafebabe 10000001 01000000"),
    ];
    for (elements, expected) in cases {
        let mut out = [0xff; 64];
        let len = write_header(&mut out, &FIELDS, elements.iter().copied());
        assert_eq!(out[..len], unhex(expected)[..]);
    }
}

#[test]
fn elements_no_form_can_hold_are_left_out() {
    let long = [0; 256];
    let mut out = [0; 64];
    let elements: [(u8, &[u8]); 2] = [(0, &[1]), (5, &long)];
    assert_eq!(write_header(&mut out, &FIELDS, elements.into_iter()), 12);
}

#[test]
fn tells_rtcp_by_its_packet_type() {
    let rtcp: Vec<u8> = (0..=255).filter(|kind| is_rtcp(&[0x80, *kind])).collect();
    assert_eq!(rtcp, (192..=223).collect::<Vec<_>>());
    assert!(!is_rtcp(&[0x80]) && !is_rtcp(&[]));
}

fn any_elements(
    id: std::ops::RangeInclusive<u8>,
    len: std::ops::RangeInclusive<usize>,
) -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    prop::collection::vec((id, prop::collection::vec(any::<u8>(), len)), 0..12)
}

proptest! {
    #[test]
    fn a_written_header_reads_back(
        marker: bool, payload_type in 0u8..128, sequence: u16, timestamp: u32, ssrc: u32, has_padding: bool,
        elements in prop_oneof![any_elements(1..=14, 1..=16), any_elements(1..=255, 0..=255)],
        payload in prop::collection::vec(any::<u8>(), 0..50),
    ) {
        let fields = HeaderFields { marker, payload_type, sequence, timestamp, ssrc, has_padding };
        let mut out = vec![0; 4096];
        let borrowed = elements.iter().map(|(id, data)| (*id, &data[..]));
        let len = write_header(&mut out, &fields, borrowed.clone());
        out.truncate(len);
        out.extend(&payload);
        let header = Header::parse(&out).unwrap();
        prop_assert_eq!(header.header_len, len);
        let read = HeaderFields {
            marker: header.marker, payload_type: header.payload_type, sequence: header.sequence,
            timestamp: header.timestamp, ssrc: header.ssrc, has_padding: header.has_padding,
        };
        prop_assert_eq!(read, fields);
        let read: Vec<_> = extensions(&header, &out).map(|(id, data)| (id, data.to_vec())).collect();
        prop_assert_eq!(&read, &elements);
        prop_assert!((0..len).all(|room| write_header(&mut vec![0; room], &fields, borrowed.clone()) == 0), "no room");
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(header) = Header::parse(&bytes) {
            prop_assert!(header.header_len <= bytes.len());
            prop_assert!(extensions(&header, &bytes).count() <= bytes.len());
            if let Ok(range) = header.payload_range(&bytes) {
                prop_assert!(range.start <= range.end && range.end <= bytes.len());
            }
        }
    }
}
