//! The media plane as one sans-IO state machine: datagrams and commands in, datagrams and events out.
//!
//! [`Relay`] owns no socket, no thread and no clock. The shell gives it `(now, datagrams)` with [`Relay::receive`],
//! lets it write what is due into a [`TxArena`] with [`Relay::flush`], wakes it at [`Relay::next_timeout`] with
//! [`Relay::tick`] and drains [`Relay::events`].
#![forbid(unsafe_code)]

mod choose;
mod command;
mod commands;
mod config;
mod dtls;
mod error;
mod event;
mod extension;
mod frames;
mod gop;
mod hash;
mod ice;
mod inbound;
mod layer;
mod local;
mod meter;
mod outbound;
mod outbox;
mod packet;
mod relay;
mod replay;
mod ring;
mod room;
mod slab;
mod snapshot;
mod stats;
mod subscription;
mod temporal;
mod tick;
mod timers;
mod timing;
mod track;
mod transport;

pub use command::{Command, Encoding, Extension, Kind, Payload, Publish, Subscribe, Want};
pub use config::RelayConfig;
pub use error::CommandError;
pub use event::{Event, IceState, LayerReason, Protocol};
pub use packet::{Link, Path, RxPacket, SLOT_LEN, TxArena, TxPacket};
pub use relay::Relay;
pub use relay_control::codec::Codec;
pub use relay_control::time::Micros;
pub use relay_wire::drops::{DropCounters, DropReason};
pub use relay_wire::srtp::{MasterKey, Profile};
pub use stats::{LayerStats, StatsBatch, SubscriptionStats, TrackStats, TransportStats};
