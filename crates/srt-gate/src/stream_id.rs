//! What a caller writes into its stream id: the bare name of what it publishes to, or the access control form
//! `#!::r=<name>,m=publish` (SRT Access Control Guidelines).

use crate::reject::Reject;

const STANDARD: &str = "#!::";
/// Longest stream id of the protocol, bytes.
pub(crate) const MAX_STREAM_ID_BYTES: usize = 512;
const MAX_RESOURCE_BYTES: usize = 128;

/// The resource a stream id names. Refused: nothing named, control characters, a name over 128 bytes, a mode that is not
/// `publish`.
pub fn resource(stream_id: &str) -> Result<&str, Reject> {
    let mut name = stream_id;
    if let Some(list) = stream_id.strip_prefix(STANDARD) {
        name = "";
        for pair in list.split(',') {
            match pair.split_once('=') {
                Some(("r", value)) => name = value,
                Some(("m", "publish")) => {}
                Some(("m", _)) => return Err(Reject::BadMode),
                _ => {}
            }
        }
    }
    let printable = name.bytes().all(|octet| octet.is_ascii_graphic());
    if name.is_empty() || name.len() > MAX_RESOURCE_BYTES || !printable {
        return Err(Reject::BadRequest);
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::{Reject, resource};

    #[test]
    fn both_forms_name_the_resource() {
        for id in ["src_1", "#!::r=src_1", "#!::m=publish,r=src_1", "#!::u=me,r=src_1,m=publish,t=stream"] {
            assert_eq!(resource(id), Ok("src_1"), "{id}");
        }
    }

    #[test]
    fn others_are_refused() {
        for id in ["", "#!::", "#!::m=publish", "a b", "a\n", "\u{4f60}", &"x".repeat(129)] {
            assert_eq!(resource(id), Err(Reject::BadRequest), "{id:?}");
        }
        for id in ["#!::r=a,m=request", "#!::m=play,r=a", "#!::m=bidirectional,r=a"] {
            assert_eq!(resource(id), Err(Reject::BadMode), "{id}");
        }
    }
}
