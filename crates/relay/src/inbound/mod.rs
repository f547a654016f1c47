//! What arrives: one file per protocol.

mod demux;
mod media;
mod route;
mod rtcp;
mod stun;
