//! The way to a process on this machine: what a tap is sent, in the clear, each packet behind its length.

use crate::packet::{Link, Path};
use crate::relay::Relay;
use crate::subscription::Subscription;
use crate::transport::Transport;
use relay_control::time::{MILLISECOND, Micros};
use std::net::{Ipv4Addr, SocketAddr};

/// Octets of the length before a packet.
pub(crate) const LENGTH: usize = 2;

/// Whether the process takes what it is sent.
#[derive(Debug, Default)]
pub(crate) struct Local {
    /// It has a socket.
    pub(crate) is_open: bool,
    /// Something found no room: video waits until there is some, and then for a keyframe.
    pub(crate) is_full: bool,
    /// When video may begin anew; none while there is no room.
    pub(crate) resume_at: Option<Micros>,
    resumed: Micros,
}

impl Local {
    /// Ends the wait of a full socket when it is over; true: it is over now.
    pub(crate) fn resume(&mut self, now: Micros) -> bool {
        let over = self.resume_at.is_some_and(|at| now >= at);
        if over {
            (self.is_full, self.resume_at, self.resumed) = (false, None, now);
        }
        over
    }
}

impl Transport {
    /// Where packets to a local transport go in the arena.
    pub(crate) fn local_path(id: u32) -> Path {
        Path { remote: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), link: Link::Local(id) }
    }

    /// Keys or a socket: what is due can be sent.
    pub(crate) fn is_ready(&self) -> bool {
        self.keys.is_some() || self.local.as_ref().is_some_and(|local| local.is_open)
    }
}

/// Puts the length of what lies behind it into the first octets of `slot`; the length of both.
pub(crate) fn frame(slot: &mut [u8], len: usize) -> usize {
    slot[..LENGTH].copy_from_slice(&(len as u16).to_be_bytes());
    LENGTH + len
}

impl Relay {
    /// The socket behind a local transport had no room: its video goes on at a keyframe, once there is room again.
    pub fn local_full(&mut self, transport: u32) {
        let Some(index) = self.ids.transports.get(&transport).copied() else { return };
        let Some(local) = self.transports.get_mut(index).and_then(|transport| transport.local.as_mut()) else { return };
        (local.is_full, local.resume_at) = (true, None);
        self.halt_videos(index);
    }

    /// There is room again.
    pub fn local_writable(&mut self, now: Micros, transport: u32) {
        let Some(index) = self.ids.transports.get(&transport).copied() else { return };
        let Some(local) = self.transports.get_mut(index).and_then(|transport| transport.local.as_mut()) else { return };
        if local.is_full {
            // A reader that is always a little too slow must not cost the publishers a keyframe each time.
            let resume_at = now.max(local.resumed + RESUME_GAP);
            local.resume_at = Some(resume_at);
            self.timers.at_most(index, resume_at);
        }
    }

    /// The socket behind a local transport is gone. Its tracks and subscriptions stay for the next one.
    pub fn local_closed(&mut self, transport: u32) {
        let Some(index) = self.ids.transports.get(&transport).copied() else { return };
        if let Some(local) = self.transports.get_mut(index).and_then(|transport| transport.local.as_mut()) {
            local.is_open = false;
        }
    }

    /// A new socket: what it is sent begins like a new subscription, under the old names and numbers.
    pub(crate) fn open_local(&mut self, now: Micros, index: usize) {
        let Some(transport) = self.transports.get_mut(index) else { return };
        if let Some(local) = &mut transport.local {
            (local.is_open, local.is_full, local.resume_at) = (true, false, None);
        }
        for &position in &transport.down.subscriptions {
            if let Some(subscription) = self.subscriptions.get_mut(position) {
                subscription.reported = 0;
            }
        }
        if !transport.down.subscriptions.is_empty() {
            self.halt_videos(index);
            self.allocate_soon(now, index);
        }
    }

    fn halt_videos(&mut self, index: usize) {
        let Some(transport) = self.transports.get_mut(index) else { return };
        transport.down.held.clear();
        for &position in &transport.down.subscriptions {
            let video = self.subscriptions.get_mut(position).filter(|subscription| subscription.is_video());
            video.into_iter().for_each(Subscription::halt);
        }
    }
}

const RESUME_GAP: Micros = 500 * MILLISECOND;
