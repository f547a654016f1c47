//! VP8 payloads with a full descriptor (RFC 7741, 4.2) and a body that tells where it came from.

/// What one payload says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vp8 {
    pub start: bool,
    pub keyframe: bool,
    pub picture_id: u16,
    pub tl0: u8,
    pub temporal: u8,
    /// Which layer and frame of the publisher.
    pub layer: u8,
    pub frame: u32,
}

const HEAD: usize = 6;

impl Vp8 {
    /// A payload of `len` octets.
    pub fn write(&self, width: u16, height: u16, len: usize) -> Vec<u8> {
        let mut out = vec![0x80 | u8::from(self.start) << 4, 0xf0];
        out.extend((0x8000 | self.picture_id).to_be_bytes());
        out.extend([self.tl0, self.temporal << 6 | u8::from(self.temporal > 0) << 5]);
        out.push(u8::from(!self.keyframe));
        out.extend([0, 0, 0x9d, 0x01, 0x2a]);
        out.extend(width.to_le_bytes());
        out.extend(height.to_le_bytes());
        out.push(self.layer);
        out.extend(self.frame.to_be_bytes());
        out.resize(len.max(out.len()), self.layer);
        out
    }

    pub fn read(payload: &[u8]) -> Vp8 {
        let body = &payload[HEAD..];
        Vp8 {
            start: payload[0] & 0x10 != 0,
            keyframe: payload[0] & 0x10 != 0 && body[0] & 1 == 0,
            picture_id: u16::from_be_bytes([payload[2], payload[3]]) & 0x7fff,
            tl0: payload[4],
            temporal: payload[5] >> 6,
            layer: body[10],
            frame: u32::from_be_bytes([body[11], body[12], body[13], body[14]]),
        }
    }
}
