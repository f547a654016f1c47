//! Load generator and sinks for one relay worker over loopback UDP.
//!
//! The worker is the real one: real sockets, ICE by STUN messages, SRTP AEAD_AES_128_GCM, TWCC and NACK negotiated. The
//! generator plays publishers and subscribers. A few subscribers receive everything: they decrypt, check sequence numbers
//! and measure how long packets took. The others drop RTP in a socket filter, where the kernel counts it, so that the
//! generator's own cost stays off the measurement; they still answer with STUN checks, TWCC feedback and receiver reports.
//! Prints one JSON object.
#![forbid(unsafe_code)]

mod args;
mod arrivals;
mod feedback;
mod filter;
mod generator;
mod measure;
mod media;
mod peer;
mod publisher;
mod reference;
mod result;
mod sampling;
mod scenario;
mod setup;
mod subscriber;

use std::process::ExitCode;

fn main() -> ExitCode {
    let options = match args::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(words) => {
            eprintln!("{words}");
            return ExitCode::from(2);
        }
    };
    match measure::run(&options) {
        Ok(result) => {
            println!("{}", result.to_json());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("relay-bench: {error}");
            ExitCode::FAILURE
        }
    }
}
