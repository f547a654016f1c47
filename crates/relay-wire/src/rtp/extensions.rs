//! Reading header extension elements, RFC 8285.

use super::{Header, ONE_BYTE_PROFILE, TWO_BYTE_PROFILE};

/// Elements of the header extension of `b`, the packet `h` was parsed from: local id and data.
///
/// Lenient: ends at the first malformed element, and at once for a profile that is not of RFC 8285.
pub fn extensions<'a>(h: &Header, b: &'a [u8]) -> Extensions<'a> {
    let block = h.extension.and_then(|block| {
        let form = match block.profile {
            ONE_BYTE_PROFILE => Form::OneByte,
            profile if profile & 0xfff0 == TWO_BYTE_PROFILE => Form::TwoByte,
            _ => return None,
        };
        Some((form, b.get(block.start..)?.get(..block.len)?))
    });
    let (form, rest) = block.unwrap_or((Form::OneByte, &[]));
    Extensions { form, rest }
}

/// Iterator over `(id, data)`.
#[derive(Debug, Clone)]
pub struct Extensions<'a> {
    form: Form,
    rest: &'a [u8],
}

#[derive(Debug, Clone, Copy)]
enum Form {
    OneByte,
    TwoByte,
}

impl<'a> Iterator for Extensions<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let zeros = self.rest.iter().take_while(|octet| **octet == 0).count();
        let (id, len, data) = match (self.form, self.rest.get(zeros..)?) {
            (Form::OneByte, [first, data @ ..]) => (first >> 4, usize::from(first & 0x0f) + 1, data),
            (Form::TwoByte, [id, len, data @ ..]) => (*id, usize::from(*len), data),
            _ => return self.end(),
        };
        // RFC 8285 4.2: id 15 ends the elements; id 0 with a length is malformed.
        if matches!(self.form, Form::OneByte) && (id == 15 || id == 0) {
            return self.end();
        }
        let Some((data, rest)) = data.split_at_checked(len) else {
            return self.end();
        };
        self.rest = rest;
        Some((id, data))
    }
}

impl std::iter::FusedIterator for Extensions<'_> {}

impl<'a> Extensions<'a> {
    fn end(&mut self) -> Option<(u8, &'a [u8])> {
        self.rest = &[];
        None
    }
}
