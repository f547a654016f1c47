//! Makes one continuous RTP stream for a subscriber out of layers that come and go.
//!
//! Rules: a packet lost before the relay leaves a hole (so that the subscriber asks for it), a packet dropped on purpose
//! leaves none; one incoming packet keeps its outgoing number for ever; nothing is ever sent twice under one number.

mod pictures;
mod timeline;
mod window;

use crate::codec::{self, Codec, Mark};
use crate::time::Micros;
use pictures::{Pictures, Shift};
use timeline::Timeline;
use window::Window;

/// One packet of the layer being forwarded.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// Unwrapped sequence number.
    pub seq: u64,
    /// RTP timestamp; only the low 32 bits count.
    pub ts: u64,
    /// What its payload says.
    pub mark: &'a Mark,
}

/// The rewritten fields of one packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Out {
    /// Sequence number; all of it is the SRTP packet index (RFC 3711 section 3.3.1).
    pub seq: u64,
    /// RTP timestamp.
    pub ts: u32,
    /// Picture id, in the width of the incoming one.
    pub picture_id: Option<u16>,
    /// TL0PICIDX.
    pub tl0: Option<u8>,
}

/// The rewriting state of one subscription.
#[derive(Debug)]
pub struct Munger {
    window: Window,
    timeline: Timeline,
    pictures: Pictures,
    source: Option<u8>,
    last: Option<Out>,
    /// The newest outgoing number that was not padding.
    newest_media: Option<u64>,
    between_frames: bool,
    /// A number was left out since the last packet.
    has_hole: bool,
    /// The number after a far too old packet: a second one in a row means that the publisher started anew.
    restart_at: Option<u64>,
}

impl Munger {
    /// A munger whose first packet gets the number `first_seq` (its upper bit is cleared: RFC 3711 wants the first wrap
    /// far away, so that a receiver that misses the start still guesses the rollover counter).
    pub fn new(codec: Codec, clock_hz: u32, first_seq: u16) -> Self {
        let slots = if codec.is_audio() { AUDIO_WINDOW } else { VIDEO_WINDOW };
        Self {
            window: Window::new(slots, u64::from(first_seq & 0x7fff)),
            timeline: Timeline::new(clock_hz),
            pictures: Pictures::new(codec == Codec::Vp8),
            source: None,
            last: None,
            newest_media: None,
            between_frames: false,
            has_hole: false,
            restart_at: None,
        }
    }

    /// The layer being forwarded.
    pub fn source(&self) -> Option<u8> {
        self.source
    }

    /// What to add to the source's RTP timestamps to get the outgoing ones (for sender reports).
    pub fn ts_offset(&self) -> u32 {
        self.timeline.offset()
    }

    /// The newest packet given out.
    pub fn last(&self) -> Option<Out> {
        self.last
    }

    /// Goes over to `source` (another layer, or the same one after a pause), beginning with `first`, which is then to be
    /// rewritten like any other. Packets of `source` older than `first` will be refused.
    ///
    /// `ts_offset` turns the new source's timestamps into those of the present one (`reports::ts_offset`); without it,
    /// or when it contradicts the wall clock, time goes on by what passed since the newest frame.
    pub fn switch(&mut self, now: Micros, source: u8, first: &Incoming<'_>, ts_offset: Option<u32>) {
        self.source = Some(source);
        self.begin_at(now, first, ts_offset);
    }

    /// Goes over to `source` at a packet before its live edge, whose timestamp is `edge`. Until the edge is reached, each
    /// frame is to be put in its place with [`Munger::place`]. `same_clock`: timestamps are those of what was sent last.
    pub fn replay(&mut self, now: Micros, source: u8, first: &Incoming<'_>, edge: u32, same_clock: bool) {
        self.source = Some(source);
        self.window.restart(first.seq);
        self.timeline.replay(now, edge, same_clock);
        self.pictures.switch(first.mark);
        self.restart_at = None;
    }

    /// Puts the frame with timestamp `ts` right behind the newest one sent, `behind` frames before the live edge. The
    /// frames after the last one placed keep their distance from it.
    pub fn place(&mut self, ts: u64, edge: u32, behind: u32) {
        self.timeline.place(ts as u32, edge, behind);
    }

    /// Whether the newest packet given out ended its frame.
    pub fn is_between_frames(&self) -> bool {
        self.between_frames
    }

