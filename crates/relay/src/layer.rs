//! One inbound encoding of a track: a simulcast layer, or the whole track.

use crate::frames::FrameSizes;
use crate::gop::Gop;
use crate::meter::Meter;
use crate::timing::{LAYER_GONE, LAYER_SILENT};
use relay_control::codec::Mark;
use relay_control::keyframe::KeyframeRequester;
use relay_control::nack::NackGenerator;
use relay_control::reports::ReceiverStats;
use relay_control::sequence::{TimestampUnwrapper, Unwrapper};
use relay_control::time::Micros;

/// Which of the last packets of a stream were kept already: a retransmission may come besides the original.
pub(crate) struct Seen {
    newest: u64,
    bits: [u64; SEEN_WORDS],
}

const SEEN_WORDS: usize = 16;
const SEEN_LEN: u64 = SEEN_WORDS as u64 * 64;

impl Seen {
    fn new() -> Seen {
        Seen { newest: 0, bits: [0; SEEN_WORDS] }
    }

    /// The highest number noted.
    pub(crate) fn newest(&self) -> u64 {
        self.newest
    }

    /// False if `seq` was noted before, or is so old that nobody knows.
    pub(crate) fn insert(&mut self, seq: u64) -> bool {
        if seq > self.newest {
            if seq - self.newest >= SEEN_LEN {
                self.bits = [0; SEEN_WORDS];
            } else {
                (self.newest + 1..seq).for_each(|skipped| self.bits[word(skipped)] &= !bit(skipped));
            }
            self.newest = seq;
        } else if self.newest - seq >= SEEN_LEN || self.bits[word(seq)] & bit(seq) != 0 {
            return false;
        }
        self.bits[word(seq)] |= bit(seq);
        true
    }
}

fn word(seq: u64) -> usize {
    (seq % SEEN_LEN / 64) as usize
}

fn bit(seq: u64) -> u64 {
    1 << (seq % 64)
}

/// State of one layer.
pub(crate) struct Layer {
    pub(crate) rid: Option<Box<str>>,
    pub(crate) signalled_ssrc: Option<u32>,
    pub(crate) signalled_rtx_ssrc: Option<u32>,
    pub(crate) ssrc: Option<u32>,
    pub(crate) rtx_ssrc: Option<u32>,
    /// Counts SSRC changes: numbers before and after have nothing to do with each other.
    pub(crate) epoch: u8,
    pub(crate) clock_hz: u32,
    pub(crate) seq: Unwrapper,
    pub(crate) ts: TimestampUnwrapper,
    pub(crate) seen: Seen,
    pub(crate) stats: ReceiverStats,
    pub(crate) nack: NackGenerator,
    /// A packet asked for, and when first: its repair tells the round trip.
    asked: Option<(u16, Micros)>,
    pub(crate) keyframe: KeyframeRequester,
    pub(crate) bytes: Meter,
    /// Bytes of each temporal layer on its own.
    pub(crate) temporal_bytes: [Meter; 4],
    pub(crate) frames: Meter,
    pub(crate) sizes: FrameSizes,
    last_frame_ts: u64,
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) last_packet: Option<Micros>,
    /// Its subscribers know that it fell silent.
    pub(crate) told_silent: bool,
    /// Packets kept, original or repaired.
    kept: u64,
    /// Unwrapped timestamp of the last packet.
    pub(crate) last_ts: u64,
    /// Its packets from the newest keyframe on, where the publisher may not hear a request.
    pub(crate) gop: Option<Box<Gop>>,
}

impl Layer {
    pub(crate) fn new(rid: Option<&str>, ssrc: Option<u32>, rtx_ssrc: Option<u32>, clock_hz: u32) -> Layer {
        Layer {
            rid: rid.map(Box::from),
            signalled_ssrc: ssrc,
            signalled_rtx_ssrc: rtx_ssrc,
            ssrc: None,
            rtx_ssrc: None,
            epoch: 0,
            clock_hz,
            seq: Unwrapper::new(),
            ts: TimestampUnwrapper::new(),
            seen: Seen::new(),
            stats: ReceiverStats::new(clock_hz),
            nack: NackGenerator::new(),
            asked: None,
            keyframe: KeyframeRequester::new(),
            bytes: Meter::default(),
            temporal_bytes: [Meter::default(); 4],
            frames: Meter::default(),
            sizes: FrameSizes::default(),
            last_frame_ts: 0,
            width: 0,
            height: 0,
            last_packet: None,
            told_silent: false,
            kept: 0,
            last_ts: 0,
            gop: None,
        }
    }

