//! The receiving half of SRT (draft-sharabayko-srt-01, handshake version 5, live mode): callers push encrypted media to
//! one UDP port, each with its own stream id and its own passphrase.
//!
//! [`Listener`] holds no socket and no clock: datagrams and instants go in, datagrams, payloads and events come out.
//! [`Gate`] runs it over real sockets. Nothing before a valid cookie costs memory; nothing before the right passphrase
//! lets a byte of media through.

#![forbid(unsafe_code)]

mod bytes;
mod cookie;
mod gate;
mod handshake;
mod keys;
mod link;
mod listener;
mod receiver;
mod reject;
mod rtt;
mod seq;
mod sink;
mod stream_id;
mod wire;

pub use gate::Gate;
pub use keys::{Cipher, KeyError};
pub use listener::{Cause, Config, Event, Listener, Outbox};
pub use receiver::{Gap, Receiver};
pub use reject::Reject;
pub use seq::Seq;
pub use stream_id::resource;
