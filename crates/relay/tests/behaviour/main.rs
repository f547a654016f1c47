//! What a relay does, seen from the wire.

#[path = "../world/mod.rs"]
mod world;

mod cost;
mod endings;
mod extensions;
mod forwarding;
mod injected;
mod injected_nonsense;
mod nonsense;
mod paths;
mod publisher;
mod repair;
mod simulcast;
mod strangers;
mod taps;
mod taps_full;
