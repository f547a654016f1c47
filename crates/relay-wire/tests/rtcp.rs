//! RTCP packets other than transport feedback.

mod common;

use common::unhex;
use proptest::prelude::*;
use relay_wire::rtcp::{FirEntry, MAX_PACKETS, Packet, ReportBlock, RtcpError, XrBlock, parse, write};

fn packets(compound: &[u8]) -> Vec<Result<Packet<'_>, RtcpError>> {
    parse(compound).collect()
}

fn only(compound: &[u8]) -> Packet<'_> {
    let mut packets = packets(compound);
    assert_eq!(packets.len(), 1, "{packets:?}");
    packets.remove(0).unwrap()
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    assert!(out.len().is_multiple_of(4));
    out
}

#[test]
fn reads_a_compound_of_every_kind() {
    let compound = unhex(
        "80c80006 00000001 0000000200000003 00000004 00000005 00000006
         81ca0003 00000001 0104 74657374 0000
         81ce0002 00000001 00000007
         80cf0004 00000001 04000002 1111111122222222
         80cc0002 00000001 74657374
         80d30001 00000000
         82cd0002 00000001 00000002
         83ce0002 00000001 00000002",
    );
    let kinds: Vec<String> = packets(&compound).into_iter().map(|packet| format!("{:?}", packet.unwrap())).collect();
    let expected = ["SenderReport", "Sdes", "Pli", "Xr", "App", "Unknown", "Unknown", "Unknown"];
    for (kind, expected) in kinds.iter().zip(expected) {
        assert!(kind.starts_with(expected), "{kind}");
    }
    assert_eq!(kinds.len(), expected.len());
    assert_eq!(kinds[7], "Unknown { pt: 206, fmt: 3 }");
}

#[test]
fn framing_errors_end_the_walk_and_contents_do_not() {
    let good = "81ce0002 00000001 00000007";
    let cases: [(&str, &[Result<(), RtcpError>]); 9] = [
        ("", &[]),
        ("81ce00", &[Err(RtcpError::Truncated)]),
        ("81ce0003 00000001 00000007", &[Err(RtcpError::Truncated)]),
        ("41ce0002 00000001 00000007", &[Err(RtcpError::BadVersion)]),
        ("81ce0000 GOOD", &[Err(RtcpError::Malformed), Ok(())]),
        ("81c80006 00000001 0000000200000003 00000004 00000005 00000006 GOOD", &[Err(RtcpError::Malformed), Ok(())]),
        ("a1ce0003 00000001 00000007 00000004", &[Ok(())]),
        ("a1ce0002 00000001 00000000", &[Err(RtcpError::BadPadding)]),
        ("a1ce0000 GOOD", &[Err(RtcpError::BadPadding)]),
    ];
    for (compound, expected) in cases {
        let bytes = unhex(&compound.replace("GOOD", good));
        let found: Vec<_> = packets(&bytes).into_iter().map(|packet| packet.map(|_| ())).collect();
        assert_eq!(found, expected, "{compound}");
    }
}

#[test]
fn padding_must_lie_within_the_packet() {
    for (last, allowed) in
        [(0, false), (1, true), (3, true), (4, true), (8, true), (12, true), (16, false), (255, false)]
    {
        let packet = unhex(&format!("a0c90003 00000001 00000000 000000{last:02x}"));
        let left_out = packets(&packet).remove(0) != Err(RtcpError::BadPadding);
        assert_eq!(left_out, allowed, "{last}");
    }
}

#[test]
fn feedback_padded_as_browsers_do_it_is_read() {
    // One packet that arrived, 1 ms after the reference time; the delta's octet is followed by one octet of padding.
    let packet = unhex("afcd0005 00000001 00000002 0007 0001 000000 00 2001 04 01");
    let Packet::TransportFeedback(feedback) = only(&packet) else { panic!() };
    assert_eq!((feedback.base, feedback.count), (7, 1));
}

#[test]
fn a_compound_has_a_bounded_number_of_packets() {
    let compound = unhex("80c90001 00000001").repeat(MAX_PACKETS + 5);
    let packets = packets(&compound);
    assert_eq!(packets.len(), MAX_PACKETS + 1);
    assert!(packets[..MAX_PACKETS].iter().all(Result::is_ok));
    assert_eq!(packets[MAX_PACKETS], Err(RtcpError::TooManyPackets));
}

