//! RFC 4571: each datagram on a stream is preceded by its length, 16 bits big-endian.

use std::ops::Range;

/// Largest frame accepted: the largest datagram the relay takes.
pub(crate) const MAX_FRAME: usize = 1500;
/// Bytes of the length in front of a frame.
pub(crate) const HEADER_LEN: usize = 2;
/// Room for some frames per read; the rest stays in the kernel.
const BUFFER_LEN: usize = 8192;

/// The peer announces a frame longer than [`MAX_FRAME`]; the stream cannot be understood any further.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FrameTooLarge;

/// Cuts a byte stream into frames.
#[derive(Debug)]
pub(crate) struct Deframer {
    buffer: Box<[u8]>,
    begin: usize,
    end: usize,
}

impl Deframer {
    pub(crate) fn new() -> Deframer {
        Deframer { buffer: vec![0; BUFFER_LEN].into(), begin: 0, end: 0 }
    }

    /// Where to read the next bytes of the stream; not empty once [`Deframer::next`] has returned `Ok(None)`.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        self.buffer.copy_within(self.begin..self.end, 0);
        self.end -= self.begin;
        self.begin = 0;
        &mut self.buffer[self.end..]
    }

    /// `count` bytes of [`Deframer::space`] were filled.
    pub(crate) fn filled(&mut self, count: usize) {
        self.end = (self.end + count).min(self.buffer.len());
    }

    /// The next complete frame, without its header.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, FrameTooLarge> {
        let Some(range) = self.next_range()? else { return Ok(None) };
        self.begin = range.end;
        Ok(Some(&self.buffer[range]))
    }

    fn next_range(&self) -> Result<Option<Range<usize>>, FrameTooLarge> {
        let waiting = &self.buffer[self.begin..self.end];
        let Some(header) = waiting.first_chunk::<HEADER_LEN>() else { return Ok(None) };
        let len = usize::from(u16::from_be_bytes(*header));
        if len > MAX_FRAME {
            return Err(FrameTooLarge);
        }
        let begin = self.begin + HEADER_LEN;
        Ok((begin + len <= self.end).then_some(begin..begin + len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stream(frames: &[Vec<u8>]) -> Vec<u8> {
        let framed = |frame: &Vec<u8>| [&(frame.len() as u16).to_be_bytes()[..], frame].concat();
        frames.iter().flat_map(framed).collect()
    }

    /// Feeds `bytes` in pieces; returns the frames, and whether the stream broke.
    fn cut(bytes: &[u8], pieces: &[usize]) -> (Vec<Vec<u8>>, bool) {
        let (mut deframer, mut frames, mut rest) = (Deframer::new(), Vec::new(), bytes);
        let mut sizes = pieces.iter().cycle();
        while !rest.is_empty() {
            let space = deframer.space();
            let count = (*sizes.next().unwrap()).min(space.len()).min(rest.len());
            space[..count].copy_from_slice(&rest[..count]);
            deframer.filled(count);
            rest = &rest[count..];
            loop {
                match deframer.next() {
                    Ok(Some(frame)) => frames.push(frame.to_vec()),
                    Ok(None) => break,
                    Err(FrameTooLarge) => return (frames, true),
                }
            }
        }
        (frames, false)
    }

    #[test]
    fn a_frame_beyond_a_datagram_breaks_the_stream() {
        let mut bytes = stream(&[vec![1; 3], vec![2; MAX_FRAME]]);
        assert_eq!(cut(&bytes, &[4096]), (vec![vec![1; 3], vec![2; MAX_FRAME]], false));
        bytes.extend((MAX_FRAME as u16 + 1).to_be_bytes());
        assert_eq!(cut(&bytes, &[7]), (vec![vec![1; 3], vec![2; MAX_FRAME]], true));
    }

    proptest! {
        #[test]
        fn frames_survive_any_cutting(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..=MAX_FRAME), 0..30),
            pieces in prop::collection::vec(1usize..3000, 1..20),
        ) {
            prop_assert_eq!(cut(&stream(&frames), &pieces), (frames, false));
        }

        #[test]
        fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..5000), piece in 1usize..500) {
            let (frames, _) = cut(&bytes, &[piece]);
            prop_assert!(frames.iter().all(|frame| frame.len() <= MAX_FRAME));
        }
    }
}