    /// A new stream carries this layer from now on.
    pub(crate) fn bind(&mut self, ssrc: u32) {
        if self.ssrc.is_some() {
            self.epoch = self.epoch.wrapping_add(1);
        }
        self.ssrc = Some(ssrc);
        self.seq = Unwrapper::new();
        self.ts = TimestampUnwrapper::new();
        self.seen = Seen::new();
        self.stats = ReceiverStats::new(self.clock_hz);
        self.nack = NackGenerator::new();
        self.kept = 0;
    }

    /// What comes next is another stream, whoever sends it.
    pub(crate) fn unbind(&mut self) {
        if self.ssrc.take().is_some() {
            self.epoch = self.epoch.wrapping_add(1);
        }
        self.rtx_ssrc = None;
        if let Some(gop) = &mut self.gop {
            gop.clear();
        }
    }

    /// True while packets come.
    pub(crate) fn is_active(&self, now: Micros) -> bool {
        self.last_packet.is_some_and(|last| now.saturating_sub(last) < LAYER_SILENT)
    }

    /// Notes that `lost` are asked for now; the first of them is timed unless another one is being timed.
    pub(crate) fn on_asked(&mut self, now: Micros, lost: &[u16]) {
        let stale = self.asked.is_none_or(|(_, at)| now.saturating_sub(at) > REPAIR_FORGOTTEN);
        if stale {
            self.asked = lost.first().map(|&first| (first, now));
        }
    }

    /// How long the repair of `sequence` took, if it was the one being timed.
    pub(crate) fn repair_time(&mut self, now: Micros, sequence: u16) -> Option<Micros> {
        let (_, at) = self.asked.take_if(|(timed, _)| *timed == sequence)?;
        Some(now.saturating_sub(at))
    }

    /// True while a keyframe can be hoped for: a still screen sends a frame every few seconds only.
    pub(crate) fn is_alive(&self, now: Micros) -> bool {
        self.last_packet.is_some_and(|last| now.saturating_sub(last) < LAYER_GONE)
    }

    /// Counts one new packet of `size` bytes on the wire, `payload` of them its own.
    pub(crate) fn measure(&mut self, now: Micros, ts: u64, size: usize, payload: usize, mark: &Mark) {
        self.last_packet = Some(now);
        self.kept += 1;
        self.bytes.add(size as u64);
        self.temporal_bytes[usize::from(mark.temporal.min(3))].add(size as u64);
        if ts > self.last_frame_ts {
            self.last_frame_ts = ts;
            self.frames.add(1);
        }
        self.last_ts = self.last_ts.max(ts);
        self.sizes.add(now, ts, payload, mark);
        if let Some((width, height)) = mark.resolution {
            (self.width, self.height) = (width, height);
        }
        if mark.keyframe {
            self.keyframe.arrived();
        }
    }

    /// Packets that neither came nor were repaired.
    pub(crate) fn lost(&self) -> u64 {
        let expected = self.stats.lost() + self.stats.received() as i64;
        (expected - self.kept as i64).max(0) as u64
    }

    /// Closes the rate windows.
    pub(crate) fn roll(&mut self, now: Micros) {
        self.bytes.roll(now);
        self.frames.roll(now);
        self.temporal_bytes.iter_mut().for_each(|meter| meter.roll(now));
    }
}

// Longer than any round trip a conversation survives: that packet will not come.
const REPAIR_FORGOTTEN: Micros = 3_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_new_once() {
        let mut seen = Seen::new();
        let table = [
            (70_000, true),
            (70_000, false),
            (70_002, true),
            (70_001, true),
            (70_001, false),
            (71_023, true),
            (70_000, false),
            (69_999, false),
            (70_003, true),
            (75_000, true),
            (71_023, false),
            (73_977, true),
            (73_976, false),
        ];
        for (step, (seq, new)) in table.into_iter().enumerate() {
            assert_eq!(seen.insert(seq), new, "step {step}: {seq}");
        }
    }

    #[test]
    fn the_first_packet_asked_for_is_timed() {
        let mut layer = Layer::new(None, None, None, 90_000);
        layer.on_asked(1_000, &[]);
        layer.on_asked(2_000, &[7, 8]);
        layer.on_asked(3_000, &[9]);
        assert_eq!(layer.repair_time(4_000, 9), None);
        assert_eq!(layer.repair_time(52_000, 7), Some(50_000));
        assert_eq!(layer.repair_time(53_000, 7), None);
    }
}
