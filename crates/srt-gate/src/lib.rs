//! SRT (draft-sharabayko-srt-01, handshake version 5, live mode), both halves: callers push encrypted media to one UDP
//! port of ours, each with its own stream id and its own passphrase; and we call others to push to them.
//!
//! [`Listener`] holds no socket and no clock: datagrams and instants go in, datagrams, payloads and events come out.
//! [`Gate`] runs it over real sockets. Nothing before a valid cookie costs memory; nothing before the right passphrase
//! lets a byte of media through. [`Caller`] is the other half in the same manner, [`Call`] runs it.

#![forbid(unsafe_code)]

mod bytes;
mod call;
mod caller;
mod cookie;
mod gate;
mod handshake;
mod keys;
mod link;
mod listener;
mod receiver;
mod reject;
mod rtt;
mod seal;
mod sender;
mod seq;
mod sink;
mod stream_id;
mod wire;

pub use call::Call;
pub use caller::{Caller, Ended, Wanted};
pub use gate::Gate;
pub use keys::{Cipher, KeyError};
pub use listener::{Cause, Config, Event, Listener, Outbox};
pub use receiver::{Gap, Receiver};
pub use reject::Reject;
pub use sender::Counts;
pub use seq::Seq;
pub use stream_id::resource;
