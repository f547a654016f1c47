//! What a browser tells a sender: TWCC feedback about ten times a second and receiver reports once a second.

use relay_wire::rtcp::{ReportBlock, TwccReport, write};

/// SSRC of the subscriber's own RTCP.
const OUR_SSRC: u32 = 1;
const REFERENCE_US: u64 = 64_000;
const DELTA_US: u64 = 250;

/// Counts feedback packets of one subscriber.
#[derive(Debug, Default)]
pub(crate) struct FeedbackWriter {
    count: u8,
    arrivals: Vec<Option<i64>>,
}

impl FeedbackWriter {
    /// Appends one feedback packet on packets `base..` with their arrival times; returns how many it covers.
    pub(crate) fn twcc(&mut self, out: &mut Vec<u8>, media: u32, base: u16, times_us: &[Option<u64>]) -> usize {
        let Some(first) = times_us.iter().flatten().min() else { return 0 };
        let reference = first / REFERENCE_US;
        let since = |at: u64| ((at - reference * REFERENCE_US) / DELTA_US) as i64;
        self.arrivals.clear();
        self.arrivals.extend(times_us.iter().map(|time| time.map(since)));
        let report = TwccReport {
            sender: OUR_SSRC,
            media,
            base,
            reference_time_64ms: (reference & 0x7f_ffff) as i32,
            feedback_count: self.count,
            arrivals: &self.arrivals,
        };
        self.count = self.count.wrapping_add(1);
        write::twcc(out, &report)
    }
}

/// One received stream, as far as a receiver report needs it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StreamReport {
    pub(crate) ssrc: u32,
    /// Highest sequence number with its wraps above.
    pub(crate) highest: u32,
    /// Middle of the NTP time of the last sender report, and when it came, µs.
    pub(crate) last_sr: Option<(u32, u64)>,
}

/// Appends a receiver report without losses.
pub(crate) fn receiver_report(out: &mut Vec<u8>, streams: &[StreamReport], now_us: u64) {
    let block = |stream: &StreamReport| ReportBlock {
        ssrc: stream.ssrc,
        highest_sequence: stream.highest,
        lsr: stream.last_sr.map_or(0, |(lsr, _)| lsr),
        dlsr: stream.last_sr.map_or(0, |(_, at_us)| ((now_us.saturating_sub(at_us)) * 65_536 / 1_000_000) as u32),
        ..ReportBlock::default()
    };
    let blocks: Vec<ReportBlock> = streams.iter().map(block).collect();
    write::rr(out, OUR_SSRC, &blocks);
}

#[cfg(test)]
mod tests {
    use super::*;
    use relay_wire::rtcp::{Packet, parse};

    #[test]
    fn feedback_covers_every_packet_once() {
        let mut writer = FeedbackWriter::default();
        let times: Vec<_> = (0..900u64).map(|n| Some(5_000_000 + n * 300)).collect();
        let (mut next, mut done) = (65_530u16, 0);
        while done < times.len() {
            let mut out = Vec::new();
            done += writer.twcc(&mut out, 9, next, &times[done..]);
            assert!(out.len() < 1200);
            for packet in parse(&out) {
                let Ok(Packet::TransportFeedback(feedback)) = packet else { panic!("{packet:?}") };
                for (sequence, arrival) in feedback.iter() {
                    assert!(sequence == next && arrival.is_some());
                    next = next.wrapping_add(1);
                }
            }
        }
        assert_eq!(next, 65_530u16.wrapping_add(900));
    }
}
