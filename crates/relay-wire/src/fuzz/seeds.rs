//! Well-formed messages that fuzzing starts from.

use super::STUN_PASSWORD;
use crate::rtcp::{ReportBlock, TwccReport, write};
use crate::rtp::{HeaderFields, write_header};
use crate::stun::{self, IntegrityKey, RequestFields};

/// A request and each kind of answer.
pub fn stun() -> Vec<Vec<u8>> {
    let key = IntegrityKey::new(STUN_PASSWORD);
    let transaction = [0x5a; 12];
    let fields = RequestFields {
        transaction,
        receiver_ufrag: "evtj",
        sender_ufrag: "h6vY",
        priority: 0x6e00_01ff,
        controlling: true,
        tie_breaker: 0x0102_0304_0506_0708,
        use_candidate: true,
    };
    let write = |write: &dyn Fn(&mut [u8]) -> usize| {
        let mut out = vec![0; 256];
        let len = write(&mut out);
        out.truncate(len);
        out
    };
    vec![
        write(&|out| stun::write_request(out, &fields, &key)),
        write(&|out| stun::write_success(out, &transaction, ([192, 0, 2, 1], 40000).into(), &key)),
        write(&|out| stun::write_success(out, &transaction, ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 9).into(), &key)),
        write(&|out| stun::write_error(out, &transaction, 487, &key)),
        write(&|out| stun::write_unknown_attribute(out, &transaction, 0x7fff, &key)),
    ]
}

/// Packets without and with extensions of both forms, contributing sources and padding.
pub fn rtp() -> Vec<Vec<u8>> {
    let fields = HeaderFields {
        marker: true,
        payload_type: 96,
        sequence: 65_535,
        timestamp: 0x8000_0000,
        ssrc: 0xcafe_babe,
        has_padding: true,
    };
    let none: &[(u8, &[u8])] = &[];
    let one_byte: &[(u8, &[u8])] = &[(1, &[0x85]), (3, &[1, 2, 3]), (4, b"0"), (5, &[0, 7])];
    let two_byte: &[(u8, &[u8])] = &[(1, &[]), (15, &[9; 30]), (200, b"hi")];
    let mut packets: Vec<Vec<u8>> = [none, one_byte, two_byte]
        .into_iter()
        .map(|elements| {
            let mut out = vec![0; 256];
            let len = write_header(&mut out, &fields, elements.iter().copied());
            out.truncate(len);
            out.extend([0x10; 40]);
            out.extend([0, 0, 0, 4]);
            out
        })
        .collect();
    let mut with_csrcs = vec![0x82, 111, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
    with_csrcs.extend([7; 8 + 20]);
    packets.push(with_csrcs);
    packets
}

/// Appends one packet.
type Writer<'a> = &'a dyn Fn(&mut Vec<u8>);

/// Compounds as browsers send them, and one of everything.
pub fn rtcp() -> Vec<Vec<u8>> {
    let block = ReportBlock {
        ssrc: 2,
        fraction_lost: 9,
        cumulative_lost: -3,
        highest_sequence: 70_000,
        jitter: 5,
        lsr: 6,
        dlsr: 7,
    };
    let info = write::SenderInfo { ssrc: 1, ntp: 0x0123_4567_89ab_cdef, rtp: 3, packets: 4, octets: 5 };
    let arrivals: Vec<Option<i64>> = (0..60).map(|n| (n % 7 != 3).then_some(n * n * 3)).collect();
    let report = TwccReport {
        sender: 1,
        media: 2,
        base: 65_500,
        reference_time_64ms: -5,
        feedback_count: 255,
        arrivals: &arrivals,
    };
    let writers: [Writer<'_>; 8] = [
        &|out| write::sr(out, &info, &[block, block]),
        &|out| write::rr(out, 1, &[block]),
        &|out| write::sdes_cname(out, 1, "3b9e77bd-3f41"),
        &|out| write::bye(out, &[1, 2]),
        &|out| _ = write::nack(out, 1, 2, &[65_530, 65_535, 3, 100]),
        &|out| write::fir(out, 1, &[(2, 3), (4, 5)]),
        &|out| write::remb(out, 1, 2_500_000, &[2, 3]),
        &|out| _ = write::twcc(out, &report),
    ];
    let mut seeds: Vec<Vec<u8>> = writers
        .iter()
        .map(|writer| {
            let mut out = Vec::new();
            writer(&mut out);
            out
        })
        .collect();
    let mut clocks = vec![0x80, 207, 0, 8, 0, 0, 0, 1, 4, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 5, 0, 0, 3];
    clocks.extend([3; 12]);
    seeds.push(clocks);
    seeds.push(seeds.concat());
    seeds
}
