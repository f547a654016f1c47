//! What arrives: one file per protocol.

mod demux;
mod injected;
mod media;
mod route;
mod rtcp;
mod stun;
