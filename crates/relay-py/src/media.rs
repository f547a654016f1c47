//! What a caller describes media with.

use crate::error::bad_value;
use ::relay as core;
use pyo3::prelude::*;

/// One codec of one m-section. `rtx_pt` is the payload type of its retransmissions (RFC 4588).
#[pyclass(module = "conference.media._relay", frozen, get_all, from_py_object)]
#[derive(Clone)]
pub(crate) struct Payload {
    pt: u8,
    codec: String,
    clock_hz: u32,
    rtx_pt: Option<u8>,
}

#[pymethods]
impl Payload {
    #[new]
    #[pyo3(signature = (pt, codec, clock_hz, rtx_pt=None))]
    fn new(pt: u8, codec: String, clock_hz: u32, rtx_pt: Option<u8>) -> PyResult<Payload> {
        codec_of(&codec)?;
        if pt > 127 || rtx_pt.is_some_and(|rtx_pt| rtx_pt > 127) {
            return Err(bad_value("a payload type is 0 to 127"));
        }
        if clock_hz == 0 {
            return Err(bad_value("clock_hz is 0"));
        }
        Ok(Payload { pt, codec, clock_hz, rtx_pt })
    }
}

impl Payload {
    pub(crate) fn to_core(&self) -> PyResult<core::Payload> {
        let codec = codec_of(&self.codec)?;
        Ok(core::Payload { pt: self.pt, codec, clock_hz: self.clock_hz, rtx_pt: self.rtx_pt })
    }
}

/// The names of the seam; other names of the same codec are refused.
fn codec_of(name: &str) -> PyResult<core::Codec> {
    const NAMES: [&str; 8] = ["vp8", "vp9", "h264", "av1", "opus", "red", "pcmu", "pcma"];
    if !NAMES.contains(&name) {
        return Err(bad_value(format!("unknown codec {name:?}")));
    }
    Ok(core::Codec::from_name(name))
}

/// One simulcast layer a publisher will send, lowest quality first.
#[pyclass(module = "conference.media._relay", frozen, from_py_object)]
#[derive(Clone)]
pub(crate) struct Encoding(pub(crate) core::Encoding);

#[pymethods]
impl Encoding {
    #[new]
    #[pyo3(signature = (*, rid=None, ssrc=None, rtx_ssrc=None))]
    fn new(rid: Option<String>, ssrc: Option<u32>, rtx_ssrc: Option<u32>) -> Encoding {
        Encoding(core::Encoding { rid, ssrc, rtx_ssrc })
    }
}

/// A negotiated RTP header extension (RFC 8285).
#[pyclass(module = "conference.media._relay", frozen, from_py_object)]
#[derive(Clone)]
pub(crate) struct Extension(pub(crate) core::Extension);

#[pymethods]
impl Extension {
    #[new]
    fn new(id: u8, uri: String) -> PyResult<Extension> {
        if id == 0 {
            return Err(bad_value("an extension id is 1 to 255"));
        }
        Ok(Extension(core::Extension { id, uri }))
    }
}

/// What one subscriber wants of one subscription.
#[pyclass(module = "conference.media._relay", frozen, from_py_object)]
#[derive(Clone)]
pub(crate) struct Want(pub(crate) core::Want);

#[pymethods]
impl Want {
    #[new]
    #[pyo3(signature = (subscription, width, height, *, priority=100, max_temporal=3))]
    fn new(subscription: u32, width: u32, height: u32, priority: u8, max_temporal: u8) -> PyResult<Want> {
        if max_temporal > 3 {
            return Err(bad_value("max_temporal is 0 to 3"));
        }
        // No layer is larger than that, so a larger tile asks for nothing more.
        let pixels = |size: u32| size.min(u32::from(u16::MAX)) as u16;
        let (width, height) = (pixels(width), pixels(height));
        Ok(Want(core::Want { subscription, width, height, priority, max_temporal }))
    }
}

/// `audio` or `video`.
pub(crate) fn kind_of(name: &str) -> PyResult<core::Kind> {
    match name {
        "audio" => Ok(core::Kind::Audio),
        "video" => Ok(core::Kind::Video),
        _ => Err(bad_value(format!("unknown kind {name:?}"))),
    }
}
