//! What the relay reports about one incoming stream (RFC 3550 appendices A.3 and A.8).

use relay_wire::rtcp::ReportBlock;

use super::NtpMap;
use crate::time::{Micros, SECOND, ntp_middle};

/// Counts at the start of the current report interval.
#[derive(Clone, Copy, Debug, Default)]
struct Prior {
    expected: u64,
    received: u64,
}

/// Loss, jitter and clock of one incoming stream. Feed it original packets only: a retransmission on a stream of its
/// own (RFC 4588) does not mend the loss that a report is about.
#[derive(Clone, Debug)]
pub struct ReceiverStats {
    clock_hz: u32,
    first: Option<u64>,
    newest: u64,
    received: u64,
    prior: Prior,
    fraction: u8,
    transit: Option<u32>,
    /// Sixteen times the jitter, in RTP ticks.
    jitter_q4: u32,
    report: Option<(NtpMap, Micros)>,
}

impl ReceiverStats {
    /// Statistics of a stream whose RTP clock runs at `clock_hz`.
    pub fn new(clock_hz: u32) -> Self {
        Self {
            clock_hz: clock_hz.max(1),
            first: None,
            newest: 0,
            received: 0,
            prior: Prior::default(),
            fraction: 0,
            transit: None,
            jitter_q4: 0,
            report: None,
        }
    }

    /// Counts a packet by its unwrapped number; duplicates are not to be passed in.
    pub fn on_packet(&mut self, now: Micros, seq: u64, ts: u32) {
        let restarted = seq > self.newest + MAX_DROPOUT || seq + MAX_DROPOUT < self.newest;
        if self.first.is_none() || restarted {
            *self = Self { report: self.report, jitter_q4: self.jitter_q4, ..Self::new(self.clock_hz) };
            self.first = Some(seq);
            self.newest = seq;
        }
        self.received += 1;
        if self.received == 1 || seq > self.newest {
            self.newest = seq;
            self.sample_jitter(now, ts);
        }
    }

    /// Notes the newest sender report of this stream.
    pub fn on_sender_report(&mut self, now: Micros, ntp: u64, rtp: u32) {
        self.report = Some((NtpMap { ntp, rtp, clock_hz: self.clock_hz }, now));
    }

    /// The clock that the newest sender report tells.
    pub fn ntp_map(&self) -> Option<NtpMap> {
        self.report.map(|(map, _)| map)
    }

    /// The block for the next report, about `ssrc`; starts a new interval. `None` before the first packet.
    pub fn report_block(&mut self, now: Micros, ssrc: u32) -> Option<ReportBlock> {
        let first = self.first?;
        let expected = self.expected();
        let expected_now = expected - self.prior.expected;
        let received_now = self.received - self.prior.received;
        let lost_now = expected_now.saturating_sub(received_now);
        self.fraction = (lost_now * 256).checked_div(expected_now).map_or(0, |fraction| fraction.min(255) as u8);
        self.prior = Prior { expected, received: self.received };
        let (lsr, dlsr) = self.report.map_or((0, 0), |(map, at)| {
            let delay = now.saturating_sub(at);
            (ntp_middle(map.ntp), ((delay << 16) / SECOND) as u32)
        });
        Some(ReportBlock {
            ssrc,
            fraction_lost: self.fraction,
            cumulative_lost: self.lost().clamp(MIN_LOST, MAX_LOST) as i32,
            highest_sequence: (self.newest - (first & !0xffff)) as u32,
            jitter: self.jitter_q4 >> 4,
            lsr,
            dlsr,
        })
    }

    /// Interarrival jitter in microseconds.
    pub fn jitter_us(&self) -> u64 {
        u64::from(self.jitter_q4 >> 4) * SECOND / u64::from(self.clock_hz)
    }

    /// Packets lost since the start; negative when more came than were numbered.
    pub fn lost(&self) -> i64 {
        self.expected() as i64 - self.received as i64
    }

    /// Packets received since the start.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The share lost in the last finished interval, 0..1.
    pub fn fraction_lost(&self) -> f32 {
        f32::from(self.fraction) / 256.0
    }

