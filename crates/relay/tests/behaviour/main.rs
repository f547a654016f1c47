//! What a relay does, seen from the wire.

#[path = "../world/mod.rs"]
mod world;

mod forwarding;
