//! Picture ids and TL0PICIDX that step by one per forwarded frame.

use super::Out;
use crate::codec::Mark;

/// What to add to the picture id and TL0PICIDX of a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shift {
    picture: u16,
    tl0: u8,
}

impl Shift {
    pub(super) fn picture_id(self, mark: &Mark) -> Option<u16> {
        let mask = if mark.picture_id_wide { WIDE } else { NARROW };
        mark.picture_id.map(|id| id.wrapping_add(self.picture) & mask)
    }

    pub(super) fn tl0(self, mark: &Mark) -> Option<u8> {
        mark.tl0.map(|tl0| tl0.wrapping_add(self.tl0))
    }
}

/// The shift as it stands, and what it is computed from.
#[derive(Debug)]
pub(super) struct Pictures {
    /// Dropped frames leave no gap (VP8). VP9 refers to frames by id differences or by position in a group, so there
    /// the gaps must stay; its receivers expect them (RFC 9628 section 4.2).
    closes_gaps: bool,
    shift: Shift,
    newest_in: Option<u16>,
    newest_out: Option<u16>,
    newest_tl0: Option<u8>,
}

impl Pictures {
    pub(super) fn new(closes_gaps: bool) -> Self {
        Self { closes_gaps, shift: Shift::default(), newest_in: None, newest_out: None, newest_tl0: None }
    }

    pub(super) fn shift(&self) -> Shift {
        self.shift
    }

    /// Another source: its first frame comes right after the newest one sent.
    pub(super) fn switch(&mut self, first: &Mark) {
        self.newest_in = None;
        if let (Some(newest), Some(id)) = (self.newest_out, first.picture_id) {
            self.shift.picture = newest.wrapping_add(1).wrapping_sub(id);
        }
        if let (Some(newest), Some(tl0)) = (self.newest_tl0, first.tl0) {
            self.shift.tl0 = newest.wrapping_add(1).wrapping_sub(tl0);
        }
    }

    /// The shift of the newest packet, which is forwarded.
    pub(super) fn forward(&mut self, mark: &Mark) -> Shift {
        self.newest_in = mark.picture_id;
        self.shift
    }

    /// Notes the newest packet sent.
    pub(super) fn note(&mut self, out: &Out) {
        self.newest_out = out.picture_id.or(self.newest_out);
        self.newest_tl0 = out.tl0.or(self.newest_tl0);
    }

    /// The newest packet is left out; a frame counts once, however many packets it has.
    pub(super) fn skip(&mut self, mark: &Mark) {
        if !self.closes_gaps || mark.picture_id.is_none() || mark.picture_id == self.newest_in {
            return;
        }
        self.newest_in = mark.picture_id;
        self.shift.picture = self.shift.picture.wrapping_sub(1);
        if mark.tl0.is_some() && mark.temporal == 0 {
            self.shift.tl0 = self.shift.tl0.wrapping_sub(1);
        }
    }
}

const WIDE: u16 = 0x7fff;
const NARROW: u16 = 0x7f;