#[test]
fn profile_extensions_of_reports_are_left_out() {
    let packet = unhex("80c90003 00000001 aaaaaaaa bbbbbbbb");
    let Packet::ReceiverReport { ssrc: 1, reports } = only(&packet) else { panic!() };
    assert_eq!(reports.count(), 0);
}

#[test]
fn reads_canonical_names_among_other_items() {
    let packet = unhex(
        "83ca000a 00000001 020161 010262 63 0308 0102030405060708 000000
         00000002 00000000
         00000003 010164 00",
    );
    let Packet::Sdes(names) = only(&packet) else { panic!() };
    assert_eq!(names.collect::<Vec<_>>(), [(1, &b"bc"[..]), (3, b"d")]);
    for malformed in ["81ca0001 00000001", "81ca0002 00000001 01ff6162", "82ca0002 00000001 00000000"] {
        assert_eq!(packets(&unhex(malformed)), [Err(RtcpError::Malformed)], "{malformed}");
    }
}

#[test]
fn reads_a_goodbye_with_a_reason() {
    let packet = unhex("82cb0003 00000001 00000002 03627965");
    let Packet::Bye { ssrcs } = only(&packet) else { panic!() };
    assert_eq!(ssrcs.collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn packs_losses_into_masks() {
    let cases: [(&[u16], &str); 6] = [
        (&[5], "81cd0003 0000000100000002 00050000"),
        (&[5, 6, 21], "81cd0003 0000000100000002 00058001"),
        (&[5, 22], "81cd0004 0000000100000002 00050000 00160000"),
        (&[65535, 0, 15], "81cd0003 0000000100000002 ffff8001"),
        (&[9, 9, 9], "81cd0003 0000000100000002 00090000"),
        (&[], "81cd0002 0000000100000002"),
    ];
    for (lost, expected) in cases {
        let packet = written(|out| assert_eq!(write::nack(out, 1, 2, lost), lost.len()));
        assert_eq!(packet, unhex(expected));
    }
}

#[test]
fn a_nack_is_cut_to_what_one_packet_holds() {
    let lost: Vec<u16> = (0..1000).map(|n| n * 20).collect();
    let packet = written(|out| assert_eq!(write::nack(out, 1, 2, &lost), write::MAX_NACK_PAIRS));
    let Packet::Nack { lost: read, .. } = only(&packet) else { panic!() };
    assert_eq!(read.collect::<Vec<_>>(), lost[..write::MAX_NACK_PAIRS]);
}

#[test]
fn reads_extended_reports() {
    let packet = unhex(
        "80cf000d 00000001 04000002 0011223344556677 05000003 0000000a 0000000b 0000000c 63000000
         05000001 00000000 04000001 00000000",
    );
    let Packet::Xr { ssrc: 1, blocks } = only(&packet) else { panic!() };
    let blocks: Vec<_> = blocks.collect();
    assert_eq!(blocks.len(), 4, "the last clock is too short and ends the blocks");
    assert_eq!(blocks[0], XrBlock::ReceiverReferenceTime { ntp: 0x0011_2233_4455_6677 });
    let XrBlock::Dlrr(mut entries) = blocks[1].clone() else { panic!() };
    let entry = entries.next().unwrap();
    assert_eq!((entry.ssrc, entry.lrr, entry.dlrr, entries.next()), (10, 11, 12, None));
    assert_eq!(blocks[2], XrBlock::Other { kind: 0x63 });
}

#[test]
fn a_remb_beyond_64_bits_means_no_limit() {
    // Exponent in the six high bits, then 18 bits of mantissa.
    for (rate, expected) in
        [("ffffff", u64::MAX), ("bfffff", u64::MAX), ("bbffff", 0x3_ffff << 46), ("fc0001", 1 << 63), ("000000", 0)]
    {
        let packet = unhex(&format!("8fce0005 00000001 00000000 52454d42 01{rate} 00000002"));
        let Packet::Remb { bitrate_bps, ssrcs, .. } = only(&packet) else { panic!() };
        assert_eq!((bitrate_bps, ssrcs.collect::<Vec<_>>()), (expected, vec![2]), "{rate}");
    }
    let cut = unhex("8fce0004 00000001 00000000 52454d42 01ffffff");
    assert_eq!(packets(&cut), [Err(RtcpError::Malformed)]);
}

#[test]
fn lists_are_cut_to_what_the_count_can_say() {
    let ssrcs: Vec<u32> = (0..40).collect();
    let reports = vec![ReportBlock::default(); 40];
    let bye = written(|out| write::bye(out, &ssrcs));
    let Packet::Bye { ssrcs: read } = only(&bye) else { panic!() };
    assert_eq!(read.len(), write::MAX_ITEMS);
    let rr = written(|out| write::rr(out, 1, &reports));
    let Packet::ReceiverReport { reports: read, .. } = only(&rr) else { panic!() };
    assert_eq!(read.len(), write::MAX_ITEMS);
}

fn report() -> impl Strategy<Value = ReportBlock> {
    (any::<(u32, u8, u32, u32, u32, u32)>(), -0x80_0000..=0x7f_ffff).prop_map(
        |((ssrc, fraction_lost, highest_sequence, jitter, lsr, dlsr), cumulative_lost)| ReportBlock {
            ssrc,
            fraction_lost,
            cumulative_lost,
            highest_sequence,
            jitter,
            lsr,
            dlsr,
        },
    )
}

proptest! {
    #[test]
    fn reports_read_back(
        ssrc: u32, ntp: u64, rtp: u32, sent in any::<(u32, u32)>(), blocks in prop::collection::vec(report(), 0..32),
    ) {
        let info = write::SenderInfo { ssrc, ntp, rtp, packets: sent.0, octets: sent.1 };
        let compound = written(|out| { write::sr(out, &info, &blocks); write::rr(out, ssrc, &blocks); });
        let packets: Vec<_> = parse(&compound).map(Result::unwrap).collect();
        let [Packet::SenderReport { ssrc: a, ntp: b, rtp: c, packets: d, octets: e, reports: in_sr },
             Packet::ReceiverReport { ssrc: f, reports: in_rr }] = &packets[..] else { panic!() };
        prop_assert_eq!((*a, *b, *c, *d, *e, *f), (ssrc, ntp, rtp, sent.0, sent.1, ssrc));
        prop_assert_eq!(in_sr.clone().collect::<Vec<_>>(), blocks.clone());
        prop_assert_eq!(in_rr.clone().collect::<Vec<_>>(), blocks);
    }

    #[test]
    fn a_canonical_name_reads_back(ssrc: u32, name in "[ -~]{0,255}") {
        let packet = written(|out| write::sdes_cname(out, ssrc, &name));
        let Packet::Sdes(mut names) = only(&packet) else { panic!() };
        prop_assert_eq!(names.next(), Some((ssrc, name.as_bytes())));
        prop_assert_eq!(names.next(), None);
    }

    #[test]
    fn losses_read_back(sender: u32, media: u32, start: u16, gaps in prop::collection::vec(1u16..40, 1..200)) {
        let mut at = start;
        let lost: Vec<u16> = gaps.iter().map(|gap| { at = at.wrapping_add(*gap); at }).collect();
        let packet = written(|out| assert_eq!(write::nack(out, sender, media, &lost), lost.len()));
        let Packet::Nack { sender: a, media: b, lost: read } = only(&packet) else { panic!() };
        prop_assert_eq!((a, b), (sender, media));
        prop_assert_eq!(read.collect::<Vec<_>>(), lost);
    }

    #[test]
    fn keyframe_requests_read_back(
        sender: u32, media: u32, entries in prop::collection::vec(any::<(u32, u8)>(), 0..31),
    ) {
        let compound = written(|out| { write::pli(out, sender, media); write::fir(out, sender, &entries); });
        let packets: Vec<_> = parse(&compound).map(Result::unwrap).collect();
        prop_assert_eq!(&packets[0], &Packet::Pli { sender, media });
        let Packet::Fir { sender: a, entries: read } = &packets[1] else { panic!() };
        prop_assert_eq!(*a, sender);
        let expected = entries.iter().map(|&(ssrc, sequence)| FirEntry { ssrc, sequence });
        prop_assert!(read.clone().eq(expected));
    }

    #[test]
    fn an_estimate_reads_back_within_its_precision(
        sender: u32, shift in 0u32..64, bitrate: u64, ssrcs in prop::collection::vec(any::<u32>(), 0..31),
    ) {
        let bitrate = bitrate >> shift;
        let packet = written(|out| write::remb(out, sender, bitrate, &ssrcs));
        let Packet::Remb { sender: a, bitrate_bps, ssrcs: read } = only(&packet) else { panic!() };
        prop_assert_eq!((a, read.collect::<Vec<_>>()), (sender, ssrcs));
        prop_assert!(bitrate_bps <= bitrate && bitrate - bitrate_bps <= bitrate >> 17, "{} {}", bitrate, bitrate_bps);
    }
}
