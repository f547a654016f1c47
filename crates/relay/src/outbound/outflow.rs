//! The outbox into the arena: STUN and DTLS as they are, RTCP sealed or framed now.

use crate::local::{LENGTH, frame};
use crate::outbox::To;
use crate::packet::{Path, TxArena};
use crate::relay::Relay;
use crate::transport::Transport;
use relay_wire::drops::DropReason;

impl Relay {
    /// False: the arena is full and datagrams wait.
    pub(crate) fn flush_outbox(&mut self, arena: &mut TxArena) -> bool {
        while let Some((to, bytes)) = self.outbox.peek() {
            if !arena.has_room() {
                return false;
            }
            let slot = arena.slot();
            slot[..bytes.len()].copy_from_slice(bytes);
            match to {
                To::Path(path) => arena.commit(path, bytes.len()),
                To::Rtcp(index) => {
                    let transport = self.transports.get_mut(index);
                    match transport.and_then(|transport| transport.finish_rtcp(slot, bytes.len())) {
                        Some((path, len)) => arena.commit(path, len),
                        None => self.drops.count(DropReason::TransportClosed),
                    }
                }
            }
            self.outbox.pop();
        }
        true
    }
}

impl Transport {
    /// Makes what leaves of the plain RTCP of `len` octets in `slot`: where it goes and its length.
    fn finish_rtcp(&mut self, slot: &mut [u8], len: usize) -> Option<(Path, usize)> {
        if let Some(local) = &self.local {
            slot.copy_within(..len, LENGTH);
            return local.is_open.then(|| (Transport::local_path(self.id), frame(slot, len)));
        }
        let path = self.ice.send_path()?;
        let len = self.keys.as_mut()?.sealer.seal_rtcp(slot, len);
        (len > 0).then_some((path, len))
    }
}