    /// The fields to send this packet with. `None` for a duplicate, one skipped before, one older than the window or
    /// than the last switch, and for anything before the first switch.
    pub fn rewrite(&mut self, now: Micros, packet: &Incoming<'_>) -> Option<Out> {
        self.source?;
        if self.window.is_late(packet.seq) && !self.is_restart(packet.seq) {
            let (seq, shift) = self.window.fill(packet.seq)?;
            return Some(self.send(now, seq, shift, packet));
        }
        if self.window.is_late(packet.seq) || self.window.is_beyond(packet.seq) {
            self.begin_at(now, packet, None);
        } else if self.timeline.is_jump(now, packet.ts as u32) {
            self.timeline.switch(now, packet.ts as u32, None);
            self.window.refuse_before(packet.seq);
        }
        self.restart_at = None;
        let shift = self.pictures.forward(packet.mark);
        let seq = self.window.forward(packet.seq, shift);
        Some(self.send(now, seq, shift, packet))
    }

    /// Leaves this packet out on purpose, without a hole. Decide alike for all packets of a frame.
    ///
    /// A result means that packets after it have gone out already, so its number cannot be taken back: sending a
    /// padding-only packet with these fields spares the subscriber its NACKs.
    pub fn skip(&mut self, packet: &Incoming<'_>) -> Option<Out> {
        self.source?;
        if self.window.is_late(packet.seq) {
            let seq = self.window.close(packet.seq)?;
            return Some(Out { seq, ts: self.timeline.out(packet.ts as u32), ..Out::default() });
        }
        if self.window.is_beyond(packet.seq) {
            self.window.restart(packet.seq);
        }
        let before = self.pictures.shift();
        self.pictures.skip(packet.mark);
        self.window.skip(packet.seq, before);
        None
    }

    /// The fields of a padding-only packet sent now. `None` inside a frame and before the first packet.
    pub fn padding(&mut self) -> Option<Out> {
        let last = self.last.filter(|_| self.between_frames)?;
        let out = Out { seq: self.window.pad(), ts: last.ts, picture_id: None, tl0: None };
        self.last = Some(Out { seq: out.seq, ..last });
        Some(out)
    }

    /// Leaves one number out, however often it is called before the next packet: what was dropped must look like loss
    /// also to a subscriber that goes on with another layer or another run.
    pub fn leave_hole(&mut self) {
        if !self.has_hole && self.source.is_some() {
            self.window.pad();
            self.has_hole = true;
        }
    }

    fn begin_at(&mut self, now: Micros, first: &Incoming<'_>, ts_offset: Option<u32>) {
        self.window.restart(first.seq);
        self.timeline.switch(now, first.ts as u32, ts_offset);
        self.pictures.switch(first.mark);
        self.restart_at = None;
    }

    /// RFC 3550 appendix A.1: two packets in a row from far outside are a sender that began anew.
    fn is_restart(&mut self, seq: u64) -> bool {
        if !self.window.is_ancient(seq) {
            return false;
        }
        let second = self.restart_at == Some(seq);
        self.restart_at = Some(seq + 1);
        second
    }

    /// Also notes the packet if it is the newest: late ones may be, when all after them were skipped.
    fn send(&mut self, now: Micros, seq: u64, shift: Shift, packet: &Incoming<'_>) -> Out {
        let out = self.out(seq, shift, packet);
        self.has_hole = false;
        if self.newest_media.is_none_or(|newest| seq > newest) {
            self.newest_media = Some(seq);
            self.pictures.note(&out);
            self.timeline.note(now, packet.ts as u32, out.ts);
            self.between_frames = packet.mark.frame_end;
            let padded = self.last.map_or(0, |last| last.seq);
            self.last = Some(Out { seq: seq.max(padded), ..out });
        }
        out
    }

    fn out(&self, seq: u64, shift: Shift, packet: &Incoming<'_>) -> Out {
        let ts = self.timeline.out(packet.ts as u32);
        Out { seq, ts, picture_id: shift.picture_id(packet.mark), tl0: shift.tl0(packet.mark) }
    }
}

/// Writes picture id and TL0PICIDX into the payload descriptor, where the codec and the payload have them.
pub fn patch_descriptor(codec: Codec, payload: &mut [u8], picture_id: Option<u16>, tl0: Option<u8>) {
    match codec {
        Codec::Vp8 => codec::patch_vp8(payload, picture_id, tl0),
        Codec::Vp9 => codec::patch_vp9(payload, picture_id, tl0),
        _ => {}
    }
}

// 512 packets are 2.8 s at 1.5 Mbps and 0.8 s at 5 Mbps: longer than repair upstream takes.
const VIDEO_WINDOW: usize = 512;
const AUDIO_WINDOW: usize = 128;
