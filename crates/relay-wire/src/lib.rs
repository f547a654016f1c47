//! Bytes to values and back: STUN, RTP, RTCP and SRTP.
//!
//! Everything here is a pure function of its arguments. No clock, no socket, no allocation per packet; every
//! parser takes bytes from strangers and refuses with a named error instead of panicking.
#![forbid(unsafe_code)]

mod bytes;
pub mod drops;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzz;
pub mod rtcp;
pub mod rtp;
pub mod srtp;
pub mod stun;