    fn expected(&self) -> u64 {
        self.first.map_or(0, |first| (self.newest + 1).saturating_sub(first))
    }

    fn sample_jitter(&mut self, now: Micros, ts: u32) {
        let hz = u64::from(self.clock_hz);
        let arrival = (now / SECOND).wrapping_mul(hz).wrapping_add(now % SECOND * hz / SECOND) as u32;
        let transit = arrival.wrapping_sub(ts);
        if let Some(last) = self.transit.replace(transit) {
            let change = (transit.wrapping_sub(last) as i32).unsigned_abs().min(self.clock_hz);
            self.jitter_q4 = (self.jitter_q4 + change).saturating_sub((self.jitter_q4 + 8) >> 4);
        }
    }
}

// RFC 3550 appendix A.1, MAX_DROPOUT: a longer gap is a sender that began anew.
const MAX_DROPOUT: u64 = 3000;
// The field has 24 bits with sign.
const MIN_LOST: i64 = -0x80_0000;
const MAX_LOST: i64 = 0x7f_ffff;

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(seqs: impl IntoIterator<Item = u64>) -> ReceiverStats {
        let mut stats = ReceiverStats::new(90_000);
        for seq in seqs {
            stats.on_packet(seq * 10_000, seq, (seq * 900) as u32);
        }
        stats
    }

    /// Fraction lost, packets lost, highest number.
    type Summary = Option<(u8, i32, u32)>;

    fn summary(stats: &mut ReceiverStats) -> Summary {
        stats.report_block(0, 7).map(|block| (block.fraction_lost, block.cumulative_lost, block.highest_sequence))
    }

    #[test]
    fn counts_loss() {
        let table: [(&str, Vec<u64>, Summary); 7] = [
            ("nothing", vec![], None),
            ("one", vec![70_000], Some((0, 0, 70_000 - 65_536))),
            ("all there", (10..20).collect(), Some((0, 0, 19))),
            ("a quarter lost", vec![0, 1, 2, 7, 5, 6], Some((64, 2, 7))),
            ("late before the first", vec![10, 9], Some((0, -1, 10))),
            ("over the wrap", vec![65_534, 65_537], Some((128, 2, 65_537))),
            ("restart", vec![0, 1, 100_000, 100_001], Some((0, 0, 100_001 - 65_536))),
        ];
        for (name, seqs, expected) in table {
            assert_eq!(summary(&mut fed(seqs)), expected, "{name}");
        }
    }

    #[test]
    fn fraction_is_of_the_interval_and_the_sum_of_all() {
        let mut stats = fed((0..100).filter(|seq| seq % 2 == 0 || *seq == 99));
        assert_eq!(summary(&mut stats), Some((125, 49, 99)));
        assert_eq!(summary(&mut stats), Some((0, 49, 99)));
        assert_eq!(stats.fraction_lost(), 0.0);
        stats.on_packet(0, 101, 0);
        assert_eq!(summary(&mut stats), Some((128, 50, 101)));
        assert_eq!((stats.fraction_lost(), stats.lost(), stats.received()), (0.5, 50, 52));
    }

    #[test]
    fn jitter_follows_the_pace() {
        let steady = fed(0..1000);
        assert_eq!(steady.jitter_us(), 0);
        let mut uneven = ReceiverStats::new(90_000);
        for seq in 0..1000u64 {
            uneven.on_packet(seq * 10_000 + seq % 2 * 4_000, seq, (seq * 900) as u32);
        }
        assert!((3_500..=4_100).contains(&uneven.jitter_us()), "{}", uneven.jitter_us());
    }

    #[test]
    fn repeats_the_last_sender_report() {
        let mut stats = fed([1]);
        stats.on_sender_report(2 * SECOND, 0x1111_2222_3333_4444, 99);
        let block = stats.report_block(3 * SECOND + SECOND / 2, 7);
        assert_eq!(block.map(|block| (block.ssrc, block.lsr, block.dlsr)), Some((7, 0x2222_3333, 0x1_8000)));
        assert_eq!(stats.ntp_map(), Some(NtpMap { ntp: 0x1111_2222_3333_4444, rtp: 99, clock_hz: 90_000 }));
    }
}
