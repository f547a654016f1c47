//! RTP parsing must survive any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| relay_wire::fuzz::rtp(data));
